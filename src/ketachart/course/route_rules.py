"""The guardrails of every route but the vein. Same shape, same order, same data file as those of infusions."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from ketachart.course.dose_limits import DoseKnowledge, DoseRule
from ketachart.course.doses import INJECTED, Dose, compute_dose
from ketachart.course.rules import (
    EarlierWeight,
    Infusion,
    PlanInput,
    at_most,
    between,
    in_order,
    judged,
    number,
    stated_as_base,
    usable,
    vial_in_hand,
    weight_jump,
    weight_unit,
)
from ketachart.knowledge.findings import Finding
from ketachart.knowledge.loader import product_given_as

SPRAVATO = "spravato"


def check_other_route(
    plan: PlanInput,
    *,
    knowledge: DoseKnowledge,
    earlier_weight: EarlierWeight | None,
    weight_measured_on: date | None,
    age_years: int | None,
    on: date,
) -> tuple[Finding, ...]:
    """Every guardrail of this product and route. A rule of another product or route is not judged at all."""
    dose = compute_dose(plan, knowledge)
    by_id = {rule.id: rule for rule in knowledge.rules}
    product = catalogue_product(plan)
    findings: dict[str, Finding | None] = {
        "DO01": complete_enough(by_id["DO01"], plan, dose, product, weight_measured_on, on),
        "DO02": of_the_label(label_in_hand(by_id["DO02"], plan, dose), plan),
        "DO05": None if product == SPRAVATO else site_maximum_mg(by_id["DO05"], dose, knowledge, plan.route),
        "DO17": product_for_route(by_id["DO17"], plan, product),
        "DO23": ceiling_is_set(by_id["DO23"], knowledge, plan.route),
        "DO24": under_ceiling(by_id["DO24"], dose, knowledge, plan.route),
    }
    if product != SPRAVATO:  # the label's dose of Spravato does not depend on weight
        findings |= {
            "DO12": between(by_id["DO12"], "weight in kg", usable(plan.weight_kg), "minimum_kg", "maximum_kg"),
            "DO13": weight_unit(by_id["DO13"], by_id["DO12"], plan, earlier_weight),
            "DO14": weight_jump(by_id["DO14"], plan, earlier_weight, weight_measured_on),
        }
    if plan.route in INJECTED:
        findings |= {
            "DO16": stated_as_base(by_id["DO16"], plan),
            "DO20": below(by_id["DO20"], "dose in mg/kg", highest(plan, dose), "below_mg_per_kg"),
            "DO21": at_most(by_id["DO21"], "dose in mg/kg", highest(plan, dose), "maximum_mg_per_kg"),
            "DO22": at_most(by_id["DO22"], "dose in mg/kg", highest(plan, dose), "maximum_mg_per_kg"),
            "DO25": parts_add_up(by_id["DO25"], plan),
            "DO26": parts_apart(by_id["DO26"], plan, knowledge),
        }
    else:
        findings |= {
            "DO27": between(by_id["DO27"], "dose in mg", dose.dose_mg, "minimum_mg", "maximum_mg"),
            "DO28": between(by_id["DO28"], "dose in mg", dose.dose_mg, "minimum_mg", "maximum_mg"),
            "DO29": judged(by_id["DO29"], None, missing=("a studied dose",)),
            "DO30": judged(by_id["DO30"], False, ("product", plan.product.name if plan.product else None)),
            "DO31": judged(by_id["DO31"], False, ("product", plan.product.name if plan.product else None)),
            "DO32": whole_devices(by_id["DO32"], plan, dose),
            "DO33": one_device_alone(by_id["DO33"], dose, age_years),
            "DO38": base_known(by_id["DO38"], plan, dose),
        }
    return in_order(
        {
            rule_id: finding
            for rule_id, finding in findings.items()
            if by_id[rule_id].applies(product=product)
            and (not by_id[rule_id].routes or plan.route in by_id[rule_id].routes)
        },
        by_id,
        plan.indication,
        on,
    )


def catalogue_product(plan: PlanInput) -> str | None:
    """The catalogue's name for what is planned. None: this molecule is not given by this route."""
    if plan.product is None or plan.route is None:
        return None
    return product_given_as(plan.product.molecule, plan.route)


