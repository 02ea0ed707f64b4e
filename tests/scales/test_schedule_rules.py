from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.instruments.loader import instruments
from ketachart.record.identity import new_id
from ketachart.scales.schedule import Line, schedule
from ketachart.scales.schedule_rules import Anchor, Asked, add_months, due_assignments, state_of, tally

NEW_YORK = ZoneInfo("America/New_York")
SESSION, BOOKING, COURSE = new_id(), new_id(), new_id()
ENDED = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)  # 14:00 in New York

DAY_7 = Line(id="D7", group="day_7", scale="phq-9", counted_from="session", days_after=7, at_most_every_days=7)
BEFORE = Line(id="B", group="before_session", scale="phq-9", counted_from="appointment", opens_hours_before=24)
SERIES = Line(id="E", group="end_of_induction", scale="phq-9", counted_from="series", days_after=1)
MONTHLY = Line(id="M", group="monthly", scale="phq-9", counted_from="series", every_months=1)


def session(**fields):
    return Anchor(**{"id": SESSION, "kind": "session", "at": ENDED, "number": 6, "of": 6, **fields})


def due(lines, anchors, asked=(), *, at, zone=NEW_YORK, tolerance=None):
    found = due_assignments(lines, anchors, asked, zone=zone, days_either_side=tolerance, at=at)
    return [(one.line.id, one.occurrence) for one in found]


@pytest.mark.parametrize(
    ("at", "tolerance", "expected"),
    [
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), None, []),
        (datetime(2026, 3, 9, 4, 0, tzinfo=UTC), None, [("D7", 0)]),  # midnight in New York, on summer time by then
        (datetime(2026, 3, 10, 3, 59, tzinfo=UTC), None, [("D7", 0)]),
        (datetime(2026, 3, 10, 4, 0, tzinfo=UTC), None, []),  # its day is over: it is not asked afterwards
        (datetime(2026, 3, 7, 12, 0, tzinfo=UTC), 2, [("D7", 0)]),
        (datetime(2026, 3, 11, 12, 0, tzinfo=UTC), 2, [("D7", 0)]),
        (datetime(2026, 3, 12, 12, 0, tzinfo=UTC), 2, []),
    ],
)
def test_day_seven_is_the_persons_own_seventh_day_with_the_clinics_tolerance(at, tolerance, expected):
    assert due([DAY_7], [session()], at=at, tolerance=tolerance) == expected


def test_a_tolerance_never_reaches_back_before_the_session():
    line = Line(id="D1", group="day_1", scale="phq-9", counted_from="session", days_after=1)
    assert due([line], [session()], at=ENDED - timedelta(minutes=1), tolerance=3) == []
    assert due([line], [session()], at=ENDED, tolerance=3) == [("D1", 0)]


def test_before_a_session_opens_a_day_ahead_and_ends_when_it_begins():
    booked = Anchor(id=BOOKING, kind="appointment", at=ENDED)
    times = [ENDED - timedelta(hours=24, seconds=1), ENDED - timedelta(hours=24), ENDED - timedelta(seconds=1), ENDED]
    assert [bool(due([BEFORE], [booked], at=at)) for at in times] == [False, True, True, False]


@pytest.mark.parametrize(
    ("number", "of", "expected"),
    [(6, 6, [("E", 0)]), (5, 6, []), (7, 6, []), (None, 6, []), (6, None, []), (None, None, [])],
)
def test_the_end_of_the_series_is_known_only_when_both_numbers_are(number, of, expected):
    assert due([SERIES], [session(number=number, of=of)], at=ENDED + timedelta(days=1)) == expected


