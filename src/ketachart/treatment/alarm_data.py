"""The alarm rules as data: knowledge/data/alarms.toml, typed. Read once; rules get it handed in."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge.findings import Rule, Source
from ketachart.knowledge.loader import read, typed
from ketachart.treatment.alarm_kinds import Rung

SignalId = Literal["emergency", "alarm", "call", "missed", "caution", "notice"]

Values = Mapping[str, float]
"""What the clinic has set, by setting id, as copied into the session when it was opened."""


class Signal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a class of alarms looks and sounds. Shape, word and sound carry it; colour only helps."""

    id: SignalId
    word: str
    rank: int
    shape: Literal["octagon", "triangle", "circle", "square", "diamond", "dot"]
    tone: Literal["danger", "call", "warning", "info"]
    sound: str
    escalates: bool
    source: Source


class Ladder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings that say after how many seconds without an answer who is told."""

    charge_nurse_after: str
    prescriber_after: str
    source: Source


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bound of one measure. An unknown age or session number falls under the stricter line, never under none."""

    measure: str
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    up_to_age_years: int | None = None
    over_age_years: int | None = None
    site: str | None = None
    sessions_up_to: int | None = None

    def breaks(self, value: float, age_years: int | None, session_number: int | None, values: Values) -> bool:
        if self.over_age_years is not None and (age_years is None or age_years <= self.over_age_years):
            return False
        if self.up_to_age_years is not None and age_years is not None and age_years > self.up_to_age_years:
            return False
        own = values.get(self.site) if self.site is not None else None
        if self.sessions_up_to is not None and session_number is not None and session_number > self.sessions_up_to:
            own = None
        if self.above is not None:
            return value > (self.above if own is None else own)
        if self.at_least is not None:
            return value >= (self.at_least if own is None else own)
        if self.below is not None:
            return value < (self.below if own is None else own)
        return self.at_most is not None and value <= (self.at_most if own is None else own)


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="limits"):
    any: tuple[Limit, ...]
    consecutive: int = 1
    lasting_minutes: float = 0
    and_over_baseline: bool = False


class Rise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="rise"):
    over_baseline: dict[str, float]


class Symptom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A complaint by name; with `severity`, only when it is that severe or nobody said how severe."""

    name: str
    severity: str | None = None


class Symptoms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="symptoms"):
    any: tuple[Symptom, ...]


class Overdue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="overdue"):
    pass


class Presence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="presence"):
    grace: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="answer"):
    """A question of the discharge assessment that was answered with no."""

    question: str


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="order"):
    pass


class Escort(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="escort"):
    pass


class Called(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="called"):
    pass


AlarmTest = Limits | Rise | Symptoms | Overdue | Presence | Answer | Order | Escort | Called


class AlarmRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`switch` names the clinic's setting that turns the rule on; without one it always holds. While a rule of
    `covered_by` is broken, this one says nothing new."""

    signal: SignalId
    tell: tuple[Rung, ...]
    test: AlarmTest
    molecules: tuple[str, ...] = ()
    switch: str | None = None
    card: str | None = None
    covered_by: tuple[str, ...] = ()


class AlarmBook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    effective_from: date
    ladder: Ladder
    signals: tuple[Signal, ...]
    rules: tuple[AlarmRule, ...]

    def rule(self, rule_id: str) -> AlarmRule:
        return next(rule for rule in self.rules if rule.id == rule_id)

    def signal(self, signal_id: str) -> Signal:
        return next(signal for signal in self.signals if signal.id == signal_id)

    def rules_for(self, *, molecule: str, phase: str, on: date, values: Values) -> tuple[AlarmRule, ...]:
        """A molecule that no rule knows falls under all of them, never under none."""
        known = {one for rule in self.rules for one in rule.molecules}
        return tuple(
            rule
            for rule in self.rules
            if rule.in_force(on)
            and phase in rule.phases
            and (not rule.molecules or molecule in rule.molecules or molecule not in known)
            and (rule.switch is None or bool(values.get(rule.switch)))
        )

    @property
    def settings(self) -> frozenset[str]:
        """Every setting of the clinic that an alarm reads."""
        found = {self.ladder.charge_nurse_after, self.ladder.prescriber_after}
        for rule in self.rules:
            found |= {rule.switch} if rule.switch else set()
            if isinstance(rule.test, Limits):
                found |= {limit.site for limit in rule.test.any if limit.site}
            elif isinstance(rule.test, Presence):
                found.add(rule.test.grace)
        return frozenset(found)


@cache
def alarm_book() -> AlarmBook:
    content = read("alarms.toml")
    since = content["effective_from"]
    rules = [{"effective_from": since, **rule} for rule in content["rule"]]
    return typed(
        {
            **{name: content[name] for name in ("version", "effective_from", "ladder")},
            "signals": content["signal"],
            "rules": rules,
        },
        AlarmBook,
        "alarms.toml",
    )
