"""The person a prediction is for. What is not known is left out; nothing is assumed silently."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ketachart.pharmacology.errors import BadInput

Sex = Literal["female", "male"]
Ancestry = Literal["asian", "japanese", "other"]
Impairment = Literal["none", "mild", "moderate", "severe"]

_CHOICES = {
    "sex": ("female", "male"),
    "ancestry": ("asian", "japanese", "other"),
    "hepatic_impairment": ("none", "mild", "moderate", "severe"),
    "renal_impairment": ("none", "mild", "moderate", "severe"),
}


@dataclass(frozen=True)
class Person:
    """Covariates of one person; each may be unknown (None).

    Parameters
    ----------
    weight_kg : float, optional
        Needed by every model whose volumes or clearances scale with weight.
    age_years : float, optional
        Used by Perez-Ruixo 2021 above 60 years, and to check validity.
    height_cm : float, optional
        With the weight gives the body mass index, which is checked against what was studied.
    sex : {"female", "male"}, optional
    ancestry : {"asian", "japanese", "other"}, optional
        Used by Perez-Ruixo 2021 only.
    pregnant : bool, optional
    hepatic_impairment, renal_impairment : {"none", "mild", "moderate", "severe"}, optional

    Raises
    ------
    BadInput
        For values that no person has.
    """

    weight_kg: float | None = None
    age_years: float | None = None
    height_cm: float | None = None
    sex: Sex | None = None
    ancestry: Ancestry | None = None
    pregnant: bool | None = None
    hepatic_impairment: Impairment | None = None
    renal_impairment: Impairment | None = None

    def __post_init__(self) -> None:
        for name, low, high in (("weight_kg", 0.5, 400.0), ("age_years", 0.0, 120.0), ("height_cm", 30.0, 250.0)):
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise BadInput(f"{name} is {value!r}", field=name, fix="give a finite number")
            if not low <= value <= high:
                raise BadInput(f"{name} is {value:g}", field=name, fix=f"it must lie between {low:g} and {high:g}")
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise BadInput(f"{name} is {value!r}", field=name, fix=f"use one of {', '.join(allowed)}")

    @property
    def body_mass_index(self) -> float | None:
        """kg/m2, when weight and height are known."""
        if self.weight_kg is None or self.height_cm is None:
            return None
        return self.weight_kg / (self.height_cm / 100.0) ** 2

    @property
    def is_asian(self) -> bool:
        """Asian or Japanese, as Perez-Ruixo 2021 codes it."""
        return self.ancestry in ("asian", "japanese")
