"""A history section in words, for pages and print: label, value, and whether it is said, denied or not asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ketachart.intake.facts import MEASURED
from ketachart.intake.kinds import (
    Allergies,
    Conditions,
    Goals,
    Measurements,
    Medicines,
    Preferences,
    Pregnancy,
    Results,
    Section,
    Support,
    Treatments,
)
from ketachart.intake.models import HistorySection
from ketachart.knowledge import loader


@dataclass(frozen=True)
class Line:
    """`said` is what stands; None means that it was not asked. `notable` marks what a reader must not miss."""

    label: str
    said: str | None
    notable: bool = False
    long: bool = False


def lines_of(versions: Sequence[HistorySection]) -> list[Line]:
    """What stands, from all versions of a section, newest first. Older answers that still stand carry their date."""
    if not versions:
        return []
    contents = [row.content for row in versions]
    if isinstance(contents[0], Conditions):
        return _conditions([(row.content, row.charted_at) for row in versions])
    if isinstance(contents[0], Measurements):
        return _measurements(contents)
    if isinstance(contents[0], Results):
        return _results([(row.content, row.charted_at) for row in versions])
    return section_lines(contents[0])


def section_lines(content: Section) -> list[Line]:
    match content:
        case Medicines():
            if content.stated == "none":
                return [Line("Medicines", "none")]
            table = loader.medicine_table()
            return [
                Line(
                    one.ingredient,
                    _joined(one.dose, one.how_often, one.what_for, _taken(one.last_taken_at)),
                    notable=table.classes_of(one.ingredient) is None,
                )
                for one in content.medicines
            ]
        case Allergies():
            listed = [Line(one.substance, one.reaction or "reaction not known", True) for one in content.allergies]
            none = [Line("Allergies", "none known")] if content.stated == "none" else []
            ketamine = content.reaction_to_ketamine
            return [*none, *listed, Line("Reaction to ketamine", ketamine, ketamine == "yes")]
        case Treatments():
            if content.stated == "none":
                return [Line("Earlier treatments", "none")]
            return [
                Line(
                    one.name,
                    _joined(
                        one.kind,
                        one.dose,
                        f"{one.weeks:g} weeks" if one.weeks is not None else None,
                        one.outcome,
                        f"{one.best_change_percent:g} % better at best"
                        if one.best_change_percent is not None
                        else None,
                        f"stopped: {one.why_stopped}" if one.why_stopped else None,
                        one.adequate,
                    ),
                    notable=one.adequate is None,
                )
                for one in content.treatments
            ]
        case Goals():
            return [Line("Goals", content.goals), Line("Hardest now", content.hardest_now)]
        case Support():
            return [
                Line("Who supports", content.who_supports),
                Line("Somebody brings them home", content.can_bring_home, content.can_bring_home == "no"),
                Line("What helps", content.coping),
                Line("In a crisis", content.what_helps_in_crisis),
            ]
        case Preferences():
            return [
                Line("Needles are hard", content.needle_aversion, content.needle_aversion == "yes"),
                Line("Would rather be at home", content.prefers_home),
                Line("Depends on driving next day", content.drives_after, content.drives_after == "yes"),
                Line("Music and room", content.music_and_room),
                Line("Other wishes", content.note),
            ]
        case Pregnancy():
            tested = f", tested {content.tested_on:%-d %b %Y}" if content.tested_on else ""
            status = f"{content.status}{tested}" if content.status else None
            return [
                Line("Pregnancy", status, content.status == "pregnant"),
                Line("Breastfeeding", content.breastfeeding, content.breastfeeding == "yes"),
                Line("Contraception where needed", content.contraception, content.contraception == "no"),
            ]
    return []


def _conditions(versions: Sequence[tuple[Conditions, datetime]]) -> list[Line]:
    """What is there first, then what nobody knows, then what was not asked, then all that was denied, by day."""
    standing: dict[str, tuple[str, datetime]] = {}
    for content, at in versions:
        for name, answer in content.answers.items():
            standing.setdefault(name, (answer, at))
    newest = _day(versions[0][1])
    present, unknown, unasked = [], [], []
    absent: dict[str, list[str]] = {}
    for item in (one for one in loader.data_items().values() if one.section == "conditions"):
        if item.id not in standing:
            unasked.append(Line(item.label, None))
            continue
        said, at = standing[item.id]
        dated = said if _day(at) == newest else f"{said} ({_day(at)})"
        if said == "not known":
            unknown.append(Line(item.label, dated, True))
        elif said == "no":
            absent.setdefault(_day(at), []).append(item.label)
        else:
            present.append(Line(item.label, dated, said != "none"))
    denied = [Line(f"Asked and denied, {day}", "; ".join(labels), long=True) for day, labels in absent.items()]
    note = versions[0][0].note
    return [*present, *unknown, *unasked, *denied, *([Line("Note", note)] if note else [])]


def _measurements(versions: Sequence[Measurements]) -> list[Line]:
    items = loader.data_items()
    by_time = sorted(versions, key=lambda one: one.measured_at, reverse=True)
    newest = by_time[0].measured_at
    lines = []
    pressure = next((one for one in by_time if one.systolic_mmhg is not None), None)
    if pressure is None:
        lines.append(Line("Blood pressure", None))
    else:
        unusual = bool({"systolic_mmhg", "diastolic_mmhg"} & set(pressure.confirmed_unusual))
        text = f"{pressure.systolic_mmhg:g}/{pressure.diastolic_mmhg:g} mmHg"
        lines.append(Line("Blood pressure", _measured(text, unusual, pressure.measured_at, newest), unusual))
    for name in MEASURED[2:]:
        found = next((one for one in by_time if getattr(one, name) is not None), None)
        if found is None:
            lines.append(Line(items[name].label, None))
            continue
        unusual = name in found.confirmed_unusual
        text = f"{getattr(found, name):g} {items[name].unit}"
        lines.append(Line(items[name].label, _measured(text, unusual, found.measured_at, newest), unusual))
    return [*lines, Line("Measured", f"{timezone.localtime(newest):%-d %b %Y, %H:%M}")]


def _results(versions: Sequence[tuple[Results, datetime]]) -> list[Line]:
    """The newest word on each test, in the order of the list."""
    standing: dict[str, tuple[str, bool]] = {}
    for content, at in versions:
        for one in content.results:
            done = f"{one.done_on:%-d %b %Y}" if one.done_on else f"said {_day(at)}"
            standing.setdefault(
                one.test, (_joined(one.judged, one.value, done, one.note), one.judged == "not acceptable")
            )
    items = loader.data_items()
    return [Line(items[name].label, *standing[name]) for name in items if name in standing]


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at):%-d %b %Y}"


def _measured(text: str, unusual: bool, at: datetime, newest: datetime) -> str:
    older = "" if at == newest else f" ({_day(at)})"
    return _confirmed(text, unusual) + older


def _confirmed(text: str, unusual: bool) -> str:
    return f"{text} (unusual, confirmed)" if unusual else text


def _taken(at: datetime | None) -> str:
    if at is None:
        return "last taken: not asked"
    return f"last taken {timezone.localtime(at):%-d %b %H:%M}"


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part) or "no details"
