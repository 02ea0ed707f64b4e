"""What the preparation and discharge pages show: one card a step, with its findings and what was charted last."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms

from ketachart.knowledge.findings import Finding, OverrideGiven
from ketachart.treatment import kinds
from ketachart.treatment.rules import GivenAt, override_that_holds
from ketachart.treatment.state import SessionState
from ketachart.treatment.words import charted_facts


@dataclass
class Charted:
    """What stands in the record for this step: label and value, and who charted it when."""

    facts: list[tuple[str, str]]
    at: datetime
    by: str


@dataclass
class Judged:
    """A finding and who has set it aside, if anybody."""

    finding: Finding
    override: OverrideGiven | None

    @property
    def holds(self) -> bool:
        return not self.finding.blocks or self.finding.verdict == "met" or self.override is not None


@dataclass
class Card:
    step: str
    title: str
    icon: str
    findings: list[Judged] = field(default_factory=list)
    form: forms.Form | None = None
    charted: list[Charted] = field(default_factory=list)
    save: str = "Chart"

    @property
    def done(self) -> bool:
        return all(judged.holds for judged in self.findings)

    @property
    def open_count(self) -> int:
        return len([judged for judged in self.findings if not judged.holds])


PREPARATION = (
    ("order", "Consent, plan, weight, dose", "plan", ("ST01", "ST02", "ST03", "ST04")),
    ("fasting", "Fasting", "fasting", ("ST05", "ST06")),
    ("escort", "Escort", "escort", ("ST07",)),
    ("vitals", "Arrival readings", "vitals", ("ST08", "ST09", "ST10", "ST11", "ST12", "ST13", "ST14")),
    ("rescreen", "Asked again today", "screening", ("ST15",)),
    ("time-out", "Time-out", "checklist", ("ST16",)),
)
DISCHARGE = (
    ("readings", "Stay and readings", "vitals", ("DI01", "DI02", "DI03", "DI04", "DI05", "DI06", "DI07")),
    ("assessment", "Assessed by you", "person", ("DI08", "DI09", "DI10", "DI11", "DI12")),
    ("escort-met", "Escort", "escort", ("DI13",)),
    ("gaps", "Gaps and contradictions", "history", ("DI14", "DI15")),
)

_KINDS_OF_STEP: dict[str, tuple[type, ...]] = {
    "fasting": (kinds.FastingCharted,),
    "escort": (kinds.EscortCharted,),
    "vitals": (kinds.VitalsCharted, kinds.SedationScored),
    "rescreen": (kinds.RescreenCharted,),
    "time-out": (kinds.TimeOutCompleted,),
    "assessment": (kinds.DischargeAssessed,),
    "escort-met": (kinds.EscortMet,),
}


def cards(
    steps: Sequence[tuple[str, str, str, tuple[str, ...]]],
    state: SessionState,
    findings: Sequence[Finding],
    overrides: Sequence[GivenAt],
    form_of: dict[str, Any],
) -> list[Card]:
    judged = {finding.rule_id: Judged(finding, override_that_holds(finding, overrides)) for finding in findings}
    return [
        Card(
            step=step,
            title=title,
            icon=icon,
            findings=[judged[rule_id] for rule_id in rule_ids if rule_id in judged],
            form=form_of.get(step),
            charted=_charted(state, step),
        )
        for step, title, icon, rule_ids in steps
    ]


def set_aside_choices(findings: Sequence[Finding], overrides: Sequence[GivenAt], role: str) -> list[tuple[str, str]]:
    """Findings in the way that this role may set aside."""
    found = []
    for finding in findings:
        allowed = finding.overridable
        if finding.verdict == "met" or not finding.blocks or allowed is None or role not in allowed.roles:
            continue
        if finding.verdict == "missing" and not allowed.covers_missing:
            continue
        if override_that_holds(finding, overrides) is not None:
            continue
        second = " (needs a second signature)" if allowed.second_signature else ""
        found.append((finding.rule_id, f"{finding.title}: {finding.verdict}{second}"))
    return found


def _charted(state: SessionState, step: str) -> list[Charted]:
    """The newest entry of each kind that belongs to the step."""
    entries = [entry for kind in _KINDS_OF_STEP.get(step, ()) if (entry := state.last(kind)) is not None]
    return [
        Charted(facts=charted_facts(entry.content), at=entry.effective_at, by=entry.author_name or entry.source)
        for entry in entries
    ]
