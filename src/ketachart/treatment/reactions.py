"""The session's rules handed to the record, and the session's row kept in step with its events."""

from typing import Any
from uuid import UUID

from ketachart.record.frames import Frame
from ketachart.record.live import guards
from ketachart.record.models import Stream
from ketachart.record.reactions import on_event
from ketachart.treatment import kinds
from ketachart.treatment.entries import entry_from_stored
from ketachart.treatment.guard import PERMISSION_BY_KIND, guard
from ketachart.treatment.models import TreatmentSession
from ketachart.treatment.state import EMPTY, SessionState, fold

PHASE_KINDS = (
    "treatment.time_out_completed",
    "treatment.infusion_started",
    "treatment.infusion_paused",
    "treatment.infusion_resumed",
    "treatment.infusion_stopped",
    "treatment.dose_given",
    "treatment.event_corrected",
    "treatment.recovery_started",
    "treatment.discharged",
    "treatment.session_signed",
)


def listen() -> None:
    guards.register(
        "session",
        empty=lambda: EMPTY,
        fold=fold_stored,
        guard=guard,
        permission_by_kind=PERMISSION_BY_KIND,
        read_permission="treatment.read",
    )
    on_event("treatment.session_opened", add_row)
    for kind_name in PHASE_KINDS:
        on_event(kind_name, follow_phase)


def fold_stored(state: SessionState, frame: Frame, content: Any) -> SessionState:
    return fold(state, entry_from_stored(frame, content))


def add_row(frame: Frame, content: kinds.SessionOpened) -> None:
    TreatmentSession.objects.create(
        id=frame.stream,
        clinic_id=frame.clinic,
        patient_id=UUID(content.patient_id),
        course_id=_uuid(content.course_id),
        plan_id=_uuid(content.plan_id),
        appointment_id=_uuid(content.appointment_id),
        room_id=_uuid(content.room_id),
        room=content.room,
        session_number=content.session_number,
        phase="preparing",
        opened_at=frame.effective_at,
    )


def follow_phase(frame: Frame, _: Any) -> None:
    state: SessionState = guards.state_of(Stream.objects.get(clinic_id=frame.clinic, id=frame.stream))
    TreatmentSession.objects.filter(clinic_id=frame.clinic, id=frame.stream).update(
        phase=state.phase,
        first_dose_at=state.dose.first_dose_at,
        dosing_ended_at=state.dose.infusion_stopped_at or state.phase_started_at("recovery"),
        discharged_at=state.phase_started_at("discharged"),
        signed_at=state.phase_started_at("signed"),
    )


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None
