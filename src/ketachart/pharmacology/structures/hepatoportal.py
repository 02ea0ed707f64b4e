"""Perez-Ruixo 2021: three-compartment esketamine with a hepato-portal compartment, apparent two-compartment noresketamine.

The portal compartment takes what is swallowed; it exchanges with plasma by the hepatic flow and loses drug by kel (other) and
kmet (to noresketamine), so first pass and systemic clearance are one mechanism.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.model_file import Dimension
from ketachart.pharmacology.structures.exchange import exchange_modes
from ketachart.pharmacology.structures.mammillary import NG_PER_ML, central_modes

PARAMETERS: Mapping[str, Dimension] = {
    "FRn": "fraction",
    "repeat_FRn": "fraction",
    "japanese_FRn": "fraction",
    "ka_nose": "rate",
    "D_swallowed": "time",
    "ka_swallowed": "rate",
    "D_oral": "time",
    "ka_oral": "rate",
    "F_gut": "fraction",
    "Vc": "volume",
    "Q1": "flow",
    "Vp1": "volume",
    "Q2": "flow",
    "Vp2": "volume",
    "Qh": "flow",
    "age_Qh": "flow",
    "Vh": "volume",
    "kel": "rate",
    "asian_kel": "fraction",
    "kmet": "rate",
    "VN1": "volume",
    "CLN": "flow",
    "asian_CLN": "fraction",
    "QN": "flow",
    "VN2": "volume",
}


def build(values: Mapping[str, FloatArray]) -> ModeBank:
    """Bank of esketamine and noresketamine.

    Parameters
    ----------
    values : mapping of parameter name to array (N,)

    Returns
    -------
    ModeBank
        Analytes "ketamine", "norketamine"; channels "iv", "portal", "nose", "gut_swallowed", "gut_oral", ng/mL per mg that
        enters the channel (Fgut is applied to the dose).
    """
    volumes = np.stack([values["Vc"], values["Vp1"], values["Vp2"], values["Vh"]])
    losses = values["Vh"] * (values["kel"] + values["kmet"])
    rates, shares = exchange_modes(
        volumes, {(0, 1): values["Q1"], (0, 2): values["Q2"], (0, 3): values["Qh"]}, {3: losses}
    )
    bank = ModeBank(
        rates,
        np.stack([shares[0], shares[3]]),
        {"iv": NG_PER_ML * shares[0], "portal": NG_PER_ML * shares[3]},
        ("ketamine", "liver"),
    )
    own_rates, own_residues = central_modes(values["VN1"], values["CLN"], [(values["VN2"], values["QN"])])
    bank = bank.with_metabolite(
        "norketamine",
        "liver",
        formation_l_per_h=values["kmet"] * values["Vh"],
        rates_per_h=own_rates,
        residues_per_l=own_residues,
    )
    bank = bank.with_depot("nose", values["ka_nose"], {"iv": 1.0})
    bank = bank.with_depot("gut_swallowed", values["ka_swallowed"], {"portal": 1.0})
    bank = bank.with_depot("gut_oral", values["ka_oral"], {"portal": 1.0})
    return bank.only(("ketamine", "norketamine"))
