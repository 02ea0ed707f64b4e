from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from django.db import transaction

from ketachart.intake import inquiry_queries, queries
from ketachart.intake.consent_commands import sign_consent, withdraw_consent
from ketachart.intake.history_commands import NeedsConfirmation, record_section
from ketachart.intake.inquiry_commands import (
    decline_inquiry,
    link_inquiry,
    link_to_inquiry,
    mark_contacted,
    receive_inquiry,
    register_from_inquiry,
    set_service,
    visitor,
)
from ketachart.intake.kinds import Conditions, Intended, Measurements, Medicine, Medicines
from ketachart.intake.models import (
    Consent,
    EligibilityDecision,
    FindingOverride,
    HistorySection,
    Inquiry,
    WaitingListEntry,
)
from ketachart.intake.screening_commands import decide_eligibility, give_override, sign_second
from ketachart.knowledge import loader
from ketachart.people.commands import PossibleDuplicate, register_patient
from ketachart.people.models import Patient
from ketachart.people.rules import Details
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event, User
from tests.intake.conftest import AT, FIRST, IV_TRD, clear_sections

pytestmark = pytest.mark.django_db
TEXT = loader.consent_text(product="ketamine-injection", route="IV", indication="TRD", on=AT.date())


# history


def conditions(**answers):
    return Conditions(**FIRST, answers=answers)


def record(actor, patient, content, follows=0):
    return record_section(actor("prescriber"), patient_id=patient.id, content=content, follows_version=follows, at=AT)


def test_a_section_is_appended_as_a_version_that_names_the_one_before(actor, patient):
    first = record(actor, patient, conditions(condition_stroke="no"))
    second = record(actor, patient, conditions(condition_stroke="yes"), follows=1)
    assert (second.version, second.content.follows) == (2, first.event_id)
    assert [row.content.answers["condition_stroke"] for row in versions(actor, patient)] == ["yes", "no"]


def versions(actor, patient):
    return queries.section_versions(actor("prescriber"), patient.id, "conditions")


