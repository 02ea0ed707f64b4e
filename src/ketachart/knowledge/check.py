"""The checker of the data: every entry is sourced, dated and graded, and nothing unverified decides."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from ketachart.knowledge import loader, text_check
from ketachart.knowledge.screening import Medicines, data_needed
from ketachart.knowledge.site_settings import site_settings


def problems(on: date) -> list[str]:
    """Everything that is wrong with the shipped data on that day, one line each. Empty means good."""
    try:
        return [*_files(on), *_rules(on), *text_check.problems(on), *_lists(), *_source_list(), *_site_settings(on)]
    except (ValueError, KeyError, TypeError) as fault:
        return [f"cannot be loaded: {fault}"]


def entry_problems(where: str, entry: dict[str, Any], on: date) -> Iterator[str]:
    """What every dated, sourced entry of any file must have."""
    source = entry.get("source")
    if not isinstance(source, dict):
        yield f"{where}: no source"
    else:
        if not (source.get("citation") or source.get("id")):
            yield f"{where}: the source has no citation"
        for field in ("authority", "grade"):
            if not source.get(field):
                yield f"{where}: the source has no {field}"
        if source.get("grade") == "unverified" and not _empty_site_setting(entry, source):
            yield f"{where}: an unverified fact stands as a default"
    if not isinstance(entry.get("effective_from"), date):
        yield f"{where}: no effective_from"
    ends = entry.get("effective_to")
    if isinstance(ends, date) and ends < on and not entry.get("superseded_by") and not entry.get("note"):
        yield f"{where}: expired on {ends} without a successor or a note"


def _empty_site_setting(entry: dict[str, Any], source: dict[str, Any]) -> bool:
    """A place for the clinic's own value, with none in it."""
    numbers = [
        value for value in entry.values() if isinstance(value, int | float) or re.fullmatch(r"[\d.]+", str(value))
    ]
    return source.get("authority") == "site" and not (numbers or entry.get("limits") or entry.get("test"))


def _files(on: date) -> Iterator[str]:
    """Every entry of every file, whoever owns it: a new file is read without being named anywhere."""
    for file, content in loader.every_file():
        if file not in ("sources.toml", "site_settings.toml"):
            yield from _table_problems(file, content, {}, on)


INHERITED = ("source", "effective_from", "effective_to", "superseded_by", "note")
NAMES_ONLY = {*INHERITED, "id", "version", "language", "title", "heading", "urgent", "products", "routes", "molecules"}
"""What a table may hold without saying anything that needs a source: what it is called and whom it is for."""


def _table_problems(where: str, table: dict[str, Any], above: dict[str, Any], on: date) -> Iterator[str]:
    """A table that says something has a source and dates, its own or those of the table around it."""
    here = above | {name: table[name] for name in INHERITED if name in table}
    inside = [(name, one) for name, value in table.items() if name != "source" for one in _tables_in(value)]
    says = {name: value for name, value in table.items() if name not in NAMES_ONLY and not _tables_in(value)}
    found = list(entry_problems(where, here | says, on)) if says else []
    yield from found
    for name, one in inside:
        called = str(one.get("id", name))
        if not found or "source" in one:
            yield from _table_problems(f"{where} {called}", one, here, on)


def _tables_in(value: Any) -> list[dict[str, Any]]:
    tables = value if isinstance(value, list) else [value]
    return [one for one in tables if isinstance(one, dict)]


def _rules(on: date) -> Iterator[str]:
    rules = loader.screening_rules()
    for id, times in Counter((rule.id, rule.version) for rule in rules).items():
        if times > 1:
            yield f"eligibility.toml {id[0]}: version {id[1]} is there {times} times"
    known_facts = loader.data_items()
    catalogue = loader.catalogue()
    words = {one.id for one in catalogue.product} | {one.id for one in catalogue.route}
    words |= {one.id for one in catalogue.indication}
    classes = {one.id for one in loader.medicine_table().classes}
    ids = {rule.id for rule in rules}
    for rule in rules:
        where = f"eligibility.toml {rule.id}"
        yield from (f"{where}: unknown fact {name}" for name in data_needed(rule.test) if name not in known_facts)
        yield from (
            f"{where}: unknown word {word}"
            for word in (*rule.products, *rule.routes, *rule.indications)
            if word not in words
        )
        if isinstance(rule.test, Medicines):
            yield from (f"{where}: unknown class {name}" for name in rule.test.classes if name not in classes)
        if rule.superseded_by is not None and rule.superseded_by not in ids:
            yield f"{where}: successor {rule.superseded_by} does not exist"
        if not rule.in_force(on) and rule.superseded_by is None and rule.effective_to is not None:
            yield f"{where}: not in force and not replaced"


def _lists() -> Iterator[str]:
    lists = loader.session_lists()
    yield from _repeated("session_lists.toml time_out", (one.id for one in lists.time_out))
    yield from _repeated("session_lists.toml arrival", (one.id for one in lists.arrival))
    known = set(loader.data_items())
    loader.entry_ranges()
    for name in loader.data_items().values():
        if name.kind == "choice" and not name.choices:
            yield f"data_items.toml {name.id}: a choice without choices"
    yield from (
        f"eligibility.toml: {skip.fact} is not a datum"
        for rule in loader.screening_rules()
        if (skip := rule.not_relevant_when) is not None and skip.fact not in known
    )


def _source_list() -> Iterator[str]:
    for id, entry in loader.sources().items():
        yield from (
            f"sources.toml {id}: no {field}"
            for field in ("citation", "authority", "grade", "read")
            if not entry.get(field)
        )


def _repeated(where: str, ids: Iterable[str]) -> Iterator[str]:
    yield from (f"{where}: {id} is there {times} times" for id, times in Counter(ids).items() if times > 1)


def _site_settings(on: date) -> Iterator[str]:
    """A place for a value and never a value: what the clinic has set stands in its record."""
    for setting in site_settings().values():
        where = f"site_settings.toml {setting.id}"
        if not setting.used_by:
            yield f"{where}: nobody uses it"
        if setting.source.authority != "site":
            yield f"{where}: a setting is the site's own, not {setting.source.authority}"
        if not setting.in_force(on) and setting.superseded_by is None and setting.note is None:
            yield f"{where}: expired without a successor or a note"
