"""ODE solvers from PyPI on the common case. Each gives a function (parameters of people) -> concentrations (A, T, N).

They solve any model and the engine only linear ones: the ratio is what linearity is worth, not a verdict on them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from bench.pharmacology.common_case import TIMES_H

TOLERANCE = 1e-8
DOSE_MG, END_H = 35.0, 40 / 60
EARLY = np.append(TIMES_H[TIMES_H < END_H], END_H)
LATE = np.append(END_H, TIMES_H[TIMES_H > END_H])
Solver = Callable[[dict[str, np.ndarray]], np.ndarray]


def matrices(p: dict[str, np.ndarray]) -> np.ndarray:
    """Rate matrices (N, 6, 6): parent 3, metabolite 2, effect site; amounts in mg."""
    m = np.zeros((p["CL"].shape[0], 6, 6))
    m[:, 0, 0] = -(p["CL"] + p["Q2"] + p["Q3"]) / p["V1"]
    m[:, 0, 1], m[:, 1, 0], m[:, 1, 1] = p["Q2"] / p["V2"], p["Q2"] / p["V1"], -p["Q2"] / p["V2"]
    m[:, 0, 2], m[:, 2, 0], m[:, 2, 2] = p["Q3"] / p["V3"], p["Q3"] / p["V1"], -p["Q3"] / p["V3"]
    m[:, 3, 0], m[:, 3, 3] = p["fm"] * p["CL"] / p["V1"], -(p["CLm"] + p["Qm"]) / p["Vm"]
    m[:, 3, 4], m[:, 4, 3], m[:, 4, 4] = p["Qm"] / p["Vm2"], p["Qm"] / p["Vm"], -p["Qm"] / p["Vm2"]
    m[:, 5, 0], m[:, 5, 5] = p["ke0"], -p["ke0"]
    return m


def shown(amounts: np.ndarray, p: dict[str, np.ndarray]) -> np.ndarray:
    """Concentrations (A, T, N) from amounts (N, T, 6), ng/mL."""
    per_volume = [1000.0 / p["V1"], 1000.0 / p["Vm"], 1000.0 / p["V1"]]
    return np.stack([(amounts[:, :, i] * c[:, np.newaxis]).T for i, c in zip((0, 3, 5), per_volume, strict=True)])


def joined(early: np.ndarray, late: np.ndarray) -> np.ndarray:
    """Both parts on the grid, without the end of the infusion, which is not a time of the grid."""
    return np.concatenate([early[:-1], late[1:]])


def scipy_lsoda() -> Solver:
    from scipy.integrate import odeint

    def solve(p: dict[str, np.ndarray]) -> np.ndarray:
        found = []
        for m in matrices(p):
            inflow = np.zeros(6)
            inflow[0] = DOSE_MG / END_H
            options = {"rtol": TOLERANCE, "atol": 1e-10, "tfirst": True, "mxstep": 5000}
            early = odeint(lambda t, y, m=m, inflow=inflow: m @ y + inflow, np.zeros(6), EARLY, **options)
            late = odeint(lambda t, y, m=m: m @ y, early[-1], LATE, **options)
            found.append(joined(early, late))
        return shown(np.stack(found), p)

    return solve


def numbalsoda() -> Solver:
    import numba
    from numbalsoda import lsoda, lsoda_sig

    @numba.cfunc(lsoda_sig)
    def right_side(t, y, dy, q):  # type: ignore[no-untyped-def]
        # q: k10_total k12 k13 k21 k31 kform km kmp kpm ke0 inflow
        dy[0] = -q[0] * y[0] + q[3] * y[1] + q[4] * y[2] + q[10]
        dy[1] = q[1] * y[0] - q[3] * y[1]
        dy[2] = q[2] * y[0] - q[4] * y[2]
        dy[3] = q[5] * y[0] - q[6] * y[3] + q[8] * y[4]
        dy[4] = q[7] * y[3] - q[8] * y[4]
        dy[5] = q[9] * (y[0] - y[5])

    address = right_side.address

    @numba.njit
    def everybody(rates, early_h, late_h, out):  # type: ignore[no-untyped-def]
        size = early_h.shape[0] - 1
        for i in range(rates.shape[0]):
            q = rates[i].copy()
            early, _ = lsoda(address, np.zeros(6), early_h, q, rtol=1e-8, atol=1e-10)
            q[10] = 0.0
            late, _ = lsoda(address, early[-1], late_h, q, rtol=1e-8, atol=1e-10)
            out[i, :size] = early[:-1]
            out[i, size:] = late[1:]

    def solve(p: dict[str, np.ndarray]) -> np.ndarray:
        m = matrices(p)
        cells = [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (3, 0), (3, 3), (4, 3), (3, 4), (5, 0)]
        rates = np.stack([np.abs(m[:, i, j]) for i, j in cells] + [np.full(m.shape[0], DOSE_MG / END_H)], axis=1)
        out = np.empty((m.shape[0], TIMES_H.shape[0], 6))
        everybody(np.ascontiguousarray(rates), EARLY, LATE, out)
        return shown(out, p)

    return solve


def roadrunner() -> Solver:
    import roadrunner as rr

    rr.Logger.setLevel(rr.Logger.LOG_ERROR)
    cells = [(i, j) for i, row in enumerate(matrices(_one())[0]) for j, value in enumerate(row) if value]
    model = rr.RoadRunner(_sbml(cells))
    model.integrator.relative_tolerance = TOLERANCE
    model.integrator.absolute_tolerance = 1e-10
    model.timeCourseSelections = [f"x{i}" for i in range(6)]
    names = [f"m{i}{j}" for i, j in cells] + ["inflow"]
    ids = list(model.model.getGlobalParameterIds())
    places = [ids.index(name) for name in names]

    def solve(p: dict[str, np.ndarray]) -> np.ndarray:
        found = []
        for m in matrices(p):
            model.reset()
            model.model.setGlobalParameterValues(places, [*(m[i, j] for i, j in cells), DOSE_MG / END_H])
            early = np.array(model.simulate(times=list(EARLY)))
            model.model.setGlobalParameterValues(places[-1:], [0.0])
            late = np.array(model.simulate(times=list(LATE)))
            found.append(joined(early, late))
        return shown(np.stack(found), p)

    return solve


def _one() -> dict[str, np.ndarray]:
    from bench.pharmacology.common_case import TYPICAL

    return {name: np.array([value]) for name, value in TYPICAL.items()}


def _sbml(cells: list[tuple[int, int]]) -> str:
    """The linear model in SBML: a rate rule per amount, a parameter per entry of the matrix."""
    parameters = "".join(f'<parameter id="m{i}{j}" value="0" constant="false"/>' for i, j in cells)
    parameters += "".join(f'<parameter id="x{i}" value="0" constant="false"/>' for i in range(6))
    parameters += '<parameter id="inflow" value="0" constant="false"/>'
    rules = ""
    for row in range(6):
        terms = "".join(f"<apply><times/><ci>m{i}{j}</ci><ci>x{j}</ci></apply>" for i, j in cells if i == row) + (
            "<ci>inflow</ci>" if row == 0 else "<cn>0</cn>"
        )
        math = f'<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><plus/>{terms}</apply></math>'
        rules += f'<rateRule variable="x{row}">{math}</rateRule>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" '
        f'version="1"><model id="common"><listOfParameters>{parameters}</listOfParameters>'
        f"<listOfRules>{rules}</listOfRules></model></sbml>"
    )


PEERS: dict[str, tuple[Callable[[], Solver], int]] = {
    "numbalsoda (LSODA)": (numbalsoda, 200),
    "libRoadRunner (CVODE)": (roadrunner, 50),
    "scipy odeint (LSODA)": (scipy_lsoda, 20),
}
