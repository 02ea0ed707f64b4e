"""Checkpoints: the heads of all streams, chained, so that a cut-off tail is seen. Copies kept elsewhere also show a rewrite."""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec

from ketachart.record import clock
from ketachart.record.frames import FIRST_HASH
from ketachart.record.models import Checkpoint, Clinic, ClinicPosition, Event, Stream
from ketachart.record.unit_of_work import unit_of_work


def write_checkpoint(clinic: Clinic) -> Checkpoint | None:
    """Chain the heads of the streams that moved since the last checkpoint. None when nothing moved."""
    if ClinicPosition.objects.get(clinic=clinic).position == _position_of(last_checkpoint(clinic)):
        return None
    with unit_of_work():
        counted = ClinicPosition.objects.select_for_update().get(clinic=clinic)
        last = last_checkpoint(clinic)
        if counted.position == _position_of(last):
            return None
        moved = Event.objects.filter(clinic=clinic, position__gt=_position_of(last)).values("stream_id").distinct()
        heads = {
            str(stream_id): [number, head_hash]
            for stream_id, number, head_hash in Stream.objects.filter(clinic=clinic, id__in=moved).values_list(
                "id", "head_number", "head_hash"
            )
        }
        body = msgspec.json.encode(heads, order="sorted").decode()
        number = last.number + 1 if last else 1
        ClinicPosition.objects.filter(clinic=clinic).update(checkpoints=number)
        return Checkpoint.objects.create(
            clinic=clinic,
            number=number,
            at=clock.now(),
            position=counted.position,
            heads=body,
            hash=checkpoint_hash(last.hash if last else FIRST_HASH, clinic.id, number, counted.position, body),
        )


def last_checkpoint(clinic: Clinic) -> Checkpoint | None:
    return Checkpoint.objects.filter(clinic=clinic).order_by("-number").first()


def checkpoint_hash(previous: str, clinic_id: UUID, number: int, position: int, heads: str) -> str:
    return hashlib.sha256(f"{previous}\n{clinic_id}\n{number}\n{position}\n{heads}".encode()).hexdigest()


def _position_of(checkpoint: Checkpoint | None) -> int:
    return checkpoint.position if checkpoint else 0
