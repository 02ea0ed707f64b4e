"""How ketamine moves through a body: doses in, concentrations out. Stands alone: no Django, no input or output.

    >>> from ketachart.pharmacology import Infusion, Person, simulate
    >>> prediction = simulate(Infusion(dose_mg=35, duration_h=40 / 60), Person(weight_kg=70, age_years=40))

Every prediction carries its model, population, sampling site (arterial or venous), band and warnings.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
from ketachart.pharmacology.forecasting import forecast, steps
from ketachart.pharmacology.other_medicines import interactions
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.pharmacodynamics import vital_sign_rise
from ketachart.pharmacology.prediction import Curve, Prediction
from ketachart.pharmacology.simulation import simulate

if TYPE_CHECKING:
    from ketachart.pharmacology.describe import models
    from ketachart.pharmacology.individual import IndividualFit, Sample, fit_individual
    from ketachart.pharmacology.questions import DoseAnswer, compare_routes, dose_for_target, equivalent_dose

_LAZY = {
    "models": "describe",
    "IndividualFit": "individual",
    "Sample": "individual",
    "fit_individual": "individual",
    "DoseAnswer": "questions",
    "compare_routes": "questions",
    "dose_for_target": "questions",
    "equivalent_dose": "questions",
}
"""What is imported when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "BadInput",
    "Bolus",
    "Curve",
    "DoseAnswer",
    "IndividualFit",
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
    "Sample",
    "SubcutaneousInjection",
    "Sublingual",
    "Unsupported",
    "compare_routes",
    "dose_for_target",
    "equivalent_dose",
    "fit_individual",
    "forecast",
    "interactions",
    "models",
    "repeated",
    "simulate",
    "steps",
    "vital_sign_rise",
]
