from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from ketachart.people import commands
from ketachart.people.models import Patient
from ketachart.people.rules import Details
from ketachart.record.actor import Actor
from ketachart.record.models import AccessEntry, Clinic

AT = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
BUDGET = 10
SignIn = Callable[..., Client]
Acting = Callable[..., Actor]


@pytest.fixture
def many(actor: Acting) -> list[Patient]:
    desk = actor("front_desk")
    return [
        commands.register_patient(desk, details=Details(f"Given{n:02d}", f"Family{n:02d}", date(1950 + n, 1, 1)), at=AT)
        for n in range(30)
    ]


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("nurse", "/today/"),
        ("prescriber", "/today/"),
        ("therapist", "/today/"),
        ("pharmacist", "/today/"),
        ("biller", "/today/"),
        ("front_desk", "/today/"),
        ("clinic_lead", "/today/"),
        ("front_desk", "/people/"),
        ("clinic_lead", "{patient}"),
        ("prescriber", "{patient}"),
        ("clinic_lead", "{patient}details/"),
        ("clinic_lead", "{patient}access/"),
        ("patient", "/mine/"),
    ],
)
def test_a_page_stays_within_its_statements_whatever_the_number_of_patients(
    sign_in: SignIn, many: list[Patient], count_statements: Callable[[], object], role: str, address: str
) -> None:
    fields = {"patient_id": many[0].id} if role == "patient" else {}
    client = sign_in(role, **fields)
    with count_statements() as statements:  # type: ignore[attr-defined]
        answer = client.get(address.format(patient=f"/people/{many[0].id}/"))
    assert answer.status_code == 200
    assert len(statements) < BUDGET, "\n".join(statements.all)


def test_every_page_of_a_person_is_written_into_the_access_log(sign_in: SignIn, many: list[Patient]) -> None:
    client = sign_in("prescriber")
    client.get(f"/people/{many[0].id}/")
    client.get(f"/people/{many[0].id}/details/")
    assert [e.what for e in AccessEntry.objects.filter(patient_id=many[0].id).order_by("id")] == ["overview", "details"]


def test_a_person_of_another_clinic_is_not_found_and_not_logged(
    sign_in: SignIn, user_of: Callable[..., object], other_clinic: Clinic
) -> None:
    elsewhere = Actor.of(user_of("front_desk", at=other_clinic))  # type: ignore[arg-type]
    theirs = commands.register_patient(elsewhere, details=Details("Ada", "Example", date(1990, 1, 1)), at=AT)
    client = sign_in("clinic_lead")
    for page in ("", "details/", "details/amend/", "access/", "support/new/"):
        assert client.get(f"/people/{theirs.id}/{page}").status_code == 404
    assert AccessEntry.objects.count() == 0


def test_a_patient_sees_the_own_home_and_no_page_of_staff(sign_in: SignIn, many: list[Patient]) -> None:
    client = sign_in("patient", patient_id=many[0].id)
    assert "Hello Given00" in client.get("/mine/").content.decode()
    for address in ("/today/", "/people/", f"/people/{many[0].id}/", f"/people/{many[1].id}/details/", "/staff/"):
        assert client.get(address).status_code == 403


def test_a_refused_registration_keeps_what_was_typed_and_names_each_field(sign_in: SignIn) -> None:
    client = sign_in("front_desk")
    answer = client.post(
        "/people/new/", {"given_name": "Ada", "family_name": "", "birth_date": "2090-01-01", "phone": "x"}
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Ada"' in text
    assert 'value="2090-01-01"' in text
    for problem in ("Family name: Nothing entered", "lies in the future", "not a telephone number"):
        assert problem in text
    assert Patient.objects.count() == 0


def test_a_registration_that_looks_like_somebody_known_asks_and_then_obeys(sign_in: SignIn) -> None:
    client = sign_in("front_desk")
    typed = {"given_name": "Ada", "family_name": "Example", "birth_date": "1990-05-17"}
    assert client.post("/people/new/", typed).status_code == 302
    first = Patient.objects.get()
    answer = client.post("/people/new/", typed)
    assert answer.status_code == 422
    assert str(first.id) in answer.content.decode()
    assert Patient.objects.count() == 1
    confirmed = {**typed, "another_person": "on", "looked_at": str(first.id)}
    assert client.post("/people/new/", confirmed).status_code == 302
    assert Patient.objects.count() == 2


def test_the_timeline_tells_each_event_in_words_and_who_wrote_it(sign_in: SignIn, many: list[Patient]) -> None:
    text = sign_in("nurse").get(f"/people/{many[3].id}/").content.decode()
    assert "Registered" in text
    assert f"as {many[3].mrn}" in text
    assert "Front Desk Test" in text


def test_every_kind_of_event_has_a_title() -> None:
    from ketachart.desk.timeline import title_of
    from ketachart.record.kinds import known_kinds

    assert all(title_of(kind) for kind in known_kinds())
