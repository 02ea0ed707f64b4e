"""The demo's calendar: the sessions of today as they were booked yesterday, and visits of the coming days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.demo.past import at_the_time
from ketachart.record.actor import Actor
from ketachart.schedule.commands import book
from ketachart.treatment.models import TreatmentSession

if TYPE_CHECKING:
    from ketachart.demo.building import DemoClinic

COMING = (
    # person, what for, days from now, hour, minute, minutes, place of the room
    ("mid_course", "treatment", 1, 9, 30, 150, 0),
    ("check_in_due", "treatment", 1, 10, 0, 150, 1),
    ("plan_due", "consultation", 1, 11, 0, 60, 4),
    ("consent_due", "consultation", 1, 13, 30, 45, 4),
    ("spravato", "treatment", 4, 14, 0, 180, 5),
    ("intramuscular", "treatment", 4, 10, 0, 150, 6),
)


def fill_the_calendar(staff: Callable[[str], Actor], built: DemoClinic, now: datetime, zone: ZoneInfo) -> None:
    desk = staff("front_desk")
    booked = now - timedelta(days=1, hours=2)
    opened = dict(TreatmentSession.objects.visible_to(staff("nurse")).values_list("id", "opened_at"))
    with at_the_time(booked):
        for session_id, patient_id, (room_id, _) in built.live:
            starts = opened[session_id].replace(minute=opened[session_id].minute // 5 * 5, second=0, microsecond=0)
            _book(desk, patient_id, "treatment", starts, 120, room_id, booked)
    today = now.astimezone(zone).date()
    for stage, kind, days, hour, minute, minutes, room in COMING:
        starts = datetime.combine(today + timedelta(days=days), time(hour, minute), zone)
        _book(desk, built.patients[stage], kind, starts, minutes, built.rooms[room][0], now)


def _book(
    desk: Actor, patient_id: UUID, kind: str, starts: datetime, minutes: int, room_id: UUID, at: datetime
) -> None:
    book(
        desk, patient_id=patient_id, kind=kind, starts_at=starts, minutes=minutes, room_id=room_id, staff_id=None, at=at
    )
