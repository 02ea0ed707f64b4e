"""Appending events: the one way in, for pages and for the live lane, for one event or for hundreds.

Plain SQL: through the ORM the live lane would reach a fifth of this speed (bench/lane/README.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.db import connection, transaction

from ketachart.record.clock import iso
from ketachart.record.errors import Refused
from ketachart.record.frames import Frame, chain_hash, decode_frame, encode_frame
from ketachart.record.kinds import Content, decode, encode, kind_of


class Charting(msgspec.Struct, frozen=True):
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
    stream_kind: str | None = None
    """When given, the stream must be of this kind."""

    @property
    def kind(self) -> str:
        return kind_of(self.content)


class Appended(msgspec.Struct, frozen=True):
    """What became of it."""

    id: UUID
    status: Literal["created", "already", "refused", "conflict"]
    kind: str | None = None
    stream_id: UUID | None = None
    stream_kind: str | None = None
    number: int | None = None
    position: int | None = None
    hash: str | None = None
    frame: str | None = None
    problem: Refused | None = None


@dataclass(slots=True)
class Head:
    """Where a stream's chain ends."""

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
    for clinic_id in sorted({charting.clinic_id for charting in chartings}):  # always the same order: no deadlock
        indexed = [(index, charting) for index, charting in enumerate(chartings) if charting.clinic_id == clinic_id]
        _append_in_clinic(clinic_id, indexed, iso(at), guard, results)
    return [results[index] for index in range(len(chartings))]


def _append_in_clinic(
    clinic_id: UUID,
    chartings: list[tuple[int, Charting]],
    recorded_at: str,
    guard: Guard | None,
    results: dict[int, Appended],
) -> None:
    on_postgresql = connection.vendor == "postgresql"
    to_database = _as_it_is if on_postgresql else _hex  # looked up once: this is the path that carries the load
    with connection.cursor() as cursor:
        position = _lock_clinic(cursor, to_database(clinic_id), on_postgresql=on_postgresql)
        heads = _heads(cursor, clinic_id, {charting.stream_id for _, charting in chartings}, to_database)
        present = _present(cursor, to_database(clinic_id), [to_database(charting.id) for _, charting in chartings])
        created: list[Appended] = []
        rows: list[tuple[Any, ...]] = []
        moved: dict[UUID, Head] = {}
        for index, charting in chartings:
            if (known := present.get(charting.id)) is not None:
                results[index] = _repeated(charting, *known)
                continue
            head = heads.get(charting.stream_id)
            if head is None or charting.stream_kind not in {None, head.kind}:
                results[index] = Appended(charting.id, "refused", problem=_no_such_stream())
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
            rows.append(stored_row(frame, text, new_hash, on_postgresql=on_postgresql))
            results[index] = Appended(
                charting.id, "created", frame.kind, head.stream_id, head.kind, head.number, position, new_hash, text
            )
            created.append(results[index])
            present[charting.id] = (text, head.number, position)
        if not created:
            return
        cursor.executemany(_INSERT, rows)
        cursor.executemany(
            "UPDATE record_stream SET head_number = %s, head_hash = %s WHERE id = %s",
            [(head.number, head.hash, to_database(head.stream_id)) for head in moved.values()],
        )
        cursor.execute(
            "UPDATE record_clinicposition SET position = %s WHERE clinic_id = %s", (position, to_database(clinic_id))
        )
        if on_postgresql:  # no patient data in the payload; receivers read the rows past their own position
            cursor.execute("SELECT pg_notify('ketachart_live', %s)", (f"{clinic_id}:{position}",))
    for listener in _listeners:
        transaction.on_commit(partial(listener, clinic_id, created))


EVENT_COLUMNS = ("clinic_id", "position", "id", "stream_id", "number", "kind", "effective_at", "recorded_at", "frame", "hash")  # fmt: skip

_INSERT = f"INSERT INTO record_event ({', '.join(EVENT_COLUMNS)}) VALUES ({', '.join(['%s'] * len(EVENT_COLUMNS))})"  # noqa: S608

Listener = Callable[[UUID, list[Appended]], None]

_listeners: list[Listener] = []


def on_committed(listener: Listener) -> None:
    """Call ``listener(clinic_id, created)`` after each commit, in the writing thread."""
    if listener not in _listeners:
        _listeners.append(listener)


