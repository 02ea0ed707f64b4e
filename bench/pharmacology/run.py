"""Speed and memory of the engine, beside the limit of the machine and ODE solvers from PyPI, in one run.

    python bench/pharmacology/run.py [--json] [--rounds 9] [--quick] [--no-peers]

Methods are interleaved: every round runs each once, next to the limit it is compared with. A ratio is the median over rounds
of (method / limit of the same round); the ratio of the two minima stands beside it. `OPENBLAS_NUM_THREADS=1` is set.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import importlib.metadata
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import numpy as np
from bench.pharmacology.common_case import (
    FULL_INPUTS,
    INFUSION,
    TIMES_H,
    TYPICAL,
    bank_from,
    full_bank,
    parameters,
    sampler,
)  # fmt: skip
from bench.pharmacology.peers import PEERS, matrices

from ketachart.pharmacology.engine import (
    Input,
    Measured,
    ResidualError,
    bands,
    concentrations,
    equivalent_dose,
    fast,
    most_probable,
    peak,
    pump_log,
    sample_posterior,
    search_grid,
)  # fmt: skip
from ketachart.pharmacology.engine.population import kept_concentrations
from ketachart.pharmacology.engine.propagator import expm

PEOPLE = 10_000


def clock(function: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds of one call, by the wall and of this process's processors."""
    begin, cpu = time.perf_counter(), time.process_time()
    function()
    return (time.perf_counter() - begin) * 1e3, (time.process_time() - cpu) * 1e3


def interleaved(methods: dict[str, Callable[[], Any]], rounds: int, warm: int = 0) -> dict[str, np.ndarray]:
    """Milliseconds (2, rounds) of each method (wall, processor), run in turn; one warm-up round first.

    With `warm`, each method runs that many times before it is timed: what it costs while it is in use.
    """

    def one(method: Callable[[], Any]) -> tuple[float, float]:
        for _ in range(warm):
            method()
        return clock(method)

    for method in methods.values():
        method()
    took = np.array([[one(method) for method in methods.values()] for _ in range(rounds)])
    return dict(zip(methods, took.transpose(1, 2, 0), strict=True))


def spread(took: np.ndarray) -> dict[str, float]:
    """Median and least wall time, and median processor time (what a busy machine disturbs least), ms."""
    wall, cpu = took
    return {
        "median_ms": round(float(np.median(wall)), 4),
        "min_ms": round(float(wall.min()), 4),
        "cpu_ms": round(float(np.median(cpu)), 4),
    }


def many(rounds: int) -> dict[str, Any]:
    """10,000 people x 241 times: common case (3 analytes) and full model (4 analytes), against writing the output."""
    random = np.random.default_rng(1)
    p = parameters(random, PEOPLE)
    out = np.empty((3, TIMES_H.shape[0], PEOPLE))
    wide = np.empty((4, TIMES_H.shape[0], PEOPLE))
    methods: dict[str, Callable[[], Any]] = {
        "limit": lambda: out.fill(1.0),
        "numpy": lambda: concentrations(bank_from(p), INFUSION, TIMES_H, out=out, with_numba=False),
        "limit, 4 analytes": lambda: wide.fill(1.0),
        "full model, numpy": lambda: concentrations(full_bank(p), FULL_INPUTS, TIMES_H, out=wide, with_numba=False),
    }
    if fast.available():
        methods["numba"] = lambda: concentrations(bank_from(p), INFUSION, TIMES_H, out=out, with_numba=True)
        methods["full model, numba"] = lambda: concentrations(
            full_bank(p), FULL_INPUTS, TIMES_H, out=wide, with_numba=True
        )
    took = interleaved(methods, rounds)
    found: dict[str, Any] = {name: spread(values) for name, values in took.items()}
    for name, base, aim in (
        ("numpy", "limit", 15.0),
        ("numba", "limit", 8.0),
        ("full model, numpy", "numpy", 3.0),
        ("full model, numba", "numba", 3.0),
    ):
        if name in took:
            ratio, cpu_ratio = (float(value) for value in np.median(took[name] / took[base], axis=1))
            found[name] |= {
                "over": base,
                "ratio": round(ratio, 2),
                "ratio_of_minima": round(float(took[name][0].min() / took[base][0].min()), 2),
                "cpu_ratio": round(cpu_ratio, 2),
                "aim": aim,
                "met": ratio <= aim,
            }
    found["numpy"]["largest relative error, 20 people, against expm"] = largest_error(p, 20)
    return found


