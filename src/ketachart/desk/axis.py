"""One axis for a person's whole way: sessions, scores, symptoms, consents and plans, check-ins. Pure: places in, no drawing.

The list below the axis says the same in words; the picture is for seeing what came before what.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ketachart.desk.situation import Told
from ketachart.instruments.loader import instrument

WIDTH, LEFT, RIGHT, LANE, TOP, FOOT = 960, 104, 20, 30, 8, 26
LEAST = timedelta(days=14)
"""A way of three days is not stretched over the whole width."""

LANES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("sessions", "Sessions", ("treatment.session_opened",)),
    ("scores", "Scores", ("scales.submitted",)),
    ("symptoms", "Side effects", ("treatment.symptom_noted",)),
    ("papers", "Consent, plan", ("intake.consent_signed", "intake.consent_withdrawn", "course.plan_written")),
    ("check-ins", "Check-ins", ("aftercare.check_in_answered",)),
    ("decisions", "Decisions", ("intake.eligibility_decided", "course.decision_written")),
)
AXIS_KINDS = frozenset(kind for _, _, kinds in LANES for kind in kinds)


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    text: str
    title: str


@dataclass(frozen=True)
class Lane:
    id: str
    label: str
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Tick:
    x: float
    label: str
    large: bool


@dataclass(frozen=True)
class Axis:
    width: int
    height: int
    left: int
    right: int
    base: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    now_x: float


def axis_of(told: Iterable[Told], now: datetime, zone: ZoneInfo) -> Axis | None:
    """Lanes that have something, from the first mark to now. None: nothing to place yet."""
    listed = sorted((one for one in told if one.kind in AXIS_KINDS and one.at <= now), key=lambda one: one.at)
    if not listed:
        return None
    begin = min(listed[0].at, now - LEAST)
    span = (now - begin) / timedelta(seconds=1)
    room = WIDTH - LEFT - RIGHT

    def x(at: datetime) -> float:
        return round(LEFT + room * ((at - begin) / timedelta(seconds=1)) / span, 1)

    lanes: list[Lane] = []
    for lane_id, label, kinds in LANES:
        of_lane = [one for one in listed if one.kind in kinds]
        if of_lane:
            y = TOP + LANE * len(lanes) + LANE / 2
            marks = tuple(Mark(x(one.at), y, short(one), told_in_full(one, zone)) for one in of_lane)
            above = sorted(
                marks, key=lambda mark: mark.text != ""
            )  # a mark that says its number is not covered by one that does not
            lanes.append(Lane(lane_id, label, y, tuple(above)))
    base = TOP + LANE * len(lanes)
    return Axis(WIDTH, int(base + FOOT), LEFT, RIGHT, base, tuple(lanes), ticks(begin, now, zone, x), x(now))


def scale_result(content: Any) -> str:
    """A submitted form in words: its score and band, or its level, or that it is incomplete."""
    found = instrument(content.instrument_id)
    title = content.instrument_id if found is None else found.title
    if content.total is not None:
        return f"{title}: {content.total:g}{f' ({content.band})' if content.band else ''}"
    if content.level is not None:
        return f"{title}: {content.level.replace('_', ' ')}"
    return f"{title}: incomplete, no total"


def short(one: Told) -> str:
    """What fits beside a mark."""
    if one.kind == "treatment.session_opened":
        return "" if one.content.session_number is None else str(one.content.session_number)
    if one.kind == "scales.submitted":
        # numbers of different scales side by side would be read as one trend: only PHQ-9 says its number
        shown = one.content.instrument_id == "phq-9" and one.content.total is not None
        return f"{one.content.total:g}" if shown else ""
    return ""


def told_in_full(one: Told, zone: ZoneInfo) -> str:
    at = one.at.astimezone(zone)
    day = f"{at.day} {at:%b %Y}"
    if one.kind == "treatment.session_opened":
        number = one.content.session_number
        return f"{day}: session{'' if number is None else f' {number}'}"
    if one.kind == "scales.submitted":
        return f"{day}: {scale_result(one.content)}"
    if one.kind == "treatment.symptom_noted":
        return f"{day}: {one.content.symptom}, {one.content.severity}"
    return f"{day}: {one.kind.partition('.')[2].replace('_', ' ')}"


def ticks(begin: datetime, end: datetime, zone: ZoneInfo, x: object) -> tuple[Tick, ...]:
    """Days for a way of weeks, weeks for one of months, months for one of years; never more than one can read."""
    assert callable(x)
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    days = (last - first).days
    found = []
    day = first + timedelta(days=1)
    while day <= last:
        monday, month = day.weekday() == 0, day.day == 1
        if days <= 120 or (days <= 500 and monday) or month:
            large = (monday if days <= 60 else month) if days <= 500 else (month and day.month in (1, 7))
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            label = (f"{day.day} {day:%b}" if days <= 500 else f"{day:%b %Y}") if large else ""
            found.append(Tick(x(midnight), label, large))
        day += timedelta(days=1)
    return tuple(found)
