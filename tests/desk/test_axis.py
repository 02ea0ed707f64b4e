from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ketachart.desk.axis import LEFT, WIDTH, axis_of
from ketachart.desk.situation import Told

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")


def session(days_ago: float, number: int | None) -> Told:
    return Told("treatment.session_opened", NOW - timedelta(days=days_ago), SimpleNamespace(session_number=number))


def score(days_ago: float, total: int | None) -> Told:
    content = SimpleNamespace(total=total, instrument_id="phq-9", band=None, level=None)
    return Told("scales.submitted", NOW - timedelta(days=days_ago), content)


def test_nothing_to_place_draws_nothing() -> None:
    assert axis_of([], NOW, ZONE) is None
    assert axis_of([Told("people.patient_registered", NOW, SimpleNamespace())], NOW, ZONE) is None


def test_marks_stand_in_the_order_of_time_each_in_its_lane() -> None:
    axis = axis_of([score(30, 21), session(20, 1), session(10, 2), score(5, 9)], NOW, ZONE)
    assert axis is not None
    assert [(lane.id, [mark.text for mark in lane.marks]) for lane in axis.lanes] == [
        ("sessions", ["1", "2"]),
        ("scores", ["21", "9"]),
    ]
    xs = [mark.x for mark in axis.lanes[0].marks]
    assert xs == sorted(xs)


def test_an_incomplete_form_has_no_number() -> None:
    axis = axis_of([score(3, None)], NOW, ZONE)
    assert axis is not None
    assert axis.lanes[0].marks[0].text == ""
    assert "incomplete" in axis.lanes[0].marks[0].title


def test_a_scale_that_gives_a_level_says_it_and_another_scale_says_its_number_only_in_words() -> None:
    level = SimpleNamespace(total=None, instrument_id="c-ssrs-screener", band=None, level="non_acute")
    pain = SimpleNamespace(total=4.7, instrument_id="peg", band=None, level=None)
    axis = axis_of([Told("scales.submitted", NOW, one) for one in (level, pain)], NOW, ZONE)
    assert axis is not None
    marks = axis.lanes[0].marks
    assert [mark.text for mark in marks] == ["", ""]
    assert "C-SSRS screener: non acute" in marks[0].title
    assert "PEG: 4.7" in marks[1].title


def test_a_way_of_three_days_is_not_stretched_over_the_whole_width() -> None:
    axis = axis_of([session(3, 1)], NOW, ZONE)
    assert axis is not None
    assert axis.lanes[0].marks[0].x > LEFT + (WIDTH - LEFT) / 2


@given(st.lists(st.floats(min_value=0, max_value=4000), min_size=1, max_size=30))
def test_every_mark_lies_on_the_axis_and_there_are_few_enough_labels_to_read(days: list[float]) -> None:
    axis = axis_of([session(ago, None) for ago in days], NOW, ZONE)
    assert axis is not None
    assert all(LEFT <= mark.x <= WIDTH for lane in axis.lanes for mark in lane.marks)
    assert sum(tick.large for tick in axis.ticks) <= 24
