"""Plan arithmetic: weight -> mg -> mL -> mL/h, exact, and every check that a dose must pass.

All numbers are Decimals: what a person typed is what is computed with. Nothing is assumed: a missing value stays
missing and the steps that need it stay undone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Literal

from msgspec.structs import replace

from ketachart.course.dose_limits import DoseKnowledge, DoseRule
from ketachart.knowledge.findings import Finding, Override, Seen, SeenValue, Verdict, finding_from

MINUTES_PER_HOUR = Decimal(60)
PERCENT = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class ProductChoice:
    """What the plan draws from: a product as the clinic stocks it."""

    name: str
    molecule: str
    salt_or_base: str
    strength_mg_per_ml: Decimal | None
    vial_volume_ml: Decimal | None
    routes: tuple[str, ...]
    form: str = "vial"
    unit_mg: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PlanInput:
    """What a prescriber has entered so far. None: not entered."""

    route: str | None = None
    weight_kg: Decimal | None = None
    dose_mg_per_kg: Decimal | None = None
    infusion_minutes: Decimal | None = None
    product: ProductChoice | None = None
    bag_volume_ml: Decimal | None = None
    undiluted: bool | None = None
    confirmed_strength_mg_per_ml: Decimal | None = None
    indication: str | None = None
    second_part_mg_per_kg: Decimal | None = None
    second_after_minutes: Decimal | None = None
    units: int | None = None
    confirmed_unit_mg: Decimal | None = None
    hold_minutes: Decimal | None = None
    then: Literal["swallow", "spit out"] | None = None


@dataclass(frozen=True, kw_only=True)
class EarlierWeight:
    """The weight this one is compared with: the last charted one, or a second weighing on the same day."""

    weight_kg: Decimal
    measured_on: date
    second_weighing: bool = False


@dataclass(frozen=True, kw_only=True)
class Infusion:
    """The computed infusion. A field is None when something it needs is missing."""

    ordered_dose_mg: Decimal | None = None
    drug_volume_ml: Decimal | None = None
    dose_mg: Decimal | None = None
    dose_mg_per_kg: Decimal | None = None
    rounded_down_percent: Decimal | None = None
    total_volume_ml: Decimal | None = None
    concentration_mg_per_ml: Decimal | None = None
    rate_ml_per_h: Decimal | None = None
    rate_mg_per_h: Decimal | None = None
    rate_mg_per_min: Decimal | None = None
    minutes_at_rate: Decimal | None = None
    vials: int | None = None

    @property
    def complete(self) -> bool:
        return self.rate_mg_per_h is not None and self.dose_mg_per_kg is not None


def usable(value: Decimal | None) -> Decimal | None:
    """The value if one can calculate with it: a finite number above zero."""
    return value if value is not None and value.is_finite() and value > 0 else None


def round_to_step(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding=rounding) * step


def compute_infusion(plan: PlanInput, knowledge: DoseKnowledge) -> Infusion:
    """Weight x mg/kg = mg; mg / strength = mL; (mL + bag) / minutes = mL/h. Fluid overfill of the bag is ignored.

    The volume is rounded down to the syringe's graduation and the dose is what that volume holds, so that
    mL x mg/mL = mg holds exactly on paper, in the syringe and in the record.
    """
    weight_kg, dose_mg_per_kg = usable(plan.weight_kg), usable(plan.dose_mg_per_kg)
    if weight_kg is None or dose_mg_per_kg is None:
        return Infusion()
    ordered_dose_mg = weight_kg * dose_mg_per_kg
    strength = usable(plan.product.strength_mg_per_ml) if plan.product else None
    if plan.product is None or strength is None:
        return Infusion(ordered_dose_mg=ordered_dose_mg)
    drug_volume_ml = round_to_step(ordered_dose_mg / strength, knowledge.rounding.volume_step_ml, ROUND_DOWN)
    dose_mg = drug_volume_ml * strength
    drawn = Infusion(
        ordered_dose_mg=ordered_dose_mg,
        drug_volume_ml=drug_volume_ml,
        dose_mg=dose_mg,
        dose_mg_per_kg=dose_mg / weight_kg,
        rounded_down_percent=(ordered_dose_mg - dose_mg) / ordered_dose_mg * PERCENT,
        vials=vials_needed(drug_volume_ml, usable(plan.product.vial_volume_ml)),
    )
    minutes, bag_volume_ml = usable(plan.infusion_minutes), volume_added_to(plan)
    if minutes is None or bag_volume_ml is None or not drug_volume_ml:
        return drawn
    return with_pump_rate(drawn, drug_volume_ml + bag_volume_ml, minutes, knowledge.rounding.rate_step_ml_per_h)


def volume_added_to(plan: PlanInput) -> Decimal | None:
    """The diluent in mL: the bag, or zero once someone has said that the drug runs undiluted."""
    if plan.undiluted:
        return Decimal(0)
    return usable(plan.bag_volume_ml)


def vials_needed(drug_volume_ml: Decimal, vial_volume_ml: Decimal | None) -> int | None:
    if vial_volume_ml is None:
        return None
    return int((drug_volume_ml / vial_volume_ml).to_integral_value(rounding=ROUND_CEILING))


def with_pump_rate(drawn: Infusion, total_volume_ml: Decimal, minutes: Decimal, step_ml_per_h: Decimal) -> Infusion:
    assert drawn.dose_mg is not None
    exact_rate_ml_per_h = total_volume_ml * MINUTES_PER_HOUR / minutes
    rate_ml_per_h = round_to_step(exact_rate_ml_per_h, step_ml_per_h, ROUND_HALF_EVEN)
    if not rate_ml_per_h:
        return drawn
    concentration = drawn.dose_mg / total_volume_ml
    return Infusion(
        ordered_dose_mg=drawn.ordered_dose_mg,
        drug_volume_ml=drawn.drug_volume_ml,
        dose_mg=drawn.dose_mg,
        dose_mg_per_kg=drawn.dose_mg_per_kg,
        rounded_down_percent=drawn.rounded_down_percent,
        vials=drawn.vials,
        total_volume_ml=total_volume_ml,
        concentration_mg_per_ml=concentration,
        rate_ml_per_h=rate_ml_per_h,
        rate_mg_per_h=rate_ml_per_h * concentration,
        rate_mg_per_min=rate_ml_per_h * concentration / MINUTES_PER_HOUR,
        minutes_at_rate=total_volume_ml * MINUTES_PER_HOUR / rate_ml_per_h,
    )


# --- checks -----------------------------------------------------------------------------------------------------------


def check_plan(
    plan: PlanInput,
    *,
    knowledge: DoseKnowledge,
    earlier_weight: EarlierWeight | None,
    weight_measured_on: date | None,
    tolerated_mg_per_kg: Decimal | None,
    on: date,
) -> tuple[Finding, ...]:
    """Every guardrail against this plan, in the order in which a person reads them: stops first."""
    infusion = compute_infusion(plan, knowledge)
    by_id = {rule.id: rule for rule in knowledge.rules}
    findings = {
        "DO01": complete_enough(by_id["DO01"], plan, infusion, weight_measured_on, on),
        "DO02": vial_in_hand(by_id["DO02"], plan, infusion),
        "DO03": at_most(by_id["DO03"], "dose in mg/kg", highest_mg_per_kg(plan, infusion), "maximum_mg_per_kg"),
        "DO04": at_most(by_id["DO04"], "dose in mg/kg", highest_mg_per_kg(plan, infusion), "maximum_mg_per_kg"),
        "DO05": site_maximum(by_id["DO05"], "dose in mg", infusion.dose_mg, knowledge.site.maximum_dose_mg),
        "DO06": decimal_point(by_id["DO06"], plan),
        "DO07": between(
            by_id["DO07"],
            "dose in mg/kg",
            usable(plan.dose_mg_per_kg),
            "supported_from_mg_per_kg",
            "supported_to_mg_per_kg",
        ),
        "DO08": diluted(by_id["DO08"], plan, infusion),
        "DO09": between(by_id["DO09"], "minutes", usable(plan.infusion_minutes), "minimum_minutes", "maximum_minutes"),
        "DO10": between(by_id["DO10"], "minutes", usable(plan.infusion_minutes), "minimum_minutes", "maximum_minutes"),
        "DO11": site_maximum(
            by_id["DO11"], "rate in mg/min", infusion.rate_mg_per_min, knowledge.site.maximum_rate_mg_per_min
        ),
        "DO12": between(by_id["DO12"], "weight in kg", usable(plan.weight_kg), "minimum_kg", "maximum_kg"),
        "DO13": weight_unit(by_id["DO13"], by_id["DO12"], plan, earlier_weight),
        "DO14": weight_jump(by_id["DO14"], plan, earlier_weight, weight_measured_on),
        "DO15": first_dose(by_id["DO15"], plan, tolerated_mg_per_kg),
        "DO16": stated_as_base(by_id["DO16"], plan),
        "DO17": racemic_by_vein(by_id["DO17"], plan),
        "DO19": pain_rate(by_id["DO19"], plan, infusion),
    }
    return in_order(findings, by_id, plan.indication, on)


ORDER = {"absolute": 0, "relative": 1, "result needed": 2, "review": 3, "information": 4}


def in_order(
    findings: Mapping[str, Finding | None], by_id: Mapping[str, DoseRule], indication: str | None, on: date
) -> tuple[Finding, ...]:
    """Stops first. A rule of another indication says nothing; one that is not in force holds the gate shut."""
    return tuple(
        sorted(
            (
                finding if by_id[rule_id].in_force(on) else not_in_force(by_id[rule_id], on)
                for rule_id, finding in findings.items()
                if finding is not None and by_id[rule_id].applies(indication=indication)
            ),
            key=lambda finding: (ORDER[finding.rule_class], finding.rule_id),
        )
    )


def not_in_force(rule: DoseRule, on: date) -> Finding:
    """An expired rule judges nothing, and what is not judged holds the gate shut."""
    return replace(
        finding_from(rule, "missing", meaning=f"No version of this rule is in force on {on.isoformat()}."),
        overridable=None,
        blocks=True,
    )


def judged(
    rule: DoseRule,
    holds: bool | None,
    *seen: tuple[str, SeenValue | Decimal],
    meaning: str | None = None,
    missing: tuple[str, ...] = (),
) -> Finding:
    verdict: Verdict = "missing" if holds is None else ("met" if holds else "not met")
    return finding_from(
        rule,
        verdict,
        seen=tuple(Seen(what=what, value=float(v) if isinstance(v, Decimal) else v) for what, v in seen),
        missing=missing,
        meaning=meaning,
    )


def number(value: Decimal) -> str:
    """A number as a clinician writes it: no trailing zeros, no exponent, no naked decimal point."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def complete_enough(
    rule: DoseRule, plan: PlanInput, infusion: Infusion, weight_measured_on: date | None, on: date
) -> Finding:
    needed: tuple[tuple[str, object | None], ...] = (
        ("weight_kg", usable(plan.weight_kg)),
        ("weight_measured_on", weight_measured_on),
        ("dose_mg_per_kg", usable(plan.dose_mg_per_kg)),
        ("infusion_minutes", usable(plan.infusion_minutes)),
        ("product", plan.product),
        ("bag_volume_ml", volume_added_to(plan)),
    )
    missing = tuple(name for name, value in needed if value is None)
    if missing:
        return judged(
            rule, None, missing=missing, meaning="Not entered, or not a number above zero: " + ", ".join(missing)
        )
    if weight_measured_on is not None and weight_measured_on > on:
        return judged(
            rule,
            False,
            ("weight measured on", weight_measured_on.isoformat()),
            meaning="The weighing lies in the future.",
        )
    if not infusion.complete:
        return judged(rule, False, meaning="The dose is too small to be drawn up or pumped with this product and bag.")
    return judged(rule, True)


