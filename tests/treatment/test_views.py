"""The pages: what is typed comes back, what is refused writes nothing, every read is noted."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ketachart.people.models import Patient
from ketachart.record.identity import new_id
from ketachart.record.models import AccessEntry, Event
from ketachart.treatment.models import TreatmentSession

from .charting import reassuring_answers, time_out
from .conftest import Walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(sign_in: Callable[..., Client]) -> Client:
    return sign_in("nurse")


def post(client: Client, walk: Walk, step: str, data: dict[str, Any]) -> Any:
    return client.post(reverse("treatment:prepare_step", args=[walk.session.id, step]), data)


def leave(client: Client, walk: Walk, step: str, data: dict[str, Any]) -> Any:
    return client.post(reverse("treatment:discharge_step", args=[walk.session.id, step]), data)


def test_the_preparation_page_says_what_is_open_and_fills_nothing_in(nurse: Client, walk: Walk) -> None:
    page = nurse.get(reverse("treatment:prepare", args=[walk.session.id])).content.decode()
    assert "The dose cannot be given yet" in page
    assert "Time-out complete" in page
    fields = re.findall(r"<input[^>]+>", page)
    clinical = [field for field in fields if 'type="hidden"' not in field and 'type="radio"' not in field]
    assert [field for field in clinical if re.search(r'\svalue="[^"]+"', field) and "checkbox" not in field] == []
    assert not re.search(r"<input[^>]+checked", page)


def test_every_read_of_the_record_is_noted(nurse: Client, walk: Walk, patient: Patient) -> None:
    for name in ("prepare", "discharge", "record", "aftercare", "bootstrap"):
        before = AccessEntry.objects.filter(patient_id=patient.id).count()
        assert nurse.get(reverse(f"treatment:{name}", args=[walk.session.id])).status_code == 200, name
        assert AccessEntry.objects.filter(patient_id=patient.id).count() == before + 1, name


def test_the_preparation_by_its_pages_opens_the_start_gate(nurse: Client, walk: Walk) -> None:
    answers = {name: "yes" if value else "no" for name, value in reassuring_answers().items()}
    steps: dict[str, dict[str, Any]] = {
        "fasting": {"last_solids_at": "2026-11-22T06:00", "last_clear_fluids_at": "2026-11-22T10:00"},
        "escort": {"name": "A. Friend", "relation": "friend", "phone": "555-0100", "confirmed": "yes"},
        "vitals": {
            "systolic_mmhg": "124",
            "diastolic_mmhg": "78",
            "heart_rate_per_min": "70",
            "spo2_percent": "98",
            "respiratory_rate_per_min": "14",
            "sedation": "5",
        },
        "rescreen": answers,
        "time-out": {**{item.id: "on" for item in time_out().items}, "second_person": "Nurse Two"},
    }
    for step, data in steps.items():
        answer = post(nurse, walk, step, data)
        assert answer.status_code == 302, (step, answer.content.decode())
        assert answer.url.endswith(f"#{step}")
    page = nurse.get(reverse("treatment:prepare", args=[walk.session.id])).content.decode()
    assert "Everything for the start holds" in page
    assert TreatmentSession.objects.get().phase == "ready"


def test_an_impossible_value_is_refused_beside_its_field_and_stays_typed(nurse: Client, walk: Walk) -> None:
    before = Event.objects.count()
    answer = post(nurse, walk, "vitals", {"systolic_mmhg": "1240", "diastolic_mmhg": "78", "sedation": "5"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "cannot be" in page
    assert 'value="1240' in page
    assert 'value="78' in page
    assert Event.objects.count() == before


def test_an_unusual_value_is_asked_about_and_the_record_says_that_it_was_confirmed(nurse: Client, walk: Walk) -> None:
    typed = {"systolic_mmhg": "196", "diastolic_mmhg": "99"}
    answer = post(nurse, walk, "vitals", typed)
    assert answer.status_code == 422
    assert "is unusual" in answer.content.decode()
    assert Event.objects.filter(kind="treatment.vitals_charted").count() == 0
    assert post(nurse, walk, "vitals", {**typed, "unusual_is_right": "on"}).status_code == 302
    event = Event.objects.get(kind="treatment.vitals_charted")
    assert event.content.confirmed_unusual == ("systolic_mmhg",)  # type: ignore[attr-defined]


def test_one_refused_value_keeps_the_score_beside_it_unwritten(nurse: Client, walk: Walk) -> None:
    post(nurse, walk, "vitals", {"systolic_mmhg": "124", "sedation": "5"})
    assert Event.objects.filter(kind="treatment.sedation_scored").count() == 0


@pytest.mark.parametrize("step", ["fasting", "escort", "vitals", "rescreen"])
def test_an_empty_form_charts_nothing(nurse: Client, walk: Walk, step: str) -> None:
    before = Event.objects.count()
    assert post(nurse, walk, step, {}).status_code == 422
    assert Event.objects.count() == before


def test_a_form_sent_twice_charts_once(nurse: Client, walk: Walk) -> None:
    data = {"name": "A. Friend", "confirmed": "yes", "event_id": str(new_id())}
    for _ in range(2):
        assert post(nurse, walk, "escort", data).status_code in {302, 422}
    assert Event.objects.filter(kind="treatment.escort_charted").count() == 1


def test_a_step_that_is_not_there_is_not_found(nurse: Client, walk: Walk) -> None:
    assert post(nurse, walk, "nothing", {}).status_code == 404
    assert leave(nurse, walk, "nothing", {}).status_code == 404
    assert nurse.get(reverse("treatment:prepare", args=[new_id()])).status_code == 404


def test_the_discharge_page_walks_home_and_signs(nurse: Client, walk: Walk) -> None:
    walk.prepare()
    walk.dose()
    walk.chart(60.5, "vitals_charted", {"systolic_mmhg": 124, "diastolic_mmhg": 78})
    page = nurse.get(reverse("treatment:discharge", args=[walk.session.id])).content.decode()
    assert "The patient cannot leave yet" in page
    assert "Explain" in page
    assert leave(nurse, walk, "leave", {}).status_code == 422
    assert Event.objects.filter(kind="treatment.discharged").count() == 0
    assert leave(nurse, walk, "gaps", {"gaps": ["vitals x"], "cause": "unobtainable"}).status_code == 422


def test_a_gap_is_explained_on_the_page(nurse: Client, walk: Walk) -> None:
    walk.prepare()
    walk.chart(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    walk.chart(60, "infusion_stopped", {"reason": "complete"})
    data = {"gaps": [f"vitals {walk.at(30).isoformat()}"], "cause": "other", "note": ""}
    refused = leave(nurse, walk, "gaps", data)
    assert refused.status_code == 422
    assert "Say what it was" in refused.content.decode()
    assert leave(nurse, walk, "gaps", {**data, "note": "Cuff off for the bathroom."}).status_code == 302
    event = Event.objects.get(kind="treatment.gap_explained")
    assert event.content.due_at == walk.at(30)  # type: ignore[attr-defined]


def test_discharge_is_refused_and_then_written_by_the_page(nurse: Client, walk: Walk, monkeypatch: Any) -> None:
    walk.prepare()
    walk.dose()
    walk.recover()
    from ketachart.record import clock

    monkeypatch.setattr(clock, "now", lambda: walk.at(121))
    page = nurse.get(reverse("treatment:discharge", args=[walk.session.id])).content.decode()
    assert "Everything for the way home holds" in page
    assert leave(nurse, walk, "leave", {}).status_code == 302
    monkeypatch.setattr(clock, "now", lambda: walk.at(123))
    assert leave(nurse, walk, "sign", {"statement": ""}).status_code == 422
    answer = leave(nurse, walk, "sign", {"statement": "Complete and correct."})
    assert answer.status_code == 302
    record = nurse.get(reverse("treatment:record", args=[walk.session.id])).content.decode()
    assert "Complete and correct." in record
    assert "40.00 mg" in record
    answer = nurse.post(reverse("treatment:record", args=[walk.session.id]), {"text": "Telephoned: home safely."})
    assert answer.status_code == 302
    assert "Telephoned: home safely." in nurse.get(reverse("treatment:record", args=[walk.session.id])).content.decode()


def test_the_record_shows_a_corrected_entry_struck_through(nurse: Client, walk: Walk, actor: Any) -> None:
    walk.chart(1, "vitals_charted", {"heart_rate_per_min": 107})
    wrong = Event.objects.get(kind="treatment.vitals_charted")
    walk.chart(
        2,
        "event_corrected",
        {
            "target_id": str(wrong.id),
            "reason": "digits swapped",
            "replacement": {
                "kind": "treatment.vitals_charted",
                "content": {"heart_rate_per_min": 70},
                "effective_at": walk.at(1).isoformat(),
            },
        },
    )
    record = nurse.get(reverse("treatment:record", args=[walk.session.id])).content.decode()
    assert re.search(r"<del>Vitals: Heart rate 107 /min</del>", record)
    assert "digits swapped" in record
    assert "Heart rate 70 /min" in record


def test_an_override_on_the_page_asks_for_a_reason_and_a_second_person(
    sign_in: Callable[..., Client], walk: Walk, user_of: Any
) -> None:
    walk.prepare()
    walk.dose()
    walk.recover(leave_out="ambulation_at_baseline")
    walk.chart(120.1, "discharge_assessed", {"ambulation_at_baseline": False})
    second = user_of("nurse")
    second.set_password("correct horse battery")
    second.save()
    prescriber = sign_in("prescriber")
    address = reverse("treatment:override", args=[walk.session.id, "discharge"])
    data = {"findings": ["DI09"], "reason": "Uses a stick, as on arrival."}
    assert prescriber.post(address, {**data, "reason": ""}).status_code == 422
    assert prescriber.post(address, data).status_code == 422
    wrong = {**data, "second_signer_username": second.username, "second_signer_password": "wrong"}
    answer = prescriber.post(address, wrong)
    assert answer.status_code == 422
    assert "do not belong together" in answer.content.decode()
    assert "wrong" not in re.findall(r'name="second_signer_password"[^>]*', answer.content.decode())[0]
    assert Event.objects.filter(kind="treatment.gate_overridden").count() == 0
    assert prescriber.post(address, {**wrong, "second_signer_password": "correct horse battery"}).status_code == 302
    content: Any = Event.objects.get(kind="treatment.gate_overridden").content
    assert content.second_signer_name == "Nurse Test"
    assert content.by_role == "prescriber"


def test_guessing_a_second_signature_is_stopped(sign_in: Callable[..., Client], walk: Walk, user_of: Any) -> None:
    user_of("nurse")
    prescriber = sign_in("prescriber")
    address = reverse("treatment:override", args=[walk.session.id, "start"])
    data = {
        "findings": ["ST07"],
        "reason": "Unescorted; stays two hours.",
        "second_signer_username": "nurse@fern-hill",
        "second_signer_password": "guess",
    }
    pages = [prescriber.post(address, data).content.decode() for _ in range(6)]
    assert "Too many attempts" in pages[-1]


def test_ones_own_password_in_between_buys_no_more_guesses(
    sign_in: Callable[..., Client], walk: Walk, user_of: Any
) -> None:
    user_of("nurse")
    prescriber = sign_in("prescriber")
    own = user_of("prescriber")
    own.set_password("the-prescribers-own-1")
    own.save()
    prescriber.force_login(own)
    address = reverse("treatment:override", args=[walk.session.id, "start"])
    data = {"findings": ["ST07"], "reason": "Unescorted; stays two hours."}
    for _ in range(5):
        guess = {"second_signer_username": "nurse@fern-hill", "second_signer_password": "guess"}
        prescriber.post(address, data | guess)
        self_signed = {"second_signer_username": own.username, "second_signer_password": "the-prescribers-own-1"}
        page = prescriber.post(address, data | self_signed).content.decode()
    assert "Too many attempts" in page
    assert not Event.objects.filter(kind="treatment.gate_overridden").exists()


@pytest.mark.parametrize("role", ["front_desk", "biller", "pharmacist"])
def test_who_has_no_part_in_treatment_reads_nothing(sign_in: Callable[..., Client], walk: Walk, role: str) -> None:
    client = sign_in(role)
    for name in ("prepare", "discharge", "record", "room", "bootstrap", "prediction", "gates"):
        assert client.get(reverse(f"treatment:{name}", args=[walk.session.id])).status_code == 403, name


def test_a_therapist_reads_and_is_offered_nothing_to_chart(sign_in: Callable[..., Client], walk: Walk) -> None:
    client = sign_in("therapist")
    page = client.get(reverse("treatment:prepare", args=[walk.session.id])).content.decode()
    assert 'class="form' not in page
    assert post(client, walk, "escort", {"name": "X", "confirmed": "yes"}).status_code == 403


def test_a_page_of_a_session_costs_few_statements(nurse: Client, walk: Walk, count_statements: Any) -> None:
    walk.prepare()
    for name in ("prepare", "discharge", "record"):
        with count_statements() as statements:
            nurse.get(reverse(f"treatment:{name}", args=[walk.session.id]))
        assert len(statements) <= 14, (name, statements.all)


@pytest.mark.parametrize("page", ["room", "board"])
def test_the_room_and_the_board_know_the_clinics_zone(nurse: Client, walk: Walk, clinic: Any, page: str) -> None:
    """Their scripts say and take times in it (clinic_clock.js), whatever zone the tablet is set to."""
    address = reverse("treatment:board") if page == "board" else reverse("treatment:room", args=[walk.session.id])
    assert f'data-timezone="{clinic.timezone}"' in nurse.get(address).content.decode()


def test_the_preparation_asks_again_whether_the_person_may_be_treated(
    walk: Walk, sign_in: Callable[..., Client]
) -> None:
    """Nobody decided on this person: the page says so before the dose, and not after it."""
    address = reverse("treatment:prepare", args=[walk.session.id])
    page = sign_in("nurse").get(address).content.decode()
    assert "Screening: " in page
    assert "What changed since the decision" in page
    walk.prepare()
    walk.chart(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    assert "What changed since the decision" not in sign_in("nurse").get(address).content.decode()
