from datetime import UTC, date, datetime

import pytest

from ketachart.people.commands import register_patient
from ketachart.people.rules import Details
from ketachart.record.identity import new_id
from ketachart.scales import commands
from ketachart.scales.models import Answer, AttentionItem, Response

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def patient(actor):
    details = Details(given_name="Ada", family_name="Example", birth_date=date(1981, 2, 14))
    return register_patient(actor("front_desk"), details=details, at=AT, is_synthetic=True)


@pytest.fixture
def assignment(actor, patient):
    return commands.assign_scale(
        actor("prescriber"), patient_id=patient.id, instrument_id="phq-9", purpose="Baseline", at=AT
    )


@pytest.fixture
def phone(sign_in, patient):
    return sign_in("patient", patient_id=patient.id)


def question(assignment, item):
    return f"/my/questionnaires/{assignment.id}/question/{item}/"


def test_every_question_shows_the_recall_window_and_chooses_nothing(phone, assignment):
    for item in range(1, 10):
        page = phone.get(question(assignment, item)).content.decode()
        assert "Over the last 2 weeks" in page
        assert " checked" not in page
        assert f"Question {item} of 9" in page
        assert "No permission required" in page


def test_a_person_walks_through_the_whole_scale_on_the_phone(phone, assignment):
    start = phone.get(f"/my/questionnaires/{assignment.id}/")
    assert question(assignment, 1) in start.content.decode()
    for item in range(1, 10):
        answered = phone.post(question(assignment, item), {"answer": "1" if item == 1 else "0"})
        assert answered.status_code == 302
    assert answered.url == question(assignment, 10)
    after_last = phone.post(question(assignment, 10), {"answer": "2"})
    assert after_last.url == f"/my/questionnaires/{assignment.id}/review/"
    sent = phone.post(after_last.url)
    done = phone.get(sent.url).content.decode()
    assert "Your answers are with your care team" in done
    assert Response.objects.get().total == 1


def test_one_goes_on_where_one_left_off(phone, assignment):
    phone.post(question(assignment, 1), {"answer": "2"})
    phone.post(question(assignment, 2), {"rather-not": "1"})
    page = phone.get(f"/my/questionnaires/{assignment.id}/").content.decode()
    assert question(assignment, 3) in page
    assert "2 answered, 8 left" in page


def test_going_back_shows_ones_own_answer(phone, assignment):
    phone.post(question(assignment, 1), {"answer": "2"})
    page = phone.get(question(assignment, 1)).content.decode()
    assert page.count(" checked") == 1


def test_next_without_a_choice_says_what_to_do_and_writes_nothing(phone, assignment):
    refused = phone.post(question(assignment, 1), {})
    assert refused.status_code == 422
    assert "Nothing is chosen" in refused.content.decode()
    assert Answer.objects.count() == 0


def test_a_made_up_answer_is_refused_and_writes_nothing(phone, assignment):
    assert phone.post(question(assignment, 1), {"answer": "7"}).status_code == 422
    assert phone.get(question(assignment, 99)).status_code == 404
    assert Answer.objects.count() == 0


def test_thoughts_of_death_show_help_at_once_and_tell_the_team(phone, assignment):
    answered = phone.post(question(assignment, 9), {"answer": "1"})
    assert "/help/9/" in answered.url
    page = phone.get(answered.url).content.decode()
    assert "If you need help now" in page
    assert "local emergency number" in page
    assert AttentionItem.objects.count() == 1


def test_another_persons_questionnaire_is_not_there(sign_in, assignment):
    stranger = sign_in("patient", patient_id=new_id())
    for address in (
        f"/my/questionnaires/{assignment.id}/",
        question(assignment, 1),
        f"/my/questionnaires/{assignment.id}/review/",
        f"/my/questionnaires/{assignment.id}/done/",
    ):
        assert stranger.get(address).status_code == 404
    assert stranger.post(question(assignment, 1), {"answer": "1"}).status_code == 404
    assert Answer.objects.count() == 0


