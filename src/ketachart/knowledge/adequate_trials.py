"""Treatment-resistant depression by each definition, from the trials that a person has had. Pure.

A trial counts, does not count, or cannot be judged because something about it is missing. A definition holds only when
enough trials count; it fails only when even those that cannot be judged would not be enough; in between it is missing.
So leaving something out can never make a definition hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge import loader
from ketachart.knowledge.findings import Finding, Seen, Source, Verdict
from ketachart.knowledge.medicines import MedicineTable
from ketachart.knowledge.screening import Fact, Site, age_in_days

FAILED = ("no benefit", "not enough benefit")
HELPED = ("good benefit", "good benefit, later lost")

ALONE, ADDED, TALKING = "medicine", "added medicine", "talking therapy"

CLASSES = {
    "selective serotonin reuptake inhibitor": "SSRI",
    "serotonin-noradrenaline reuptake inhibitor": "SNRI",
    "tricyclic antidepressant": "tricyclic",
    "monoamine oxidase inhibitor": "MAOI",
    "other antidepressant": "",
}
"""The antidepressants of the class table. "Other" is no class: each of them stands for itself."""

Role = Literal["antidepressant", "added medicine", "talking therapy", "something else", "not known"]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier treatment. None: nobody has said."""

    name: str
    kind: str | None = None
    dose: str | None = None
    weeks: float | None = None
    outcome: str | None = None
    adequate: str | None = None
    best_change_percent: float | None = None


class MustBe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fact: str
    value: str | bool
    says: str


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    version: str
    title: str
    kind: Literal["label", "clinic", "payer"]
    says: str
    not_read: str
    source: Source
    effective_from: date
    effective_to: date | None = None
    superseded_by: str | None = None
    antidepressants: int | None = None
    antidepressants_setting: str | None = None
    different_classes: bool = False
    weeks: float | None = None
    improvement_at_most_percent: float | None = None
    added_medicines: int = 0
    added_or_talking_therapy: bool = False
    age_at_least: int | None = None
    phq9_above: int | None = None
    phq9_within_days: int | None = None
    must_be: tuple[MustBe, ...] = ()
    asked_besides: tuple[str, ...] = ()

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


