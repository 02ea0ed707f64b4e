"""What was due and what became of it: of one person, and of the clinic. The table is the statement; no score is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ketachart.instruments.loader import instrument
from ketachart.record.actor import Actor
from ketachart.scales.models import Assignment
from ketachart.scales.schedule_rules import State, Tally, state_of, tally

STATE_WORDS: dict[State, str] = {
    "answered": "Answered in time",
    "incomplete": "Answered in part: no score",
    "late": "Answered late",
    "missed": "Not answered",
    "waiting": "Waiting",
    "withdrawn": "Withdrawn",
}
STATE_BADGES: dict[State, str] = {
    "answered": "met",
    "incomplete": "missing",
    "late": "missing",
    "missed": "not-met",
    "waiting": "note",
    "withdrawn": "plain",
}


@dataclass(frozen=True)
class Line:
    assignment: Assignment
    title: str
    state: State
    answered_at: datetime | None
    struck: bool

    @property
    def words(self) -> str:
        return f"{STATE_WORDS[self.state]} (struck later)" if self.struck else STATE_WORDS[self.state]

    @property
    def badge(self) -> str:
        return STATE_BADGES[self.state]


@dataclass(frozen=True)
class Group:
    """Lines of one person or of one scale, counted."""

    name: str
    tally: Tally
    patient_id: UUID | None = None


def of_person(actor: Actor, patient_id: UUID, at: datetime) -> tuple[list[Line], Tally]:
    """Everything that was ever asked of a person, newest first."""
    actor.require("scales.read")
    lines = _lines(Assignment.objects.visible_to(actor).filter(patient_id=patient_id), at)
    return lines, tally(one.state for one in lines)


def of_clinic(actor: Actor, at: datetime, *, days: int) -> tuple[list[Group], list[Group], Tally]:
    """What was asked in the last days, by person (named by the caller), by scale, and altogether: one statement."""
    actor.require("scales.read")
    rows = Assignment.objects.visible_to(actor).filter(assigned_at__gte=at - timedelta(days=days), assigned_at__lte=at)
    lines = _lines(rows, at)
    people: dict[UUID, list[State]] = defaultdict(list)
    scales: dict[str, list[State]] = defaultdict(list)
    for one in lines:
        people[one.assignment.patient_id].append(one.state)
        scales[one.title].append(one.state)
    by_person = [Group(name="", tally=tally(states), patient_id=person) for person, states in people.items()]
    by_scale = [Group(name=title, tally=tally(states)) for title, states in sorted(scales.items())]
    by_person.sort(key=lambda one: (-one.tally.missed, -one.tally.late, str(one.patient_id)))
    return by_person, by_scale, tally(one.state for one in lines)


def _lines(rows: Iterable[Assignment], at: datetime) -> list[Line]:
    found = []
    for row in rows.select_related("response", "response__struck").order_by("-assigned_at"):  # type: ignore[attr-defined]
        answer = getattr(row, "response", None)
        state = state_of(
            due_at=row.due_at,
            closes_at=row.closes_at,
            answered_at=answer.answered_at if answer else None,
            complete=bool(answer and answer.is_complete),
            withdrawn=row.status == Assignment.CANCELLED,
            at=at,
        )
        scale = instrument(row.instrument_id)
        found.append(
            Line(
                assignment=row,
                title=scale.title if scale else row.instrument_id,
                state="missed" if row.status == Assignment.MISSED else state,
                answered_at=answer.answered_at if answer else None,
                struck=bool(answer and getattr(answer, "struck", None)),
            )
        )
    return found
