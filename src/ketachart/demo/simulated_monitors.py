"""What the simulated monitors measure: virtual patients on the model's curve of a usual infusion, begun at the start."""

from __future__ import annotations

import random
from functools import cache

from ketachart.demo.virtual_patient import Baseline, invent_baseline, vitals_at
from ketachart.devices.simulator import Vitals
from ketachart.pharmacology import Infusion, Person, simulate

HOURS = 3.0
STEP_S = 30.0
WEIGHT_KG = 75.0


def simulated_vitals(seed: int) -> Vitals:
    """One invented person a place; what is measured follows the typical concentration of 0.5 mg/kg over 40 minutes."""
    baselines: dict[int, Baseline] = {}
    chances: dict[int, random.Random] = {}

    def vitals(place: int, seconds: float) -> dict[str, float]:
        chance = chances.setdefault(place, random.Random(seed * 1000 + place))  # noqa: S311  invented readings
        baseline = baselines.setdefault(place, invent_baseline(chance))
        return dict(vitals_at(baseline, _concentration(seconds), chance).as_content())

    return vitals


@cache
def _curve() -> list[float]:
    times_h = [step * STEP_S / 3600 for step in range(int(HOURS * 3600 / STEP_S) + 1)]
    prediction = simulate(
        doses=[Infusion(dose_mg=0.5 * WEIGHT_KG, duration_h=40 / 60)],
        person=Person(weight_kg=WEIGHT_KG),
        times_h=times_h,
        people=1,
        seed=1,
    )
    return [float(value) for value in prediction.analytes["ketamine"].typical]


def _concentration(seconds: float) -> float:
    curve = _curve()
    return curve[min(int(seconds % (HOURS * 3600) / STEP_S), len(curve) - 1)]
