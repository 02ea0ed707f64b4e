"""What is given, when, and into which channel: the engine's own terms.

A *channel* is a place where drug can be put: ``"iv"``, a depot, the gut. Its name comes from the bank of modes.
Times are hours from any common zero, amounts are mg of the substance the bank was built for (base, not salt).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite

Number = float | FloatArray

_MOST_REPEATS = 100_000


def _number(name: str, value: Number, *, at_least: float | None = None) -> Number:
    require_finite(name, value, at_least=at_least)
    array = np.asarray(value, dtype=np.float64)
    if array.ndim == 0:
        return float(array)
    if array.ndim != 1:
        raise EngineError(f"{name} has shape {array.shape}; it must be one number or one number per person, shape (N,)")
    if array.shape[0] == 1:
        return float(array[0])
    return array


@dataclass(frozen=True, eq=False)
class Input:
    """One amount put into one channel, at once or at a constant rate.

    Parameters
    ----------
    channel : str
        Name of the channel in the bank.
    start_h : float or array (N,)
        When it starts, h. An array gives every person an own start (a lag that varies).
    amount_mg : float or array (N,)
        How much, mg; not negative. An array gives every person an own amount (bioavailability that varies).
    duration_h : float or array (N,), default 0
        How long, h; 0 is a bolus. Inputs may overlap.

    Raises
    ------
    EngineError
        For NaN, infinity, a negative amount or duration, or arrays of different lengths.
    """

    channel: str
    start_h: Number
    amount_mg: Number
    duration_h: Number = 0.0

    def __post_init__(self) -> None:
        plain = True
        for name, at_least in (("start_h", None), ("amount_mg", 0.0), ("duration_h", 0.0)):
            value = getattr(self, name)
            if type(value) is float and math.isfinite(value) and (at_least is None or value >= at_least):
                continue
            value = _number(f"{name} of the input into {self.channel!r}", value, at_least=at_least)
            plain = plain and not isinstance(value, np.ndarray)
            object.__setattr__(self, name, value)
        if plain:
            return
        lengths = {
            value.shape[0] for value in (self.start_h, self.amount_mg, self.duration_h) if isinstance(value, np.ndarray)
        }
        if len(lengths) > 1:
            raise EngineError(
                f"the arrays of the input into {self.channel!r} have different lengths: {sorted(lengths)}"
            )

    @property
    def people(self) -> int | None:
        """Number of people the arrays are for; None when every value is one number."""
        for value in (self.start_h, self.amount_mg, self.duration_h):
            if isinstance(value, np.ndarray):
                return int(value.shape[0])
        return None

    @property
    def first_h(self) -> float:
        """When the first person begins to get it, h."""
        return float(np.min(self.start_h)) if isinstance(self.start_h, np.ndarray) else self.start_h

    @property
    def last_h(self) -> float:
        """When the last person has got it, h."""
        if isinstance(self.start_h, np.ndarray) or isinstance(self.duration_h, np.ndarray):
            return float(np.max(self.start_h + self.duration_h))
        return self.start_h + self.duration_h

    @property
    def same_times(self) -> bool:
        """Whether everybody gets it at the same time."""
        return not isinstance(self.start_h, np.ndarray) and not isinstance(self.duration_h, np.ndarray)

    def shifted(self, by_h: float) -> Input:
        """The same input, `by_h` hours later."""
        return replace(self, start_h=self.start_h + by_h)

    def select(self, people: slice | NDArray[np.int64]) -> Input:
        """The same input for some of the people."""

        def part(value: Number) -> Number:
            return value[people] if isinstance(value, np.ndarray) else value

        if self.people is None:
            return self
        return Input(self.channel, part(self.start_h), part(self.amount_mg), part(self.duration_h))


@dataclass(frozen=True, eq=False)
class SteadySeries:
    """Doses repeated for a long time before time zero (or a stated number of times): summed as a geometric series.

    The inputs of one period (``0 <= start``, ``start + duration <= every_h``) were given at every multiple of `every_h`
    before time 0; what is given from time 0 on is listed separately.

    Parameters
    ----------
    inputs : tuple of Input
        One period, with times from its beginning.
    every_h : float
        Length of a period, h.
    times : int, optional
        How many periods came before time 0; None means the steady state.
    """

    inputs: tuple[Input, ...]
    every_h: float
    times: int | None = None

    def __post_init__(self) -> None:
        require_finite("every_h of the steady series", self.every_h, above=0.0)
        if self.times is not None and self.times < 1:
            raise EngineError(f"times of the steady series is {self.times}; it must be at least 1")
        for given in self.inputs:
            last = np.max(np.asarray(given.start_h) + np.asarray(given.duration_h))
            if np.min(given.start_h) < 0 or last > self.every_h * (1 + 1e-12):
                raise EngineError(
                    f"the input into {given.channel!r} does not fit into its period: it must lie between 0 and "
                    f"every_h = {self.every_h:g} h"
                )

    def select(self, people: slice | NDArray[np.int64]) -> SteadySeries:
        """The same series for some of the people."""
        return SteadySeries(tuple(given.select(people) for given in self.inputs), self.every_h, self.times)


def repeat(inputs: Iterable[Input], *, every_h: float, times: int) -> list[Input]:
    """List `inputs` `times` times, each copy `every_h` hours after the one before.

    Raises
    ------
    EngineError
        When `every_h` is not positive or `times` is not between 1 and 100,000.
    """
    require_finite("every_h", every_h, above=0.0)
    if not 1 <= times <= _MOST_REPEATS:
        raise EngineError(f"times is {times}; it must be between 1 and {_MOST_REPEATS}")
    period = list(inputs)
    return [given.shifted(number * every_h) for number in range(times) for given in period]


def pump_log(channel: str, changes: Sequence[tuple[float, float]], end_h: float) -> list[Input]:
    """Turn a pump's log of rate changes into inputs.

    Parameters
    ----------
    channel : str
        Where the pump runs into.
    changes : sequence of (time_h, rate_mg_per_h)
        In order of time; a rate of 0 is a pause.
    end_h : float
        When the last rate ends.

    Raises
    ------
    EngineError
        When the times are not in order or a rate is negative.
    """
    inputs: list[Input] = []
    for number, (start_h, rate_mg_per_h) in enumerate(changes):
        stop_h = changes[number + 1][0] if number + 1 < len(changes) else end_h
        if stop_h < start_h:
            raise EngineError(f"the pump log is not in order of time: {stop_h:g} h comes after {start_h:g} h")
        if not (math.isfinite(rate_mg_per_h) and rate_mg_per_h >= 0.0):
            raise EngineError(f"the rate at {start_h:g} h is {rate_mg_per_h:g} mg/h; it must be finite, not negative")
        if rate_mg_per_h > 0 and stop_h > start_h:
            length_h = float(stop_h - start_h)
            inputs.append(Input(channel, float(start_h), float(rate_mg_per_h) * length_h, length_h))
    return inputs