def highest(plan: PlanInput, dose: Dose) -> Decimal | None:
    values = [value for value in (usable(plan.dose_mg_per_kg), dose.dose_mg_per_kg) if value is not None]
    return max(values, default=None)


def needed(plan: PlanInput, product: str | None, weight_measured_on: date | None) -> dict[str, object | None]:
    """What the calculation and the treatment room need for this route, by the name of its field."""
    weight: dict[str, object | None] = {"weight_kg": usable(plan.weight_kg), "weight_measured_on": weight_measured_on}
    wanted: dict[str, object | None] = {"product": plan.product}
    if product != SPRAVATO:
        wanted |= weight
    if plan.route in INJECTED:
        wanted["dose_mg_per_kg"] = usable(plan.dose_mg_per_kg)
        if plan.second_part_mg_per_kg is not None:
            wanted["second_after_minutes"] = usable(plan.second_after_minutes)
    else:
        wanted["units"] = plan.units if plan.units and plan.units > 0 else None
    if plan.route == "sublingual":
        wanted |= {"hold_minutes": usable(plan.hold_minutes), "then": plan.then}
    return wanted


def complete_enough(
    rule: DoseRule, plan: PlanInput, dose: Dose, product: str | None, weight_measured_on: date | None, on: date
) -> Finding:
    missing = tuple(name for name, value in needed(plan, product, weight_measured_on).items() if value is None)
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
    if usable(plan.second_part_mg_per_kg) and (plan.second_part_mg_per_kg or 0) >= (plan.dose_mg_per_kg or 0):
        return judged(rule, None, missing=("second_part_mg_per_kg",), meaning="The parts do not add up to the dose.")
    if not dose.complete or any(not part.dose_mg for part in dose.parts):
        return judged(rule, False, meaning="This dose cannot be drawn up or counted out with this product.")
    return judged(rule, True)


def label_in_hand(rule: DoseRule, plan: PlanInput, dose: Dose) -> Finding:
    """The strength of the vial, or the mg of one unit, read off the label by a person."""
    if plan.route in INJECTED:
        return vial_in_hand(rule, plan, Infusion(drug_volume_ml=dose.drug_volume_ml, dose_mg=dose.dose_mg))
    confirmed = usable(plan.confirmed_unit_mg)
    if plan.product is None or confirmed is None:
        return judged(
            rule,
            None,
            missing=("product",) if plan.product is None else ("confirmed_unit_mg",),
            meaning="Nobody has read the strength off the label yet.",
        )
    planned = plan.product.unit_mg
    if planned is None:
        return judged(rule, False, meaning="This product has no strength in mg of one unit.")
    seen = (("mg in one unit of the plan", planned), ("mg in one unit, read off the label", confirmed))
    if planned == confirmed:
        return judged(rule, True, *seen)
    return judged(
        rule,
        False,
        *seen,
        meaning=f"The plan is for units of {number(planned)} mg; the label says {number(confirmed)} mg.",
    )


def of_the_label(finding: Finding, plan: PlanInput) -> Finding:
    """The same rule in the words of a package: devices and troches have no vial."""
    if plan.route in INJECTED:
        return finding
    return replace(
        finding,
        title="The package in hand has the strength of the plan",
        action="Read mg in one unit off the package. Another strength: take the product of the plan.",
    )


def site_maximum_mg(rule: DoseRule, dose: Dose, knowledge: DoseKnowledge, route: str | None) -> Finding | None:
    """No finding while the clinic has set none: the ceiling in mg/kg is what must be set."""
    maximum = knowledge.site.of(route).maximum_dose_mg
    if maximum is None:
        return None
    if dose.base_dose_mg is None:
        return judged(rule, None, missing=("dose in mg of base",))
    return judged(
        rule, dose.base_dose_mg <= maximum, ("dose in mg of base", dose.base_dose_mg), ("site limit", maximum)
    )


def product_for_route(rule: DoseRule, plan: PlanInput, product: str | None) -> Finding:
    if plan.product is None or plan.route is None:
        return judged(rule, None, missing=("product",) if plan.product is None else ("route",))
    return replace(
        judged(
            rule,
            product is not None and plan.route in plan.product.routes,
            ("route", plan.route),
            ("molecule", plan.product.molecule),
            ("product may be given", ", ".join(plan.product.routes)),
        ),
        title="Molecule, product and route belong together",
    )


