"""The sessions of a patient as the record has them. Treatment stands above this part, so its events are read by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ketachart.course.session_evidence import SessionEvidence, evidence_from
from ketachart.record.actor import Actor
from ketachart.record.frames import frame_as_dict
from ketachart.record.models import Event, Stream

DOSE_KINDS = ("treatment.infusion_started", "treatment.dose_given")


@dataclass(frozen=True, kw_only=True)
class PastSession:
    session_id: UUID
    dose_began_at: datetime
    evidence: SessionEvidence


def frames_of(actor: Actor, session_id: UUID) -> list[dict[str, Any]]:
    texts = (
        Event.objects.visible_to(actor).filter(stream_id=session_id).order_by("number").values_list("frame", flat=True)
    )
    return [frame_as_dict(text) for text in texts]


def opening_of(clinic_id: UUID, session_id: UUID) -> dict[str, Any] | None:
    """What the session was opened with: patient, course, plan."""
    text = (
        Event.objects.filter(clinic_id=clinic_id, stream_id=session_id, kind="treatment.session_opened")
        .order_by("number")
        .values_list("frame", flat=True)
        .first()
    )
    return frame_as_dict(text)["content"] if text else None


def given_sessions(actor: Actor, patient_id: UUID) -> list[PastSession]:
    """Every session in which a dose was begun, oldest first; whole sessions in two statements."""
    streams = (
        Stream.objects.visible_to(actor).filter(patient_id=patient_id, kind="session").values_list("id", flat=True)
    )
    rows = (
        Event.objects.visible_to(actor)
        .filter(stream_id__in=list(streams), kind__startswith="treatment.")
        .order_by("stream_id", "number")
        .values_list("stream_id", "frame")
    )
    return in_order(_grouped(rows))


def _grouped(rows: Iterable[tuple[UUID, str]]) -> dict[UUID, list[dict[str, Any]]]:
    grouped: dict[UUID, list[dict[str, Any]]] = {}
    for stream_id, text in rows:
        grouped.setdefault(stream_id, []).append(frame_as_dict(text))
    return grouped


def in_order(grouped: dict[UUID, list[dict[str, Any]]]) -> list[PastSession]:
    sessions = []
    for session_id, frames in grouped.items():
        evidence = evidence_from(frames)
        if evidence.dose_began_at is not None:
            sessions.append(PastSession(session_id=session_id, dose_began_at=evidence.dose_began_at, evidence=evidence))
    return sorted(sessions, key=lambda session: session.dose_began_at)
