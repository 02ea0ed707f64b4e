"""Judging a rule against what is known about a person. Pure: facts in, a finding out.

A fact that nobody has given is not in the mapping. Each test answers for every datum on its own; the verdicts are then
joined so that "not met" outweighs "missing" and "missing" outweighs "met". Taking a datum away can therefore never
open anything.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from ketachart.knowledge.findings import Finding, Rule, Seen, SeenValue, Verdict, finding_from

FactValue = str | int | float | bool | tuple[str, ...]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing known about a person. `at` is when it was true, not when it was typed."""

    value: FactValue
    at: datetime | None = None


Facts = Mapping[str, Fact]


class Answers(msgspec.Struct, frozen=True, kw_only=True, tag="answers", forbid_unknown_fields=True):
    """Every one of these yes/no questions has been answered, and with this answer."""

    facts: tuple[str, ...]
    must_be: bool


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fact: str
    at_least: float | None = None
    at_most: float | None = None


class Numbers(msgspec.Struct, frozen=True, kw_only=True, tag="numbers", forbid_unknown_fields=True):
    """Every one of these numbers is inside its limits (inclusive), and fresh enough where that is asked."""

    limits: tuple[Limit, ...]
    no_older_than_days: int | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True, tag="choice", forbid_unknown_fields=True):
    """A value chosen from a list. A value that the rule does not name counts as missing."""

    fact: str
    met: tuple[str, ...]
    not_met: tuple[str, ...]
    no_older_than_days: int | None = None


class Medicines(msgspec.Struct, frozen=True, kw_only=True, tag="medicines", forbid_unknown_fields=True):
    """No medicine of these classes is taken. A name that nobody recognises is missing, never safe."""

    classes: tuple[str, ...]


Test = Answers | Numbers | Choice | Medicines


class Relevant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rule is met without further questions when this fact is known to have one of these values."""

    fact: str
    is_one_of: tuple[str, ...]


class ScreeningRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    test: Test
    not_relevant_when: Relevant | None = None


class MedicineClass(msgspec.Struct, frozen=True, kw_only=True):
    """Which ingredients belong to a class, by the WHO ATC group that says so."""

    id: str
    title: str
    ingredients: tuple[str, ...]


class MedicineTable(msgspec.Struct, frozen=True, kw_only=True):
    classes: tuple[MedicineClass, ...]
    other_names: dict[str, str]

    @property
    def known_names(self) -> tuple[str, ...]:
        """Every name that is recognised, in alphabetical order."""
        return tuple(sorted({name for one in self.classes for name in one.ingredients} | set(self.other_names)))

    def classes_of(self, name: str) -> frozenset[str] | None:
        """The classes of an ingredient, or None when the name is not recognised."""
        ingredient = " ".join(name.split()).casefold()
        ingredient = self.other_names.get(ingredient, ingredient)
        found = frozenset(one.id for one in self.classes if ingredient in one.ingredients)
        return found or None


Judged = tuple[Verdict, tuple[Seen, ...], tuple[str, ...]]


def judge(rule: ScreeningRule, facts: Facts, *, medicines: MedicineTable, at: datetime) -> Finding:
    """The rule's finding for these facts at this moment."""
    skip = rule.not_relevant_when
    if skip is not None and skip.fact in facts and facts[skip.fact].value in skip.is_one_of:
        return finding_from(rule, "met", seen=(_seen(skip.fact, facts),), meaning="Not relevant for this person.")
    verdict, seen, missing = _test(rule.test, facts, medicines, at)
    if verdict == "met":
        return finding_from(rule, verdict, seen=seen, action="Nothing to do.")
    return finding_from(rule, verdict, seen=seen, missing=missing)


def judge_all(
    rules: Iterable[ScreeningRule],
    facts: Facts,
    *,
    medicines: MedicineTable,
    at: datetime,
    product: str | None = None,
    route: str | None = None,
    indication: str | None = None,
) -> tuple[Finding, ...]:
    """Findings of every rule that is in force on that day and applies to what is planned."""
    today = at.date()
    return tuple(
        judge(rule, facts, medicines=medicines, at=at)
        for rule in rules
        if rule.in_force(today) and rule.applies(product=product, route=route, indication=indication)
    )


