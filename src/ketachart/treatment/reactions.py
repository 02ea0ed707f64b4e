"""The session's rules handed to the record, and the session's row kept in step with its events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event
from ketachart.record.frames import Frame
from ketachart.record.live import guards, watch
from ketachart.record.models import Stream
from ketachart.record.reactions import on_event
from ketachart.treatment import kinds
from ketachart.treatment.alarm_log import next_moment, to_chart
from ketachart.treatment.entries import entry_from_stored
from ketachart.treatment.guard import PERMISSION_BY_KIND, guard
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession
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
    "treatment.session_abandoned",
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
    watch.register("session", running=running_sessions, decide=decide_alarms)
    on_event("treatment.session_opened", add_row)
    for kind_name in PHASE_KINDS:
        on_event(kind_name, follow_phase)
    on_event("course.plan_written", plan_replaced)
    on_event("course.plan_withdrawn", plan_withdrawn)
    on_event("intake.consent_withdrawn", consent_withdrawn)


def running_sessions() -> list[UUID]:
    """Every session of every clinic in which somebody is in the room: what the watch looks at."""
    return list(TreatmentSession.objects.filter(phase__in=IN_THE_ROOM).values_list("id", flat=True))


def decide_alarms(state: SessionState, session_id: UUID, at: datetime) -> watch.Decision:
    events = tuple(watch.ToChart(one.id, one.content) for one in to_chart(state, session_id, at))
    return watch.Decision(events, next_moment(state, at))


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


def plan_replaced(frame: Frame, content: Any) -> None:
    if content.replaces_plan_id:
        _end_plan(frame, content.replaces_plan_id, f"replaced by version {content.version}")


def plan_withdrawn(frame: Frame, content: Any) -> None:
    _end_plan(frame, content.plan_id, f"withdrawn: {content.reason}")


def _end_plan(frame: Frame, plan_id: str, reason: str) -> None:
    """A session that waits for its first dose must not give what is no longer ordered."""
    waiting = TreatmentSession.objects.filter(clinic_id=frame.clinic, plan_id=plan_id, phase__in=("preparing", "ready"))
    for session in waiting:
        _write(frame, session, kinds.PlanEnded(plan_id=str(plan_id), reason=reason))


def consent_withdrawn(frame: Frame, content: Any) -> None:
    patient_id = frame.stream  # the patient's own stream has the patient's id
    waiting = TreatmentSession.objects.filter(
        clinic_id=frame.clinic, patient_id=patient_id, phase__in=("preparing", "ready")
    )
    for session in waiting:
        state: SessionState = guards.state_of(Stream.objects.get(clinic_id=frame.clinic, id=session.id))
        consent = state.consent_at(clock.from_iso(frame.effective_at))
        if consent is not None and consent.consent_id == str(content.consent_id):
            _write(frame, session, kinds.ConsentRebound(consent=None, reason="withdrawn"))


def _write(frame: Frame, session: TreatmentSession, content: Any) -> None:
    append_event(
        actor=Actor.system(frame.clinic),
        stream=Stream.objects.get(clinic_id=frame.clinic, id=session.id),
        content=content,
        effective_at=clock.from_iso(frame.recorded_at),
        source="import",
    )


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None