def test_two_people_recording_at_once_do_not_overwrite_each_other(actor, patient):
    record(actor, patient, conditions(condition_stroke="no"))
    with pytest.raises(Refused) as refused:
        record(actor, patient, conditions(condition_stroke="yes"), follows=0)
    assert refused.value.status == 409
    assert HistorySection.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (conditions(condition_stroke="maybe"), "condition_stroke"),
        (conditions(made_up="yes"), "made_up"),
        (Medicines(**FIRST, stated="listed"), "stated"),
        (Medicines(**FIRST, stated="none", medicines=(Medicine(ingredient="x"),)), "stated"),
        (Measurements(**FIRST, measured_at=AT), "weight_kg"),
        (Measurements(**FIRST, measured_at=datetime(2199, 1, 1, tzinfo=UTC), weight_kg=80.0), "measured_at"),
        (Measurements(**FIRST, measured_at=AT, weight_kg=-4.0), "weight_kg"),
        (Measurements(**FIRST, measured_at=AT, systolic_mmhg=120.0), "diastolic_mmhg"),
        (Measurements(**FIRST, measured_at=AT, spo2_percent=130.0), "spo2_percent"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_field_and_nothing_is_written(actor, patient, content, field):
    before = Event.objects.count()
    with pytest.raises(Refused) as refused:
        record(actor, patient, content)
    assert refused.value.field == field
    assert HistorySection.objects.count() == 0
    assert Event.objects.count() == before


def test_an_unusual_measurement_asks_once_and_says_so_in_the_record(actor, patient):
    heavy = Measurements(**FIRST, measured_at=AT, weight_kg=176.0)
    with pytest.raises(NeedsConfirmation) as asked:
        record(actor, patient, heavy)
    assert asked.value.fields == ("weight_kg",)
    assert HistorySection.objects.count() == 0
    row = record(actor, patient, msgspec.structs.replace(heavy, confirmed_unusual=("weight_kg",)))
    assert row.content.confirmed_unusual == ("weight_kg",)


def test_a_new_weight_does_not_forget_the_blood_pressure(actor, cleared):
    later = AT + timedelta(days=1)
    record(actor, cleared, Measurements(**FIRST, measured_at=later, weight_kg=81.5), follows=1)
    findings = queries.screening(actor("prescriber"), cleared.id, IV_TRD, at=later).findings
    pressure = next(one for one in findings if one.rule_id == "EL10")
    assert pressure.verdict == "met"
    assert pressure.seen[0].at == AT
    assert queries.latest_weight(actor("nurse"), cleared.id).weight_kg == 81.5


def test_an_older_weight_entered_later_is_not_the_latest_one(actor, cleared):
    record(actor, cleared, Measurements(**FIRST, measured_at=AT - timedelta(days=9), weight_kg=90.0), follows=1)
    assert queries.latest_weight(actor("nurse"), cleared.id).weight_kg == 80.0


def test_the_banner_remembers_a_reaction_to_ketamine_when_a_new_list_does_not_ask_again(actor, patient):
    allergies = clear_sections()[2]
    record(actor, patient, msgspec.structs.replace(allergies, reaction_to_ketamine="yes"))
    record(actor, patient, msgspec.structs.replace(allergies, reaction_to_ketamine=None), follows=1)
    assert queries.allergy_line(actor("nurse"), patient.id).reaction_to_ketamine == "yes"


def test_the_front_desk_records_and_reads_no_history(actor, patient):
    with pytest.raises(NotAllowed):
        record_section(actor("front_desk"), patient_id=patient.id, content=conditions(), follows_version=0, at=AT)
    with pytest.raises(NotAllowed):
        queries.sections(actor("front_desk"), patient.id)


def test_history_of_another_clinic_is_not_there(other_clinic, user_of, cleared):
    elsewhere = Actor.of(user_of("prescriber", at=other_clinic))
    assert queries.sections(elsewhere, cleared.id) == {}
    assert queries.history(elsewhere, cleared.id) == {}
    with pytest.raises(Refused) as refused:
        queries.screening(elsewhere, cleared.id, IV_TRD, at=AT)
    assert refused.value.status == 404
    with pytest.raises(Refused):
        record_section(elsewhere, patient_id=cleared.id, content=conditions(), follows_version=0, at=AT)


def test_history_rows_cannot_be_changed_in_the_database(cleared):
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        HistorySection.objects.update(version=9)


# screening


def judged(actor, patient):
    return queries.screening(actor("prescriber"), patient.id, IV_TRD, at=AT)


def decide(actor, patient, **changes):
    fields = {
        "patient_id": patient.id,
        "intended": IV_TRD,
        "outcome": "eligible",
        "reasons": "Fits",
        "seen_sha256": judged(actor, patient).sha256,
        "at": AT,
    }
    return decide_eligibility(actor("prescriber"), **{**fields, **changes})


def gate(actor, patient, at=AT):
    return queries.eligibility(
        actor("nurse"), patient_id=patient.id, product="ketamine-injection", route="IV", indication="TRD", at=at
    ).verdict


def with_stroke(actor, patient):
    base = clear_sections()[0]
    answers = {**base.answers, "condition_stroke": "yes"}
    record(actor, patient, Conditions(**FIRST, answers=answers), follows=1)


def test_a_clear_person_is_decided_eligible_and_the_gate_opens(actor, cleared):
    assert gate(actor, cleared) == "missing"
    row = decide(actor, cleared)
    assert gate(actor, cleared) == "met"
    content = row.content
    assert content.findings_sha256 == judged(actor, cleared).sha256
    now = {one.id: one.version for one in loader.screening_rules()}
    assert all(one.rule_version == now[one.rule_id] for one in content.findings)
    assert len(content.findings) == len(judged(actor, cleared).findings)


def test_the_gate_closes_when_the_history_changes(actor, cleared):
    decide(actor, cleared)
    with_stroke(actor, cleared)
    assert gate(actor, cleared) == "not met"


def test_eligible_over_a_missing_answer_is_refused_and_nothing_is_written(actor, patient):
    with pytest.raises(Refused) as refused:
        decide(actor, patient)
    assert refused.value.field == "outcome"
    assert EligibilityDecision.objects.count() == 0


def test_a_decision_on_findings_that_changed_meanwhile_is_refused(actor, cleared):
    seen = judged(actor, cleared).sha256
    with_stroke(actor, cleared)
    with pytest.raises(Refused) as refused:
        decide(actor, cleared, seen_sha256=seen, outcome="not eligible")
    assert refused.value.status == 409
    assert EligibilityDecision.objects.count() == 0


def test_only_a_prescriber_decides_and_overrides(actor, cleared):
    sha = judged(actor, cleared).sha256
    with pytest.raises(NotAllowed):
        decide_eligibility(
            actor("nurse"),
            patient_id=cleared.id,
            intended=IV_TRD,
            outcome="eligible",
            reasons="x",
            seen_sha256=sha,
            at=AT,
        )
    with pytest.raises(NotAllowed):
        override(actor("nurse"), cleared, "EL16")


def override(who, patient, rule_id, reason="Weighed with cardiology, no residual deficit"):
    return give_override(who, patient_id=patient.id, intended=IV_TRD, rule_id=rule_id, reason=reason, at=AT)


def test_an_override_with_reason_and_name_lets_the_decision_pass(actor, cleared):
    with_stroke(actor, cleared)
    override(actor("prescriber"), cleared, "EL16")
    row = decide(actor, cleared)
    (given,) = row.content.overrides
    assert (given.by_name, given.rule_id) == ("Prescriber Test", "EL16")
    assert gate(actor, cleared) == "met"


@pytest.mark.parametrize(("rule_id", "reason"), [("EL16", ""), ("EL16", "ok"), ("EL03", "x" * 20), ("NOPE", "x" * 20)])
def test_an_override_without_reason_or_ground_is_refused_and_nothing_is_written(actor, cleared, rule_id, reason):
    with_stroke(actor, cleared)
    with pytest.raises(Refused):
        override(actor("prescriber"), cleared, rule_id, reason)
    assert FindingOverride.objects.count() == 0


def test_what_is_missing_cannot_be_overridden_unless_the_rule_says_so(actor, patient):
    with pytest.raises(Refused, match="missing cannot be overridden"):
        override(actor("prescriber"), patient, "EL16")
    override(actor("prescriber"), patient, "EL23")
    assert FindingOverride.objects.count() == 1


def test_hypersensitivity_cannot_be_overridden_by_anybody(actor, cleared):
    allergic = msgspec.structs.replace(clear_sections()[2], reaction_to_ketamine="yes")
    record(actor, cleared, allergic, follows=1)
    with pytest.raises(Refused, match="cannot be overridden"):
        override(actor("prescriber"), cleared, "EL03")


def test_a_second_signature_must_come_from_another_prescriber(actor, cleared, second_prescriber):
    answers = {**clear_sections()[0].answers, "condition_active_psychosis": "yes"}
    record(actor, cleared, Conditions(**FIRST, answers=answers), follows=1)
    row = override(actor("prescriber"), cleared, "EL22")
    with pytest.raises(Refused):
        decide(actor, cleared)
    with pytest.raises(Refused) as refused:
        sign_second(actor("prescriber"), override_id=row.id, at=AT)
    assert refused.value.status == 403
    sign_second(second_prescriber, override_id=row.id, at=AT)
    with pytest.raises(Refused):
        sign_second(second_prescriber, override_id=row.id, at=AT)
    assert decide(actor, cleared).content.overrides[0].second_name == "Second Test"


def test_a_conditional_decision_does_not_open_the_gate(actor, cleared):
    decide(actor, cleared, outcome="conditional", conditions="After an ECG")
    assert gate(actor, cleared) == "not met"


# consent


def sign(actor_of, patient, *, who=None, **changes):
    fields = {
        "patient_id": patient.id,
        "intended": IV_TRD,
        "text_id": TEXT.id,
        "text_version": TEXT.version,
        "text_sha256": TEXT.sha256,
        "typed_name": "Ada Example",
        "agreed": True,
        "at": AT,
    }
    person = who or actor_of("patient", patient_id=patient.id)
    return sign_consent(person, **{**fields, **changes})


def consent_gate(actor, patient, at=AT, **changes):
    wanted = {"product": "ketamine-injection", "route": "IV", "indication": "TRD", **changes}
    return queries.valid_consent(actor("nurse"), patient_id=patient.id, at=at, **wanted).verdict


def test_a_signed_consent_is_bound_to_words_product_route_and_indication(actor, patient):
    assert consent_gate(actor, patient) == "missing"
    row = sign(actor, patient, teach_back={"driving": 1, "stop": 1})
    content = row.content
    assert content.text_sha256 == TEXT.sha256
    assert (content.where, content.witness_name) == ("own phone", None)
    assert content.teach_back == {"driving": True, "stop": False}
    assert consent_gate(actor, patient) == "met"
    assert consent_gate(actor, patient, route="IM") == "missing"
    assert consent_gate(actor, patient, indication="PTSD") == "missing"
    assert consent_gate(actor, patient, at=AT - timedelta(seconds=1)) == "missing"


UNDER_TONGUE = Intended(product="ketamine-sublingual", route="sublingual", indication="TRD")


def sign_text(actor, patient, intended, place):
    text = loader.consent_text(
        product=intended.product, route=intended.route, indication=intended.indication, on=AT.date(), place=place
    )
    bound = {"text_id": text.id, "text_version": text.version, "text_sha256": text.sha256}
    return sign(actor, patient, intended=intended, place=place, **bound)


def test_a_consent_for_the_clinic_is_none_for_home_and_the_other_way_round(actor, patient):
    wanted = {"product": "ketamine-sublingual", "route": "sublingual"}
    sign_text(actor, patient, UNDER_TONGUE, "clinic")
    assert consent_gate(actor, patient, **wanted) == "met"
    assert consent_gate(actor, patient, place="home", **wanted) == "missing"
    home = sign_text(actor, patient, UNDER_TONGUE, "home")
    assert consent_gate(actor, patient, place="home", **wanted) == "met"
    about = {"patient_id": patient.id, "indication": "TRD", "at": AT, **wanted}
    assert queries.standing_consent(actor("nurse"), place="home", **about).id == home.id
    assert queries.standing_consent(actor("nurse"), **about).id != home.id


def test_a_text_of_another_product_or_place_cannot_be_signed_in_its_stead(actor, patient):
    spravato = Intended(product="spravato", route="nasal", indication="TRD")
    for intended, place in ((spravato, "clinic"), (UNDER_TONGUE, "home"), (UNDER_TONGUE, "clinic")):
        with pytest.raises(Refused, match="text has changed"):
            sign(actor, patient, intended=intended, place=place)  # bound to the text of the infusion
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agreed": False}, "agreed"),
        ({"typed_name": "Someone Else"}, "typed_name"),
        ({"typed_name": ""}, "typed_name"),
        ({"text_sha256": "0" * 64}, None),
        ({"text_version": "1999-01-01"}, None),
        ({"intended": Intended(product="ketamine-injection", route="IM", indication="TRD")}, None),
        ({"drawn": "rubbish"}, "drawn"),
    ],
)
def test_a_consent_that_is_not_quite_one_is_refused_and_nothing_is_written(actor, patient, changes, field):
    with pytest.raises(Refused) as refused:
        sign(actor, patient, **changes)
    assert refused.value.field == field
    assert Consent.objects.count() == 0
    assert not Event.objects.filter(kind="intake.consent_signed").exists()


