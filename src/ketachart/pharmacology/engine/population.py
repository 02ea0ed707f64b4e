"""Bands of a population, without keeping anybody.

People come in chunks of a fixed size. Every chunk has a counter-based random generator of its own (Philox, key = seed,
counter = number of the chunk), and leaves whole-number counts behind: the result is the same to the last bit for any number
of workers, threads or machines, and in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine import fast
from ketachart.pharmacology.engine.crowd import IntArray
from ketachart.pharmacology.engine.errors import EngineError, FloatArray
from ketachart.pharmacology.engine.evaluate import Shower, concentrations
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.percentiles import FIRST_BIN, SHIFT, Histogram
from ketachart.pharmacology.engine.schedule import Input, SteadySeries
from ketachart.pharmacology.engine.stepping import (
    Bank,
    check_inputs,
    checked_times,
    grid_of,
    require_finite_state,
    states,
)

PEOPLE_PER_CHUNK = 8192
DEFAULT_LEVELS = (5.0, 50.0, 95.0)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A chunk of people: their bank and, when it is their own, what they are given and what came before."""

    bank: Bank
    inputs: Sequence[Input] | None = None
    after: SteadySeries | None = None


Sampler = Callable[[np.random.Generator, int], Bank | Drawn]
Summary = Callable[[Bank, Sequence[Input]], FloatArray]


@dataclass(frozen=True, eq=False)
class Bands:
    """Percentiles of a population.

    `values` is (L, A, T) in ng/mL; `summaries` (S, N) holds one column per person when a summary was asked for.
    """

    levels: tuple[float, ...]
    analytes: tuple[str, ...]
    times_h: FloatArray
    values: FloatArray
    people: int
    seed: int
    exact: bool
    summaries: FloatArray | None = field(default=None, repr=False)

    def of(self, analyte: str, level: float) -> FloatArray:
        """One percentile of one analyte, (T,). Raises EngineError naming what there is."""
        if analyte not in self.analytes or level not in self.levels:
            raise EngineError(f"there is no {level:g} % of {analyte!r}; there are {self.levels} of {self.analytes}")
        curve: FloatArray = self.values[self.levels.index(level), self.analytes.index(analyte)]
        return curve


def generator(seed: int, chunk: int) -> np.random.Generator:
    """The random generator of one chunk: Philox with the seed as key and the chunk's number as the high counter."""
    if seed < 0 or chunk < 0:
        raise EngineError(f"seed {seed} and chunk {chunk} must not be negative")
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, chunk]))


