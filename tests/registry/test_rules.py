"""The chart never invents, never joins over a gap, and never changes its range."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ketachart.instruments.loader import instruments
from ketachart.registry.rules import DoseMark, Sitting, outcome_chart

PHQ9 = instruments()["phq-9"]
GAD7 = instruments()["gad-7"]
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def sitting(day: float, total: int | None, missed: bool = False) -> Sitting:
    return Sitting(at=START + timedelta(days=day), total=total, missed=missed, sitting_id=f"s{day}")


def dose(day: float) -> DoseMark:
    return DoseMark(at=START + timedelta(days=day), session_number=1, dose_mg=40.0, route="IV")


def test_no_line_crosses_an_incomplete_or_unanswered_form():
    chart = outcome_chart(
        PHQ9, [sitting(0, 20), sitting(7, None), sitting(14, 12), sitting(21, 8)], [], baseline_id="s0"
    )
    assert [(a.sitting.total, b.sitting.total) for a, b in chart.segments] == [(12, 8)]
    assert [gap.sitting.sitting_id for gap in chart.gaps] == ["s7"]
    unanswered = outcome_chart(
        PHQ9, [sitting(0, 20), sitting(7, None, missed=True), sitting(14, 12)], [], baseline_id="s0"
    )
    assert unanswered.segments == ()
    assert [row.what for row in unanswered.rows] == ["score", "missed", "score"]


def test_the_range_is_the_scales_own_whatever_was_scored():
    low = outcome_chart(PHQ9, [sitting(0, 3), sitting(7, 2)], [], baseline_id=None)
    high = outcome_chart(PHQ9, [sitting(0, 27), sitting(7, 0)], [], baseline_id=None)
    assert (low.lowest, low.highest) == (high.lowest, high.highest) == (0, 27)
    assert low.y_ticks == high.y_ticks
    assert [tick.label for tick in low.y_ticks] == ["0", "5", "10", "15", "20", "27"]


def test_response_and_remission_lines_stand_where_the_pinned_baseline_puts_them():
    chart = outcome_chart(PHQ9, [sitting(0, 20), sitting(7, 10)], [], baseline_id="s0")
    assert chart.response.value == 10
    assert chart.remission.value == 5
    at_ten = next(point for point in chart.points if point.sitting.total == 10)
    assert chart.response.y == at_ten.y
    assert chart.remission.y > at_ten.y


def test_without_a_pinned_baseline_there_is_no_response_line_and_no_response():
    chart = outcome_chart(PHQ9, [sitting(0, 20), sitting(7, 4)], [], baseline_id=None)
    assert chart.response is None
    assert [row.response for row in chart.rows] == [None, None]


def test_an_incomplete_form_cannot_be_a_baseline_to_measure_from():
    chart = outcome_chart(PHQ9, [sitting(0, None), sitting(7, 4)], [], baseline_id="s0")
    assert chart.response is None
    assert chart.baseline_total is None


def test_a_score_before_the_baseline_is_no_response():
    chart = outcome_chart(PHQ9, [sitting(0, 5), sitting(7, 20), sitting(14, 10)], [], baseline_id="s7")
    assert [row.response for row in chart.rows] == [None, None, True]


def test_a_scale_without_a_read_remission_cut_shows_no_remission():
    chart = outcome_chart(GAD7, [sitting(0, 15), sitting(7, 2)], [], baseline_id="s0")
    assert chart.remission is None
    assert [row.remission for row in chart.rows] == [None, None]


def test_the_table_says_everything_the_chart_shows_in_the_order_of_time():
    chart = outcome_chart(PHQ9, [sitting(0, 20), sitting(7, 8)], [dose(2), dose(5)], baseline_id="s0")
    assert [row.what for row in chart.rows] == ["score", "dose", "dose", "score"]
    last = chart.rows[-1]
    assert (last.band, last.drop_percent, last.response, last.remission) == ("mild", 60, True, False)


def test_an_empty_record_gives_an_empty_chart():
    chart = outcome_chart(PHQ9, [], [], baseline_id=None)
    assert (chart.points, chart.segments, chart.x_ticks, chart.rows) == ((), (), (), ())


totals = st.none() | st.integers(min_value=0, max_value=27)


@given(
    st.lists(st.tuples(st.integers(0, 400), totals), max_size=20, unique_by=lambda pair: pair[0]),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_every_mark_lies_inside_the_frame_and_every_segment_joins_true_neighbours(pairs, dose_days):
    sittings = [sitting(day, total) for day, total in pairs]
    chart = outcome_chart(PHQ9, sittings, [dose(day) for day in dose_days], baseline_id=None)
    in_time = sorted(sittings, key=lambda s: s.at)
    assert len(chart.points) + len(chart.gaps) == len(sittings)
    for point in chart.points:
        assert chart.left <= point.x <= chart.right_edge
        assert chart.top <= point.y <= chart.bottom_edge
    for one, other in chart.segments:
        assert in_time.index(other.sitting) == in_time.index(one.sitting) + 1
        assert one.sitting.total is not None
        assert other.sitting.total is not None
    xs = [point.x for point in chart.points]
    assert xs == sorted(xs)
    assert len(chart.x_ticks) <= 8


def test_a_reliable_change_is_marked_only_from_a_pinned_baseline_on_and_where_a_source_gives_its_size():
    totals = [sitting(-7, 27), sitting(0, 18), sitting(7, 13), sitting(14, 12), sitting(21, 24), sitting(28, None)]
    marks = [row.reliable for row in outcome_chart(PHQ9, totals, [], baseline_id="s0").rows]
    assert marks == [None, None, None, "better", "worse", None]  # six points or more; five are not
    unpinned = outcome_chart(PHQ9, totals, [], baseline_id=None)
    assert {row.reliable for row in unpinned.rows} == {point.reliable for point in unpinned.points} == {None}
    unsourced = instruments()["audit-c"]
    chart = outcome_chart(unsourced, [sitting(0, 12), sitting(7, 0)], [], baseline_id="s0")
    assert {row.reliable for row in chart.rows} == {None}
