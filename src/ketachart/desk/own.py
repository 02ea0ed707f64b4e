"""The patient's own phone: today's one thing first, then what comes, then whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from ketachart.aftercare.models import CheckIn
from ketachart.aftercare.queries import open_for_patient
from ketachart.desk.worklists import Moment
from ketachart.instruments.loader import instrument as instrument_with
from ketachart.intake.queries import ToSign, consents_to_sign
from ketachart.people.models import Patient
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.scales.models import Assignment
from ketachart.scales.queries import open_assignments
from ketachart.schedule.models import Appointment
from ketachart.schedule.queries import next_appointment
from ketachart.schedule.rules import KIND_LABELS
from ketachart.treatment.alarm_calls import running_session_of


@dataclass(frozen=True)
class Thing:
    """One thing to do, in the person's words."""

    title: str
    text: str
    action: str
    href: str
    icon: str
    urgent: bool = False


@dataclass(frozen=True)
class Visit:
    what: str
    when: str
    where: str
    href: str


def person_in_session(actor: Actor) -> tuple[Patient, UUID | None]:
    """The person whose phone this is, and the session they are in right now: one statement."""
    assert actor.patient_id is not None  # the database knows no patient’s account without a patient
    people = Patient.objects.visible_to(actor).filter(id=actor.patient_id)
    person = people.annotate(running_session_id=running_session_of("id")).first()
    if person is None:
        raise Refused("There is no such patient in this clinic.", status=404)
    return person, person.running_session_id


def things_to_do(actor: Actor, moment: Moment) -> list[Thing]:
    """The most pressing first: the page shows that one large and the others below it."""
    assert actor.patient_id is not None
    things = [_consent(one) for one in consents_to_sign(actor, actor.patient_id, at=moment.now)]
    things += [_check_in(one, moment) for one in open_for_patient(actor, actor.patient_id, moment.now)]
    return things + [_questionnaire(one, moment) for one in open_assignments(actor, actor.patient_id)]


def _consent(one: ToSign) -> Thing:
    return Thing(
        title="Read and sign the consent",
        text=f"For {one.intended.route} treatment, decided by {one.decided_by}. Take your time; you can ask us first.",
        action="Read",
        href=reverse("intake:my_consents"),
        icon="consent",
    )


def _check_in(one: CheckIn, moment: Moment) -> Thing:
    return Thing(
        title="How are you after the session?",
        text=f"A few questions about the time since {moment.day(one.discharged_at)}. Somebody reads the answers.",
        action="Answer",
        href=reverse("aftercare:mine"),
        icon="phone",
        urgent=one.late_at < moment.now,
    )


def _questionnaire(one: Assignment, moment: Moment) -> Thing:
    instrument = instrument_with(one.instrument_id)
    name = instrument.title if instrument else one.instrument_id.upper()
    minutes = f"About {instrument.minutes} minutes. " if instrument else ""
    late = one.due_at is not None and one.due_at < moment.now
    due = f"Due {moment.day(one.due_at)}. " if one.due_at else ""
    return Thing(
        title=f"Answer {name}",
        text=f"{due}{minutes}You can stop and go on later.",
        action="Go on" if one.status == Assignment.STARTED else "Start",
        href=reverse("scales:start", args=[one.id]),
        icon="checklist",
        urgent=late,
    )


def next_visit(actor: Actor, moment: Moment) -> Visit | None:
    assert actor.patient_id is not None
    found: Appointment | None = next_appointment(actor, actor.patient_id, moment.now)
    if found is None:
        return None
    return Visit(
        what=KIND_LABELS[found.kind],
        when=f"{moment.day(found.starts_at)} at {moment.clock(found.starts_at)}",
        where=found.room.name if found.room else "",
        href=reverse("schedule:mine"),
    )
