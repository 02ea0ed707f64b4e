"""Writes of the record part: clinics, streams, events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.append import Charting, append
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.kinds import Content
from ketachart.record.live.guards import guard_for_append
from ketachart.record.models import Clinic, ClinicPosition, Event, Stream
from ketachart.record.reactions import react
from ketachart.record.unit_of_work import unit_of_work


def open_clinic(*, name: str, slug: str, timezone: str, is_synthetic: bool = False) -> Clinic:
    """Create a clinic with its own stream of events (the stream has the clinic's id)."""
    with unit_of_work():
        clinic = Clinic.objects.create(name=name, slug=slug, timezone=timezone, is_synthetic=is_synthetic)
        ClinicPosition.objects.create(clinic=clinic)
        Stream.objects.create(id=clinic.id, clinic=clinic, kind="clinic")
    return clinic


def open_stream(actor: Actor, *, kind: str, patient_id: UUID | None = None, stream_id: UUID | None = None) -> Stream:
    with unit_of_work():
        return Stream.objects.create(
            id=stream_id or new_id(), clinic_id=actor.clinic_id, kind=kind, patient_id=patient_id
        )


def patient_stream(actor: Actor, patient_id: UUID) -> Stream:
    """The patient's own stream (it has the patient's id); opened on first use."""
    stream, _ = Stream.objects.get_or_create(
        id=patient_id, defaults={"clinic_id": actor.clinic_id, "kind": "patient", "patient_id": patient_id}
    )
    if stream.clinic_id != actor.clinic_id:
        raise Refused("There is no such patient in this clinic.", status=404)
    return stream


def clinic_stream(actor: Actor) -> Stream:
    return Stream.objects.get(id=actor.clinic_id)


def append_event(
    *,
    actor: Actor,
    stream: Stream,
    content: Content,
    effective_at: datetime | None = None,
    event_id: UUID | None = None,
    source: str = "person",
) -> Event:
    """Append one event, let the reactions follow, and return it. Raises Refused when its stream's guard says no."""
    at = clock.now()
    charting = Charting(
        id=event_id or new_id(),
        clinic_id=actor.clinic_id,
        stream_id=stream.id,
        content=content,
        effective_at=effective_at or at,
        author_id=actor.user_id,
        author_name=actor.name,
        device=actor.device,
        source=source,
    )
    with unit_of_work():
        (result,) = append([charting], at, guard_for_append)
        if result.problem is not None:
            raise result.problem
        react([result])
        return Event.objects.get(clinic_id=actor.clinic_id, id=charting.id)
