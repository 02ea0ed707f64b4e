"""A discharged session asks for a decision: written down in the same transaction as the discharge."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ketachart.course.models import Course, DecisionDue
from ketachart.course.sessions import opening_of
from ketachart.record.frames import Frame
from ketachart.record.reactions import on_event


def listen() -> None:
    on_event("treatment.discharged", ask_for_decision)


def ask_for_decision(frame: Frame, content: Any) -> None:
    opening = opening_of(frame.clinic, frame.stream)
    if opening is None:
        return
    course_id = opening.get("course_id")
    course = Course.objects.filter(clinic_id=frame.clinic, id=course_id).first() if course_id else None
    DecisionDue.objects.get_or_create(
        clinic_id=frame.clinic,
        session_id=frame.stream,
        defaults={
            "patient_id": UUID(str(opening["patient_id"])),
            "course": course,
            "discharged_at": _moment(content.at),
        },
    )


def _moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