def forget_listener(listener: Listener) -> None:
    if listener in _listeners:
        _listeners.remove(listener)


def stored_row(frame: Frame, text: str, frame_hash: str, *, on_postgresql: bool) -> tuple[Any, ...]:
    """The row of a frame. Every column but the hash follows from the frame, so ``verify`` can compare them."""
    if on_postgresql:
        return (
            frame.clinic, frame.position, frame.id, frame.stream, frame.number, frame.kind,
            datetime.fromisoformat(frame.effective_at), datetime.fromisoformat(frame.recorded_at), text, frame_hash,
        )  # fmt: skip
    return (
        frame.clinic.hex, frame.position, frame.id.hex, frame.stream.hex, frame.number, frame.kind,
        _sqlite_time(frame.effective_at), _sqlite_time(frame.recorded_at), text, frame_hash,
    )  # fmt: skip


def _sqlite_time(iso_text: str) -> str:
    """As Django writes it, so that comparisons in SQL hold: 2026-01-31 09:30:00[.123000]."""
    seconds, fraction = f"{iso_text[:10]} {iso_text[11:19]}", iso_text[20:23]
    return seconds if fraction == "000" else f"{seconds}.{fraction}000"


def _repeated(charting: Charting, frame_text: str, number: int, position: int) -> Appended:
    frame = decode_frame(frame_text)
    if (
        frame.kind == charting.kind
        and frame.stream == charting.stream_id
        and frame.effective_at == iso(charting.effective_at)
        and _same_content(frame, charting.content)
    ):
        return Appended(
            charting.id, "already", frame.kind, frame.stream, number=number, position=position, frame=frame_text
        )
    problem = Refused(
        "This entry’s number is taken by another entry with different content.",
        field="id",
        fix="Look at both and chart the right one again; nothing was overwritten.",
        status=409,
    )
    return Appended(
        charting.id, "conflict", frame.kind, frame.stream, number=number, position=position, problem=problem
    )


def _no_such_stream() -> Refused:
    return Refused("There is no such record in this clinic.", field="stream", status=404)


def _same_content(frame: Frame, content: Content) -> bool:
    """The same bytes, or the same meaning: a field with a default may have come after the event was first sent."""
    if bytes(frame.content) == encode(content):
        return True
    try:
        return decode(frame.kind, frame.content) == content
    except Refused:
        return False


def _lock_clinic(cursor: Any, clinic_id: Any, *, on_postgresql: bool) -> int:
    """The clinic's last position. On PostgreSQL its row is the lock: one writer a clinic until the commit."""
    lock = " FOR UPDATE" if on_postgresql else ""
    cursor.execute(f"SELECT position FROM record_clinicposition WHERE clinic_id = %s{lock}", (clinic_id,))  # noqa: S608
    row = cursor.fetchone()
    if row is None:
        raise RuntimeError(f"clinic {clinic_id} has no position row")
    position: int = row[0]
    return position


def _heads(cursor: Any, clinic_id: UUID, streams: set[UUID], to_database: Callable[[UUID], Any]) -> dict[UUID, Head]:
    marks = ", ".join(["%s"] * len(streams))
    cursor.execute(
        f"SELECT id, kind, head_number, head_hash FROM record_stream WHERE clinic_id = %s AND id IN ({marks})",  # noqa: S608
        (to_database(clinic_id), *map(to_database, streams)),
    )
    return {
        (stream_id := as_uuid(row[0])): Head(stream_id, clinic_id, row[1], row[2], row[3]) for row in cursor.fetchall()
    }


def _present(cursor: Any, clinic_id: Any, ids: list[Any]) -> dict[UUID, tuple[str, int, int]]:
    marks = ", ".join(["%s"] * len(ids))
    cursor.execute(
        f"SELECT id, frame, number, position FROM record_event WHERE clinic_id = %s AND id IN ({marks})",  # noqa: S608
        (clinic_id, *ids),
    )
    return {as_uuid(row[0]): (row[1], row[2], row[3]) for row in cursor.fetchall()}


def database_uuid(value: UUID) -> Any:
    return value if connection.vendor == "postgresql" else value.hex


def as_uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _as_it_is(value: UUID) -> Any:
    return value


def _hex(value: UUID) -> Any:
    return value.hex
