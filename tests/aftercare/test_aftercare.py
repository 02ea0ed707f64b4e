"""From discharge to a read check-in: what opens, what raises, what never closes by itself."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ketachart.aftercare import commands, queries
from ketachart.aftercare.models import CheckIn, CheckInResponse
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event
from ketachart.scales.commands import enter_response
from ketachart.scales.models import Assignment, AttentionItem
from tests.course.sessions import give_session

NO = {"suicidal_thoughts": "no", "emergency_signs": "no"}


@pytest.fixture
def check_in(actor, course, vial, write):
    give_session(actor("nurse"), write(course, vial()), clock.now() - timedelta(days=2, hours=3))
    return CheckIn.objects.get()


def patient_of(user_of, check_in):
    return Actor.of(user_of("patient", patient_id=check_in.patient_id))


def test_a_discharge_opens_one_check_in_and_asks_for_one_phq9(actor, course, vial, write, check_in):
    assert Event.objects.filter(kind="aftercare.check_in_opened").count() == 1
    assignment = Assignment.objects.get(instrument_id="phq-9")
    assert assignment.session_id == check_in.session_id


def test_a_second_session_does_not_ask_for_a_second_open_phq9(actor, course, vial, write, check_in):
    plan = course.plans.get()
    give_session(actor("nurse"), plan, clock.now() - timedelta(days=1, hours=6), number=2)
    assert CheckIn.objects.count() == 2
    assert Assignment.objects.filter(instrument_id="phq-9").count() == 1


def test_after_a_recent_phq9_the_next_is_due_a_week_later(actor, course, vial, write):
    answered = clock.now() - timedelta(days=3)
    enter_response(
        actor("nurse"), patient_id=course.patient_id, instrument_id="phq-9",
        answers={str(n): 1 for n in range(1, 10)}, answered_at=answered, purpose="Baseline",
    )  # fmt: skip
    give_session(actor("nurse"), write(course, vial()), clock.now() - timedelta(days=1, hours=6))
    due = Assignment.objects.get(status="open").due_at
    assert abs(due - (answered + timedelta(days=7))) < timedelta(seconds=1)


def test_answers_on_the_phone_are_kept_as_given_with_who_and_how(check_in, user_of):
    patient = patient_of(user_of, check_in)
    response, _ = commands.answer_check_in(
        patient, check_in_id=check_in.id, answers={**NO, "mood": "7"}, at=clock.now()
    )
    assert response.content.mode == "self"
    assert response.content.answers["mood"] == "7"
    assert response.content.answers["nausea"] is None
    assert AttentionItem.objects.count() == 0


def test_a_yes_to_the_safety_question_opens_an_urgent_matter_that_reading_does_not_close(check_in, user_of, actor):
    patient = patient_of(user_of, check_in)
    commands.answer_check_in(
        patient, check_in_id=check_in.id, answers={**NO, "suicidal_thoughts": "yes"}, at=clock.now()
    )
    commands.review_check_in(actor("nurse"), check_in_id=check_in.id, at=clock.now())
    item = AttentionItem.objects.get()
    assert (item.rule_id, item.urgent, item.status) == ("CI01", True, "open")


def test_an_unanswered_safety_question_asks_for_a_person_too(check_in, actor):
    commands.answer_check_in(actor("nurse"), check_in_id=check_in.id, answers={"mood": "5"}, at=clock.now())
    assert AttentionItem.objects.get().rule_id == "CI01"


def test_nonsense_is_refused_and_nothing_is_written(check_in, actor):
    with pytest.raises(Refused) as refused:
        commands.answer_check_in(actor("nurse"), check_in_id=check_in.id, answers={"mood": "99"}, at=clock.now())
    assert refused.value.field == "mood"
    assert not CheckInResponse.objects.exists()
    assert not AttentionItem.objects.exists()
    assert not Event.objects.filter(kind="aftercare.check_in_answered").exists()


def test_another_patient_and_another_clinic_find_nothing(check_in, user_of, other_clinic, person, actor):
    other = person("Other", given_name="Zoe")
    from ketachart.record.models import User

    user = User.objects.create(username="zoe", role="patient", clinic_id=other.clinic_id, patient_id=other.id)
    stranger = Actor.of(user_of("nurse", at=other_clinic))
    for who in (Actor.of(user), stranger):
        with pytest.raises(Refused) as refused:
            commands.answer_check_in(who, check_in_id=check_in.id, answers=NO, at=clock.now())
        assert refused.value.status == 404
    with pytest.raises(NotAllowed):
        commands.answer_check_in(actor("biller"), check_in_id=check_in.id, answers=NO, at=clock.now())
    assert not CheckInResponse.objects.exists()


def test_a_call_that_reached_nobody_is_charted_and_the_check_in_stays_on_the_list(check_in, actor):
    nurse = actor("nurse")
    commands.note_call(nurse, check_in_id=check_in.id, note="no answer at 10:20", at=clock.now())
    work = queries.work_list(nurse, check_in.late_at)
    assert [line.check_in.calls_tried for line in work.late] == [1]
    assert Event.objects.filter(kind="aftercare.call_tried").count() == 1


def test_the_list_moves_from_open_to_came_in_to_gone(check_in, actor):
    nurse, now = actor("nurse"), clock.now()
    assert len(queries.work_list(nurse, now).open) == 1
    commands.answer_check_in(nurse, check_in_id=check_in.id, answers={**NO, "wants_call": "yes"}, at=now)
    work = queries.work_list(nurse, now)
    assert [f.rule_id for f in work.came_in[0].raised] == ["CI07"]
    commands.review_check_in(nurse, check_in_id=check_in.id, at=now)
    work = queries.work_list(nurse, now)
    assert (work.open, work.came_in, work.late) == ([], [], [])


def test_the_list_costs_the_same_for_one_and_for_many(actor, course, vial, write, check_in, count_statements):
    nurse, plan = actor("nurse"), course.plans.get()
    with count_statements() as one:
        queries.work_list(nurse, clock.now())
    for number in range(2, 6):
        give_session(nurse, plan, clock.now() - timedelta(days=1, hours=number), number=number)
    with count_statements() as many:
        queries.work_list(nurse, clock.now())
    assert len(many) == len(one) <= 5


def test_the_answers_reach_the_next_session_decision(check_in, actor, course):
    from ketachart.course.decision_page import decision_context

    answers = {**NO, "suicidal_thoughts": "no", "urinary_symptoms": "yes"}
    commands.answer_check_in(actor("nurse"), check_in_id=check_in.id, answers=answers, at=clock.now())
    shown = decision_context(actor("prescriber"), course, check_in.session_id, on=clock.now().date())
    assert (shown.so_far.urinary_symptoms, shown.so_far.suicidal_thoughts, shown.so_far.check_in_answered) == (
        True,
        False,
        True,
    )


def test_on_the_phone_nothing_is_chosen_and_a_dangerous_answer_shows_help_at_once(sign_in, check_in):
    client = sign_in("patient", patient_id=check_in.patient_id)
    page = client.get(reverse("aftercare:mine")).content.decode()
    assert "checked" not in page
    response = client.post(reverse("aftercare:mine"), {"suicidal_thoughts": "yes"})
    assert "If you need help now" in response.content.decode()
    assert CheckInResponse.objects.count() == 1
    assert "Nothing to answer now" in client.get(reverse("aftercare:mine")).content.decode()


def test_an_empty_form_is_refused_on_the_phone(sign_in, check_in):
    response = sign_in("patient", patient_id=check_in.patient_id).post(reverse("aftercare:mine"), {})
    assert response.status_code == 422
    assert "No question is answered yet" in response.content.decode()


def test_the_nurse_walks_from_the_list_through_the_call(sign_in, check_in):
    client = sign_in("nurse")
    assert "Ada Test" in client.get(reverse("aftercare:work_list")).content.decode()
    assert client.get(reverse("aftercare:check_in", args=[check_in.id])).status_code == 200
    page = reverse("aftercare:call", args=[check_in.id])
    assert client.get(page).status_code == 200
    assert client.post(page, {"suicidal_thoughts": "no", "nausea": "severe"}).status_code == 302
    text = client.get(reverse("aftercare:check_in", args=[check_in.id])).content.decode()
    assert "No severe side effect after leaving" in text
    assert client.post(reverse("aftercare:review", args=[check_in.id]), {"note": ""}).status_code == 302
    assert client.get(reverse("aftercare:patient", args=[check_in.patient_id])).status_code == 200
    assert sign_in("front_desk").get(reverse("aftercare:work_list")).status_code == 403