class TrialLine(msgspec.Struct, frozen=True, kw_only=True):
    """One trial under one definition: what it is, whether it counts, and why."""

    trial: Trial
    role: Role
    class_name: str
    verdict: Verdict
    why: tuple[str, ...]
    key: str


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    verdict: Verdict
    seen: tuple[Seen, ...] = ()
    missing: tuple[str, ...] = ()


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is printed: the definition, its criteria, every trial, and the verdict."""

    definition: Definition
    verdict: Verdict
    counted: int
    needed: int | None
    lines: tuple[TrialLine, ...]
    criteria: tuple[Criterion, ...]

    @property
    def finding(self) -> Finding:
        one = self.definition
        return Finding(
            rule_id=one.id,
            rule_version=one.version,
            verdict=self.verdict,
            title=f"Treatment-resistant depression: {one.title}",
            meaning=one.says,
            action="Nothing to do." if self.verdict == "met" else "Complete the treatment history.",
            source=one.source,
            seen=tuple(seen for criterion in self.criteria for seen in criterion.seen),
            rule_class="information",
            blocks=False,
            missing=tuple(name for criterion in self.criteria for name in criterion.missing),
        )


@cache
def definitions() -> tuple[Definition, ...]:
    content = loader.read("adequate_trials.toml")
    shared = {"effective_from": content["effective_from"]}
    return tuple(
        loader.typed({**shared, **entry}, Definition, f"adequate_trials.toml {entry.get('id')}")
        for entry in content["definition"]
    )


def assess(
    definition: Definition,
    trials: Sequence[Trial] | None,
    facts: Mapping[str, Fact],
    *,
    medicines: MedicineTable,
    site: Site,
    at: datetime,
) -> Assessment:
    """`trials` None: nobody has asked about earlier treatment. Empty: there was none."""
    lines = tuple(_line(one, definition, medicines) for one in trials or ())
    needed = _needed(definition, site)
    counted, possible = _distinct(lines, "antidepressant")
    criteria = [_enough_antidepressants(definition, needed, counted, possible, asked=trials is not None)]
    if definition.added_medicines:
        have, might = _distinct(lines, "added medicine")
        criteria.append(
            _count("Added medicines that failed", have, might, definition.added_medicines, asked=trials is not None)
        )
    if definition.added_or_talking_therapy:
        criteria.append(_added_or_talking(lines, asked=trials is not None))
    criteria += _other_criteria(definition, facts, at)
    return Assessment(
        definition=definition,
        verdict=_worst([one.verdict for one in criteria]),
        counted=len(counted),
        needed=needed,
        lines=lines,
        criteria=tuple(criteria),
    )


def failed_antidepressants(assessment: Assessment) -> int | None:
    """How many count, once that decides the question; None while it is open."""
    return None if assessment.criteria[0].verdict == "missing" else assessment.counted


def _line(trial: Trial, definition: Definition, medicines: MedicineTable) -> TrialLine:
    role, class_name, key = _role(trial, medicines)
    if role == "not known":
        why = "medicine or not, given alone or added: not said"
        if trial.kind is not None:
            why = f"{trial.name} is not in the table: who knows its class?"
        return TrialLine(trial=trial, role=role, class_name="", verdict="missing", why=(why,), key=key)
    asked_for = role == "antidepressant" or (role == "added medicine" and definition.added_medicines > 0)
    if not asked_for:
        beside = role != "something else" and definition.added_or_talking_therapy
        why = "tried beside an antidepressant" if beside else "not asked for here"
        verdict: Verdict = "met" if beside else "not met"
        return TrialLine(trial=trial, role=role, class_name=class_name, verdict=verdict, why=(why,), key=key)
    parts = [_long_enough(trial, definition), _dose_adequate(trial), _failed(trial, definition)]
    shown_key = key if role != "antidepressant" or not definition.different_classes else class_name or key
    return TrialLine(
        trial=trial,
        role=role,
        class_name=class_name or key,
        verdict=_worst([verdict for verdict, _ in parts]),
        why=tuple(why for _, why in parts if why),
        key=shown_key,
    )


def _role(trial: Trial, medicines: MedicineTable) -> tuple[Role, str, str]:
    """What it was, its class, and what tells it apart from the others. Without the kind nobody can say."""
    name = " ".join(trial.name.split()).casefold()
    if trial.kind == TALKING:
        return "talking therapy", "", name
    if trial.kind not in (ALONE, ADDED):
        return ("not known" if trial.kind is None else "something else"), "", name
    ingredients = medicines.ingredients_of(trial.name)
    classes = medicines.classes_of(trial.name)
    if ingredients is None or classes is None:
        return "not known", "", name
    key = " + ".join(ingredients)
    found = [word for class_id, word in CLASSES.items() if class_id in classes]
    if trial.kind == ADDED:
        return "added medicine", found[0] if found else "", key
    return ("antidepressant" if found else "something else"), found[0] if found else "", key


Part = tuple[Verdict, str]


def _long_enough(trial: Trial, definition: Definition) -> Part:
    if definition.weeks is None:
        return "met", ""
    if trial.weeks is None:
        return "missing", "weeks at that dose: not said"
    if trial.weeks < definition.weeks:
        return "not met", f"{trial.weeks:g} weeks, {definition.weeks:g} are asked for"
    return "met", f"{trial.weeks:g} weeks"


def _dose_adequate(trial: Trial) -> Part:
    if trial.adequate == "adequate":
        return "met", "adequate, as the prescriber judged"
    if trial.adequate == "not adequate":
        return "not met", "not adequate, as the prescriber judged"
    return "missing", "whether the dose was adequate: not judged"


def _failed(trial: Trial, definition: Definition) -> Part:
    limit = definition.improvement_at_most_percent
    if limit is not None:
        change = trial.best_change_percent
        if change is None or change != change:
            return "missing", "improvement in percent: not said"
        word = f"{change:g} % better at best"
        return ("met", word) if change <= limit else ("not met", f"{word}, at most {limit:g} % is asked for")
    if trial.outcome in FAILED:
        return "met", str(trial.outcome)
    if trial.outcome in HELPED:
        return "not met", str(trial.outcome)
    return "missing", "outcome: not known"


def _distinct(lines: Sequence[TrialLine], role: Role) -> tuple[set[str], set[str]]:
    """What counts, and what could count at most once everything is known: each medicine, or class, once."""
    counted = {one.key for one in lines if one.role == role and one.verdict == "met"}
    possible = counted | {one.key for one in lines if one.role == role and one.verdict == "missing"}
    return counted, possible | {one.key for one in lines if one.role == "not known"}


def _needed(definition: Definition, site: Site) -> int | None:
    if definition.antidepressants_setting is None:
        return definition.antidepressants
    own = site.get(definition.antidepressants_setting)
    return int(own) if isinstance(own, int | float) and not isinstance(own, bool) else None


def _enough_antidepressants(
    definition: Definition, needed: int | None, counted: set[str], possible: set[str], *, asked: bool
) -> Criterion:
    what = (
        "Antidepressants of different classes that failed"
        if definition.different_classes
        else "Antidepressants that failed"
    )
    if needed is None:
        return Criterion(
            text=f"{what}: how many is for this clinic to enter",
            verdict="missing",
            seen=(Seen(what=what, value=len(counted)),),
            missing=(definition.antidepressants_setting or "",),
        )
    return _count(what, counted, possible, needed, asked=asked)


def _count(what: str, counted: set[str], possible: set[str], needed: int, *, asked: bool) -> Criterion:
    text = f"{what}: at least {needed}"
    seen = (Seen(what=what, value=", ".join(sorted(counted)) or "none"),)
    if len(counted) >= needed:
        return Criterion(text=text, verdict="met", seen=seen)
    if asked and len(possible) < needed:
        return Criterion(text=text, verdict="not met", seen=seen)
    return Criterion(text=text, verdict="missing", seen=seen, missing=("failed_antidepressants",))


def _added_or_talking(lines: Sequence[TrialLine], *, asked: bool) -> Criterion:
    text = "An added medicine or talking therapy was tried"
    tried = tuple(one.trial.name for one in lines if one.role in ("added medicine", "talking therapy"))
    if tried:
        return Criterion(text=text, verdict="met", seen=(Seen(what="tried", value=", ".join(tried)),))
    if not asked or any(one.role == "not known" for one in lines):
        return Criterion(text=text, verdict="missing", missing=("failed_antidepressants",))
    return Criterion(text=text, verdict="not met")


def _other_criteria(definition: Definition, facts: Mapping[str, Fact], at: datetime) -> list[Criterion]:
    criteria = []
    if definition.age_at_least is not None:
        criteria.append(_age(definition.age_at_least, facts))
    if definition.phq9_above is not None:
        criteria.append(_phq9(definition.phq9_above, definition.phq9_within_days, facts, at))
    for one in definition.must_be:
        fact = facts.get(one.fact)
        seen = Seen(what=one.fact, value=fact.value if fact and not isinstance(fact.value, tuple) else None)
        verdict: Verdict = "missing" if fact is None else "met" if fact.value == one.value else "not met"
        criteria.append(
            Criterion(text=one.says, verdict=verdict, seen=(seen,), missing=(one.fact,) if fact is None else ())
        )
    return criteria


def _age(at_least: int, facts: Mapping[str, Fact]) -> Criterion:
    fact = facts.get("age_years")
    text = f"At least {at_least} years old"
    if fact is None or isinstance(fact.value, bool) or not isinstance(fact.value, int | float):
        return Criterion(text=text, verdict="missing", missing=("age_years",))
    seen = (Seen(what="age_years", value=fact.value, at=fact.at),)
    return Criterion(text=text, verdict="met" if fact.value >= at_least else "not met", seen=seen)


def _phq9(above: int, within_days: int | None, facts: Mapping[str, Fact], at: datetime) -> Criterion:
    text = f"PHQ-9 above {above}" + (f", answered within {within_days} days" if within_days else "")
    fact = facts.get("phq9_total")
    if fact is None or isinstance(fact.value, bool) or not isinstance(fact.value, int | float):
        return Criterion(text=text, verdict="missing", missing=("phq9_total",))
    seen = (Seen(what="phq9_total", value=fact.value, at=fact.at),)
    if fact.value <= above:
        return Criterion(text=text, verdict="not met", seen=seen)
    days = age_in_days(fact.at, at)
    if within_days is not None and (days is None or not 0 <= days <= within_days):
        return Criterion(text=text, verdict="missing", seen=seen, missing=("phq9_total",))
    return Criterion(text=text, verdict="met", seen=seen)


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    if "not met" in verdicts:
        return "not met"
    return "missing" if "missing" in verdicts or not verdicts else "met"
