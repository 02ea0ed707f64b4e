"""Whether the numbers of a plan agree with each other. Missing numbers contradict nothing; a gate asks for them."""

from ketachart.treatment.kinds import PlannedDose

AGREES_WITHIN = 0.01
"""Volume times concentration may miss the dose by a rounded hundredth, never by a tenfold slip."""


def by_pump(plan: PlannedDose) -> bool:
    return plan.infusion_minutes is not None or plan.rate_ml_per_h is not None


def plan_disagreement(plan: PlannedDose, weight_kg: float | None) -> str | None:
    """In words, what does not fit in a plan's own numbers; None when nothing that is there contradicts."""
    volume, concentration = plan.volume_ml, plan.concentration_mg_per_ml
    drawn_up_mg = plan.dose_mg - (plan.bolus_mg or 0.0) if by_pump(plan) else plan.dose_mg
    if volume is not None and concentration is not None and not _agree(volume * concentration, drawn_up_mg):
        return f"{volume:g} mL x {concentration:g} mg/mL = {volume * concentration:g} mg, but {drawn_up_mg:g} mg is ordered."
    ml_per_h, mg_per_h = plan.rate_ml_per_h, plan.rate_mg_per_h
    if ml_per_h and mg_per_h and concentration and not _agree(ml_per_h * concentration, mg_per_h):
        return f"{ml_per_h:g} mL/h x {concentration:g} mg/mL = {ml_per_h * concentration:g} mg/h, but the plan says {mg_per_h:g}."
    if (
        plan.devices is not None
        and plan.device_mg is not None
        and not _agree(plan.devices * plan.device_mg, plan.dose_mg)
    ):
        return f"{plan.devices} x {plan.device_mg:g} mg = {plan.devices * plan.device_mg:g} mg, but {plan.dose_mg:g} mg is ordered."
    if plan.units is not None and plan.unit_mg is not None and not _agree(plan.units * plan.unit_mg, plan.dose_mg):
        return f"{plan.units} x {plan.unit_mg:g} mg = {plan.units * plan.unit_mg:g} mg, but {plan.dose_mg:g} mg is ordered."
    if plan.parts and not _agree(sum(plan.parts), plan.dose_mg):
        parts = " + ".join(f"{part_mg:g}" for part_mg in plan.parts)
        return f"{parts} = {sum(plan.parts):g} mg, but {plan.dose_mg:g} mg is ordered."
    if plan.maximum_cumulative_mg is not None and plan.maximum_cumulative_mg < plan.dose_mg * (1 - AGREES_WITHIN):
        return f"{plan.dose_mg:g} mg is ordered, above the {plan.maximum_cumulative_mg:g} mg that may be given in all."
    if weight_kg and plan.ceiling_mg_per_kg and plan.dose_mg / weight_kg > plan.ceiling_mg_per_kg * (1 + 1e-9):
        return (
            f"{plan.dose_mg:g} mg for {weight_kg:g} kg is {plan.dose_mg / weight_kg:.3g} mg/kg, "
            f"above the ceiling of {plan.ceiling_mg_per_kg:g} mg/kg."
        )
    return None


def _agree(one: float, other: float) -> bool:
    return abs(one - other) <= AGREES_WITHIN * max(abs(one), abs(other))
