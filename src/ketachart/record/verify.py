"""Walk the whole record and say what is altered, missing or out of order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from django.apps import apps
from django.db import connection

from ketachart.record import clock
from ketachart.record.append_only import unprotected_tables
from ketachart.record.clock import from_iso, iso
from ketachart.record.frames import FIRST_HASH, chain_hash, decode_frame
from ketachart.record.models import ChartedModel, Checkpoint, Clinic, ClinicPosition, Event, Stream
from ketachart.record.unit_of_work import unit_of_work


@dataclass
class Report:
    """What ``verify`` saw."""

    events: int = 0
    streams: int = 0
    checkpoints: int = 0
    problems: list[str] = field(default_factory=list)
    last_checkpoints: dict[str, str] = field(default_factory=dict)

    @property
    def intact(self) -> bool:
        return not self.problems


def write_checkpoint(clinic: Clinic) -> Checkpoint | None:
    """Chain the heads of the streams that moved since the last checkpoint. None when nothing moved."""
    with unit_of_work():
        position = ClinicPosition.objects.select_for_update().get(clinic=clinic).position
        last = Checkpoint.objects.filter(clinic=clinic).order_by("-number").first()
        since = last.position if last else 0
        if position == since:
            return None
        moved = set(
            Event.objects.filter(clinic=clinic, position__gt=since).values_list("stream_id", flat=True).distinct()
        )
        heads = {
            str(stream_id): [number, head_hash]
            for stream_id, number, head_hash in Stream.objects.filter(clinic=clinic, id__in=moved)
            .order_by("id")
            .values_list("id", "head_number", "head_hash")
        }
        body = msgspec.json.encode(heads, order="sorted").decode()
        at = clock.now()
        number = last.number + 1 if last else 1
        return Checkpoint.objects.create(
            clinic=clinic,
            number=number,
            at=at,
            position=position,
            heads=body,
            hash=_checkpoint_hash(last.hash if last else FIRST_HASH, clinic.id, number, position, body),
        )


def verify(progress: Callable[[int, int], None] | None = None, against: dict[str, Any] | None = None) -> Report:
    """Check every chain, position, head, checkpoint, index row and trigger.

    ``against``: a checkpoint kept elsewhere (``ketachart checkpoint --json``); the record must still contain it.
    """
    report = Report()
    total = Event.objects.count()
    for clinic in Clinic.objects.order_by("id"):
        _verify_clinic(clinic, report, total, progress)
    _verify_charted_rows(report)
    for table in unprotected_tables(connection):
        report.problems.append(f"table {table}: its append-only triggers are missing")
    if against is not None:
        _verify_against(against, report)
    return report


def _verify_clinic(clinic: Clinic, report: Report, total: int, progress: Callable[[int, int], None] | None) -> None:
    heads: dict[UUID, tuple[int, str]] = {}
    hashes_wanted = _checkpoint_heads(clinic, report)
    expected = 1
    for event in _events(clinic):
        report.events += 1
        where = f"event {event.id} (clinic {clinic.slug}, position {event.position})"
        if event.position != expected:
            report.problems.append(f"clinic {clinic.slug}: positions {expected} to {event.position - 1} are missing")
        expected = event.position + 1
        number, previous = heads.get(event.stream_id, (0, FIRST_HASH))
        if event.number != number + 1:
            report.problems.append(
                f"{where}: number {event.number} follows {number} in its stream: missing or reordered"
            )
        if chain_hash(previous, event.frame) != event.hash:
            report.problems.append(f"{where}: its hash does not follow from its content and its predecessor: altered")
        report.problems.extend(f"{where}: {difference}" for difference in _column_differences(event))
        heads[event.stream_id] = (event.number, event.hash)
        wanted = hashes_wanted.pop((event.stream_id, event.number), None)
        if wanted is not None and wanted != event.hash:
            report.problems.append(f"{where}: a checkpoint recorded another hash: altered after the checkpoint")
        if progress and report.events % 500 == 0:
            progress(report.events, total)
    for stream_id, number in hashes_wanted:
        report.problems.append(f"stream {stream_id}: event {number} is in a checkpoint but not in the record: missing")
    _verify_heads(clinic, heads, expected - 1, report)
    if progress:
        progress(report.events, total)


def _events(clinic: Clinic) -> Iterator[Event]:
    return Event.objects.filter(clinic=clinic).order_by("position").iterator(chunk_size=1000)


def _column_differences(event: Event) -> Iterator[str]:
    """The columns are an index of the frame: they must say the same."""
    try:
        frame = decode_frame(event.frame)
        effective_at, recorded_at = from_iso(frame.effective_at), from_iso(frame.recorded_at)
    except (msgspec.ValidationError, msgspec.DecodeError, ValueError):
        yield "its frame cannot be read: altered"
        return
    pairs = (
        ("id", frame.id, event.id),
        ("clinic", frame.clinic, event.clinic_id),
        ("position", frame.position, event.position),
        ("stream", frame.stream, event.stream_id),
        ("number", frame.number, event.number),
        ("kind", frame.kind, event.kind),
        ("effective time", iso(effective_at), iso(event.effective_at)),
        ("recorded time", iso(recorded_at), iso(event.recorded_at)),
    )
    for name, in_frame, in_column in pairs:
        if in_frame != in_column:
            yield f"its {name} is {in_column} in the table but {in_frame} in the event: altered"


def _verify_heads(clinic: Clinic, heads: dict[UUID, tuple[int, str]], last_position: int, report: Report) -> None:
    for stream in Stream.objects.filter(clinic=clinic).iterator():
        report.streams += 1
        number, head_hash = heads.pop(stream.id, (0, FIRST_HASH))
        if (stream.head_number, stream.head_hash) != (number, head_hash):
            report.problems.append(
                f"stream {stream.id}: its head says {stream.head_number} events, the record holds {number}: missing at the end"
            )
    report.problems.extend(f"stream {stream_id}: its events have no stream row" for stream_id in heads)
    position = ClinicPosition.objects.filter(clinic=clinic).values_list("position", flat=True).first()
    if position != last_position:
        report.problems.append(f"clinic {clinic.slug}: counts {position} events, the record ends at {last_position}")


def _checkpoint_heads(clinic: Clinic, report: Report) -> dict[tuple[UUID, int], str]:
    wanted: dict[tuple[UUID, int], str] = {}
    previous, expected = FIRST_HASH, 1
    for checkpoint in Checkpoint.objects.filter(clinic=clinic).order_by("number").iterator():
        report.checkpoints += 1
        where = f"checkpoint {checkpoint.number} of clinic {clinic.slug}"
        if checkpoint.number != expected:
            report.problems.append(f"{where}: checkpoint {expected} is missing")
        expected = checkpoint.number + 1
        body = _checkpoint_hash(previous, clinic.id, checkpoint.number, checkpoint.position, checkpoint.heads)
        if body != checkpoint.hash:
            report.problems.append(f"{where}: its hash does not follow from its predecessor: altered")
        previous = checkpoint.hash
        report.last_checkpoints[clinic.slug] = f"{checkpoint.number}:{checkpoint.hash}"
        for stream_id, (number, head_hash) in msgspec.json.decode(checkpoint.heads).items():
            wanted[UUID(stream_id), number] = head_hash
    return wanted


def _verify_charted_rows(report: Report) -> None:
    """An index row without its event shows something that was never charted."""
    for model in apps.get_models():
        if not issubclass(model, ChartedModel):
            continue
        known = Event.objects.filter(id__in=model.objects.values("event_id")).values("id")
        for row in model.objects.exclude(event_id__in=known).iterator():
            report.problems.append(f"{model._meta.label} {row.pk}: its event {row.event_id} is not in the record")


def _verify_against(against: dict[str, Any], report: Report) -> None:
    found = Checkpoint.objects.filter(clinic__slug=against["clinic"], number=against["number"]).first()
    if found is None or found.hash != against["hash"]:
        report.problems.append(
            f"the kept checkpoint {against['number']} of clinic {against['clinic']} is not in this record: it was rewritten"
        )


def _checkpoint_hash(previous: str, clinic_id: UUID, number: int, position: int, heads: str) -> str:
    return hashlib.sha256(f"{previous}\n{clinic_id}\n{number}\n{position}\n{heads}".encode()).hexdigest()
