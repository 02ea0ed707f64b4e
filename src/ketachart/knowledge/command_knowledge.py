"""`ketachart knowledge check`: is the shipped knowledge complete, sourced and in force?"""

import argparse
import sys
from datetime import UTC, date, datetime

from ketachart.knowledge import loader
from ketachart.knowledge.check import problems


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="check | rules")
    for verb, text in (
        ("check", "every entry is sourced, dated, graded, and points somewhere"),
        ("rules", "the screening rules in force, one line each, with their sources"),
    ):
        command = verbs.add_parser(verb, help=text)
        command.add_argument("--on", type=date.fromisoformat, default=None, help="the day, default today (UTC)")


def run(arguments: argparse.Namespace) -> int:
    return run_check(arguments) if arguments.verb == "check" else run_rules(arguments)


def run_check(arguments: argparse.Namespace) -> int:
    found = problems(_day(arguments))
    for line in found:
        sys.stdout.write(f"{line}\n")
    if not found:
        sys.stdout.write(
            f"good: {len(list(loader.every_file()))} files, {len(loader.screening_rules())} screening rules, "
            f"{len(loader.consent_texts())} consent texts, {len(loader.sources())} sources\n"
        )
    return 1 if found else 0


def run_rules(arguments: argparse.Namespace) -> int:
    day = _day(arguments)
    for rule in loader.screening_rules():
        if rule.in_force(day):
            authority = f"{rule.source.authority}, {rule.source.grade}"
            sys.stdout.write(f"{rule.id:6} {rule.rule_class:13} {rule.title}  [{authority}: {rule.source.citation}]\n")
    return 0


def _day(arguments: argparse.Namespace) -> date:
    chosen: date | None = arguments.on
    return chosen or datetime.now(UTC).date()