def test_a_patient_cannot_open_staff_pages(phone, patient, assignment):
    for address in (f"/people/{patient.id}/scales/", "/attention/", f"/people/{patient.id}/scales/enter/phq-9/"):
        assert phone.get(address).status_code == 403


def test_staff_see_enter_and_strike(sign_in, patient, assignment):
    nurse = sign_in("nurse")
    entry = f"/people/{patient.id}/scales/enter/phq-9/"
    page = nurse.get(entry).content.decode()
    assert " checked>" not in page
    assert 'checked=""' not in page
    answers = {f"item_{n}": "1" for n in range(1, 10)}
    refused = nurse.post(entry, {**answers, "purpose": "Baseline"})
    assert refused.status_code == 422
    assert refused.content.decode().count(" checked>") == 9  # nothing typed is lost
    saved = nurse.post(entry, {**answers, "purpose": "Baseline", "answered_at": "2026-11-20T09:00"})
    assert saved.status_code == 302
    response = nurse.get(saved.url).content.decode()
    assert "of 27" in response
    assert "not answered" in response
    assert nurse.post(saved.url, {"reason": "wrong person"}).status_code == 302
    overview = nurse.get(f"/people/{patient.id}/scales/").content.decode()
    assert "struck: wrong person" in overview


def test_staff_assign_and_withdraw(sign_in, patient):
    nurse = sign_in("nurse")
    address = f"/people/{patient.id}/scales/assign/"
    assert nurse.post(address, {"instrument_id": "phq-9"}).status_code == 422
    assert nurse.post(address, {"instrument_id": "phq-9", "purpose": "Day 7"}).status_code == 302
    assignment_id = patient_assignments(nurse, patient)
    assert nurse.post(f"/scales/assignments/{assignment_id}/cancel/", {"reason": "twice"}).status_code == 302
    assert "Nothing is waiting" in nurse.get(f"/people/{patient.id}/scales/").content.decode()


def patient_assignments(client, patient):
    from ketachart.scales.models import Assignment

    return Assignment.objects.get(patient_id=patient.id).id


def test_the_inbox_takes_and_closes_with_a_name(sign_in, phone, assignment):
    phone.post(question(assignment, 9), {"answer": "3"})
    prescriber = sign_in("prescriber")
    inbox = prescriber.get("/attention/").content.decode()
    assert "Nobody yet" in inbox
    assert '<span class="muted small">prescriber</span>' in inbox
    item = AttentionItem.objects.get()
    address = f"/attention/{item.id}/"
    assert prescriber.post(f"{address}take/").status_code == 302
    assert "Prescriber Test" in prescriber.get("/attention/").content.decode()
    assert prescriber.post(address, {"what_was_done": ""}).status_code == 422
    done = "Called at once; safe, plan agreed with partner."
    assert prescriber.post(address, {"what_was_done": done}).status_code == 302
    assert done in prescriber.get("/attention/").content.decode()


def test_only_the_clinic_lead_sets_the_crisis_numbers(sign_in):
    assert sign_in("nurse").get("/attention/help-numbers/").status_code == 403
    lead = sign_in("clinic_lead")
    saved = lead.post(
        "/attention/help-numbers/",
        {"crisis_name": "Line (test)", "crisis_contact": "555 0100", "reason": "Called it, answered"},
    )
    assert saved.status_code == 302


def test_pages_stay_within_their_statement_budget(sign_in, actor, patient, count_statements):
    for _ in range(3):
        commands.enter_response(
            actor("nurse"),
            patient_id=patient.id,
            instrument_id="phq-9",
            answers={"1": 1},
            answered_at=AT,
            purpose="x",
        )
    nurse = sign_in("nurse")
    with count_statements() as statements:
        nurse.get(f"/people/{patient.id}/scales/")
    assert len(statements) <= 12, statements.all
