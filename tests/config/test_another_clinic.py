"""Every address that names something, asked by people of another clinic with every permission: nothing is found, nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ketachart.aftercare.models import CheckIn
from ketachart.course.models import Course, Plan
from ketachart.demo.building import Builder
from ketachart.intake.models import Consent, EligibilityDecision, Inquiry, WaitingListEntry
from ketachart.people.commands import register_patient
from ketachart.people.models import Patient, Room
from ketachart.people.rules import Details
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.commands import open_clinic
from ketachart.record.models import AccessEntry, Event, User
from ketachart.record.roles import PERMISSIONS, permissions_of
from ketachart.scales.models import Assignment, Response
from ketachart.schedule.models import Appointment
from ketachart.treatment.models import TreatmentSession

WORDS = {
    "section": "conditions", "product": "ketamine-injection", "route": "IV", "indication": "TRD", "step": "fasting",
    "gate": "start", "instrument_id": "phq-9", "item_id": "1", "code": "spravato", "clinic_slug": "x", "day": "2026-11-22",
}  # fmt: skip
OF: dict[str, type] = {
    "patient_id": Patient, "session_id": TreatmentSession, "course_id": Course, "plan_id": Plan, "room_id": Room,
    "appointment_id": Appointment, "inquiry_id": Inquiry, "other_id": Inquiry, "entry_id": WaitingListEntry,
    "consent_id": Consent, "decision_id": EligibilityDecision, "check_in_id": CheckIn, "assignment_id": Assignment,
    "response_id": Response, "user_id": User,
}  # fmt: skip

ALL_THAT_MAY = ("prescriber", "clinic_lead", "patient")
"""Together they hold every permission there is."""


def addresses(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every named address that takes something, with what it takes."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern.url_patterns, inner)
        elif pattern.name and (taken := re.findall(r"<(?:\w+:)?(\w+)>", str(pattern.pattern))):
            yield space + pattern.name, taken


def test_whoever_asks_from_another_clinic_finds_nothing_and_changes_nothing(db: None, client: Client) -> None:
    built = Builder(lambda done, total, what: None).build()
    elsewhere = open_clinic(name="Elsewhere (test)", slug="elsewhere", timezone="Europe/London", is_synthetic=True)
    known: dict[str, str] = dict(WORDS)
    for name, model in OF.items():
        found = model.objects.filter(clinic=built.clinic).first()  # type: ignore[attr-defined]
        assert found is not None, name
        known[name] = str(found.id)
    nobody = {name: str(UUID(int=1)) for name in OF}
    asked: list[tuple[str, str, str]] = []
    for name, taken in addresses(get_resolver().url_patterns):
        if not any(one in OF or one.endswith("_id") for one in set(taken) - set(WORDS)) or name.startswith("account"):
            continue
        theirs_is, nobodys_is = (
            reverse(name, kwargs={one: values.get(one, str(UUID(int=1))) for one in taken})
            for values in (known, {**WORDS, **nobody})
        )
        asked.append((name, theirs_is, nobodys_is))
    assert len(asked) > 60
    lead = User.objects.create(username="lead@elsewhere", clinic=elsewhere, role="clinic_lead", display_name="Lead")
    theirs = register_patient(Actor.of(lead), details=Details("Ada", "Example", date(1990, 1, 1)), at=clock.now())
    before, read = Event.objects.count(), AccessEntry.objects.count()
    wrong = []
    assert {name for role in ALL_THAT_MAY for name in permissions_of(role)} == set(PERMISSIONS)
    for role in ALL_THAT_MAY:
        own = {"patient_id": theirs.id} if role == "patient" else {}
        user = User.objects.create(username=f"{role}@elsewhere", clinic=elsewhere, role=role, display_name=role, **own)
        client.force_login(user)
        for name, address, of_nobody in asked:
            for send in (
                client.get,
                lambda at: client.post(at, {}),
                lambda at: client.post(at, b"{}", "application/json"),
            ):
                status = send(address).status_code
                # what is not read at all (400, 422) must be answered in the same way for what does not exist
                if status not in (403, 404, 405) and (
                    status not in (400, 422) or status != send(of_nobody).status_code
                ):
                    wrong.append(f"{role} {name}: {status}")
    assert wrong == []
    assert Event.objects.count() == before
    assert [(entry.what, entry.role) for entry in AccessEntry.objects.order_by("id")[read:]] == []
