"""All products and routes side by side for one person: what speaks for and against each. No score; nothing is ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from msgspec.structs import replace

from ketachart.course.dose_limits import DoseRule
from ketachart.course.next_session_rules import judged
from ketachart.course.session_evidence import SessionEvidence
from ketachart.knowledge.catalogue import Administration, Catalogue, Indication, Product
from ketachart.knowledge.findings import Finding, OverrideGiven, standing_blocks
from ketachart.knowledge.loader import read, typed

Standing = Literal["allowed", "needs review", "not allowed"]


@cache
def advice_rules() -> tuple[DoseRule, ...]:
    return typed(read("route_advice.toml")["rule"], tuple[DoseRule, ...], "route_advice.toml")


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What the person said they want. None: nobody has asked."""

    needle_aversion: bool | None = None
    prefers_home: bool | None = None
    drives_after: bool | None = None


@dataclass(frozen=True, kw_only=True)
class WayOption:
    """One product by one route, with everything that was found about it for this person."""

    administration: Administration
    product: Product
    standing: Standing
    screening: tuple[Finding, ...]
    findings: tuple[Finding, ...]

    @property
    def key(self) -> str:
        return f"{self.administration.product}:{self.administration.route}"

    @property
    def asks(self) -> tuple[Finding, ...]:
        return self._with("missing")

    @property
    def against(self) -> tuple[Finding, ...]:
        return self._with("not met")

    @property
    def speaks_for(self) -> tuple[Finding, ...]:
        return self._with("met")

    def _with(self, verdict: str) -> tuple[Finding, ...]:
        """What asks for a look; what only informs stands in its own column."""
        return tuple(finding for finding in self.findings if finding.blocks and finding.verdict == verdict)

    @property
    def screening_open(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.screening if finding.blocks and finding.verdict != "met")

    @property
    def approved(self) -> bool:
        return any(finding.rule_id == "AD03" and finding.verdict == "met" for finding in self.findings)

    @property
    def poorly_tolerated(self) -> bool:
        return any(finding.rule_id == "AD10" and finding.verdict == "not met" for finding in self.findings)


def judge_way(
    administration: Administration,
    *,
    catalogue: Catalogue,
    indication: Indication | None,
    screening: Sequence[Finding],
    overrides: Sequence[OverrideGiven],
    preferences: Preferences,
    stocked: bool,
    earlier: SessionEvidence | None,
    covered: bool | None,
    on: date,
) -> WayOption:
    """The screening of this product and route, then what the advice looks at."""
    product = catalogue.product_by_id(administration.product)
    assert product is not None
    rules = {rule.id: rule for rule in advice_rules()}
    findings = (
        routine(rules["AD01"], indication),
        studied(rules["AD02"], administration, indication),
        judged(
            rules["AD03"],
            None if indication is None else indication.id in product.approved_for,
            ("approved for", ", ".join(product.approved_for) or "no psychiatric or pain use"),
            missing=() if indication else ("indication",),
        ),
        judged(rules["AD04"], not product.alert or product.rems, ("alerts", "; ".join(a.title for a in product.alert))),
        judged(rules["AD05"], stocked, ("in the formulary", stocked)),
        wish(rules["AD06"], preferences.needle_aversion, against=administration.needle, what="fear of needles"),
        wish(
            rules["AD07"],
            preferences.prefers_home,
            against="home" not in administration.given_at,
            what="would rather be at home",
        ),
        wish(rules["AD08"], preferences.drives_after, against=True, what="means to drive afterwards"),
        judged(rules["AD09"], adjustable(catalogue, administration), ("once given", administration.adjustable.text)),
        tolerance(rules["AD10"], earlier),
        judged(rules["AD11"], covered, ("covered", covered)),
    )
    in_force = tuple(
        finding if rules[finding.rule_id].in_force(on) else replace(finding, verdict="missing") for finding in findings
    )
    return WayOption(
        administration=administration,
        product=product,
        standing=standing_of_way((*screening, *in_force), overrides),
        screening=tuple(screening),
        findings=in_force,
    )


def standing_of_way(findings: Sequence[Finding], overrides: Sequence[OverrideGiven]) -> Standing:
    """Fails closed: what nobody knows needs a look, and a stop stays a stop."""
    blocks = standing_blocks(findings, overrides)
    if any(finding.rule_class == "absolute" and finding.verdict == "not met" for finding in blocks):
        return "not allowed"
    return "needs review" if blocks or not any(finding.blocks for finding in findings) else "allowed"


def routine(rule: DoseRule, indication: Indication | None) -> Finding:
    if indication is None:
        return judged(rule, None, missing=("indication",))
    finding = judged(rule, indication.standing == "routine", ("indication", indication.title))
    if indication.standing == "routine":
        return finding
    return replace(finding, meaning=f"Research only. {indication.reason}", source=indication.source or finding.source)


def studied(rule: DoseRule, administration: Administration, indication: Indication | None) -> Finding:
    if indication is None:
        return judged(rule, None, missing=("indication",))
    said = [
        one for one in indication.evidence if (one.product, one.route) == (administration.product, administration.route)
    ]
    if not said:
        return judged(rule, False, ("read for this indication", "nothing"))
    return replace(judged(rule, True, ("read for this indication", said[0].text)), source=said[0].source)


def wish(rule: DoseRule, said: bool | None, *, against: bool, what: str) -> Finding:
    """A wish that this way does not meet. Nobody asked: missing, where the answer would matter."""
    if said is None:
        return judged(rule, None if against else True, (what, None), missing=(what,) if against else ())
    return judged(rule, not (said and against), (what, said))


def adjustable(catalogue: Catalogue, administration: Administration) -> bool:
    return any(route.id == administration.route and route.adjustable for route in catalogue.route)


def tolerance(rule: DoseRule, earlier: SessionEvidence | None) -> Finding:
    """Of the last session by this way. No session: nobody knows."""
    if earlier is None:
        return judged(rule, None, missing=("a session by this way",))
    severe = [symptom.symptom for symptom in earlier.symptoms if symptom.severity == "severe"]
    systolic = earlier.peak_systolic.value if earlier.peak_systolic else None
    diastolic = earlier.peak_diastolic.value if earlier.peak_diastolic else None
    seen = (
        ("severe side effects", ", ".join(severe) or "none noted"),
        ("highest systolic mmHg", systolic),
        ("highest diastolic mmHg", diastolic),
    )
    high = (systolic is not None and systolic >= rule.limit("systolic_mmhg")) or (
        diastolic is not None and diastolic >= rule.limit("diastolic_mmhg")
    )
    if severe or high:
        return judged(rule, False, *seen)
    known = systolic is not None and diastolic is not None and earlier.discharged_at is not None
    graded = all(symptom.severity is not None for symptom in earlier.symptoms)
    return judged(rule, True if known and graded else None, *seen)
