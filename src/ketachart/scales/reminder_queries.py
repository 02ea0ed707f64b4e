"""Who is to be reminded of what, and when: for the sender and for the page that staff work from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q

from ketachart.people.models import Patient
from ketachart.policy.queries import site_values_at, zone_of
from ketachart.scales.models import Assignment
from ketachart.scales.reminder_rules import ReminderPlan, next_reminder

SETTINGS = {name: f"scales.reminders.{name}" for name in ReminderPlan.__dataclass_fields__}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One waiting questionnaire: what was sent for it, and when the next reminder goes out (None: not at all)."""

    assignment: Assignment
    person: Patient
    sent: int
    last_sent_at: datetime | None
    next_at: datetime | None
    zone: ZoneInfo
    zone_is_own: bool

    @property
    def phone(self) -> str:
        return self.person.phone or ""

    @property
    def email(self) -> str:
        return self.person.email or ""


def reminder_plan(clinic_id: UUID, at: datetime) -> ReminderPlan:
    values = site_values_at(clinic_id, at)
    return ReminderPlan(**{name: values.number(setting) for name, setting in SETTINGS.items()})


def turns(clinic_id: UUID, *, at: datetime) -> list[Turn]:
    """Every waiting questionnaire whose time has not passed: three statements."""
    plan, here = reminder_plan(clinic_id, at), zone_of(clinic_id)
    rows = list(
        Assignment.objects.filter(clinic_id=clinic_id, status__in=[Assignment.OPEN, Assignment.STARTED])
        .filter(Q(closes_at__isnull=True) | Q(closes_at__gt=at))
        .annotate(sent=Count("reminders"), last_sent_at=Max("reminders__sent_at"))
        .order_by("due_at", "assigned_at")
    )
    people = Patient.objects.filter(clinic_id=clinic_id).in_bulk({row.patient_id for row in rows})
    found = []
    for row in rows:
        person = people.get(row.patient_id)
        if person is None:
            continue
        zone = ZoneInfo(person.timezone) if person.timezone else here
        next_at = next_reminder(
            plan,
            asked_at=row.assigned_at,
            closes_at=row.closes_at,
            sent=row.sent,
            last_sent_at=row.last_sent_at,
            zone=zone,
            at=at,
        )
        found.append(
            Turn(
                assignment=row,
                person=person,
                sent=row.sent,
                last_sent_at=row.last_sent_at,
                next_at=next_at,
                zone=zone,
                zone_is_own=bool(person.timezone),
            )
        )
    return found
