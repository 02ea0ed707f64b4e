"""Matters that a person must act on. Opened by rules, closed only by someone who says what was done."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ketachart.knowledge.findings import Finding
from ketachart.policy.commands import set_value, withdraw_value
from ketachart.policy.queries import day_in
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales import kinds, rules
from ketachart.scales.models import AttentionItem
from ketachart.scales.queries import HELP_SETTINGS, HelpNumbers, help_numbers

OWNER_ROLE = "prescriber"


def open_attention(
    actor: Actor,
    *,
    patient_id: UUID,
    about_id: UUID,
    finding: Finding,
    urgent: bool,
    at: datetime,
    owner_role: str = OWNER_ROLE,
) -> AttentionItem:
    """Open a matter, or raise the one that is already open about the same thing. Any actor: rules open it, not people."""
    seen = "; ".join(f"{one.what}: {one.value}" for one in finding.seen)[:200]
    with unit_of_work():
        stream = patient_stream(actor, patient_id)
        standing: AttentionItem | None = (
            AttentionItem.objects.visible_to(actor)
            .select_for_update()
            .filter(rule_id=finding.rule_id, about_id=about_id)
            .exclude(status=AttentionItem.CLOSED)
            .first()
        )
        if standing is not None:
            more_urgent = urgent and not standing.urgent
            if urgent or not standing.urgent:
                standing.title, standing.meaning, standing.action = finding.title[:200], finding.meaning, finding.action
            if more_urgent:
                standing.urgent = True
                standing.due_at = rules.earlier(standing.due_at, _due(actor, at, urgent=True))
            standing.seen = seen
            raised = kinds.AttentionRaised(
                attention_id=standing.id,
                seen=seen,
                urgent=standing.urgent,
                title=standing.title,
                meaning=standing.meaning,
                action=standing.action,
            )
            append_event(actor=actor, stream=stream, content=raised, effective_at=at)
            standing.save(update_fields=["seen", "urgent", "title", "meaning", "action", "due_at"])
            return standing
        item = AttentionItem(
            id=new_id(),
            clinic_id=actor.clinic_id,
            patient_id=patient_id,
            rule_id=finding.rule_id,
            about_id=about_id,
            title=finding.title[:200],
            meaning=finding.meaning,
            action=finding.action,
            source=str(finding.source)[:400],
            seen=seen,
            urgent=urgent,
            opened_at=at,
            due_at=_due(actor, at, urgent=urgent),
            owner_role=owner_role,
        )
        content = kinds.AttentionOpened(
            attention_id=item.id,
            rule_id=finding.rule_id,
            rule_version=finding.rule_version,
            title=item.title,
            meaning=item.meaning,
            action=item.action,
            source=item.source,
            seen=seen,
            urgent=urgent,
            owner_role=owner_role,
            due_at=item.due_at,
        )
        append_event(actor=actor, stream=stream, content=content, effective_at=at)
        item.save(force_insert=True)
    return item


def take_attention(actor: Actor, *, attention_id: UUID, at: datetime) -> AttentionItem:
    """Make it one's own: from now on a named person owns it."""
    actor.require("scales.attend")
    with unit_of_work():
        item = _open_item(actor, attention_id)
        content = kinds.AttentionTaken(attention_id=item.id, owner_name=actor.name)
        append_event(actor=actor, stream=patient_stream(actor, item.patient_id), content=content, effective_at=at)
        item.status, item.owner_id, item.owner_name = AttentionItem.TAKEN, actor.user_id, actor.name
        item.save(update_fields=["status", "owner_id", "owner_name"])
    return item


def close_attention(actor: Actor, *, attention_id: UUID, what_was_done: str, at: datetime) -> AttentionItem:
    """Close it with one's name and what was done. Nothing else closes it."""
    actor.require("scales.attend")
    done = what_was_done.strip()
    if len(done) < 10:
        raise Refused(
            "What was done is missing.",
            field="what_was_done",
            fix="Say whom you spoke with, what you found and what was agreed.",
        )
    if actor.user_id is None:
        raise Refused("Only a person can close this.", status=403)
    with unit_of_work():
        item = _open_item(actor, attention_id)
        content = kinds.AttentionClosed(attention_id=item.id, what_was_done=done)
        append_event(actor=actor, stream=patient_stream(actor, item.patient_id), content=content, effective_at=at)
        item.status, item.closed_at, item.closed_by_name, item.what_was_done = (
            AttentionItem.CLOSED,
            at,
            actor.name,
            done,
        )
        item.save(update_fields=["status", "closed_at", "closed_by_name", "what_was_done"])
    return item


def set_help_numbers(
    actor: Actor,
    *,
    at: datetime,
    reason: str,
    crisis_name: str = "",
    crisis_contact: str = "",
    emergency_number: str = "",
    clinic_phone: str = "",
    watched: str = "",
    attention_minutes: int | None = None,
    urgent_attention_minutes: int | None = None,
) -> HelpNumbers:
    """Whom people in a crisis are told to call here, and how fast this clinic answers an alert: from today on."""
    actor.require("scales.help_numbers")
    numbers = HelpNumbers(
        crisis_name=crisis_name.strip(),
        crisis_contact=crisis_contact.strip(),
        emergency_number=emergency_number.strip(),
        clinic_phone=clinic_phone.strip(),
        watched=watched.strip(),
        attention_minutes=attention_minutes,
        urgent_attention_minutes=urgent_attention_minutes,
    )
    if bool(numbers.crisis_name) != bool(numbers.crisis_contact):
        lacking = "crisis_name" if not numbers.crisis_name else "crisis_contact"
        raise Refused("A crisis line needs its name and its number.", field=lacking, fix="Fill in both or neither.")
    standing = help_numbers(actor.clinic_id, at) or HelpNumbers()
    today = day_in(actor.clinic_id, at)
    with unit_of_work():
        for field, setting_id in HELP_SETTINGS.items():
            new, old = getattr(numbers, field), getattr(standing, field)
            if new == old:
                continue
            if new in ("", None):
                withdraw_value(actor, setting_id=setting_id, reason=reason, valid_from=today, at=at)
            else:
                set_value(actor, setting_id=setting_id, value=new, reason=reason, valid_from=today, at=at)
    return numbers


def _open_item(actor: Actor, attention_id: UUID) -> AttentionItem:
    item: AttentionItem | None = (
        AttentionItem.objects.visible_to(actor).select_for_update().filter(id=attention_id).first()
    )
    if item is None:
        raise Refused("There is no such matter.", status=404)
    if item.status == AttentionItem.CLOSED:
        raise Refused(f"{item.closed_by_name} closed it already.", status=409)
    return item


def _due(actor: Actor, at: datetime, *, urgent: bool) -> datetime | None:
    numbers = help_numbers(actor.clinic_id, at) or HelpNumbers()
    return rules.due_at(
        at, urgent=urgent, minutes=numbers.attention_minutes, urgent_minutes=numbers.urgent_attention_minutes
    )
