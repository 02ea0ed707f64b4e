"""Ashraf 2018: gut wall (QGUT) and well-stirred liver at quasi-steady state, CYP2B6 activity as an input.

Everything extracted in gut wall and liver becomes norketamine, which passes gut wall and liver itself. Flows and the fraction
unbound in blood are used as in the deposited control stream.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.model_file import Dimension
from ketachart.pharmacology.structures.mammillary import NG_PER_ML, central_modes

PARAMETERS: Mapping[str, Dimension] = {
    "ka": "rate",
    "V1": "volume",
    "Q2": "flow",
    "V2": "volume",
    "Q3": "flow",
    "V3": "volume",
    "CLint_liver": "flow",
    "CLint_gut": "flow",
    "CL_permeability": "flow",
    "VN1": "volume",
    "QN": "flow",
    "VN2": "volume",
    "CLint_liver_norketamine": "flow",
    "CLint_gut_norketamine": "flow",
    "fu": "fraction",
    "fu_norketamine": "fraction",
    "blood_to_plasma": "fraction",
    "blood_to_plasma_norketamine": "fraction",
    "QH_per_kg": "flow",
    "portal_share": "fraction",
    "intestinal_share": "fraction",
    "mucosal_share": "fraction",
    "villous_share": "fraction",
    "fm_cyp2b6": "fraction",
}


def extraction(values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Hepatic flow and the fractions that pass gut wall and liver.

    Parameters
    ----------
    values : mapping of parameter name to array (N,)
        May hold "cyp2b6_activity", the share of CYP2B6 that is left (1 = uninhibited).

    Returns
    -------
    dict of arrays (N,)
        "QH" (L/h), "F_gut", "F_liver", "F_gut_norketamine", "F_liver_norketamine".
    """
    flow = values["QH_per_kg"]
    villous = flow * values["intestinal_share"] * values["mucosal_share"] * values["villous_share"]
    through_gut = villous * values["CL_permeability"] / (villous + values["CL_permeability"])
    activity = values.get("cyp2b6_activity", np.ones_like(flow))
    left = activity * values["fm_cyp2b6"] + 1.0 - values["fm_cyp2b6"]
    liver = values["CLint_liver"] * left * values["fu"] / values["blood_to_plasma"]
    liver_nk = values["CLint_liver_norketamine"] * values["fu_norketamine"] / values["blood_to_plasma_norketamine"]
    return {
        "QH": flow,
        "F_gut": through_gut / (through_gut + values["CLint_gut"]),
        "F_liver": flow / (flow + liver),
        "F_gut_norketamine": villous / (villous + values["CLint_gut_norketamine"]),
        "F_liver_norketamine": flow / (flow + liver_nk),
    }


def build(values: Mapping[str, FloatArray]) -> ModeBank:
    """Bank of S-ketamine and norketamine, channels "iv" and "gut_oral", ng/mL per mg given."""
    passed = extraction(values)
    flow, f_gut, f_liver = passed["QH"], passed["F_gut"], passed["F_liver"]
    f_gut_nk, f_liver_nk = passed["F_gut_norketamine"], passed["F_liver_norketamine"]
    rates, residues = central_modes(
        values["V1"], flow * (1.0 - f_liver), [(values["V2"], values["Q2"]), (values["V3"], values["Q3"])]
    )
    bank = ModeBank(rates, np.ones((1, *rates.shape)), {"iv": NG_PER_ML * residues}, ("ketamine",))
    own_rates, own_residues = central_modes(values["VN1"], flow * (1.0 - f_liver_nk), [(values["VN2"], values["QN"])])
    bank = bank.with_metabolite(
        "norketamine",
        "ketamine",
        formation_l_per_h=flow * (1.0 - f_liver) * f_liver_nk,
        rates_per_h=own_rates,
        residues_per_l=own_residues,
    )
    first_pass_nk = ((1.0 - f_gut) * f_gut_nk + f_gut * (1.0 - f_liver)) * f_liver_nk
    return bank.with_depot("gut_oral", values["ka"], {"iv": f_gut * f_liver, "norketamine": first_pass_nk})
