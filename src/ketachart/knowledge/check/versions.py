"""One thing has one version a day, and what replaces it is there."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from ketachart.knowledge.check.problem import Problem
from ketachart.knowledge.entries import Entry, entries

LAST = date.max


def problems(on: date) -> Iterator[Problem]:
    del on
    every = [one for one in entries() if one.file not in ("sources.toml", "site_settings.toml")]
    ids = {one.id for one in every}
    named: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in every:
        if "id" in entry.table:
            folder = entry.file.rpartition("/")[0] or entry.file
            named[folder, entry.kind, entry.id].append(entry)
        successor = entry.table.get("superseded_by")
        if successor is not None and successor not in ids:
            said = f"superseded_by names {successor}, which does not exist"
            yield Problem(entry.file, entry.id, said, "Correct the id, or add what replaces it")
    for versions in named.values():
        yield from _overlaps(versions)


def _overlaps(versions: list[Entry]) -> Iterator[Problem]:
    ordered = sorted(versions, key=lambda one: (_begins(one), str(one.get("version"))))
    for old, new in pairwise(ordered):
        if str(old.get("version")) == str(new.get("version")):
            said = f"version {new.get('version')} is there twice"
            yield Problem(new.file, new.id, said, "Give each version a number of its own")
        elif _begins(new) <= _ends(old) and not _texts(old):
            said = f"versions {old.get('version')} and {new.get('version')} hold on the same days"
            yield Problem(new.file, new.id, said, "End the old one (effective_to) the day before the new one begins")


def _texts(entry: Entry) -> bool:
    """A text is chosen by its newest version in force: an old one may run on for those who signed it."""
    return entry.kind == "text"


def _begins(entry: Entry) -> date:
    found = entry.get("effective_from")
    return found if isinstance(found, date) else date.min


def _ends(entry: Entry) -> date:
    found = entry.get("effective_to")
    return found if isinstance(found, date) else LAST
