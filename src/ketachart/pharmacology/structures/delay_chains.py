"""Simons 2022: S-ketamine, S-norketamine and S-hydroxynorketamine joined by two-step delay chains.

Film doses go two ways: through the mucosa into plasma, and swallowed straight into the metabolism chain. States are mg of
S-ketamine equivalents (moles are conserved); outputs are converted to each analyte's own mass.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.model_file import Dimension
from ketachart.pharmacology.salts import MOLAR_MASS_G_PER_MOL
from ketachart.pharmacology.structures.mammillary import central_modes, parent

PARAMETERS: Mapping[str, Dimension] = {
    "F_mucosa": "fraction",
    "D_mucosa": "time",
    "ka_mucosa": "rate",
    "F_swallowed": "fraction",
    "D_swallowed": "time",
    "ka_swallowed": "rate",
    "MTT_gut": "time",
    "V1": "volume",
    "V2": "volume",
    "V3": "volume",
    "CL": "flow",
    "Q2": "flow",
    "Q3": "flow",
    "MTT_norketamine": "time",
    "fm_norketamine": "fraction",
    "VN2": "volume",
    "CLN": "flow",
    "QN": "flow",
    "MTT_hydroxynorketamine": "time",
    "fm_hydroxynorketamine": "fraction",
    "VH1": "volume",
    "VH2": "volume",
    "CLH": "flow",
    "QH": "flow",
}

_CHAIN_GAP = 6e-6
"""The two equal steps of a chain are moved apart by this much, one up and one down: the error is its square."""


def _chain(bank: ModeBank, name: str, of: str, formation: FloatArray, mean_transit_h: FloatArray) -> ModeBank:
    """Add two delay steps of together `mean_transit_h`; analytes and channels `name` 1 and 2, in an arbitrary litre."""
    litre = np.ones((1, bank.people))
    rate = 2.0 / mean_transit_h
    first, second = rate * (1.0 - _CHAIN_GAP), rate * (1.0 + _CHAIN_GAP)
    bank = bank.with_metabolite(
        f"{name} 1", of, formation_l_per_h=formation, rates_per_h=first[np.newaxis], residues_per_l=litre
    )
    return bank.with_metabolite(
        f"{name} 2", f"{name} 1", formation_l_per_h=first, rates_per_h=second[np.newaxis], residues_per_l=litre
    )


def build(values: Mapping[str, FloatArray]) -> ModeBank:
    """Bank of the three analytes.

    Returns
    -------
    ModeBank
        Analytes "ketamine", "norketamine", "hydroxynorketamine", ng/mL of the analyte itself per mg; channels "iv", "mucosa"
        (depot), "gut_swallowed" (into the metabolism chain), and the inner ones.
    """
    mass = MOLAR_MASS_G_PER_MOL
    bank = parent(values)
    bank = _chain(bank, "to norketamine", "ketamine", values["CL"], values["MTT_norketamine"])
    rates, residues = central_modes(values["V1"], values["CLN"], [(values["VN2"], values["QN"])])
    step = 2.0 / values["MTT_norketamine"] * (1.0 + _CHAIN_GAP)
    bank = bank.with_metabolite(
        "norketamine",
        "to norketamine 2",
        formation_l_per_h=values["fm_norketamine"] * step,
        rates_per_h=rates,
        residues_per_l=residues,
    )
    bank = _chain(bank, "to hydroxynorketamine", "norketamine", values["CLN"], values["MTT_hydroxynorketamine"])
    rates, residues = central_modes(values["VH1"], values["CLH"], [(values["VH2"], values["QH"])])
    step = 2.0 / values["MTT_hydroxynorketamine"] * (1.0 + _CHAIN_GAP)
    bank = bank.with_metabolite(
        "hydroxynorketamine",
        "to hydroxynorketamine 2",
        formation_l_per_h=values["fm_hydroxynorketamine"] * step,
        rates_per_h=rates,
        residues_per_l=residues,
    )
    bank = bank.with_depot("mucosa", values["ka_mucosa"], {"iv": 1.0})
    bank = bank.with_depot("gut to liver", 1.0 / values["MTT_gut"], {"to norketamine 1": 1.0})
    bank = bank.with_depot("gut_swallowed", values["ka_swallowed"], {"gut to liver": 1.0})
    bank = bank.only(("ketamine", "norketamine", "hydroxynorketamine"))
    factor = np.array([1.0, mass["norketamine"] / mass["ketamine"], mass["hydroxynorketamine"] / mass["ketamine"]])
    return bank.scaled(factor)
