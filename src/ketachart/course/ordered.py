"""What a plan's event says of the dose, by route: from what was typed and computed. A route's absent things are left out."""

from decimal import Decimal
from typing import Any

from ketachart.course.dose_limits import DoseKnowledge
from ketachart.course.doses import INJECTED, compute_dose
from ketachart.course.kinds import PartOrdered
from ketachart.course.rules import PlanInput, compute_infusion
from ketachart.formulary.models import Product
from ketachart.record.errors import Refused


def ordered(plan: PlanInput, product: Product, knowledge: DoseKnowledge) -> dict[str, Any]:
    if plan.route == "IV":
        return _infusion(plan, product, knowledge)
    if plan.route in INJECTED:
        return _injection(plan, product, knowledge)
    return _units(plan, product, knowledge)


def _infusion(plan: PlanInput, product: Product, knowledge: DoseKnowledge) -> dict[str, Any]:
    infusion = compute_infusion(plan, knowledge)
    if not infusion.complete or plan.weight_kg is None or plan.dose_mg_per_kg is None:
        raise not_computed()
    return {
        "strength_mg_per_ml": _float(product.strength_mg_per_ml),
        "confirmed_strength_mg_per_ml": _float(plan.confirmed_strength_mg_per_ml),
        "ordered_mg_per_kg": _float(plan.dose_mg_per_kg),
        "dose_mg": _float(infusion.dose_mg),
        "base_dose_mg": _float(infusion.dose_mg),
        "dose_mg_per_kg": _float(infusion.dose_mg_per_kg),
        "drug_volume_ml": _float(infusion.drug_volume_ml),
        "bag_volume_ml": None if plan.undiluted else _float(plan.bag_volume_ml),
        "undiluted": bool(plan.undiluted),
        "total_volume_ml": _float(infusion.total_volume_ml),
        "concentration_mg_per_ml": _float(infusion.concentration_mg_per_ml),
        "infusion_minutes": _float(plan.infusion_minutes),
        "rate_ml_per_h": _float(infusion.rate_ml_per_h),
        "rate_mg_per_h": _float(infusion.rate_mg_per_h),
        "vials": infusion.vials,
        "ceiling_mg_per_kg": _float(knowledge.rule("DO03").limit("maximum_mg_per_kg")),
    }


def _injection(plan: PlanInput, product: Product, knowledge: DoseKnowledge) -> dict[str, Any]:
    dose = compute_dose(plan, knowledge)
    if not dose.complete:
        raise not_computed()
    divided = len(dose.parts) > 1
    return {
        "strength_mg_per_ml": _float(product.strength_mg_per_ml),
        "confirmed_strength_mg_per_ml": _float(plan.confirmed_strength_mg_per_ml),
        "ordered_mg_per_kg": _float(plan.dose_mg_per_kg),
        "dose_mg": _float(dose.dose_mg),
        "base_dose_mg": _float(dose.base_dose_mg),
        "dose_mg_per_kg": _float(dose.dose_mg_per_kg),
        "drug_volume_ml": _float(dose.drug_volume_ml),
        "undiluted": True,
        "total_volume_ml": _float(dose.drug_volume_ml),
        "concentration_mg_per_ml": _float(product.strength_mg_per_ml),
        "vials": dose.vials,
        "ceiling_mg_per_kg": _float(knowledge.site.of(plan.route).ceiling_mg_per_kg),
        "maximum_cumulative_mg": _float(dose.dose_mg),
        "minimum_interval_minutes": _float(plan.second_after_minutes) if divided else None,
        "parts": tuple(
            PartOrdered(
                part=part.part,
                dose_mg=float(part.dose_mg),
                volume_ml=float(part.volume_ml),
                after_minutes=_float(part.after_minutes),
            )
            for part in dose.parts
        )
        if divided
        else (),
    }


def _units(plan: PlanInput, product: Product, knowledge: DoseKnowledge) -> dict[str, Any]:
    dose = compute_dose(plan, knowledge)
    if not dose.complete:
        raise not_computed()
    is_device = product.form == "device"
    return {
        "dose_mg": _float(dose.dose_mg),
        "base_dose_mg": _float(dose.base_dose_mg),
        "dose_mg_per_kg": None if is_device else _float(dose.dose_mg_per_kg),
        "confirmed_unit_mg": _float(plan.confirmed_unit_mg),
        "ceiling_mg_per_kg": None if is_device else _float(knowledge.site.of(plan.route).ceiling_mg_per_kg),
        "devices": dose.units if is_device else None,
        "device_mg": _float(dose.unit_mg) if is_device else None,
        "units": None if is_device else dose.units,
        "unit_mg": None if is_device else _float(dose.unit_mg),
        "minimum_interval_minutes": _float(knowledge.rule("DO32").limit("minutes_between_devices"))
        if is_device
        else None,
        "maximum_cumulative_mg": _float(dose.dose_mg),
        "hold_minutes": _float(plan.hold_minutes) if plan.route == "sublingual" else None,
        "then": plan.then if plan.route == "sublingual" else None,
    }


def not_computed() -> Refused:
    return Refused("The dose cannot be computed yet.", fix="Enter what is missing.")


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
