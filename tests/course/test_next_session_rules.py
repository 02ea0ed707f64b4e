"""The next-session decision as a table of cases, with every value missing once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.course.next_session_rules import CHOICES, CourseSoFar, find_for_next_session, weigh_options
from ketachart.course.outcome_rules import ScorePoint, is_remission, is_response, next_session_rules, response_line
from ketachart.course.session_evidence import Peak, SessionEvidence, SymptomSeen
from ketachart.instruments.loader import instruments

RULES = next_session_rules()
PHQ9 = instruments()["phq-9"]
TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUIET = SessionEvidence(
    session_number=2,
    planned_dose_mg=40,
    planned_mg_per_kg=0.5,
    baseline_systolic_mmhg=124,
    baseline_diastolic_mmhg=80,
    peak_systolic=Peak(value=140, at=NOON),
    peak_diastolic=Peak(value=90, at=NOON),
    lowest_spo2=Peak(value=96, at=NOON),
    discharged_at=NOON,
)
WELL = CourseSoFar(
    planned_sessions=6,
    session_days=(TODAY - timedelta(days=5), TODAY - timedelta(days=2)),
    baseline=ScorePoint(taken_on=TODAY - timedelta(days=10), total=20),
    latest=ScorePoint(taken_on=TODAY - timedelta(days=1), total=10),
    last_session=QUIET,
    urinary_symptoms=False,
    suicidal_thoughts=False,
    check_in_answered=True,
)


def verdicts(so_far: CourseSoFar) -> dict[str, str]:
    return {f.rule_id: f.verdict for f in find_for_next_session(so_far, rules=RULES, phq9=PHQ9, on=TODAY)}


@pytest.mark.parametrize(
    ("baseline", "now", "response", "remission"),
    [
        (20, 10, True, False),
        (15, 10, False, False),
        (0, 0, None, True),
        (20, 4, True, True),
        (9, 4, True, True),
        (9, 5, False, False),
    ],
)
def test_response_and_remission_of_the_published_cases(baseline, now, response, remission):
    assert is_response(PHQ9, baseline, now) is response
    assert is_remission(PHQ9, now) is remission


def test_a_baseline_of_zero_has_no_line():
    assert response_line(PHQ9, 0) is None
    assert response_line(PHQ9, 20) == 10


def test_an_incomplete_form_is_no_score():
    assert is_response(PHQ9, 20, None) is None
    assert is_response(PHQ9, None, 10) is None
    assert is_remission(PHQ9, None) is None


def test_a_person_who_does_well_has_only_remission_outstanding():
    assert {rule for rule, verdict in verdicts(WELL).items() if verdict != "met"} == {"ND03"}


@pytest.mark.parametrize(
    ("change", "rule", "verdict"),
    [
        ({"latest": ScorePoint(taken_on=TODAY - timedelta(days=15), total=10)}, "ND01", "not met"),
        ({"latest": ScorePoint(taken_on=TODAY + timedelta(days=1), total=10)}, "ND01", "not met"),
        ({"latest": ScorePoint(taken_on=TODAY, total=None)}, "ND01", "missing"),
        ({"latest": ScorePoint(taken_on=TODAY, total=25)}, "ND04", "not met"),
        ({"latest": ScorePoint(taken_on=TODAY, total=24)}, "ND04", "met"),
        ({"baseline": None}, "ND02", "missing"),
        ({"last_session": None}, "ND05", "missing"),
        ({"last_session": replace(QUIET, peak_systolic=Peak(value=180, at=NOON))}, "ND05", "not met"),
        (
            {"last_session": replace(QUIET, peak_diastolic=Peak(value=110, at=NOON), peak_systolic=None)},
            "ND05",
            "not met",
        ),
        ({"last_session": replace(QUIET, peak_systolic=None)}, "ND05", "missing"),
        ({"last_session": replace(QUIET, peak_systolic=Peak(value=164, at=NOON))}, "ND06", "not met"),
        ({"last_session": replace(QUIET, baseline_diastolic_mmhg=None)}, "ND06", "missing"),
        ({"last_session": replace(QUIET, lowest_spo2=Peak(value=92, at=NOON))}, "ND07", "not met"),
        ({"last_session": replace(QUIET, lowest_spo2=None)}, "ND07", "missing"),
        (
            {"last_session": replace(QUIET, symptoms=(SymptomSeen(symptom="nausea", severity="severe", at=NOON),))},
            "ND08",
            "not met",
        ),
        (
            {"last_session": replace(QUIET, symptoms=(SymptomSeen(symptom="nausea", severity=None, at=NOON),))},
            "ND08",
            "missing",
        ),
        ({"last_session": replace(QUIET, discharged_at=None)}, "ND08", "missing"),
        ({"urinary_symptoms": True}, "ND09", "not met"),
        ({"urinary_symptoms": None}, "ND09", "missing"),
        ({"suicidal_thoughts": True}, "ND10", "not met"),
        ({"suicidal_thoughts": None}, "ND10", "missing"),
        ({"check_in_answered": False}, "ND11", "missing"),
        ({"planned_sessions": 2}, "ND12", "not met"),
        ({"planned_sessions": None}, "ND12", "missing"),
    ],
)
def test_each_finding_by_itself(change, rule, verdict):
    assert verdicts(replace(WELL, **change))[rule] == verdict


def test_after_a_full_series_without_response_continuing_is_argued_against():
    days = tuple(TODAY - timedelta(days=3 * n) for n in range(6))
    failed = replace(WELL, session_days=days, latest=ScorePoint(taken_on=TODAY, total=18))
    options = {o.choice: o for o in weigh_options(find_for_next_session(failed, rules=RULES, phq9=PHQ9, on=TODAY))}
    assert "ND13" in {f.rule_id for f in options["continue"].speaks_against}
    assert "ND13" in {f.rule_id for f in options["stop"].speaks_for}


def test_suicidal_thoughts_speak_for_holding_the_dose_and_against_just_stopping():
    options = {
        o.choice: o
        for o in weigh_options(
            find_for_next_session(replace(WELL, suicidal_thoughts=True), rules=RULES, phq9=PHQ9, on=TODAY)
        )
    }
    assert "ND10" in {f.rule_id for f in options["hold"].speaks_for}
    assert "ND10" in {f.rule_id for f in options["stop"].speaks_against}


def test_what_nobody_knows_is_listed_with_the_choices_it_would_bear_on():
    unknown = weigh_options(find_for_next_session(CourseSoFar(), rules=RULES, phq9=PHQ9, on=TODAY))
    assert [o.choice for o in unknown] == list(CHOICES)
    assert {"ND09", "ND10", "ND05"} <= {f.rule_id for f in unknown[1].not_known}


scores = st.none() | st.builds(
    ScorePoint, taken_on=st.just(TODAY), total=st.none() | st.integers(min_value=0, max_value=27)
)
peaks = st.none() | st.builds(Peak, value=st.integers(min_value=60, max_value=250), at=st.just(NOON))
evidence = st.none() | st.builds(
    SessionEvidence,
    baseline_systolic_mmhg=st.none() | st.integers(min_value=80, max_value=200),
    baseline_diastolic_mmhg=st.none() | st.integers(min_value=40, max_value=120),
    peak_systolic=peaks,
    peak_diastolic=peaks,
    lowest_spo2=peaks,
    discharged_at=st.none() | st.just(NOON),
)
states = st.builds(
    CourseSoFar,
    planned_sessions=st.none() | st.integers(min_value=1, max_value=12),
    session_days=st.just(WELL.session_days),
    baseline=scores,
    latest=scores,
    last_session=evidence,
    urinary_symptoms=st.none() | st.booleans(),
    suicidal_thoughts=st.none() | st.booleans(),
    check_in_answered=st.none() | st.booleans(),
)
FIELDS = [
    "planned_sessions",
    "baseline",
    "latest",
    "last_session",
    "urinary_symptoms",
    "suicidal_thoughts",
    "check_in_answered",
]


@given(so_far=states, removed=st.sampled_from(FIELDS))
def test_taking_a_value_away_never_makes_a_finding_met(so_far, removed):
    before, after = verdicts(so_far), verdicts(replace(so_far, **{removed: None}))
    assert all(before.get(rule) == "met" for rule, verdict in after.items() if verdict == "met")
