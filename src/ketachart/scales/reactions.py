"""What the schedule counts from, heard from the events of the parts above: courses, bookings, ended sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ketachart.record import clock
from ketachart.record.frames import Frame, frame_as_dict
from ketachart.record.models import Event
from ketachart.record.reactions import on_event
from ketachart.scales.models import ScheduleAnchor
from ketachart.scales.schedule_commands import assign_due

NO_LONGER_COMING = {"cancelled", "no_show"}


def listen() -> None:
    on_event("course.opened", course_opened)
    on_event("course.plan_written", plan_written)
    on_event("course.decision_written", decision_written)
    on_event("schedule.appointment_booked", appointment_booked)
    on_event("schedule.appointment_changed", appointment_changed)
    on_event("treatment.discharged", discharged)


def course_opened(frame: Frame, content: Any) -> None:
    keep_anchor(
        frame,
        frame.stream,
        kind="course",
        about_id=UUID(str(content.course_id)),
        at=datetime.fromisoformat(frame.effective_at),
        indication=content.indication,
    )
    assign_due(frame.clinic, at=clock.now(), patient_id=frame.stream)


def plan_written(frame: Frame, content: Any) -> None:
    """The newest plan says how many sessions the series has."""
    _of(frame, "course", content.course_id).update(sessions_planned=content.sessions)


def decision_written(frame: Frame, content: Any) -> None:
    """A course that was stopped asks no more every month; one that goes on again does."""
    stopped = datetime.fromisoformat(frame.effective_at) if content.choice == "stop" else None
    _of(frame, "course", content.course_id).update(ended_at=stopped)


def appointment_booked(frame: Frame, content: Any) -> None:
    if content.appointment_kind != "treatment":
        return
    keep_anchor(
        frame,
        frame.stream,
        kind="appointment",
        about_id=UUID(str(content.appointment_id)),
        at=content.starts_at,
        course_id=UUID(content.course_id) if content.course_id else None,
    )
    assign_due(frame.clinic, at=clock.now(), patient_id=frame.stream)


def appointment_changed(frame: Frame, content: Any) -> None:
    ended = datetime.fromisoformat(frame.effective_at) if content.after in NO_LONGER_COMING else None
    _of(frame, "appointment", content.appointment_id).update(ended_at=ended)


def discharged(frame: Frame, content: Any) -> None:
    """Only kept: what is asked days later is asked then, and the room waits for nothing."""
    opening = (
        Event.objects.filter(clinic_id=frame.clinic, stream_id=frame.stream, kind="treatment.session_opened")
        .order_by("number")
        .values_list("frame", flat=True)
        .first()
    )
    if opening is None:
        return
    opened = frame_as_dict(opening)["content"]
    course = opened.get("course_id")
    keep_anchor(
        frame,
        UUID(str(opened["patient_id"])),
        kind="session",
        about_id=frame.stream,
        at=content.at if isinstance(content.at, datetime) else datetime.fromisoformat(content.at),
        course_id=UUID(str(course)) if course else None,
        number=opened.get("session_number"),
    )


def keep_anchor(frame: Frame, patient_id: UUID, **fields: Any) -> None:
    """Once, whatever happens twice."""
    anchor = ScheduleAnchor(clinic_id=frame.clinic, patient_id=patient_id, **fields)
    ScheduleAnchor.objects.bulk_create([anchor], ignore_conflicts=True)


def _of(frame: Frame, kind: str, about_id: object) -> Any:
    return ScheduleAnchor.objects.filter(clinic_id=frame.clinic, kind=kind, about_id=str(about_id))
