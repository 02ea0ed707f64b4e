"""The one shape of every judgement in the house: a rule, what it saw, its verdict, and who may set it aside.

A rule is always worded as a requirement ("no known aneurysmal disease"), so that "met" is the only verdict that lets
anything go on. What nobody has answered is "missing", and missing holds a gate shut just as "not met" does.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

import msgspec

Verdict = Literal["met", "not met", "missing"]

Authority = Literal["label", "regulation", "guideline", "trial", "practice", "site", "design"]
"""Who says so. "design" is an inference of this product's makers, and says so wherever it is shown."""

Grade = Literal["read", "read in secondary source", "practice example", "derived", "unverified"]
"""How well the source was read. An unverified fact never becomes a default."""

RuleClass = Literal["absolute", "relative", "review", "result needed", "information"]
"""How hard a rule stands: absolute blocks, relative blocks until a named person has weighed it, review needs a
clinician's look, result needed waits for a measurement or test, information only shows."""

SeenValue = str | int | float | bool | None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    citation: str
    authority: Authority
    grade: Grade
    url: str | None = None
    note: str | None = None

    def __str__(self) -> str:
        note = f"; {self.note}" if self.note else ""
        return f"{self.citation} ({self.authority}, {self.grade}{note})"


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Who may set a finding aside, and what they must give. A reason and a name are always asked for."""

    roles: tuple[str, ...] = ("prescriber",)
    second_signature: bool = False
    covers_missing: bool = False


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What every rule has, whatever its test. `knowledge.screening.ScreeningRule` adds the test itself."""

    id: str
    version: str
    title: str
    rule_class: RuleClass
    meaning: str
    action: str
    source: Source
    effective_from: date
    effective_to: date | None = None
    superseded_by: str | None = None
    needs: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    override: Override | None = None

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def applies(
        self,
        *,
        product: str | None = None,
        route: str | None = None,
        indication: str | None = None,
        phase: str | None = None,
    ) -> bool:
        """An empty list in the rule means "all". A value that is not known yet never excludes a rule."""
        pairs = (
            (self.products, product),
            (self.routes, route),
            (self.indications, indication),
            (self.phases, phase),
        )
        return all(not allowed or value is None or value in allowed for allowed, value in pairs)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One value the rule looked at, and when that value was true. `value` None means nobody has said."""

    what: str
    value: SeenValue
    at: datetime | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's verdict with everything it saw: enough to be printed and defended years later."""

    rule_id: str
    rule_version: str
    verdict: Verdict
    meaning: str
    action: str
    source: Source
    seen: tuple[Seen, ...] = ()
    overridable: Override | None = None
    title: str = ""
    rule_class: RuleClass = "absolute"
    blocks: bool = True
    missing: tuple[str, ...] = ()


class OverrideGiven(msgspec.Struct, frozen=True, kw_only=True):
    """One finding set aside by a named person. It holds for that verdict of that rule version alone."""

    rule_id: str
    rule_version: str
    verdict: Verdict
    reason: str
    by_name: str
    by_role: str
    by_id: str
    second_id: str | None = None
    second_name: str | None = None


def override_holds(finding: Finding, given: OverrideGiven) -> bool:
    """True when this override was allowed for this very finding and is complete."""
    allowed = finding.overridable
    if allowed is None or finding.verdict == "met":
        return False
    same = (given.rule_id, given.rule_version, given.verdict) == (
        finding.rule_id,
        finding.rule_version,
        finding.verdict,
    )
    if not same or not given.reason.strip() or not given.by_name.strip() or given.by_role not in allowed.roles:
        return False
    if finding.verdict == "missing" and not allowed.covers_missing:
        return False
    if allowed.second_signature:
        return bool(given.second_id and given.second_name and given.second_id != given.by_id)
    return True


def standing_blocks(findings: Iterable[Finding], overrides: Iterable[OverrideGiven] = ()) -> tuple[Finding, ...]:
    """The blocking findings that are neither met nor properly overridden."""
    given = tuple(overrides)
    return tuple(
        finding
        for finding in findings
        if finding.blocks and finding.verdict != "met" and not any(override_holds(finding, one) for one in given)
    )


def gate_holds(findings: Iterable[Finding], overrides: Iterable[OverrideGiven] = ()) -> bool:
    """True only if something was judged and every blocking finding is met or properly overridden.

    No findings, or none that blocks, means that nothing was checked: the gate stays shut.
    """
    judged = tuple(findings)
    if not any(finding.blocks for finding in judged):
        return False
    return not standing_blocks(judged, overrides)


def finding_from(
    rule: Rule,
    verdict: Verdict,
    *,
    seen: tuple[Seen, ...] = (),
    missing: tuple[str, ...] = (),
    meaning: str | None = None,
    action: str | None = None,
) -> Finding:
    """A finding that carries its rule's identity, source and override terms."""
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        verdict=verdict,
        meaning=rule.meaning if meaning is None else meaning,
        action=rule.action if action is None else action,
        source=rule.source,
        seen=seen,
        overridable=rule.override,
        title=rule.title,
        rule_class=rule.rule_class,
        blocks=rule.rule_class != "information",
        missing=missing,
    )


Place = Literal["impossible low", "unusual low", "usual", "unusual high", "impossible high"]


class Guardrail(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds for a typed number: outside the absolute ones it is refused, outside the recommended ones confirmed.

    Bounds are inclusive. None means that no sourced bound exists on that side.
    """

    name: str
    unit: str
    source: Source
    absolute_minimum: float | None = None
    recommended_minimum: float | None = None
    recommended_maximum: float | None = None
    absolute_maximum: float | None = None

    def __post_init__(self) -> None:
        bounds = [
            bound
            for bound in (
                self.absolute_minimum,
                self.recommended_minimum,
                self.recommended_maximum,
                self.absolute_maximum,
            )
            if bound is not None
        ]
        if bounds != sorted(bounds):
            raise ValueError(f"{self.name}: bounds do not nest: {bounds}")

    def place(self, value: float) -> Place:
        if value != value:  # not a number is never usual
            return "impossible high"
        if self.absolute_minimum is not None and value < self.absolute_minimum:
            return "impossible low"
        if self.absolute_maximum is not None and value > self.absolute_maximum:
            return "impossible high"
        if self.recommended_minimum is not None and value < self.recommended_minimum:
            return "unusual low"
        if self.recommended_maximum is not None and value > self.recommended_maximum:
            return "unusual high"
        return "usual"

    def refuses(self, value: float) -> bool:
        return self.place(value).startswith("impossible")

    def asks_confirmation(self, value: float) -> bool:
        return self.place(value).startswith("unusual")
