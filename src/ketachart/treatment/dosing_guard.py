"""What may be charted of the dose itself, asked of the session just before it is written. Pure.

A dose that does not fit the order is refused with what to do. One that was given all the same is charted with the
reason: the record keeps what was done, and the discharge gate shows it to the prescriber.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ketachart.record.errors import Refused
from ketachart.treatment.gate_guard import gate_problem
from ketachart.treatment.kinds import (
    DoseGiven,
    HoldEnded,
    InfusionPaused,
    InfusionRateChanged,
    InfusionResumed,
    InfusionStarted,
    InfusionStopped,
    PlannedDose,
)
from ketachart.treatment.protocol import EntryChecks
from ketachart.treatment.single_dose import (
    NEARLY,
    Bolus,
    bolus_from,
    by_vein,
    looks_charted_twice,
    most_at_once_mg,
)
from ketachart.treatment.state import SessionState


def dosing_problem(
    state: SessionState, content: InfusionStarted | DoseGiven, at: datetime, entry: EntryChecks
) -> Refused | None:
    opened = state.opened
    assert opened is not None
    twin = isinstance(content, DoseGiven) and is_charted_twice(state, content, at)
    if state.abandoned is not None or (state.phase_at(at) in {"recovery", "discharged"} and not twin):
        return Refused(
            "Dosing has ended in this session.",
            field="kind",
            fix="If the end was charted by mistake, correct it first.",
        )
    if isinstance(content, InfusionStarted):
        if not by_vein(opened.plan.route):
            return Refused(f"The plan says {opened.plan.route}: there is no pump to start.", field="kind", fix=None)
        status = state.pump_status(at)
        if status != "not started":
            return Refused(
                f"The infusion was already started; it is {status}.",
                field="kind",
                fix="Change the rate, or correct the earlier start.",
            )
        problem = rate_problem(opened.plan, content.rate_ml_per_h, content.rate_mg_per_h, entry)
    else:
        problem = single_dose_problem(state, content, at)
    if problem is not None:
        return problem
    return gate_problem(state, "start", at, "The dose cannot be given yet")


def single_dose_problem(
    state: SessionState, content: DoseGiven, at: datetime, instead_of: frozenset[str] = frozenset()
) -> Refused | None:
    """What is wrong with a dose given at once. `instead_of` names the entries that it would stand in for."""
    opened = state.opened
    assert opened is not None
    plan = opened.plan
    given = bolus_from(content, at, "")
    others = [one for one in state.dose.boluses if one.entry_id not in instead_of]
    problem = _route_problem(plan, content) or _shape_problem(plan, content)
    if problem is not None or content.beyond_order_reason or _is_twin(given, others):
        return problem
    return _interval_problem(plan, given, others) or _amount_problem(state, given, others)


def is_charted_twice(state: SessionState, content: DoseGiven, at: datetime) -> bool:
    """Two devices charted the same dose: both entries are kept, and a person settles it."""
    return _is_twin(bolus_from(content, at, ""), state.dose.boluses)


def _is_twin(given: Bolus, others: Sequence[Bolus]) -> bool:
    return any(looks_charted_twice(given, other) for other in others)


def _route_problem(plan: PlannedDose, content: DoseGiven) -> Refused | None:
    if content.route.casefold() != plan.route.casefold():
        return Refused(f"The plan says {plan.route}, not {content.route}.", field="route", fix="Give what was ordered.")
    if by_vein(plan.route) and plan.bolus_mg is None:
        return Refused(
            f"The plan says {plan.route} by pump: no push by hand is ordered.",
            field="route",
            fix="Chart what the pump does, or have a plan with a push written.",
        )
    return None


def _shape_problem(plan: PlannedDose, content: DoseGiven) -> Refused | None:
    """Each device and each part by itself, and the amounts as the product has them."""
    if plan.devices is not None:
        if content.device is None:
            return Refused("It is not said which device.", field="device", fix="Chart each device by itself.")
        if plan.device_mg is not None and abs(content.dose_mg - plan.device_mg) > NEARLY * plan.device_mg:
            return Refused(
                f"One device holds {plan.device_mg:g} mg.", field="dose_mg", fix="Chart each device by itself."
            )
    if len(plan.parts) > 1 and content.part is None:
        return Refused("It is not said which part of the dose.", field="part", fix="Chart each part by itself.")
    if content.units is not None and plan.unit_mg is not None:
        units_mg = content.units * plan.unit_mg
        if abs(units_mg - content.dose_mg) > NEARLY * max(units_mg, content.dose_mg):
            return Refused(
                f"{content.units} x {plan.unit_mg:g} mg is {units_mg:g} mg, not {content.dose_mg:g}.",
                field="dose_mg",
                fix="Count what was given again.",
            )
    return None


CHART_WITH_REASON = "If it was given all the same, chart it with the reason."


def _interval_problem(plan: PlannedDose, given: Bolus, others: Sequence[Bolus]) -> Refused | None:
    if plan.minimum_interval_minutes is None:
        return None
    interval = timedelta(minutes=plan.minimum_interval_minutes)
    near = min(others, key=lambda other: abs(given.at - other.at), default=None)
    if near is None or abs(given.at - near.at) >= interval:
        return None
    apart = abs(given.at - near.at) / timedelta(minutes=1)
    left = -(-(interval - abs(given.at - near.at)) // timedelta(minutes=1))
    return Refused(
        f"{apart:.1f} min from another dose; the order asks for {plan.minimum_interval_minutes:g} min between them.",
        field="effective_at",
        fix=f"Wait {left} min more. {CHART_WITH_REASON}",
    )


def _amount_problem(state: SessionState, given: Bolus, others: Sequence[Bolus]) -> Refused | None:
    opened = state.opened
    assert opened is not None
    plan, weight_kg = opened.plan, opened.patient.weight_kg
    at_once_mg = sum(one.dose_mg for one in others) + given.dose_mg
    total_mg = at_once_mg + state.dose.infused_mg(given.at)
    if weight_kg and plan.ceiling_mg_per_kg and total_mg / weight_kg > plan.ceiling_mg_per_kg * (1 + NEARLY):
        return Refused(
            f"{total_mg:g} mg in all is {total_mg / weight_kg:.3g} mg/kg, above the ceiling of {plan.ceiling_mg_per_kg:g}.",
            field="dose_mg",
            fix=f"Do not give it. {CHART_WITH_REASON}",
        )
    most_mg = most_at_once_mg(plan)
    if most_mg is not None and at_once_mg > most_mg * (1 + NEARLY):
        return Refused(
            f"{at_once_mg:g} mg in all is more than the {most_mg:g} mg ordered.",
            field="dose_mg",
            fix=f"Do not give it, or have a new plan written. {CHART_WITH_REASON}",
        )
    return None


def hold_problem(state: SessionState, content: HoldEnded, at: datetime) -> Refused | None:
    opened = state.opened
    assert opened is not None
    if opened.plan.route != "sublingual":
        return Refused(f"The plan says {opened.plan.route}: nothing is held in the mouth.", field="kind", fix=None)
    if not any(bolus.at <= at for bolus in state.dose.boluses):
        return Refused("No dose was in the mouth at that time.", field="kind", fix="Chart the dose first.")
    return None


def pump_read_problem(state: SessionState, at: datetime) -> Refused | None:
    if state.pump_status(at) == "not started":
        return Refused("The infusion was not started at that time.", field="kind", fix="Chart the start first.")
    return None


def pump_problem(
    state: SessionState,
    content: InfusionRateChanged | InfusionResumed | InfusionPaused | InfusionStopped,
    at: datetime,
    entry: EntryChecks,
) -> Refused | None:
    opened = state.opened
    assert opened is not None
    status = state.pump_status(at)
    if isinstance(content, InfusionStopped):
        if status not in {"running", "paused"}:
            return Refused(f"The infusion is {status}: there is nothing to stop.", field="kind", fix=None)
        return None
    needed = "paused" if isinstance(content, InfusionResumed) else "running"
    if status != needed:
        return Refused(
            f"The infusion was {status} at that time.",
            field="kind",
            fix=f"This can be charted while it is {needed}.",
        )
    if isinstance(content, InfusionPaused):
        return None
    problem = rate_problem(opened.plan, content.rate_ml_per_h, content.rate_mg_per_h, entry)
    if problem is not None:
        return problem
    ordered = opened.plan.rate_mg_per_h
    faster = ordered is not None and content.rate_mg_per_h > ordered * (1 + entry.rate_agrees_within_percent / 100)
    if faster and isinstance(content, InfusionRateChanged) and not (content.reason or "").strip():
        return Refused(
            f"Faster than the ordered {ordered:g} mg/h.", field="reason", fix="Say why, or go back to the ordered rate."
        )
    return None


def rate_problem(plan: PlannedDose, ml_per_h: float, mg_per_h: float, entry: EntryChecks) -> Refused | None:
    """Both rates must say the same with the concentration in the syringe, and no order of magnitude may slip."""
    if not mg_per_h > 0:
        return Refused("A rate is more than 0 mg/h.", field="rate_mg_per_h", fix="Pause or stop the infusion instead.")
    concentration = plan.concentration_mg_per_ml
    if concentration is None:
        return Refused(
            "The plan states no concentration.", field="rate_ml_per_h", fix="Have the plan completed before starting."
        )
    computed = ml_per_h * concentration
    if abs(computed - mg_per_h) > max(computed, mg_per_h) * entry.rate_agrees_within_percent / 100:
        return Refused(
            f"{ml_per_h:g} mL/h at {concentration:.4g} mg/mL is {computed:.4g} mg/h, not {mg_per_h:g}.",
            field="rate_mg_per_h",
            fix="Check the vial strength and the pump.",
        )
    ordered = plan.rate_mg_per_h
    if ordered is not None and mg_per_h > ordered * entry.rate_at_most_times_ordered:
        return Refused(
            f"{mg_per_h:g} mg/h is more than {entry.rate_at_most_times_ordered:g} times the ordered {ordered:g} mg/h.",
            field="rate_mg_per_h",
            fix="Check the decimal point; a much faster infusion needs a new plan.",
        )
    return None