def vial_in_hand(rule: DoseRule, plan: PlanInput, infusion: Infusion) -> Finding:
    confirmed = usable(plan.confirmed_strength_mg_per_ml)
    if plan.product is None or confirmed is None:
        return judged(
            rule,
            None,
            missing=("product",) if plan.product is None else ("confirmed_strength_mg_per_ml",),
            meaning="Nobody has read the strength off the vial yet.",
        )
    planned = plan.product.strength_mg_per_ml
    if planned is None:
        return judged(rule, False, meaning="This product has no strength in mg/mL.")
    seen = (("strength of the plan in mg/mL", planned), ("strength read off the vial in mg/mL", confirmed))
    if confirmed == planned:
        return judged(rule, True, *seen)
    meaning = f"The plan is for {number(planned)} mg/mL; the vial in hand says {number(confirmed)} mg/mL."
    if infusion.drug_volume_ml is not None and infusion.dose_mg:
        would_hold_mg = infusion.drug_volume_ml * confirmed
        meaning += (
            f" {number(infusion.drug_volume_ml)} mL of it would hold {number(would_hold_mg)} mg,"
            f" {number((would_hold_mg / infusion.dose_mg).quantize(Decimal('0.01')))} times the"
            f" {number(infusion.dose_mg)} mg planned."
        )
    return judged(rule, False, *seen, meaning=meaning)