def test_every_month_goes_on_until_the_course_is_stopped():
    asked = datetime(2026, 6, 2, 15, 0, tzinfo=UTC)
    assert due([MONTHLY], [session()], at=asked) == [("M", 3)]
    assert due([MONTHLY], [session(ended_at=datetime(2026, 5, 20, tzinfo=UTC))], at=asked) == []


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 15), 1, date(2026, 12, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(day, months, expected):
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([], 1),
        ([Asked(scale="phq-9", due_at=None, waiting=True)], 0),
        ([Asked(scale="gad-7", due_at=None, waiting=True)], 1),
        ([Asked(scale="phq-9", due_at=None, answered_at=datetime(2026, 3, 4, tzinfo=UTC))], 0),
        ([Asked(scale="phq-9", due_at=None, answered_at=datetime(2026, 3, 2, tzinfo=UTC))], 1),
        ([Asked(scale="gad-7", due_at=None, line_id="D7", anchor_id=SESSION)], 0),
        ([Asked(scale="phq-9", due_at=None, line_id="D7", anchor_id=BOOKING)], 1),
    ],
)
def test_a_scale_is_not_asked_twice_nor_sooner_than_its_line_allows(asked, expected):
    assert len(due([DAY_7], [session()], asked, at=datetime(2026, 3, 9, 15, 0, tzinfo=UTC))) == expected


def test_two_lines_that_want_one_scale_at_one_moment_ask_it_once():
    other = Line(id="D7b", group="day_7", scale="phq-9", counted_from="session", days_after=7)
    assert due([DAY_7, other], [session()], at=datetime(2026, 3, 9, 15, 0, tzinfo=UTC)) == [("D7", 0)]


@pytest.mark.parametrize(("indication", "expected"), [("PTSD", 1), ("TRD", 0), (None, 0)])
def test_a_line_for_one_indication_needs_that_indication(indication, expected):
    line = Line(id="P", group="intake", scale="pcl-5", counted_from="course", days_after=0, indications=("PTSD",))
    opened = Anchor(id=COURSE, kind="course", at=ENDED, indication=indication)
    assert len(due([line], [opened], at=ENDED)) == expected


BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: BEGINNING + timedelta(minutes=minutes))
ZONES = st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"])


@given(ended=MOMENTS, zone=ZONES.map(ZoneInfo), steps=st.lists(st.integers(1, 40), max_size=40), wide=st.integers(0, 9))
def test_however_often_one_looks_each_turn_is_asked_once_and_only_in_its_window(ended, zone, steps, wide):
    anchors = [session(at=ended)]
    asked, at = [], ended
    for hours in steps:
        at += timedelta(hours=hours)
        for one in due_assignments(schedule().line, anchors, asked, zone=zone, days_either_side=wide, at=at):
            assert one.window.opens_at <= at < one.window.closes_at
            assert one.window.opens_at < one.window.due_at <= one.window.closes_at
            asked.append(
                Asked(
                    scale=one.line.scale,
                    due_at=one.window.due_at,
                    line_id=one.line.id,
                    anchor_id=one.anchor_id,
                    occurrence=one.occurrence,
                )
            )
    turns = [(one.line_id, one.anchor_id, one.occurrence) for one in asked]
    assert len(turns) == len(set(turns))


def test_every_line_of_the_schedule_names_a_scale_and_a_group_that_are_there():
    for line in schedule().line:
        assert line.scale in instruments(), line.id
        assert schedule().group_with(line.group).setting.startswith("scales.schedule."), line.id


CLOSES = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answered_at", "complete", "withdrawn", "at", "expected"),
    [
        (CLOSES - timedelta(hours=1), True, False, CLOSES, "answered"),
        (CLOSES - timedelta(hours=1), False, False, CLOSES, "incomplete"),
        (CLOSES + timedelta(hours=1), True, False, CLOSES + timedelta(days=1), "late"),
        (CLOSES + timedelta(hours=1), False, False, CLOSES + timedelta(days=1), "late"),
        (None, False, False, CLOSES - timedelta(seconds=1), "waiting"),
        (None, False, False, CLOSES, "missed"),
        (None, False, True, CLOSES, "withdrawn"),
    ],
)
def test_an_answer_counts_in_its_window_and_a_late_one_is_called_late(answered_at, complete, withdrawn, at, expected):
    state = state_of(
        due_at=CLOSES, closes_at=CLOSES, answered_at=answered_at, complete=complete, withdrawn=withdrawn, at=at
    )
    assert state == expected


def test_the_share_is_of_what_was_due_and_nothing_due_has_none():
    assert tally([]).share_percent is None
    assert tally(["waiting", "withdrawn"]).share_percent is None
    counted = tally(["answered", "late", "missed", "incomplete", "waiting", "answered", "missed", "missed"])
    assert (counted.due, counted.answered, counted.share_percent, counted.waiting) == (7, 2, 29, 1)