def largest_error(p: dict[str, np.ndarray], people: int) -> float:
    """Of our concentrations against matrix exponentials interval by interval."""
    from bench.pharmacology.peers import DOSE_MG, END_H, shown

    few = {name: values[:people] for name, values in p.items()}
    m = matrices(few)
    augmented = np.zeros((people, 7, 7))
    augmented[:, :6, :6] = m
    augmented[:, 0, 6] = DOSE_MG / END_H
    amounts = np.empty((people, TIMES_H.shape[0], 6))
    for j, t in enumerate(TIMES_H):
        given = expm(augmented * min(t, END_H))[:, :6, 6]
        amounts[:, j] = np.einsum("nij,nj->ni", expm(m * max(t - END_H, 0.0)), given)
    expected = shown(amounts, few)[:, 1:]
    found = concentrations(bank_from(few), INFUSION, TIMES_H)[:, 1:]
    return float(np.max(np.abs(found / expected - 1.0)))


def peers(rounds: int) -> dict[str, Any]:
    """ODE solvers on fewer people, scaled to 10,000, beside our two ways in the same rounds."""
    solvers, versions, missing = {}, {}, []
    for name, (make, people) in PEERS.items():
        try:
            solvers[name] = (make(), people)
            package = {"n": "numbalsoda", "l": "libroadrunner", "s": "scipy"}[name[0]]
            versions[name] = importlib.metadata.version(package)
        except ImportError as problem:
            missing.append(f"{name}: not installed ({problem})")
    p = parameters(np.random.default_rng(2), PEOPLE)
    out = np.empty((3, TIMES_H.shape[0], PEOPLE))
    exact = concentrations(bank_from(p), INFUSION, TIMES_H)
    ours = {"numpy": False} | ({"numba": True} if fast.available() else {})
    methods: dict[str, Callable[[], Any]] = {
        name: lambda use=use: concentrations(bank_from(p), INFUSION, TIMES_H, out=out, with_numba=use)
        for name, use in ours.items()
    }
    few = {name: {key: values[:people] for key, values in p.items()} for name, (_, people) in solvers.items()}
    for name, (solve, _) in solvers.items():
        methods[name] = lambda solve=solve, name=name: solve(few[name])
    took = interleaved(methods, rounds)
    found: dict[str, Any] = {"missing": missing}
    for name, (solve, people) in solvers.items():
        scaled = took[name] * (PEOPLE / people)
        error = np.abs(solve(few[name])[:, 1:] / exact[:, 1:, :people] - 1.0).max()
        found[name] = {
            **spread(scaled),
            "version": versions[name],
            "timed on people": people,
            "largest relative error": float(error),
            **{f"times slower than {our}": round(float(np.median((scaled / took[our])[0])), 1) for our in ours},
        }
    if solvers and "numba" in ours:
        slowest = min(found[name]["times slower than numba"] for name in solvers)
        found["fastest peer over numba"] = {"ratio": slowest, "aim": 40.0, "met": slowest >= 40.0}
    return found