def chunks_of(people: int, per_chunk: int = PEOPLE_PER_CHUNK) -> int:
    """How many chunks this many people come in."""
    if people < 1:
        raise EngineError(f"people is {people}; it must be at least 1")
    return -(-people // per_chunk)


def draw(sampler: Sampler, inputs: Sequence[Input], people: int, seed: int, chunk: int) -> Drawn:
    """The people of one chunk and what they are given. Raises EngineError when the sampler drew another number."""
    size = min(PEOPLE_PER_CHUNK, people - chunk * PEOPLE_PER_CHUNK)
    drawn = sampler(generator(seed, chunk), size)
    if not isinstance(drawn, Drawn):
        drawn = Drawn(drawn)
    if drawn.bank.people != size:
        raise EngineError(f"the sampler drew {drawn.bank.people} people where {size} were asked for")
    return Drawn(drawn.bank, inputs if drawn.inputs is None else drawn.inputs, drawn.after)


def count_chunks(
    sampler: Sampler,
    inputs: Sequence[Input],
    times_h: ArrayLike,
    people: int,
    *,
    seed: int,
    chunks: Iterable[int],
    with_numba: bool | None = None,
) -> Histogram:
    """Histogram of some chunks of a population: the task to spread over machines. Merge with `Histogram.merged`.

    Parameters
    ----------
    sampler, inputs, times_h, people, seed
        As for `bands`; `people` is the whole population.
    chunks : iterable of int
        Which of the ``chunks_of(people)`` chunks.
    """
    times = checked_times(times_h)
    histogram: Histogram | None = None
    for chunk in chunks:
        histogram, _ = _count(histogram, draw(sampler, inputs, people, seed, chunk), times, with_numba)
    if histogram is None:
        raise EngineError("no chunks were asked for")
    return histogram


def _count(
    histogram: Histogram | None, drawn: Drawn, times: FloatArray, with_numba: bool | None
) -> tuple[Histogram, tuple[str, ...]]:
    bank, inputs, after = drawn.bank, drawn.inputs or (), drawn.after
    check_inputs(bank, inputs, after, times)
    if histogram is None:
        histogram = Histogram.empty(len(bank.analytes), times.shape[0])
    crowd = bank.crowd if isinstance(bank, ModeBank) else None
    if crowd is not None:
        for each in _apart(drawn):
            _count(histogram, each, times, with_numba)
        return histogram, bank.analytes
    if isinstance(bank, ModeBank) and with_numba:
        fast.count(bank, inputs, times, after, histogram.counts, FIRST_BIN, SHIFT)
        return histogram, bank.analytes
    grid, skipped = grid_of(inputs, times, after)
    show = Shower(bank)
    row = np.empty((len(bank.analytes), bank.people))
    state = np.zeros(0)
    for index, state in enumerate(states(bank, inputs, grid, after)):
        if index >= skipped:
            show(state, row)
            histogram.add_row(index - skipped, row)
    require_finite_state(state)
    return histogram, bank.analytes


def _apart(drawn: Drawn) -> list[Drawn]:
    """Those whom modes carry, and those who need the matrix exponential."""
    bank = drawn.bank
    assert isinstance(bank, ModeBank)
    crowd = bank.crowd
    assert crowd is not None
    most, others = bank.without_crowd()
    parts: list[tuple[Bank, IntArray]] = [(crowd.exact, crowd.people)]
    if others.size:
        parts.append((most, others))
    return [
        Drawn(
            part,
            tuple(given.select(who) for given in drawn.inputs or ()),
            drawn.after.select(who) if drawn.after is not None else None,
        )
        for part, who in parts
    ]


def bands(
    sampler: Sampler,
    inputs: Sequence[Input],
    times_h: ArrayLike,
    people: int,
    *,
    seed: int,
    levels: Sequence[float] = DEFAULT_LEVELS,
    workers: int = 1,
    exact: bool = False,
    summary: Summary | None = None,
    with_numba: bool | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Bands:
    """Percentile bands of a population.

    Parameters
    ----------
    sampler : callable (generator, n) -> bank, or Drawn with own inputs
        Draws n people. It must take all its randomness from the generator.
    inputs : sequence of Input
        The same for everybody; a sampler may replace them.
    times_h : array (T,)
    people : int
    seed : int
    levels : sequence of percentiles, 0 to 100
    workers : int
        Threads. They help with numba only: NumPy's many short calls hold Python's lock (use processes there, as in
        ``bench/pharmacology/dask_example.py``).
    exact : bool
        Draw everybody a second time and give exact percentiles; otherwise they are right to a fraction of a bin (0.8 %),
        see `Histogram.percentiles`.
    summary : callable (bank, inputs) -> (S, n), optional
        Numbers to keep for each person, e.g. areas or peaks.
    with_numba : bool, optional
        By default when installed and the work is large. The result is the same.
    progress : callable (chunks done, chunks in all), optional

    Returns
    -------
    Bands
        Bit-identical for any `workers`.

    Raises
    ------
    EngineError
        For impossible arguments, or a sampler that draws another number of people.
    """
    times = checked_times(times_h)
    total = chunks_of(people)
    if workers < 1:
        raise EngineError(f"workers is {workers}; it must be at least 1")
    first = draw(sampler, inputs, people, seed, 0)
    use = fast.wanted(people * times.shape[0] * len(first.bank.analytes), with_numba)
    use = use and isinstance(first.bank, ModeBank)
    analytes = first.bank.analytes
    kept: dict[int, FloatArray] = {}
    done = [0]
    lock = Lock()

    def work(numbers: Iterable[int]) -> Histogram | None:
        histogram: Histogram | None = None
        for chunk in numbers:
            drawn = first if chunk == 0 else draw(sampler, inputs, people, seed, chunk)
            histogram, named = _count(histogram, drawn, times, use)
            if named != analytes:
                raise EngineError(f"the sampler's analytes changed from {analytes} to {named}")
            if summary is not None:
                kept[chunk] = np.atleast_2d(summary(drawn.bank, drawn.inputs or ()))
            with lock:
                done[0] += 1
                if progress is not None:
                    progress(done[0], total)
        return histogram

    if use:
        fast.kernels()  # compiled once, before the threads begin
    if workers == 1 or not use or total == 1:
        parts = [work(range(total))]
    else:
        numbers = _Shared(range(total))
        with ThreadPoolExecutor(min(workers, total)) as pool:
            parts = list(pool.map(work, [numbers] * min(workers, total)))
    histograms = [part for part in parts if part is not None]
    histogram = histograms[0]
    for other in histograms[1:]:
        np.add(histogram.counts, other.counts, out=histogram.counts)
    if exact:

        def again() -> Iterable[FloatArray]:
            for chunk in range(total):
                drawn = draw(sampler, inputs, people, seed, chunk)
                yield from _concentrations_like_counted(drawn, times, use)

        values = histogram.exact(levels, again)
    else:
        values = histogram.percentiles(levels)
    summaries = np.concatenate([kept[chunk] for chunk in range(total)], axis=1) if summary is not None else None
    return Bands(tuple(map(float, levels)), analytes, times, values, people, seed, exact, summaries)


class _Shared:
    """An iterator that several threads may take from."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = iter(numbers)
        self._lock = Lock()

    def __iter__(self) -> _Shared:
        return self

    def __next__(self) -> int:
        with self._lock:
            return next(self._numbers)


def _concentrations_like_counted(drawn: Drawn, times: FloatArray, use: bool) -> Iterable[FloatArray]:
    """Concentrations computed the way they were counted, bit for bit: (A, T, n) in one or several chunks."""
    if isinstance(drawn.bank, ModeBank) and drawn.bank.crowd is not None:
        parts = [next(iter(_concentrations_like_counted(each, times, use))) for each in _apart(drawn)]
        yield np.concatenate(parts, axis=2)
        return
    inputs = drawn.inputs or ()
    out = np.empty((len(drawn.bank.analytes), times.shape[0], drawn.bank.people))
    if use and isinstance(drawn.bank, ModeBank):
        fast.fill(drawn.bank, inputs, times, drawn.after, out)
    else:
        grid, skipped = grid_of(inputs, times, drawn.after)
        show = Shower(drawn.bank)
        for index, state in enumerate(states(drawn.bank, inputs, grid, drawn.after)):
            if index >= skipped:
                show(state, out[:, index - skipped])
    yield out


def kept_concentrations(
    sampler: Sampler, inputs: Sequence[Input], times_h: ArrayLike, people: int, *, seed: int
) -> FloatArray:
    """Concentrations of everybody, (A, T, N), for a population small enough to keep; the same people as `bands` draws."""
    times = checked_times(times_h)
    parts = []
    for chunk in range(chunks_of(people)):
        drawn = draw(sampler, inputs, people, seed, chunk)
        parts.append(concentrations(drawn.bank, drawn.inputs or (), times, after=drawn.after))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
