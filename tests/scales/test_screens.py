"""Suicide-risk screens on the phone: what each answer sets in motion, and how urgent it is."""

from datetime import UTC, datetime, timedelta

import pytest

from ketachart.record.identity import new_id
from ketachart.scales import attention, commands, queries
from ketachart.scales.models import Assignment, Response

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def patient_id():
    return new_id()


@pytest.fixture
def person(actor, patient_id):
    return actor("patient", patient_id=patient_id)


@pytest.fixture
def screener(actor, patient_id):
    return commands.assign_scale(
        actor("prescriber"), patient_id=patient_id, instrument_id="c-ssrs-screener", purpose="Before the session", at=AT
    )


def answer(person, assignment, answers):
    for item, value in answers.items():
        commands.record_answer(person, assignment_id=assignment.id, item_id=item, value=value, at=AT)


def matters(actor):
    return [(one.title, one.urgent) for one in queries.open_attention_items(actor("prescriber"))]


@pytest.mark.parametrize(
    ("answers", "title", "urgent"),
    [
        ({"1": 0, "2": 1, "3": 0, "4": 1}, "C-SSRS: high risk (urgent)", True),
        ({"1": 0, "2": 0, "6": 1, "6-recent": 1}, "C-SSRS: high risk (urgent)", True),
        ({"1": 0, "2": 1, "3": 1}, "C-SSRS: moderate risk", False),
        ({"1": 1}, "C-SSRS: low risk", False),
        ({"1": None}, "C-SSRS: not answered, risk not known (urgent)", True),
    ],
)
def test_an_answer_opens_the_matter_of_its_urgency_before_the_form_is_sent(
    person, screener, actor, answers, title, urgent
):
    answer(person, screener, answers)
    assert matters(actor) == [(title, urgent)]
    assert Response.objects.count() == 0


def test_no_to_everything_opens_nothing_and_says_none(person, screener, actor):
    answer(person, screener, {"1": 0, "2": 0, "6": 0})
    response = commands.submit(person, assignment_id=screener.id, at=AT)
    assert (response.total, response.level, response.is_complete) == (None, "none", True)
    assert matters(actor) == []


def test_an_unfinished_screen_that_is_sent_asks_for_a_person(person, screener, actor):
    answer(person, screener, {"1": 0, "2": 0})
    assert commands.submit(person, assignment_id=screener.id, at=AT).level == "indeterminate"
    assert matters(actor) == [("C-SSRS: not answered, risk not known (urgent)", True)]


def test_a_worse_answer_raises_the_matter_and_a_milder_one_changes_nothing(person, screener, actor):
    answer(person, screener, {"2": 1, "3": 1})
    answer(person, screener, {"4": 1})
    answer(person, screener, {"4": 0, "3": 0})
    (item,) = queries.open_attention_items(actor("prescriber"))
    assert (item.title, item.urgent) == ("C-SSRS: high risk (urgent)", True)
    assert "Do not leave" in item.action


def test_a_retracted_intent_still_counts_when_the_branch_is_closed(person, screener, actor):
    answer(person, screener, {"1": 0, "2": 1, "3": 0, "4": 1, "5": 0, "6": 0})
    answer(person, screener, {"2": 0})
    response = commands.submit(person, assignment_id=screener.id, at=AT)
    assert response.level == "high"
    assert response.content.answers["4"] == 1


def test_urgent_matters_get_the_urgent_clock(person, screener, actor):
    attention.set_help_numbers(
        actor("clinic_lead"), at=AT, reason="Agreed by the team", attention_minutes=240, urgent_attention_minutes=15
    )
    answer(person, screener, {"1": 1})
    assert queries.open_attention_items(actor("nurse"))[0].due_at == AT + timedelta(minutes=240)
    answer(person, screener, {"2": 1, "5": 1})
    assert queries.open_attention_items(actor("nurse"))[0].due_at == AT + timedelta(minutes=15)


def test_asq_asked_by_staff_is_acute_with_question_five(actor, patient_id):
    made = commands.enter_response(
        actor("nurse"),
        patient_id=patient_id,
        instrument_id="asq",
        answers={"1": 0, "2": 0, "3": 0, "4": 0, "5": 1},
        answered_at=AT,
        purpose="Before the session",
    )
    assert made.level == "acute"
    assert matters(actor) == [("ASQ: acute positive screen (urgent)", True)]


def test_item_nine_asks_for_the_screener_in_the_same_sitting_and_only_once(person, actor, patient_id):
    phq9 = commands.assign_scale(
        actor("prescriber"), patient_id=patient_id, instrument_id="phq-9", purpose="Day 7", at=AT
    )
    answer(person, phq9, {"9": 1})
    answer(person, phq9, {"9": 2})
    (waiting,) = Assignment.objects.filter(instrument_id="c-ssrs-screener")
    assert (waiting.patient_id, waiting.purpose, waiting.assigned_by_name) == (patient_id, "After PHQ-9", "Safety rule")


def phq9(actor, patient_id, total, at):
    values = [3] * (total // 3) + ([total % 3] if total % 3 else [])
    values = [*([0] * (8 - len(values))), *values, 0] if len(values) < 9 else values
    return commands.enter_response(
        actor("nurse"),
        patient_id=patient_id,
        instrument_id="phq-9",
        answers={str(place): value for place, value in enumerate(values, start=1)},
        answered_at=at,
        purpose="Trend",
    )


@pytest.mark.parametrize(
    ("scores", "opened"), [([10, 14], 0), ([10, 15], 1), ([15, 8, 13], 1), ([8, 10, 12], 0), ([8, 10, 14], 1)]
)
def test_a_rise_from_the_first_or_the_latest_score_opens_a_matter(actor, patient_id, scores, opened):
    for day, total in enumerate(scores):
        phq9(actor, patient_id, total, AT - timedelta(days=30 - 7 * day))
    assert [title for title, _ in matters(actor)] == ["PHQ-9 has risen"] * opened


def test_a_positive_alcohol_screen_opens_a_matter_when_it_is_sent(actor, patient_id):
    commands.enter_response(
        actor("nurse"),
        patient_id=patient_id,
        instrument_id="audit-c",
        answers={"1": 2, "2": 1, "3": 0},
        answered_at=AT,
        purpose="Intake",
    )
    assert matters(actor) == [("Alcohol screen positive", False)]


def test_a_mean_is_kept_with_its_decimal_and_a_sum_stays_whole(actor, patient_id):
    def entered(scale, answers):
        made = commands.enter_response(
            actor("nurse"), patient_id=patient_id, instrument_id=scale, answers=answers, answered_at=AT, purpose="x"
        )
        return repr(Response.objects.get(id=made.id).total)

    assert entered("peg", {"1": 4, "2": 5, "3": 5}) == "4.7"
    assert entered("gad-2", {"1": 1, "2": 1}) == "2"
