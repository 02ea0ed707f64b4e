"""Events of the schedule: every booking and every change, in the patient's stream."""

from datetime import datetime
from typing import Literal

from ketachart.record.kinds import Content, kind


@kind("schedule.appointment_booked")
class AppointmentBooked(Content, frozen=True, kw_only=True):
    appointment_id: str
    appointment_kind: Literal["consultation", "treatment", "check_in"]
    starts_at: datetime
    ends_at: datetime
    room_id: str | None = None
    room: str | None = None
    staff_id: str | None = None
    staff: str | None = None
    course_id: str | None = None
    series_number: int | None = None
    series_of: int | None = None
    outside_rules: tuple[str, ...] = ()
    outside_rules_reason: str | None = None


@kind("schedule.appointment_changed")
class AppointmentChanged(Content, frozen=True, kw_only=True):
    appointment_id: str
    before: str
    after: Literal["booked", "arrived", "cancelled", "no_show"]
    reason: str | None = None


@kind("schedule.fasting_hours_set")
class FastingHoursSet(Content, frozen=True, kw_only=True):
    """The clinic's own hours. No source gives them for this use, so none are shipped."""

    solids_hours: float | None = None
    clear_fluids_hours: float | None = None
    reason: str
