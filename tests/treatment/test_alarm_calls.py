"""The patient's call button: the own running session and no other, once for once, answered by name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from ketachart.people.models import Patient
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.identity import new_id
from ketachart.record.live import guards
from ketachart.record.models import Event
from ketachart.treatment import commands, reactions
from ketachart.treatment.alarm_calls import Call, Said, call_in, call_staff, last_call, own_running_session
from ketachart.treatment.alarm_kinds import AlarmAcknowledged
from ketachart.treatment.models import TreatmentSession

from .charting import minute

JSON = {"HTTP_ACCEPT": "application/json"}


def calls() -> list[Event]:
    return list(Event.objects.filter(kind="treatment.patient_called"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], None),
        ([Said(minute(1), "Ada", False)], Call(minute(1))),
        ([Said(minute(1), "Ada", False), Said(minute(2), "Kim", True)], Call(minute(1), "Kim")),
        ([Said(minute(2), "Kim", True), Said(minute(1), "Ada", False)], Call(minute(1), "Kim")),
        (
            [Said(minute(1), "Ada", False), Said(minute(2), "Kim", True), Said(minute(3), "Ada", False)],
            Call(minute(3)),
        ),
        (
            [Said(minute(1), "Ada", False), Said(minute(2), "Kim", True), Said(minute(3), "Ines", True)],
            Call(minute(1), "Kim"),
        ),
        ([Said(minute(2), "Kim", True)], None),
    ],
)
def test_what_became_of_the_last_call(said: list[Said], expected: Call | None) -> None:
    assert last_call(said) == expected


def test_a_call_is_charted_once_and_raises_an_alarm_that_somebody_answers_by_name(
    sign_in: Callable[..., Client],
    actor: Callable[..., Actor],
    open_session: Callable[..., TreatmentSession],
    patient: Patient,
) -> None:
    session = open_session(at=clock.now())
    phone = sign_in("patient", patient_id=patient.id)
    call_id = str(new_id())
    answer = phone.post("/mine/call/", {"id": call_id}, **JSON).json()
    assert answer["running"] is True
    assert answer["called_at"] is not None
    assert answer["answered_by"] is None
    assert phone.post("/mine/call/", {"id": call_id}, **JSON).status_code == 200
    assert len(calls()) == 1
    state = guards.state_of(_stream(session))
    (planned,) = reactions.decide_alarms(state, session.id, clock.now()).events
    alarm_id: str = planned.content.alarm_id  # type: ignore[attr-defined]
    assert alarm_id == f"PC01/{call_id}"
    nurse = actor("nurse")
    commands.chart(nurse, session.id, AlarmAcknowledged(alarm_id=alarm_id), at=clock.now())
    assert phone.get("/mine/call.json").json()["answered_by"] == nurse.name
    assert nurse.name in phone.get("/mine/").content.decode()


def test_without_javascript_the_button_calls_and_comes_back(
    sign_in: Callable[..., Client], open_session: Callable[..., TreatmentSession], patient: Patient
) -> None:
    open_session()
    phone = sign_in("patient", patient_id=patient.id)
    assert "Call the nurse" in phone.get("/mine/").content.decode()
    answer = phone.post("/mine/call/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/mine/")
    assert len(calls()) == 1
    assert "We have been called" in phone.get("/mine/").content.decode()


def test_who_is_in_no_session_has_no_button_and_cannot_call(
    sign_in: Callable[..., Client], open_session: Callable[..., TreatmentSession], patient: Patient
) -> None:
    open_session()
    stranger = sign_in("patient", patient_id=new_id())
    assert stranger.post("/mine/call/", **JSON).status_code == 409
    assert stranger.get("/mine/call.json").json() == {"running": False, "called_at": None, "answered_by": None}
    assert calls() == []


def test_after_the_session_nobody_is_called(
    actor: Callable[..., Actor], open_session: Callable[..., TreatmentSession], patient: Patient
) -> None:
    session = open_session(at=clock.now())
    commands.abandon(actor("nurse"), session.id, reason="Went home", at=clock.now())
    with pytest.raises(Refused):
        call_staff(actor("patient", patient_id=patient.id), at=clock.now())
    assert calls() == []


@pytest.mark.parametrize("role", ["nurse", "prescriber", "clinic_lead"])
def test_only_a_patient_presses_the_patients_button(
    actor: Callable[..., Actor], open_session: Callable[..., TreatmentSession], role: str
) -> None:
    session = open_session()
    with pytest.raises(NotAllowed):
        call_staff(actor(role), at=clock.now())
    with pytest.raises(NotAllowed):
        call_in(actor(role), session.id)
    assert calls() == []


def test_a_broken_id_is_named(sign_in: Callable[..., Client], patient: Patient) -> None:
    phone = sign_in("patient", patient_id=patient.id)
    answer = phone.post("/mine/call/", {"id": "x"}, **JSON)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "id")


def test_the_session_of_another_clinic_is_not_found(
    actor: Callable[..., Actor], open_session: Callable[..., TreatmentSession], patient: Patient, other_clinic: Any
) -> None:
    open_session()
    assert own_running_session(actor("patient", patient_id=patient.id)) is not None
    elsewhere = actor("patient", patient_id=patient.id, at=other_clinic)
    assert own_running_session(elsewhere) is None


def _stream(session: TreatmentSession) -> Any:
    from ketachart.record.models import Stream

    return Stream.objects.get(id=session.id)
