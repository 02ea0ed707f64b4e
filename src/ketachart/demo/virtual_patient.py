"""A virtual patient: vital signs that answer to the drug that was given.

The rise of blood pressure and heart rate follows the predicted concentration; its mean at the usual peak is the
published one. Everything else (baseline, scatter, breathing) is invented for the demonstration and says nothing clinical.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from ketachart.pharmacology import vital_sign_rise

MEAN_RISE: Final = vital_sign_rise("vankawala")  # mean of each treatment's greatest increase, with its source

# Predicted arterial peak after 0.5 mg/kg over 40 min at 70 kg (Kamp 2020): the concentration at which the rise is the mean one.
REFERENCE_PEAK_NG_PER_ML: Final = 253.0


@dataclass(frozen=True)
class Baseline:
    """Resting values of one invented person, and how strongly this person answers (1 is the mean)."""

    systolic_mmhg: float
    diastolic_mmhg: float
    heart_rate_per_min: float
    spo2_percent: float
    respiratory_rate_per_min: float
    response: float


@dataclass(frozen=True)
class Vitals:
    systolic_mmhg: int
    diastolic_mmhg: int
    heart_rate_per_min: int
    spo2_percent: int
    respiratory_rate_per_min: int

    def as_content(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def invent_baseline(chance: random.Random) -> Baseline:
    return Baseline(
        systolic_mmhg=min(126.0, chance.gauss(118, 6)),
        diastolic_mmhg=min(80.0, chance.gauss(74, 4)),
        heart_rate_per_min=max(60.0, min(84.0, chance.gauss(72, 6))),
        spo2_percent=chance.uniform(96.5, 98.9),
        respiratory_rate_per_min=chance.gauss(14.5, 1.2),
        response=max(0.2, chance.gauss(1.0, 0.35)),
    )


def vitals_at(baseline: Baseline, concentration_ng_per_ml: float, chance: random.Random) -> Vitals:
    """What a monitor would read at this concentration."""
    share = concentration_ng_per_ml / REFERENCE_PEAK_NG_PER_ML * baseline.response
    systolic = baseline.systolic_mmhg + MEAN_RISE.systolic_mmhg * share + chance.gauss(0, 3)
    diastolic = baseline.diastolic_mmhg + MEAN_RISE.diastolic_mmhg * share + chance.gauss(0, 2.5)
    return Vitals(
        systolic_mmhg=round(systolic),
        diastolic_mmhg=round(min(diastolic, systolic - 15)),
        heart_rate_per_min=round(
            baseline.heart_rate_per_min + (MEAN_RISE.heart_rate_per_min or 0.0) * share + chance.gauss(0, 2)
        ),
        spo2_percent=min(100, round(baseline.spo2_percent - 0.4 * min(share, 2) + chance.gauss(0, 0.5))),
        respiratory_rate_per_min=max(8, round(baseline.respiratory_rate_per_min + chance.gauss(0, 0.9))),
    )
