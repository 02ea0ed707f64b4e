"""The predicted concentration under the dose as it was given and as it is planned to go on. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from ketachart.pharmacology import (
    Bolus,
    Infusion,
    IntramuscularInjection,
    NasalDevices,
    Oral,
    Person,
    PharmacologyError,
    SubcutaneousInjection,
    Sublingual,
    forecast,
)
from ketachart.treatment.dose import remaining_steps
from ketachart.treatment.kinds import PlannedDose
from ketachart.treatment.single_dose import Bolus as Given
from ketachart.treatment.state import SessionState

AFTER_MINUTES = 150
STEP_MINUTES = 1
INJECTIONS = {"im": IntramuscularInjection, "sc": SubcutaneousInjection, "iv": Bolus, "oral": Oral}

MOLECULES = {"racemic ketamine": "racemic"}
"""The house's word for what is given, and the pharmacology's."""

Doses = tuple[tuple[str, float, float, float, float], ...]
"""(route, hours from zero, hours it lasts, mg, more): plain values, so that the same question is computed once. `more`
is the number of nasal devices, `lasts` then the hours between two of them; or the share that is swallowed."""


def predict(state: SessionState, at: datetime) -> dict[str, Any]:
    """The curve for the room's time axis, or `prediction` None with the reason why there is none."""
    opened = state.opened
    if opened is None:
        return _none("The session is not open.")
    weight_kg = opened.patient.weight_kg
    if weight_kg is None:
        return _none("No weight is charted.")
    zero, doses, notes = _doses(state, at)
    if not doses:
        return _none("No dose was given and none is planned." if not notes else " ".join(notes))
    basis = "hydrochloride" if "hydro" in opened.plan.salt_or_base.casefold() else "base"
    end_h = max(start + lasts for _, start, lasts, _, _ in doses)
    minutes = int(end_h * 60) + AFTER_MINUTES
    try:
        found = _forecast(
            doses,
            basis,
            MOLECULES.get(opened.plan.molecule, opened.plan.molecule),
            weight_kg,
            opened.patient.age_years,
            opened.patient.sex if opened.patient.sex in {"female", "male"} else None,
            minutes,
        )
    except PharmacologyError as error:
        return _none(f"No model covers this: {error}")
    return {"prediction": _for_axis(found, zero, state.number, notes), "why_none": None}


def _none(reason: str) -> dict[str, Any]:
    return {"prediction": None, "why_none": reason}


def _doses(state: SessionState, at: datetime) -> tuple[datetime, Doses, tuple[str, ...]]:
    """Given doses from the record; the rest of the pump at its present rate. A paused pump is not assumed to go on."""
    dose, plan = state.dose, state.opened.plan if state.opened else None
    zero = dose.first_dose_at or at
    notes: list[str] = []
    found: list[tuple[str, float, float, float, float]] = []
    if dose.pump_status() == "paused":
        notes.append("Paused: what is left in the pump is not part of the curve.")
    elif dose.first_dose_at is None:
        notes.append("Nothing was given yet: the curve starts when the page was opened.")
        for step in remaining_steps(dose, plan, zero):
            found.append(_step(step.start, step.end, step.rate_mg_per_h, zero))
    empty_at = dose.pump_empty_at()
    for step in dose.steps:
        end = step.end or empty_at
        if end is None or (empty_at is not None and end > empty_at):
            end = empty_at
        if end is not None and end > step.start:
            found.append(_step(step.start, end, step.rate_mg_per_h, zero))
    if plan is not None and plan.devices is not None:
        found.extend(_devices(dose.boluses, zero))
    else:
        found.extend(_at_once(bolus, plan, zero, notes) for bolus in dose.boluses)
    return zero, tuple(found), tuple(notes)


def _step(
    start: datetime, end: datetime | None, rate_mg_per_h: float, zero: datetime
) -> tuple[str, float, float, float, float]:
    lasts = _hours((end or start) - start)
    return ("iv infusion", _hours(start - zero), lasts, rate_mg_per_h * lasts, 0.0)


