"""Who is to be reminded of what, and when: for the sender and for the page that staff work from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q

from ketachart.people.models import Patient
from ketachart.policy.queries import site_values_at, zone_of
from ketachart.scales.models import Assignment, Reminder
from ketachart.scales.reminder_rules import ReminderPlan, next_reminder

SETTINGS = {name: f"scales.reminders.{name}" for name in ReminderPlan.__dataclass_fields__}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One waiting questionnaire: what was sent for it, and when the next reminder goes out (None: not at all)."""

    assignment: Assignment
    person: Patient
    sent: int
    last_sent_at: datetime | None  # to this person, whatever it was for
    next_at: datetime | None
    zone: ZoneInfo
    zone_is_own: bool


@dataclass(frozen=True, kw_only=True)
class ToRemind:
    """One person with everything that waits: reminded once, for all of it."""

    turns: tuple[Turn, ...]

    @property
    def person(self) -> Patient:
        return self.turns[0].person

    @property
    def zone(self) -> ZoneInfo:
        return self.turns[0].zone

    @property
    def zone_is_own(self) -> bool:
        return self.turns[0].zone_is_own

    @property
    def last_sent_at(self) -> datetime | None:
        return self.turns[0].last_sent_at

    @property
    def asked_at(self) -> datetime:
        return min(turn.assignment.assigned_at for turn in self.turns)

    @property
    def closes_at(self) -> datetime | None:
        return min((one for turn in self.turns if (one := turn.assignment.closes_at)), default=None)

    @property
    def next_at(self) -> datetime | None:
        return min((turn.next_at for turn in self.turns if turn.next_at), default=None)

    def due_turns(self, at: datetime) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.next_at == at)


def reminder_plan(clinic_id: UUID, at: datetime) -> ReminderPlan:
    values = site_values_at(clinic_id, at)
    return ReminderPlan(**{name: values.number(setting) for name, setting in SETTINGS.items()})


def turns(clinic_id: UUID, *, at: datetime) -> list[Turn]:
    """Every waiting questionnaire whose time has not passed: four statements."""
    plan, here = reminder_plan(clinic_id, at), zone_of(clinic_id)
    rows = list(
        Assignment.objects.filter(clinic_id=clinic_id, status__in=[Assignment.OPEN, Assignment.STARTED])
        .filter(Q(closes_at__isnull=True) | Q(closes_at__gt=at))
        .annotate(sent=Count("reminders"))
        .order_by("due_at", "assigned_at")
    )
    newest = Reminder.objects.filter(clinic_id=clinic_id, patient_id__in={row.patient_id for row in rows})
    last_sent_at = dict(
        newest.order_by().values("patient_id").annotate(at=Max("sent_at")).values_list("patient_id", "at")
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
            last_sent_at=last_sent_at.get(row.patient_id),
            zone=zone,
            at=at,
        )
        found.append(
            Turn(
                assignment=row,
                person=person,
                sent=row.sent,
                last_sent_at=last_sent_at.get(row.patient_id),
                next_at=next_at,
                zone=zone,
                zone_is_own=bool(person.timezone),
            )
        )
    return found


def people_to_remind(clinic_id: UUID, *, at: datetime) -> list[ToRemind]:
    """By person, whose turn is nearest first."""
    by_person: dict[UUID, list[Turn]] = {}
    for turn in turns(clinic_id, at=at):
        by_person.setdefault(turn.person.id, []).append(turn)
    people = [ToRemind(turns=tuple(own)) for own in by_person.values()]
    return sorted(people, key=lambda one: (one.next_at is None, one.next_at or one.asked_at))
