from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ketachart.people import commands, queries
from ketachart.people.models import Patient, SupportPerson
from ketachart.people.rules import Details
from ketachart.record.actor import Actor
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.models import Clinic, Event

AT = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
ADA = Details("Ada", "Example", date(1990, 5, 17), phone="+1 212 555 0142")
Acting = Callable[..., Actor]


def test_a_registered_person_has_a_number_and_an_event(actor: Acting) -> None:
    patient = commands.register_patient(actor("front_desk"), details=ADA, at=AT)
    event = Event.objects.get(stream_id=patient.id)
    assert (event.kind, event.number) == ("people.patient_registered", 1)
    assert event.content.family_name == "Example"
    assert event.content.mrn == patient.mrn == "K000001"


def test_numbers_are_given_out_once_and_skip_those_brought_from_elsewhere(actor: Acting) -> None:
    desk = actor("front_desk")
    commands.register_patient(desk, details=ADA, mrn="K000001", at=AT)
    second = commands.register_patient(desk, details=replace(ADA, birth_date=date(1970, 1, 1)), at=AT)
    assert second.mrn == "K000002"
    with pytest.raises(Refused) as refused:
        commands.register_patient(desk, details=replace(ADA, birth_date=date(1971, 1, 1)), mrn="K000002", at=AT)
    assert refused.value.field == "mrn"


def test_a_possible_duplicate_is_refused_until_a_human_has_looked_and_nothing_is_written(actor: Acting) -> None:
    desk = actor("front_desk")
    first = commands.register_patient(desk, details=ADA, at=AT)
    twin = replace(ADA, given_name="Adah")
    with pytest.raises(commands.PossibleDuplicate) as refused:
        commands.register_patient(desk, details=twin, at=AT)
    assert [candidate.patient_id for candidate in refused.value.candidates] == [first.id]
    assert Patient.objects.count() == 1
    assert Event.objects.count() == 1

    second = commands.register_patient(desk, details=twin, confirmed_different_from=[first.id], at=AT)
    assert Event.objects.get(stream_id=second.id).content.confirmed_different_from == [first.id]


def test_a_person_of_another_clinic_is_no_duplicate_and_cannot_be_opened(
    actor: Acting, other_clinic: Clinic, user_of: Callable[..., object]
) -> None:
    elsewhere = Actor.of(user_of("front_desk", at=other_clinic))  # type: ignore[arg-type]
    theirs = commands.register_patient(elsewhere, details=ADA, at=AT)
    mine = commands.register_patient(actor("front_desk"), details=ADA, at=AT)
    assert mine.mrn == theirs.mrn == "K000001"
    with pytest.raises(Refused) as refused:
        queries.patient_for(actor("front_desk"), theirs.id)
    assert refused.value.status == 404
    with pytest.raises(Refused):
        commands.amend_details(actor("front_desk"), patient_id=theirs.id, details=ADA, reason="no", at=AT)


def test_an_amendment_keeps_what_stood_before_with_the_reason(actor: Acting) -> None:
    desk = actor("front_desk")
    patient = commands.register_patient(desk, details=ADA, at=AT)
    commands.amend_details(
        desk, patient_id=patient.id, details=replace(ADA, family_name="Married"), reason="wedding", at=AT
    )
    (change,) = Event.objects.get(kind="people.details_amended").content.changes
    assert (change.field, change.before, change.after) == ("family_name", "Example", "Married")
    assert queries.list_patients(desk, search="married").patients == [patient]
    assert queries.list_patients(desk, search="example").patients == []


def test_an_amendment_without_reason_is_refused_and_nothing_changes(actor: Acting) -> None:
    desk = actor("front_desk")
    patient = commands.register_patient(desk, details=ADA, at=AT)
    with pytest.raises(Refused) as refused:
        commands.amend_details(desk, patient_id=patient.id, details=replace(ADA, given_name="Eda"), reason=" ", at=AT)
    assert refused.value.field == "reason"
    assert Patient.objects.get(id=patient.id).given_name == "Ada"
    assert Event.objects.count() == 1


def test_an_amendment_that_changes_nothing_writes_nothing(actor: Acting) -> None:
    desk = actor("front_desk")
    patient = commands.register_patient(desk, details=ADA, at=AT)
    commands.amend_details(desk, patient_id=patient.id, details=ADA, reason="", at=AT)
    assert Event.objects.count() == 1


@pytest.mark.parametrize("role", ["therapist", "biller", "pharmacist"])
def test_roles_without_the_permission_register_nobody(actor: Acting, role: str) -> None:
    with pytest.raises(NotAllowed):
        commands.register_patient(actor(role), details=ADA, at=AT)
    assert Patient.objects.count() == 0


def test_a_support_person_is_ended_not_deleted(actor: Acting) -> None:
    desk = actor("front_desk")
    patient = commands.register_patient(desk, details=ADA, at=AT)
    person = commands.add_support_person(
        desk, patient_id=patient.id, name="Dana", relation="friend", phone=None, may_be_told=None, at=AT
    )
    assert queries.support_persons_of(desk, patient.id) == [person]
    commands.end_support_person(desk, support_person_id=person.id, reason="moved away", at=AT)
    commands.end_support_person(desk, support_person_id=person.id, reason="moved away", at=AT)  # twice is harmless
    assert queries.support_persons_of(desk, patient.id) == []
    assert SupportPerson.objects.count() == 1
    assert Event.objects.filter(kind="people.support_person_ended").count() == 1


def test_a_patient_opens_the_own_record_and_no_other(actor: Acting) -> None:
    desk = actor("front_desk")
    mine = commands.register_patient(desk, details=ADA, at=AT)
    other = commands.register_patient(desk, details=replace(ADA, birth_date=date(1980, 1, 1)), at=AT)
    patient_actor = actor("patient", patient_id=mine.id)
    assert queries.patient_for(patient_actor, mine.id) == mine
    with pytest.raises(Refused):
        queries.patient_for(patient_actor, other.id)
    with pytest.raises(NotAllowed):
        queries.list_patients(patient_actor)


def test_the_list_pages_through_everybody_once_with_one_statement_a_page(
    actor: Acting, count_statements: Callable[[], object]
) -> None:
    desk = actor("front_desk")
    for number in range(23):
        details = Details(f"Person{number:02d}", "Same" if number % 2 else "Other", date(1960 + number, 1, 1))
        commands.register_patient(desk, details=details, at=AT)
    seen: list[object] = []
    after: str | None = None
    while True:
        with count_statements() as statements:  # type: ignore[attr-defined]
            page = queries.list_patients(desk, after=after, size=5)
        assert len(statements) == 1, statements.all
        seen += [patient.id for patient in page.patients]
        after = page.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 23


def test_a_cursor_that_somebody_made_up_is_refused(actor: Acting) -> None:
    with pytest.raises(Refused):
        queries.list_patients(actor("front_desk"), after="nonsense")
