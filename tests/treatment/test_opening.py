"""From plan and consent to an open session, through the parts below."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ketachart.course.commands import withdraw_plan
from ketachart.intake.consent_commands import sign_consent, withdraw_consent
from ketachart.intake.kinds import Intended
from ketachart.knowledge.loader import consent_text
from ketachart.people.commands import open_room
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.identity import new_id
from ketachart.treatment.models import TreatmentSession
from ketachart.treatment.queries import view_session
from ketachart.treatment.rules import start_findings
from tests.course.conftest import AT, course, eligible, vial, write  # noqa: F401  (fixtures)
from tests.schedule.conftest import person  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    at = AT + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


@pytest.fixture
def plan(course: Any, vial: Any, write: Any) -> Any:  # noqa: F811
    return write(course, vial())


def sign(actor: Any, patient_id: Any, at: datetime) -> Any:
    text = consent_text(product="ketamine-injection", route="IV", indication="TRD", on=date(2026, 11, 22))
    assert text is not None
    return sign_consent(
        actor("patient", patient_id=patient_id),
        patient_id=patient_id,
        intended=Intended(product="ketamine-injection", route="IV", indication="TRD"),
        text_id=text.id,
        text_version=text.version,
        text_sha256=text.sha256,
        typed_name="Ada Test",
        agreed=True,
        at=at,
    )


def press_open(client: Client, patient_id: Any, **data: Any) -> Any:
    return client.post(reverse("treatment:open", args=[patient_id]), data)


def verdict(actor: Callable[..., Actor], session: TreatmentSession, rule_id: str, at: datetime) -> str:
    state = view_session(actor("nurse"), session.id).state
    return next(finding.verdict for finding in start_findings(state, at) if finding.rule_id == rule_id)


def test_without_a_plan_no_session_is_opened(
    sign_in: Any,
    person: Any,  # noqa: F811
    now: datetime,
) -> None:
    who = person()
    client = sign_in("nurse")
    assert "No plan is in force" in client.get(reverse("treatment:sessions", args=[who.id])).content.decode()
    assert press_open(client, who.id).status_code == 422
    assert TreatmentSession.objects.count() == 0


def test_a_session_takes_plan_weight_consent_and_room(sign_in: Any, plan: Any, actor: Any, now: datetime) -> None:
    room = open_room(actor("clinic_lead"), name="Room 1", chairs=1, at=AT)
    sign(actor, plan.patient_id, AT + timedelta(hours=1))
    answer = press_open(sign_in("nurse"), plan.patient_id, room=str(room.id))
    session = TreatmentSession.objects.get()
    assert answer.url == reverse("treatment:prepare", args=[session.id])
    assert (session.room, session.plan_id, session.session_number) == ("Room 1", plan.id, 1)
    opened = view_session(actor("nurse"), session.id).state.opened
    assert opened is not None
    assert (opened.plan.product_id, opened.plan.dose_mg, opened.patient.weight_kg) == ("ketamine-injection", 40, 80)
    assert {verdict(actor, session, rule_id, now) for rule_id in ("ST01", "ST02", "ST03", "ST04")} == {"met"}


def test_opening_twice_with_one_press_opens_one(sign_in: Any, plan: Any, now: datetime) -> None:
    client, press = sign_in("nurse"), str(new_id())
    addresses = {press_open(client, plan.patient_id, event_id=press).url for _ in range(2)}
    assert len(addresses) == 1
    assert TreatmentSession.objects.count() == 1


def test_a_consent_signed_after_the_opening_is_found_on_the_page(
    sign_in: Any, plan: Any, actor: Any, now: datetime
) -> None:
    press_open(sign_in("nurse"), plan.patient_id)
    session = TreatmentSession.objects.get()
    assert verdict(actor, session, "ST01", now) == "missing"
    sign(actor, plan.patient_id, now)
    client = sign_in("nurse")
    assert client.post(reverse("treatment:bind_consent", args=[session.id])).status_code == 302
    assert verdict(actor, session, "ST01", now) == "met"


def test_a_consent_withdrawn_before_the_dose_shuts_the_start(
    sign_in: Any, plan: Any, actor: Any, now: datetime
) -> None:
    consent = sign(actor, plan.patient_id, AT + timedelta(hours=1))
    press_open(sign_in("nurse"), plan.patient_id)
    session = TreatmentSession.objects.get()
    assert verdict(actor, session, "ST01", now) == "met"
    who = actor("patient", patient_id=plan.patient_id)
    withdraw_consent(who, consent_id=consent.id, reason=None, at=now)
    assert verdict(actor, session, "ST01", now) == "missing"


def test_a_plan_withdrawn_before_the_dose_shuts_the_start_and_the_session_can_end(
    sign_in: Any, plan: Any, actor: Any, now: datetime
) -> None:
    press_open(sign_in("nurse"), plan.patient_id)
    session = TreatmentSession.objects.get()
    withdraw_plan(actor("prescriber"), plan_id=plan.id, reason="Blood pressure first.", at=now)
    assert verdict(actor, session, "ST02", now) == "not met"
    client = sign_in("nurse")
    address = reverse("treatment:prepare_step", args=[session.id, "abandon"])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Plan withdrawn."}).status_code == 302
    assert TreatmentSession.objects.get().phase == "discharged"
    page = client.get(reverse("treatment:prepare", args=[session.id])).content.decode()
    assert "This session has ended" in page
