"""All of it happens, or none: events, index rows and reactions together."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from ketachart.record import append as appending
from ketachart.record import reactions
from ketachart.record.commands import append_event, open_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.models import AccessEntry, Event, Stream
from ketachart.record.unit_of_work import unit_of_work
from tests.record.charting import position_of, undone
from tests.record.probe import Counted


@pytest.fixture(autouse=True)
def only_our_reactions(monkeypatch):
    monkeypatch.setattr(reactions, "_reactions", type(reactions._reactions)(list))


def test_a_failure_leaves_nothing(nurse, clinic, stream: Stream):
    with undone():
        append_event(actor=nurse, stream=stream, content=Counted(value=1))
        open_stream(nurse, kind="probe")
    assert (Event.objects.count(), position_of(clinic)) == (0, 0)
    assert Stream.objects.filter(kind="probe").count() == 1
    stream.refresh_from_db()
    assert stream.head_number == 0


def test_a_reaction_hears_of_the_event_in_the_same_transaction(nurse, stream: Stream):
    heard = []

    def listen(frame, content) -> None:
        heard.append((frame.number, content.value, connection.in_atomic_block, Event.objects.count()))

    reactions.on_event("probe.counted", listen)
    append_event(actor=nurse, stream=stream, content=Counted(value=4))
    assert heard == [(1, 4, True, 1)]


def test_a_reaction_is_registered_once_and_hears_only_its_kind_and_no_repetition(nurse, stream: Stream):
    heard = []

    def listen(frame, content) -> None:
        heard.append(frame.id)

    reactions.on_event("probe.closed", lambda frame, content: pytest.fail("another kind"))
    reactions.on_event("probe.counted", listen)
    reactions.on_event("probe.counted", listen)
    event = append_event(actor=nurse, stream=stream, content=Counted(value=4), effective_at=stream.opened_at)
    append_event(actor=nurse, stream=stream, content=Counted(value=4), effective_at=stream.opened_at, event_id=event.id)
    assert heard == [event.id]


def test_a_failing_reaction_undoes_everything(nurse, clinic, stream: Stream):
    def first(frame, content) -> None:
        AccessEntry.objects.create(
            clinic_id=frame.clinic, patient_id=new_id(), user_name="x", role="x", what="x", at=stream.opened_at
        )

    def second(frame, content) -> None:
        raise Refused("The stock does not allow it.")

    reactions.on_event("probe.counted", first)
    reactions.on_event("probe.counted", second)
    with pytest.raises(Refused, match="stock"):
        append_event(actor=nurse, stream=stream, content=Counted(value=4))
    assert (Event.objects.count(), AccessEntry.objects.count(), position_of(clinic)) == (0, 0, 0)


def test_a_reaction_may_append_to_another_stream(nurse, clinic, stream: Stream):
    other = open_stream(nurse, kind="other")

    def carry_over(frame, content) -> None:
        if frame.stream == stream.id:
            append_event(actor=nurse, stream=other, content=content)

    reactions.on_event("probe.counted", carry_over)
    append_event(actor=nurse, stream=stream, content=Counted(value=4))
    assert [event.stream_id for event in Event.objects.order_by("position")] == [stream.id, other.id]
    assert position_of(clinic) == 2


@pytest.mark.django_db(transaction=True)
def test_listeners_hear_after_the_commit_and_never_of_what_was_undone(nurse, clinic, stream: Stream, monkeypatch):
    heard = []
    monkeypatch.setattr(
        appending, "_listeners", [lambda clinic_id, created: heard.append((connection.in_atomic_block, len(created)))]
    )
    with undone():
        append_event(actor=nurse, stream=stream, content=Counted(value=1))
    with unit_of_work():
        append_event(actor=nurse, stream=stream, content=Counted(value=1))
        assert heard == []
    assert heard == [(False, 1)]


@pytest.mark.django_db(transaction=True)
def test_threads_that_write_at_once_all_succeed_and_leave_no_gap(nurse, clinic):
    """Pages and the live lane: nobody gives up with “database is locked”, nothing is numbered twice."""
    streams = [open_stream(nurse, kind="probe") for _ in range(4)]
    failures: list[Exception] = []

    def work(stream: Stream) -> None:
        try:
            for value in range(25):
                append_event(actor=nurse, stream=stream, content=Counted(value=value))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(stream,)) for stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert sorted(Event.objects.values_list("position", flat=True)) == list(range(1, 101))
    for stream in streams:
        assert list(Event.objects.filter(stream=stream).order_by("position").values_list("number", flat=True)) == list(
            range(1, 26)
        )
