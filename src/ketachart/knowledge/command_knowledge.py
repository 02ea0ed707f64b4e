"""`ketachart knowledge check`: is the shipped knowledge complete, sourced and in force?"""

import argparse
import json
import sys
from datetime import UTC, date, datetime

from ketachart.knowledge import loader
from ketachart.knowledge.check import checked
from ketachart.knowledge.site_settings import site_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="check | rules")
    for verb, text in (
        ("check", "every entry is sourced, dated, graded, and points somewhere"),
        ("rules", "the screening rules in force, one line each, with their sources"),
    ):
        command = verbs.add_parser(verb, help=text)
        command.add_argument("--on", type=date.fromisoformat, default=None, help="the day, default today (UTC)")
        if verb == "check":
            command.add_argument("--json", action="store_true", help="for programs: file, entry, what, do, level")
            command.add_argument("--warnings", action="store_true", help="also what does not fail the check")


def run(arguments: argparse.Namespace) -> int:
    return run_check(arguments) if arguments.verb == "check" else run_rules(arguments)


def run_check(arguments: argparse.Namespace) -> int:
    day = _day(arguments)
    found = checked(day)
    failing = [one for one in found if one.level == "problem"]
    warnings = len(found) - len(failing)
    if arguments.json:
        answer = {"on": day.isoformat(), "good": not failing, "found": [one.as_json() for one in found]}
        sys.stdout.write(json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
        return 1 if failing else 0
    for one in found if arguments.warnings else failing:
        sys.stdout.write(f"{'warning: ' if one.level == 'warning' else ''}{one}\n")
    told = f", {warnings} {'warning' if warnings == 1 else 'warnings'} (--warnings)" if warnings else ""
    if failing:
        sys.stdout.write(f"{len(failing)} {'problem' if len(failing) == 1 else 'problems'}{told}\n")
        return 1
    sys.stdout.write(
        f"good: {len(list(loader.raw_files()))} files, {len(loader.screening_rules())} screening rules, "
        f"{len(loader.consent_texts())} consent texts, {len(site_settings())} site settings, "
        f"{len(loader.sources())} sources{told}\n"
    )
    return 0


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
