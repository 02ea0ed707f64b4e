"""How many SQL statements the record's own steps cost. If a number grows, find out why before touching it."""

from __future__ import annotations

import pytest
from django.db import connection

from ketachart.record.access import note_read
from ketachart.record.commands import append_event, open_stream
from ketachart.record.identity import new_id
from ketachart.record.live import guards, reading
from ketachart.record.models import Event, Stream
from tests.record.charting import several
from tests.record.probe import Counted


def test_appending_one_event_from_a_page(nurse, stream: Stream, count_statements):
    several(stream, 20)
    with count_statements() as statements:
        append_event(actor=nurse, stream=stream, content=Counted(value=1))
    # Savepoint, 3 reads, 3 writes, release, the event itself; on PostgreSQL the word to other processes.
    assert len(statements) <= (10 if connection.vendor == "postgresql" else 9), statements.all


def test_noting_a_read(nurse, count_statements):
    with count_statements() as statements:
        note_read(nurse, new_id(), "patient page")
    assert len(statements) == 1, statements.all


@pytest.mark.django_db(transaction=True)
def test_reading_a_session_costs_the_same_whatever_its_length(nurse, count_statements):
    session = open_stream(nurse, kind="session", patient_id=new_id())

    def cost() -> int:
        with count_statements() as statements:
            assert reading.frames_of_session(nurse, session.id, 0) is not None
        return len(statements)

    empty = cost()
    several(session, 100)
    assert empty == cost() == 3


def test_the_state_of_a_stream_is_one_read(stream: Stream, count_statements):
    several(stream, 50)
    stream.refresh_from_db()
    with count_statements() as statements:
        guards.state_of(stream)
    assert len(statements) == 1, statements.all
    assert Event.objects.filter(stream=stream).count() == 50