def ceiling_is_set(rule: DoseRule, knowledge: DoseKnowledge, route: str | None) -> Finding:
    ceiling = knowledge.site.of(route).ceiling_mg_per_kg
    if ceiling is None:
        return judged(rule, None, missing=("the clinic's ceiling in mg/kg",))
    return judged(rule, True, ("the clinic's ceiling in mg/kg", ceiling))


def under_ceiling(rule: DoseRule, dose: Dose, knowledge: DoseKnowledge, route: str | None) -> Finding | None:
    """Judged once a ceiling stands; without one DO23 holds the plan."""
    ceiling = knowledge.site.of(route).ceiling_mg_per_kg
    if ceiling is None:
        return None
    if dose.dose_mg_per_kg is None:
        return judged(rule, None, missing=("dose in mg of base per kg",))
    return judged(
        rule, dose.dose_mg_per_kg <= ceiling, ("dose in mg of base per kg", dose.dose_mg_per_kg), ("ceiling", ceiling)
    )


def below(rule: DoseRule, what: str, value: Decimal | None, limit: str) -> Finding:
    if value is None:
        return judged(rule, None, missing=(what,))
    return judged(rule, value < rule.limit(limit), (what, value), ("anaesthetic from", rule.limit(limit)))


def parts_add_up(rule: DoseRule, plan: PlanInput) -> Finding | None:
    second, in_all = plan.second_part_mg_per_kg, usable(plan.dose_mg_per_kg)
    if second is None:
        return None
    if in_all is None:
        return judged(rule, None, missing=("dose in mg/kg",))
    seen = (("in all in mg/kg", in_all), ("of this in the second injection", second))
    if usable(second) is None or second >= in_all:
        return judged(
            rule, False, *seen, meaning="The second injection is a part of the dose in all, so it must be smaller."
        )
    return judged(rule, True, *seen)


def parts_apart(rule: DoseRule, plan: PlanInput, knowledge: DoseKnowledge) -> Finding | None:
    if plan.second_part_mg_per_kg is None:
        return None
    after, least = usable(plan.second_after_minutes), knowledge.site.of(plan.route).minimum_interval_minutes
    if after is None:
        return judged(rule, None, missing=("second_after_minutes",))
    if least is None:
        return judged(rule, None, ("minutes between the injections", after), missing=("the clinic's interval",))
    return judged(rule, after >= least, ("minutes between the injections", after), ("the clinic's interval", least))


def whole_devices(rule: DoseRule, plan: PlanInput, dose: Dose) -> Finding:
    device_mg, maximum = rule.limit("device_mg"), rule.limit("maximum_mg")
    if dose.dose_mg is None or dose.unit_mg is None:
        return judged(rule, None, missing=("units",))
    right = dose.unit_mg == device_mg and dose.dose_mg <= maximum and plan.product is not None
    right = right and plan.product is not None and plan.product.form == "device"
    return judged(
        rule, right, ("devices", dose.units), ("mg in one device", dose.unit_mg), ("dose in mg", dose.dose_mg)
    )


def one_device_alone(rule: DoseRule, dose: Dose, age_years: int | None) -> Finding:
    if dose.dose_mg is None:
        return judged(rule, None, missing=("units",))
    if dose.dose_mg >= rule.limit("minimum_mg"):
        return judged(rule, True, ("dose in mg", dose.dose_mg))
    if age_years is None:
        return judged(rule, None, ("dose in mg", dose.dose_mg), missing=("age",))
    return judged(
        rule, age_years >= rule.limit("from_years"), ("dose in mg", dose.dose_mg), ("age in years", age_years)
    )


def base_known(rule: DoseRule, plan: PlanInput, dose: Dose) -> Finding:
    if plan.product is None or dose.dose_mg is None:
        return judged(rule, None, missing=("product",) if plan.product is None else ("units",))
    return judged(
        rule,
        dose.base_dose_mg is not None,
        (f"dose in mg of {plan.product.salt_or_base}", dose.dose_mg),
        ("dose in mg of base", dose.base_dose_mg.quantize(Decimal("0.01")) if dose.base_dose_mg is not None else None),
    )
