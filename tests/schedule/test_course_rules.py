"""The rules of a course for its appointments, as tables; missing is never met; a booking outside them says why."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.schedule.course_rules import CourseTimes, judge_booking, to_answer

FIRST = date(2026, 10, 1)
INDUCTION = (0, 3, 7, 10, 14, 17, 21, 24)


def on_day(*numbers):
    return tuple(FIRST + timedelta(days=number) for number in numbers)


SPRAVATO = CourseTimes(product="spravato", given_on=on_day(*INDUCTION), responded=True, worsened=False)
INFUSIONS = CourseTimes(product="ketamine-injection", given_on=on_day(0, 3, 7, 10), planned_sessions=6, responded=False)


def verdicts(times, **changes):
    return {finding.rule_id: finding.verdict for finding in judge_booking(replace(times, **changes), FIRST)}


@pytest.mark.parametrize(
    ("times", "changes", "rule", "verdict"),
    [
        (SPRAVATO, {"given_on": (), "wanted_on": on_day(*INDUCTION)}, "SC1", "met"),
        (SPRAVATO, {"given_on": (), "wanted_on": on_day(0, 2, 4)}, "SC1", "not met"),
        (SPRAVATO, {"wanted_on": on_day(28, 35, 42, 49)}, "SC1", "met"),
        (SPRAVATO, {"wanted_on": on_day(28, 31)}, "SC1", "not met"),  # week 5: once
        # the clock starts at the first dose: booked for the 1st, begun on the 8th, week 5 begins on the 36th day
        (SPRAVATO, {"given_on": on_day(7), "wanted_on": on_day(28, 31)}, "SC1", "met"),
        (SPRAVATO, {"given_on": ()}, "SC1", None),
        (INFUSIONS, {"wanted_on": on_day(14, 15, 16)}, "SC1", None),
        (SPRAVATO, {"missed_on": on_day(12)}, "SC2", "not met"),
        (SPRAVATO, {}, "SC2", "met"),
        (SPRAVATO, {"missed_on": on_day(60)}, "SC3", "met"),
        (SPRAVATO, {"missed_on": on_day(60), "worsened": True}, "SC3", "not met"),
        (SPRAVATO, {"missed_on": on_day(60), "worsened": None}, "SC3", "missing"),
        (SPRAVATO, {"missed_on": on_day(30), "worsened": True}, "SC3", None),
        (SPRAVATO, {"wanted_on": on_day(52)}, "SC4", "met"),
        (SPRAVATO, {"wanted_on": on_day(53)}, "SC4", "not met"),
        (SPRAVATO, {"wanted_on": on_day(28)}, "SC5", "met"),
        (SPRAVATO, {"wanted_on": on_day(28), "responded": False}, "SC5", "not met"),
        (SPRAVATO, {"wanted_on": on_day(28), "responded": None}, "SC5", "missing"),
        (SPRAVATO, {"wanted_on": on_day(27), "responded": None}, "SC5", None),
        (INFUSIONS, {"wanted_on": on_day(14, 17)}, "SC6", None),
        (INFUSIONS, {"wanted_on": on_day(14, 17, 21)}, "SC6", "not met"),
        (INFUSIONS, {"wanted_on": on_day(14, 17, 21), "responded": True}, "SC6", "met"),
        (INFUSIONS, {"wanted_on": on_day(14, 17, 21), "responded": None}, "SC6", "missing"),
        (INFUSIONS, {"wanted_on": on_day(14), "planned_sessions": None}, "SC6", "missing"),
        (INFUSIONS, {"given_on": on_day(0, 3, 7), "wanted_on": on_day(14, 17, 21, 24)}, "SC6", None),
        (INFUSIONS, {"wanted_on": on_day(*range(14, 26))}, "SC8", "met"),
        (INFUSIONS, {"wanted_on": on_day(*range(14, 27))}, "SC8", "not met"),
        (CourseTimes(), {}, "SC8", None),
    ],
)
def test_a_rule_of_the_course(times, changes, rule, verdict):
    assert verdicts(times, **changes).get(rule) == verdict


def test_a_missed_dose_of_the_first_weeks_only_informs():
    assert not to_answer(judge_booking(replace(SPRAVATO, missed_on=on_day(12)), FIRST))


@settings(deadline=None)
@given(
    st.sampled_from([SPRAVATO, INFUSIONS]),
    st.lists(st.integers(25, 90), min_size=1, max_size=6, unique=True),
    st.lists(st.integers(0, 90), max_size=2),
    st.sampled_from([True, False]),
    st.sampled_from([True, False]),
    st.sampled_from(["responded", "worsened", "planned_sessions", "product"]),
)
def test_removing_a_datum_never_makes_anything_met(times, wanted, missed, responded, worsened, removed):
    known = replace(times, wanted_on=on_day(*wanted), missed_on=on_day(*missed), responded=responded, worsened=worsened)
    before, after = verdicts(known), verdicts(known, **{removed: None})
    assert not [rule for rule, verdict in after.items() if verdict == "met" and before.get(rule, "met") != "met"]
