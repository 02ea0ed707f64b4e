"""Answers that a phone kept while it had no network: the form it takes along, and what it hands in afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from ketachart.instruments.model import Instrument, Item
from ketachart.instruments.scoring import fired
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.models import Event
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales.commands import record_answer, submit
from ketachart.scales.forms import is_typed
from ketachart.scales.models import Assignment, Response
from ketachart.scales.queries import Form, form

MOST = 400


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer as it was tapped. `value` None: the person chose not to answer."""

    id: UUID
    item: str
    value: int | None
    at: datetime


class Handed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a phone hands in. `phone_time`: what its clock says now; `sent_at`: when the person pressed send, if so."""

    answers: tuple[Kept, ...]
    phone_time: datetime
    sent_at: datetime | None = None


def read_handed(raw: bytes) -> Handed:
    try:
        handed = msgspec.json.decode(raw, type=Handed)
    except msgspec.ValidationError as fault:
        raise Refused(f"This cannot be read: {fault}", fix="Load the page again.") from None
    except msgspec.DecodeError:
        raise Refused("This is not JSON.", fix="Load the page again.", status=400) from None
    if len(handed.answers) > MOST:
        raise Refused(f"More than {MOST} answers at once.", field="answers", fix="Send fewer at a time.")
    times = [handed.phone_time, *(one.at for one in handed.answers), *((handed.sent_at,) if handed.sent_at else ())]
    if any(one.tzinfo is None for one in times):
        raise Refused("A time has no zone.", field="at", fix="Give it in UTC, with Z.")
    return handed


def take_kept(actor: Actor, *, assignment_id: UUID, handed: Handed, at: datetime) -> Response | None:
    """Keep every answer with the time at which it was tapped, then send the form if the person had pressed send.

    Handing in the same twice changes nothing. Answers to a form that was sent in the meantime are refused as a whole, so
    that the phone can show them; nothing is dropped.
    """
    actor.require("scales.answer_own")
    with unit_of_work():
        assignment = form(actor, assignment_id).assignment
        known = set(Event.objects.filter(id__in=[one.id for one in handed.answers]).values_list("id", flat=True))
        fresh = [one for one in handed.answers if one.id not in known]
        if assignment.status == Assignment.DONE and fresh and not _says_the_same(actor, assignment_id, fresh):
            raise Refused(
                "This questionnaire was already sent from elsewhere.",
                fix="Tell your care team what you would answer differently.",
                status=409,
            )
        if assignment.status != Assignment.DONE:
            for one in fresh:
                when = own_time(one.at, phone_time=handed.phone_time, at=at, not_before=assignment.assigned_at)
                record_answer(
                    actor, assignment_id=assignment_id, item_id=one.item, value=one.value, at=when, event_id=one.id
                )
        if handed.sent_at is None:
            return None
        when = own_time(handed.sent_at, phone_time=handed.phone_time, at=at, not_before=assignment.assigned_at)
        return submit(actor, assignment_id=assignment_id, at=when)


def own_time(tapped: datetime, *, phone_time: datetime, at: datetime, not_before: datetime) -> datetime:
    """When it was tapped by the server's clock: a phone whose clock is wrong is wrong by the same at both moments."""
    return max(not_before, min(at, at - max(phone_time - tapped, timedelta(0))))


def _says_the_same(actor: Actor, assignment_id: UUID, fresh: Sequence[Kept]) -> bool:
    standing = form(actor, assignment_id).given
    return all(one.item in standing and standing[one.item] == one.value for one in fresh)


def to_take_along(state: Form, actor: Actor) -> dict[str, Any]:
    """The whole form for a page that must work with no network. No answer in it is anybody's but the person's own."""
    scale = state.instrument
    return {
        "assignment": str(state.assignment.id),
        "person": str(actor.user_id),
        "title": scale.title,
        "language": scale.language,
        "window": scale.recall_window,
        "has_total": scale.has_total,
        "notice": scale.notice,
        "items": [_item(scale, one) for one in scale.item],
        "given": state.given,
    }


def _item(scale: Instrument, item: Item) -> dict[str, Any]:
    window = scale.window_of(item)
    options = scale.options_of(item)
    numbers = scale.option_set_of(item).range
    return {
        "id": item.id,
        "text": item.text,
        "help": item.help,
        "stem": scale.stem if item.stem and scale.stem else f"{window[:1].upper()}{window[1:]}:",
        "scored": item.scored,
        "typed": None
        if numbers is None or not is_typed(scale, item)
        else {"low": numbers.low, "high": numbers.high, "low_text": numbers.low_text, "high_text": numbers.high_text},
        "options": [
            {"value": one.value, "text": one.text, "points": None if one.missing else one.counted} for one in options
        ],
        "asked_when_score_above": item.asked_when_score_above,
        "asked_when": [msgspec.to_builtins(one) for one in item.asked_when],
        "worrying": [one.value for one in options if any(sign.crisis for sign in fired(scale, {item.id: one.value}))],
    }
