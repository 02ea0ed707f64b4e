"""Every check, one after the other. A file that cannot be read is named, and the others are checked all the same."""

from collections.abc import Callable, Iterable
from datetime import date

from ketachart.knowledge import text_check
from ketachart.knowledge.check import entries, lists, references, rules, settings, source_list, versions
from ketachart.knowledge.check.problem import Problem, from_line

Check = Callable[[date], Iterable[Problem]]


def _texts(on: date) -> Iterable[Problem]:
    return [from_line(line, "Correct the text, or write a new version of it") for line in text_check.problems(on)]


CHECKS: tuple[tuple[str, Check], ...] = (
    ("every entry", entries.problems),
    ("references", references.problems),
    ("versions", versions.problems),
    ("rules", rules.problems),
    ("lists", lists.problems),
    ("sources", source_list.problems),
    ("site settings", settings.problems),
    ("texts", _texts),
)


def checked(on: date) -> list[Problem]:
    """Everything that is wrong with the shipped data on that day, and what should be looked at."""
    found: dict[Problem, None] = {}
    for name, check in CHECKS:
        try:
            found |= dict.fromkeys(check(on))
        except (ValueError, LookupError, TypeError, OSError) as fault:
            found[Problem("knowledge/data", name, f"cannot be checked: {fault}", "Correct what it names")] = None
    return list(found)


def problems(on: date) -> list[str]:
    """What fails, one line each. Empty means good."""
    return [str(one) for one in checked(on) if one.level == "problem"]