def _devices(boluses: Sequence[Given], zero: datetime) -> list[tuple[str, float, float, float, float]]:
    """The model knows devices of one strength at even distances: the mean distance stands for the real ones."""
    if not boluses:
        return []
    between = _hours(boluses[-1].at - boluses[0].at) / max(len(boluses) - 1, 1)
    return [("devices", _hours(boluses[0].at - zero), between, boluses[0].dose_mg, float(len(boluses)))]


def _at_once(
    bolus: Given, plan: PlannedDose | None, zero: datetime, notes: list[str]
) -> tuple[str, float, float, float, float]:
    start_h, route = _hours(bolus.at - zero), bolus.route.casefold()
    if route == "sublingual":
        ordered_h = (plan.hold_minutes or 0.0) / 60 if plan else 0.0
        hold_h = ordered_h if bolus.held_until is None else _hours(bolus.held_until - bolus.at)
        then = bolus.then or ("spat out" if plan and plan.then == "spit out" else "swallowed")
        if bolus.held_until is None:
            notes.append(f"Still in the mouth: the curve takes it as ordered, {ordered_h * 60:g} min and {then}.")
        return (route, start_h, hold_h, bolus.dose_mg, 0.0 if then == "spat out" else 1.0)
    if bolus.over_minutes:
        return ("iv infusion", start_h, bolus.over_minutes / 60, bolus.dose_mg, 0.0)
    return (route, start_h, 0.0, bolus.dose_mg, 0.0)


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


@lru_cache(maxsize=256)
def _forecast(
    doses: Doses,
    basis: str,
    molecule: str,
    weight_kg: float,
    age_years: int | None,
    sex: Any,
    minutes: int,
) -> dict[str, Any]:
    listed: list[Any] = []
    for route, start_h, lasts_h, dose_mg, more in doses:
        given: dict[str, Any] = {"dose_mg": dose_mg, "at_h": start_h, "basis": basis}
        if route == "iv infusion":
            listed.append(Infusion(duration_h=lasts_h, **given))
        elif route == "devices":
            listed.append(NasalDevices(devices=int(more), every_h=lasts_h, **given))
        elif route == "sublingual":
            listed.append(Sublingual(hold_h=lasts_h, swallowed=more, **given))
        elif route in INJECTIONS:
            listed.append(INJECTIONS[route](**given))
        else:
            raise PharmacologyError(
                f"what reaches the blood of a dose by {route} depends on the product, and is not known"
            )
    times_h = [minute / 60 for minute in range(0, minutes + 1, STEP_MINUTES)]
    person = Person(weight_kg=weight_kg, age_years=age_years, sex=sex)
    return forecast(listed, person, times_h, molecule=molecule)


def _for_axis(found: dict[str, Any], zero: datetime, number: int, notes: Sequence[str]) -> dict[str, Any]:
    return {
        **_curve(found, zero),
        "for_head": number,
        "warnings": [*notes, *_texts(found["warnings"])],
        "also": [_curve(other, zero) for other in found.get("also", ())],
        "effect_site": found.get("effect_site"),
    }


def _curve(found: dict[str, Any], zero: datetime) -> dict[str, Any]:
    start_ms = zero.timestamp() * 1000
    return {
        "model": found["model"],
        "citation": found["citation"],
        "site": found["site"],
        "population": found["population"],
        "analyte": found["analyte"],
        "unit": found["unit"],
        "people": found["people"],
        "at": [round(start_ms + hours * 3_600_000) for hours in found["times_h"]],
        "typical": found["typical"],
        "p5": found["p5"],
        "p50": found["p50"],
        "p95": found["p95"],
        "warnings": _texts(found["warnings"]),
    }


def _texts(warnings: Sequence[Any]) -> list[str]:
    return [str(warning) for warning in warnings]
