"""Writes of the people part."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from ketachart.people import rules
from ketachart.people.kinds import (
    CredentialRecorded,
    DetailsAmended,
    FieldChange,
    PatientRegistered,
    RoomClosed,
    RoomOpened,
    SupportPersonAdded,
    SupportPersonEnded,
)
from ketachart.people.models import Credential, MrnCounter, Patient, Room, SupportPerson
from ketachart.people.rules import Details, NameAndBirth
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, clinic_stream, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Clinic, User
from ketachart.record.unit_of_work import unit_of_work


class PossibleDuplicate(Refused):
    """Somebody who may be the same person is registered: a human must look."""

    def __init__(self, candidates: list[NameAndBirth]) -> None:
        self.candidates = candidates
        super().__init__(
            "Somebody with this birth date and a similar name is registered already.",
            fix="Open that record, or confirm that this is another person.",
            status=409,
        )


def register_patient(
    actor: Actor,
    *,
    details: Details,
    at: datetime,
    mrn: str | None = None,
    is_synthetic: bool = False,
    confirmed_different_from: Collection[UUID] = (),
) -> Patient:
    """Write a new person down. Raises PossibleDuplicate until every candidate is confirmed to be somebody else."""
    actor.require("people.write")
    details = rules.checked(details, at.date())
    with unit_of_work():
        _refuse_duplicates(actor, details, confirmed_different_from)
        # whoever is registered in a clinic of invented people is one of them
        is_synthetic = is_synthetic or Clinic.objects.filter(id=actor.clinic_id, is_synthetic=True).exists()
        patient = Patient(
            id=new_id(),
            clinic_id=actor.clinic_id,
            mrn=_given_mrn(actor, mrn) if mrn else _next_mrn(actor),
            is_synthetic=is_synthetic,
            registered_at=at,
            **asdict(details),
        )
        _set_search(patient)
        patient.save(force_insert=True)
        content = PatientRegistered(
            mrn=patient.mrn,
            is_synthetic=is_synthetic,
            confirmed_different_from=sorted(confirmed_different_from),
            **asdict(details),
        )
        append_event(actor=actor, stream=patient_stream(actor, patient.id), content=content, effective_at=at)
    return patient


def amend_details(actor: Actor, *, patient_id: UUID, details: Details, reason: str, at: datetime) -> Patient:
    """Change identity or contact; what stood before stays in the history, with the reason."""
    actor.require("people.write")
    details = rules.checked(details, at.date())
    with unit_of_work():
        patient = _patient(actor, patient_id)
        found = rules.changes(patient.details, details)
        if not found:
            return patient
        reason = _reason(reason)
        for field, value in asdict(details).items():
            setattr(patient, field, value)
        _set_search(patient)
        patient.save()
        content = DetailsAmended(
            changes=[FieldChange(field=c.field, before=c.before, after=c.after) for c in found], reason=reason
        )
        append_event(actor=actor, stream=patient_stream(actor, patient.id), content=content, effective_at=at)
    return patient


def add_support_person(
    actor: Actor,
    *,
    patient_id: UUID,
    name: str,
    relation: str,
    phone: str | None,
    may_be_told: bool | None,
    at: datetime,
) -> SupportPerson:
    actor.require("people.write")
    name = rules.checked_name(name, "name", "Name")
    relation = rules.checked_name(relation, "relation", "Relation")
    phone = rules.checked_phone(phone, "phone")
    with unit_of_work():
        patient = _patient(actor, patient_id)
        person = SupportPerson.objects.create(
            clinic_id=actor.clinic_id,
            patient=patient,
            name=name,
            relation=relation,
            phone=phone,
            may_be_told=may_be_told,
        )
        content = SupportPersonAdded(
            support_person_id=person.id, name=name, relation=relation, phone=phone, may_be_told=may_be_told
        )
        append_event(actor=actor, stream=patient_stream(actor, patient.id), content=content, effective_at=at)
    return person


def end_support_person(actor: Actor, *, support_person_id: UUID, reason: str, at: datetime) -> SupportPerson:
    """This person no longer supports the patient. Ending twice is harmless."""
    actor.require("people.write")
    with unit_of_work():
        person: SupportPerson | None = SupportPerson.objects.visible_to(actor).filter(id=support_person_id).first()
        if person is None:
            raise Refused("There is no such support person in this clinic.", status=404)
        if person.ended_at is not None:
            return person
        reason = _reason(reason)
        person.ended_at = at
        person.save(update_fields=["ended_at"])
        content = SupportPersonEnded(support_person_id=person.id, name=person.name, reason=reason)
        append_event(actor=actor, stream=patient_stream(actor, person.patient_id), content=content, effective_at=at)
    return person


def record_credential(
    actor: Actor,
    *,
    user_id: UUID,
    kind: str,
    number: str | None,
    issuer: str | None,
    valid_until: date | None,
    at: datetime,
) -> Credential:
    """A credential as it stands now; one of the same kind that stood before is replaced and kept in the history."""
    actor.require("people.manage_staff")
    if kind not in Credential.KINDS:
        raise Refused(f"The kind “{kind}” is not known.", field="kind", fix=f"One of: {', '.join(Credential.KINDS)}.")
    with unit_of_work():
        user = User.objects.filter(clinic_id=actor.clinic_id, id=user_id).exclude(role="patient").first()
        if user is None:
            raise Refused("There is no such member of staff in this clinic.", status=404)
        if kind != "other":
            Credential.objects.visible_to(actor).filter(user=user, kind=kind, replaced_at=None).update(replaced_at=at)
        credential = Credential.objects.create(
            clinic_id=actor.clinic_id,
            user=user,
            kind=kind,
            number=(number or "").strip() or None,
            issuer=(issuer or "").strip() or None,
            valid_until=valid_until,
        )
        content = CredentialRecorded(
            credential_id=credential.id,
            user_id=user.id,
            kind_of_credential=kind,
            number=credential.number,
            issuer=credential.issuer,
            valid_until=valid_until,
        )
        append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
    return credential


def open_room(actor: Actor, *, name: str, chairs: int = 1, note: str = "", order: int = 0, at: datetime) -> Room:
    actor.require("people.manage_staff")
    name = rules.checked_name(name, "name", "Name of the room")
    if not 1 <= chairs <= 20:
        raise Refused(f"{chairs} chairs.", field="chairs", fix="Between 1 and 20.")
    with unit_of_work():
        if Room.objects.visible_to(actor).filter(name=name, closed_at=None).exists():
            raise Refused(f"There is a room “{name}” already.", field="name", fix="Choose another name.", status=409)
        room = Room.objects.create(clinic_id=actor.clinic_id, name=name, chairs=chairs, note=note.strip(), order=order)
        content = RoomOpened(room_id=room.id, name=name, chairs=chairs, note=room.note)
        append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
    return room


def close_room(actor: Actor, *, room_id: UUID, reason: str, at: datetime) -> Room:
    actor.require("people.manage_staff")
    with unit_of_work():
        room: Room | None = Room.objects.visible_to(actor).filter(id=room_id).first()
        if room is None:
            raise Refused("There is no such room in this clinic.", status=404)
        if room.closed_at is None:
            reason = _reason(reason)
            room.closed_at = at
            room.save(update_fields=["closed_at"])
            content = RoomClosed(room_id=room.id, name=room.name, reason=reason)
            append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
    return room


def _patient(actor: Actor, patient_id: UUID) -> Patient:
    patient: Patient | None = Patient.objects.visible_to(actor).select_for_update().filter(id=patient_id).first()
    if patient is None:
        raise Refused("There is no such patient in this clinic.", status=404)
    return patient


def _refuse_duplicates(actor: Actor, details: Details, confirmed: Collection[UUID]) -> None:
    same_day = Patient.objects.visible_to(actor).filter(birth_date=details.birth_date)
    known = [NameAndBirth(p.given_name, p.family_name, p.birth_date, p.id, p.mrn) for p in same_day]
    new = NameAndBirth(details.given_name, details.family_name, details.birth_date)
    unseen = [p for p in rules.possible_duplicates(new, known) if p.patient_id not in confirmed]
    if unseen:
        raise PossibleDuplicate(unseen)


def _given_mrn(actor: Actor, mrn: str) -> str:
    mrn = mrn.strip()
    if len(mrn) > 40:
        raise Refused(f"This has {len(mrn)} characters.", field="mrn", fix="At most 40.")
    if Patient.objects.visible_to(actor).filter(mrn=mrn).exists():
        raise Refused(f"The record number {mrn} is taken.", field="mrn", fix="Leave it empty to get the next one.")
    return mrn


def _next_mrn(actor: Actor) -> str:
    MrnCounter.objects.get_or_create(clinic_id=actor.clinic_id)
    counter = MrnCounter.objects.select_for_update().get(clinic_id=actor.clinic_id)
    while True:
        counter.last += 1
        mrn = f"K{counter.last:06d}"
        if not Patient.objects.visible_to(actor).filter(mrn=mrn).exists():  # numbers brought from elsewhere are skipped
            counter.save()
            return mrn


def _set_search(patient: Patient) -> None:
    patient.sort_key = rules.sort_key(patient.details)
    patient.search_text = rules.search_text(patient.details, patient.mrn)


def _reason(reason: str) -> str:
    tidy = " ".join(reason.split())
    if not tidy:
        raise Refused("The reason is empty.", field="reason", fix="Say in a few words why.")
    if len(tidy) > 300:
        raise Refused(f"The reason has {len(tidy)} letters.", field="reason", fix="At most 300.")
    return tidy
