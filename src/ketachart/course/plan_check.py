"""Every guardrail against a plan, whatever its route: the rules of the route, then those of every way."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from ketachart.course.dose_limits import DoseKnowledge, DoseRule, Protocol
from ketachart.course.doses import compute_dose
from ketachart.course.route_rules import check_other_route
from ketachart.course.rules import EarlierWeight, PlanInput, check_plan, in_order, judged, number, usable
from ketachart.knowledge.catalogue import Indication
from ketachart.knowledge.findings import Finding, Override


@dataclass(frozen=True, kw_only=True)
class Tolerated:
    """The last dose of this molecule by this route that ended in a discharge."""

    dose_mg: Decimal | None = None
    mg_per_kg: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PlanSetting:
    """For whom and within what a dose is planned. None: nobody has said."""

    protocol: Protocol | None = None
    indication: Indication | None = None
    sessions: int | None = None
    age_years: int | None = None
    earlier_weight: EarlierWeight | None = None
    weight_measured_on: date | None = None
    tolerated: Tolerated | None = None


def check(plan: PlanInput, setting: PlanSetting, *, knowledge: DoseKnowledge, on: date) -> tuple[Finding, ...]:
    tolerated = setting.tolerated
    if plan.route == "IV":
        of_route = check_plan(
            plan,
            knowledge=knowledge,
            earlier_weight=setting.earlier_weight,
            weight_measured_on=setting.weight_measured_on,
            tolerated_mg_per_kg=tolerated.mg_per_kg if tolerated else None,
            on=on,
        )
    else:
        of_route = check_other_route(
            plan,
            knowledge=knowledge,
            earlier_weight=setting.earlier_weight,
            weight_measured_on=setting.weight_measured_on,
            age_years=setting.age_years,
            on=on,
        )
    by_id = {rule.id: rule for rule in knowledge.rules}
    findings: dict[str, Finding | None] = {finding.rule_id: finding for finding in of_route}
    findings |= {
        "DO15": first_dose(by_id["DO15"], plan, setting, knowledge),
        "DO18": step_from_tolerated(by_id["DO18"], plan, setting, knowledge),
        "DO40": series_length(by_id["DO40"], setting),
        "DO41": routine(by_id["DO41"], setting.indication),
        "DO42": follows_protocol(by_id["DO42"], plan, setting),
    }
    return in_order(findings, by_id, plan.indication, on)


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A dose in the unit its protocol speaks: mg/kg where it doses by weight, else mg."""

    value: Decimal
    unit: str


def planned_amount(plan: PlanInput, protocol: Protocol | None, knowledge: DoseKnowledge) -> Amount | None:
    if by_weight(plan, protocol):
        typed = usable(plan.dose_mg_per_kg)
        value = typed if typed is not None else compute_dose(plan, knowledge).dose_mg_per_kg
        return None if value is None else Amount(value=value, unit="mg/kg")
    dose_mg = compute_dose(plan, knowledge).dose_mg
    return None if dose_mg is None else Amount(value=dose_mg, unit="mg")


def by_weight(plan: PlanInput, protocol: Protocol | None) -> bool:
    if plan.route in ("IV", "IM", "SC"):
        return True
    return protocol is not None and (protocol.start_mg_per_kg is not None or protocol.range_mg_per_kg is not None)


def last_amount(plan: PlanInput, setting: PlanSetting) -> Decimal | None:
    if setting.tolerated is None:
        return None
    return setting.tolerated.mg_per_kg if by_weight(plan, setting.protocol) else setting.tolerated.dose_mg


def first_dose(rule: DoseRule, plan: PlanInput, setting: PlanSetting, knowledge: DoseKnowledge) -> Finding:
    """Without an earlier dose by this route the protocol's start is the most to begin with."""
    amount, protocol = planned_amount(plan, setting.protocol, knowledge), setting.protocol
    if amount is None:
        return judged(rule, None, missing=("dose",))
    if protocol is not None and plan.route != "IV":
        rule = replace(rule, source=protocol.source)  # the source of the rule's own number is about infusions
    earlier = last_amount(plan, setting)
    if earlier is not None:
        return judged(
            rule,
            True,
            (f"dose in {amount.unit}", amount.value),
            (f"last dose given in {amount.unit}", earlier),
            meaning="An earlier dose of this person is known.",
        )
    start = start_of(rule, plan, protocol, amount.unit)
    if start is None:
        return replace(
            judged(
                rule,
                None,
                (f"dose in {amount.unit}", amount.value),
                missing=("a starting dose with a source",),
                meaning="No source gives a starting dose here, and no earlier dose of this person is known.",
            ),
            overridable=covering_missing(rule),
        )
    return judged(
        rule,
        amount.value <= start,
        (f"dose in {amount.unit}", amount.value),
        ("starting dose", start),
        ("last dose given", None),
    )


def covering_missing(rule: DoseRule) -> Override | None:
    return replace(rule.override, covers_missing=True) if rule.override is not None else None


def start_of(rule: DoseRule, plan: PlanInput, protocol: Protocol | None, unit: str) -> Decimal | None:
    if protocol is not None:
        return protocol.start_mg_per_kg if unit == "mg/kg" else protocol.start_mg
    return rule.limit("start_mg_per_kg") if plan.route == "IV" else None


