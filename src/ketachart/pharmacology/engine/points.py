"""Concentrations at single points: any person, any analyte, any time. What refinement between grid times needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ketachart.pharmacology.engine.errors import FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.schedule import Input, Number, SteadySeries
from ketachart.pharmacology.engine.stepping import ramp_of, state_after

IntArray = NDArray[np.int64]
Side = Literal["left", "right"]


class Points:
    """The curve of each of P (analyte, person) pairs as a function of P times.

    Parameters
    ----------
    bank : ModeBank
    inputs : sequence of Input
    analyte, person : integer arrays (P,)
        Which curve each point lies on.
    after : SteadySeries, optional
        What was given before time 0.
    """

    def __init__(
        self,
        bank: ModeBank,
        inputs: Sequence[Input],
        analyte: IntArray,
        person: IntArray,
        after: SteadySeries | None = None,
    ) -> None:
        self._rates = bank.rates_per_h[:, person]
        self._output = np.ascontiguousarray(bank.output[analyte, :, person].T)
        self._before = state_after(bank, after)[:, person] if after is not None else None
        self._inputs = [
            (
                bank.intake_of(given.channel)[:, person],
                _picked(given.start_h, person),
                _picked(given.amount_mg, person),
                _picked(given.duration_h, person),
            )
            for given in inputs
        ]

    def value(self, time_h: FloatArray, side: Side = "right") -> FloatArray:
        """Concentration at P times, ng/mL; just before a bolus with ``side="left"``."""
        shown: FloatArray = np.einsum("kp,kp->p", self._output, self._state(time_h, side)[0])
        return shown

    def slope(self, time_h: FloatArray, side: Side = "right") -> FloatArray:
        """Derivative at P times, ng/mL per h, from the right or from the left."""
        state, inflow = self._state(time_h, side)
        shown: FloatArray = np.einsum("kp,kp->p", self._output, inflow - self._rates * state)
        return shown

    def crossing(self, level: float, low: FloatArray, high: FloatArray) -> FloatArray:
        """Times between `low` and `high` (P,) at which the curves cross a level, h; each must lie on both its sides."""
        return root(lambda time: self.value(time, "left") - level, low, high)

    def _state(self, time_h: FloatArray, side: Side) -> tuple[FloatArray, FloatArray]:
        state = np.zeros_like(self._rates)
        inflow = np.zeros_like(self._rates)
        if self._before is not None:
            state += self._before * np.exp(-self._rates * np.maximum(time_h, 0.0))
        for intake, start, amount, duration in self._inputs:
            begun = time_h >= start if side == "right" else time_h > start
            if not np.any(begun):
                continue
            age = np.where(begun, time_h - start, 0.0)
            at_once = duration == 0.0
            if np.any(at_once):
                state += intake * np.exp(-self._rates * age) * np.where(begun & at_once, amount, 0.0)
            if np.all(at_once):
                continue
            rate = np.where(at_once, 0.0, amount / np.where(at_once, 1.0, duration))
            length = np.minimum(age, duration)
            left = ramp_of(self._rates, length) * np.exp(-self._rates * (age - length))
            state += intake * left * rate
            running = begun & ((age < duration) if side == "right" else (age <= duration))
            inflow += intake * np.where(running, rate, 0.0)
        return state, inflow


def _picked(value: Number, person: IntArray) -> FloatArray:
    array = np.asarray(value, dtype=np.float64)
    return np.broadcast_to(array, person.shape) if array.ndim == 0 else array[person]


def root(
    function: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray, tolerance_h: float = 1e-9
) -> FloatArray:
    """Roots of P functions that change sign between `low` and `high`, by regula falsi (Illinois) with bisection steps."""
    a, b = np.array(low), np.array(high)
    fa, fb = function(a), function(b)
    for turn in range(100):
        if np.all(np.abs(b - a) <= tolerance_h):
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            c = b - fb * (b - a) / (fb - fa)
        inside = (c > np.minimum(a, b)) & (c < np.maximum(a, b))
        c = np.where(inside & (turn % 3 != 2), c, 0.5 * (a + b))
        fc = function(c)
        other_side = np.sign(fc) != np.sign(fb)
        a, fa = np.where(other_side, b, a), np.where(other_side, fb, 0.5 * fa)
        b, fb = c, fc
        exact = fc == 0.0
        a = np.where(exact, c, a)
    return b
