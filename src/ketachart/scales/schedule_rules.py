"""What is to be asked now, and whether an answer counts for its time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.scales.schedule import Line

AnchorKind = Literal["course", "appointment", "session"]
State = Literal["answered", "incomplete", "late", "missed", "waiting", "withdrawn"]


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """What the schedule counts from. `number` of `of`: the session's place in its series, where the record says it."""

    id: UUID
    kind: AnchorKind
    at: datetime
    number: int | None = None
    of: int | None = None
    indication: str | None = None
    ended_at: datetime | None = None

    @property
    def ends_series(self) -> bool:
        return self.kind == "session" and self.number is not None and self.number == self.of


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A scale that was asked before, by this schedule or by a person. `answered_at` None: not answered."""

    scale: str
    due_at: datetime | None
    answered_at: datetime | None = None
    waiting: bool = False
    line_id: str = ""
    anchor_id: UUID | None = None
    occurrence: int = 0


@dataclass(frozen=True, kw_only=True)
class Window:
    """Open from, due by, and until when an answer counts for this time."""

    opens_at: datetime
    due_at: datetime
    closes_at: datetime

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at


@dataclass(frozen=True, kw_only=True)
class Due:
    line: Line
    anchor_id: UUID
    occurrence: int
    window: Window


def due_assignments(
    lines: Sequence[Line],
    anchors: Sequence[Anchor],
    asked: Sequence[Asked],
    *,
    zone: ZoneInfo,
    days_either_side: float | None,
    at: datetime,
) -> tuple[Due, ...]:
    """What has to be asked at this moment and was not asked yet.

    Parameters
    ----------
    lines
        The lines that this clinic has put in force.
    anchors
        Courses, booked treatments and ended sessions of one person; nothing cancelled.
    asked
        Everything that was asked of or answered by the person, by whomever.
    zone
        The person's own time zone: days are theirs.
    days_either_side
        The clinic's tolerance. None: an answer counts on the due day only.
    at
        Now. Only windows that are open at this moment are asked; one that passed unasked is not asked afterwards.
    """
    found: list[Due] = []
    for line in lines:
        for anchor in anchors:
            for occurrence, window in _windows(line, anchor, zone, days_either_side or 0, at):
                due = Due(line=line, anchor_id=anchor.id, occurrence=occurrence, window=window)
                if window.is_open(at) and not _is_asked(due, asked) and not _is_too_soon(due, asked, found):
                    found.append(due)
    return tuple(found)


def _windows(
    line: Line, anchor: Anchor, zone: ZoneInfo, tolerance_days: float, at: datetime
) -> Iterator[tuple[int, Window]]:
    """The windows of a line around an anchor that are not in the future."""
    if not _counts_from(line, anchor):
        return
    if line.opens_hours_before is not None:
        opens = anchor.at - timedelta(hours=line.opens_hours_before)
        yield 0, Window(opens_at=opens, due_at=anchor.at, closes_at=anchor.at)
        return
    first_day = anchor.at.astimezone(zone).date()
    if line.days_after is not None:
        yield 0, _of_day(first_day + timedelta(days=line.days_after), zone, tolerance_days, not_before=anchor.at)
        return
    assert line.every_months is not None
    latest = at if anchor.ended_at is None else min(at, anchor.ended_at)
    occurrence = 1
    while True:
        day = add_months(first_day, occurrence * line.every_months)
        window = _of_day(day, zone, tolerance_days, not_before=anchor.at)
        if window.opens_at > latest:
            return
        yield occurrence, window
        occurrence += 1


def _counts_from(line: Line, anchor: Anchor) -> bool:
    if line.indications and anchor.indication not in line.indications:
        return False
    if line.counted_from == "series":
        return anchor.ends_series
    return line.counted_from == anchor.kind


def _of_day(day: date, zone: ZoneInfo, tolerance_days: float, *, not_before: datetime) -> Window:
    """The whole day as the person's calendar has it, and the clinic's tolerance around it."""
    tolerance = timedelta(days=tolerance_days)
    ends = _midnight(day + timedelta(days=1), zone)
    return Window(opens_at=max(_midnight(day, zone) - tolerance, not_before), due_at=ends, closes_at=ends + tolerance)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(ZoneInfo("UTC"))


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def _is_asked(due: Due, asked: Iterable[Asked]) -> bool:
    return any(
        (one.line_id, one.anchor_id, one.occurrence) == (due.line.id, due.anchor_id, due.occurrence) for one in asked
    )


def _is_too_soon(due: Due, asked: Iterable[Asked], found: Iterable[Due]) -> bool:
    """The same scale is waiting already, is asked in this same moment, or was answered too short a time ago."""
    if any(one.line.scale == due.line.scale for one in found):
        return True
    least = timedelta(days=due.line.at_most_every_days or 0)
    for one in asked:
        if one.scale != due.line.scale:
            continue
        if one.waiting or (one.answered_at is not None and one.answered_at > due.window.due_at - least):
            return True
    return False


def state_of(
    *,
    due_at: datetime | None,
    closes_at: datetime | None,
    answered_at: datetime | None,
    complete: bool,
    withdrawn: bool,
    at: datetime,
) -> State:
    """Whether an answer counts for its time. A late one keeps its own time and is never moved into the window."""
    until = closes_at or due_at
    if answered_at is not None:
        if until is not None and answered_at > until:
            return "late"
        return "answered" if complete else "incomplete"
    if withdrawn:
        return "withdrawn"
    return "missed" if until is not None and at >= until else "waiting"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What was due and what became of it. Waiting and withdrawn ones were not due yet, or are not any more."""

    answered: int = 0
    incomplete: int = 0
    late: int = 0
    missed: int = 0
    waiting: int = 0

    @property
    def due(self) -> int:
        return self.answered + self.incomplete + self.late + self.missed

    @property
    def share_percent(self) -> int | None:
        """Complete and in time, of those that were due. None: nothing was due yet."""
        return None if self.due == 0 else round(100 * self.answered / self.due)


def tally(states: Iterable[State]) -> Tally:
    counted = list(states)
    return Tally(
        answered=counted.count("answered"),
        incomplete=counted.count("incomplete"),
        late=counted.count("late"),
        missed=counted.count("missed"),
        waiting=counted.count("waiting"),
    )
