"""Where a form stands, which question comes next, and when an open matter is late. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ketachart.instruments.model import Instrument, Item
from ketachart.instruments.scoring import items_to_ask

Given = Mapping[str, int | None]
"""What was answered by item id; None is the choice not to answer. An item that is not in it was not reached."""


@dataclass(frozen=True)
class Place:
    """One question within its form: which it is, what comes before and after."""

    item: Item
    number: int
    of: int
    before: str | None
    after: str | None


def latest(answers: Iterable[tuple[str, int | None]]) -> dict[str, int | None]:
    """The standing answer of each item, from all answers in the order they were given."""
    return dict(answers)


def next_item(instrument: Instrument, given: Given) -> Item | None:
    """Where to go on: the first question that was not reached yet; None at the end."""
    return next((item for item in items_to_ask(instrument, given) if item.id not in given), None)


def place_of(instrument: Instrument, given: Given, item_id: str) -> Place | None:
    """None when this form has no such question, or does not ask it as answered so far."""
    asked = items_to_ask(instrument, given)
    ids = [item.id for item in asked]
    if item_id not in ids:
        return None
    at = ids.index(item_id)
    return Place(
        item=asked[at],
        number=at + 1,
        of=len(asked),
        before=ids[at - 1] if at else None,
        after=ids[at + 1] if at + 1 < len(ids) else None,
    )


def answers_that_count(instrument: Instrument, given: Given) -> dict[str, int | None]:
    """Without answers to questions that are no longer asked (a follow-up whose reason was taken back).

    A suicide-risk screen keeps them all: what was said once is never dropped because another answer changed.
    """
    if not instrument.has_total and instrument.safety:
        return dict(given)
    asked = {item.id for item in items_to_ask(instrument, given)}
    return {item_id: value for item_id, value in given.items() if item_id in asked}


def due_at(opened_at: datetime, *, urgent: bool, minutes: int | None, urgent_minutes: int | None) -> datetime | None:
    """When someone must have acted. None: this clinic has set no time, and none is assumed."""
    allowed = urgent_minutes if urgent else minutes
    return None if allowed is None else opened_at + timedelta(minutes=allowed)


def is_late(due: datetime | None, now: datetime) -> bool:
    return due is not None and now > due


def must_escalate(due: datetime | None, escalated_at: datetime | None, *, minutes: int | None, at: datetime) -> bool:
    """Once when the clock runs out, then again each time the clinic's own time has passed. Without a clock never."""
    if due is None or at <= due:
        return False
    if escalated_at is None:
        return True
    return minutes is not None and at >= escalated_at + timedelta(minutes=minutes)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The nearer of two times; a missing one counts for nothing."""
    return min((when for when in (one, other) if when is not None), default=None)