def test_on_a_clinic_tablet_the_witness_is_named(actor, patient):
    row = sign(actor, patient, who=actor("nurse"))
    assert (row.content.where, row.content.witness_name) == ("clinic tablet", "Nurse Test")


def test_withdrawing_closes_the_gate_at_once_and_twice_is_harmless(actor, patient):
    row = sign(actor, patient)
    person = actor("patient", patient_id=patient.id)
    later = AT + timedelta(hours=2)
    withdraw_consent(person, consent_id=row.id, reason=None, at=later)
    withdraw_consent(person, consent_id=row.id, reason=None, at=later)
    assert consent_gate(actor, patient, at=later) == "not met"
    assert consent_gate(actor, patient, at=AT + timedelta(hours=1)) == "met"
    assert Event.objects.filter(kind="intake.consent_withdrawn").count() == 1


def test_nobody_signs_or_reads_the_consent_of_another_person(actor, patient, user_of):
    row = sign(actor, patient)
    other = register_other(actor)
    stranger = other_person(user_of, other)
    for attempt in (
        lambda: sign(actor, patient, who=stranger),
        lambda: queries.consent(stranger, row.id),
        lambda: withdraw_consent(stranger, consent_id=row.id, reason=None, at=AT),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.status == 404
    assert Consent.objects.count() == 1


def register_other(actor):
    details = Details(given_name="Bo", family_name="Sample", birth_date=date(1990, 1, 1))
    return register_patient(actor("front_desk"), details=details, at=AT)


def other_person(user_of, patient):
    clinic = user_of("nurse").clinic
    user = User.objects.create(username="bo", clinic=clinic, role="patient", patient_id=patient.id)
    return Actor.of(user)


def test_a_session_gets_the_consent_it_rests_on_or_none(actor, patient):
    wanted = {"patient_id": patient.id, "product": "ketamine-injection", "route": "IV", "indication": "TRD", "at": AT}
    assert queries.standing_consent(actor("nurse"), **wanted) is None
    row = sign(actor, patient)
    assert queries.standing_consent(actor("nurse"), **wanted) == row
    assert queries.standing_consent(actor("nurse"), **{**wanted, "product": "no such"}) is None


# inquiries


def service(actor, code="spravato", state="waiting list"):
    return set_service(actor("clinic_lead"), code=code, title=code.title(), summary="", state=state, at=AT)


def ask(who, **changes):
    fields = {
        "given_name": "Cy",
        "family_name": "Placeholder",
        "email": None,
        "phone": "+1 212 555 0142",
        "prefers": "phone",
        "message": "Hello",
        "service_codes": (),
        "agreed": True,
        "at": AT,
    }
    return receive_inquiry(who, **{**fields, **changes})


def test_a_visitor_joins_the_waiting_list_of_a_service_that_is_not_open(actor, clinic):
    service(actor)
    service(actor, "iv", "open")
    inquiry = ask(visitor(clinic), service_codes=("spravato", "iv"))
    assert [entry.service.code for entry in inquiry.entries.all()] == ["spravato"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agreed": False}, "agreed"),
        ({"phone": None}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"email": "nonsense", "prefers": None}, "email"),
        ({"prefers": "email"}, "email"),
        ({"given_name": "  "}, "given_name"),
        ({"message": "x" * 2001}, "message"),
        ({"service_codes": ("nonsense",)}, "services"),
    ],
)
def test_an_inquiry_that_cannot_be_answered_is_refused_and_nothing_is_written(clinic, changes, field):
    with pytest.raises(Refused) as refused:
        ask(visitor(clinic), **changes)
    assert refused.value.field == field
    assert Inquiry.objects.count() == WaitingListEntry.objects.count() == Event.objects.count() == 0


