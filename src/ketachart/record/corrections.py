"""Which correction counts when several were made of one entry. Pure, and the same for every reader of a stream.

An entry and all that was said about it later are one thread; its last word counts and nothing else of it does, so that
one reading or one dose can never count twice. "Last" is by the corrections' own ids (UUIDv7: when they were made),
never by arrival: a tablet that was offline changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping


def last_words(target_of: Mapping[str, str]) -> dict[str, str]:
    """Corrected entry to the correction that counts. ``target_of``: each correction's id to what it names."""
    found: dict[str, str] = {}
    for correction in target_of:
        first = _first_of_thread(correction, target_of)
        found[first] = max(found.get(first, ""), correction)
    return found


def contradicted(target_of: Mapping[str, str]) -> dict[str, str]:
    """Corrected entry to its last word, where somebody else corrected the same thing: a person has to settle it."""
    named = list(target_of.values())
    return {first: last for first, last in last_words(target_of).items() if named.count(target_of[last]) > 1}


def _first_of_thread(correction: str, target_of: Mapping[str, str]) -> str:
    entry, passed = correction, set[str]()
    while entry in target_of and entry not in passed:
        passed.add(entry)
        entry = target_of[entry]
    return entry
