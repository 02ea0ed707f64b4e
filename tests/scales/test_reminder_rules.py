import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ketachart.scales.reminder_rules import QuietHours, ReminderPlan, next_reminder

NEW_YORK = ZoneInfo("America/New_York")
PLAN = ReminderPlan(quiet_from_hour=21, quiet_until_hour=8, first_after_hours=6, every_hours=24, most=3)
ASKED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in New York


def reminder(plan=PLAN, *, at, sent=0, last=None, closes=None, zone=NEW_YORK):
    return next_reminder(plan, asked_at=ASKED, closes_at=closes, sent=sent, last_sent_at=last, zone=zone, at=at)


def utc(day, hour, minute=0, month=3):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("missing", list(ReminderPlan.__dataclass_fields__))
def test_while_one_of_the_clinics_numbers_is_missing_nobody_is_reminded(missing):
    plan = replace(PLAN, **{missing: None})
    assert reminder(plan, at=utc(2, 21)) is None
    assert plan.missing == (missing,)


@pytest.mark.parametrize(
    ("at", "sent", "last", "closes", "expected"),
    [
        (ASKED, 0, None, None, utc(2, 21)),  # six hours after it was asked
        (utc(2, 22), 0, None, None, utc(2, 22)),  # its turn has come: now
        (utc(3, 3), 0, None, None, utc(3, 13)),  # 22:00 in New York: at eight in the morning
        (utc(3, 13), 1, utc(2, 21), None, utc(3, 21)),
        (utc(3, 13), 3, utc(2, 21), None, None),
        (utc(3, 3), 0, None, utc(3, 13), None),  # over before the quiet hours are
        (utc(3, 3), 0, None, utc(3, 13, 1), utc(3, 13)),
    ],
)
def test_when_the_next_reminder_goes_out(at, sent, last, closes, expected):
    assert reminder(at=at, sent=sent, last=last, closes=closes) == expected


def test_the_persons_own_clock_counts_and_not_the_clinics():
    at = utc(3, 3)  # 22:00 in New York, 19:00 in Los Angeles
    assert reminder(at=at, zone=ZoneInfo("America/Los_Angeles")) == at
    assert reminder(at=at) == utc(3, 13)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (8, utc(8, 12)),  # clocks went forward on 8 March: eight o'clock is an hour earlier in UTC
        (2.5, utc(8, 7, 30)),  # half past two did not exist that day
    ],
)
def test_the_night_the_clocks_go_forward(until, expected):
    assert reminder(replace(PLAN, quiet_until_hour=until), at=utc(8, 4)) == expected


def test_the_night_the_clocks_go_back_is_quiet_both_times():
    quiet = QuietHours(from_hour=21, until_hour=1.5)
    first = utc(1, 5, 30, month=11)  # 01:30 summer time, quiet hours end
    again = utc(1, 6, 10, month=11)  # 01:10 again, by the clock on the wall it is quiet
    assert quiet.end_after(utc(1, 4, month=11), NEW_YORK) == first
    assert quiet.end_after(again, NEW_YORK) == utc(1, 6, 30, month=11)


def test_quiet_hours_of_a_whole_day_mean_never():
    assert QuietHours(from_hour=8, until_hour=8).end_after(ASKED, NEW_YORK) is None
    assert reminder(replace(PLAN, quiet_from_hour=8), at=utc(3, 3)) is None


ZONES = st.sampled_from(
    ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "Pacific/Apia"]
).map(ZoneInfo)
HOURS = st.integers(0, 48).map(lambda half: half / 2)
MINUTES = st.integers(0, 366 * 24 * 60)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


@given(begin=HOURS, end=HOURS, zone=ZONES, minutes=MINUTES)
def test_whatever_the_zone_and_the_date_the_end_of_quiet_hours_is_not_quiet_and_not_past(begin, end, zone, minutes):
    quiet, at = QuietHours(from_hour=begin, until_hour=end), BEGINNING + timedelta(minutes=minutes)
    moment = quiet.end_after(at, zone)
    if begin % 24 == end % 24:
        assert moment is None
        return
    assert moment is not None
    assert at <= moment <= at + timedelta(hours=26)
    hour = moment.astimezone(zone).hour + moment.astimezone(zone).minute / 60
    inside = begin % 24 <= hour < end % 24 if begin % 24 < end % 24 else hour >= begin % 24 or hour < end % 24
    assert not inside


@given(
    begin=HOURS,
    end=HOURS,
    zone=ZONES,
    asked=MINUTES,
    first=st.integers(0, 72),
    every=st.integers(1, 72),
    most=st.integers(0, 5),
    looks=st.lists(st.integers(1, 900), max_size=60),
    closes=st.none() | st.integers(1, 240),
)
def test_however_often_one_looks_nobody_is_reminded_in_quiet_hours_twice_or_too_often(
    begin, end, zone, asked, first, every, most, looks, closes
):
    assume(begin % 24 != end % 24)
    plan = ReminderPlan(
        quiet_from_hour=begin, quiet_until_hour=end, first_after_hours=first, every_hours=every, most=most
    )
    at = asked_at = BEGINNING + timedelta(minutes=asked)
    closes_at = None if closes is None else asked_at + timedelta(hours=closes)
    sent = []
    for minutes in looks:
        at += timedelta(minutes=minutes)
        moment = next_reminder(
            plan,
            asked_at=asked_at,
            closes_at=closes_at,
            sent=len(sent),
            last_sent_at=sent[-1] if sent else None,
            zone=zone,
            at=at,
        )
        assert moment is None or moment >= at
        if moment == at:
            sent.append(at)
    assert len(sent) <= most
    assert all(later - sooner >= timedelta(hours=every) for sooner, later in itertools.pairwise(sent))
    for one in sent:
        assert one >= asked_at + timedelta(hours=first)
        assert closes_at is None or one < closes_at
        hour = one.astimezone(zone).hour + one.astimezone(zone).minute / 60
        low, high = begin % 24, end % 24
        assert not (low <= hour < high if low < high else hour >= low or hour < high)