def data_needed(test: Test) -> tuple[str, ...]:
    """The names of the facts that a test looks at."""
    match test:
        case Answers():
            return test.facts
        case Numbers():
            return tuple(limit.fact for limit in test.limits)
        case Choice():
            return (test.fact,)
        case Medicines():
            return ("medicines",)


def age_in_days(then: datetime | None, now: datetime) -> int | None:
    return None if then is None else (now - then) // timedelta(days=1)


def _test(test: Test, facts: Facts, medicines: MedicineTable, at: datetime) -> Judged:
    match test:
        case Answers():
            return _join([_answer(name, test.must_be, facts) for name in test.facts])
        case Numbers():
            return _join([_number(limit, test.no_older_than_days, facts, at) for limit in test.limits])
        case Choice():
            return _choice(test, facts, at)
        case Medicines():
            return _medicines(test, facts, medicines)


def _join(parts: list[Judged]) -> Judged:
    verdicts = {part[0] for part in parts}
    joined: Verdict = "met"
    if "not met" in verdicts:
        joined = "not met"
    elif "missing" in verdicts or not parts:
        joined = "missing"
    seen = tuple(one for part in parts for one in part[1])
    missing = tuple(name for part in parts for name in part[2])
    return joined, seen, missing


def _answer(name: str, must_be: bool, facts: Facts) -> Judged:
    fact = facts.get(name)
    seen = (_seen(name, facts),)
    if fact is None or not isinstance(fact.value, bool):
        return "missing", seen, (name,)
    return ("met" if fact.value is must_be else "not met"), seen, ()


def _number(limit: Limit, no_older_than_days: int | None, facts: Facts, at: datetime) -> Judged:
    fact = facts.get(limit.fact)
    seen = (_seen(limit.fact, facts),)
    if fact is None or isinstance(fact.value, bool) or not isinstance(fact.value, int | float):
        return "missing", seen, (limit.fact,)
    value = float(fact.value)
    if value != value or (limit.at_least is not None and value < limit.at_least):
        return "not met", seen, ()
    if limit.at_most is not None and value > limit.at_most:
        return "not met", seen, ()
    if not _fresh(fact, no_older_than_days, at):
        return "missing", seen, (limit.fact,)
    return "met", seen, ()


def _choice(test: Choice, facts: Facts, at: datetime) -> Judged:
    fact = facts.get(test.fact)
    seen = (_seen(test.fact, facts),)
    if fact is None or (fact.value not in test.met and fact.value not in test.not_met):
        return "missing", seen, (test.fact,)
    if fact.value in test.not_met:
        return "not met", seen, ()
    if not _fresh(fact, test.no_older_than_days, at):
        return "missing", seen, (test.fact,)
    return "met", seen, ()


def _medicines(test: Medicines, facts: Facts, table: MedicineTable) -> Judged:
    fact = facts.get("medicines")
    if fact is None or not isinstance(fact.value, tuple):
        return "missing", (Seen(what="medicines", value=None),), ("medicines",)
    hits = [name for name in fact.value if (table.classes_of(name) or frozenset()) & set(test.classes)]
    unknown = [name for name in fact.value if table.classes_of(name) is None]
    if hits:
        return "not met", tuple(Seen(what="medicine", value=name, at=fact.at) for name in hits), ()
    if unknown:
        seen = tuple(Seen(what="medicine not recognised", value=name, at=fact.at) for name in unknown)
        return "missing", seen, ("medicines",)
    listed = ", ".join(fact.value) or "none"
    return "met", (Seen(what="medicines", value=listed, at=fact.at),), ()


def _fresh(fact: Fact, no_older_than_days: int | None, at: datetime) -> bool:
    """A value whose time is unknown is not fresh; neither is one from the future."""
    if no_older_than_days is None:
        return True
    days = age_in_days(fact.at, at)
    return days is not None and 0 <= days <= no_older_than_days


def _seen(name: str, facts: Facts) -> Seen:
    fact = facts.get(name)
    if fact is None:
        return Seen(what=name, value=None)
    value: SeenValue = ", ".join(fact.value) if isinstance(fact.value, tuple) else fact.value
    return Seen(what=name, value=value, at=fact.at)
