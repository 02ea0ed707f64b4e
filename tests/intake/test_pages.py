from datetime import date

import pytest
from django.core.cache import cache

from ketachart.intake import queries
from ketachart.intake.models import Consent, EligibilityDecision, HistorySection, Inquiry, Service
from ketachart.intake.screening_commands import decide_eligibility
from ketachart.knowledge import loader
from ketachart.people.models import Patient
from ketachart.record.models import AccessEntry
from tests.intake.conftest import AT, IV_TRD

pytestmark = pytest.mark.django_db
TEXT = loader.consent_text(product="ketamine-injection", route="IV", indication="TRD", on=date(2026, 11, 22))
VISITOR = {"given_name": "Cy", "family_name": "Placeholder", "phone": "+1 212 555 0142", "agreed": "on"}


@pytest.fixture(autouse=True)
def _forget_rate_limits():
    cache.clear()


# the public page


def test_a_visitor_sends_an_inquiry_without_signing_in(client, clinic):
    page = client.get("/inquire/").content.decode()
    assert "Not for emergencies" in page
    assert "local emergency number" in page
    sent = client.post("/inquire/", VISITOR)
    assert sent.url == "/inquire/thanks/"
    assert client.get(sent.url).status_code == 200
    assert Inquiry.objects.get().name == "Cy Placeholder"


