"""Shapes of parameters and outputs that several files share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite

Structure = tuple[tuple[tuple[int, bool], ...], ...]


def shaped(
    name: str, value: ArrayLike, people: int, *, at_least: float | None = None, above: float | None = None
) -> FloatArray:
    """Check one parameter and give it shape (N,). Raises EngineError naming the parameter."""
    array = np.asarray(value, dtype=np.float64)
    require_finite(name, array, at_least=at_least, above=above)
    if array.ndim > 1 or (array.ndim == 1 and array.shape[0] not in (1, people)):
        raise EngineError(f"{name} has shape {array.shape}; it must be one number or have shape ({people},)")
    return array if array.shape == (people,) else np.broadcast_to(array, (people,))


def structure_of(output: FloatArray) -> Structure:
    """For each analyte of `output` (A, K, N) the modes it shows, each with whether its weight is 1 for everybody."""
    shows = np.any(output != 0.0, axis=2)
    ones = np.all(output == 1.0, axis=2)
    return tuple(tuple((int(k), bool(ones[a, k])) for k in np.flatnonzero(row)) for a, row in enumerate(shows))


def people_of(*values: ArrayLike) -> int:
    """The number of people a set of parameters is for: the longest of them."""
    return max((int(np.size(value)) for value in values), default=1)