def population(rounds: int) -> dict[str, Any]:
    """Bands of a million people in a process of its own (memory), the same bits for other splits, and the error."""
    script = (
        "import json,resource,sys,time;"
        "from bench.pharmacology.run import *;"
        "people,workers=int(sys.argv[1]),int(sys.argv[2]);"
        "bands(sampler,INFUSION,TIMES_H,50_000,seed=1,workers=workers);"
        "took=[clock(lambda: bands(sampler,INFUSION,TIMES_H,people,seed=1,workers=workers)) for _ in range(int(sys.argv[3]))];"
        "print(json.dumps([took,resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024]))"
    )
    found: dict[str, Any] = {}
    for people, workers, aim in ((1_000_000, 2, 1500.0), (1_000_000, 1, None)):
        command = [sys.executable, "-c", script, str(people), str(workers), str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=child_environment())
        took, memory = json.loads(done.stdout)
        row = {**spread(np.array(took).T), "peak_memory_mb": round(memory)}
        if aim is not None:
            row |= {"aim_ms": aim, "met": row["median_ms"] <= aim, "aim_mb": 500, "memory_met": memory < 500}
        found[f"{people} people, {workers} thread(s)"] = row
    few = 50_000
    one = bands(sampler, INFUSION, TIMES_H, few, seed=5, workers=1)
    same = all(
        np.array_equal(one.values, bands(sampler, INFUSION, TIMES_H, few, seed=5, workers=n, with_numba=use).values)
        for n, use in ((2, None), (3, None), (1, False))
    )
    found["the same bits with 1, 2, 3 workers and with NumPy"] = same
    for people in (10_000, 100_000):
        close = np.stack(
            [bands(sampler, INFUSION, TIMES_H, people, seed=seed).values[:, :, 1:] for seed in range(11, 31)]
        )
        monte_carlo = close.std(axis=0, ddof=1) / close.mean(axis=0)
        everybody = kept_concentrations(sampler, INFUSION, TIMES_H, people, seed=11)[:, 1:]
        exact = np.percentile(everybody, [5, 50, 95], axis=-1)
        error = np.abs(close[0] / exact - 1.0)
        found[f"histogram error, {people} people"] = {
            "median": float(np.median(error)),
            "largest": float(error.max()),
            "median Monte Carlo error (20 seeds)": float(np.median(monte_carlo)),
            "largest Monte Carlo error": float(monte_carlo.max()),
            "share of points where it is below the Monte Carlo error": float(np.mean(error < monte_carlo)),
        }
    return found


ETAS = ("CL", "V1", "Q2", "V3", "CLm", "ke0")
OMEGA = np.diag(np.array([0.30, 0.35, 0.25, 0.30, 0.40, 0.40]) ** 2)


def person_from(etas: np.ndarray) -> Any:
    """Bank of the common case for etas (6, P)."""
    p = {name: np.full(etas.shape[1], value) for name, value in TYPICAL.items()}
    for name, eta in zip(ETAS, etas, strict=True):
        p[name] = p[name] * np.exp(eta)
    return bank_from(p)


def individual(rounds: int) -> dict[str, Any]:
    """One patient: live forecast, most probable person, posterior, equivalent dose."""
    one = {name: np.array([value]) for name, value in TYPICAL.items()}
    full, common = full_bank(one), bank_from(one)
    random = np.random.default_rng(3)
    changes = [(i / 60.0, float(rate)) for i, rate in enumerate(random.uniform(20, 80, 120))]
    minutes = np.linspace(0.0, 2.0, 121)
    true = np.array([[0.3], [-0.2], [0.1], [0.25], [-0.4], [0.0]])
    early, late = np.array([0.3, 0.8, 1.5, 4.0]), np.array([1.0, 2.0, 5.0])
    noise = np.exp(0.15 * random.standard_normal(7))
    parent = concentrations(person_from(true), INFUSION, early)[0, :, 0] * noise[:4]
    metabolite = concentrations(person_from(true), INFUSION, late)[1, :, 0] * noise[4:]
    measured = [
        Measured("ketamine", early, parent, ResidualError(log=0.2)),
        Measured("norketamine", late, metabolite, ResidualError(log=0.2)),
    ]
    found = most_probable(person_from, INFUSION, measured, OMEGA)
    oral = [Input("oral", 0.0, 1.0)]
    out = np.empty((3, TIMES_H.shape[0], 1))
    methods: dict[str, Callable[[], Any]] = {
        "forecast, 120 rate changes, 4 analytes, 121 times": lambda: concentrations(
            full, pump_log("iv", changes, 2.0), minutes
        ),
        "forecast, one infusion, 3 analytes, 241 times": lambda: concentrations(common, INFUSION, TIMES_H, out=out),
        "most probable person, 6 etas, 7 samples, 3 starts": lambda: most_probable(
            person_from, INFUSION, measured, OMEGA
        ),
        "equivalent oral dose by area": lambda: equivalent_dose(full, INFUSION, full, oral),
        "equivalent oral dose by peak": lambda: equivalent_dose(full, INFUSION, full, oral, by="peak"),
        "peak of an infusion, 4 analytes": lambda: peak(full, INFUSION, search_grid(INFUSION, 0.0, 24.0)),
        "posterior, 10,000 draws": lambda: sample_posterior(person_from, INFUSION, measured, OMEGA, found, seed=1),
    }
    aims = [1.0, None, 3.0, 1.0, 1.0, None, None]
    result: dict[str, Any] = {}
    for (name, values), aim in zip(interleaved(methods, rounds, warm=2).items(), aims, strict=True):
        result[name] = spread(values)
        if aim is not None:
            result[name] |= {"aim_ms": aim, "met": float(np.median(values[0])) <= aim}
    effective = sample_posterior(person_from, INFUSION, measured, OMEGA, found, seed=1).effective
    result["posterior, 10,000 draws"]["effective"] = round(effective)
    return result