def highest_mg_per_kg(plan: PlanInput, infusion: Infusion) -> Decimal | None:
    values = [value for value in (usable(plan.dose_mg_per_kg), infusion.dose_mg_per_kg) if value is not None]
    return max(values, default=None)


def at_most(rule: DoseRule, what: str, value: Decimal | None, limit: str) -> Finding:
    maximum = rule.limit(limit)
    if value is None:
        return judged(rule, None, missing=(what,))
    return judged(rule, value <= maximum, (what, value), ("limit", maximum))


def between(rule: DoseRule, what: str, value: Decimal | None, low: str, high: str) -> Finding:
    minimum, maximum = rule.limit(low), rule.limit(high)
    if value is None:
        return judged(rule, None, missing=(what,))
    return judged(rule, minimum <= value <= maximum, (what, value), ("from", minimum), ("to", maximum))


def site_maximum(rule: DoseRule, what: str, value: Decimal | None, maximum: Decimal | None) -> Finding | None:
    """No finding while the clinic has set no limit: an empty setting is not a limit."""
    if maximum is None:
        return None
    if value is None:
        return judged(rule, None, missing=(what,))
    return judged(rule, value <= maximum, (what, value), ("site limit", maximum))


def decimal_point(rule: DoseRule, plan: PlanInput) -> Finding:
    dose = usable(plan.dose_mg_per_kg)
    if dose is None:
        return judged(rule, None, missing=("dose in mg/kg",))
    low, high = rule.limit("supported_from_mg_per_kg"), rule.limit("supported_to_mg_per_kg")
    if low <= dose <= high:
        return judged(rule, True, ("dose in mg/kg", dose))
    for moved, times in ((dose / 10, "ten times"), (dose * 10, "a tenth of")):
        if low <= moved <= high:
            weight_kg = usable(plan.weight_kg)
            in_mg = f": {number(dose * weight_kg)} mg for {number(moved * weight_kg)} mg" if weight_kg else ""
            slip = judged(
                rule,
                False,
                ("dose in mg/kg", dose),
                ("with the decimal point moved", moved),
                meaning=f"{number(dose)} mg/kg is {times} {number(moved)} mg/kg{in_mg}. Has the decimal point slipped?",
            )
            # Too little harms less than too much, and 0.1 mg/kg has been studied: a reason is enough there.
            if moved > dose:
                return replace(slip, rule_class="review", overridable=Override(roles=("prescriber",)))
            return slip
    return judged(rule, True, ("dose in mg/kg", dose))


