"""Predicted over observed, row by row, and what it adds up to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ketachart.pharmacology.bands import Question
from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.errors import PharmacologyError
from ketachart.pharmacology.prediction import Curve, Prediction
from ketachart.pharmacology.salts import MOLAR_MASS_G_PER_MOL
from ketachart.pharmacology.simulation import predict
from ketachart.pharmacology.validation.observed import Observed, observed_rows
from ketachart.pharmacology.validation.plans import NotScored, Plan, plan_for


@dataclass(frozen=True)
class Result:
    """One row with its prediction in the unit of the row, or the reason why there is none.

    Parameters
    ----------
    row : Observed
    predicted : float, optional
    model : str
        Id of the model.
    data : str
        "external", "own data" or "left out"; empty when not scored.
    reason : str
        Why it is not scored.
    """

    row: Observed
    predicted: float | None = None
    model: str = ""
    data: str = ""
    reason: str = ""

    @property
    def ratio(self) -> float:
        """Predicted over observed (NaN when not scored)."""
        return math.nan if self.predicted is None else self.predicted / self.row.value

    @property
    def fold_error(self) -> float:
        """The ratio or its inverse, whichever is above 1."""
        return max(self.ratio, 1.0 / self.ratio)

    @property
    def route(self) -> str:
        """The route in one word, for grouping."""
        return route_group(self.row.route)


def route_group(route: str) -> str:
    """Intravenous, nasal, sublingual, oral, oral prolonged release, intramuscular, rectal."""
    for word, group in (
        ("IV", "intravenous"),
        ("IN", "nasal"),
        ("SL", "sublingual"),
        ("PO prolonged", "oral prolonged release"),
        ("PO controlled", "oral prolonged release"),
        ("PO", "oral"),
        ("IM", "intramuscular"),
        ("rectal", "rectal"),
    ):
        if route.startswith(word):
            return group
    return route


def metric_group(metric: str) -> str:
    """Peak, time of peak, exposure, bioavailability, concentration at a time, or disposition."""
    if metric.startswith(("C_", "Css")):
        return "concentration"
    if metric.startswith("AUC_ratio"):
        return "metabolite ratio"
    if metric.startswith("AUC"):
        return "area"
    return {"Cmax": "peak", "Tmax": "time of peak", "F": "bioavailability"}.get(metric, "half-life, clearance, volume")


@dataclass(frozen=True)
class Summary:
    """AAFE (average absolute fold error), bias and shares over some results."""

    n: int
    aafe: float
    bias: float
    within_1_25: float
    within_1_5: float
    within_2: float


def summarise(results: Iterable[Result]) -> Summary:
    """Summary of the scored results. Raises ValueError when there is none.

    AAFE = exp(mean |ln(predicted / observed)|); bias = exp(mean ln(predicted / observed)).
    """
    logs = np.log([result.ratio for result in results if result.predicted is not None])
    if logs.size == 0:
        raise ValueError("no scored row")
    folds = np.abs(logs)
    return Summary(
        n=int(logs.size),
        aafe=float(np.exp(folds.mean())),
        bias=float(np.exp(logs.mean())),
        within_1_25=float(np.mean(folds <= math.log(1.25) + 1e-12)),
        within_1_5=float(np.mean(folds <= math.log(1.5) + 1e-12)),
        within_2=float(np.mean(folds <= math.log(2.0) + 1e-12)),
    )


def score_all(progress: Callable[[int, int], None] | None = None) -> list[Result]:
    """Predict every row that a model should predict.

    Returns
    -------
    list of Result
        One per row of the file, in its order.
    """
    rows = observed_rows()
    found = []
    for number, row in enumerate(rows):
        if progress is not None:
            progress(number + 1, len(rows))
        plan = plan_for(row)
        found.append(_not_scored(row, plan) if isinstance(plan, NotScored) else score(row, plan))
    return found


def _not_scored(row: Observed, plan: NotScored) -> Result:
    return Result(row, reason=plan.reason)


def score(row: Observed, plan: Plan) -> Result:
    """Predict one row by its plan."""
    question = Question(plan.serving, plan.doses, plan.person, plan.apart)
    prediction = predict(question, np.array([0.0]))
    value = plan.scale * _metric(row, plan, prediction)
    return Result(row, value, prediction.model, plan.data)


def score_with(row: Observed, plan: Plan, other: Plan) -> Result | None:
    """The same row by another model; None where that model cannot serve it."""
    try:
        return score(row, other)
    except PharmacologyError:
        return None


def _metric(row: Observed, plan: Plan, prediction: Prediction) -> float:
    curve = prediction[plan.analyte]
    total_mg = sum(dose.total_base_mg for dose in plan.doses)
    weight = plan.person.weight_kg or 70.0
    window = plan.window_h
    name = plan.analyte.split("-")[-1]
    match row.metric:
        case "Cmax":
            value = float(curve.at([plan.first_sample_h])[0]) if plan.first_sample_h is not None else _peak(curve, plan)
            return _level(value, row.unit, name)
        case "C_reported" | "C_1h" | "C_2h" | "C_3h" | "C_4h" | "C_5h" if row.metric != "C_reported":
            return _level(float(curve.at([float(row.metric[2])])[0]), row.unit, name)
        case "C_reported":
            return _level(curve.Cmax, row.unit, name)
        case "Css_anaesthesia":
            return _level(float(curve.at([plan.doses[-1].end_h])[0]), row.unit, name)
        case "Tmax":
            after_last_device = 10.0 / 60.0 if "after LAST" in row.spread_kind else 0.0
            return (curve.Tmax_h - after_last_device) * (60.0 if row.unit == "min" else 1.0)
        case "F":
            return 100.0 * _required(prediction.bioavailability)
        case "AUC" if row.route.startswith("IV") or "prolonged" in row.route:
            whole = row.study.startswith("Hasan")
            return curve.AUC_ng_h_per_ml if whole or window is None else curve.auc(*window)
        case "AUC0-8_per_mg":
            return curve.auc(0.0, 8.0) / total_mg
        case "AUC" | "AUC0-8" | "AUC0-6":
            area = curve.auc(*window) if window is not None else curve.AUC_ng_h_per_ml
            return area * (60.0 if "min" in row.unit else 1.0)
        case "AUC_ratio_NK_K" | "AUC_ratio_HNK_K":
            return curve.AUC_ng_h_per_ml / prediction["ketamine"].AUC_ng_h_per_ml
        case "t_half" | "t_half_beta":
            return _slope_half_life(curve, window or (8.0, 24.0)) * (60.0 if row.unit == "min" else 1.0)
        case "CL":
            share = 0.5 if plan.analyte[:2] in ("S-", "R-") else 1.0
            litres_per_h = share * total_mg * 1000.0 / curve.AUC_ng_h_per_ml
            per = {"mL/min/kg": 1000.0 / 60.0 / weight, "mL/min": 1000.0 / 60.0, "L/h/70kg": 1.0}
            return litres_per_h * per[row.unit]
        case "Vss":
            return _steady_state_volume(curve, plan, total_mg) / (weight if row.unit == "L/kg" else 1.0)
    raise ValueError(f"no rule for {row.metric}")


def _required(value: float | None) -> float:
    if value is None:
        raise ValueError("no bioavailability")
    return value


def _peak(curve: Curve, plan: Plan) -> float:
    """Peak; after a film and a later infusion, the peak of the infusion."""
    last = plan.doses[-1]
    if len(plan.doses) == 2 and last.at_h == 6.0:
        return float(curve.at([last.end_h])[0])
    return curve.Cmax


def _level(value_ng_per_ml: float, unit: str, analyte: str) -> float:
    """In the unit of the row (nmol/mL and umol/L are the same)."""
    return value_ng_per_ml if unit == "ng/mL" else value_ng_per_ml / MOLAR_MASS_G_PER_MOL[analyte]


def _slope_half_life(curve: Curve, window_h: tuple[float, float]) -> float:
    times: FloatArray = np.linspace(*window_h, 9)
    slope = np.polyfit(times, np.log(curve.at(times)), 1)[0]
    return float(math.log(2.0) / -slope)


def _steady_state_volume(curve: Curve, plan: Plan, total_mg: float) -> float:
    """Clearance times mean residence time after an infusion, L (S or R alone: half the dose)."""
    share = 0.5 if plan.analyte[:2] in ("S-", "R-") else 1.0
    times: FloatArray = np.concatenate([np.linspace(0.0, 4.0, 2001), np.linspace(4.0, 240.0, 8000)[1:]])
    levels = curve.at(times)
    area = curve.AUC_ng_h_per_ml
    moment = float(np.trapezoid(times * levels, times))
    infusion = plan.doses[0]
    residence = moment / area - 0.5 * (infusion.end_h - infusion.at_h)
    return share * total_mg * 1000.0 / area * residence


def worst(results: Sequence[Result], limit: float = 2.0) -> list[Result]:
    """Scored rows outside `limit`-fold, worst first."""
    outside = [result for result in results if result.predicted is not None and result.fold_error > limit]
    return sorted(outside, key=lambda result: -result.fold_error)
