"""The pages a prescriber works on: live calculation, refusal with everything kept, decision with its evidence."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ketachart.course import queries
from ketachart.course.models import Decision, DecisionDue, Plan
from ketachart.record import clock
from ketachart.scales.commands import enter_response
from tests.course.sessions import give_session

TYPED = {
    "protocol": "TRD-IV-RACEMIC-6",
    "weight_kg": "80",
    "second_weight_kg": "80.1",
    "dose_mg_per_kg": "0.5",
    "infusion_minutes": "40",
    "diluent": "bag",
    "bag_volume_ml": "100",
    "sessions": "6",
    "confirmed_strength_mg_per_ml": "50",
}


@pytest.fixture
def typed(vial):
    product = vial()

    def make(**changes):
        weighed = (clock.now() - timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
        return {**TYPED, "product": str(product.id), "weight_measured_at": weighed, **changes}

    return make


def test_nothing_clinical_is_filled_in(sign_in, course, vial):
    vial()
    text = sign_in("prescriber").get(reverse("course:write_plan", args=[course.id])).content.decode()
    for name in ("weight_kg", "dose_mg_per_kg", "infusion_minutes", "bag_volume_ml", "confirmed_strength_mg_per_ml"):
        field = text[text.index(f'name="{name}"') :]
        assert "value=" not in field[: field.index(">")]
    assert "checked" not in text


def test_the_calculation_follows_what_is_typed(sign_in, course, typed):
    client, page = sign_in("prescriber"), reverse("course:computed", args=[course.id])
    text = client.post(page, typed()).content.decode()
    assert "80 kg × 0.5 mg/kg = 40 mg" in text
    assert "0.8 mL" in text.replace('<span class="unit">', " ").replace("</span>", "")
    assert "151.2" in text
    assert "otto-2021" in text
    assert "5th to 95th percentile" in text


def test_half_a_form_computes_what_it_can_and_invents_nothing(sign_in, course, typed):
    client, page = sign_in("prescriber"), reverse("course:computed", args=[course.id])
    text = client.post(page, typed(infusion_minutes="", bag_volume_ml="abc")).content.decode()
    assert "0.8 mL × 50 mg/mL = 40 mg drawn up" in text
    assert text.count("not computed yet") == 2
    assert "Predicted ketamine" not in text
    assert "Not entered" in text


def test_a_tenfold_dose_stops_the_form_and_keeps_what_was_typed(sign_in, course, typed):
    client = sign_in("prescriber")
    response = client.post(
        reverse("course:write_plan", args=[course.id]),
        typed(weight_kg="95", second_weight_kg="95", dose_mg_per_kg="10"),
    )
    text = response.content.decode()
    assert response.status_code == 422
    assert "950 mg for 95 mg" in text
    assert 'value="10"' in text
    assert not Plan.objects.exists()


def test_the_wrong_vial_stops_the_form(sign_in, course, typed):
    response = sign_in("prescriber").post(
        reverse("course:write_plan", args=[course.id]), typed(confirmed_strength_mg_per_ml="100")
    )
    assert response.status_code == 422
    assert "2 times the 40 mg planned" in response.content.decode()
    assert not Plan.objects.exists()


def test_a_reason_appears_when_it_is_needed_and_carries_the_plan(sign_in, course, typed):
    client, page = sign_in("prescriber"), reverse("course:write_plan", args=[course.id])
    response = client.post(page, typed(dose_mg_per_kg="0.4"))
    assert response.status_code == 422
    assert 'name="reason_DO07"' in response.content.decode()
    response = client.post(page, typed(dose_mg_per_kg="0.4", reason_DO07="frail, first session"))
    assert response.status_code == 302
    plan = Plan.objects.get()
    text = client.get(reverse("course:plan", args=[plan.id])).content.decode()
    assert "frail, first session" in text
    assert "In force" in text


def test_the_second_signature_is_given_on_the_plans_page_by_somebody_else(sign_in, course, typed):
    client = sign_in("prescriber")
    reasons = {"reason_DO04": "partial response", "reason_DO07": "meant", "reason_DO15": "transferred"}
    assert (
        client.post(reverse("course:write_plan", args=[course.id]), typed(dose_mg_per_kg="1.2", **reasons)).status_code
        == 302
    )
    plan = Plan.objects.get()
    assert "Sign as second person" not in client.get(reverse("course:plan", args=[plan.id])).content.decode()
    client = sign_in("pharmacist")
    assert "Sign as second person" in client.get(reverse("course:plan", args=[plan.id])).content.decode()
    assert client.post(reverse("course:countersign", args=[plan.id]), {"statement": ""}).status_code == 422
    assert (
        client.post(reverse("course:countersign", args=[plan.id]), {"statement": "weight and dose checked"}).status_code
        == 302
    )
    assert "In force" in client.get(reverse("course:plan", args=[plan.id])).content.decode()


def test_a_discharged_session_asks_for_a_decision_once(actor, course, vial, write, at):
    plan = write(course, vial())
    session_id = give_session(actor("nurse"), plan, at + timedelta(hours=1))
    (due,) = queries.decisions_due(actor("prescriber"))
    assert (due.session_id, due.course_id) == (session_id, course.id)


def test_an_open_session_asks_for_nothing_yet(actor, course, vial, write, at):
    give_session(actor("nurse"), write(course, vial()), at, discharge=False)
    assert not DecisionDue.objects.exists()


def test_the_decision_page_shows_what_happened_and_what_nobody_knows(sign_in, actor, course, vial, write, at):
    plan = write(course, vial())
    session_id = give_session(
        actor("nurse"), plan, clock.now() - timedelta(hours=20), peak=(184, 104), symptoms=[("nausea", "severe")]
    )
    client = sign_in("prescriber")
    page = reverse("course:decide_after", args=[course.id, session_id])
    text = client.get(page).content.decode()
    assert "184/104" in text
    assert "nausea, severe" in text
    assert "Blood pressure stayed below 180/110" in text
    assert "Nobody has said how this person was on the day after" in text
    response = client.post(page, {"choice": "down", "reasons": "BP 184/104 and severe nausea", "next_mg_per_kg": "0.4"})
    assert response.status_code == 302
    decision = Decision.objects.get()
    assert decision.content.session_id == str(session_id)
    assert {f.rule_id for f in decision.content.findings if f.verdict == "not met"} >= {"ND05", "ND06", "ND08"}
    assert not DecisionDue.objects.filter(decision=None).exists()


def test_item_nine_of_the_phq9_reaches_the_decision(actor, course, vial, write):
    from ketachart.course.decision_page import decision_context

    plan = write(course, vial())
    begin = clock.now() - timedelta(days=2)
    session_id = give_session(actor("nurse"), plan, begin)
    answers = {str(item): 1 for item in range(1, 10)}
    enter_response(
        actor("nurse"), patient_id=course.patient_id, instrument_id="phq-9", answers=answers,
        answered_at=clock.now() - timedelta(hours=1), purpose="Day 1",
    )  # fmt: skip
    shown = decision_context(actor("prescriber"), course, session_id, on=clock.now().date())
    assert shown.so_far.suicidal_thoughts is True
    assert shown.so_far.latest.total == 9
    hold = next(option for option in shown.options if option.choice == "hold")
    assert "ND10" in {finding.rule_id for finding in hold.speaks_for}


def test_the_patient_page_opens_for_staff_alone_and_is_logged(sign_in, course, vial, write):
    from ketachart.record.models import AccessEntry

    write(course, vial())
    page = reverse("course:patient", args=[course.patient_id])
    assert "40 mg" in sign_in("nurse").get(page).content.decode()
    assert AccessEntry.objects.filter(patient_id=course.patient_id, what="plan page").count() == 1
    assert sign_in("front_desk").get(page).status_code == 403
    assert sign_in("patient", patient_id=course.patient_id).get(page).status_code == 403
