"""What can happen to the record of a person, as events."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec

from ketachart.record.kinds import Content, kind


class FieldChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    field: str
    before: str | None
    after: str | None


@kind("people.patient_registered")
class PatientRegistered(Content, frozen=True, kw_only=True):
    mrn: str
    given_name: str
    family_name: str
    birth_date: date
    sex_at_birth: str | None
    gender_identity: str | None
    pronouns: str | None
    phone: str | None
    email: str | None
    preferred_language: str | None
    timezone: str | None
    is_synthetic: bool
    confirmed_different_from: list[UUID]  # possible duplicates that the registering person looked at


@kind("people.details_amended")
class DetailsAmended(Content, frozen=True, kw_only=True):
    changes: list[FieldChange]
    reason: str


@kind("people.support_person_added")
class SupportPersonAdded(Content, frozen=True, kw_only=True):
    support_person_id: UUID
    name: str
    relation: str
    phone: str | None
    may_be_told: bool | None


@kind("people.support_person_ended")
class SupportPersonEnded(Content, frozen=True, kw_only=True):
    support_person_id: UUID
    name: str
    reason: str


@kind("people.sign_in_given")
class SignInGiven(Content, frozen=True, kw_only=True):
    """The patient can open the own pages. Given again, it is a new password."""

    user_id: UUID
    username: str


@kind("people.staff_added")
class StaffAdded(Content, frozen=True, kw_only=True):
    user_id: UUID
    username: str
    display_name: str
    role: str


@kind("people.staff_ended")
class StaffEnded(Content, frozen=True, kw_only=True):
    """Someone no longer works here: the account is closed, the name stays in the record."""

    user_id: UUID
    display_name: str
    reason: str


@kind("people.credential_recorded")
class CredentialRecorded(Content, frozen=True, kw_only=True):
    credential_id: UUID
    user_id: UUID
    kind_of_credential: str
    number: str | None
    issuer: str | None
    valid_until: date | None


@kind("people.room_opened")
class RoomOpened(Content, frozen=True, kw_only=True):
    room_id: UUID
    name: str
    chairs: int
    note: str


@kind("people.room_closed")
class RoomClosed(Content, frozen=True, kw_only=True):
    room_id: UUID
    name: str
    reason: str
