"""Appending events: the one way in, for pages and for the live lane, for one event or for hundreds.

Plain SQL: through the ORM the live lane would reach a fifth of this speed (docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.db import connection, transaction

from ketachart.record.clock import iso
from ketachart.record.errors import Refused
from ketachart.record.frames import Frame, chain_hash, decode_frame, encode_frame
from ketachart.record.kinds import Content, encode, kind_of


@dataclass(frozen=True, slots=True)
class Charting:
    """An event that someone wants to append, with its content already validated."""

    id: UUID
    clinic_id: UUID
    stream_id: UUID
    content: Content
    effective_at: datetime
    author_id: UUID | None
    author_name: str
    device: str | None = None
    source: str = "person"

    @property
    def kind(self) -> str:
        return kind_of(self.content)


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of it."""

    id: UUID
    status: Literal["created", "already", "refused", "conflict"]
    stream_id: UUID | None = None
    number: int | None = None
    position: int | None = None
    hash: str | None = None
    frame: str | None = None
    problem: Refused | None = None


@dataclass(slots=True)
class Head:
    stream_id: UUID
    clinic_id: UUID
    kind: str
    number: int
    hash: str


Guard = Callable[[Head, Charting, Frame, str], Refused | None]
"""Asked just before an event is appended, with the stream's head and the new hash: may it be?"""


def append(chartings: Sequence[Charting], at: datetime, guard: Guard | None = None) -> list[Appended]:
    """Append in order, inside the caller's unit of work. Writing the same event twice is harmless."""
    if not connection.in_atomic_block:
        raise RuntimeError("append() belongs inside unit_of_work()")
    results: dict[int, Appended] = {}
    for clinic_id in dict.fromkeys(charting.clinic_id for charting in chartings):
        indexed = [(index, charting) for index, charting in enumerate(chartings) if charting.clinic_id == clinic_id]
        _append_in_clinic(clinic_id, indexed, at, guard, results)
    return [results[index] for index in range(len(chartings))]


def _append_in_clinic(
    clinic_id: UUID,
    chartings: list[tuple[int, Charting]],
    at: datetime,
    guard: Guard | None,
    results: dict[int, Appended],
) -> None:
    with connection.cursor() as cursor:
        position = first_position = _lock_position(cursor, clinic_id)
        heads = _lock_heads(cursor, clinic_id, {charting.stream_id for _, charting in chartings})
        present = _present(cursor, clinic_id, [charting.id for _, charting in chartings])
        recorded_at = iso(at)
        rows: list[tuple[Any, ...]] = []
        moved: dict[UUID, Head] = {}
        for index, charting in chartings:
            if (known := present.get(charting.id)) is not None:
                results[index] = _repeated(charting, known)
                continue
            head = heads.get(charting.stream_id)
            if head is None:
                results[index] = Appended(
                    charting.id,
                    "refused",
                    problem=Refused("There is no such record in this clinic.", field="stream", status=404),
                )
                continue
            frame = Frame(
                id=charting.id,
                clinic=clinic_id,
                position=position + 1,
                stream=charting.stream_id,
                number=head.number + 1,
                kind=charting.kind,
                effective_at=iso(charting.effective_at),
                recorded_at=recorded_at,
                author=charting.author_id,
                author_name=charting.author_name,
                device=charting.device,
                source=charting.source,
                content=msgspec.Raw(encode(charting.content)),
            )
            text = encode_frame(frame)
            new_hash = chain_hash(head.hash, text)
            problem = guard(head, charting, frame, new_hash) if guard is not None else None
            if problem is not None:
                results[index] = Appended(charting.id, "refused", problem=problem)
                continue
            position += 1
            head.number, head.hash = frame.number, new_hash
            moved[head.stream_id] = head
            rows.append(
                (
                    database_uuid(clinic_id), position, database_uuid(charting.id), database_uuid(charting.stream_id), head.number,
                    charting.kind, _time(charting.effective_at), _time(at), text, head.hash,
                )
            )  # fmt: skip
            results[index] = Appended(charting.id, "created", head.stream_id, head.number, position, head.hash, text)
            present[charting.id] = (text, head.number, position)
        if not rows:
            return
        cursor.executemany(_INSERT, rows)
        cursor.executemany(
            "UPDATE record_stream SET head_number = %s, head_hash = %s WHERE id = %s",
            [(head.number, head.hash, database_uuid(head.stream_id)) for head in moved.values()],
        )
        cursor.execute(
            "UPDATE record_clinicposition SET position = %s WHERE clinic_id = %s AND position = %s",
            (position, database_uuid(clinic_id), first_position),
        )
    created = [result for index, _ in chartings if (result := results[index]).status == "created"]
    announce(clinic_id, created)


