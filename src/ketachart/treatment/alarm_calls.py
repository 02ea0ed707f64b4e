"""The call button of the patient's own phone: who may press it, and what became of the call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event
from ketachart.record.errors import Refused
from ketachart.record.frames import decode_frame
from ketachart.record.kinds import decode
from ketachart.record.models import Event, Stream
from ketachart.treatment.alarm_kinds import AlarmAcknowledged, PatientCalled
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession

CALL_OWN = "treatment.call_own"
CALL_RULE = "PC01"


@dataclass(frozen=True)
class Call:
    """The last call of a session. `answered_by` is the name of whoever said "I am coming"."""

    called_at: datetime
    answered_by: str | None = None


@dataclass(frozen=True)
class Said:
    """A call, or an answer to one."""

    at: datetime
    name: str
    answers: bool


def last_call(said: Iterable[Said]) -> Call | None:
    """An answer covers every call before it, and none after it, in whatever order they arrived."""
    call: Call | None = None
    for one in sorted(said, key=lambda one: (one.at, one.answers)):
        if not one.answers:
            call = Call(one.at)
        elif call is not None and call.answered_by is None:
            call = Call(call.called_at, one.name)
    return call


def own_running_session(actor: Actor) -> TreatmentSession | None:
    """The session that this patient is in now, if any."""
    actor.require(CALL_OWN)
    if actor.patient_id is None:
        return None
    running = TreatmentSession.objects.visible_to(actor).filter(patient_id=actor.patient_id, phase__in=IN_THE_ROOM)
    session: TreatmentSession | None = running.first()
    return session


def running_session_of(patient: str) -> Subquery:
    """The id of the session that somebody is in now, for a query of people: `patient` names their id there."""
    running = TreatmentSession.objects.filter(
        clinic=OuterRef("clinic"), patient_id=OuterRef(patient), phase__in=IN_THE_ROOM
    )
    return Subquery(running.values("id")[:1])


def call_in(actor: Actor, session_id: UUID) -> Call | None:
    """The last call in the patient's own session."""
    actor.require(CALL_OWN)
    frames = (
        Event.objects.visible_to(actor)
        .filter(
            stream_id=session_id,
            stream__patient_id=actor.patient_id,
            kind__in=("treatment.patient_called", "treatment.alarm_acknowledged"),
        )
        .values_list("frame", flat=True)
    )
    return last_call(one for text in frames if (one := _said(text)) is not None)


def call_staff(actor: Actor, *, at: datetime, event_id: UUID | None = None) -> Event:
    """A patient calls from the own running session, and from no other. The same `event_id` twice is one call."""
    session = own_running_session(actor)
    if session is None:
        raise Refused("No session of yours is running.", fix="Telephone the clinic.", status=409)
    stream = Stream.objects.visible_to(actor).get(id=session.id)
    if event_id is not None:
        known: Event | None = Event.objects.visible_to(actor).filter(id=event_id, stream_id=session.id).first()
        if known is not None:
            return known
    return append_event(actor=actor, stream=stream, content=PatientCalled(), effective_at=at, event_id=event_id)


def _said(text: str) -> Said | None:
    frame = decode_frame(text)
    content = decode(frame.kind, frame.content)
    at = clock.from_iso(frame.effective_at)
    if isinstance(content, PatientCalled):
        return Said(at, frame.author_name, answers=False)
    if isinstance(content, AlarmAcknowledged) and content.alarm_id.startswith(f"{CALL_RULE}/"):
        return Said(at, frame.author_name, answers=True)
    return None
