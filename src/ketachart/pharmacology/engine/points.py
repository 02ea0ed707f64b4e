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
            if not begun.any():
                continue
            age = np.where(begun, time_h - start, 0.0)
            at_once = duration == 0.0
            if at_once.any():
                state += intake * np.exp(-self._rates * age) * np.where(begun & at_once, amount, 0.0)
                if at_once.all():
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
    function: Callable[[FloatArray], FloatArray],
    low: FloatArray,
    high: FloatArray,
    at_low: FloatArray | None = None,
    at_high: FloatArray | None = None,
    tolerance_h: float = 2e-8,
) -> FloatArray:
    """Roots of P functions that change sign between `low` and `high` (P,), h; values at the ends when they are known.

    Notes
    -----
    Inverse quadratic interpolation where it is safe, else bisection: Chandrupatla TR, Adv Eng Softw 1997;28:145-149.
    """
    b, a = np.array(low), np.array(high)
    fb = function(b) if at_low is None else at_low
    fa = function(a) if at_high is None else at_high
    c, fc = a, fa
    with np.errstate(divide="ignore", invalid="ignore"):
        share = fa / (fa - fb)  # begin with the chord
    share = np.where(np.isfinite(share), np.clip(share, 0.05, 0.95), 0.5)
    for _ in range(100):
        t = a + share * (b - a)
        ft = function(t)
        same = np.sign(ft) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = t, ft
        width = np.abs(b - a)
        if ((width <= 2.0 * tolerance_h) | (ft == 0.0)).all():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            quadratic = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            least = np.minimum(tolerance_h / width, 0.5)
        safe = (phi * phi < xi) & ((1.0 - phi) ** 2 < 1.0 - xi) & np.isfinite(quadratic)
        share = np.clip(np.where(safe, quadratic, 0.5), least, 1.0 - least)
        share = np.where(np.isfinite(share), share, 0.5)
    return np.where(np.abs(fa) < np.abs(fb), a, b)
