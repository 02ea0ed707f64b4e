"""What can be charted about scales and about answers that need a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ketachart.record.kinds import Content, kind


@kind("scales.assigned")
class ScaleAssigned(Content, frozen=True, kw_only=True):
    assignment_id: UUID
    instrument_id: str
    instrument_version: str
    language: str
    purpose: str
    due_at: datetime | None
    session_id: UUID | None
    closes_at: datetime | None = None
    line_id: str | None = None
    schedule_version: str | None = None
    anchor_id: UUID | None = None
    occurrence: int | None = None


@kind("scales.assignment_missed")
class AssignmentMissed(Content, frozen=True, kw_only=True):
    """Its time passed and the same scale is asked again: the old one can no longer be answered."""

    assignment_id: UUID


@kind("scales.reminder_sent")
class ReminderSent(Content, frozen=True, kw_only=True):
    """`sender`: how it left the house. `zone`: the time zone whose quiet hours were kept."""

    assignment_id: UUID
    number: int
    sender: str
    reference: str
    zone: str


@kind("scales.item_answered")
class ItemAnswered(Content, frozen=True, kw_only=True):
    """One answer as it was given. `value` None: the person chose not to answer. A later one replaces it in the form."""

    assignment_id: UUID
    instrument_id: str
    instrument_version: str
    language: str
    recall_window: str
    mode: str
    item_id: str
    value: int | None


@kind("scales.submitted")
class ResponseSubmitted(Content, frozen=True, kw_only=True):
    """The finished form. `total` exists only when every scored item has an answer; it is computed by the server."""

    assignment_id: UUID
    instrument_id: str
    instrument_version: str
    language: str
    recall_window: str
    mode: str
    answers: dict[str, int | None]
    status: str
    total: int | float | None
    band: str | None
    level: str | None = None


@kind("scales.response_struck")
class ResponseStruck(Content, frozen=True, kw_only=True):
    response_id: UUID
    reason: str


@kind("scales.assignment_cancelled")
class AssignmentCancelled(Content, frozen=True, kw_only=True):
    assignment_id: UUID
    reason: str


@kind("scales.text_loaded")
class LicensedTextLoaded(Content, frozen=True, kw_only=True):
    """The wording of a scale, as the clinic's licence holder supplied it. Empty items: withdrawn."""

    instrument_id: str
    instrument_version: str
    language: str
    licence_holder: str
    licence: str
    stem: str
    items: dict[str, str]
    options: dict[str, dict[str, str]]


@kind("scales.pack_switched")
class PackSwitched(Content, frozen=True, kw_only=True):
    pack: str
    on: bool
    reason: str


@kind("scales.attention_opened")
class AttentionOpened(Content, frozen=True, kw_only=True):
    attention_id: UUID
    rule_id: str
    rule_version: str
    title: str
    meaning: str
    action: str
    source: str
    seen: str
    urgent: bool
    owner_role: str
    due_at: datetime | None


@kind("scales.attention_raised")
class AttentionRaised(Content, frozen=True, kw_only=True):
    """A further dangerous answer on something that is already open."""

    attention_id: UUID
    seen: str
    urgent: bool
    title: str | None = None
    meaning: str | None = None
    action: str | None = None


@kind("scales.attention_taken")
class AttentionTaken(Content, frozen=True, kw_only=True):
    attention_id: UUID
    owner_name: str


@kind("scales.attention_given")
class AttentionGiven(Content, frozen=True, kw_only=True):
    """One named person handed it to another."""

    attention_id: UUID
    owner_id: UUID
    owner_name: str
    before: str


@kind("scales.attention_escalated")
class AttentionEscalated(Content, frozen=True, kw_only=True):
    """Nobody closed it by the time this clinic has set: it goes to the next role, and stays open."""

    attention_id: UUID
    escalation: int
    due_at: datetime
    before_role: str
    to_role: str


@kind("scales.attention_closed")
class AttentionClosed(Content, frozen=True, kw_only=True):
    attention_id: UUID
    what_was_done: str


@kind("scales.help_numbers_set")
class HelpNumbersSet(Content, frozen=True, kw_only=True):
    """Whom a person in crisis is told to call, as this clinic set it."""

    crisis_name: str
    crisis_contact: str
    emergency_number: str
    clinic_phone: str
    watched: str
    attention_minutes: int | None
    urgent_attention_minutes: int | None
