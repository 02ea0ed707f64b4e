"""Walk the whole record and say what is altered, missing or out of order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from ketachart.record.append import EVENT_COLUMNS, as_uuid, database_uuid, stored_row
from ketachart.record.append_only import unprotected_tables
from ketachart.record.checkpoints import checkpoint_hash
from ketachart.record.frames import FIRST_HASH, chain_hash, decode_frame, first_hash
from ketachart.record.models import Checkpoint, Clinic, ClinicPosition, Event, Stream
from ketachart.record.verify_index import index_problems

READ_AT_ONCE = 1000

Progress = Callable[[int, int], None]


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


def verify(progress: Progress | None = None, against: Sequence[dict[str, Any]] = ()) -> Report:
    """Check every chain, position, head, checkpoint, index row and trigger, as of one moment.

    ``against``: checkpoints kept elsewhere (``ketachart checkpoint --json``); the record must still contain them.
    """
    report = Report()
    with _one_moment():
        total = Event.objects.count()
        for clinic in Clinic.objects.order_by("id"):
            _verify_clinic(clinic, report, total, progress)
        if report.events != total:
            report.problems.append(f"{total - report.events} events belong to no clinic")
        report.problems.extend(index_problems())
        for table in unprotected_tables(connection):
            report.problems.append(f"table {table}: its append-only triggers are missing or changed")
        for kept in against:
            _verify_against(kept, report)
    return report


@contextmanager
def _one_moment() -> Iterator[None]:
    """Everything is read as of one moment, while writers go on."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")  # deferred: a snapshot of the write-ahead log, not the writer's lock
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _verify_clinic(clinic: Clinic, report: Report, total: int, progress: Progress | None) -> None:
    heads = {
        stream_id: (0, first_hash(stream_id, clinic.id, kind, patient_id))
        for stream_id, kind, patient_id in Stream.objects.filter(clinic=clinic).values_list("id", "kind", "patient_id")
    }
    hashes_wanted = _checkpoint_heads(clinic, report)
    expected = 1
    for row in _stored_events(clinic):
        stored = dict(zip(EVENT_COLUMNS, row, strict=True))
        report.events += 1
        where = f"event {stored['id']} (clinic {clinic.slug}, position {stored['position']})"
        if stored["position"] != expected:
            report.problems.append(
                f"clinic {clinic.slug}: positions {expected} to {stored['position'] - 1} are missing"
            )
        expected = stored["position"] + 1
        report.problems.extend(f"{where}: {difference}" for difference in _column_differences(row))
        stream_id, number = _uuid_or_nil(stored["stream_id"]), stored["number"]
        before, previous = heads.get(stream_id, (0, FIRST_HASH))
        if number != before + 1:
            report.problems.append(f"{where}: number {number} follows {before} in its stream: missing or reordered")
        if chain_hash(previous, stored["frame"]) != stored["hash"]:
            report.problems.append(f"{where}: its hash does not follow from its content and its predecessor: altered")
        heads[stream_id] = (number, stored["hash"])
        wanted = hashes_wanted.pop((stream_id, number), None)
        if wanted is not None and wanted != stored["hash"]:
            report.problems.append(f"{where}: a checkpoint recorded another hash: altered after the checkpoint")
        if progress and report.events % 500 == 0:
            progress(report.events, total)
    for stream_id, number in hashes_wanted:
        report.problems.append(f"stream {stream_id}: event {number} is in a checkpoint but not in the record: missing")
    _verify_heads(clinic, heads, expected - 1, report)
    if progress:
        progress(report.events, total)


def _stored_events(clinic: Clinic) -> Iterator[tuple[Any, ...]]:
    """Rows as stored: what cannot be read as a time or an identifier must still be found and named."""
    after = 0
    as_text = "{}" if connection.vendor == "postgresql" else "CAST({} AS TEXT)"  # or it would be read as a time
    columns = [as_text.format(name) if name.endswith("_at") else name for name in EVENT_COLUMNS]
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT {', '.join(columns)} FROM record_event"  # noqa: S608
                " WHERE clinic_id = %s AND position > %s ORDER BY position LIMIT %s",
                (database_uuid(clinic.id), after, READ_AT_ONCE),
            )
            rows = cursor.fetchall()
            yield from rows
            if len(rows) < READ_AT_ONCE:
                return
            after = rows[-1][1]


