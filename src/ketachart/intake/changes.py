"""What changed between the findings a decision was signed on and the findings of now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ketachart.knowledge.findings import Finding, Seen, SeenValue

ChangeKind = Literal["appeared", "gone", "resolved", "verdict changed", "rule changed"]


@dataclass(frozen=True)
class Change:
    """One finding that is not what it was. `before` None: there was none then; `now` None: there is none now."""

    rule_id: str
    title: str
    kind: ChangeKind
    before: Finding | None
    now: Finding | None

    @property
    def holds_up(self) -> bool:
        """Whether a prescriber must look before the old decision can carry anything.

        What is met now, by the same version of the rule, holds nobody up; neither does a rule that waits for a value
        of the clinic's own.
        """
        if self.kind in ("gone", "rule changed"):
            return True
        assert self.now is not None
        return self.now.verdict == "not met" or (self.now.verdict == "missing" and self.now.blocks)


@dataclass(frozen=True)
class ValueChange:
    """A datum that findings see differently now, once, with the rules that look at it."""

    what: str
    before: tuple[SeenValue, ...]
    now: tuple[SeenValue, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    findings: tuple[Change, ...] = ()
    values: tuple[ValueChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.findings or self.values)

    @property
    def holding(self) -> tuple[Change, ...]:
        return tuple(one for one in self.findings if one.holds_up)


def changes_between(before: Sequence[Finding], now: Sequence[Finding]) -> Changes:
    """Finding by finding, those that hold up first; then the values behind them."""
    then = {one.rule_id: one for one in before}
    today = {one.rule_id: one for one in now}
    found = [
        change
        for rule_id in sorted(then.keys() | today.keys())
        if (change := _change(then.get(rule_id), today.get(rule_id))) is not None
    ]
    found.sort(key=lambda one: (not one.holds_up, one.kind, one.rule_id))
    return Changes(findings=tuple(found), values=_values(then, today))


def _change(before: Finding | None, now: Finding | None) -> Change | None:
    kind: ChangeKind
    if before is None:
        assert now is not None
        return Change(now.rule_id, now.title, "appeared", None, now)
    if now is None:
        return Change(before.rule_id, before.title, "gone", before, None)
    if before.rule_version != now.rule_version:
        kind = "rule changed"
    elif before.verdict == now.verdict:
        return None
    else:
        kind = "resolved" if now.verdict == "met" else "verdict changed"
    return Change(now.rule_id, now.title, kind, before, now)


def _values(then: dict[str, Finding], today: dict[str, Finding]) -> tuple[ValueChange, ...]:
    """By datum and not by rule: one medicine more is one change, though twenty rules look at the list."""
    found: dict[tuple[str, tuple[SeenValue, ...], tuple[SeenValue, ...]], list[str]] = {}
    for rule_id in sorted(then.keys() & today.keys()):
        old, new = _by_name(then[rule_id].seen), _by_name(today[rule_id].seen)
        for what in old.keys() | new.keys():
            if old.get(what, ()) != new.get(what, ()):
                found.setdefault((what, old.get(what, ()), new.get(what, ())), []).append(rule_id)
    return tuple(
        ValueChange(what=what, before=before, now=now, rules=tuple(rules))
        for (what, before, now), rules in sorted(found.items(), key=lambda one: one[0][0])
    )


def _by_name(seen: Sequence[Seen]) -> dict[str, tuple[SeenValue, ...]]:
    found: dict[str, tuple[SeenValue, ...]] = {}
    for one in seen:
        found[one.what] = (*found.get(one.what, ()), one.value)
    return found
