"""Every read of a session. A state is folded from its events; a board reads all rooms in one statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from ketachart.people.models import Patient
from ketachart.people.queries import patient_for, patients_by_id
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.frames import decode_frame
from ketachart.record.kinds import decode
from ketachart.record.models import ClinicPosition, Event, Stream
from ketachart.treatment.entries import entry_from_stored
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession
from ketachart.treatment.state import EMPTY, SessionState, fold

NOT_THERE = "There is no such session in this clinic."


@dataclass(frozen=True)
class SessionView:
    """A session with everything that was charted in it."""

    session: TreatmentSession
    patient: Patient
    state: SessionState
    frames: list[str]
    head_hash: str
    position: int


@dataclass(frozen=True)
class BoardLine:
    session: TreatmentSession
    patient: Patient | None
    state: SessionState
    frames: list[str]


def session_for(actor: Actor, session_id: UUID) -> TreatmentSession:
    actor.require("treatment.read")
    session: TreatmentSession | None = TreatmentSession.objects.visible_to(actor).filter(id=session_id).first()
    if session is None:
        raise Refused(NOT_THERE, status=404)
    return session


def sessions_of(actor: Actor, patient_id: UUID) -> list[TreatmentSession]:
    actor.require("treatment.read")
    return list(TreatmentSession.objects.visible_to(actor).filter(patient_id=patient_id))


def state_of(actor: Actor, session: TreatmentSession) -> SessionState:
    return _folded(frames_of(actor, session.id))


def frames_of(actor: Actor, session_id: UUID) -> list[str]:
    """The session's frames as stored, in the order of the chain."""
    rows = Event.objects.visible_to(actor).filter(stream_id=session_id).order_by("number")
    return list(rows.values_list("frame", flat=True))


def view_session(actor: Actor, session_id: UUID) -> SessionView:
    """Everything for the pages of one session, in five statements."""
    session = session_for(actor, session_id)
    position = last_position(actor)  # before the events: a stream that goes on from here misses nothing
    rows = list(
        Event.objects.visible_to(actor)
        .filter(stream_id=session_id)
        .order_by("number")
        .values_list("position", "hash", "frame")
    )
    frames = [frame for _, _, frame in rows]
    return SessionView(
        session=session,
        patient=patient_for(actor, session.patient_id),
        state=_folded(frames),
        frames=frames,
        head_hash=rows[-1][1] if rows else "",
        position=position,
    )


def board(actor: Actor) -> list[BoardLine]:
    """Every session in a room: three statements, however many there are."""
    actor.require("treatment.read")
    sessions = list(
        TreatmentSession.objects.visible_to(actor).filter(phase__in=IN_THE_ROOM).order_by("room", "opened_at")
    )
    if not sessions:
        return []
    rows = (
        Event.objects.visible_to(actor)
        .filter(stream_id__in=[session.id for session in sessions])
        .order_by("stream_id", "number")
        .values_list("stream_id", "frame")
    )
    frames: dict[UUID, list[str]] = {}
    for stream_id, frame in rows:
        frames.setdefault(stream_id, []).append(frame)
    patients = patients_by_id(actor, [session.patient_id for session in sessions])
    return [
        BoardLine(
            session, patients.get(session.patient_id), _folded(frames.get(session.id, [])), frames.get(session.id, [])
        )
        for session in sessions
    ]


def unsigned_sessions(actor: Actor) -> list[TreatmentSession]:
    """Discharged and waiting for a signature, oldest first."""
    actor.require("treatment.read")
    return list(TreatmentSession.objects.visible_to(actor).filter(phase="discharged").order_by("discharged_at"))


def head_number(actor: Actor, session_id: UUID) -> int:
    number = Stream.objects.visible_to(actor).filter(id=session_id).values_list("head_number", flat=True).first()
    if number is None:
        raise Refused(NOT_THERE, status=404)
    return int(number)


def _folded(frames: Iterable[str]) -> SessionState:
    state = EMPTY
    for text in frames:
        frame = decode_frame(text)
        state = fold(state, entry_from_stored(frame, decode(frame.kind, frame.content)))
    return state


def last_position(actor: Actor) -> int:
    """Up to where this answer knows the clinic: where a stream goes on."""
    position = ClinicPosition.objects.filter(clinic_id=actor.clinic_id).values_list("position", flat=True).first()
    return int(position or 0)
