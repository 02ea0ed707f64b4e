"""What stands today: resistance to treatment by each definition, the tests that are due, what holds the way up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ketachart.intake import rules
from ketachart.intake.facts import facts_from
from ketachart.intake.kinds import EligibilityDecided, Intended
from ketachart.intake.models import EligibilityDecision
from ketachart.intake.queries import changes_since, judged, known_about, valid_consent
from ketachart.knowledge import loader
from ketachart.knowledge.adequate_trials import Assessment
from ketachart.knowledge.panel import Check, checks, panel
from ketachart.record.actor import Actor
from ketachart.record.models import load_contents


def trd_assessments(actor: Actor, patient_id: UUID, *, at: datetime) -> tuple[Assessment, ...]:
    """Treatment-resistant depression by each definition, with the trials it rests on."""
    actor.require("intake.read")
    known = known_about(actor, patient_id, at=at, with_scores=True)
    return rules.assessments(
        known.history, known.person, medicines=loader.medicine_table(), at=at, site=known.site, scores=known.scores
    )


@dataclass(frozen=True)
class Tests:
    """What to look at before a course, and again while it lasts."""

    before: tuple[Check, ...]
    again: tuple[Check, ...]


def tests_for(actor: Actor, patient_id: UUID, intended: Intended, *, at: datetime) -> Tests:
    actor.require("intake.read")
    known = known_about(actor, patient_id, at=at, with_scores=True)
    facts = {**facts_from(known.history, known.person, at=at), **known.scores}
    found = checks(panel(), facts, site=known.site, at=at, route=intended.route, indication=intended.indication)
    return Tests(
        before=tuple(one for one in found if one.item.phase == "before"),
        again=tuple(one for one in found if one.item.phase == "again"),
    )


@dataclass(frozen=True)
class Standing:
    """What stands in the way of treatment although a step was done once: in words, by step."""

    decision: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()


def standing_of(actor: Actor, patient_id: UUID, *, at: datetime) -> Standing:
    """The newest decision judged again today, and the consent to what it was about: for whoever shows the way.

    Everybody who may see the person sees that something holds them up; which rules, only who may read the history.
    """
    actor.require("people.read")
    row = EligibilityDecision.objects.visible_to(actor).filter(patient_id=patient_id).order_by("-charted_at").first()
    if row is None:
        return Standing()
    load_contents([row])
    content: EligibilityDecided = row.content
    intended = content.intended
    decision: tuple[str, ...] = ()
    if content.outcome == "eligible":
        changes = changes_since(row, judged(actor, patient_id, intended, at=at, phase="course"))
        if changes.holding:
            named = ", ".join(one.rule_id for one in changes.holding[:6])
            rules_named = f" ({named})" if actor.may("intake.read") else ""
            decision = (f"Screen again: changed since {row.charted_at:%-d %b %Y}{rules_named}",)
    elif content.outcome == "conditional":
        decision = ("Conditions must be met first",)
    consent = valid_consent(
        actor, patient_id=patient_id, product=intended.product, route=intended.route,
        indication=intended.indication, at=at,
    )  # fmt: skip
    return Standing(decision=decision, consent=(consent.meaning,) if consent.verdict == "not met" else ())
