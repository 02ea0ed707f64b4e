"""Reads across the parts. Each page stays under ten statements, whatever the number of patients."""

from __future__ import annotations

from uuid import UUID

from ketachart.desk.timeline import TOLD_IN_THE_ROOM
from ketachart.record.actor import Actor
from ketachart.record.models import Event

RECENT = 200


def events_of_patient(actor: Actor, patient_id: UUID, *, limit: int = RECENT) -> list[Event]:
    """The person's own stream and all their sessions, newest first: one statement."""
    rows = Event.objects.visible_to(actor).filter(stream__clinic_id=actor.clinic_id, stream__patient_id=patient_id)
    return list(rows.exclude(kind__in=TOLD_IN_THE_ROOM).order_by("-position")[:limit])
