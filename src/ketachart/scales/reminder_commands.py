"""Reminders that go out: by the machine where the clinic has said how, and by a person who called."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from django.db.models import QuerySet

from ketachart.policy.queries import site_values_at
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales import kinds
from ketachart.scales.models import Assignment, Reminder
from ketachart.scales.reminder_queries import Turn, people_to_remind
from ketachart.scales.senders import TEXT, Sender, senders

BY_HAND = "by_hand"
WHO_REMINDS = "Reminders"


def send_due(clinic_id: UUID, *, at: datetime) -> list[Reminder]:
    """Send what is to go out now, where the clinic has named a sender. Doing it twice reminds nobody twice."""
    name = site_values_at(clinic_id, at).text("scales.reminders.sender")
    sender = senders().get(name) if name else None
    if name is None or sender is None:
        return []
    sent = []
    for one in people_to_remind(clinic_id, at=at):
        reach = {key: value for key, value in (("phone", one.person.phone), ("email", one.person.email)) if value}
        due = one.due_turns(at)
        if due and reach:
            sent += _send(clinic_id, due, name, sender, reach, at=at)
    return sent


def note_by_hand(actor: Actor, *, patient_id: UUID, how: str, at: datetime) -> list[Reminder]:
    """A person called or wrote, and says so: for all that waits. Quiet hours are theirs to keep."""
    actor.require("scales.remind")
    if len(how.strip()) < 4:
        raise Refused("How is missing.", field="how", fix="Such as “Called, left no message”.")
    with unit_of_work():
        waiting = list(_waiting(actor.clinic_id).filter(patient_id=patient_id))
        if not waiting:
            raise Refused("Nothing waits for this person any more.", status=409)
        reference = how.strip()[:200]
        return [
            _keep(actor, one, one.reminders.count() + 1, sender=BY_HAND, reference=reference, zone="", at=at)
            for one in waiting
        ]


def _send(
    clinic_id: UUID, due: tuple[Turn, ...], name: str, sender: Sender, reach: dict[str, str], *, at: datetime
) -> list[Reminder]:
    """One message for all that is due. Looked at again inside the lock, sent, then written: whoever comes second finds it
    written and sends nothing."""
    with unit_of_work():
        still = {one.id: one for one in _waiting(clinic_id).filter(id__in=[turn.assignment.id for turn in due])}
        now_due = [
            turn
            for turn in due
            if turn.assignment.id in still and still[turn.assignment.id].reminders.count() == turn.sent
        ]
        if not now_due:
            return []
        first = now_due[0]
        reference = sender.send(str(uuid5(first.assignment.id, f"reminder {first.sent + 1}")), reach, TEXT)[:200]
        actor = Actor.system(clinic_id, name=WHO_REMINDS)
        return [
            _keep(
                actor,
                turn.assignment,
                turn.sent + 1,
                sender=name,
                reference=reference,
                zone=turn.zone.key,
                at=at,
            )
            for turn in now_due
        ]


def _keep(
    actor: Actor, assignment: Assignment, number: int, *, sender: str, reference: str, zone: str, at: datetime
) -> Reminder:
    content = kinds.ReminderSent(
        assignment_id=assignment.id, number=number, sender=sender, reference=reference, zone=zone
    )
    append_event(actor=actor, stream=patient_stream(actor, assignment.patient_id), content=content, effective_at=at)
    return Reminder.objects.create(
        id=new_id(),
        clinic_id=actor.clinic_id,
        assignment=assignment,
        patient_id=assignment.patient_id,
        number=number,
        sent_at=at,
        sender=sender,
        reference=reference,
        sent_by_name=actor.name,
    )


def _waiting(clinic_id: UUID) -> QuerySet[Assignment]:
    return Assignment.objects.select_for_update().filter(
        clinic_id=clinic_id, status__in=[Assignment.OPEN, Assignment.STARTED]
    )
