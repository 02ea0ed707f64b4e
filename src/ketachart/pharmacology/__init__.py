"""How ketamine moves through a body: doses in, concentrations out. Stands alone: no Django, no input or output.

    >>> from ketachart.pharmacology import Infusion, Person, simulate
    >>> prediction = simulate(Infusion(dose_mg=35, duration_h=40 / 60), Person(weight_kg=70, age_years=40))

Every prediction carries its model, population, sampling site (arterial or venous), band and warnings.
"""

from __future__ import annotations

from ketachart.pharmacology.doses import (
    Bolus,
    Infusion,
    IntramuscularInjection,
    NasalDevices,
    Oral,
    PumpLog,
    RateChange,
    Rectal,
    SubcutaneousInjection,
    Sublingual,
    repeated,
)
from ketachart.pharmacology.errors import BadInput, ModelFileError, PharmacologyError, Unsupported
from ketachart.pharmacology.forecast import forecast, steps
from ketachart.pharmacology.interactions import interactions
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.pharmacodynamics import vital_sign_rise
from ketachart.pharmacology.prediction import Curve, Prediction
from ketachart.pharmacology.simulate import simulate

__all__ = [
    "BadInput",
    "Bolus",
    "Curve",
    "Infusion",
    "IntramuscularInjection",
    "ModelFileError",
    "NasalDevices",
    "Oral",
    "Person",
    "PharmacologyError",
    "Prediction",
    "PumpLog",
    "RateChange",
    "Rectal",
    "SubcutaneousInjection",
    "Sublingual",
    "Unsupported",
    "forecast",
    "interactions",
    "repeated",
    "simulate",
    "steps",
    "vital_sign_rise",
]
