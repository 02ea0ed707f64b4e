"""A discharge opens the day-after check-in and asks for the PHQ-9 on its right day, in the same transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.aftercare.kinds import CheckInOpened
from ketachart.aftercare.models import CheckIn
from ketachart.aftercare.questions import check_in_knowledge
from ketachart.aftercare.rules import check_in_times, next_phq9_due
from ketachart.course.sessions import opening_of
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.frames import Frame
from ketachart.record.models import Clinic
from ketachart.record.reactions import on_event
from ketachart.scales.commands import assign_scale
from ketachart.scales.models import Assignment, Response

PHQ9 = "phq-9"


def listen() -> None:
    on_event("treatment.discharged", after_discharge)


def after_discharge(frame: Frame, content: Any) -> None:
    opening = opening_of(frame.clinic, frame.stream)
    if opening is None:
        return
    patient_id = UUID(str(opening["patient_id"]))
    discharged_at = content.at if isinstance(content.at, datetime) else datetime.fromisoformat(content.at)
    actor = Actor.system(frame.clinic, permissions=frozenset({"scales.assign"}))
    open_check_in(actor, patient_id, frame.stream, discharged_at, opening.get("session_number"))
    ask_for_phq9(actor, patient_id, frame.stream, discharged_at)


def open_check_in(
    actor: Actor, patient_id: UUID, session_id: UUID, discharged_at: datetime, session_number: int | None
) -> CheckIn:
    """Once a session, whatever happens twice."""
    knowledge = check_in_knowledge()
    zone = ZoneInfo(Clinic.objects.values_list("timezone", flat=True).get(id=actor.clinic_id))
    times = check_in_times(
        discharged_at, zone, opens_days_after=knowledge.opens_days_after, late_after_days=knowledge.late_after_days
    )
    check_in, made = CheckIn.objects.get_or_create(
        clinic_id=actor.clinic_id,
        session_id=session_id,
        defaults={
            "patient_id": patient_id,
            "session_number": session_number,
            "discharged_at": discharged_at,
            "opens_at": times.opens_at,
            "late_at": times.late_at,
        },
    )
    if made:
        append_event(
            actor=actor,
            stream=patient_stream(actor, patient_id),
            effective_at=discharged_at,
            content=CheckInOpened(
                check_in_id=str(check_in.id),
                session_id=str(session_id),
                opens_at=times.opens_at,
                late_at=times.late_at,
            ),
        )
    return check_in


def ask_for_phq9(actor: Actor, patient_id: UUID, session_id: UUID, discharged_at: datetime) -> None:
    """Not while one is still open, and not more often than weekly."""
    mine = {"clinic_id": actor.clinic_id, "patient_id": patient_id, "instrument_id": PHQ9}
    if Assignment.objects.filter(**mine, status__in=[Assignment.OPEN, Assignment.STARTED]).exists():
        return
    last = Response.objects.filter(**mine, struck__isnull=True).order_by("-answered_at").first()
    assign_scale(
        actor,
        patient_id=patient_id,
        instrument_id=PHQ9,
        purpose="After your treatment",
        due_at=next_phq9_due(discharged_at, last.answered_at if last else None),
        session_id=session_id,
        at=discharged_at,
    )