_INSERT = (
    "INSERT INTO record_event (clinic_id, position, id, stream_id, number, kind, effective_at, recorded_at, frame, hash)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)

_listeners: list[Callable[[UUID, list[Appended]], None]] = []


def on_committed(listener: Callable[[UUID, list[Appended]], None]) -> None:
    """Call ``listener(clinic_id, appended)`` after each commit, in the writing thread."""
    if listener not in _listeners:
        _listeners.append(listener)


def announce(clinic_id: UUID, created: list[Appended]) -> None:
    if connection.vendor == "postgresql" and created:
        with connection.cursor() as cursor:  # no patient data in the payload; receivers read rows past their position
            cursor.execute("SELECT pg_notify('ketachart_live', %s)", (f"{clinic_id}:{created[-1].position}",))
    for listener in _listeners:
        transaction.on_commit(partial(listener, clinic_id, created))


def _repeated(charting: Charting, known: tuple[str, int, int]) -> Appended:
    frame_text, number, position = known
    frame = decode_frame(frame_text)
    same = (
        frame.kind == charting.kind
        and frame.stream == charting.stream_id
        and frame.effective_at == iso(charting.effective_at)
        and bytes(frame.content) == encode(charting.content)
    )
    if same:
        return Appended(charting.id, "already", frame.stream, number, position, frame=frame_text)
    return Appended(
        charting.id,
        "conflict",
        frame.stream,
        number,
        position,
        problem=Refused(
            "This entry’s number is taken by another entry with different content.",
            field="id",
            fix="Look at both and chart the right one again; nothing was overwritten.",
            status=409,
        ),
    )


def _lock_position(cursor: Any, clinic_id: UUID) -> int:
    query = "SELECT position FROM record_clinicposition WHERE clinic_id = %s"
    if connection.vendor == "postgresql":
        query += " FOR UPDATE"
    cursor.execute(query, (database_uuid(clinic_id),))
    row = cursor.fetchone()
    if row is None:
        raise RuntimeError(f"clinic {clinic_id} has no position row")
    position: int = row[0]
    return position


def _lock_heads(cursor: Any, clinic_id: UUID, streams: set[UUID]) -> dict[UUID, Head]:
    lock = " ORDER BY id FOR UPDATE" if connection.vendor == "postgresql" else ""
    marks = ", ".join(["%s"] * len(streams))
    cursor.execute(
        "SELECT id, kind, head_number, head_hash FROM record_stream "  # noqa: S608
        f"WHERE clinic_id = %s AND id IN ({marks}){lock}",
        (database_uuid(clinic_id), *map(database_uuid, streams)),
    )
    return {
        (stream_id := as_uuid(row[0])): Head(stream_id, clinic_id, row[1], row[2], row[3]) for row in cursor.fetchall()
    }


def _present(cursor: Any, clinic_id: UUID, ids: list[UUID]) -> dict[UUID, tuple[str, int, int]]:
    marks = ", ".join(["%s"] * len(ids))
    cursor.execute(
        f"SELECT id, frame, number, position FROM record_event WHERE clinic_id = %s AND id IN ({marks})",  # noqa: S608
        (database_uuid(clinic_id), *map(database_uuid, ids)),
    )
    return {as_uuid(row[0]): (row[1], row[2], row[3]) for row in cursor.fetchall()}


def database_uuid(value: UUID) -> Any:
    return value if connection.vendor == "postgresql" else value.hex


def as_uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _time(at: datetime) -> Any:
    if connection.vendor == "postgresql":
        return at
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
