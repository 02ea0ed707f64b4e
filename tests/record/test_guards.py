"""The guard's memory of a stream is never ahead of the stream itself, nor behind it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.db import connection

from ketachart.record.commands import append_event, open_stream
from ketachart.record.errors import Refused
from ketachart.record.live import guards
from ketachart.record.models import Event, Stream
from ketachart.record.unit_of_work import unit_of_work
from tests.record.charting import charting, several, undone, write
from tests.record.probe import Closed, Counted, Tally


def test_the_guard_is_asked_with_the_state_that_all_before_it_made(stream: Stream):
    closed, late = write(charting(stream, Closed()), charting(stream, 1))
    assert (closed.status, late.status) == ("created", "refused")
    assert late.problem is not None
    assert late.problem.problem == "This is closed."


def test_a_refused_event_does_not_change_the_state(stream: Stream):
    write(charting(stream, 1001), charting(stream, 2))
    stream.refresh_from_db()
    assert guards.state_of(stream) == Tally(events=1, total=2)


def test_a_rolled_back_transaction_leaves_no_trace_in_the_state(stream: Stream):
    several(stream, 2)
    with undone():
        write(charting(stream, Closed()))
    (result,) = write(charting(stream, 5))
    assert (result.status, result.number) == ("created", 3)


def test_two_rolled_back_transactions_in_a_row_leave_no_trace(stream: Stream):
    for _ in range(2):
        with undone():
            write(charting(stream, Closed()), charting(stream, 1))
    assert [result.status for result in write(charting(stream, 5), charting(stream, Closed()))] == ["created"] * 2
    assert [result.status for result in write(charting(stream, 6))] == ["refused"]


def test_a_rolled_back_savepoint_leaves_no_trace_in_the_same_transaction(nurse, stream: Stream):
    with unit_of_work():
        append_event(actor=nurse, stream=stream, content=Counted(value=1))
        with undone():
            append_event(actor=nurse, stream=stream, content=Closed())
        append_event(actor=nurse, stream=stream, content=Counted(value=2))
    stream.refresh_from_db()
    assert guards.state_of(stream) == Tally(events=2, total=3)


def test_a_stream_that_was_not_looked_at_for_long_is_folded_anew(nurse, stream: Stream, monkeypatch):
    monkeypatch.setattr(guards, "KEPT_STATES", 2)
    write(charting(stream, Closed()))
    for _ in range(3):
        several(open_stream(nurse, kind="probe"), 1)
    assert [result.status for result in write(charting(stream, 1))] == ["refused"]


def test_the_kept_state_saves_folding_the_whole_stream_each_time(stream: Stream, count_statements):
    several(stream, 50)
    with count_statements() as statements:
        write(charting(stream, 1))
    assert not [text for text in statements.all if "BETWEEN" in text], "the whole stream was read again"


def test_append_event_and_the_live_lane_ask_the_same_guard(nurse, stream: Stream):
    write(charting(stream, Closed()))
    with pytest.raises(Refused, match="closed"):
        append_event(actor=nurse, stream=stream, content=Counted(value=1))


ANOTHER_PROCESS = """
import json, os, sys
from ketachart.config.starting import start_django
start_django()
from django.conf import settings
arguments = json.loads(sys.argv[1])
settings.DATABASES["default"]["NAME"] = arguments["database"]
from uuid import UUID
from ketachart.record.models import Stream
from tests.record import probe
from tests.record.charting import charting, write
probe.register("probe")
stream = Stream.objects.get(id=UUID(arguments["stream"]))
print([result.status for result in write(charting(stream, probe.Closed()))])
"""


@pytest.mark.django_db(transaction=True)
def test_what_another_process_wrote_is_seen(stream: Stream):
    several(stream, 2)
    arguments = {"database": str(connection.settings_dict["NAME"]), "stream": str(stream.id)}
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER_PROCESS, json.dumps(arguments)], capture_output=True, text=True, check=False,
        env=another_process_environment(),
    )  # fmt: skip
    assert done.stdout == "['created']\n", done.stderr
    assert [result.status for result in write(charting(stream, 1))] == ["refused"]
    assert Event.objects.filter(stream=stream).count() == 3


def another_process_environment() -> dict[str, str]:
    import os

    from tests.serving import PROJECT

    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT / "src"), str(PROJECT)])}
