"""Percentiles of many people without keeping them: a histogram on the bits of the numbers.

A float's exponent and first seven bits of mantissa, taken as an integer, number bins that are 0.4 to 0.8 % wide with exact
edges and without a logarithm. Counts are whole numbers, so that parts add up to the same histogram in any order. A second
pass over the same people, kept only where they fall into the bins that matter, makes the percentiles exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite

SHIFT = 45
_LOWEST_EXPONENT, _HIGHEST_EXPONENT = -30, 20
FIRST_BIN = ((1023 + _LOWEST_EXPONENT) << (52 - SHIFT)) - 1
BINS = ((_HIGHEST_EXPONENT - _LOWEST_EXPONENT) << (52 - SHIFT)) + 2
LOWEST, HIGHEST = 2.0**_LOWEST_EXPONENT, 2.0**_HIGHEST_EXPONENT

Counts = NDArray[np.uint32]


def _checked_levels(levels: Sequence[float]) -> FloatArray:
    wanted = np.asarray(levels, dtype=np.float64)
    require_finite("a percentile", wanted, at_least=0.0)
    if np.any(wanted > 100.0):
        raise EngineError(f"a percentile is {float(wanted.max()):g}; it must be at most 100")
    return wanted


def percentiles(values: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Exact percentiles over the last axis, as ``np.percentile`` gives them, several times faster for several levels.

    Parameters
    ----------
    values : array (..., N)
        Not changed.
    levels : sequence of L numbers between 0 and 100

    Returns
    -------
    array (L, ...)

    Raises
    ------
    EngineError
        For no people, NaN, or levels outside 0 to 100.
    """
    wanted = _checked_levels(levels)
    people = values.shape[-1]
    if people == 0:
        raise EngineError("there are no people to take percentiles of")
    place = wanted / 100.0 * (people - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, people - 1)
    ordered = np.partition(values, np.unique(np.concatenate([low, high, [people - 1]])), axis=-1)
    if np.any(np.isnan(ordered[..., -1])):
        raise EngineError("a value is not a number: percentiles of it would hide that")
    below, above = ordered[..., low], ordered[..., high]
    between: FloatArray = np.moveaxis(below + (above - below) * (place - low), -1, 0)
    return between


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of concentrations by bin, (A, T, bins).

    The first bin holds everything below 2^-30 ng/mL (zero too), the last everything from 2^20 ng/mL on.
    """

    counts: Counts

    @classmethod
    def empty(cls, analytes: int, times: int) -> Histogram:
        """A histogram of nobody."""
        return cls(np.zeros((analytes, times, BINS), dtype=np.uint32))

    @property
    def people(self) -> int:
        """How many people were counted."""
        return int(self.counts[0, 0].sum()) if self.counts.size else 0

    def add(self, values: FloatArray) -> None:
        """Count the concentrations (A, T, N), in place. The NumPy twin of the counting kernel."""
        rows = self.counts.reshape(-1, BINS)
        for row, people in zip(rows, values.reshape(rows.shape[0], -1), strict=True):
            places = np.ascontiguousarray(people).view(np.int64) >> SHIFT
            places -= FIRST_BIN
            np.clip(places, 0, BINS - 1, out=places)
            lowest = int(places.min())
            found = np.bincount(places - lowest)
            row[lowest : lowest + found.shape[0]] += found.astype(np.uint32)

    def add_row(self, time: int, values: FloatArray) -> None:
        """Count the concentrations (A, N) of one time, in place."""
        Histogram(self.counts[:, time : time + 1]).add(values[:, np.newaxis])

    def merged(self, other: Histogram) -> Histogram:
        """Both together; the order does not matter."""
        return Histogram(self.counts + other.counts)

    def sparse(self) -> tuple[tuple[int, ...], NDArray[np.int64], Counts]:
        """Shape, places and counts that are not zero: what to send between machines."""
        flat = self.counts.ravel()
        places = np.flatnonzero(flat)
        return self.counts.shape, places, flat[places]

    @classmethod
    def from_sparse(cls, shape: tuple[int, ...], places: NDArray[np.int64], counts: Counts) -> Histogram:
        """The inverse of `sparse`."""
        flat = np.zeros(int(np.prod(shape)), dtype=np.uint32)
        flat[places] = counts
        return cls(flat.reshape(shape))

    def percentiles(self, levels: Sequence[float]) -> FloatArray:
        """Percentiles to within a bin (0.8 %), interpolated inside it; (L, A, T). Below 2^-30 ng/mL it is 0.

        The error shrinks with the number of people in a bin and stays below the sampling error of the percentiles
        themselves; both are measured by ``bench/pharmacology/run.py``.
        """
        wanted = _checked_levels(levels)
        people = self.people
        if people == 0:
            raise EngineError("there are no people to take percentiles of")
        edges = _edges()
        total = np.cumsum(self.counts, axis=-1, dtype=np.int64).reshape(-1, BINS)
        result = np.empty((wanted.shape[0], total.shape[0]))
        for number, level in enumerate(wanted):
            place = level / 100.0 * (people - 1)
            for row, cumulated in enumerate(total):
                which = int(np.searchsorted(cumulated, place, side="right"))
                if which == 0:
                    result[number, row] = 0.0
                    continue
                before = cumulated[which - 1]
                inside = (place - before + 0.5) / (cumulated[which] - before)
                result[number, row] = edges[which] + (edges[which + 1] - edges[which]) * min(inside, 1.0)
        return result.reshape(wanted.shape[0], *self.counts.shape[:2])

    def exact(self, levels: Sequence[float], again: Callable[[], Iterable[FloatArray]]) -> FloatArray:
        """Exact percentiles, by a second pass over the same people; (L, A, T).

        Parameters
        ----------
        levels : sequence of L numbers
        again : callable
            Gives the concentrations (A, T, n) once more, chunk by chunk. What falls into the bins of the ranks is kept:
            about one person in a hundred per level and row.

        Raises
        ------
        EngineError
            When the second pass does not bring the same people.
        """
        wanted = _checked_levels(levels)
        people = self.people
        place = wanted / 100.0 * (people - 1)
        ranks = np.unique(
            np.concatenate([np.floor(place), np.minimum(np.floor(place) + 1, people - 1)]).astype(np.int64)
        )
        total = np.cumsum(self.counts, axis=-1, dtype=np.int64).reshape(-1, BINS)
        rows = total.shape[0]
        bins = np.stack([[int(np.searchsorted(row, rank, side="right")) for rank in ranks] for row in total])
        kept: list[list[list[FloatArray]]] = [[[] for _ in np.unique(bins[row])] for row in range(rows)]
        distinct = [np.unique(bins[row]) for row in range(rows)]
        for chunk in again():
            for row, values in enumerate(chunk.reshape(rows, -1)):
                places = np.clip((np.ascontiguousarray(values).view(np.int64) >> SHIFT) - FIRST_BIN, 0, BINS - 1)
                for number, which in enumerate(distinct[row]):
                    kept[row][number].append(values[places == which])
        at_rank = np.empty((ranks.shape[0], rows))
        for row in range(rows):
            for number, which in enumerate(distinct[row]):
                found = np.sort(np.concatenate(kept[row][number]))
                before = int(total[row, which - 1]) if which else 0
                if found.shape[0] != total[row, which] - before:
                    raise EngineError("the second pass did not bring the same people as the first")
                for position in np.flatnonzero(bins[row] == which):
                    at_rank[position, row] = found[ranks[position] - before]
        low = np.searchsorted(ranks, np.floor(place).astype(np.int64))
        high = np.searchsorted(ranks, np.minimum(np.floor(place) + 1, people - 1).astype(np.int64))
        part = (place - np.floor(place))[:, np.newaxis]
        result: FloatArray = at_rank[low] + (at_rank[high] - at_rank[low]) * part
        return result.reshape(wanted.shape[0], *self.counts.shape[:2])


def _edges() -> FloatArray:
    """Lower edge of every bin, and the upper edge of the last, (bins + 1,)."""
    inner = (np.arange(FIRST_BIN + 1, FIRST_BIN + BINS, dtype=np.int64) << SHIFT).view(np.float64)
    edges: FloatArray = np.concatenate([[0.0], inner, [2.0 * HIGHEST]])
    return edges