def _column_differences(row: tuple[Any, ...]) -> Iterator[str]:
    """The columns are an index of the frame: they must say the same."""
    text, stored_hash = row[-2:]
    try:
        frame = decode_frame(text)
        in_event = stored_row(frame, text, stored_hash, on_postgresql=connection.vendor == "postgresql")
    except (msgspec.ValidationError, msgspec.DecodeError, ValueError):
        yield "its frame cannot be read: altered"
        return
    for name, in_table, wanted in zip(EVENT_COLUMNS, row, in_event, strict=True):
        if in_table != wanted:
            yield f"its {name} is {in_table} in the table but {wanted} in the event: altered"


def _verify_heads(clinic: Clinic, heads: dict[UUID, tuple[int, str]], last_position: int, report: Report) -> None:
    for stream_id, head_number, head_hash in Stream.objects.filter(clinic=clinic).values_list(
        "id", "head_number", "head_hash"
    ):
        report.streams += 1
        number, last_hash = heads.pop(stream_id)
        if head_number != number:
            report.problems.append(
                f"stream {stream_id}: its head says {head_number} events, the record ends at {number}: missing at the end"
            )
        elif head_hash != last_hash:
            report.problems.append(f"stream {stream_id}: its head has another hash than its last event: altered")
    report.problems.extend(f"stream {stream_id}: its events have no stream row" for stream_id in heads)
    counted = ClinicPosition.objects.filter(clinic=clinic).first()
    if counted is None:
        report.problems.append(f"clinic {clinic.slug}: its count of events is missing")
        return
    if counted.position != last_position:
        report.problems.append(
            f"clinic {clinic.slug}: counts {counted.position} events, the record ends at {last_position}"
        )
    last_checkpoint = Checkpoint.objects.filter(clinic=clinic).order_by("-number").values_list("number", flat=True)
    written = last_checkpoint.first() or 0
    if counted.checkpoints != written:
        report.problems.append(
            f"clinic {clinic.slug}: counts {counted.checkpoints} checkpoints, the last one is {written}: missing at the end"
        )


def _checkpoint_heads(clinic: Clinic, report: Report) -> dict[tuple[UUID, int], str]:
    wanted: dict[tuple[UUID, int], str] = {}
    previous, expected = FIRST_HASH, 1
    for checkpoint in Checkpoint.objects.filter(clinic=clinic).order_by("number").iterator():
        report.checkpoints += 1
        where = f"checkpoint {checkpoint.number} of clinic {clinic.slug}"
        if checkpoint.number != expected:
            report.problems.append(f"{where}: checkpoint {expected} is missing")
        expected = checkpoint.number + 1
        body = checkpoint_hash(previous, clinic.id, checkpoint.number, checkpoint.position, checkpoint.heads)
        if body != checkpoint.hash:
            report.problems.append(f"{where}: its hash does not follow from its content and its predecessor: altered")
        previous = checkpoint.hash
        report.last_checkpoints[clinic.slug] = f"{checkpoint.number}:{checkpoint.hash}"
        try:
            heads = _HEADS.decode(checkpoint.heads)
        except (msgspec.ValidationError, msgspec.DecodeError):
            report.problems.append(f"{where}: its heads cannot be read: altered")
            continue
        for stream_id, (number, head_hash) in heads.items():
            wanted[stream_id, number] = head_hash
    return wanted


_HEADS = msgspec.json.Decoder(dict[UUID, tuple[int, str]])


def _verify_against(kept: dict[str, Any], report: Report) -> None:
    found = Checkpoint.objects.filter(clinic__slug=kept["clinic"], number=kept["number"]).first()
    if found is None or found.hash != kept["hash"]:
        report.problems.append(
            f"the kept checkpoint {kept['number']} of clinic {kept['clinic']} is not in this record: it was rewritten"
        )


def _uuid_or_nil(stored: Any) -> UUID:
    try:
        return as_uuid(stored)
    except (ValueError, AttributeError, TypeError):
        return UUID(int=0)
