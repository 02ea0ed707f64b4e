from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from ketachart.people import commands, sign_ins
from ketachart.people.models import Patient
from ketachart.people.rules import Details
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Event, User

AT = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
Acting = Callable[..., Actor]


@pytest.fixture
def ada(actor: Acting) -> Patient:
    return commands.register_patient(actor("front_desk"), details=Details("Ada", "Example", date(1990, 5, 17)), at=AT)


def test_the_password_opens_the_own_pages_and_is_written_nowhere(actor: Acting, ada: Patient, client: Client) -> None:
    user, password = sign_ins.give_sign_in(actor("front_desk"), patient_id=ada.id, username="ada@example.org", at=AT)
    assert client.login(username="ada@example.org", password=password)
    assert "Hello Ada" in client.get("/mine/").content.decode()
    assert not any(password in event.frame for event in Event.objects.all())
    assert password not in user.password


def test_a_sign_in_given_again_ends_the_old_password_and_keeps_the_account(
    actor: Acting, ada: Patient, client: Client
) -> None:
    desk = actor("front_desk")
    user, old = sign_ins.give_sign_in(desk, patient_id=ada.id, username="ada", at=AT)
    again, new = sign_ins.give_sign_in(desk, patient_id=ada.id, username="another", at=AT)
    assert (again.id, again.username) == (user.id, "ada")
    assert not client.login(username="ada", password=old)
    assert client.login(username="ada", password=new)


@pytest.mark.parametrize("username", ["", "a", "two words", "-x-y", "ADA EXAMPLE"])
def test_a_username_that_cannot_be_typed_is_refused(actor: Acting, ada: Patient, username: str) -> None:
    with pytest.raises(Refused) as refused:
        sign_ins.give_sign_in(actor("front_desk"), patient_id=ada.id, username=username, at=AT)
    assert refused.value.field == "username"
    assert not User.objects.filter(role="patient").exists()


def test_a_taken_username_is_refused_whatever_its_case(actor: Acting, ada: Patient) -> None:
    lead = actor("clinic_lead")
    sign_ins.add_staff(lead, username="ada", display_name="Ada Staff", role="nurse", at=AT)
    with pytest.raises(Refused) as refused:
        sign_ins.give_sign_in(lead, patient_id=ada.id, username="Ada", at=AT)
    assert refused.value.status == 409


def test_only_the_clinic_lead_makes_staff_and_nobody_becomes_a_patient_that_way(actor: Acting) -> None:
    with pytest.raises(NotAllowed):
        sign_ins.add_staff(actor("nurse"), username="new", display_name="New", role="clinic_lead", at=AT)
    with pytest.raises(Refused) as refused:
        sign_ins.add_staff(actor("clinic_lead"), username="new", display_name="New", role="patient", at=AT)
    assert refused.value.field == "role"


def test_a_closed_account_cannot_sign_in_and_nobody_closes_the_own(actor: Acting, client: Client) -> None:
    lead = actor("clinic_lead")
    user, password = sign_ins.add_staff(lead, username="temp", display_name="Temp Nurse", role="nurse", at=AT)
    client.login(username="temp", password=password)
    assert client.get("/today/").status_code == 200
    sign_ins.end_staff(lead, user_id=user.id, reason="left", at=AT)
    assert client.get("/today/").status_code == 302  # also where the person is signed in already
    assert not client.login(username="temp", password=password)
    with pytest.raises(Refused):
        sign_ins.end_staff(lead, user_id=lead.user_id, reason="slip", at=AT)
