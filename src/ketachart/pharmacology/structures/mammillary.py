"""A central compartment with up to two peripheral ones, and a metabolite with up to one.

Source: the usual two- and three-compartment disposition. The metabolite takes all that the parent's clearance removes
(mass flux), so its parameters are apparent, as Otto 2021 fitted them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.mammillary import disposition
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.model_file import Dimension

PARAMETERS: Mapping[str, Dimension] = {
    "V1": "volume",
    "CL": "flow",
    "V2": "volume",
    "Q2": "flow",
    "V3": "volume",
    "Q3": "flow",
    "VN1": "volume",
    "CLN": "flow",
    "VN2": "volume",
    "QN": "flow",
}

MICRO_PARAMETERS: Mapping[str, Dimension] = {
    "V1": "volume",
    "k10": "rate",
    "k12": "rate",
    "k13": "rate",
    "k21": "rate",
    "k31": "rate",
}

NG_PER_ML = 1000.0
"""mg/L to ng/mL."""


def central_modes(
    volume_l: FloatArray, clearance_l_per_h: FloatArray, peripheral: list[tuple[FloatArray, FloatArray]]
) -> tuple[FloatArray, FloatArray]:
    """Rates (K, N) and residues (K, N), 1/L, of a central compartment after a dose into it.

    Parameters
    ----------
    volume_l, clearance_l_per_h : arrays (N,)
    peripheral : list of (volume, flow), arrays (N,)
    """
    return disposition(
        clearance_l_per_h, [volume_l, *(volume for volume, _ in peripheral)], [flow for _, flow in peripheral]
    )


def _peripheral(values: Mapping[str, FloatArray], names: list[tuple[str, str]]) -> list[tuple[FloatArray, FloatArray]]:
    return [(values[volume], values[flow]) for volume, flow in names if volume in values]


def parent(values: Mapping[str, FloatArray]) -> ModeBank:
    """Bank of the parent alone: analyte "ketamine", channel "iv"."""
    rates, residues = central_modes(values["V1"], values["CL"], _peripheral(values, [("V2", "Q2"), ("V3", "Q3")]))
    return ModeBank(rates, np.ones((1, *rates.shape)), {"iv": NG_PER_ML * residues}, ("ketamine",))


def build(values: Mapping[str, FloatArray]) -> ModeBank:
    """Bank of parent and, when VN1 is given, norketamine.

    Parameters
    ----------
    values : mapping of parameter name to array (N,)

    Returns
    -------
    ModeBank
        Analytes "ketamine" and "norketamine"; channels "iv" and "norketamine" (what a first pass forms), ng/mL per mg.
    """
    bank = parent(values)
    if "VN1" not in values:
        return bank
    rates, residues = central_modes(values["VN1"], values["CLN"], _peripheral(values, [("VN2", "QN")]))
    return bank.with_metabolite(
        "norketamine", "ketamine", formation_l_per_h=values["CL"], rates_per_h=rates, residues_per_l=residues
    )


def build_micro(values: Mapping[str, FloatArray]) -> ModeBank:
    """Bank of a set given as a volume and rate constants (target-controlled infusion)."""
    volume = values["V1"]
    return build(
        {
            "V1": volume,
            "CL": values["k10"] * volume,
            "Q2": values["k12"] * volume,
            "V2": values["k12"] * volume / values["k21"],
            "Q3": values["k13"] * volume,
            "V3": values["k13"] * volume / values["k31"],
        }
    )