def child_environment() -> dict[str, str]:
    """With our folders on the path, and bytecode kept as an installation has it."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    cache = str(Path(tempfile.gettempdir()) / "ketachart-bench-bytecode")
    return {**inherited, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "PYTHONPYCACHEPREFIX": cache}


def imports(rounds: int) -> dict[str, Any]:
    """Import time in fresh processes."""
    result: dict[str, Any] = {}
    for name in ("numpy", "ketachart.pharmacology.engine", "ketachart.pharmacology"):
        script = (
            f"import time;t,c=time.perf_counter(),time.process_time();import {name};"
            "import sys;print((time.perf_counter()-t)*1e3,(time.process_time()-c)*1e3,"
            "'numba' in sys.modules, 'scipy' in sys.modules, 'django' in sys.modules)"
        )
        took, loaded = [], set()
        for _ in range(rounds):
            done = subprocess.run(
                [sys.executable, "-c", script],
                capture_output=True,
                text=True,
                check=True,
                cwd=ROOT,
                env=child_environment(),
            )
            wall, cpu, *flags = done.stdout.split()
            took.append((float(wall), float(cpu)))
            loaded |= {m for m, flag in zip(("numba", "scipy", "django"), flags, strict=True) if flag == "True"}
        result[name] = {**spread(np.array(took).T), "also loaded": sorted(loaded)}
        if name == "ketachart.pharmacology":
            result[name] |= {"aim_ms": 300.0, "met": result[name]["median_ms"] <= 300.0}
    return result


def machine() -> dict[str, Any]:
    versions = {}
    for package in ("numpy", "numba", "scipy", "numbalsoda", "libroadrunner"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "cores": os.cpu_count(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        **versions,
    }


def shown(rows: dict[str, Any], indent: str = "") -> None:
    """The result as indented text."""
    for name, row in rows.items():
        if isinstance(row, dict) and any(isinstance(value, dict) for value in row.values()):
            print(f"{indent}{name}")
            shown(row, indent + "  ")
        elif isinstance(row, dict):
            print(f"{indent}{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()))
        else:
            print(f"{indent}{name}: {row}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="3 rounds, no peers, no population")
    parser.add_argument("--no-peers", action="store_true")
    chosen = parser.parse_args()
    rounds = 3 if chosen.quick else chosen.rounds
    result: dict[str, Any] = {"machine before": machine(), "10,000 people x 241 times": many(rounds)}
    result["one patient"] = individual(max(30, 10 * rounds))
    result["import"] = imports(max(3, rounds))
    if not chosen.quick:
        result["population"] = population(max(3, rounds // 2))
        if not chosen.no_peers:
            result["ODE peers, scaled to 10,000 people"] = peers(max(3, rounds // 3))
    result["load average after"] = [round(value, 2) for value in os.getloadavg()]
    if chosen.json:
        print(json.dumps(result, indent=1))
    else:
        shown(result)


if __name__ == "__main__":
    main()
