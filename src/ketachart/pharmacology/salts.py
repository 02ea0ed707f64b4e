"""Salt and base, mass and moles: the only place where they are converted.

Doses inside this part are always mg of base. Racemic vials in the United States state the base (50 mg base is 57.67 mg
hydrochloride); study doses are sometimes the salt.
"""

from __future__ import annotations

from typing import Literal

from ketachart.pharmacology.errors import BadInput

DoseBasis = Literal["base", "hydrochloride"]

BASE_PER_HYDROCHLORIDE = 0.867
"""mg base in 1 mg hydrochloride. Simons thesis p. 28: 57.7 mg S-ketamine HCl = 50 mg base; Spravato label: 32.3 mg
esketamine HCl = 28 mg base; Ketalar label: 57.67 mg = 50 mg base."""

MOLAR_MASS_G_PER_MOL = {
    "ketamine": 237.73,
    "norketamine": 223.70,
    "dehydronorketamine": 221.68,
    "hydroxynorketamine": 239.70,
}
"""Molar masses of the bases, g/mol; the same for both enantiomers."""


def base_mg(dose_mg: float, basis: DoseBasis = "base") -> float:
    """Milligrams of base in a dose.

    Parameters
    ----------
    dose_mg : float
        Dose in mg of what `basis` names.
    basis : {"base", "hydrochloride"}

    Returns
    -------
    float
        mg of base.

    Raises
    ------
    BadInput
        For any other basis.
    """
    if basis == "base":
        return dose_mg
    if basis == "hydrochloride":
        return dose_mg * BASE_PER_HYDROCHLORIDE
    raise BadInput(f"dose basis {basis!r} is unknown", field="basis", fix="say 'base' or 'hydrochloride'")


def hydrochloride_mg(base_dose_mg: float) -> float:
    """Milligrams of hydrochloride that hold `base_dose_mg` of base."""
    return base_dose_mg / BASE_PER_HYDROCHLORIDE


def _molar_mass(analyte: str) -> float:
    try:
        return MOLAR_MASS_G_PER_MOL[analyte]
    except KeyError:
        known = ", ".join(MOLAR_MASS_G_PER_MOL)
        raise BadInput(f"no molar mass of {analyte!r}", field="analyte", fix=f"use one of {known}") from None


def ng_per_ml_from_nmol_per_ml(concentration: float, analyte: str) -> float:
    """Concentration in ng/mL from nmol/mL (the unit of the Leiden papers)."""
    return concentration * _molar_mass(analyte)


def nmol_per_ml_from_ng_per_ml(concentration: float, analyte: str) -> float:
    """Concentration in nmol/mL from ng/mL."""
    return concentration / _molar_mass(analyte)
