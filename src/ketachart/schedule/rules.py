"""When an appointment may be, and what may become of it. Pure: times are handed in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

AppointmentKind = Literal["consultation", "treatment", "check_in"]
KINDS: tuple[AppointmentKind, ...] = get_args(AppointmentKind)
KIND_LABELS: dict[str, str] = {"consultation": "Consultation", "treatment": "Treatment", "check_in": "Check-in"}

# Logistics, not medicine: two hours a treatment is one of infusion and one of monitoring, with the room kept for both.
USUAL_MINUTES: dict[str, int] = {"consultation": 60, "treatment": 120, "check_in": 30}

Status = Literal["booked", "arrived", "cancelled", "no_show"]
STATUS_LABELS: dict[str, str] = {
    "booked": "Booked",
    "arrived": "Arrived",
    "cancelled": "Cancelled",
    "no_show": "Did not come",
}
NEXT_STATUS: dict[str, tuple[Status, ...]] = {
    "booked": ("arrived", "cancelled", "no_show"),
    "no_show": ("arrived",),
    "arrived": ("cancelled",),
    "cancelled": (),
}
NEEDS_REASON: frozenset[str] = frozenset({"cancelled"})
HOLDS_ITS_PLACE: frozenset[str] = frozenset({"booked", "arrived"})


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A stretch of time that takes a room, a person or both. Ends are exclusive: 10:00-11:00 and 11:00-12:00 are apart."""

    starts_at: datetime
    ends_at: datetime
    room: str | None = None
    staff: str | None = None
    patient: str | None = None
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Clash:
    """Why a slot cannot be had: what is taken, and by which slot."""

    taken: Literal["room", "staff", "patient"]
    by: Slot


def overlaps(one: Slot, other: Slot) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def first_clash(wanted: Slot, others: Iterable[Slot], chairs: int = 1) -> Clash | None:
    """The earliest slot in the way: same person, same patient, or a room whose chairs are all taken at some moment."""
    overlapping = sorted((other for other in others if overlaps(wanted, other)), key=lambda slot: slot.starts_at)
    for other in overlapping:
        if wanted.patient is not None and wanted.patient == other.patient:
            return Clash(taken="patient", by=other)
        if wanted.staff is not None and wanted.staff == other.staff:
            return Clash(taken="staff", by=other)
    in_room = [other for other in overlapping if wanted.room is not None and wanted.room == other.room]
    full = _first_full_moment(wanted, in_room, chairs)
    return None if full is None else Clash(taken="room", by=full)


def _first_full_moment(wanted: Slot, in_room: Sequence[Slot], chairs: int) -> Slot | None:
    """The slot whose beginning takes the last chair. A room can only fill up when something begins."""
    for other in in_room:
        moment = max(other.starts_at, wanted.starts_at)
        if sum(slot.starts_at <= moment < slot.ends_at for slot in in_room) >= chairs:
            return other
    return None


def may_become(status: str, following: str) -> bool:
    return following in NEXT_STATUS.get(status, ())


def series_days(first_day: date, weekdays: Sequence[int], sessions: int) -> list[date]:
    """The days of a series: the first day, then every chosen weekday after it. Monday is 0."""
    if sessions < 1 or first_day.weekday() not in weekdays:
        return []
    days: list[date] = []
    day = first_day
    while len(days) < sessions:
        if day.weekday() in weekdays:
            days.append(day)
        day += timedelta(days=1)
    return days


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The moment of a wall-clock time in the clinic's zone; None for a time that the change of clocks skips."""
    moment = datetime.combine(day, at, tzinfo=zone)
    if moment.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        return None
    return moment


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight in the clinic's zone: 23, 24 or 25 hours."""
    return datetime.combine(day, time.min, tzinfo=zone), datetime.combine(
        day + timedelta(days=1), time.min, tzinfo=zone
    )


def week_of(day: date) -> list[date]:
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=offset) for offset in range(7)]


@dataclass(frozen=True, kw_only=True)
class FastingClock:
    """The last moments for food and clear fluids. None: the clinic has set no hours, so none are shown."""

    last_food_at: datetime | None
    last_clear_fluid_at: datetime | None


def fasting_clock(starts_at: datetime, solids_hours: float | None, clear_fluids_hours: float | None) -> FastingClock:
    return FastingClock(
        last_food_at=None if solids_hours is None else starts_at - timedelta(hours=solids_hours),
        last_clear_fluid_at=None if clear_fluids_hours is None else starts_at - timedelta(hours=clear_fluids_hours),
    )
