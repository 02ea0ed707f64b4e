"""Reads of the live lane, in plain SQL: stored frames, heads, who is signed in."""

from __future__ import annotations

from uuid import UUID

from django.db import close_old_connections, connection

from ketachart.record.access import note_read
from ketachart.record.actor import Actor
from ketachart.record.append import as_uuid, database_uuid
from ketachart.record.live.hub import LARGEST_READ, StoredFrame


def frames_since(clinic_id: UUID, position: int, streams: frozenset[UUID] | None = None) -> list[StoredFrame]:
    """Frames of the clinic (or of some of its streams) after a position, oldest first."""
    close_old_connections()
    only, parameters = "", [database_uuid(clinic_id), position]
    if streams is not None:
        only = f" AND event.stream_id IN ({', '.join(['%s'] * len(streams))})"
        parameters += map(database_uuid, streams)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event.position, event.stream_id, stream.kind, event.frame"  # noqa: S608
            " FROM record_event event JOIN record_stream stream ON stream.id = event.stream_id"
            f" WHERE event.clinic_id = %s AND event.position > %s{only} ORDER BY event.position LIMIT %s",
            (*parameters, LARGEST_READ),
        )
        return [StoredFrame.of(row[0], as_uuid(row[1]), row[2], row[3]) for row in cursor.fetchall()]


def frames_of_session(actor: Actor, session_id: UUID, after_number: int) -> tuple[list[str], int] | None:
    """Frames of a session after a number, and its head; None when the clinic has no such session. The read is logged."""
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT head_number, patient_id FROM record_stream WHERE clinic_id = %s AND id = %s AND kind = 'session'",
            (database_uuid(actor.clinic_id), database_uuid(session_id)),
        )
        stream = cursor.fetchone()
        if stream is None:
            return None
        if stream[1]:
            note_read(actor, as_uuid(stream[1]), "live session")
        cursor.execute(
            "SELECT frame FROM record_event WHERE clinic_id = %s AND stream_id = %s AND number > %s"
            " ORDER BY number LIMIT %s",
            (database_uuid(actor.clinic_id), database_uuid(session_id), after_number, LARGEST_READ),
        )
        return [row[0] for row in cursor.fetchall()], stream[0]


def open_sessions(actor: Actor, wanted: frozenset[UUID]) -> frozenset[UUID]:
    """Those of the wanted sessions that this clinic has. Following one is a read of its patient's record: logged."""
    close_old_connections()
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, patient_id FROM record_stream WHERE clinic_id = %s AND kind = 'session' AND id IN ({marks})",  # noqa: S608
            (database_uuid(actor.clinic_id), *map(database_uuid, wanted)),
        )
        found = cursor.fetchall()
    for _, patient_id in found:
        if patient_id:
            note_read(actor, as_uuid(patient_id), "live session")
    return frozenset(as_uuid(stream_id) for stream_id, _ in found)


def last_position(clinic_id: UUID) -> int:
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM record_clinicposition WHERE clinic_id = %s", (database_uuid(clinic_id),))
        row = cursor.fetchone()
    return int(row[0]) if row else 0