def diluted(rule: DoseRule, plan: PlanInput, infusion: Infusion) -> Finding | None:
    if plan.product is None or (plan.product.strength_mg_per_ml or 0) < rule.limit("strength_mg_per_ml"):
        return None
    diluent_ml = volume_added_to(plan)
    if diluent_ml is None or infusion.drug_volume_ml is None:
        return judged(rule, None, missing=("bag_volume_ml",))
    return judged(
        rule,
        diluent_ml >= infusion.drug_volume_ml,
        ("diluent in mL", diluent_ml),
        ("drug in mL", infusion.drug_volume_ml),
    )


def weight_unit(rule: DoseRule, studied: DoseRule, plan: PlanInput, earlier: EarlierWeight | None) -> Finding:
    weight_kg = usable(plan.weight_kg)
    if weight_kg is None:
        return judged(rule, None, missing=("weight in kg",))
    low, high = studied.limit("minimum_kg"), studied.limit("maximum_kg")
    if not rule.limit("minimum_kg") <= weight_kg <= rule.limit("maximum_kg"):
        for moved in (weight_kg / 10, weight_kg * 10):
            if low <= moved <= high:
                return judged(
                    rule,
                    False,
                    ("weight in kg", weight_kg),
                    meaning=f"{number(weight_kg)} kg. Has the decimal point slipped? {number(moved)} kg is ordinary.",
                )
    if earlier is not None:
        as_pounds = earlier.weight_kg * rule.limit("pounds_per_kg")
        if abs(weight_kg - as_pounds) <= as_pounds / PERCENT:
            return judged(
                rule,
                False,
                ("weight in kg", weight_kg),
                ("last weight in kg", earlier.weight_kg),
                meaning=f"{number(weight_kg)} is the last weight, {number(earlier.weight_kg)} kg, in pounds.",
            )
    return judged(rule, True, ("weight in kg", weight_kg))


