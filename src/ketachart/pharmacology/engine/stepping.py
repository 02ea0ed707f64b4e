"""How a state moves through a schedule: from time to time, exactly, with what is given in between.

Decays are computed once per distinct step length. What is given is integrated from its own start to its own end, so that an
infusion which ends between two times, or at another time for every person, costs no accuracy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.schedule import Input, SteadySeries
from ketachart.pharmacology.engine.shapes import Structure

SAME_TIME_H = 1e-10
_MOST_CACHED_STEPS = 48
_MOST_KNOWN = 16


class Bank(Protocol):
    """What evaluation needs: a state per person that moves exactly. `ModeBank` and `Propagator` have it."""

    @property
    def analytes(self) -> tuple[str, ...]: ...
    @property
    def output(self) -> FloatArray: ...
    @property
    def people(self) -> int: ...
    @property
    def modes(self) -> int: ...
    @property
    def channels(self) -> tuple[str, ...]: ...
    @property
    def structure(self) -> Structure: ...
    def select(self, people: slice) -> Bank: ...
    def only(self, analytes: Sequence[str]) -> Bank: ...
    def decay(self, step_h: float | FloatArray) -> FloatArray: ...
    def advance(self, state: FloatArray, decay: FloatArray) -> None: ...
    def bolus(self, channel: str, age_h: float | FloatArray) -> FloatArray: ...
    def ramp(self, channel: str, length_h: float | FloatArray) -> FloatArray: ...
    def settled(self, state: FloatArray, every_h: float, times: int | None) -> FloatArray: ...
    def analyte_index(self, analyte: str) -> int: ...


def checked_times(times_h: ArrayLike) -> FloatArray:
    """Times as an array (T,), finite and not decreasing. Raises EngineError."""
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    if times.ndim != 1:
        raise EngineError(f"times_h has shape {times.shape}; it must be (T,)")
    require_finite("times_h", times)
    back = times[1:] < times[:-1]
    if back.any():
        where = int(np.argmax(back))
        raise EngineError(f"times_h must not decrease: {times[where + 1]:g} h comes after {times[where]:g} h")
    return times


def check_inputs(
    bank: Bank, inputs: Sequence[Input], after: SteadySeries | None, times: FloatArray | None = None
) -> None:
    """Refuse inputs that do not fit the bank. Raises EngineError naming the channel."""
    for given in [*inputs, *(after.inputs if after is not None else ())]:
        if given.channel not in bank.channels:
            raise EngineError(f"there is no channel {given.channel!r}; this bank has {sorted(bank.channels)}")
        if given.people is not None and given.people != bank.people:
            raise EngineError(
                f"the input into {given.channel!r} is for {given.people} people, the bank for {bank.people}"
            )
    if after is not None:
        if any(given.first_h < 0 for given in inputs):
            raise EngineError("an input starts before time 0, where the steady series ends")
        if times is not None and times.size and times[0] < 0:
            raise EngineError("times_h begins before time 0, where the steady series ends")


def state_after(bank: Bank, after: SteadySeries) -> FloatArray:
    """State (K, N) at time 0 after a steady series."""
    state = np.zeros((bank.modes, bank.people))
    for given in after.inputs:
        end = given.start_h + given.duration_h
        part = bank.bolus(given.channel, after.every_h - given.start_h) * given.amount_mg
        if np.any(np.asarray(given.duration_h) > 0):
            rate = given.amount_mg / np.where(np.asarray(given.duration_h) > 0, given.duration_h, 1.0)
            ramp = bank.ramp(given.channel, given.duration_h)
            decay = bank.decay(after.every_h - end)
            bank.advance(ramp, decay)
            part = np.where(np.asarray(given.duration_h) > 0, ramp * rate, part)
        state += part
    return bank.settled(state, after.every_h, after.times)


def first_time(inputs: Sequence[Input], times: FloatArray, after: SteadySeries | None) -> float:
    """When the state begins: time 0 after a steady series, else the earliest of inputs and times."""
    if after is not None:
        return 0.0
    return float(min([times[0], *(given.first_h for given in inputs)]))


class Steps:
    """Distinct step lengths of a grid (equal within rounding), and which step has which."""

    def __init__(self, grid: FloatArray) -> None:
        steps = np.diff(grid)
        tolerance = 1e-12 * max(1.0, float(np.max(np.abs(grid), initial=0.0)))
        order = np.argsort(steps, kind="stable")
        group = np.zeros(steps.shape[0], dtype=np.int64)
        lengths: list[float] = []
        begin = 0
        for position in range(1, order.shape[0] + 1):
            if position == order.shape[0] or steps[order[position]] - steps[order[begin]] > tolerance:
                group[order[begin:position]] = len(lengths)
                lengths.append(float(np.mean(steps[order[begin:position]])))
                begin = position
        self.group = group
        self.lengths = lengths


def grid_of(inputs: Sequence[Input], times: FloatArray, after: SteadySeries | None) -> tuple[FloatArray, int]:
    """The times, with the begin of the state in front where it lies earlier; and how many were put in front."""
    begin = first_time(inputs, times, after)
    if begin < times[0] - SAME_TIME_H:
        return np.concatenate([[begin], times]), 1
    return times, 0


def given_in(inputs: Sequence[Input], grid: FloatArray) -> list[list[int]]:
    """For each time of the grid the inputs that act in the interval ending there (0: at the first time)."""
    acting: list[list[int]] = [[] for _ in range(grid.shape[0])]
    for number, given in enumerate(inputs):
        start, end = given.first_h, given.last_h
        first = int(np.searchsorted(grid, start - SAME_TIME_H, side="left"))
        last = int(np.searchsorted(grid, end - SAME_TIME_H, side="left"))
        for index in range(first, min(last, grid.shape[0] - 1) + 1):
            acting[index].append(number)
    return acting


def part_of(bank: Bank, given: Input, begin_h: float, end_h: float) -> FloatArray | None:
    """State at `end_h` left by what `given` gave after `begin_h` and until `end_h`; None when it gave nothing.

    A bolus belongs to the interval that ends at it or after it: ``begin < start <= end`` within `SAME_TIME_H`.
    """
    if given.same_times:
        start, duration = float(given.start_h), float(given.duration_h)
        if duration == 0.0:
            if not begin_h + SAME_TIME_H < start <= end_h + SAME_TIME_H:
                return None
            return bank.bolus(given.channel, max(end_h - start, 0.0)) * given.amount_mg
        a, b = max(begin_h, start), min(end_h, start + duration)
        if b - a <= 0.0:
            return None
        left = bank.ramp(given.channel, b - a) * (given.amount_mg / duration)
        if end_h - b > 0.0:
            bank.advance(left, bank.decay(end_h - b))
        return left
    starts = np.broadcast_to(np.asarray(given.start_h, dtype=np.float64), (bank.people,))
    durations = np.broadcast_to(np.asarray(given.duration_h, dtype=np.float64), (bank.people,))
    amounts = np.broadcast_to(np.asarray(given.amount_mg, dtype=np.float64), (bank.people,))
    at_once = durations == 0.0
    now = at_once & (begin_h + SAME_TIME_H < starts) & (starts <= end_h + SAME_TIME_H)
    first = np.maximum(begin_h, starts)
    last = np.minimum(end_h, starts + durations)
    running = ~at_once & (last > first)
    if not np.any(now) and not np.any(running):
        return None
    total = np.zeros((bank.modes, bank.people))
    if np.any(now):
        total += bank.bolus(given.channel, np.maximum(end_h - starts, 0.0)) * np.where(now, amounts, 0.0)
    if np.any(running):
        length = np.where(running, last - first, 0.0)
        left = bank.ramp(given.channel, length) * np.where(running, amounts / np.where(at_once, 1.0, durations), 0.0)
        bank.advance(left, bank.decay(np.where(running, end_h - last, 0.0)))
        total += left
    return total


def moves(
    bank: Bank, inputs: Sequence[Input], grid: FloatArray, steps: Steps
) -> Iterator[tuple[int, FloatArray | None]]:
    """For each interval of the grid the kind of its step, and the state that was given in it (None: nothing).

    What is given is the same array object whenever the same infusions run all through an interval of the same length.
    """
    acting = given_in(inputs, grid)
    known: dict[tuple[int, ...], FloatArray] = {}
    for index in range(1, grid.shape[0]):
        kind = int(steps.group[index - 1])
        begin, end = float(grid[index - 1]), float(grid[index])
        through, total = [], None
        for number in acting[index]:
            given = inputs[number]
            if given.same_times:
                start, duration = float(given.start_h), float(given.duration_h)
                if duration > 0.0 and start <= begin and start + duration >= end:
                    through.append(number)
                    continue
            part = part_of(bank, given, begin, end)
            if part is not None:
                total = part if total is None else total + part
        if through:
            key = (kind, *through)
            running = known.get(key)
            if running is None:
                if len(known) >= _MOST_KNOWN:
                    known.clear()
                for number in through:
                    part = bank.ramp(inputs[number].channel, steps.lengths[kind])
                    part *= inputs[number].amount_mg / np.asarray(inputs[number].duration_h)
                    running = part if running is None else running + part
                assert running is not None
                known[key] = running
            total = running if total is None else total + running
        yield kind, total


def first_state(bank: Bank, inputs: Sequence[Input], grid: FloatArray, after: SteadySeries | None) -> FloatArray:
    """The state (K, N) at the first time of the grid, with what is given exactly then."""
    state = state_after(bank, after) if after is not None else np.zeros((bank.modes, bank.people))
    for number in given_in(inputs, grid[:1])[0]:
        part = part_of(bank, inputs[number], -np.inf, float(grid[0]))
        if part is not None:
            state += part
    return state


def states(bank: Bank, inputs: Sequence[Input], grid: FloatArray, after: SteadySeries | None) -> Iterator[FloatArray]:
    """The state (K, N) at each time of the grid, in one array that is overwritten from step to step.

    The grid must begin where the state begins (`grid_of`).
    """
    state = first_state(bank, inputs, grid, after)
    yield state
    steps = Steps(grid)
    cached = len(steps.lengths) <= _MOST_CACHED_STEPS
    decays: dict[int, FloatArray] = {}
    for kind, part in moves(bank, inputs, grid, steps):
        decay = decays.get(kind)
        if decay is None:
            decay = bank.decay(steps.lengths[kind])
            if cached:
                decays[kind] = decay
        bank.advance(state, decay)
        if part is not None:
            state += part
        yield state


def require_finite_state(state: FloatArray) -> None:
    if not np.all(np.isfinite(state)):
        person = int(np.argwhere(~np.isfinite(state))[0][-1])
        raise EngineError(f"the amounts of person {person} left the range of numbers; look at the inputs and the rates")


def ramp_of(rates: FloatArray, length: FloatArray) -> FloatArray:
    """``(1 - exp(-rates x length)) / rates`` for broadcast shapes; `length` where the rate is 0."""
    gain = -np.expm1(-rates * length)
    if np.all(rates > 0.0):
        return gain / rates
    return np.where(rates > 0.0, gain / np.where(rates > 0.0, rates, 1.0), np.broadcast_to(length, gain.shape))
