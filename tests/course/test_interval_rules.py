"""How long the effect holds: measured, never assumed; and the rules of Spravato's weeks and of a protocol's steps."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.course.interval_rules import IntervalEvidence, interval_evidence
from ketachart.course.next_session_rules import CourseSoFar, find_for_next_session, weigh_options
from ketachart.course.outcome_rules import ScorePoint, next_session_rules
from ketachart.instruments.loader import instruments

PHQ9 = instruments()["phq-9"]
FIRST = date(2026, 10, 1)


def on_day(number):
    return FIRST + timedelta(days=number)


def measured(sessions, scores, baseline=20):
    return interval_evidence(
        PHQ9,
        baseline,
        [on_day(day) for day in sessions],
        [ScorePoint(taken_on=on_day(day), total=total) for day, total in scores],
    )


@pytest.mark.parametrize(
    ("sessions", "scores", "held", "lost", "longest"),
    [
        ([0, 3], [(4, 9), (10, 9)], 7, None, 7),
        ([0, 3], [(4, 9), (10, 9), (17, 14)], 7, 14, 7),
        ([0, 3, 20], [(17, 9), (30, 14)], 14, 10, None),  # held for 14 days once, lost after 10 another time
        ([0, 3], [(4, 18), (10, 17)], None, None, None),  # never a response: nothing to lose
        ([0, 3], [(4, 9), (10, None)], 1, None, 1),  # an incomplete form says nothing
        ([], [(4, 9)], None, None, None),
        ([5], [(4, 9), (5, 9)], None, None, None),  # a score of the day itself was taken before it could show anything
    ],
)
def test_days_from_a_session_to_a_score_that_is_or_is_no_longer_a_response(sessions, scores, held, lost, longest):
    found = measured(sessions, scores)
    assert (found.held_days, found.lost_days, found.longest_that_holds) == (held, lost, longest)


def test_without_a_baseline_nothing_is_measured():
    assert measured([0], [(4, 9)], baseline=None) == IntervalEvidence()


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=6, unique=True),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 27)), max_size=8, unique_by=lambda pair: pair[0]),
    st.integers(1, 27),
)
def test_what_is_said_to_hold_was_never_seen_to_fail_sooner(sessions, scores, baseline):
    found = measured(sessions, scores, baseline)
    if found.longest_that_holds is not None and found.lost_days is not None:
        assert found.longest_that_holds < found.lost_days


SPRAVATO = CourseSoFar(
    planned_sessions=12,
    session_days=tuple(on_day(day) for day in (0, 3, 7, 10, 14, 17, 21, 24)),
    baseline=ScorePoint(taken_on=on_day(-2), total=20),
    latest=ScorePoint(taken_on=on_day(27), total=9),
    product="spravato",
    dose=Decimal(56),
    steps=(Decimal(56), Decimal(84)),
    interval=IntervalEvidence(responded=True, held_days=3),
)


def verdicts(so_far, day):
    found = find_for_next_session(so_far, rules=next_session_rules(), phq9=PHQ9, on=on_day(day))
    return {finding.rule_id: finding.verdict for finding in found}


@pytest.mark.parametrize(
    ("changes", "day", "rule", "verdict"),
    [
        ({}, 27, "ND15", None),  # week 4 is not over
        ({}, 28, "ND15", "met"),
        ({"latest": ScorePoint(taken_on=on_day(27), total=14)}, 28, "ND15", "not met"),
        ({"latest": None}, 28, "ND15", "missing"),
        ({"baseline": None}, 28, "ND15", "missing"),
        ({"product": "ketamine-injection"}, 28, "ND15", None),
        ({"product": None}, 28, "ND15", None),
        ({}, 52, "ND18", "met"),
        ({}, 53, "ND18", "not met"),
        ({"session_days": ()}, 53, "ND18", None),
        ({}, 28, "ND16", "met"),
        ({"dose": Decimal(84)}, 28, "ND16", "not met"),
        ({"dose": None}, 28, "ND16", "missing"),
        ({"steps": ()}, 28, "ND16", None),
        ({}, 28, "ND17", "met"),
        ({"interval": IntervalEvidence(responded=True, held_days=3, lost_days=9)}, 28, "ND17", "not met"),
        ({"interval": IntervalEvidence()}, 28, "ND17", None),
        ({"interval": None}, 28, "ND17", None),
    ],
)
def test_weeks_steps_and_intervals(changes, day, rule, verdict):
    assert verdicts(replace(SPRAVATO, **changes), day).get(rule) == verdict


def test_no_benefit_after_week_four_speaks_for_stopping_and_against_a_higher_dose():
    so_far = replace(SPRAVATO, latest=ScorePoint(taken_on=on_day(27), total=19), dose=Decimal(84))
    found = find_for_next_session(so_far, rules=next_session_rules(), phq9=PHQ9, on=on_day(28))
    options = {option.choice: option for option in weigh_options(found)}
    assert "ND15" in {finding.rule_id for finding in options["stop"].speaks_for}
    assert {"ND15", "ND16"} <= {finding.rule_id for finding in options["up"].speaks_against}


REMOVABLE = ("baseline", "latest", "last_session", "planned_sessions", "dose", "product", "interval")


@settings(deadline=None)
@given(st.sampled_from(REMOVABLE), st.integers(0, 27), st.integers(20, 80), st.sampled_from([Decimal(56), Decimal(84)]))
def test_removing_a_datum_never_makes_anything_met(removed, score, day, dose):
    so_far = replace(SPRAVATO, latest=ScorePoint(taken_on=on_day(day - 1), total=score), dose=dose)
    before, after = verdicts(so_far, day), verdicts(replace(so_far, **{removed: None}), day)
    assert not [rule for rule, verdict in after.items() if verdict == "met" and before.get(rule, "met") != "met"]
