from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ketachart.knowledge.site_settings import SiteSetting, site_settings
from ketachart.policy.rules import (
    Entry,
    SiteValues,
    checked_reason,
    checked_value,
    entry_in_force,
    periods,
    starts_in_the_past,
    values_in_force,
)
from ketachart.record.errors import Refused

DOSE = "course.iv.maximum_dose_mg"


def wrote(value, valid_from, day_written, setting=DOSE):
    return Entry(
        setting=setting,
        value=value,
        unit="mg",
        reason="policy 7",
        valid_from=date.fromisoformat(valid_from),
        set_at=datetime.fromisoformat(f"{day_written}T12:00:00+00:00"),
        set_by_name="Lead",
    )


FIRST = wrote(80.0, "2026-01-01", "2025-12-20")
LATER = wrote(100.0, "2026-06-01", "2026-05-20")
WITHDRAWN = wrote(None, "2026-09-01", "2026-08-20")
BACKDATED = wrote(60.0, "2026-03-01", "2026-07-10")
ALL = [LATER, WITHDRAWN, FIRST, BACKDATED]


@pytest.mark.parametrize(
    ("on", "value"),
    [
        ("2025-12-31", None),
        ("2026-01-01", 80),
        ("2026-02-28", 80),
        ("2026-03-01", 60),
        ("2026-05-31", 60),
        ("2026-06-01", 100),
        ("2026-08-31", 100),
        ("2026-09-01", None),
        ("2030-01-01", None),
    ],
)
def test_the_value_of_a_day_is_the_one_that_began_last(on, value):
    assert values_in_force(ALL, [DOSE], date.fromisoformat(on)).value(DOSE) == value


def test_what_was_known_on_a_past_day_leaves_out_what_was_written_later():
    on, known = date(2026, 4, 1), datetime(2026, 4, 1, 23, tzinfo=UTC)
    assert values_in_force(ALL, [DOSE], on, known).value(DOSE) == 80
    assert values_in_force(ALL, [DOSE], on).value(DOSE) == 60
    assert values_in_force(ALL, [DOSE], date(2027, 1, 1), known).value(DOSE) == 80


def test_of_two_entries_for_one_day_the_one_written_later_holds():
    again = wrote(90.0, "2026-06-01", "2026-05-21")
    assert entry_in_force([again, LATER], date(2026, 6, 1)) is again
    assert [(one.entry.value, one.since.isoformat()) for one in periods([again, LATER])] == [(90.0, "2026-06-01")]


def test_periods_cover_every_day_from_the_first_on_once():
    found = [(one.entry.value, one.since.isoformat(), one.until and one.until.isoformat()) for one in periods(ALL)]
    assert found == [
        (80.0, "2026-01-01", "2026-02-28"),
        (60.0, "2026-03-01", "2026-05-31"),
        (100.0, "2026-06-01", "2026-08-31"),
        (None, "2026-09-01", None),
    ]


FIRST_DAY, FIRST_MOMENT = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)
WRITTEN = st.tuples(st.sampled_from([None, 80.0, 100.0]), st.integers(0, 20), st.integers(0, 40))
ENTRIES = st.lists(WRITTEN, max_size=8, unique_by=lambda one: one[2]).map(
    lambda drawn: [
        Entry(DOSE, value, "mg", "a reason", FIRST_DAY + timedelta(days), FIRST_MOMENT + timedelta(hours=hour), "Lead")
        for value, days, hour in drawn
    ]
)
DAYS = st.integers(-1, 21).map(lambda days: FIRST_DAY + timedelta(days))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ENTRIES, DAYS)
def test_a_day_lies_in_the_period_of_the_entry_in_force_and_in_no_other(entries, on):
    holding = [one.entry for one in periods(entries) if one.since <= on and (one.until is None or on <= one.until)]
    entry = entry_in_force(entries, on)
    assert holding == ([] if entry is None else [entry])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ENTRIES, DAYS)
def test_the_order_in_which_entries_arrive_does_not_matter(entries, on):
    assert entry_in_force(entries[::-1], on) == entry_in_force(entries, on)


def test_asking_for_a_setting_that_nobody_declared_is_an_error_and_never_an_empty_answer():
    values = SiteValues({}, [DOSE])
    assert values.number(DOSE) is None
    for ask in (values.value, values.number, values.text, values.yes, values.__getitem__):
        with pytest.raises(LookupError, match="maximum_dos"):
            ask("course.iv.maximum_dos")


NUMBER = site_settings()[DOSE]
YES_NO = SiteSetting(
    id="x.y.z",
    title="Z",
    kind="yes-no",
    explanation="e",
    used_by=("x",),
    source=NUMBER.source,
    effective_from=date(2025, 1, 1),
)


@pytest.mark.parametrize("value", [0, -5, 10_000, float("nan"), float("inf"), True, "80", None])
def test_a_number_that_cannot_be_meant_is_refused(value):
    with pytest.raises(Refused) as refused:
        checked_value(NUMBER, value)
    assert refused.value.field == "value"
    assert refused.value.fix


def test_a_number_is_kept_as_it_was_typed():
    assert checked_value(NUMBER, 82.5) == 82.5


@pytest.mark.parametrize("value", ["yes", 1, None, ""])
def test_yes_or_no_is_one_of_two_and_never_guessed(value):
    with pytest.raises(Refused):
        checked_value(YES_NO, value)
    assert checked_value(YES_NO, False) is False


@pytest.mark.parametrize("reason", ["", "   ", "because"])
def test_a_value_without_a_reason_is_refused(reason):
    with pytest.raises(Refused) as refused:
        checked_reason(reason)
    assert refused.value.field == "reason"


def test_a_past_day_is_refused_until_somebody_says_that_it_is_meant():
    today = date(2026, 11, 22)
    assert starts_in_the_past(today, today, said_so=False) is False
    assert starts_in_the_past(date(2026, 11, 21), today, said_so=True) is True
    with pytest.raises(Refused) as refused:
        starts_in_the_past(date(2026, 11, 21), today, said_so=False)
    assert refused.value.field == "valid_from"
