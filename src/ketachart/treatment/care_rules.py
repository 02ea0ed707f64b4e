"""Rescue orders and what may be given on them now; what is open at a hand-over; what a guard refuses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ketachart.record.errors import Refused
from ketachart.record.kinds import Content
from ketachart.treatment.care_data import RoomScale, rescue_problems, room_scales
from ketachart.treatment.care_kinds import (
    HandedOver,
    OpenItem,
    RescueGiven,
    RescueOrdered,
    RescueWithdrawn,
    ScaleScored,
    SymptomEnded,
)
from ketachart.treatment.due import due_items, open_gaps
from ketachart.treatment.entries import Entry
from ketachart.treatment.kinds import SymptomNoted
from ketachart.treatment.state import SessionState

SAME_DOSE = 1e-9


@dataclass(frozen=True)
class StandingOrder:
    """A rescue order as it stands at a moment."""

    entry: Entry
    order: RescueOrdered
    given: tuple[Entry, ...]
    withdrawn: bool

    @property
    def left(self) -> int:
        return max(0, self.order.most_times - len(self.given))

    @property
    def next_at(self) -> datetime | None:
        """Before this moment the order does not allow another; None: at once."""
        if not self.given or self.order.interval_minutes is None:
            return None
        return self.given[-1].effective_at + timedelta(minutes=self.order.interval_minutes)


def rescue_orders(state: SessionState, at: datetime) -> tuple[StandingOrder, ...]:
    """Every order up to `at`, with what was given on it until then."""
    given: dict[str, list[Entry]] = {}
    for entry in state.of(RescueGiven):
        if entry.effective_at <= at and isinstance(entry.content, RescueGiven):
            given.setdefault(entry.content.order_id, []).append(entry)
    ended = {
        entry.content.order_id
        for entry in state.of(RescueWithdrawn)
        if entry.effective_at <= at and isinstance(entry.content, RescueWithdrawn)
    }
    return tuple(
        StandingOrder(entry, entry.content, tuple(given.get(_said_as(entry), ())), _said_as(entry) in ended)
        for entry in state.of(RescueOrdered)
        if entry.effective_at <= at and isinstance(entry.content, RescueOrdered)
    )


def _said_as(entry: Entry) -> str:
    """An order that was corrected keeps the id under which it was given."""
    return entry.corrects or entry.id


def open_symptoms(state: SessionState, at: datetime) -> tuple[Entry, ...]:
    """Noted and not yet said to be over."""
    ended = {
        entry.content.symptom_id
        for entry in state.of(SymptomEnded)
        if entry.effective_at <= at and isinstance(entry.content, SymptomEnded)
    }
    return tuple(entry for entry in state.symptoms if entry.effective_at <= at and _said_as(entry) not in ended)


def open_at_handover(state: SessionState, at: datetime) -> tuple[OpenItem, ...]:
    """What whoever takes over must know: what runs, what is due or missing, what is not settled."""
    items: list[OpenItem] = []
    status = state.pump_status(at)
    if status in ("running", "paused"):
        items.append(OpenItem(what=f"The infusion is {status}"))
    for due in due_items(state, at):
        if due.status in ("due", "overdue"):
            items.append(OpenItem(what=due.label, detail=due.status))
    for gap in open_gaps(state, at):
        if gap.closed:
            items.append(OpenItem(what=f"{gap.label} missing, no cause given"))
    items += [OpenItem(what=conflict.meaning) for conflict in state.conflicts]
    for entry in open_symptoms(state, at):
        if isinstance(entry.content, SymptomNoted):
            items.append(OpenItem(what=entry.content.symptom, detail=entry.content.severity or ""))
    items += [
        OpenItem(what=f"{one.order.medicine} {one.order.dose:g} {one.order.dose_unit}", detail=f"{one.left} times left")
        for one in rescue_orders(state, at)
        if one.left and not one.withdrawn
    ]
    return tuple(items)


def care_problem(state: SessionState, content: Content, at: datetime) -> Refused | None:
    """Why this may not be charted, if it may not."""
    if isinstance(content, ScaleScored):
        return score_problem(content, room_scales())
    if isinstance(content, SymptomEnded):
        return _ending_problem(state, content, at)
    if isinstance(content, RescueOrdered):
        return order_problem(content)
    if isinstance(content, RescueWithdrawn):
        return _known_order(state, content.order_id)
    if isinstance(content, RescueGiven):
        return _giving_problem(state, content, at)
    if isinstance(content, HandedOver) and not content.to_name.strip():
        return Refused("Nobody takes over.", field="to_name", fix="Choose who takes over.")
    return None


def score_problem(content: ScaleScored, scales: Mapping[str, RoomScale]) -> Refused | None:
    scale = scales.get(content.scale)
    if scale is None:
        return Refused("There is no such score here.", field="scale", fix="Choose one of the list.")
    if not scale.items:
        if content.items:
            return Refused(f"{scale.title} is one score.", field="items", fix="One value.")
        if content.value not in scale.values:
            return Refused(
                f"{scale.title} {content.value:g} cannot be.",
                field="value",
                fix=f"From {min(scale.values)} to {max(scale.values)}.",
            )
        return None
    missing = [item for item in scale.items if item not in content.items]
    if missing or len(content.items) != len(scale.items):
        return Refused(
            f"{scale.title} needs all of its {len(scale.items)} items.", field="items", fix="Score what is open."
        )
    wrong = [item for item, value in content.items.items() if value not in scale.values]
    if wrong:
        return Refused(f"Item {wrong[0]} is out of its range.", field="items", fix="From 0 to 4.")
    if content.value != sum(content.items.values()):
        return Refused("The sum is not that of the items.", field="value", fix="Score it again.")
    return None


def order_problem(content: RescueOrdered) -> Refused | None:
    """An order says what, how much, how, and how often at most: none of it is filled in by anyone else."""
    if content.problem not in rescue_problems():
        return Refused("For which problem?", field="problem", fix="Choose one of the list.")
    for field, what in (("medicine", "medicine"), ("dose_unit", "unit"), ("route", "route")):
        if not getattr(content, field).strip():
            return Refused(f"The {what} is missing.", field=field, fix=f"Enter the {what}.")
    if not 0 < content.dose < float("inf"):
        return Refused("A dose is more than 0.", field="dose", fix="Enter the dose.")
    if not 1 <= content.most_times <= 20:
        return Refused("How often at most?", field="most_times", fix="From 1 to 20 times.")
    if content.most_times > 1 and not (content.interval_minutes and 0 < content.interval_minutes <= 24 * 60):
        return Refused(
            "More than once needs the time between.", field="interval_minutes", fix="Minutes, for example 15."
        )
    return None


def _known_order(state: SessionState, order_id: str) -> Refused | None:
    known = {_said_as(entry) for entry in state.of(RescueOrdered)}
    if order_id not in known:
        return Refused("There is no such order.", field="order_id", fix="Ask the prescriber for an order.")
    return None


def _giving_problem(state: SessionState, content: RescueGiven, at: datetime) -> Refused | None:
    problem = _known_order(state, content.order_id)
    if problem is not None:
        return problem
    if not 0 < content.dose < float("inf"):
        return Refused("A dose is more than 0.", field="dose", fix="Enter the dose.")
    standing = next((one for one in rescue_orders(state, at) if _said_as(one.entry) == content.order_id), None)
    if content.beyond_order_reason and content.beyond_order_reason.strip():
        return None
    beyond = "Ask the prescriber; if it was given, chart it again with the reason."
    if standing is None or standing.withdrawn:
        return Refused("This order does not stand at that time.", field="order_id", fix=beyond)
    if content.dose_unit != standing.order.dose_unit or content.dose > standing.order.dose + SAME_DOSE:
        return Refused(f"The order says {standing.order.dose:g} {standing.order.dose_unit}.", field="dose", fix=beyond)
    if not standing.left:
        return Refused(f"It was given {len(standing.given)} times, as often as ordered.", field="order_id", fix=beyond)
    if standing.next_at is not None and at < standing.next_at:
        return Refused(
            f"The order asks for {standing.order.interval_minutes:g} min between.", field="effective_at", fix=beyond
        )
    return None


def _ending_problem(state: SessionState, content: SymptomEnded, at: datetime) -> Refused | None:
    noted = next((entry for entry in state.symptoms if _said_as(entry) == content.symptom_id), None)
    if noted is None:
        return Refused("There is no such symptom.", field="symptom_id", fix="Choose one that was noted.")
    if at < noted.effective_at:
        return Refused("It cannot end before it was noted.", field="effective_at", fix="Check the time.")
    return None
