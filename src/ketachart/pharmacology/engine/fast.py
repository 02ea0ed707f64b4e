"""The same steps in numba (`ketachart[fast]`): two kernels, each with its NumPy twin in `evaluate` and `percentiles`.

numba is imported and the kernels are compiled (once per machine, then read from numba's cache) at the first work that is
large enough to be worth it, never at import and never for one patient. The kernels run on one thread without Python's lock:
threads over chunks of people scale, numba's own threads do not.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ketachart.pharmacology.engine.errors import EngineError, FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.schedule import Input, SteadySeries
from ketachart.pharmacology.engine.stepping import Steps, first_state, grid_of, moves, require_finite_state

LEAST_WORK = 4_000_000  # values; below, NumPy is done before numba is loaded
_LARGEST_PLAN = 40_000_000  # numbers in one plan
_PEOPLE_AT_ONCE = 8192

Kernel = Callable[..., None]


@cache
def available() -> bool:
    """Whether numba is installed (it is not imported to find out)."""
    return importlib.util.find_spec("numba") is not None


def wanted(values: int, asked: bool | None) -> bool:
    """Whether to use a kernel for this many output values. Raises EngineError when asked for without numba."""
    if asked is None:
        return values >= LEAST_WORK and available()
    if asked and not available():
        raise EngineError("numba is not installed: install ketachart[fast], or leave with_numba alone")
    return asked


@dataclass(frozen=True)
class Plan:
    """All that a kernel needs to step a bank through a schedule."""

    state: FloatArray  # (K, N)
    decays: FloatArray  # (S, K, N), one per distinct step
    step_of: NDArray[np.int64]  # (T - 1,)
    given: FloatArray  # (G, K, N), what is given in an interval
    given_of: NDArray[np.int64]  # (T - 1,), -1 for nothing
    begin: NDArray[np.int64]  # (A + 1,), where the modes of an analyte begin in `mode`
    mode: NDArray[np.int64]
    weight: FloatArray  # (number of modes shown, N)
    plain: NDArray[np.bool_]  # weight is 1 for everybody
    skipped: int


def plan(bank: ModeBank, inputs: Sequence[Input], times: FloatArray, after: SteadySeries | None) -> Plan:
    """Write a schedule down as arrays."""
    grid, skipped = grid_of(inputs, times, after)
    steps = Steps(grid)
    decays = np.empty((len(steps.lengths), bank.modes, bank.people))
    for kind, length in enumerate(steps.lengths):
        np.multiply(bank.rates_per_h, -length, out=decays[kind])
        np.exp(decays[kind], out=decays[kind])
    number_of: dict[int, int] = {}
    given: list[FloatArray] = []
    given_of = np.full(grid.shape[0] - 1, -1, dtype=np.int64)
    for index, (_, part) in enumerate(moves(bank, inputs, grid, steps)):
        if part is not None:
            if id(part) not in number_of:
                number_of[id(part)] = len(given)
                given.append(part)
            given_of[index] = number_of[id(part)]
    # weights of 1 first, as in the NumPy twin: the same order of additions gives the same bits
    shown = [
        (a, k, one) for a, row in enumerate(bank.structure) for k, one in sorted(row, key=lambda each: not each[1])
    ]
    counts = np.bincount([a for a, _, _ in shown], minlength=len(bank.analytes))
    return Plan(
        state=np.ascontiguousarray(first_state(bank, inputs, grid, after)),
        decays=decays,
        step_of=steps.group,
        given=np.stack(given) if given else np.zeros((0, bank.modes, bank.people)),
        given_of=given_of,
        begin=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        mode=np.array([k for _, k, _ in shown], dtype=np.int64),
        weight=np.stack([bank.output[a, k] for a, k, _ in shown]) if shown else np.zeros((0, bank.people)),
        plain=np.array([one for _, _, one in shown], dtype=np.bool_),
        skipped=skipped,
    )


def people_at_once(bank: ModeBank, inputs: Sequence[Input], times: FloatArray) -> int:
    """How many people a plan may hold without taking too much memory."""
    distinct = len(Steps(times).lengths) + 1
    events = sum(1 if given.same_times else times.shape[0] // 4 for given in inputs) * 2 + 2
    largest = _LARGEST_PLAN // max(1, bank.modes * (min(distinct, times.shape[0]) + min(events, times.shape[0])))
    return int(np.clip(largest, 256, _PEOPLE_AT_ONCE))


def fill(
    bank: ModeBank, inputs: Sequence[Input], times: FloatArray, after: SteadySeries | None, out: FloatArray
) -> None:
    """Concentrations into `out` (A, T, N), C-contiguous float64."""
    kernel = kernels()[0]
    size = people_at_once(bank, inputs, times)
    for start in range(0, bank.people, size):
        people = slice(start, min(start + size, bank.people))
        given = [each.select(people) for each in inputs]
        p = plan(bank.select(people), given, times, after.select(people) if after is not None else None)
        kernel(
            p.state, p.decays, p.step_of, p.given, p.given_of, p.begin, p.mode, p.weight, p.plain, p.skipped, out, start
        )
        require_finite_state(p.state)


def count(
    bank: ModeBank,
    inputs: Sequence[Input],
    times: FloatArray,
    after: SteadySeries | None,
    counts: NDArray[np.uint32],
    first_bin: int,
    shift: int,
) -> None:
    """Add the people to the histograms `counts` (A, T, bins) without keeping their concentrations."""
    kernel = kernels()[1]
    size = people_at_once(bank, inputs, times)
    for start in range(0, bank.people, size):
        people = slice(start, min(start + size, bank.people))
        given = [each.select(people) for each in inputs]
        p = plan(bank.select(people), given, times, after.select(people) if after is not None else None)
        kernel(
            p.state, p.decays, p.step_of, p.given, p.given_of, p.begin, p.mode, p.weight, p.plain, p.skipped, counts,
            first_bin, shift,
        )  # fmt: skip
        require_finite_state(p.state)


@cache
def kernels() -> tuple[Kernel, Kernel]:
    """The two compiled kernels: store, and count."""
    from ketachart.pharmacology.engine import kernels as module

    return module.step_and_store, module.step_and_count