def test_a_refused_inquiry_keeps_what_was_typed(client, clinic):
    refused = client.post("/inquire/", {**VISITOR, "agreed": "", "message": "Do you take dogs?"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Do you take dogs?" in page
    assert "we may not contact you" in page
    assert Inquiry.objects.count() == 0


def test_a_program_that_fills_in_the_hidden_field_writes_nothing(client, clinic):
    assert client.post("/inquire/", {**VISITOR, "website": "http://spam"}).url == "/inquire/thanks/"
    assert Inquiry.objects.count() == 0


def test_the_sixth_inquiry_within_an_hour_from_one_place_is_held_back(client, clinic):
    answers = [client.post("/inquire/", VISITOR) for _ in range(6)]
    assert [one.status_code for one in answers] == [302] * 5 + [422]
    assert "within the hour" in answers[-1].content.decode()
    assert Inquiry.objects.count() == 5


def test_with_several_clinics_the_visitor_chooses_one(client, clinic, other_clinic):
    assert "Which clinic?" in client.get("/inquire/").content.decode()
    client.post("/inquire/elsewhere/", VISITOR)
    assert Inquiry.objects.get().clinic_id == other_clinic.id
    assert client.get("/inquire/nowhere/").status_code == 404


# the front desk


def test_the_front_desk_turns_an_inquiry_into_a_patient(client, sign_in, clinic):
    client.post("/inquire/", VISITOR)
    one = Inquiry.objects.get()
    desk = sign_in("front_desk")
    assert "Cy Placeholder" in desk.get("/inquiries/").content.decode()
    form = desk.get(f"/inquiries/{one.id}/register/").content.decode()
    assert "Placeholder" in form
    refused = desk.post(f"/inquiries/{one.id}/register/", {"given_name": "Cy", "family_name": "Placeholder"})
    assert refused.status_code == 422
    assert Patient.objects.count() == 0
    details = {"given_name": "Cy", "family_name": "Placeholder", "birth_date": "1975-06-30"}
    assert desk.post(f"/inquiries/{one.id}/register/", details).status_code == 302
    assert Patient.objects.get().family_name == "Placeholder"
    assert "Now a patient" in desk.get("/inquiries/handled/").content.decode()


def test_a_possible_duplicate_is_shown_and_must_be_confirmed(client, sign_in, patient):
    client.post("/inquire/", {**VISITOR, "given_name": "Ada", "family_name": "Example"})
    one = Inquiry.objects.get()
    desk = sign_in("front_desk")
    assert patient.mrn in desk.get(f"/inquiries/{one.id}/").content.decode()
    details = {"given_name": "Ada", "family_name": "Example", "birth_date": "1981-02-14"}
    asked = desk.post(f"/inquiries/{one.id}/register/", details)
    assert asked.status_code == 422
    assert patient.mrn in asked.content.decode()
    confirmed = desk.post(f"/inquiries/{one.id}/register/", {**details, "different_from": str(patient.id)})
    assert confirmed.status_code == 302
    assert Patient.objects.count() == 2


def test_notes_declining_and_waiting_lists(client, sign_in, actor, clinic):
    lead = sign_in("clinic_lead")
    fields = {"code": "spravato", "title": "Spravato", "state": "waiting list"}
    assert lead.post("/services/", {**fields, "state": ""}).status_code == 422
    assert lead.post("/services/", fields).status_code == 302
    assert Service.objects.get().takes_names
    client.logout()
    client.post("/inquire/", {**VISITOR, "services": "spravato"})
    one = Inquiry.objects.get()
    desk = sign_in("front_desk")
    assert desk.post(f"/inquiries/{one.id}/contacted/", {"note": ""}).status_code == 422
    assert desk.post(f"/inquiries/{one.id}/contacted/", {"note": "Called"}).status_code == 302
    entry = one.entries.get()
    assert desk.post(f"/inquiries/waiting/entry/{entry.id}/", {"what": "offered"}).status_code == 302
    assert "Offered a place" in desk.get("/inquiries/waiting/spravato/").content.decode()
    assert desk.post(f"/inquiries/{one.id}/decline/", {"reason": ""}).status_code == 422
    assert desk.post(f"/inquiries/{one.id}/decline/", {"reason": "Moved away"}).status_code == 302


def test_who_may_not_open_what(sign_in, patient):
    assert sign_in("therapist").get("/inquiries/").status_code == 403
    assert sign_in("front_desk").get(f"/people/{patient.id}/history/").status_code == 403
    assert sign_in("front_desk").get(f"/people/{patient.id}/screening/").status_code == 403
    assert sign_in("nurse").get("/services/").status_code == 403


# history


@pytest.mark.parametrize(
    "section",
    [
        "conditions",
        "medicines",
        "allergies",
        "measurements",
        "treatments",
        "pregnancy",
        "goals",
        "support",
        "preferences",
    ],
)
def test_every_form_of_the_history_starts_empty(sign_in, cleared, section):
    page = sign_in("prescriber").get(f"/people/{cleared.id}/history/{section}/").content.decode()
    assert " checked>" not in page
    assert "selected>" not in page.replace('value="" selected>', "")
    assert " checked " not in page


def test_medicines_are_recorded_row_by_row_and_an_unknown_one_is_marked(sign_in, patient):
    prescriber = sign_in("prescriber")
    address = f"/people/{patient.id}/history/medicines/"
    base = {"follows_version": "0", "row-TOTAL_FORMS": "2", "row-INITIAL_FORMS": "0"}
    rows = {"row-0-ingredient": "lorazepam", "row-0-dose": "1 mg", "row-1-ingredient": "Mystery"}
    refused = prescriber.post(address, {**base, **rows})
    assert refused.status_code == 422
    assert "lorazepam" in refused.content.decode()
    nameless = prescriber.post(address, {**base, "stated": "listed", "row-0-dose": "1 mg"})
    assert nameless.status_code == 422
    assert HistorySection.objects.count() == 0
    assert prescriber.post(address, {**base, **rows, "stated": "listed"}).status_code == 302
    page = prescriber.get(f"/people/{patient.id}/history/").content.decode()
    assert "Mystery" in page
    screening = prescriber.get(f"/people/{patient.id}/screening/").content.decode()
    assert "Mystery is not in the table: who knows its class?" in screening


def test_an_unusual_weight_asks_for_a_word_and_is_then_kept(sign_in, patient):
    nurse = sign_in("nurse")
    address = f"/people/{patient.id}/history/measurements/"
    typed = {"follows_version": "0", "measured_at": "2026-11-20T09:00", "weight_kg": "176"}
    asked = nurse.post(address, typed)
    assert asked.status_code == 422
    page = asked.content.decode()
    assert "I have measured again" in page
    assert 'value="176' in page
    saved = nurse.post(address, {**typed, "confirmed": "on", "unusual": "weight_kg"})
    assert saved.status_code == 302
    assert "unusual, confirmed" in nurse.get(f"/people/{patient.id}/history/").content.decode()


def test_one_missing_answer_is_given_alone_and_the_others_stand_with_their_date(sign_in, cleared):
    prescriber = sign_in("prescriber")
    address = f"/people/{cleared.id}/history/conditions/"
    assert prescriber.post(address, {"follows_version": "1", "condition_stroke": "yes"}).status_code == 302
    page = prescriber.get(f"/people/{cleared.id}/screening/").content.decode()
    assert "Missing:" not in page
    assert "EL16" in page
    history = prescriber.get(f"/people/{cleared.id}/history/").content.decode()
    assert "Stroke, ever" in history


def test_allergies_in_the_banner_are_not_asked_then_none_then_named(sign_in, patient):
    nurse = sign_in("nurse")
    details = f"/people/{patient.id}/history/"
    assert "not asked" in nurse.get(details).content.decode()
    address = f"/people/{patient.id}/history/allergies/"
    base = {"row-TOTAL_FORMS": "1", "row-INITIAL_FORMS": "0", "reaction_to_ketamine": "no"}
    nurse.post(address, {**base, "follows_version": "0", "stated": "none"})
    assert "none known" in nurse.get(details).content.decode()
    nurse.post(address, {**base, "follows_version": "1", "stated": "listed", "row-0-substance": "latex"})
    assert "latex" in nurse.get(f"/people/{patient.id}/screening/").content.decode()
    assert "Version 2" in nurse.get(f"{address}versions/").content.decode()


def test_reading_the_history_is_written_into_the_access_log(sign_in, patient):
    sign_in("nurse").get(f"/people/{patient.id}/history/")
    assert AccessEntry.objects.filter(patient_id=patient.id, what="history").count() == 1


# screening


def test_the_screening_page_asks_what_is_missing_and_who_can_answer(sign_in, patient):
    page = sign_in("prescriber").get(f"/people/{patient.id}/screening/").content.decode()
    assert "Have you ever had a stroke?" in page
    assert "patient or prescriber or outside clinician can answer" in page
    assert "Ask a prescriber" in page


def test_a_prescriber_decides_and_the_decision_can_be_read_later(sign_in, cleared):
    prescriber = sign_in("prescriber")
    address = f"/people/{cleared.id}/screening/"
    page = prescriber.get(address).content.decode()
    sha = page.split('name="seen_sha256" value="')[1].split('"')[0]
    refused = prescriber.post(address, {"seen_sha256": sha, "outcome": "eligible", "reasons": ""})
    assert refused.status_code == 422
    stale = prescriber.post(address, {"seen_sha256": "0" * 64, "outcome": "eligible", "reasons": "Fits well"})
    assert stale.status_code == 422
    assert "Fits well" in stale.content.decode()
    assert EligibilityDecision.objects.count() == 0
    assert prescriber.post(address, {"seen_sha256": sha, "outcome": "eligible", "reasons": "Fits"}).status_code == 302
    row = EligibilityDecision.objects.get()
    assert "EL10" in prescriber.get(f"/screening/decisions/{row.id}/").content.decode()


def test_a_nurse_reads_the_findings_and_cannot_decide(sign_in, cleared):
    nurse = sign_in("nurse")
    address = f"/people/{cleared.id}/screening/"
    assert "Sign the decision" not in nurse.get(address).content.decode()
    assert nurse.post(address, {"outcome": "eligible", "reasons": "x"}).status_code == 403
    assert nurse.post(f"{address}override/", {"rule_id": "EL16", "reason": "x" * 20}).status_code == 403


def test_an_impossible_choice_of_route_says_so(sign_in, cleared):
    page = sign_in("prescriber").get(f"/people/{cleared.id}/screening/?product=spravato&route=IV").content.decode()
    assert "is not given this way" in page


def test_the_screening_page_stays_within_its_statement_budget(sign_in, cleared, count_statements):
    prescriber = sign_in("prescriber")
    with count_statements() as statements:
        prescriber.get(f"/people/{cleared.id}/screening/")
    assert len(statements) <= 14, statements.all


# consent


@pytest.fixture
def asked(actor, cleared):
    """Decided, so that a consent waits on the phone."""

    prescriber = actor("prescriber")
    sha = queries.screening(prescriber, cleared.id, IV_TRD, at=AT).sha256
    decide_eligibility(
        prescriber,
        patient_id=cleared.id,
        intended=IV_TRD,
        outcome="eligible",
        reasons="Fits",
        seen_sha256=sha,
        at=AT,
    )
    return cleared


SIGN = "/my/consent/ketamine-injection/IV/TRD/"
BOUND = {"text_id": TEXT.id, "text_version": TEXT.version, "text_sha256": TEXT.sha256}


def test_a_person_reads_signs_and_takes_back_on_the_phone(sign_in, asked):
    phone = sign_in("patient", patient_id=asked.id)
    assert "Read and sign" in phone.get("/my/consent/").content.decode()
    page = phone.get(SIGN).content.decode()
    assert all(paragraph.replace("'", "&#x27;") in page for part in TEXT.section for paragraph in part.paragraphs)
    assert " checked" not in page
    refused = phone.post(SIGN, {**BOUND, "typed_name": "Ada Example"})
    assert refused.status_code == 422
    assert Consent.objects.count() == 0
    signed = phone.post(SIGN, {**BOUND, "typed_name": "ada example", "agreed": "on", "drawn": "[[[1,2],[3,4]]]"})
    assert signed.status_code == 302
    record = phone.get(signed.url).content.decode()
    assert TEXT.sha256 in record
    assert "polyline" in record
    taken_back = phone.post(f"{signed.url}withdraw/", {"reason": ""})
    assert taken_back.status_code == 302
    assert "was withdrawn" in phone.get(signed.url).content.decode()


def test_a_nurse_hands_over_the_tablet(sign_in, asked):
    nurse = sign_in("nurse")
    address = f"/people/{asked.id}/consent/"
    assert "Sign it on this tablet" in nurse.get(address).content.decode()
    page = nurse.get(f"{address}ketamine-injection/IV/TRD/").content.decode()
    assert "named as the witness" in page
    signed = nurse.post(f"{address}ketamine-injection/IV/TRD/", {**BOUND, "typed_name": "Ada Example", "agreed": "on"})
    assert "clinic tablet, witness Nurse Test" in nurse.get(signed.url).content.decode()


def test_there_is_no_page_to_sign_what_nobody_wrote(sign_in, asked):
    phone = sign_in("patient", patient_id=asked.id)
    assert phone.get("/my/consent/ketamine-rectal/rectal/TRD/").status_code == 404
    assert phone.get("/my/consent/spravato/IV/TRD/").status_code == 404
    assert phone.get("/my/consent/spravato/nasal/PTSD/").status_code == 404
    assert phone.get("/my/consent/spravato/nasal/TRD/home/").status_code == 404
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("address", "said", "not_said"),
    [
        ("ketamine-injection/IM/TRD", "Once the shot is given", "safety program (REMS)"),
        ("ketamine-injection/SC/GAD", "A nurse gives you a shot under the skin", "into a muscle. Sometimes"),
        ("spravato/nasal/TRD", "You may never take it home", "made to order"),
        ("ketamine-nasal-compounded/nasal/TRD", "This spray is not Spravato", "safety program (REMS)"),
        ("ketamine-sublingual/sublingual/TRD", "you can spit it out", "A sober adult"),
        ("ketamine-sublingual/sublingual/TRD/home", "A sober adult, whom we have met", "You do this here"),
        ("ketamine-oral/oral/TRD/home", "Why home is riskier", "you can spit it out"),
    ],
)
def test_the_text_to_sign_is_the_one_of_the_product_the_route_and_the_place(sign_in, asked, address, said, not_said):
    page = sign_in("patient", patient_id=asked.id).get(f"/my/consent/{address}/").content.decode()
    assert said in page
    assert not_said not in page


def test_consent_for_home_is_offered_where_a_text_for_home_exists(sign_in, actor, asked, monkeypatch):

    phone = sign_in("patient", patient_id=asked.id)
    assert "For taking it at home" not in phone.get("/my/consent/").content.decode()
    decision = EligibilityDecision.objects.get()
    under_tongue = EligibilityDecision(
        patient_id=asked.id, product="ketamine-sublingual", route="sublingual", indication="TRD", outcome="eligible",
        charted_by_name=decision.charted_by_name,
    )  # fmt: skip
    monkeypatch.setattr(queries, "_decided", lambda *_: [under_tongue])
    page = phone.get("/my/consent/").content.decode()
    assert "For taking it at home" in page
    assert "/my/consent/ketamine-sublingual/sublingual/TRD/home/" in page
    nurse = sign_in("nurse").get(f"/people/{asked.id}/consent/").content.decode()
    assert f"/people/{asked.id}/consent/ketamine-sublingual/sublingual/TRD/home/" in nurse


# tests and results, treatment trials, what changed


def results_of(*rows):
    data = {"follows_version": "0", "row-TOTAL_FORMS": str(len(rows)), "row-INITIAL_FORMS": "0"}
    for place, row in enumerate(rows):
        data |= {f"row-{place}-{name}": value for name, value in row.items()}
    return data


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{}], "No test is entered"),
        ([{"test": "result_ecg"}], "Say what was found"),
        ([{"test": "result_ecg", "judged": "acceptable"}], "When was it done?"),
        ([{"test": "result_ecg", "judged": "not needed"}], "Say why it is not needed."),
        ([{"test": "result_ecg", "judged": "acceptable", "done_on": "2199-01-01"}], "This day is in the future."),
        (
            [{"test": "result_ecg", "judged": "not needed", "note": "a"}] * 2,
            "ECG is there twice.",
        ),
    ],
)
def test_a_result_without_what_makes_it_one_is_refused_and_nothing_is_written(sign_in, patient, rows, said):
    page = sign_in("nurse").post(f"/people/{patient.id}/history/results/", results_of(*rows))
    assert page.status_code == 422
    assert said in page.content.decode()
    assert HistorySection.objects.count() == 0


