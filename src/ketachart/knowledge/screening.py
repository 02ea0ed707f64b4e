"""Judging a rule against what is known about a person. Pure: facts in, a finding out.

A fact that nobody has given is not in the mapping. Each test answers for every datum on its own; the verdicts are then
joined so that "not met" outweighs "missing" and "missing" outweighs "met". Taking a datum away can therefore never
open anything.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from ketachart.knowledge.findings import Finding, Rule, Seen, SeenValue, Verdict, finding_from
from ketachart.knowledge.medicines import MedicineTable

FactValue = str | int | float | bool | tuple[str, ...]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing known about a person. `at` is when it was true, not when it was typed."""

    value: FactValue
    at: datetime | None = None


Facts = Mapping[str, Fact]

Site = Mapping[str, float | str | bool]
"""What the clinic has set for itself, by setting. A setting that is not in it is empty."""

LAST_TAKEN = "last taken: "
"""The fact that says when a medicine was taken last: this, then the name as it is written in the list."""


class Answers(msgspec.Struct, frozen=True, kw_only=True, tag="answers", forbid_unknown_fields=True):
    """Every one of these yes/no questions has been answered, and with this answer."""

    facts: tuple[str, ...]
    must_be: bool


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fact: str
    at_least: float | None = None
    at_most: float | None = None


class Numbers(msgspec.Struct, frozen=True, kw_only=True, tag="numbers", forbid_unknown_fields=True):
    """These numbers are inside their limits (inclusive), and fresh enough where that is asked: all of them, or one."""

    limits: tuple[Limit, ...]
    no_older_than_days: int | None = None
    one_is_enough: bool = False


class Choice(msgspec.Struct, frozen=True, kw_only=True, tag="choice", forbid_unknown_fields=True):
    """A value chosen from a list. A value that the rule does not name counts as missing.

    `always_fresh`: a value that time does not change, such as "not possible".
    """

    fact: str
    met: tuple[str, ...]
    not_met: tuple[str, ...]
    no_older_than_days: int | None = None
    no_older_than_setting: str | None = None
    always_fresh: tuple[str, ...] = ()


class Medicines(msgspec.Struct, frozen=True, kw_only=True, tag="medicines", forbid_unknown_fields=True):
    """No medicine of these classes is taken. A name that nobody recognises is missing, never safe."""

    classes: tuple[str, ...]


class Takes(msgspec.Struct, frozen=True, kw_only=True, tag="takes", forbid_unknown_fields=True):
    """At least one medicine of these classes is taken."""

    classes: tuple[str, ...]


class NotTakenWithin(msgspec.Struct, frozen=True, kw_only=True, tag="not taken within", forbid_unknown_fields=True):
    """No medicine of these classes was taken in the last hours. Without the time of the last dose nobody can say."""

    classes: tuple[str, ...]
    hours: float


class Result(msgspec.Struct, frozen=True, kw_only=True, tag="result", forbid_unknown_fields=True):
    """A test was done and judged, or a clinician said that it is not needed and every reason for it was denied."""

    fact: str
    met: tuple[str, ...]
    not_met: tuple[str, ...]
    not_needed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


Test = Answers | Numbers | Choice | Medicines | Takes | NotTakenWithin | Result


class Relevant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rule is met without further questions when this fact is known to have one of these values."""

    fact: str
    is_one_of: tuple[str, ...]


class ScreeningRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`site_setting`: no source gives what this rule needs. It is judged once the clinic has set it; until then it is
    missing and blocks nothing, and it is not judged at all where the clinic has said no."""

    test: Test
    not_relevant_when: tuple[Relevant, ...] = ()
    site_setting: str | None = None


Judged = tuple[Verdict, tuple[Seen, ...], tuple[str, ...]]


