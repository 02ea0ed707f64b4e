"""Every entry of every file, whoever owns it: a source with authority and grade, dates, nothing unverified as a value."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ketachart.knowledge import loader
from ketachart.knowledge.check.problem import Level, Problem

INHERITED = ("source", "effective_from", "effective_to", "superseded_by", "note")
NAMES_ONLY = {*INHERITED, "id", "version", "language", "title", "heading", "urgent", "products", "routes", "molecules"}
"""What a table may hold without saying anything that needs a source: what it is called and whom it is for."""
SOON = timedelta(days=60)
CITE = 'Add source = { id = "..." } from sources.toml, or to the table around it'
TYPING_BOUNDS = ("minimum", "maximum", "longest", "consider")


def problems(on: date) -> Iterator[Problem]:
    for file, content in loader.raw_files():
        if file == "sources.toml":
            continue
        if file == "site_settings.toml":
            yield from _of_settings(file, content, on)
        else:
            yield from _of_table(file, "", _with_sources(content), {}, on)


def entry_problems(where: str, entry: dict[str, Any], on: date) -> Iterator[str]:
    """What every dated, sourced entry of any file must have, in a line each."""
    for what, _, level in _complaints(entry, on):
        if level == "problem":
            yield f"{where}: {what}"


def _complaints(entry: dict[str, Any], on: date) -> Iterator[tuple[str, str, Level]]:
    source = entry.get("source")
    if not isinstance(source, dict):
        yield "no source", CITE, "problem"
    else:
        if not (source.get("citation") or source.get("id")):
            yield "the source has no citation", "Say which document it is, or name it by its id", "problem"
        for field in ("authority", "grade"):
            if not source.get(field):
                yield f"the source has no {field}", f"Add {field} to it or to its entry in sources.toml", "problem"
        if source.get("grade") == "unverified" and not _empty_site_setting(entry, source):
            do = "Read the source and grade it, or make it a setting in site_settings.toml"
            yield "an unverified fact stands as a default", do, "problem"
    begins, ends = entry.get("effective_from"), entry.get("effective_to")
    if not isinstance(begins, date):
        yield "no effective_from", "Say from which day on it holds", "problem"
    if not isinstance(ends, date):
        return
    if isinstance(begins, date) and ends < begins:
        yield f"ends on {ends}, before it begins on {begins}", "Correct the dates", "problem"
    if entry.get("superseded_by") or entry.get("note"):
        return
    if ends < on:
        do = "Name what replaced it in superseded_by, or say in note why nothing does"
        yield f"expired on {ends} without a successor or a note", do, "problem"
    elif ends - on <= SOON:
        yield f"ends on {ends}", "See whether it was prolonged or replaced, and add what follows", "warning"


def _of_table(file: str, entry: str, table: dict[str, Any], above: dict[str, Any], on: date) -> Iterator[Problem]:
    """A table that says something has a source and dates, its own or those of the table around it."""
    here = above | {name: table[name] for name in INHERITED if name in table}
    inside = [(name, one) for name, value in table.items() if name != "source" for one in _tables_in(value)]
    says = {name: value for name, value in table.items() if name not in NAMES_ONLY and not _tables_in(value)}
    found = [Problem(file, entry, *one) for one in _complaints(here | says, on)] if says else []
    yield from found
    for name, one in inside:
        called = str(one.get("id", name))
        if not found or "source" in one:
            yield from _of_table(file, f"{entry} {called}".strip(), one, here, on)


def _of_settings(file: str, content: dict[str, Any], on: date) -> Iterator[Problem]:
    """Typing bounds and candidates of a setting are no values of it; what else stands there is checked as anywhere."""
    shared = {name: content[name] for name in INHERITED if name in content}
    for setting in content.get("setting", ()):
        said = {name: value for name, value in setting.items() if name not in TYPING_BOUNDS}
        yield from _of_table(file, str(setting.get("id")), _with_sources(shared | said), {}, on)
        for one in setting.get("consider", ()):
            where = f"{setting.get('id')} consider {one.get('value')}"
            source = _with_sources(one).get("source")
            if not isinstance(source, dict):
                yield Problem(file, where, "no source", "Say who uses or proposes this value")
            elif not source.get("grade") or not source.get("authority"):
                yield Problem(file, where, "the source has no grade or no authority", "Add them to it")


def _empty_site_setting(entry: dict[str, Any], source: dict[str, Any]) -> bool:
    """A place for the clinic's own value, with none in it."""
    numbers = [
        value
        for name, value in entry.items()
        if not isinstance(value, bool)
        and name != "version"
        and (isinstance(value, int | float) or re.fullmatch(r"[\d.]+", str(value)))
    ]
    tested = entry.get("test") and not entry.get("site_setting")  # judged only once the clinic has set its value
    return source.get("authority") == "site" and not (numbers or entry.get("limits") or tested)


def _with_sources(content: Any) -> Any:
    """Sources by their id with what sources.toml says of them; an unknown id stays as it is, another check names it."""
    if isinstance(content, list):
        return [_with_sources(one) for one in content]
    if not isinstance(content, dict):
        return content
    return {
        name: {**loader.sources().get(str(value["id"]), {}), **value}
        if name == "source" and isinstance(value, dict) and "id" in value
        else _with_sources(value)
        for name, value in content.items()
    }


def _tables_in(value: Any) -> list[dict[str, Any]]:
    tables = value if isinstance(value, list) else [value]
    return [one for one in tables if isinstance(one, dict)]
