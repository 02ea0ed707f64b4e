"""Slots never share a room, a person or a patient; a series falls on its weekdays; clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.schedule.rules import (
    NEXT_STATUS,
    Slot,
    day_bounds,
    fasting_clock,
    first_clash,
    local_moment,
    may_become,
    overlaps,
    series_days,
    week_of,
)

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
PACIFIC = ZoneInfo("America/Los_Angeles")


def slot(begin: float, end: float, **who) -> Slot:
    return Slot(starts_at=NINE + timedelta(hours=begin), ends_at=NINE + timedelta(hours=end), **who)


@pytest.mark.parametrize(
    ("wanted", "other", "taken"),
    [
        (slot(0, 2, room="a"), slot(1, 3, room="a"), "room"),
        (slot(0, 2, room="a"), slot(1, 3, room="b"), None),
        (slot(0, 2, room="a", staff="x"), slot(1, 3, room="b", staff="x"), "staff"),
        (slot(0, 2, patient="p"), slot(1, 3, patient="p"), "patient"),
        (slot(0, 1, room="a"), slot(1, 2, room="a"), None),
        (slot(0, 4, room="a"), slot(1, 2, room="a"), "room"),
        (slot(0, 2), slot(1, 3), None),
    ],
)
def test_what_is_taken_is_named(wanted, other, taken):
    clash = first_clash(wanted, [other])
    assert (clash.taken if clash else None) == taken


def test_the_earliest_blocking_slot_is_the_one_that_is_named():
    late, early = slot(2, 3, room="a", label="late"), slot(1, 2, room="a", label="early")
    assert first_clash(slot(0, 4, room="a"), [late, early]).by.label == "early"


def test_a_room_with_two_chairs_takes_two_and_refuses_the_third_at_one_moment():
    first, second = slot(0, 2, room="a"), slot(1, 3, room="a")
    assert first_clash(slot(0, 4, room="a"), [first], chairs=2) is None
    assert first_clash(slot(0, 4, room="a"), [first, second], chairs=2).by == second
    assert first_clash(slot(2, 4, room="a"), [first, second], chairs=2) is None
    one_after_the_other = [slot(0, 1, room="a"), slot(1, 2, room="a")]
    assert first_clash(slot(0, 2, room="a"), one_after_the_other, chairs=2) is None


@given(st.integers(0, 20), st.integers(1, 5), st.integers(0, 20), st.integers(1, 5))
def test_overlap_is_symmetric_and_means_a_shared_minute(begin, length, other_begin, other_length):
    one, other = slot(begin, begin + length), slot(other_begin, other_begin + other_length)
    shared = set(range(begin, begin + length)) & set(range(other_begin, other_begin + other_length))
    assert overlaps(one, other) == overlaps(other, one) == bool(shared)


def test_twice_a_week_for_three_weeks_is_six_days():
    days = series_days(date(2026, 11, 23), (0, 3), 6)
    assert [day.isoformat() for day in days] == [
        "2026-11-23", "2026-11-26", "2026-11-30", "2026-12-03", "2026-12-07", "2026-12-10",
    ]  # fmt: skip


def test_a_series_does_not_begin_on_a_day_that_is_not_one_of_its_weekdays():
    assert series_days(date(2026, 11, 24), (0, 3), 6) == []
    assert series_days(date(2026, 11, 23), (), 6) == []
    assert series_days(date(2026, 11, 23), (0,), 0) == []


def test_a_series_keeps_its_wall_clock_time_over_the_change_of_clocks():
    before, after = (local_moment(day, time(9), PACIFIC) for day in (date(2026, 10, 30), date(2026, 11, 2)))
    assert (before.astimezone(UTC).hour, after.astimezone(UTC).hour) == (16, 17)


def test_a_time_that_the_clocks_skip_does_not_exist():
    assert local_moment(date(2027, 3, 14), time(2, 30), PACIFIC) is None
    assert local_moment(date(2027, 3, 14), time(3, 30), PACIFIC) is not None


def test_the_day_of_the_change_of_clocks_has_25_hours():
    begin, end = day_bounds(date(2026, 11, 1), PACIFIC)
    assert end.astimezone(UTC) - begin.astimezone(UTC) == timedelta(hours=25)


def test_a_week_runs_from_monday_to_sunday():
    assert (week_of(date(2026, 11, 22))[0], week_of(date(2026, 11, 22))[6]) == (date(2026, 11, 16), date(2026, 11, 22))


@pytest.mark.parametrize(
    ("status", "following", "allowed"),
    [
        ("booked", "arrived", True),
        ("booked", "no_show", True),
        ("no_show", "arrived", True),
        ("cancelled", "arrived", False),
        ("cancelled", "booked", False),
        ("arrived", "no_show", False),
        ("arrived", "booked", False),
        ("unheard of", "arrived", False),
    ],
)
def test_an_appointment_only_becomes_what_it_can(status, following, allowed):
    assert may_become(status, following) is allowed


def test_a_cancelled_appointment_stays_cancelled():
    assert NEXT_STATUS["cancelled"] == ()


def test_without_hours_set_by_the_clinic_there_is_no_fasting_clock():
    clock = fasting_clock(NINE, None, None)
    assert (clock.last_food_at, clock.last_clear_fluid_at) == (None, None)
    assert fasting_clock(NINE, 6, 2).last_food_at == NINE - timedelta(hours=6)
