"""`ketachart knowledge check`: is the shipped knowledge complete, sourced and in force?"""

import argparse
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from ketachart.knowledge import loader
from ketachart.knowledge.check import problems

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_knowledge(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("knowledge", help="check or list what medicine says here")
    verbs = parser.add_subparsers(dest="knowledge_verb", required=True)
    check = verbs.add_parser("check", help="every entry is sourced, dated, graded, and points somewhere")
    check.add_argument("--on", type=date.fromisoformat, default=None, help="the day to check for, default today (UTC)")
    check.set_defaults(run=run_check)
    rules = verbs.add_parser("rules", help="the screening rules in force, one line each")
    rules.add_argument("--on", type=date.fromisoformat, default=None)
    rules.set_defaults(run=run_rules)


def run_check(arguments: argparse.Namespace) -> int:
    found = problems(_day(arguments))
    for line in found:
        sys.stdout.write(f"{line}\n")
    if not found:
        sys.stdout.write(
            f"good: {len(loader.screening_rules())} screening rules, {len(loader.consent_texts())} consent texts, "
            f"{len(loader.sources())} sources\n"
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
