"""Accounts: the clinic makes them. The first password is shown once, to the one who hands it over."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from uuid import UUID

from ketachart.people import rules
from ketachart.people.kinds import SignInGiven, StaffAdded, StaffEnded
from ketachart.people.queries import patient_for
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, clinic_stream, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.models import Clinic, User
from ketachart.record.roles import PATIENT, ROLES, STAFF
from ketachart.record.unit_of_work import unit_of_work

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that are mistaken for each other when read out."""


def new_password() -> str:
    """Four groups of four, about 79 bits: strong enough to be kept, short enough to be typed once."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def give_sign_in(actor: Actor, *, patient_id: UUID, username: str, at: datetime) -> tuple[User, str]:
    """Open the patient's own pages to them. Given again, it sets a new password and keeps the name."""
    actor.require("people.write")
    with unit_of_work():
        patient = patient_for(actor, patient_id)
        user = User.objects.filter(clinic_id=actor.clinic_id, role=PATIENT, patient_id=patient.id).first()
        if user is None:
            user = User(
                username=_free_username(username),
                clinic=Clinic.objects.get(id=actor.clinic_id),
                role=PATIENT,
                display_name=patient.name,
                patient_id=patient.id,
            )
        password = new_password()
        user.set_password(password)
        user.save()
        content = SignInGiven(user_id=user.id, username=user.username)
        append_event(actor=actor, stream=patient_stream(actor, patient.id), content=content, effective_at=at)
    return user, password


def add_staff(actor: Actor, *, username: str, display_name: str, role: str, at: datetime) -> tuple[User, str]:
    actor.require("people.manage_staff")
    if role not in STAFF:
        known = ", ".join(label for name, label in ROLES.items() if name in STAFF)
        raise Refused(f"“{role}” is not a role of staff.", field="role", fix=f"One of: {known}.")
    display_name = rules.checked_name(display_name, "display_name", "Name")
    with unit_of_work():
        user = User(
            username=_free_username(username),
            clinic=Clinic.objects.get(id=actor.clinic_id),
            role=role,
            display_name=display_name,
        )
        password = new_password()
        user.set_password(password)
        user.save()
        content = StaffAdded(user_id=user.id, username=user.username, display_name=display_name, role=role)
        append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
    return user, password


def end_staff(actor: Actor, *, user_id: UUID, reason: str, at: datetime) -> User:
    """Close the account. What the person charted keeps their name for good."""
    actor.require("people.manage_staff")
    if user_id == actor.user_id:
        raise Refused("This is your own account.", fix="Ask another clinic lead to close it.", status=409)
    if not reason.strip():
        raise Refused("The reason is empty.", field="reason", fix="Say in a few words why.")
    with unit_of_work():
        user = User.objects.filter(clinic_id=actor.clinic_id, id=user_id).exclude(role=PATIENT).first()
        if user is None:
            raise Refused("There is no such member of staff in this clinic.", status=404)
        if user.is_active:
            user.is_active = False
            user.set_unusable_password()
            user.save(update_fields=["is_active", "password"])
            content = StaffEnded(user_id=user.id, display_name=user.display_name, reason=reason.strip())
            append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
    return user


def _free_username(username: str) -> str:
    tidy = username.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@+-]{2,99}", tidy):
        raise Refused(
            "This cannot be a username.",
            field="username",
            fix="Three letters or more: a to z, digits, and . _ @ + - between them.",
        )
    if User.objects.filter(username__iexact=tidy).exists():
        raise Refused(f"“{tidy}” is taken.", field="username", fix="Choose another.", status=409)
    return tidy