def weight_jump(rule: DoseRule, plan: PlanInput, earlier: EarlierWeight | None, measured_on: date | None) -> Finding:
    weight_kg = usable(plan.weight_kg)
    if weight_kg is None or measured_on is None:
        return judged(rule, None, missing=("weight in kg",))
    if earlier is None:
        return judged(
            rule,
            None,
            ("weight in kg", weight_kg),
            missing=("second_weight_kg",),
            meaning="No earlier weight is known, so a slip on the scale would not be seen. Weigh a second time.",
        )
    six_months = rule.limit("six_months_days")
    recent = (measured_on - earlier.measured_on).days <= six_months
    allowed = rule.limit("percent_within_six_months") if recent else rule.limit("percent_beyond")
    change = (weight_kg - earlier.weight_kg) / earlier.weight_kg * PERCENT
    against = "second weighing" if earlier.second_weighing else f"last weight, {earlier.measured_on.isoformat()}"
    return judged(
        rule,
        abs(change) <= allowed,
        ("weight in kg", weight_kg),
        (f"{against}, in kg", earlier.weight_kg),
        ("change in percent", change.quantize(Decimal("0.1"))),
        ("allowed percent", allowed),
    )


def first_dose(rule: DoseRule, plan: PlanInput, tolerated_mg_per_kg: Decimal | None) -> Finding:
    dose, start = usable(plan.dose_mg_per_kg), rule.limit("start_mg_per_kg")
    if dose is None:
        return judged(rule, None, missing=("dose in mg/kg",))
    if tolerated_mg_per_kg is not None:
        return judged(
            rule,
            True,
            ("dose in mg/kg", dose),
            ("last dose given in mg/kg", tolerated_mg_per_kg),
            meaning="An earlier dose of this person is known.",
        )
    return judged(rule, dose <= start, ("dose in mg/kg", dose), ("starting dose", start), ("last dose given", None))


def pain_rate(rule: DoseRule, plan: PlanInput, infusion: Infusion) -> Finding | None:
    """Of pain infusions alone; without an indication there is nothing to compare with."""
    if plan.indication is None:
        return None
    rate, maximum = infusion.rate_mg_per_h, rule.limit("maximum_mg_per_h")
    if rate is None:
        return judged(rule, None, missing=("rate in mg/h",))
    return judged(rule, rate <= maximum, ("rate in mg/h", rate), ("limit", maximum))


def stated_as_base(rule: DoseRule, plan: PlanInput) -> Finding:
    if plan.product is None:
        return judged(rule, None, missing=("product",))
    return judged(rule, plan.product.salt_or_base == "base", ("strength stated as", plan.product.salt_or_base))


def racemic_by_vein(rule: DoseRule, plan: PlanInput) -> Finding:
    if plan.product is None or plan.route is None:
        return judged(rule, None, missing=("product",) if plan.product is None else ("route",))
    return judged(
        rule,
        plan.route == "IV" and plan.product.molecule == "racemic ketamine" and "IV" in plan.product.routes,
        ("route", plan.route),
        ("molecule", plan.product.molecule),
        ("product may be given", ", ".join(plan.product.routes)),
    )
