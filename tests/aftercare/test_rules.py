"""When a check-in is due and what its answers ask for. An open safety question is never a no."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketachart.aftercare.questions import check_in_knowledge
from ketachart.aftercare.rules import (
    asks_for_a_person,
    check_in_times,
    findings_from,
    is_urgent,
    next_phq9_due,
    problem_with_answers,
    state_of,
)

KNOWLEDGE = check_in_knowledge()
EASTERN = ZoneInfo("America/New_York")
QUESTIONS = [question.id for question in KNOWLEDGE.question]
WELL = {
    question.id: {"yes_no": "no", "severity": "none", "zero_to_ten": "7", "text": None}[question.kind]
    for question in KNOWLEDGE.question
}


def verdicts(answers):
    return {finding.rule_id: finding.verdict for finding in findings_from(answers, KNOWLEDGE)}


def raised(answers):
    return {f.rule_id: is_urgent(f) for f in findings_from(answers, KNOWLEDGE) if asks_for_a_person(f)}


def test_a_check_in_opens_on_the_day_after_by_the_clinics_calendar_and_is_late_after_the_second():
    late_evening = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)  # 22:30 on the 23rd in New York
    times = check_in_times(late_evening, EASTERN, opens_days_after=1, late_after_days=2)
    assert times.opens_at == datetime(2026, 11, 24, 0, 0, tzinfo=EASTERN)
    assert times.late_at == datetime(2026, 11, 26, 0, 0, tzinfo=EASTERN)


def test_a_person_who_is_well_raises_nothing():
    assert set(verdicts(WELL).values()) == {"met"}
    assert raised(WELL) == {}


@pytest.mark.parametrize(
    ("question", "rule", "urgent"),
    [
        ("suicidal_thoughts", "CI01", True),
        ("emergency_signs", "CI02", True),
        ("urinary_symptoms", "CI03", False),
        ("elevated_mood", "CI04", False),
        ("wants_call", "CI07", False),
    ],
)
def test_a_yes_asks_for_a_person(question, rule, urgent):
    assert raised({**WELL, question: "yes"}) == {rule: urgent}


def test_driving_is_seen_but_calls_nobody():
    answers = {**WELL, "drove": "yes"}
    assert verdicts(answers)["CI06"] == "not met"
    assert raised(answers) == {}


@pytest.mark.parametrize("answer", [None, "declined"])
def test_an_open_or_declined_safety_question_asks_for_a_person_and_is_no_no(answer):
    answers = {**WELL, "suicidal_thoughts": answer}
    assert verdicts(answers)["CI01"] == "missing"
    assert raised(answers) == {"CI01": False}


@pytest.mark.parametrize("symptom", ["nausea", "dizziness", "headache", "anxiety", "strange_perception"])
def test_one_severe_side_effect_is_enough_whatever_is_missing_beside_it(symptom):
    assert "CI05" in raised({"suicidal_thoughts": "no", symptom: "severe"})


@given(
    st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(["yes", "no", "none", "severe", "declined", None])),
    st.sampled_from(QUESTIONS),
)
def test_taking_an_answer_away_never_makes_a_finding_met(answers, removed):
    before, after = verdicts(answers), verdicts({**answers, removed: None})
    assert all(before[rule] == "met" for rule, verdict in after.items() if verdict == "met")


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, ""),
        ({"mood": None}, ""),
        ({"mood": "11"}, "mood"),
        ({"suicidal_thoughts": "maybe"}, "suicidal_thoughts"),
        ({"nausea": "yes"}, "nausea"),
        ({"own_words": "x" * 1001}, "own_words"),
        ({"favourite_colour": "blue"}, "favourite_colour"),
    ],
)
def test_what_cannot_be_an_answer_is_refused_with_its_question(answers, field):
    assert problem_with_answers(answers, KNOWLEDGE).field == field


def test_one_answer_is_enough_to_send():
    assert problem_with_answers({"mood": "0"}, KNOWLEDGE) is None


@pytest.mark.parametrize(
    ("hours", "answered", "reviewed", "state"),
    [
        (-1, False, False, "waiting"),
        (0, False, False, "open"),
        (48, False, False, "late"),
        (48, True, False, "answered"),
        (48, True, True, "reviewed"),
    ],
)
def test_the_state_follows_the_clock_until_somebody_answers(hours, answered, reviewed, state):
    opens = datetime(2026, 11, 24, tzinfo=UTC)
    found = state_of(
        opens_at=opens, late_at=opens + timedelta(hours=48), answered=answered, reviewed=reviewed, at=opens + timedelta(hours=hours)
    )  # fmt: skip
    assert found == state


@pytest.mark.parametrize(("days_since_last", "due_in_days"), [(None, 1), (0, 7), (3, 4), (6, 1), (7, 1), (30, 1)])
def test_the_phq9_is_asked_at_most_weekly_and_never_on_the_day(days_since_last, due_in_days):
    discharged = datetime(2026, 11, 23, 20, tzinfo=UTC)
    last = None if days_since_last is None else discharged - timedelta(days=days_since_last)
    assert next_phq9_due(discharged, last) == discharged + timedelta(days=due_in_days)
