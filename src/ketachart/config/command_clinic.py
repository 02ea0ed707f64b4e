"""``ketachart clinic``: open a clinic, add the people who sign in."""

from __future__ import annotations

import argparse
import getpass
import sys
import zoneinfo

from ketachart.config.starting import add_data_argument, prepare_database, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    opening = actions.add_parser("open", help="open a clinic")
    opening.add_argument("name")
    opening.add_argument("--slug", required=True, help="short name in lower case, for commands and files")
    opening.add_argument("--timezone", required=True, help="IANA name, for example Europe/London")
    adding = actions.add_parser("add-user", help="add someone who signs in; the password is asked for")
    adding.add_argument("username")
    adding.add_argument("--clinic", required=True, help="the clinic's slug")
    adding.add_argument("--role", required=True)
    adding.add_argument("--name", required=True, help="the name that signs the record")
    for action in (opening, adding):
        add_data_argument(action)


def run(arguments: argparse.Namespace) -> int:
    start_django(arguments.data)
    prepare_database()
    return _open(arguments) if arguments.action == "open" else _add_user(arguments)


def _open(arguments: argparse.Namespace) -> int:
    from ketachart.record.commands import open_clinic
    from ketachart.record.models import Clinic

    if arguments.timezone not in zoneinfo.available_timezones():
        return _refuse(f"“{arguments.timezone}” is not a time zone. Use an IANA name such as America/New_York.")
    if Clinic.objects.filter(slug=arguments.slug).exists():
        return _refuse(f"There is a clinic “{arguments.slug}” already.")
    clinic = open_clinic(name=arguments.name, slug=arguments.slug, timezone=arguments.timezone)
    print(f"Opened {clinic.name} ({clinic.slug}).")
    return 0


def _add_user(arguments: argparse.Namespace) -> int:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from ketachart.record.models import Clinic, User
    from ketachart.record.roles import STAFF

    clinic = Clinic.objects.filter(slug=arguments.clinic).first()
    if clinic is None:
        return _refuse(f"There is no clinic “{arguments.clinic}”.")
    if arguments.role not in STAFF:
        return _refuse(f"“{arguments.role}” is not a staff role. Roles: {', '.join(sorted(STAFF))}.")
    if User.objects.filter(username=arguments.username).exists():
        return _refuse(f"“{arguments.username}” is taken.")
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    user = User(username=arguments.username, clinic=clinic, role=arguments.role, display_name=arguments.name)
    try:
        validate_password(password, user)
    except ValidationError as error:
        return _refuse(" ".join(error.messages))
    user.set_password(password)
    user.save()
    print(f"{user.display_name} signs in as {user.username} ({user.role}) at {clinic.name}.")
    return 0


def _refuse(problem: str) -> int:
    print(f"ketachart clinic: {problem}", file=sys.stderr)
    return 2