def test_a_result_is_recorded_and_stands_beside_the_earlier_ones(sign_in, cleared):
    nurse = sign_in("nurse")
    row = {"test": "result_urine_test", "judged": "not acceptable", "done_on": "2026-11-18", "value": "blood ++"}
    data = {**results_of(row), "follows_version": "1"}
    assert nurse.post(f"/people/{cleared.id}/history/results/", data).status_code == 302
    page = nurse.get(f"/people/{cleared.id}/history/").content.decode()
    assert "not acceptable, blood ++, 18 Nov 2026" in page
    assert "not needed" in page  # the ECG of the version before


def test_the_tests_page_says_what_is_due_and_that_no_interval_is_set(sign_in, cleared):
    page = sign_in("nurse").get(f"/people/{cleared.id}/screening/tests/").content.decode()
    assert "Kidney function" in page
    assert "The clinic lead sets: Liver tests during repeated treatment: how often" in page


def test_the_trials_page_shows_each_definition_with_its_source(sign_in, cleared, patient):
    page = sign_in("prescriber").get(f"/people/{cleared.id}/screening/trials/").content.decode()
    for definition in ("Spravato, EU leaflet", "Cigna", "CareFirst", "QualChoice", "Western Health"):
        assert definition in page
    assert "8 weeks; adequate, as the prescriber judged; 10 % better at best" in page


