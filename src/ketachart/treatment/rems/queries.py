"""The queue of forms, and one form as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ketachart.people.models import Patient
from ketachart.people.queries import patients_by_id
from ketachart.policy.queries import day_in, site_values, zone_of
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.models import load_contents
from ketachart.treatment import kinds
from ketachart.treatment.models import RemsEntry, RemsTask
from ketachart.treatment.queries import SessionView, view_session
from ketachart.treatment.rems.fields import rems_knowledge
from ketachart.treatment.rems.rules import Draft, Person, Standing, draft, standing


@dataclass(frozen=True)
class QueueLine:
    task: RemsTask
    patient: Patient | None
    standing: Standing
    days_left: int


@dataclass(frozen=True)
class FormView:
    task: RemsTask
    session: SessionView
    draft: Draft
    standing: Standing
    days_left: int
    entries: list[RemsEntry]

    @property
    def sent(self) -> RemsEntry | None:
        return next((one for one in reversed(self.entries) if one.is_sent), None)

    @property
    def changed_since_sent(self) -> bool:
        sent = self.sent
        return sent is not None and sent.content.values != values_of(self.draft)


def queue(actor: Actor, at: datetime, *, sent: bool = False) -> list[QueueLine]:
    """What is still to be sent, the most pressing first; or what was sent, the newest first."""
    actor.require("treatment.read")
    today = day_in(actor.clinic_id, at)
    found = RemsTask.objects.visible_to(actor).filter(sent_at__isnull=not sent)
    tasks = list(found.order_by("-sent_at")[:200] if sent else found)
    patients = patients_by_id(actor, [task.patient_id for task in tasks])
    return [
        QueueLine(task, patients.get(task.patient_id), _standing(task, today), (task.due_on - today).days)
        for task in tasks
    ]


def count_unsent(actor: Actor) -> int:
    return RemsTask.objects.visible_to(actor).filter(sent_at__isnull=True).count()


def view_form(actor: Actor, session_id: UUID, at: datetime) -> FormView:
    actor.require("treatment.read")
    task = RemsTask.objects.visible_to(actor).filter(session_id=session_id).first()
    if task is None:
        raise Refused("There is no monitoring form for this session.", status=404)
    view = view_session(actor, session_id)
    entries = load_contents(task.entries.all())
    today = day_in(actor.clinic_id, at)
    return FormView(
        task, view, _draft(actor, task, view, entries), _standing(task, today), (task.due_on - today).days, entries
    )


def values_of(form: Draft) -> dict[str, str]:
    """What is on the form, by field: as it is printed and sent."""
    values: dict[str, str] = {}
    for one in form.fields:
        if one.value is not None:
            values[one.field.id] = one.value
        if one.detail is not None:
            values[f"{one.field.id}_detail"] = one.detail
    return values


def _draft(actor: Actor, task: RemsTask, view: SessionView, entries: list[RemsEntry]) -> Draft:
    answers: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry.content, kinds.RemsAnswered):
            answers |= entry.content.answers
    patient = view.patient
    site = {name: str(one.value) for name, one in site_values(actor.clinic_id, task.treated_on).items()}
    knowledge = rems_knowledge()
    return draft(
        knowledge.on(task.treated_on),
        view.state,
        Person(patient.given_name, patient.family_name, patient.birth_date, patient.sex_at_birth),
        answers,
        site,
        zone_of(actor.clinic_id),
        knowledge.pressure_40,
    )


def _standing(task: RemsTask, today: date) -> Standing:
    return standing(task.due_on, today, sent=task.sent_at is not None)
