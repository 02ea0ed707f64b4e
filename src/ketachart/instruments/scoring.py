"""From answers to a score, a band, safety findings and what a change means. Pure.

A score exists only when every scored item is answered. Nothing is prorated and a missing answer is never zero. A total
that came with the answers is never believed: it is always computed here.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from ketachart.instruments.model import Instrument, Item
from ketachart.knowledge.findings import Finding, Seen

Answers = Mapping[str, int | None]
"""Answers by item id. None, or no entry, means not answered."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    instrument_id: str
    instrument_version: str
    status: Literal["complete", "incomplete"]
    total: int | None
    band: str | None
    answered: int
    scored_items: int
    missing: tuple[str, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What the difference to a baseline means. None wherever it cannot or may not be said."""

    percent: float | None
    response: bool | None
    remission: bool | None
    reliable_improvement: bool | None
    reliable_worsening: bool | None


class WrongAnswer(ValueError):
    """An answer that this instrument does not have."""

    def __init__(self, item_id: str, problem: str, fix: str) -> None:
        super().__init__(f"item {item_id}: {problem}. {fix}")
        self.item_id = item_id
        self.problem = problem
        self.fix = fix


def check_answers(instrument: Instrument, answers: Answers) -> None:
    """Only items that exist, only whole numbers, only values that the item offers."""
    for item_id, value in answers.items():
        item = instrument.item_with(item_id)
        if item is None:
            raise WrongAnswer(item_id, f"{instrument.title} has no such item", "Use the item numbers of the scale.")
        if value is None:
            continue
        allowed = [option.value for option in instrument.options_of(item)]
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            choices = ", ".join(str(one) for one in allowed)
            raise WrongAnswer(item_id, f"{value!r} is not one of its answers", f"Choose one of {choices}.")


def score(instrument: Instrument, answers: Answers) -> Score:
    check_answers(instrument, answers)
    items = instrument.scored_items
    values = {item.id: answers.get(item.id) for item in items}
    missing = tuple(item_id for item_id, value in values.items() if value is None)
    total = None if missing else sum(value for value in values.values() if value is not None)
    return Score(
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        status="incomplete" if missing else "complete",
        total=total,
        band=band(instrument, total),
        answered=len(values) - len(missing),
        scored_items=len(values),
        missing=missing,
    )


def band(instrument: Instrument, total: int | None) -> str | None:
    if total is None:
        return None
    return next((one.label for one in instrument.band if one.minimum <= total <= one.maximum), None)


def items_to_ask(instrument: Instrument, answers: Answers) -> tuple[Item, ...]:
    """The items of this form as far as it is answered: an item that hangs on the score comes only when due."""
    return tuple(item for item in instrument.item if _is_asked(instrument, item, answers))


def safety_findings(instrument: Instrument, answers: Answers) -> tuple[Finding, ...]:
    """One finding for each trigger that fires, on a complete, partial or abandoned form alike."""
    fired = []
    for trigger in instrument.safety:
        value = answers.get(trigger.item)
        if value is None or value < trigger.at_least:
            continue
        urgent = trigger.urgent_at_least is not None and value >= trigger.urgent_at_least
        fired.append(
            Finding(
                rule_id=trigger.id,
                rule_version=instrument.version,
                verdict="not met",
                title=f"{trigger.title} (urgent)" if urgent else trigger.title,
                meaning=trigger.meaning,
                action=trigger.action,
                source=trigger.source,
                seen=(Seen(what=f"{instrument.title} item {trigger.item}", value=value),),
                rule_class="review",
            )
        )
    return tuple(fired)


def is_urgent(instrument: Instrument, answers: Answers) -> bool:
    return any(
        trigger.urgent_at_least is not None and (answers.get(trigger.item) or 0) >= trigger.urgent_at_least
        for trigger in instrument.safety
    )


def change(instrument: Instrument, *, baseline: int | None, now: int | None) -> Change:
    """A baseline of zero has no percentage, and so no response. What has no sourced definition stays None."""
    rule = instrument.change
    if baseline is None or now is None or rule is None:
        return Change(percent=None, response=None, remission=None, reliable_improvement=None, reliable_worsening=None)
    percent = None if baseline == 0 else 100 * (baseline - now) / baseline
    step = rule.reliable_change
    return Change(
        percent=percent,
        response=None if percent is None or rule.response_percent is None else percent >= rule.response_percent,
        remission=None if rule.remission_below is None else now < rule.remission_below,
        reliable_improvement=None if step is None else baseline - now >= step,
        reliable_worsening=None if step is None else now - baseline >= step,
    )


def _is_asked(instrument: Instrument, item: Item, answers: Answers) -> bool:
    if item.asked_when_score_above is None:
        return True
    answered = [answers.get(one.id) for one in instrument.scored_items]
    return sum(value for value in answered if value is not None) > item.asked_when_score_above
