"""A matter that nobody closed in the time this clinic has set goes up to the next role. It stays open all the same."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.models import User
from ketachart.record.roles import permissions_of
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales import kinds, rules
from ketachart.scales.models import AttentionItem
from ketachart.scales.queries import HelpNumbers, help_numbers

GOES_TO = {"nurse": "prescriber", "therapist": "prescriber", "prescriber": "clinic_lead"}
"""Whoever is above; the clinic lead is told again and again."""
WHO_ESCALATES = "Safety clock"


def escalate_late(clinic_id: UUID, *, at: datetime) -> list[AttentionItem]:
    """Every open matter whose clock ran out since the last time. Doing it twice escalates nothing twice."""
    numbers = help_numbers(clinic_id, at) or HelpNumbers()
    late = AttentionItem.objects.filter(clinic_id=clinic_id, due_at__lt=at).exclude(status=AttentionItem.CLOSED)
    if not late.exists():
        return []
    actor = Actor.system(clinic_id, name=WHO_ESCALATES)
    raised = []
    with unit_of_work():
        for item in late.select_for_update().order_by("opened_at"):
            minutes = numbers.urgent_attention_minutes if item.urgent else numbers.attention_minutes
            if not rules.must_escalate(item.due_at, item.escalated_at, minutes=minutes, at=at):
                continue
            assert item.due_at is not None
            to_role = GOES_TO.get(item.owner_role, "clinic_lead")
            content = kinds.AttentionEscalated(
                attention_id=item.id,
                escalation=item.escalations + 1,
                due_at=item.due_at,
                before_role=item.owner_role,
                to_role=to_role,
            )
            stream = patient_stream(actor, item.patient_id)
            append_event(actor=actor, stream=stream, content=content, effective_at=at)
            item.escalations, item.escalated_at, item.owner_role = item.escalations + 1, at, to_role
            item.save(update_fields=["escalations", "escalated_at", "owner_role"])
            raised.append(item)
    return raised


def give_attention(actor: Actor, *, attention_id: UUID, to_user_id: UUID, at: datetime) -> AttentionItem:
    """Hand it to a named person of this clinic. The clock goes on."""
    actor.require("scales.attend")
    with unit_of_work():
        item = AttentionItem.objects.visible_to(actor).select_for_update().filter(id=attention_id).first()
        if item is None:
            raise Refused("There is no such matter.", status=404)
        if item.status == AttentionItem.CLOSED:
            raise Refused(f"{item.closed_by_name} closed it already.", status=409)
        person = next((one for one in who_may_own(actor) if one.id == to_user_id), None)
        if person is None:
            raise Refused("Nobody here who may act on it.", field="to_user_id", fix="Choose a person from the list.")
        content = kinds.AttentionGiven(
            attention_id=item.id, owner_id=person.id, owner_name=person.display_name, before=item.owner_name
        )
        append_event(actor=actor, stream=patient_stream(actor, item.patient_id), content=content, effective_at=at)
        item.status, item.owner_id, item.owner_name = AttentionItem.TAKEN, person.id, person.display_name
        item.save(update_fields=["status", "owner_id", "owner_name"])
    return item


def who_may_own(actor: Actor) -> list[User]:
    """Everybody of this clinic who may act on a matter, by name."""
    people = User.objects.filter(clinic_id=actor.clinic_id, is_active=True).order_by("display_name")
    return [one for one in people if "scales.attend" in permissions_of(one.role)]