def step_from_tolerated(
    rule: DoseRule, plan: PlanInput, setting: PlanSetting, knowledge: DoseKnowledge
) -> Finding | None:
    """Judged when an earlier dose by this route is known; the first dose is DO15's."""
    earlier, amount = last_amount(plan, setting), planned_amount(plan, setting.protocol, knowledge)
    if earlier is None:
        return None
    if amount is None:
        return judged(rule, None, missing=("dose",))
    allowed = next_step(setting.protocol, earlier, amount.unit)
    seen = ((f"dose in {amount.unit}", amount.value), (f"last dose given in {amount.unit}", earlier))
    if amount.value <= earlier:
        return judged(rule, True, *seen)
    if allowed is None:
        return judged(rule, False, *seen, meaning="The dose goes up, and the protocol names no steps.")
    return judged(rule, amount.value <= allowed, *seen, (f"next step in {amount.unit}", allowed))


def next_step(protocol: Protocol | None, earlier: Decimal, unit: str) -> Decimal | None:
    """The protocol's next dose above the last one given. None: it names no steps, or none above."""
    if protocol is None:
        return None
    if unit == "mg" and protocol.step_mg is not None:
        return earlier + protocol.step_mg
    steps = protocol.steps_mg_per_kg if unit == "mg/kg" else protocol.steps_mg
    return min((step for step in steps if step > earlier), default=None)


def series_length(rule: DoseRule, setting: PlanSetting) -> Finding | None:
    if setting.protocol is None or setting.protocol.sessions is None:
        return None
    if setting.sessions is None:
        return judged(rule, None, missing=("sessions",))
    return judged(
        rule,
        setting.sessions <= setting.protocol.sessions,
        ("sessions planned", setting.sessions),
        ("sessions of the protocol", setting.protocol.sessions),
    )


def routine(rule: DoseRule, indication: Indication | None) -> Finding:
    """An unknown indication is not a routine one."""
    if indication is None:
        return judged(rule, None, missing=("indication",))
    finding = judged(
        rule, indication.standing == "routine", ("indication", indication.title), ("standing", indication.standing)
    )
    if indication.standing == "routine":
        return finding
    return replace(
        finding,
        meaning=f"{indication.title}: research only. {indication.reason}",
        source=indication.source or finding.source,
    )


def follows_protocol(rule: DoseRule, plan: PlanInput, setting: PlanSetting) -> Finding:
    protocol = setting.protocol
    if protocol is None:
        return judged(rule, False, ("protocol", "none: within the limits"))
    fits = (
        protocol.route == plan.route
        and (setting.indication is None or protocol.indication == setting.indication.id)
        and (plan.product is None or plan.product.molecule == protocol.molecule)
    )
    old_enough = protocol.from_years is None or (setting.age_years or 0) >= protocol.from_years
    seen = ("protocol", f"{protocol.id}, version {protocol.version}")
    if fits and not old_enough:
        return judged(
            rule, False, seen, meaning=f"This protocol is for persons of {protocol.from_years} years and over."
        )
    return judged(rule, fits, seen)


def working_of_dose(plan: PlanInput, knowledge: DoseKnowledge) -> tuple[str, ...]:
    """The calculation as one would write it on paper."""
    dose = compute_dose(plan, knowledge)
    lines = []
    if dose.parts and plan.weight_kg is not None and plan.dose_mg_per_kg is not None and plan.product is not None:
        strength = number(plan.product.strength_mg_per_ml or Decimal(0))
        ordered = number(dose.ordered_dose_mg or Decimal(0))
        lines.append(f"{number(plan.weight_kg)} kg × {number(plan.dose_mg_per_kg)} mg/kg = {ordered} mg")
        for part in dose.parts:
            after = f", {number(part.after_minutes)} min later" if part.after_minutes is not None else ""
            called = f"Injection {part.part}: " if len(dose.parts) > 1 else ""
            lines.append(
                f"{called}{number(part.volume_ml)} mL × {strength} mg/mL = {number(part.dose_mg)} mg drawn up{after}"
            )
    elif dose.units is not None and dose.unit_mg is not None and dose.dose_mg is not None and plan.product is not None:
        stated = plan.product.salt_or_base
        lines.append(f"{dose.units} × {number(dose.unit_mg)} mg = {number(dose.dose_mg)} mg of {stated}")
        if stated == "hydrochloride" and dose.base_dose_mg is not None:
            lines.append(
                f"{number(dose.dose_mg)} mg × {number(knowledge.salt.base_mg)} ÷ {number(knowledge.salt.hydrochloride_mg)}"
                f" = {number(dose.base_dose_mg.quantize(Decimal('0.01')))} mg of base"
            )
        if dose.dose_mg_per_kg is not None and plan.weight_kg is not None:
            lines.append(
                f"{number((dose.base_dose_mg or Decimal(0)).quantize(Decimal('0.01')))} mg ÷ {number(plan.weight_kg)} kg ="
                f" {number(dose.dose_mg_per_kg.quantize(Decimal('0.001')))} mg/kg of base"
            )
    return tuple(lines)
