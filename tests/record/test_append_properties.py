"""Whatever way the same events arrive, the record is the same."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ketachart.record.actor import Actor
from ketachart.record.append import Charting
from ketachart.record.commands import open_clinic, open_stream
from ketachart.record.identity import new_id
from ketachart.record.models import Clinic, Event, Stream
from ketachart.record.verify import verify
from tests.record.charting import charting, position_of, write

pytestmark = pytest.mark.django_db

several_examples = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

counter = itertools.count()
# An event as (which of three streams, value); values over 1000 are refused by the probe's guard.
arrivals = st.lists(st.tuples(st.integers(0, 2), st.integers(990, 1003)), min_size=1, max_size=25)


def fresh_streams() -> tuple[Clinic, list[Stream]]:
    clinic = open_clinic(name="Property (test)", slug=f"property-{next(counter)}", timezone="UTC", is_synthetic=True)
    return clinic, [open_stream(Actor.system(clinic.id), kind="probe") for _ in range(3)]


def chartings_for(streams: list[Stream], events: list[tuple[int, int]], ids: list[Any]) -> list[Charting]:
    return [charting(streams[which], value, id=key) for (which, value), key in zip(events, ids, strict=True)]


def in_batches(chartings: list[Charting], cuts: set[int]) -> list[list[Charting]]:
    edges = [0, *sorted(cut for cut in cuts if 0 < cut < len(chartings)), len(chartings)]
    return [chartings[start:end] for start, end in itertools.pairwise(edges)]


def content_of(clinic: Clinic, streams: list[Stream]) -> list[tuple[Any, ...]]:
    which = {stream.id: index for index, stream in enumerate(streams)}
    return [
        (event.position, which[event.stream_id], event.number, event.id, event.content)
        for event in Event.objects.filter(clinic=clinic).order_by("position")
    ]


@several_examples
@given(events=arrivals, cuts=st.sets(st.integers(1, 24)))
def test_any_batching_of_the_same_events_gives_the_same_chains(events, cuts):
    ids = [new_id() for _ in events]
    (one, one_streams), (other, other_streams) = fresh_streams(), fresh_streams()
    write(*chartings_for(one_streams, events, ids))
    for batch in in_batches(chartings_for(other_streams, events, ids), cuts):
        write(*batch)
    assert content_of(one, one_streams) == content_of(other, other_streams)


@several_examples
@given(events=arrivals, cuts=st.sets(st.integers(1, 24)), data=st.data())
def test_duplicates_anywhere_are_harmless(events, cuts, data):
    ids = [new_id() for _ in events]
    (one, one_streams), (other, other_streams) = fresh_streams(), fresh_streams()
    write(*chartings_for(one_streams, events, ids))
    index = st.integers(0, len(events) - 1)
    repeats = data.draw(st.lists(st.tuples(index, index).map(sorted), max_size=10))  # which one, after which one
    arriving: list[Charting] = []
    for now, original in enumerate(chartings_for(other_streams, events, ids)):
        again = [repeated for repeated, after in repeats if after == now]
        arriving += [original, *(chartings_for(other_streams, events, ids)[repeated] for repeated in again)]
    for batch in in_batches(arriving, cuts):
        write(*batch)
    assert content_of(one, one_streams) == content_of(other, other_streams)


@several_examples
@given(events=arrivals, cuts=st.sets(st.integers(1, 24)))
def test_numbers_and_positions_have_no_gaps_and_the_record_is_whole(events, cuts):
    clinic, streams = fresh_streams()
    for batch in in_batches(chartings_for(streams, events, [new_id() for _ in events]), cuts):
        write(*batch)
    stored = list(Event.objects.filter(clinic=clinic).order_by("position"))
    assert [event.position for event in stored] == list(range(1, position_of(clinic) + 1))
    for stream in streams:
        numbers = [event.number for event in stored if event.stream_id == stream.id]
        assert numbers == list(range(1, len(numbers) + 1))
    accepted = sum(value <= 1000 for _, value in events)
    assert len(stored) == accepted
    assert not [problem for problem in verify().problems if "property" in problem]
