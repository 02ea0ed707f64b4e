"""What holds now and no single event says: how many of the planned sessions, which decision, which consent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ketachart.desk.way import Situation

DECISIVE = frozenset(
    {
        "intake.eligibility_decided",
        "intake.consent_signed",
        "intake.consent_withdrawn",
        "course.plan_written",
        "course.plan_countersigned",
        "course.plan_withdrawn",
        "course.decision_written",
        "treatment.discharged",
    }
)


@dataclass(frozen=True)
class Told:
    """An event with its content."""

    kind: str
    at: datetime
    content: Any


def situation_of(told: Iterable[Told]) -> Situation:
    """The newest decision, consent and plan stand; a step that was taken back is not done any more."""
    blocks: dict[str, tuple[str, ...]] = {}
    details: dict[str, str] = {}
    undone: set[str] = set()
    given = 0
    planned: int | None = None
    for one in sorted(told, key=lambda each: each.at):
        if one.kind == "intake.eligibility_decided":
            details["decision"] = one.content.outcome
            blocks.pop("decision", None)
            if one.content.outcome == "not eligible":
                blocks["decision"] = ("Decided: not eligible",)
        elif one.kind == "intake.consent_signed":
            blocks.pop("consent", None)
        elif one.kind == "intake.consent_withdrawn":
            blocks["consent"] = ("The consent was withdrawn",)
        elif one.kind == "course.plan_written":
            planned = one.content.sessions
            details["plan"] = f"version {one.content.version}"
            blocks.pop("plan", None)
            if one.content.needs_second_signature:
                blocks["plan"] = ("Waits for the second signature",)
        elif one.kind == "course.plan_countersigned":
            blocks.pop("plan", None)
        elif one.kind == "course.plan_withdrawn":
            blocks["plan"] = ("The plan was withdrawn",)
        elif one.kind == "treatment.discharged":
            given += 1
        elif one.kind == "course.decision_written":
            details["next"] = CHOICES.get(one.content.choice, one.content.choice)
    if given or planned:
        details["session"] = f"{given} of {planned}" if planned else f"{given} so far"
    if planned and given < planned:
        undone.add("session")
    return Situation(blocks=blocks, details=details, undone=frozenset(undone))


def with_standing(situation: Situation, standing: Mapping[str, tuple[str, ...]]) -> Situation:
    """The same, with what was done once and does not hold today: a screening that is stale, a consent that ran out."""
    now = {stage: sentences for stage, sentences in standing.items() if sentences}
    return replace(situation, blocks={**situation.blocks, **now})


CHOICES = {"up": "raise the dose", "down": "lower the dose", "continue": "go on", "hold": "hold"}
