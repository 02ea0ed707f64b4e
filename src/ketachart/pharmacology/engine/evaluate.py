"""Exact concentrations of a bank on a time grid.

The state moves from time to time exactly: ``state = state * decay(step) + what was given in between``. Decays are
computed once per distinct step length; what is given is integrated from its own start to its own end, so that an
infusion which ends between two times, or at another time for every person, costs no accuracy. A grid without equal
steps works too, with an exponential per step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.schedule import Input, SteadySeries

SAME_TIME_H = 1e-10
_PEOPLE_AT_ONCE = 4096
_SMALL = 60_000
_MOST_CACHED_STEPS = 48


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
    def structure(self) -> list[list[tuple[int, bool]]]: ...
    def select(self, people: slice) -> Bank: ...
    def decay(self, step_h: float | FloatArray) -> FloatArray: ...
    def advance(self, state: FloatArray, decay: FloatArray) -> None: ...
    def bolus(self, channel: str, age_h: float | FloatArray) -> FloatArray: ...
    def ramp(self, channel: str, length_h: float | FloatArray) -> FloatArray: ...
    def settled(self, state: FloatArray, every_h: float, times: int | None) -> FloatArray: ...
    def analyte_index(self, analyte: str) -> int: ...


def concentrations(
    bank: Bank,
    inputs: Sequence[Input],
    times_h: ArrayLike,
    *,
    after: SteadySeries | None = None,
    out: FloatArray | None = None,
) -> FloatArray:
    """Concentrations of every analyte, at every time, for every person.

    Parameters
    ----------
    bank : ModeBank or Propagator
    inputs : sequence of Input
        In any order, overlapping or not.
    times_h : array (T,)
        Not decreasing, h; any spacing. A bolus given exactly at a time counts at that time.
    after : SteadySeries, optional
        What was given regularly before time 0; then no time and no input may lie before 0.
    out : array (A, T, N), optional
        Written into and returned. Reuse it: a fresh array costs more than the simulation (page faults). float32 is
        allowed.

    Returns
    -------
    array (A, T, N)
        ng/mL; people contiguous.

    Raises
    ------
    EngineError
        For times that are not finite or decrease, an unknown channel, arrays for another number of people, a wrong
        `out`, or a state that is not finite.
    """
    times = checked_times(times_h)
    check_inputs(bank, inputs, after, times)
    shape = (len(bank.analytes), times.shape[0], bank.people)
    if out is None:
        out = np.empty(shape)
    elif out.shape != shape:
        raise EngineError(f"out has shape {out.shape}; it must be {shape}")
    if times.shape[0] == 0 or bank.people == 0:
        return out
    if isinstance(bank, ModeBank) and bank.modes * bank.people * times.shape[0] <= _SMALL:
        _all_at_once(bank, inputs, times, after, out)
        return out
    for start in range(0, bank.people, _PEOPLE_AT_ONCE):
        people = slice(start, min(start + _PEOPLE_AT_ONCE, bank.people))
        part = bank.select(people)
        _through_time(
            part,
            [given.select(people) for given in inputs],
            times,
            after.select(people) if after is not None else None,
            out[:, :, people],
        )
    return out


def checked_times(times_h: ArrayLike) -> FloatArray:
    """Times as an array (T,), finite and not decreasing. Raises EngineError."""
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    if times.ndim != 1:
        raise EngineError(f"times_h has shape {times.shape}; it must be (T,)")
    require_finite("times_h", times)
    if np.any(np.diff(times) < 0):
        where = int(np.argmax(np.diff(times) < 0))
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
        if any(np.min(given.start_h) < 0 for given in inputs):
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
    return float(min([times[0], *(float(np.min(given.start_h)) for given in inputs)]))


# --- many people: step through time -------------------------------------------------------------------------


class _Steps:
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
        start = float(np.min(given.start_h))
        end = float(np.max(np.asarray(given.start_h) + np.asarray(given.duration_h)))
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


def states(bank: Bank, inputs: Sequence[Input], grid: FloatArray, after: SteadySeries | None) -> Iterator[FloatArray]:
    """The state (K, N) at each time of the grid, in one array that is overwritten from step to step.

    The grid must begin where the state begins (`grid_of`).
    """
    state = state_after(bank, after) if after is not None else np.zeros((bank.modes, bank.people))
    acting = given_in(inputs, grid)
    for number in acting[0]:
        part = part_of(bank, inputs[number], -np.inf, float(grid[0]))
        if part is not None:
            state += part
    yield state
    steps = _Steps(grid)
    cached = len(steps.lengths) <= _MOST_CACHED_STEPS
    decays: dict[int, FloatArray] = {}
    parts: dict[tuple[int, int, int, int], FloatArray | None] = {}
    resolution = SAME_TIME_H / 100.0
    for index in range(1, grid.shape[0]):
        kind = int(steps.group[index - 1])
        decay = decays.get(kind)
        if decay is None:
            decay = bank.decay(steps.lengths[kind])
            if cached:
                decays[kind] = decay
        bank.advance(state, decay)
        begin, end = float(grid[index - 1]), float(grid[index])
        for number in acting[index]:
            given = inputs[number]
            if not given.same_times:
                part = part_of(bank, given, begin, end)
            else:
                start = float(given.start_h)
                stop = start + float(given.duration_h)
                if start <= begin and stop >= end and stop > start:
                    key = (number, kind, 0, 0)  # runs all through: the same for every such step of this length
                else:
                    key = (number, kind, round((start - begin) / resolution), round((stop - begin) / resolution))
                if key in parts:
                    part = parts[key]
                else:
                    part = part_of(bank, given, begin, end)
                    if key[2:] == (0, 0):
                        parts[key] = part
            if part is not None:
                state += part
        yield state


def _through_time(
    bank: Bank, inputs: Sequence[Input], times: FloatArray, after: SteadySeries | None, out: FloatArray
) -> None:
    grid, skipped = grid_of(inputs, times, after)
    show = Shower(bank)
    state = np.zeros(0)
    for index, state in enumerate(states(bank, inputs, grid, after)):
        if index >= skipped:
            show(state, out[:, index - skipped])
    _require_finite_state(state)


class Shower:
    """Turns a state (K, N) into concentrations (A, N), with buffers of its own."""

    def __init__(self, bank: Bank) -> None:
        self._output = bank.output
        self._rows: list[tuple[list[int], list[slice]]] = []
        widest = 1
        for row in bank.structure:
            ones = [k for k, one in row if one]
            runs: list[slice] = []
            for k in [k for k, one in row if not one]:
                if runs and runs[-1].stop == k:
                    runs[-1] = slice(runs[-1].start, k + 1)
                else:
                    runs.append(slice(k, k + 1))
                widest = max(widest, runs[-1].stop - runs[-1].start)
            self._rows.append((ones, runs))
        self._products = np.empty((widest, bank.people))
        self._sum = np.empty(bank.people)

    def __call__(self, state: FloatArray, row_out: FloatArray) -> None:
        for analyte, (ones, runs) in enumerate(self._rows):
            total = self._sum
            if len(ones) > 1:
                np.add(state[ones[0]], state[ones[1]], out=total)
                for k in ones[2:]:
                    np.add(total, state[k], out=total)
            elif ones:
                np.copyto(total, state[ones[0]])
            else:
                total.fill(0.0)
            for run in runs:
                products = self._products[: run.stop - run.start]
                np.multiply(self._output[analyte, run], state[run], out=products)
                for product in products:
                    np.add(total, product, out=total)
            row_out[analyte] = total


def _require_finite_state(state: FloatArray) -> None:
    if not np.all(np.isfinite(state)):
        person = int(np.argwhere(~np.isfinite(state))[0][-1])
        raise EngineError(f"the amounts of person {person} left the range of numbers; look at the inputs and the rates")


# --- few people: all times at once --------------------------------------------------------------------------


def _all_at_once(
    bank: ModeBank, inputs: Sequence[Input], times: FloatArray, after: SteadySeries | None, out: FloatArray
) -> None:
    """The same recurrence as a scan that doubles its reach, with no loop over times."""
    grid, skipped = grid_of(inputs, times, after)
    rates = bank.rates_per_h
    size = grid.shape[0]
    forced = np.zeros((size, bank.modes, bank.people))
    if after is not None:
        forced[0] = state_after(bank, after)
    by_channel: dict[tuple[str, bool], list[Input]] = {}
    for given in inputs:
        at_once = bool(np.all(np.asarray(given.duration_h) == 0.0))
        if not at_once and np.any(np.asarray(given.duration_h) == 0.0):
            _mixed_into(bank, given, grid, forced)
            continue
        by_channel.setdefault((given.channel, at_once), []).append(given)
    for (channel, at_once), group in by_channel.items():
        _group_into(bank, channel, at_once, group, grid, forced)
    scanned = np.exp(-rates * np.diff(grid)[:, np.newaxis, np.newaxis])
    reach = 1
    while reach < size:
        forced[reach:] += scanned[reach - 1 :] * forced[:-reach]
        if 2 * reach < size:
            scanned[reach:] = scanned[reach:] * scanned[:-reach]
        reach *= 2
    _require_finite_state(forced[-1])
    shown = forced[skipped:]
    out[...] = np.einsum("akn,tkn->atn", bank.output, shown)


def _mixed_into(bank: ModeBank, given: Input, grid: FloatArray, forced: FloatArray) -> None:
    """An input that is a bolus for some people and an infusion for others."""
    for index in range(grid.shape[0]):
        part = part_of(bank, given, float(grid[index - 1]) if index else -np.inf, float(grid[index]))
        if part is not None:
            forced[index] += part


def _group_into(
    bank: ModeBank, channel: str, at_once: bool, group: list[Input], grid: FloatArray, forced: FloatArray
) -> None:
    """Add what the inputs of one channel leave at each time of the grid to `forced` (T, K, N)."""
    width = bank.people if any(given.people for given in group) else 1
    starts = np.stack([np.broadcast_to(np.asarray(given.start_h, dtype=np.float64), (width,)) for given in group])
    amounts = np.stack([np.broadcast_to(np.asarray(given.amount_mg, dtype=np.float64), (width,)) for given in group])
    weights = bank.intake_of(channel)
    rates = bank.rates_per_h
    ends = grid[np.newaxis, :, np.newaxis]
    begins = np.concatenate([[-np.inf], grid[:-1]])[np.newaxis, :, np.newaxis]
    if at_once:
        acts = (begins + SAME_TIME_H < starts[:, np.newaxis]) & (starts[:, np.newaxis] <= ends + SAME_TIME_H)
        which, when = np.nonzero(acts.any(axis=2))
        if which.size == 0:
            return
        age = np.maximum(grid[when][:, np.newaxis] - starts[which], 0.0)
        parts = np.exp(-rates * age[:, np.newaxis]) * (amounts[which] * acts[which, when])[:, np.newaxis]
    else:
        durations = np.stack(
            [np.broadcast_to(np.asarray(given.duration_h, dtype=np.float64), (width,)) for given in group]
        )
        stops = starts + durations
        a = np.maximum(begins, starts[:, np.newaxis])
        b = np.minimum(ends, stops[:, np.newaxis])
        which, when = np.nonzero((b > a).any(axis=2))
        if which.size == 0:
            return
        first, last = a[which, when], b[which, when]
        length = np.maximum(last - first, 0.0)
        per_hour = (amounts / durations)[which]
        left = ramp_of(rates, length[:, np.newaxis])
        rest = np.where(length > 0.0, np.maximum(grid[when][:, np.newaxis] - last, 0.0), 0.0)
        if np.any(rest > 0.0):
            left = left * np.exp(-rates * rest[:, np.newaxis])
        parts = left * per_hour[:, np.newaxis]
    parts = parts * weights
    order = np.argsort(when, kind="stable")
    when = when[order]
    cuts = np.flatnonzero(np.concatenate([[True], when[1:] != when[:-1]]))
    forced[when[cuts]] += np.add.reduceat(parts[order], cuts, axis=0)


def ramp_of(rates: FloatArray, length: FloatArray) -> FloatArray:
    """``(1 - exp(-rates x length)) / rates`` for broadcast shapes; `length` where the rate is 0."""
    gain = -np.expm1(-rates * length)
    if np.all(rates > 0.0):
        return gain / rates
    return np.where(rates > 0.0, gain / np.where(rates > 0.0, rates, 1.0), np.broadcast_to(length, gain.shape))