def test_without_a_treatment_history_every_definition_is_missing(sign_in, patient):
    page = sign_in("prescriber").get(f"/people/{patient.id}/screening/trials/").content.decode()
    assert "Nobody has asked about earlier treatment" in page
    assert "Counts</" not in page


@pytest.fixture
def stale(actor, cleared):
    """Decided as eligible; since then a sedative is taken."""
    from ketachart.intake.history_commands import record_section
    from ketachart.intake.kinds import Medicine, Medicines
    from ketachart.intake.screening_commands import decide_eligibility

    prescriber = actor("prescriber")
    sha = queries.screening(prescriber, cleared.id, IV_TRD, at=AT).sha256
    decide_eligibility(
        prescriber, patient_id=cleared.id, intended=IV_TRD, outcome="eligible", reasons="Fits", seen_sha256=sha, at=AT
    )
    listed = Medicines(version=0, follows=None, stated="listed", medicines=(Medicine(ingredient="Ativan"),))
    record_section(prescriber, patient_id=cleared.id, content=listed, follows_version=1, at=AT)
    return cleared


def test_the_screening_page_shows_what_changed_since_the_decision(sign_in, stale):
    page = sign_in("prescriber").get(f"/people/{stale.id}/screening/").content.decode()
    assert "What changed since the decision of" in page
    assert "No benzodiazepine or z-drug" in page
    assert "Screen again" in page


def test_a_stale_screening_is_visible_on_the_way_to_everybody_who_may_see_the_person(sign_in, stale):
    overview = f"/people/{stale.id}/"
    assert "(DI01)" in sign_in("nurse").get(overview).content.decode()
    desk = sign_in("front_desk").get(overview).content.decode()
    assert "Screen again: changed since" in desk
    assert "DI01" not in desk  # which rule, only who may read the history


def test_the_other_views_of_screening_judge_more_rules_and_sign_nothing(sign_in, cleared):
    prescriber = sign_in("prescriber")
    home = prescriber.get(f"/people/{cleared.id}/screening/?phase=home").content.decode()
    assert "For treatment at home: no active substance use disorder" in home
    assert "Sign the decision" not in home
    assert "Override with my name" not in home
    assert "For treatment at home: no active" not in prescriber.get(f"/people/{cleared.id}/screening/").content.decode()
