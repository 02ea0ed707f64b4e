"""Every kind of damage is found and named. The damage is done as an intruder would: past the triggers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from ketachart.record.append import database_uuid
from ketachart.record.append_only import append_only_tables, protect, unprotect, unprotected_tables
from ketachart.record.checkpoints import checkpoint_hash, last_checkpoint, write_checkpoint
from ketachart.record.commands import open_stream
from ketachart.record.frames import FIRST_HASH, chain_hash, decode_frame, encode_frame, first_hash
from ketachart.record.identity import new_id
from ketachart.record.models import Checkpoint, Clinic, Event, Stream
from ketachart.record.verify import verify
from tests.record.charting import charting, several, write


@pytest.fixture
def charted(clinic: Clinic, nurse: Any) -> list[Stream]:
    """Two streams of six events each, interleaved, with a checkpoint after the first half."""
    streams = [open_stream(nurse, kind="probe", patient_id=new_id()) for _ in range(2)]
    for _ in range(3):
        write(*(charting(stream, 1) for stream in streams))
    write_checkpoint(clinic)
    for _ in range(3):
        write(*(charting(stream, 2) for stream in streams))
    assert verify().problems == []
    return streams


def sql(statement: str, *parameters: Any) -> None:
    """Past the triggers, and they are back afterwards: the damage itself must be seen."""
    unprotect(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute(statement, parameters)
        assert cursor.rowcount > 0, "the damage was not done"
    protect(connection)


def problems() -> str:
    report = verify()
    assert not report.intact
    return "\n".join(report.problems)


def test_an_untouched_record_is_whole_and_counted(charted: list[Stream]):
    report = verify()
    assert (report.events, report.checkpoints, report.intact) == (12, 1, True)
    assert report.last_checkpoints["fern-hill"].startswith("1:")


def test_an_altered_frame_is_found_and_named(charted: list[Stream]):
    event = Event.objects.get(position=5)
    sql("UPDATE record_event SET frame = %s WHERE position = 5", event.frame.replace('"value":1', '"value":9'))
    assert "position 5): its hash does not follow from its content" in problems()
    assert database_uuid(event.id) if connection.vendor == "sqlite" else str(event.id) in problems()


def test_a_frame_that_is_no_frame_any_more_is_found(charted: list[Stream]):
    sql("UPDATE record_event SET frame = 'nothing' WHERE position = 5")
    assert "position 5): its frame cannot be read" in problems()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "probe.closed"),
        ("effective_at", "2026-11-22 17:31:00"),
        ("recorded_at", "2026-11-22 17:31:00"),
        ("id", "01a20473-4dc4-71ec-82b3-f3881a1f140a"),
    ],
)
def test_an_altered_column_is_found_and_named(charted: list[Stream], column: str, value: str):
    sql(f"UPDATE record_event SET {column} = %s WHERE position = 5", value)
    assert f"position 5): its {column} is " in problems()


def test_a_time_that_is_none_is_found_instead_of_stopping_the_search(charted: list[Stream]):
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL itself refuses a time that is none, so this damage cannot be there to be found")
    sql("UPDATE record_event SET effective_at = 'yesterday' WHERE position = 5")
    assert "position 5): its effective_at is yesterday in the table" in problems()


def test_an_event_moved_to_another_stream_is_found(charted: list[Stream], nurse: Any):
    elsewhere = open_stream(nurse, kind="probe")
    sql("UPDATE record_event SET stream_id = %s, number = 1 WHERE position = 12", database_uuid(elsewhere.id))
    assert "position 12): its stream_id is " in problems()


def test_an_event_deleted_in_the_middle_is_found(charted: list[Stream]):
    sql("DELETE FROM record_event WHERE position = 9")
    found = problems()
    assert "positions 9 to 9 are missing" in found
    assert "missing or reordered" in found


def test_an_event_deleted_at_the_end_is_found(charted: list[Stream]):
    sql("DELETE FROM record_event WHERE position = 12")
    found = problems()
    assert "its head says 6 events, the record ends at 5: missing at the end" in found
    assert "counts 12 events, the record ends at 11" in found


def test_a_tail_deleted_with_its_head_fixed_is_found_by_the_checkpoint(clinic: Clinic, charted: list[Stream]):
    """Everything after position 5 goes and every count is made to fit; the checkpoint at position 6 still knows."""
    sql("DELETE FROM record_event WHERE position > 5")
    for stream in charted:
        last = Event.objects.filter(stream=stream).order_by("-number")[0]
        sql(
            "UPDATE record_stream SET head_number = %s, head_hash = %s WHERE id = %s",
            last.number, last.hash, database_uuid(stream.id),
        )  # fmt: skip
    sql("UPDATE record_clinicposition SET position = 5")
    assert f"stream {charted[1].id}: event 3 is in a checkpoint but not in the record: missing" in problems()


def test_swapped_numbers_are_found(charted: list[Stream]):
    first, second = Event.objects.filter(stream=charted[0]).order_by("number")[3:5]
    sql("UPDATE record_event SET number = 99 WHERE position = %s", first.position)
    sql("UPDATE record_event SET number = %s WHERE position = %s", first.number, second.position)
    sql("UPDATE record_event SET number = %s WHERE position = %s", second.number, first.position)
    assert f"position {first.position}): number 5 follows 3 in its stream: missing or reordered" in problems()


def test_swapped_positions_are_found(charted: list[Stream]):
    for old, new in ((9, 99), (10, 9), (99, 10)):
        sql("UPDATE record_event SET position = %s WHERE position = %s", new, old)
    assert "its position is 9 in the table but 10 in the event" in problems()


def test_a_changed_hash_is_found(charted: list[Stream]):
    sql("UPDATE record_event SET hash = %s WHERE position = 10", "f" * 64)
    assert "position 10): its hash does not follow" in problems()


def test_a_changed_head_is_found(charted: list[Stream]):
    sql("UPDATE record_stream SET head_hash = %s WHERE id = %s", "f" * 64, database_uuid(charted[0].id))
    assert f"stream {charted[0].id}: its head has another hash" in problems()


@pytest.mark.parametrize("events", [0, 3], ids=["empty", "with events"])
def test_a_stream_given_to_another_patient_is_found(nurse: Any, events: int):
    stream = open_stream(nurse, kind="probe", patient_id=new_id())
    several(stream, events)
    sql("UPDATE record_stream SET patient_id = %s WHERE id = %s", database_uuid(new_id()), database_uuid(stream.id))
    assert "hash" in problems()


def test_every_missing_trigger_is_found_and_named(charted: list[Stream]):
    for table in append_only_tables():
        drop = f'DROP TRIGGER "{table}_no_delete"' + (f' ON "{table}"' if connection.vendor == "postgresql" else "")
        with connection.cursor() as cursor:
            cursor.execute(drop)
        assert unprotected_tables(connection) == [table]
        assert f"table {table}: its append-only triggers are missing or changed" in problems()
        protect(connection)
    assert verify().intact


def test_a_trigger_of_the_same_name_that_does_nothing_is_found(charted: list[Stream]):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute('ALTER TABLE record_event DISABLE TRIGGER "record_event_no_update"')
        else:
            cursor.execute('DROP TRIGGER "record_event_no_update"')
            cursor.execute(
                'CREATE TRIGGER "record_event_no_update" BEFORE UPDATE ON "record_event" BEGIN SELECT 1; END'
            )
    assert "table record_event: its append-only triggers are missing or changed" in problems()


def test_an_altered_checkpoint_is_found(clinic: Clinic, charted: list[Stream]):
    sql("UPDATE record_checkpoint SET position = 5")
    assert "checkpoint 1 of clinic fern-hill: its hash does not follow" in problems()


def test_a_checkpoint_that_cannot_be_read_is_found(clinic: Clinic, charted: list[Stream]):
    sql("UPDATE record_checkpoint SET heads = '{'")
    assert "checkpoint 1 of clinic fern-hill: its heads cannot be read" in problems()


def test_a_checkpoint_deleted_in_the_middle_is_found(clinic: Clinic, charted: list[Stream]):
    write_checkpoint(clinic)
    sql("DELETE FROM record_checkpoint WHERE number = 1")
    assert "checkpoint 2 of clinic fern-hill: checkpoint 1 is missing" in problems()


def test_a_checkpoint_deleted_at_the_end_is_found(clinic: Clinic, charted: list[Stream]):
    write_checkpoint(clinic)
    sql("DELETE FROM record_checkpoint WHERE number = 2")
    assert "counts 2 checkpoints, the last one is 1: missing at the end" in problems()


def test_nothing_new_needs_no_checkpoint(clinic: Clinic, charted: list[Stream]):
    assert write_checkpoint(clinic) is not None
    assert write_checkpoint(clinic) is None
    assert Checkpoint.objects.count() == 2


def test_history_rewritten_without_the_checkpoints_is_found(clinic: Clinic, charted: list[Stream]):
    rewrite(clinic, charted)
    assert "a checkpoint recorded another hash: altered after the checkpoint" in problems()


def test_history_rewritten_with_all_its_checkpoints_is_found_against_a_kept_one(clinic: Clinic, charted: list[Stream]):
    last = last_checkpoint(clinic)
    assert last is not None
    kept = {"clinic": clinic.slug, "number": last.number, "hash": last.hash}
    assert verify(against=[kept]).intact
    rewrite(clinic, charted)
    rewrite_checkpoint(clinic)
    assert verify().intact, "a complete rewrite cannot be seen from inside"
    report = verify(against=[kept])
    assert report.problems == ["the kept checkpoint 1 of clinic fern-hill is not in this record: it was rewritten"]


def rewrite(clinic: Clinic, streams: list[Stream]) -> None:
    """Change the first event of the first stream and make every later hash of it fit."""
    stream = streams[0]
    previous = first_hash(stream.id, clinic.id, stream.kind, stream.patient_id)
    for event in Event.objects.filter(stream=stream).order_by("number"):
        text = event.frame
        if event.number == 1:
            text = text.replace('"value":1', '"value":7')
            assert encode_frame(decode_frame(text)) == text
        previous = chain_hash(previous, text)
        sql("UPDATE record_event SET frame = %s, hash = %s WHERE position = %s", text, previous, event.position)
    sql("UPDATE record_stream SET head_hash = %s WHERE id = %s", previous, database_uuid(stream.id))


def rewrite_checkpoint(clinic: Clinic) -> None:
    checkpoint = Checkpoint.objects.get()
    heads = {
        stream_id: [number, Event.objects.get(stream_id=stream_id, number=number).hash]
        for stream_id, (number, _) in json.loads(checkpoint.heads).items()
    }
    body = json.dumps(heads, separators=(",", ":"))
    new = checkpoint_hash(FIRST_HASH, clinic.id, 1, checkpoint.position, body)
    sql("UPDATE record_checkpoint SET heads = %s, hash = %s", body, new)


@pytest.fixture
def charted_row(actor: Any, nurse: Any) -> Any:
    """A row of a real index table with its event: one section of a patient's history."""
    from ketachart.intake.models import HistorySection

    stream = open_stream(nurse, kind="patient", patient_id=new_id())
    (appended,) = write(charting(stream, 1, author_name="Nurse Test"))
    event = Event.objects.get(id=appended.id)
    row = HistorySection.objects.create(
        clinic_id=stream.clinic_id, event_id=event.id, charted_at=event.recorded_at, charted_by_name="Nurse Test",
        patient_id=stream.patient_id, section="goals", version=1,
    )  # fmt: skip
    assert verify().problems == []
    return row


def test_an_index_row_without_its_event_is_found(charted_row: Any, clinic: Clinic):
    sql("UPDATE intake_historysection SET event_id = %s", database_uuid(new_id()))
    assert f"intake.HistorySection {charted_row.pk}: its event " in problems()
    assert "is not in the record" in problems()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("charted_by_name", "Somebody Else"),
        ("charted_at", "2026-11-22 17:31:00"),
        ("patient_id", "01a204734dc471ec82b3f3881a1f140a"),
    ],
)
def test_an_index_row_that_shows_something_else_than_its_event_is_found(charted_row: Any, column: str, value: str):
    sql(f"UPDATE intake_historysection SET {column} = %s", value)
    assert (
        f"intake.HistorySection {charted_row.pk}: its {column} is not what event {charted_row.event_id} says"
        in problems()
    )
