"""A history section in words, for pages and print: label, value, and whether it is said, denied or not asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from ketachart.intake.kinds import (
    Allergies,
    Conditions,
    Goals,
    Measurements,
    Medicines,
    Preferences,
    Pregnancy,
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


def lines_of(row: HistorySection | None) -> list[Line]:
    if row is None:
        return []
    return section_lines(row.content)


def section_lines(content: Section) -> list[Line]:
    match content:
        case Conditions():
            return _conditions(content)
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
            ]
        case Measurements():
            return _measurements(content)
    return []


def _conditions(content: Conditions) -> list[Line]:
    """What is there first, then what nobody knows, then what was not asked, then all that was denied, as one line."""
    items = [item for item in loader.data_items().values() if item.section == "conditions"]
    present, unknown, unasked, absent = [], [], [], []
    for item in items:
        said = content.answers.get(item.id)
        if said is None:
            unasked.append(Line(item.label, None))
        elif said == "not known":
            unknown.append(Line(item.label, "not known", True))
        elif said == "no":
            absent.append(item.label)
        else:
            present.append(Line(item.label, said, said != "none"))
    denied = [Line("Asked and denied", "; ".join(absent), long=True)] if absent else []
    note = [Line("Note", content.note)] if content.note else []
    return [*present, *unknown, *unasked, *denied, *note]


def _measurements(content: Measurements) -> list[Line]:
    items = loader.data_items()
    lines = []
    if content.systolic_mmhg is not None and content.diastolic_mmhg is not None:
        confirmed = {"systolic_mmhg", "diastolic_mmhg"} & set(content.confirmed_unusual)
        text = f"{content.systolic_mmhg:g}/{content.diastolic_mmhg:g} mmHg"
        lines.append(Line("Blood pressure", _confirmed(text, bool(confirmed)), bool(confirmed)))
    else:
        lines.append(Line("Blood pressure", None))
    for name in ("heart_rate_per_min", "spo2_percent", "weight_kg", "height_cm"):
        value = getattr(content, name)
        unusual = name in content.confirmed_unusual
        text = f"{value:g} {items[name].unit}" if value is not None else ""
        lines.append(Line(items[name].label, _confirmed(text, unusual) if text else None, unusual))
    measured = timezone.localtime(content.measured_at)
    return [*lines, Line("Measured", f"{measured:%-d %b %Y, %H:%M}")]


def _confirmed(text: str, unusual: bool) -> str:
    return f"{text} (unusual, confirmed)" if unusual else text


def _taken(at: object) -> str:
    from datetime import datetime

    if not isinstance(at, datetime):
        return "last taken: not asked"
    return f"last taken {timezone.localtime(at):%-d %b %H:%M}"


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part) or "no details"


def labels(names: Sequence[str]) -> list[str]:
    items = loader.data_items()
    return [items[name].label if name in items else name for name in names]
