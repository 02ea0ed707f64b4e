"""The one error of the engine: it names the input that is wrong."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


class EngineError(ValueError):
    """A number the engine cannot work with. The message names the input, the person and the value."""


def require_finite(name: str, value: ArrayLike, *, at_least: float | None = None, above: float | None = None) -> None:
    """Refuse NaN, infinity and values outside the stated range.

    Parameters
    ----------
    name : str
        What the reader of the error knows the value as, with its unit.
    value : array_like
        Any shape; the last axis is the person.
    at_least, above : float, optional
        Inclusive and exclusive lower limits.

    Raises
    ------
    EngineError
        Naming `name`, the first offending person and the value.
    """
    array = np.asarray(value, dtype=np.float64)
    flat = array if array.ndim == 1 else array.reshape(-1)
    if flat.shape[0] == 0:
        return
    if math.isfinite(flat.dot(flat)):  # the quickest sure sign that all are finite
        low = np.minimum.reduce(flat) if at_least is not None or above is not None else 0.0
        if (at_least is None or low >= at_least) and (above is None or low > above):
            return
    good = np.isfinite(array)
    wanted = "a finite number"
    if at_least is not None:
        good &= array >= at_least
        wanted = f"a finite number of at least {at_least:g}"
    if above is not None:
        good &= array > above
        wanted = f"a finite number above {above:g}"
    where = np.argwhere(~good)[0]
    value_found = float(array[tuple(where)])
    person = f" of person {int(where[-1])}" if array.ndim > 0 and array.shape[-1] > 1 else ""
    raise EngineError(f"{name}{person} is {value_found:g}; it must be {wanted}")