def test_the_front_desk_makes_a_patient_of_a_visitor(actor, clinic):
    inquiry = ask(visitor(clinic))
    mark_contacted(actor("front_desk"), inquiry_id=inquiry.id, note="Called, books a consultation", at=AT)
    details = Details(given_name="Cy", family_name="Placeholder", birth_date=date(1975, 6, 30))
    patient = register_from_inquiry(actor("front_desk"), inquiry_id=inquiry.id, details=details, at=AT)
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.patient_id) == ("registered", patient.id)
    with pytest.raises(Refused) as refused:
        register_from_inquiry(actor("front_desk"), inquiry_id=inquiry.id, details=details, at=AT)
    assert refused.value.status == 409
    assert Patient.objects.count() == 1


def test_a_possible_duplicate_leaves_the_inquiry_open(actor, clinic, patient):
    inquiry = ask(visitor(clinic), given_name="Ada", family_name="Example")
    details = Details(given_name="Ada", family_name="Example", birth_date=date(1981, 2, 14))
    with pytest.raises(PossibleDuplicate):
        register_from_inquiry(actor("front_desk"), inquiry_id=inquiry.id, details=details, at=AT)
    inquiry.refresh_from_db()
    assert inquiry.status == "new"
    link_inquiry(actor("front_desk"), inquiry_id=inquiry.id, patient_id=patient.id, at=AT)
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.patient_id) == ("linked", patient.id)


