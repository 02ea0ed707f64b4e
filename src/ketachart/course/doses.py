"""Dose arithmetic of every route but the vein: injections in one or two parts, devices, and counted units.

Exact like the arithmetic of infusions: a volume is rounded down to the syringe's step, units are whole, and what is
labelled in mg of the hydrochloride is also said in mg of base.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from ketachart.course.dose_limits import DoseKnowledge
from ketachart.course.rules import PERCENT, PlanInput, round_to_step, usable, vials_needed

INJECTED = frozenset({"IM", "SC"})


@dataclass(frozen=True, kw_only=True)
class PlannedPart:
    """One injection of a divided dose. `after_minutes` counts from the part before it."""

    part: int
    dose_mg: Decimal
    volume_ml: Decimal
    after_minutes: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Dose:
    """The computed dose. A field is None when something it needs is missing, or when the route has no such thing."""

    ordered_dose_mg: Decimal | None = None
    dose_mg: Decimal | None = None
    base_dose_mg: Decimal | None = None
    dose_mg_per_kg: Decimal | None = None
    drug_volume_ml: Decimal | None = None
    rounded_down_percent: Decimal | None = None
    vials: int | None = None
    parts: tuple[PlannedPart, ...] = ()
    units: int | None = None
    unit_mg: Decimal | None = None

    @property
    def complete(self) -> bool:
        return self.dose_mg is not None and self.dose_mg > 0


def compute_dose(plan: PlanInput, knowledge: DoseKnowledge) -> Dose:
    return compute_injection(plan, knowledge) if plan.route in INJECTED else compute_units(plan, knowledge)


def compute_injection(plan: PlanInput, knowledge: DoseKnowledge) -> Dose:
    """Weight x mg/kg = mg; mg / strength = mL, part by part, each rounded down."""
    weight_kg, in_all = usable(plan.weight_kg), usable(plan.dose_mg_per_kg)
    if weight_kg is None or in_all is None:
        return Dose()
    ordered_dose_mg = weight_kg * in_all
    strength = usable(plan.product.strength_mg_per_ml) if plan.product else None
    if plan.product is None or strength is None:
        return Dose(ordered_dose_mg=ordered_dose_mg)
    second = usable(plan.second_part_mg_per_kg) or Decimal(0)
    if second >= in_all:
        return Dose(ordered_dose_mg=ordered_dose_mg)
    shares = [in_all - second, second] if second else [in_all]
    parts = []
    for number, share in enumerate(shares, start=1):
        volume_ml = round_to_step(weight_kg * share / strength, knowledge.rounding.volume_step_ml, ROUND_DOWN)
        parts.append(
            PlannedPart(
                part=number,
                dose_mg=volume_ml * strength,
                volume_ml=volume_ml,
                after_minutes=usable(plan.second_after_minutes) if number > 1 else None,
            )
        )
    dose_mg = sum((part.dose_mg for part in parts), Decimal(0))
    volume_ml = sum((part.volume_ml for part in parts), Decimal(0))
    return Dose(
        ordered_dose_mg=ordered_dose_mg,
        dose_mg=dose_mg,
        base_dose_mg=dose_mg if plan.product.salt_or_base == "base" else None,
        dose_mg_per_kg=dose_mg / weight_kg,
        drug_volume_ml=volume_ml,
        rounded_down_percent=(ordered_dose_mg - dose_mg) / ordered_dose_mg * PERCENT,
        vials=vials_needed(volume_ml, usable(plan.product.vial_volume_ml)),
        parts=tuple(parts),
    )


def compute_units(plan: PlanInput, knowledge: DoseKnowledge) -> Dose:
    """Units x mg of one = mg, in the words of the label; mg of base beside it."""
    unit_mg = usable(plan.product.unit_mg) if plan.product else None
    if plan.product is None or unit_mg is None or plan.units is None or plan.units < 1:
        return Dose()
    dose_mg = unit_mg * plan.units
    weight_kg = usable(plan.weight_kg)
    base = base_mg(dose_mg, plan.product.salt_or_base, knowledge)
    return Dose(
        ordered_dose_mg=dose_mg,
        dose_mg=dose_mg,
        base_dose_mg=base,
        dose_mg_per_kg=base / weight_kg if base is not None and weight_kg is not None else None,
        units=plan.units,
        unit_mg=unit_mg,
    )


def base_mg(dose_mg: Decimal, stated_as: str, knowledge: DoseKnowledge) -> Decimal | None:
    """None when nobody has said whether base or salt is meant."""
    if stated_as == "base":
        return dose_mg
    if stated_as == "hydrochloride":
        return dose_mg * knowledge.salt.base_mg / knowledge.salt.hydrochloride_mg
    return None
