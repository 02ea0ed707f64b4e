"""Reads of the people part. Every one begins with who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, Subquery

from ketachart.people import rules
from ketachart.people.models import Credential, Patient, Room, SupportPerson
from ketachart.people.rules import CredentialState
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.frames import decode_frame
from ketachart.record.models import AccessEntry, Event, User

PAGE = 50


def patient_for(actor: Actor, patient_id: UUID) -> Patient:
    """The patient, for staff of the same clinic and for the patient alone. Everybody else learns nothing: 404."""
    if actor.may("people.read") or (actor.patient_id is not None and actor.patient_id == patient_id):
        patient: Patient | None = Patient.objects.visible_to(actor).filter(id=patient_id).first()
        if patient is not None:
            return patient
    raise Refused("There is no such patient in this clinic.", status=404)


def patients_by_id(actor: Actor, patient_ids: Sequence[UUID]) -> dict[UUID, Patient]:
    """Many at once, for lists and boards: one statement."""
    actor.require("people.read")
    return {patient.id: patient for patient in Patient.objects.visible_to(actor).filter(id__in=set(patient_ids))}


@dataclass(frozen=True)
class PatientPage:
    patients: list[Patient]
    after: str | None  # cursor of the next page: the last person's id, because a name must not end in an address


def list_patients(actor: Actor, *, search: str = "", after: str | None = None, size: int = PAGE) -> PatientPage:
    """By family name. Every word of the search must be found in names, number, birth date or telephone."""
    actor.require("people.read")
    rows = Patient.objects.visible_to(actor)
    for word in rules.search_words(search):
        rows = rows.filter(search_text__contains=word)
    if after:
        try:
            last = UUID(after)
        except ValueError:
            raise Refused("This page of the list does not exist.", field="after", fix="Begin the list anew.") from None
        key = Subquery(Patient.objects.visible_to(actor).filter(id=last).values("sort_key"))
        rows = rows.filter(Q(sort_key__gt=key) | Q(sort_key=key, id__gt=last))
    found = list(rows.order_by("sort_key", "id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return PatientPage(found, str(found[-1].id) if more else None)


def support_persons_of(actor: Actor, patient_id: UUID) -> list[SupportPerson]:
    """Those who support now, in the order they were added."""
    rows = SupportPerson.objects.visible_to(actor).filter(patient_id=patient_id, ended_at=None)
    return list(rows.order_by("id"))


@dataclass(frozen=True)
class HistoryLine:
    kind: str
    content: Any
    author_name: str
    recorded_at: datetime


def history_of_details(actor: Actor, patient_id: UUID) -> list[HistoryLine]:
    """Registration and every amendment since, newest first."""
    actor.require("people.read")
    kinds = [
        "people.patient_registered",
        "people.details_amended",
        "people.support_person_added",
        "people.support_person_ended",
        "people.sign_in_given",
    ]
    rows = Event.objects.visible_to(actor).filter(stream_id=patient_id, kind__in=kinds).order_by("-number")
    return [
        HistoryLine(event.kind, event.content, decode_frame(event.frame).author_name, event.recorded_at)
        for event in rows
    ]


@dataclass(frozen=True)
class AccessPage:
    entries: list[AccessEntry]
    before: str | None


def who_has_read(actor: Actor, patient_id: UUID, *, before: str | None = None, size: int = 100) -> AccessPage:
    """Every read of this record, newest first."""
    actor.require("record.audit")
    rows = AccessEntry.objects.visible_to(actor).filter(patient_id=patient_id)
    if before:
        try:
            rows = rows.filter(id__lt=UUID(before))
        except ValueError:
            raise Refused("This page of the list does not exist.", field="before", fix="Begin anew.") from None
    found = list(rows.order_by("-id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return AccessPage(found, str(found[-1].id) if more else None)


@dataclass(frozen=True)
class CredentialLine:
    credential: Credential
    state: CredentialState


@dataclass(frozen=True)
class StaffLine:
    user: User
    credentials: list[CredentialLine]


def staff_of(actor: Actor, on: date) -> list[StaffLine]:
    """Everybody who works here, with the credentials that stand."""
    actor.require("people.manage_staff")
    users = User.objects.filter(clinic_id=actor.clinic_id, is_active=True).exclude(role="patient")
    standing: dict[UUID, list[CredentialLine]] = {}
    for credential in Credential.objects.visible_to(actor).filter(replaced_at=None).order_by("kind"):
        line = CredentialLine(credential, rules.credential_state(credential.valid_until, on))
        standing.setdefault(credential.user_id, []).append(line)
    return [StaffLine(user, standing.get(user.id, [])) for user in users.order_by("display_name", "username")]


def staff_member(actor: Actor, user_id: UUID) -> User:
    actor.require("people.manage_staff")
    user = User.objects.filter(clinic_id=actor.clinic_id, id=user_id).exclude(role="patient").first()
    if user is None:
        raise Refused("There is no such member of staff in this clinic.", status=404)
    return user


def sign_in_of(actor: Actor, patient_id: UUID) -> User | None:
    """The account with which the patient opens the own pages, if there is one."""
    actor.require("people.read")
    return User.objects.filter(clinic_id=actor.clinic_id, role="patient", patient_id=patient_id).first()


def rooms_of(actor: Actor) -> list[Room]:
    return list(Room.objects.visible_to(actor).filter(closed_at=None).order_by("order", "name"))
