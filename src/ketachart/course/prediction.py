"""The predicted exposure beside a plan: model, population, site and band are always said. It never changes a dose."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import numpy as np

from ketachart import pharmacology
from ketachart.course.dose_limits import DoseKnowledge
from ketachart.course.doses import compute_dose
from ketachart.course.kinds import PredictionShown
from ketachart.course.rules import PlanInput, compute_infusion
from ketachart.pharmacology.doses import AnyDose

PEOPLE = 300
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 220, 52, 34, 12
HOURS = 4.0
LATE_HOURS = 8.0
RACEMIC, ESKETAMINE = "racemic ketamine", "esketamine"


@dataclass(frozen=True, kw_only=True)
class ExposureBand:
    """What the page draws, in drawing units, and what the record keeps."""

    shown: PredictionShown
    peak_minute: float
    band_points: str
    typical_points: str
    y_ticks: tuple[tuple[float, str], ...]
    x_ticks: tuple[tuple[float, str], ...]
    end_of_infusion_x: float | None
    molecule: str = "racemic"
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right_edge: int = WIDTH - 12
    top: int = TOP
    bottom_edge: int = HEIGHT - BOTTOM


def predict(
    plan: PlanInput, knowledge: DoseKnowledge, *, weight_kg: Decimal | None, age_years: int | None, sex: str | None
) -> ExposureBand | None:
    """None while the plan is incomplete, or when no model serves this product or person: then nothing is drawn."""
    given = doses_of(plan, knowledge)
    if given is None:
        return None
    person = pharmacology.Person(
        weight_kg=None if weight_kg is None else float(weight_kg), age_years=age_years, sex=known_sex(sex)
    )
    ends_h = float(plan.infusion_minutes) / 60 if plan.route == "IV" and plan.infusion_minutes else None
    return band_of(given[0], given[1], person, hours_shown(plan.route, ends_h), ends_h)


def hours_shown(route: str | None, ends_h: float | None) -> float:
    """Long enough to see the peak come and go: swallowed drug comes late."""
    hours = LATE_HOURS if route in ("sublingual", "oral", "rectal") else HOURS
    return max(hours, float(np.ceil((ends_h or 0.0) + 2)))


def doses_of(plan: PlanInput, knowledge: DoseKnowledge) -> tuple[str, tuple[AnyDose, ...]] | None:
    """The planned dose as the pharmacology library takes it, in mg of base. None: incomplete, or no such model."""
    if plan.product is None:
        return None
    if plan.route == "IV":
        infusion = compute_infusion(plan, knowledge)
        if infusion.dose_mg is None or infusion.minutes_at_rate is None or plan.product.molecule != RACEMIC:
            return None
        if plan.product.salt_or_base != "base":
            return None
        return "racemic", (
            pharmacology.Infusion(dose_mg=float(infusion.dose_mg), duration_h=float(infusion.minutes_at_rate) / 60),
        )
    dose = compute_dose(plan, knowledge)
    if not dose.complete or dose.base_dose_mg is None:
        return None
    base_mg = float(dose.base_dose_mg)
    if plan.product.molecule == ESKETAMINE and plan.route == "nasal" and dose.units and dose.unit_mg:
        apart_h = float(knowledge.rule("DO32").limit("minutes_between_devices")) / 60
        return "esketamine", (
            pharmacology.NasalDevices(dose_mg=float(dose.unit_mg), devices=dose.units, every_h=apart_h),
        )
    if plan.product.molecule != RACEMIC:
        return None
    if plan.route in ("IM", "SC"):
        kind = pharmacology.IntramuscularInjection if plan.route == "IM" else pharmacology.SubcutaneousInjection
        at_h, injections = 0.0, []
        for part in dose.parts:
            at_h += float(part.after_minutes or 0) / 60
            injections.append(kind(dose_mg=float(part.dose_mg), at_h=at_h))
        return "racemic", tuple(injections)
    if plan.route == "sublingual" and plan.hold_minutes is not None and plan.then is not None:
        swallowed = 1.0 if plan.then == "swallow" else 0.0
        return "racemic", (
            pharmacology.Sublingual(dose_mg=base_mg, hold_h=float(plan.hold_minutes) / 60, swallowed=swallowed),
        )
    if plan.route == "oral":
        return "racemic", (pharmacology.Oral(dose_mg=base_mg),)
    if plan.route == "rectal":
        return "racemic", (pharmacology.Rectal(dose_mg=base_mg),)
    return None  # a compounded spray: its bioavailability is the product's own and is not known


@lru_cache(maxsize=256)
def band_of(
    molecule: str, doses: tuple[AnyDose, ...], person: pharmacology.Person, last_hour: float, ends_h: float | None
) -> ExposureBand | None:
    """Cached: the same question has the same answer, and a page asks it at every key."""
    hours = np.linspace(0.0, last_hour, 97)
    try:
        prediction = pharmacology.simulate(
            list(doses), person, molecule=molecule, times_h=hours, people=PEOPLE, also=False
        )
    except pharmacology.PharmacologyError:
        return None
    curve = prediction.analytes["ketamine" if "ketamine" in prediction.analytes else next(iter(prediction.analytes))]
    if curve.p5 is None or curve.p50 is None or curve.p95 is None or curve.Cmax_p5 is None:
        return None  # a prediction without its band is not shown
    highest = float(max(curve.p95.max(), 1.0))
    step = _step(highest)
    top_value = step * np.ceil(highest / step)

    def place(hour: float, value: float) -> str:
        x = LEFT + hour / last_hour * (WIDTH - 12 - LEFT)
        y = HEIGHT - BOTTOM - value / top_value * (HEIGHT - BOTTOM - TOP)
        return f"{x:.1f},{y:.1f}"

    lower = [place(h, v) for h, v in zip(hours, curve.p5, strict=True)]
    upper = [place(h, v) for h, v in zip(hours, curve.p95, strict=True)]
    return ExposureBand(
        shown=PredictionShown(
            model=prediction.model,
            population=prediction.population,
            site=prediction.site,
            peak_ng_per_ml_p5=round(float(curve.Cmax_p5), 1),
            peak_ng_per_ml_p50=round(float(curve.Cmax_p50 or 0.0), 1),
            peak_ng_per_ml_p95=round(float(curve.Cmax_p95 or 0.0), 1),
            warnings=tuple(prediction.warnings),
        ),
        molecule=molecule,
        peak_minute=round(curve.Tmax_h * 60),
        band_points=" ".join(upper + lower[::-1]),
        typical_points=" ".join(place(h, v) for h, v in zip(hours, curve.p50, strict=True)),
        y_ticks=tuple(
            (float(place(0, value).split(",")[1]), f"{value:g}") for value in np.arange(0, top_value + step / 2, step)
        ),
        x_ticks=tuple((float(place(hour, 0).split(",")[0]), f"{hour:g} h") for hour in range(int(last_hour) + 1)),
        end_of_infusion_x=None if ends_h is None else float(place(ends_h, 0).split(",")[0]),
    )


def known_sex(sex: str | None) -> Literal["female", "male"] | None:
    """The models know two; for anybody else the covariate stays unknown."""
    return "female" if sex == "female" else "male" if sex == "male" else None


def _step(highest: float) -> float:
    """A round step that gives three to six lines."""
    power = 10.0 ** np.floor(np.log10(highest / 3))
    return float(next(power * factor for factor in (1, 2, 5, 10) if highest / (power * factor) <= 6))
