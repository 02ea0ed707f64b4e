from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from ketachart.record.append import Charting, append
from ketachart.record.commands import append_event, open_stream, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.frames import chain_hash, decode_frame, first_hash
from ketachart.record.identity import new_id
from ketachart.record.models import AccessEntry, Clinic, Event, Stream
from tests.record.charting import AT, charting, position_of, several, write
from tests.record.probe import Counted, Internal


def test_an_event_is_stored_once_with_its_number_position_and_hash(clinic: Clinic, stream: Stream):
    (appended,) = write(charting(stream, 7))
    event = Event.objects.get(clinic=clinic, id=appended.id)
    assert (appended.status, event.number, event.position) == ("created", 1, 1)
    assert event.hash == chain_hash(first_hash(stream.id, clinic.id, "probe", stream.patient_id), event.frame)
    assert event.content == Counted(value=7)
    stream.refresh_from_db()
    assert (stream.head_number, stream.head_hash) == (1, event.hash)


def test_columns_say_what_the_frame_says_to_the_millisecond(stream: Stream):
    (appended,) = write(charting(stream))
    event = Event.objects.get(id=appended.id)
    frame = decode_frame(event.frame)
    assert frame.effective_at == "2026-11-22T17:30:00.123Z"
    assert event.effective_at == datetime.fromisoformat("2026-11-22T17:30:00.123+00:00")
    assert Event.objects.filter(effective_at=event.effective_at).count() == 1
    assert Event.objects.filter(effective_at__gt=event.effective_at).count() == 0


def test_a_whole_second_is_found_by_its_time(stream: Stream):
    at = AT.replace(microsecond=0)
    write(charting(stream, effective_at=at))
    assert Event.objects.filter(effective_at=at).count() == 1
    assert Event.objects.filter(effective_at__lte=at).count() == 1


def test_numbers_count_within_the_stream_and_positions_within_the_clinic(nurse, clinic: Clinic):
    first, second = open_stream(nurse, kind="probe"), open_stream(nurse, kind="probe")
    results = write(charting(first), charting(second), charting(first))
    assert [(result.number, result.position) for result in results] == [(1, 1), (1, 2), (2, 3)]


def test_writing_the_same_event_twice_is_harmless(clinic: Clinic, stream: Stream):
    event = charting(stream, 5)
    (created,), (again,) = write(event), write(event)
    assert (again.status, again.number, again.position) == ("already", created.number, created.position)
    assert again.frame == created.frame
    assert Event.objects.count() == position_of(clinic) == 1


def test_the_same_event_twice_in_one_batch_is_written_once(stream: Stream):
    event = charting(stream, 5)
    assert [result.status for result in write(event, event)] == ["created", "already"]
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"content": Counted(value=6)},
        {"effective_at": AT + timedelta(milliseconds=1)},
        {"content": Internal(text="5")},
    ],
    ids=["other content", "other time", "other kind"],
)
def test_the_same_id_with_something_else_is_a_conflict_and_changes_nothing(stream: Stream, change):
    event = charting(stream, 5)
    write(event)
    (result,) = write(charting(stream, **{"id": event.id, "content": event.content, **change}))
    assert result.status == "conflict"
    assert result.problem is not None
    assert result.problem.field == "id"
    assert [stored.content for stored in Event.objects.all()] == [Counted(value=5)]


def test_the_same_id_in_another_stream_is_a_conflict(nurse, stream: Stream):
    event = charting(stream, 5)
    write(event)
    (result,) = write(charting(open_stream(nurse, kind="probe"), 5, id=event.id))
    assert result.status == "conflict"
    assert Event.objects.count() == 1


def test_another_clinics_stream_is_refused(stream: Stream, other_clinic: Clinic):
    (result,) = write(charting(stream, clinic_id=other_clinic.id))
    assert (result.status, result.problem and result.problem.status) == ("refused", 404)
    assert Event.objects.count() == position_of(other_clinic) == 0


