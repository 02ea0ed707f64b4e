"""The way through, as steps: which are done, where the person is now, what is ahead. Pure: events in, steps out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["done", "now", "blocked", "ahead"]
WORDS: Mapping[State, str] = {"done": "done", "now": "now", "blocked": "blocked", "ahead": "not yet"}


@dataclass(frozen=True)
class Happening:
    """One event, as far as the way needs it."""

    kind: str
    at: datetime


@dataclass(frozen=True)
class Stage:
    """A step of the way: the kinds of events that show it is done (any one of each group)."""

    id: str
    title: str
    done_by: tuple[tuple[str, ...], ...]
    url_name: str = ""


# The same words as in the code and in the API (docs/architecture.md, "The way through").
STAGES: tuple[Stage, ...] = (
    Stage("inquiry", "Inquiry", (("people.patient_registered",),)),
    Stage(
        "history",
        "History",
        (("intake.conditions_recorded",), ("intake.medicines_recorded",), ("intake.allergies_recorded",)),
        "intake:history",
    ),
    Stage("scales", "Baseline scales", (("scales.submitted",),), "scales:patient"),
    Stage("decision", "Eligibility", (("intake.eligibility_decided",),), "intake:screening"),
    Stage("consent", "Consent", (("intake.consent_signed",),), "intake:consents"),
    Stage("plan", "Plan", (("course.plan_written",),), "course:patient"),
    Stage("session", "Sessions", (("treatment.discharged",),), "treatment:sessions"),
    Stage("check_in", "Check-in", (("aftercare.check_in_answered",),), "aftercare:patient"),
    Stage("next", "Next decision", (("course.decision_written",),), "course:patient"),
)


@dataclass(frozen=True)
class Step:
    id: str
    title: str
    state: State
    at: datetime | None = None
    detail: str = ""
    blocks: tuple[str, ...] = ()
    href: str = ""

    @property
    def state_words(self) -> str:
        return WORDS[self.state]


@dataclass(frozen=True)
class Situation:
    """What holds now and cannot be read from single events: sentences that block a step, and details to show."""

    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    undone: frozenset[str] = frozenset()  # steps that were done once and do not hold any more


def way_through(
    happenings: Iterable[Happening],
    situation: Situation | None = None,
    addresses: Mapping[str, str] | None = None,
    stages: Sequence[Stage] = STAGES,
) -> list[Step]:
    """The first step that is not done is where the person is; a step that is blocked says by what."""
    situation = situation or Situation()
    addresses = addresses or {}
    last: dict[str, datetime] = {}
    for happening in happenings:
        if happening.kind not in last or happening.at > last[happening.kind]:
            last[happening.kind] = happening.at
    steps: list[Step] = []
    reached = False
    for stage in stages:
        done_at = _done_at(stage, last) if stage.id not in situation.undone else None
        blocks = situation.blocks.get(stage.id, ())
        state: State
        if done_at is not None and not blocks:
            state = "done"
        elif blocks:
            state = "blocked"
        elif not reached:
            state = "now"
        else:
            state = "ahead"
        reached = reached or state in ("now", "blocked")
        detail = situation.details.get(stage.id, "")
        steps.append(Step(stage.id, stage.title, state, done_at, detail, blocks, addresses.get(stage.id, "")))
    return steps


def _done_at(stage: Stage, last: Mapping[str, datetime]) -> datetime | None:
    """When every group of the stage had happened; None while one is missing."""
    times = []
    for group in stage.done_by:
        found = [last[kind] for kind in group if kind in last]
        if not found:
            return None
        times.append(max(found))
    return max(times)