def test_two_inquiries_of_one_person_become_one(actor, clinic):
    first, second = ask(visitor(clinic)), ask(visitor(clinic), message="Hello again")
    assert [one.id for one in inquiry_queries.similar_inquiries(actor("front_desk"), second)] == [first.id]
    link_to_inquiry(actor("front_desk"), inquiry_id=second.id, same_as_id=first.id, at=AT)
    assert [one.id for one in inquiry_queries.inquiries(actor("front_desk"))] == [first.id]


def test_declining_needs_a_reason(actor, clinic):
    inquiry = ask(visitor(clinic))
    with pytest.raises(Refused) as refused:
        decline_inquiry(actor("front_desk"), inquiry_id=inquiry.id, reason=" ", at=AT)
    assert refused.value.field == "reason"
    assert Inquiry.objects.get().status == "new"
    decline_inquiry(actor("front_desk"), inquiry_id=inquiry.id, reason="Out of our area, gave two names", at=AT)
    assert Inquiry.objects.get().status == "declined"


def test_a_visitor_can_do_nothing_else(clinic):
    who = visitor(clinic)
    for attempt in (
        lambda: inquiry_queries.inquiries(who),
        lambda: decline_inquiry(who, inquiry_id=who.clinic_id, reason="x", at=AT),
        lambda: set_service(who, code="x1", title="X", summary="", state="open", at=AT),
    ):
        with pytest.raises(NotAllowed):
            attempt()
