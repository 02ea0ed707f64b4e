"""Every self-rated scale on the phone, every scale in the staff form: one generic page each."""

import re
from datetime import UTC, date, datetime

import pytest

from ketachart.instruments.loader import instruments
from ketachart.people.commands import register_patient
from ketachart.people.rules import Details
from ketachart.scales import commands
from ketachart.scales.models import Assignment, Response

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SHIPPED = [one for one in instruments().values() if one.verdict == "FULL"]
ON_THE_PHONE = [one for one in SHIPPED if one.mode == "self"]


@pytest.fixture
def patient(actor):
    details = Details(given_name="Ada", family_name="Example", birth_date=date(1981, 2, 14))
    return register_patient(actor("front_desk"), details=details, at=AT, is_synthetic=True)


@pytest.fixture
def phone(sign_in, patient):
    return sign_in("patient", patient_id=patient.id)


def assigned(actor, patient, scale):
    return commands.assign_scale(
        actor("nurse"), patient_id=patient.id, instrument_id=scale.id, purpose="Baseline", at=AT
    )


def walk(phone, assignment, scale, choose):
    """Through every question that comes, as a person does; the questions that were asked."""
    base = f"/my/questionnaires/{assignment.id}/"
    at = f"{base}question/{scale.item[0].id}/"
    asked = []
    while "/question/" in at:
        item = scale.item_with(re.search(r"/question/([^/]+)/", at)[1])
        page = phone.get(at).content.decode()
        assert scale.window_of(item).lower() in page.lower() or scale.stem in page
        assert " checked>" not in page
        asked.append(item.id)
        answered = phone.post(at, {"answer": str(choose(item))})
        assert answered.status_code == 302
        at = answered.url
        if "/help/" in at:
            onward = re.search(rf'href="({base}(?:question/[^"]+|review/))"', phone.get(at).content.decode())
            at = onward[1]
    assert at == f"{base}review/"
    assert phone.post(at).status_code == 302
    return asked


@pytest.mark.parametrize("scale", ON_THE_PHONE, ids=lambda one: one.id)
def test_every_self_rated_scale_is_answered_and_scored_on_the_phone(scale, actor, patient, phone):
    assignment = assigned(actor, patient, scale)
    asked = walk(phone, assignment, scale, lambda item: scale.options_of(item)[-1].value)
    response = Response.objects.get(assignment=assignment)
    assert response.is_complete
    assert set(response.content.answers) == set(asked)
    done = phone.get(f"/my/questionnaires/{assignment.id}/done/").content.decode()
    assert "Your answers are with your care team" in done
    assert "None" not in done


def test_the_screener_skips_three_to_five_after_a_no_to_two(actor, patient, phone):
    scale = instruments()["c-ssrs-screener"]
    assignment = assigned(actor, patient, scale)
    assert walk(phone, assignment, scale, lambda item: 0) == ["1", "2", "6"]
    assert Response.objects.get(assignment=assignment).level == "none"


def test_a_yes_to_a_safety_question_shows_whom_to_call_before_the_next_one(actor, patient, phone):
    assignment = assigned(actor, patient, instruments()["c-ssrs-screener"])
    question = f"/my/questionnaires/{assignment.id}/question/"
    answered = phone.post(f"{question}1/", {"answer": "1"})
    assert answered.url.endswith("/help/1/")
    page = phone.get(answered.url).content.decode()
    assert "If you need help now" in page
    assert f"{question}2/" in page
    assert phone.post(f"{question}2/", {"answer": "0"}).url == f"{question}6/"


def test_an_answer_that_only_asks_for_a_review_shows_no_crisis_card(actor, patient, phone):
    assignment = assigned(actor, patient, instruments()["pcl-5"])
    answered = phone.post(f"/my/questionnaires/{assignment.id}/question/16/", {"answer": "4"})
    assert "/help/" not in answered.url


def test_item_nine_leads_to_the_screener_in_the_same_sitting(actor, patient, phone):
    scale = instruments()["phq-9"]
    assignment = assigned(actor, patient, scale)
    assigned(actor, patient, instruments()["gad-7"])
    walk(phone, assignment, scale, lambda item: 1)
    screener = Assignment.objects.get(instrument_id="c-ssrs-screener")
    done = phone.get(f"/my/questionnaires/{assignment.id}/done/").content.decode()
    assert f"/my/questionnaires/{screener.id}/" in done


@pytest.mark.parametrize("typed", ["", "101", "-1", "3.5", "much"])
def test_a_number_outside_the_line_is_refused_with_what_would_be_right(actor, patient, phone, typed):
    assignment = assigned(actor, patient, instruments()["vas-pain"])
    refused = phone.post(f"/my/questionnaires/{assignment.id}/question/1/", {"answer": typed})
    assert refused.status_code == 422
    assert "From 0 no pain to 100 worst imaginable pain." in refused.content.decode()
    assert Response.objects.count() == 0


@pytest.mark.parametrize(
    "scale", [one for one in instruments().values() if one.verdict != "FULL-NC"], ids=lambda one: one.id
)
def test_every_scale_has_a_staff_form_that_chooses_nothing_and_saves(scale, sign_in, patient):
    nurse = sign_in("nurse")
    address = f"/people/{patient.id}/scales/enter/{scale.id}/"
    page = nurse.get(address).content.decode()
    assert " checked>" not in page
    assert 'value="0" required' not in page
    answers = {f"item_{item.id}": str(scale.options_of(item)[0].value) for item in scale.item}
    saved = nurse.post(address, {**answers, "purpose": "Baseline", "answered_at": "2026-11-20T09:00"})
    assert saved.status_code == 302
    shown = nurse.get(saved.url).content.decode()
    assert scale.title.replace("'", "&#x27;") in shown
    assert ">None<" not in shown
    assert nurse.get(f"/people/{patient.id}/scales/").status_code == 200


def test_a_scale_of_a_pack_that_is_off_has_no_form(sign_in, patient):
    assert sign_in("nurse").get(f"/people/{patient.id}/scales/enter/who-5/").status_code == 404


def test_rated_answers_show_their_points(sign_in, patient):
    page = sign_in("nurse").get(f"/people/{patient.id}/scales/enter/moaa-s/").content.decode()
    assert "5  Responds readily" in page
    assert "Not rated" in page


def test_the_response_says_what_the_scale_reads_and_what_it_cannot(sign_in, patient):
    nurse = sign_in("nurse")
    parts = {"activity": 2, "respiration": 2, "circulation": 2, "consciousness": 1, "oxygen": 2}
    answers = {f"item_{part}": str(value) for part, value in parts.items()}
    saved = nurse.post(
        f"/people/{patient.id}/scales/enter/modified-aldrete/",
        {**answers, "purpose": "Discharge", "answered_at": "2026-11-20T09:00"},
    )
    page = nurse.get(saved.url).content.decode()
    assert re.search(r"may leave phase I recovery: <strong>yes", page)
    assert "nothing at 0: no" in page
    assert "Rated by staff" in page