def judge(rule: ScreeningRule, facts: Facts, *, medicines: MedicineTable, at: datetime, site: Site) -> Finding:
    """The rule's finding for these facts at this moment."""
    if rule.site_setting is not None and rule.site_setting not in site:
        found = finding_from(rule, "missing", missing=(rule.site_setting,), action="The clinic lead sets the value.")
        return msgspec.structs.replace(found, blocks=False)
    for skip in rule.not_relevant_when:
        if skip.fact in facts and facts[skip.fact].value in skip.is_one_of:
            return finding_from(rule, "met", seen=(_seen(skip.fact, facts),), meaning="Not relevant for this person.")
    verdict, seen, missing = _test(rule.test, facts, medicines, at, site)
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
    phase: str | None = None,
    site: Site | None = None,
) -> tuple[Finding, ...]:
    """Findings of every rule that is in force on that day and applies to what is planned."""
    today = at.date()
    values = site or {}
    return tuple(
        judge(rule, facts, medicines=medicines, at=at, site=values)
        for rule in rules
        if rule.in_force(today)
        and rule.applies(product=product, route=route, indication=indication, phase=phase)
        and (rule.site_setting is None or values.get(rule.site_setting) is not False)
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
        case Medicines() | Takes() | NotTakenWithin():
            return ("medicines",)
        case Result():
            return (test.fact, *test.reasons)


def age_in_days(then: datetime | None, now: datetime) -> int | None:
    return None if then is None else (now - then) // timedelta(days=1)


def _test(test: Test, facts: Facts, medicines: MedicineTable, at: datetime, site: Site) -> Judged:
    match test:
        case Answers():
            return _join([_answer(name, test.must_be, facts) for name in test.facts])
        case Numbers():
            parts = [_number(limit, test.no_older_than_days, facts, at) for limit in test.limits]
            return _one_of(parts) if test.one_is_enough else _join(parts)
        case Choice():
            return _choice(test, facts, at, site)
        case Medicines():
            return _medicines(test, facts, medicines)
        case Takes():
            return _takes(test, facts, medicines)
        case NotTakenWithin():
            return _not_taken_within(test, facts, medicines, at)
        case Result():
            return _result(test, facts)


def _join(parts: list[Judged]) -> Judged:
    """All of them: the worst verdict stands."""
    verdicts = {part[0] for part in parts}
    joined: Verdict = "met"
    if "not met" in verdicts:
        joined = "not met"
    elif "missing" in verdicts or not parts:
        joined = "missing"
    seen = tuple(one for part in parts for one in part[1])
    missing = tuple(name for part in parts for name in part[2])
    return joined, seen, missing


def _one_of(parts: list[Judged]) -> Judged:
    """One of them: the best verdict stands."""
    verdicts = {part[0] for part in parts}
    seen = tuple(one for part in parts for one in part[1])
    if "met" in verdicts:
        return "met", seen, ()
    missing = tuple(name for part in parts for name in part[2])
    return ("missing" if "missing" in verdicts or not parts else "not met"), seen, missing


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


def _choice(test: Choice, facts: Facts, at: datetime, site: Site) -> Judged:
    fact = facts.get(test.fact)
    seen = (_seen(test.fact, facts),)
    if fact is None or (fact.value not in test.met and fact.value not in test.not_met):
        return "missing", seen, (test.fact,)
    if fact.value in test.not_met:
        return "not met", seen, ()
    if fact.value in test.always_fresh:
        return "met", seen, ()
    days = test.no_older_than_days
    if test.no_older_than_setting is not None:
        own = site.get(test.no_older_than_setting)
        if isinstance(own, bool) or not isinstance(own, int | float):
            return "missing", seen, (test.no_older_than_setting,)
        days = int(own)
    if not _fresh(fact, days, at):
        return "missing", seen, (test.fact,)
    return "met", seen, ()


def _listed(facts: Facts) -> Fact | None:
    fact = facts.get("medicines")
    return fact if fact is not None and isinstance(fact.value, tuple) else None


def _sorted_out(fact: Fact, classes: tuple[str, ...], table: MedicineTable) -> tuple[list[str], list[str]]:
    """The names that belong to one of the classes, and the names that nobody recognises."""
    hits, unknown = [], []
    for name in fact.value if isinstance(fact.value, tuple) else ():
        found = table.classes_of(name)
        if found is None:
            unknown.append(name)
        elif not found.isdisjoint(classes):
            hits.append(name)
    return hits, unknown


NOBODY_SAID: Judged = ("missing", (Seen(what="medicines", value=None),), ("medicines",))


def _named(what: str, fact: Fact, names: list[str]) -> tuple[Seen, ...]:
    """The names that decide, and the whole list they stand in."""
    return (*(Seen(what=what, value=one, at=fact.at) for one in names), *_all_of(fact))


def _unknown(fact: Fact, names: list[str]) -> Judged:
    return "missing", _named("medicine not recognised", fact, names), ("medicines",)


def _all_of(fact: Fact) -> tuple[Seen, ...]:
    listed = ", ".join(fact.value) if isinstance(fact.value, tuple) else ""
    return (Seen(what="medicines", value=listed or "none", at=fact.at),)


def _medicines(test: Medicines, facts: Facts, table: MedicineTable) -> Judged:
    fact = _listed(facts)
    if fact is None:
        return NOBODY_SAID
    hits, unknown = _sorted_out(fact, test.classes, table)
    if hits:
        return "not met", _named("medicine", fact, hits), ()
    return _unknown(fact, unknown) if unknown else ("met", _all_of(fact), ())


def _takes(test: Takes, facts: Facts, table: MedicineTable) -> Judged:
    fact = _listed(facts)
    if fact is None:
        return NOBODY_SAID
    hits, unknown = _sorted_out(fact, test.classes, table)
    if hits:
        return "met", _named("medicine", fact, hits), ()
    return _unknown(fact, unknown) if unknown else ("not met", _all_of(fact), ())


def _not_taken_within(test: NotTakenWithin, facts: Facts, table: MedicineTable, at: datetime) -> Judged:
    fact = _listed(facts)
    if fact is None:
        return NOBODY_SAID
    hits, unknown = _sorted_out(fact, test.classes, table)
    parts: list[Judged] = [_unknown(fact, unknown)] if unknown else []
    for name in hits:
        taken = facts.get(LAST_TAKEN + name)
        seen = (Seen(what="medicine", value=name, at=taken.at if taken else None),)
        if taken is None or taken.at is None:
            parts.append(("missing", seen, ("last_taken",)))
        else:
            late = at - taken.at < timedelta(hours=test.hours)
            parts.append(("not met" if late else "met", seen, ()))
    return _join(parts) if parts else ("met", _all_of(fact), ())


def _result(test: Result, facts: Facts) -> Judged:
    fact = facts.get(test.fact)
    seen = (_seen(test.fact, facts),)
    if fact is None or fact.value not in (*test.met, *test.not_met, *test.not_needed):
        return "missing", seen, (test.fact,)
    if fact.value in test.not_needed:
        return _join([("met", seen, ()), *(_answer(name, False, facts) for name in test.reasons)])
    return ("met" if fact.value in test.met else "not met"), seen, ()


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
