"""The common case: three-compartment parent, two-compartment metabolite, effect site; 35 mg over 40 min; and a fuller model."""

from __future__ import annotations

import numpy as np

from ketachart.pharmacology.engine import Depot, Input, Metabolite, ModeBank, mammillary

TIMES_H = np.linspace(0.0, 24.0, 241)
INFUSION = [Input("iv", 0.0, 35.0, 40 / 60)]
TYPICAL = {
    "CL": 80.0, "V1": 30.0, "Q2": 100.0, "V2": 60.0, "Q3": 30.0, "V3": 140.0, "fm": 0.7, "CLm": 60.0, "Vm": 40.0,
    "Qm": 40.0, "Vm2": 100.0, "ke0": 6.0,
}  # fmt: skip
SPREAD = {"CL": 0.30, "V1": 0.35, "Q2": 0.25, "V3": 0.30, "CLm": 0.40, "ke0": 0.40}


def parameters(random: np.random.Generator, people: int) -> dict[str, np.ndarray]:
    """Parameters of `people` people, log-normal around the typical values."""
    drawn: dict[str, np.ndarray] = {}
    for name, typical in TYPICAL.items():
        sd = SPREAD.get(name)
        drawn[name] = typical * np.exp(sd * random.standard_normal(people)) if sd else np.full(people, typical)
    return drawn


def bank_from(p: dict[str, np.ndarray]) -> ModeBank:
    """Bank of the common case: 6 modes, 3 analytes."""
    return mammillary(
        clearance_l_per_h=p["CL"],
        volumes_l=(p["V1"], p["V2"], p["V3"]),
        flows_l_per_h=(p["Q2"], p["Q3"]),
        metabolites=[Metabolite("norketamine", p["fm"] * p["CL"], p["CLm"], (p["Vm"], p["Vm2"]), (p["Qm"],))],
        effect_site_rate_per_h=p["ke0"],
    )


def sampler(random: np.random.Generator, people: int) -> ModeBank:
    """Sampler of the common case, for populations."""
    return bank_from(parameters(random, people))


def full_bank(p: dict[str, np.ndarray]) -> ModeBank:
    """Fuller ketamine model: norketamine and hydroxynorketamine, effect site, intramuscular and oral absorption."""
    return mammillary(
        clearance_l_per_h=p["CL"],
        volumes_l=(p["V1"], p["V2"], p["V3"]),
        flows_l_per_h=(p["Q2"], p["Q3"]),
        metabolites=[
            Metabolite("norketamine", p["fm"] * p["CL"], p["CLm"], (p["Vm"], p["Vm2"]), (p["Qm"],)),
            Metabolite("hydroxynorketamine", 0.7 * p["CLm"], 56.0, (20.0, 87.5), (100.0,), of="norketamine"),
        ],
        effect_site_rate_per_h=p["ke0"],
        depots=[
            Depot("im", 4.0, {"iv": 0.93}),
            Depot("oral", 1.3, {"iv": 0.18, "norketamine": 0.7 * 0.82}),
        ],
    )


FULL_INPUTS = [Input("im", 0.0, 35.0), Input("oral", 0.5, 50.0, 0.32), Input("iv", 1.0, 10.0, 40 / 60)]
