"""Every read of a patient's record is written down: who, when, what."""

from __future__ import annotations

from uuid import UUID

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.models import AccessEntry


def note_read(actor: Actor, patient_id: UUID, what: str) -> None:
    """Log that ``actor`` read ``what`` of a patient's record. One insert, durable before the page is shown."""
    AccessEntry.objects.create(
        clinic_id=actor.clinic_id,
        patient_id=patient_id,
        user_id=actor.user_id,
        user_name=actor.name,
        role=actor.role,
        what=what[:120],
        at=clock.now(),
    )