def test_two_clinics_may_use_the_same_event_id_and_count_apart(nurse, stream: Stream, actor, other_clinic: Clinic):
    elsewhere = open_stream(actor("nurse", at=other_clinic), kind="probe")
    event = charting(stream, 5)
    results = write(event, charting(elsewhere, 9, id=event.id), charting(stream, 1))
    assert [(result.status, result.position) for result in results] == [("created", 1), ("created", 1), ("created", 2)]


def test_a_stream_of_the_wrong_kind_is_refused(stream: Stream):
    (result,) = write(charting(stream, stream_kind="session"))
    assert (result.status, result.problem and result.problem.status) == ("refused", 404)
    assert Event.objects.count() == 0


def test_what_is_refused_leaves_no_hole_in_the_numbers(clinic: Clinic, stream: Stream):
    results = write(charting(stream, 1), charting(stream, 1001), charting(stream, 2))
    assert [(result.status, result.number) for result in results] == [("created", 1), ("refused", None), ("created", 2)]
    assert position_of(clinic) == 2


def test_append_outside_a_unit_of_work_is_an_error():
    with pytest.raises((RuntimeError,), match="unit_of_work"):
        append([], AT)


def test_a_time_without_zone_is_an_error(stream: Stream):
    with pytest.raises(ValueError, match="zone"):
        write(charting(stream, effective_at=AT.replace(tzinfo=None)))
    assert Event.objects.count() == 0


def test_append_event_raises_what_the_guard_refused(nurse, stream: Stream):
    with pytest.raises(Refused, match="too large") as refused:
        append_event(actor=nurse, stream=stream, content=Counted(value=5000))
    assert refused.value.field == "value"
    assert Event.objects.count() == 0


def test_append_event_refuses_another_clinics_stream(actor, stream: Stream, other_clinic: Clinic):
    with pytest.raises(Refused) as refused:
        append_event(actor=actor("nurse", at=other_clinic), stream=stream, content=Counted(value=5))
    assert refused.value.status == 404
    assert Event.objects.count() == 0


def test_a_patients_stream_of_another_clinic_is_refused(nurse, actor, other_clinic: Clinic):
    patient_id = new_id()
    patient_stream(nurse, patient_id)
    with pytest.raises(Refused, match="no such patient"):
        patient_stream(actor("nurse", at=other_clinic), patient_id)


@pytest.mark.parametrize("statement", ["UPDATE record_event SET kind = 'x'", "DELETE FROM record_event"])
def test_the_database_itself_refuses_to_change_an_event(stream: Stream, statement: str):
    several(stream, 2)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.count() == 2


@pytest.mark.parametrize("statement", ["UPDATE record_accessentry SET what = 'x'", "DELETE FROM record_accessentry"])
def test_the_database_itself_refuses_to_change_the_access_log(nurse, statement: str):
    from ketachart.record.access import note_read

    note_read(nurse, new_id(), "patient page")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AccessEntry.objects.get().what == "patient page"


def test_the_access_log_says_who_read_what_of_whom_and_when(nurse, clinic: Clinic):
    from ketachart.record.access import note_read

    patient_id = new_id()
    note_read(nurse, patient_id, "patient page")
    entry = AccessEntry.objects.get()
    assert (entry.clinic_id, entry.patient_id, entry.user_id, entry.role) == (
        clinic.id, patient_id, nurse.user_id, "nurse",
    )  # fmt: skip


def test_an_append_costs_the_same_few_statements_for_one_event_or_two_hundred(stream: Stream, count_statements):
    def statements_for(count: int) -> list[str]:
        events: list[Charting] = [charting(stream, 1) for _ in range(count)]
        with transaction.atomic(), count_statements() as statements:
            append(events, AT)
        return [text.split()[0] for text in statements.all]

    assert len(statements_for(200)) == len(statements_for(1)) <= 7
