"""Exact concentrations of a bank on a time grid.

The state moves from time to time exactly: ``state = state * decay(step) + what was given in between``. Decays are
computed once per distinct step length; what is given is integrated from its own start to its own end, so that an
infusion which ends between two times, or at another time for every person, costs no accuracy. A grid without equal
steps works too, with an exponential per step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine import fast
from ketachart.pharmacology.engine.errors import EngineError, FloatArray
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.schedule import Input, Number, SteadySeries
from ketachart.pharmacology.engine.stepping import (
    SAME_TIME_H,
    Bank,
    check_inputs,
    checked_times,
    grid_of,
    part_of,
    ramp_of,
    require_finite_state,
    state_after,
    states,
)

_PEOPLE_AT_ONCE = 16_384
_SMALL = 60_000


def concentrations(
    bank: Bank,
    inputs: Sequence[Input],
    times_h: ArrayLike,
    *,
    after: SteadySeries | None = None,
    out: FloatArray | None = None,
    with_numba: bool | None = None,
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
    with_numba : bool, optional
        Whether to run the numba kernel (`ketachart[fast]`) for a `ModeBank`; by default when it is installed and the work is
        large enough to be worth loading it.

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
    _fill(bank, inputs, times, after, out, with_numba)
    crowd = bank.crowd if isinstance(bank, ModeBank) else None
    if crowd is not None:
        people = crowd.people
        theirs = [given.select(people) for given in inputs]
        before = after.select(people) if after is not None else None
        out[:, :, people] = concentrations(crowd.exact, theirs, times, after=before)
    return out


def _fill(
    bank: Bank,
    inputs: Sequence[Input],
    times: FloatArray,
    after: SteadySeries | None,
    out: FloatArray,
    with_numba: bool | None,
) -> None:
    if isinstance(bank, ModeBank):
        if bank.modes * bank.people * times.shape[0] <= _SMALL:
            _all_at_once(bank, inputs, times, after, out)
            return
        if fast.wanted(out.size, with_numba) and out.flags.c_contiguous and out.dtype == np.float64:
            fast.fill(bank, inputs, times, after, out)
            return
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


# --- many people: step through time -------------------------------------------------------------------------


def _through_time(
    bank: Bank, inputs: Sequence[Input], times: FloatArray, after: SteadySeries | None, out: FloatArray
) -> None:
    grid, skipped = grid_of(inputs, times, after)
    show = Shower(bank)
    state = np.zeros(0)
    for index, state in enumerate(states(bank, inputs, grid, after)):
        if index >= skipped:
            show(state, out[:, index - skipped])
    require_finite_state(state)


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
        if isinstance(given.duration_h, np.ndarray):
            at_once = bool(np.all(given.duration_h == 0.0))
            if not at_once and np.any(given.duration_h == 0.0):
                _mixed_into(bank, given, grid, forced)
                continue
        else:
            at_once = given.duration_h == 0.0
        by_channel.setdefault((given.channel, at_once), []).append(given)
    for (channel, at_once), group in by_channel.items():
        _group_into(bank, channel, at_once, group, grid, forced)
    scanned = np.exp(-rates * (grid[1:] - grid[:-1])[:, np.newaxis, np.newaxis])
    reach = 1
    while reach < size:
        forced[reach:] += scanned[reach - 1 :] * forced[:-reach]
        if 2 * reach < size:
            scanned[reach:] = scanned[reach:] * scanned[:-reach]
        reach *= 2
    require_finite_state(forced[-1])
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
    starts = _column([given.start_h for given in group])
    amounts = _column([given.amount_mg for given in group])
    weights = bank.intake_of(channel)
    rates = bank.rates_per_h
    begins = np.concatenate([[-np.inf], grid[:-1]])
    if at_once:
        begun, ended = (begins + SAME_TIME_H)[:, np.newaxis], (grid + SAME_TIME_H)[:, np.newaxis]
        acts = (begun < starts[:, np.newaxis]) & (starts[:, np.newaxis] <= ended)
        which, when = np.nonzero(acts.any(axis=2))
        if which.size == 0:
            return
        age = np.maximum(grid[when][:, np.newaxis] - starts[which], 0.0)
        parts = np.exp(-rates * age[:, np.newaxis]) * (amounts[which] * acts[which, when])[:, np.newaxis]
    else:
        durations = _column([given.duration_h for given in group])
        stops = starts + durations
        which, when = np.nonzero(
            (stops.max(axis=1)[:, np.newaxis] > begins) & (starts.min(axis=1)[:, np.newaxis] < grid)
        )
        if which.size == 0:
            return
        last = np.minimum(grid[when][:, np.newaxis], stops[which])
        length = np.maximum(last - np.maximum(begins[when][:, np.newaxis], starts[which]), 0.0)
        parts = ramp_of(rates, length[:, np.newaxis])
        rest = np.where(length > 0.0, grid[when][:, np.newaxis] - last, 0.0)
        later = np.flatnonzero(rest.max(axis=1) > 0.0)
        if later.size:
            parts[later] *= np.exp(-rates * rest[later][:, np.newaxis])
        parts = parts * (amounts / durations)[which][:, np.newaxis]
    parts = parts * weights
    if which.shape[0] == 1:
        forced[when[0]] += parts[0]
        return
    order = np.argsort(when, kind="stable")
    when = when[order]
    cuts = np.flatnonzero(np.concatenate([[True], when[1:] != when[:-1]]))
    forced[when[cuts]] += np.add.reduceat(parts[order], cuts, axis=0)


def _column(values: list[Number]) -> FloatArray:
    """Values of several inputs as (E, 1), or (E, N) when people differ."""
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    if not arrays:
        return np.array(values, dtype=np.float64)[:, np.newaxis]
    width = arrays[0].shape[0]
    return np.stack([np.broadcast_to(np.asarray(value, dtype=np.float64), (width,)) for value in values])
