"""The same models written as rate matrices, and solved by SciPy's expm: independent of the engine."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm


def ketamine_like(p: dict[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Three-compartment parent, two-compartment metabolite, effect site, two depots (im; oral with first pass).

    Amounts in mg (effect site: concentration x V1). Returns matrix (8, 8), channels, outputs (3, 8) in ng/mL.
    """
    m = np.zeros((8, 8))
    m[0, 0] = -(p["CL"] + p["Q2"] + p["Q3"]) / p["V1"]
    m[0, 1], m[1, 0], m[1, 1] = p["Q2"] / p["V2"], p["Q2"] / p["V1"], -p["Q2"] / p["V2"]
    m[0, 2], m[2, 0], m[2, 2] = p["Q3"] / p["V3"], p["Q3"] / p["V1"], -p["Q3"] / p["V3"]
    m[3, 0] = p["fm"] * p["CL"] / p["V1"]
    m[3, 3] = -(p["CLm"] + p["Qm"]) / p["Vm"]
    m[3, 4], m[4, 3], m[4, 4] = p["Qm"] / p["Vm2"], p["Qm"] / p["Vm"], -p["Qm"] / p["Vm2"]
    m[5, 0], m[5, 5] = p["ke0"], -p["ke0"]
    m[6, 6], m[0, 6] = -p["ka_im"], p["F_im"] * p["ka_im"]
    m[7, 7] = -p["ka_oral"]
    m[0, 7] = p["F_oral"] * p["ka_oral"]
    m[3, 7] = p["fm"] * (1 - p["F_oral"]) * p["ka_oral"]
    channels = {"iv": np.eye(8)[0], "im": np.eye(8)[6], "oral": np.eye(8)[7], "norketamine": np.eye(8)[3]}
    outputs = np.zeros((3, 8))
    outputs[0, 0] = 1000.0 / p["V1"]
    outputs[1, 3] = 1000.0 / p["Vm"]
    outputs[2, 5] = 1000.0 / p["V1"]
    return m, channels, outputs


def solve(
    matrix: np.ndarray,
    channels: dict[str, np.ndarray],
    outputs: np.ndarray,
    doses: list[tuple[str, float, float, float]],
    times: np.ndarray,
) -> np.ndarray:
    """Concentrations (A, T): every dose (channel, start, amount, duration) on its own, by expm, and added up."""
    n = matrix.shape[0]
    total = np.zeros((outputs.shape[0], len(times)))
    for channel, start, amount, duration in doses:
        column = channels[channel]
        for j, t in enumerate(times):
            if t < start:
                continue
            if duration == 0:
                state = expm(matrix * (t - start)) @ column * amount
            else:
                run = min(t - start, duration)
                augmented = np.zeros((n + 1, n + 1))
                augmented[:n, :n] = matrix
                augmented[:n, n] = column * amount / duration
                state = expm(matrix * (t - start - run)) @ expm(augmented * run)[:n, n]
            total[:, j] += outputs @ state
    return total
