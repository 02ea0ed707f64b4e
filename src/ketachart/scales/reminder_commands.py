"""Reminders that go out: by the machine where the clinic has said how, and by a person who called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from ketachart.policy.queries import site_values_at
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales import kinds
from ketachart.scales.models import Assignment, Reminder
from ketachart.scales.reminder_queries import Turn, turns
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
    for turn in turns(clinic_id, at=at):
        reach = {key: value for key, value in (("phone", turn.phone), ("email", turn.email)) if value}
        if turn.next_at == at and reach:
            one = _send(clinic_id, turn, name, sender, reach, at=at)
            sent += [one] if one is not None else []
    return sent


def note_by_hand(actor: Actor, *, assignment_id: UUID, how: str, at: datetime) -> Reminder:
    """A person called or wrote, and says so. Quiet hours are theirs to keep."""
    actor.require("scales.remind")
    if len(how.strip()) < 4:
        raise Refused("How is missing.", field="how", fix="Such as “Called, left no message”.")
    with unit_of_work():
        assignment = _waiting(actor.clinic_id, assignment_id)
        if assignment is None:
            raise Refused("This questionnaire is not waiting any more.", status=409)
        number = assignment.reminders.count() + 1
        return _keep(actor, assignment, number, sender=BY_HAND, reference=how.strip()[:200], zone="", at=at)


def _send(
    clinic_id: UUID, turn: Turn, name: str, sender: Sender, reach: dict[str, str], *, at: datetime
) -> Reminder | None:
    """Looked at again inside the lock, sent, then written: whoever comes second finds it written and sends nothing."""
    with unit_of_work():
        assignment = _waiting(clinic_id, turn.assignment.id)
        if assignment is None or assignment.reminders.count() != turn.sent:
            return None
        number = turn.sent + 1
        reference = sender.send(str(uuid5(assignment.id, f"reminder {number}")), reach, TEXT)
        actor = Actor.system(clinic_id, name=WHO_REMINDS)
        return _keep(actor, assignment, number, sender=name, reference=reference[:200], zone=turn.zone.key, at=at)


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


def _waiting(clinic_id: UUID, assignment_id: UUID) -> Assignment | None:
    states: Iterable[str] = (Assignment.OPEN, Assignment.STARTED)
    found: Assignment | None = (
        Assignment.objects.select_for_update().filter(clinic_id=clinic_id, id=assignment_id, status__in=states).first()
    )
    return found
