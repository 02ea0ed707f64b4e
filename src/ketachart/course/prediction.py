"""The predicted exposure beside a plan: model, population, site and band are always said. It never changes a dose."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ketachart import pharmacology
from ketachart.course.kinds import PredictionShown
from ketachart.course.rules import Infusion, PlanInput

PEOPLE = 300
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 220, 52, 34, 12
HOURS = 4.0


@dataclass(frozen=True, kw_only=True)
class ExposureBand:
    """What the page draws, in drawing units, and what the record keeps."""

    shown: PredictionShown
    peak_minute: float
    band_points: str
    typical_points: str
    y_ticks: tuple[tuple[float, str], ...]
    x_ticks: tuple[tuple[float, str], ...]
    end_of_infusion_x: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right_edge: int = WIDTH - 12
    top: int = TOP
    bottom_edge: int = HEIGHT - BOTTOM


def predict(plan: PlanInput, infusion: Infusion, *, age_years: int | None, sex: str | None) -> ExposureBand | None:
    """None while the plan is incomplete, or when no model serves this person: then nothing is drawn."""
    if not infusion.complete or infusion.dose_mg is None or infusion.minutes_at_rate is None or plan.weight_kg is None:
        return None
    if plan.product is None or plan.product.molecule != "racemic ketamine" or plan.product.salt_or_base != "base":
        return None
    hours = np.linspace(0.0, HOURS, 97)
    try:
        prediction = pharmacology.simulate(
            pharmacology.Infusion(dose_mg=float(infusion.dose_mg), duration_h=float(infusion.minutes_at_rate) / 60),
            pharmacology.Person(
                weight_kg=float(plan.weight_kg),
                age_years=age_years,
                sex=known_sex(sex),
            ),
            times_h=hours,
            people=PEOPLE,
            also=False,
        )
    except pharmacology.PharmacologyError:
        return None
    curve = prediction.analytes["ketamine"]
    if curve.p5 is None or curve.p50 is None or curve.p95 is None or curve.Cmax_p5 is None:
        return None  # a prediction without its band is not shown
    highest = float(max(curve.p95.max(), 1.0))
    step = _step(highest)
    top_value = step * np.ceil(highest / step)

    def place(hour: float, value: float) -> str:
        x = LEFT + hour / HOURS * (WIDTH - 12 - LEFT)
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
        peak_minute=round(curve.Tmax_h * 60),
        band_points=" ".join(upper + lower[::-1]),
        typical_points=" ".join(place(h, v) for h, v in zip(hours, curve.p50, strict=True)),
        y_ticks=tuple(
            (float(place(0, value).split(",")[1]), f"{value:g}") for value in np.arange(0, top_value + step / 2, step)
        ),
        x_ticks=tuple((float(place(hour, 0).split(",")[0]), f"{hour:g} h") for hour in range(int(HOURS) + 1)),
        end_of_infusion_x=float(place(float(infusion.minutes_at_rate) / 60, 0).split(",")[0]),
    )


def known_sex(sex: str | None) -> Literal["female", "male"] | None:
    """The models know two; for anybody else the covariate stays unknown."""
    return "female" if sex == "female" else "male" if sex == "male" else None


def _step(highest: float) -> float:
    """A round step that gives three to six lines."""
    power = 10.0 ** np.floor(np.log10(highest / 3))
    return float(next(power * factor for factor in (1, 2, 5, 10) if highest / (power * factor) <= 6))
