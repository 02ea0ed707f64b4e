"""What is read off a curve: peak, area, time above a level, half-life. Exact between the times of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.crowd import picked
from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.modes import ModeBank
from ketachart.pharmacology.engine.points import IntArray, Points, root
from ketachart.pharmacology.engine.propagator import Propagator
from ketachart.pharmacology.engine.schedule import Input, SteadySeries
from ketachart.pharmacology.engine.stepping import Bank, check_inputs, checked_times, grid_of, states

_PEOPLE_AT_ONCE = 4096
_JUST_BEFORE_H = 2e-9
_FINER = 16
_MOST_EVENTS = 400


@dataclass(frozen=True, eq=False)
class Peak:
    """Highest concentration and when, arrays (A, N), ng/mL and h."""

    concentration: FloatArray
    time_h: FloatArray


def event_times(inputs: Sequence[Input]) -> FloatArray:
    """Starts and ends that are the same for everybody, sorted, h."""
    times = [
        time
        for given in inputs
        if given.same_times
        for time in (float(given.start_h), float(given.start_h) + float(given.duration_h))
    ]
    return np.unique(times)


def search_grid(inputs: Sequence[Input], from_h: float, until_h: float) -> FloatArray:
    """Times dense after every event and sparser later, on which peaks and crossings are looked for.

    One minute after an event, then in steps that grow by a quarter; events themselves included, (T,).
    """
    marks = {from_h}
    for given in inputs:
        if given.same_times:
            marks |= {float(given.start_h), float(given.start_h) + float(given.duration_h)}
        else:
            marks |= {float(value) for value in np.ravel(given.start_h)}
    events = sorted(mark for mark in marks if from_h <= mark < until_h)
    if len(events) > _MOST_EVENTS:
        events = [events[int(place)] for place in np.linspace(0, len(events) - 1, _MOST_EVENTS)]
    offsets = _offsets(until_h - from_h)
    parts = [
        event + offsets[: int(np.searchsorted(offsets, following - event))]
        for event, following in zip(events, [*events[1:], until_h], strict=True)
    ]
    times: FloatArray = np.concatenate([*parts, [until_h]])
    return times


@lru_cache(maxsize=64)
def _offsets(span_h: float) -> FloatArray:
    """Times after an event: a minute, then steps that grow by a quarter, up to half an hour (longer over a long span)."""
    offsets, step = [0.0], 1 / 60
    while offsets[-1] < span_h:
        offsets.append(offsets[-1] + step)
        step = min(step * 1.25, max(0.5, span_h / 400))
    found = np.array(offsets)
    found.flags.writeable = False
    return found


def peak(
    bank: Bank,
    inputs: Sequence[Input],
    times_h: ArrayLike,
    *,
    after: SteadySeries | None = None,
) -> Peak:
    """Highest concentration of every analyte and person between the first and the last time.

    Parameters
    ----------
    bank, inputs, after
        As for `concentrations`.
    times_h : array (T,)
        Where to look; events are added. Each curve may have one peak between neighbouring times.

    Returns
    -------
    Peak
        Refined between the times: to rounding for a `ModeBank`, to about 1e-5 for a `Propagator`.
    """
    times = checked_times(times_h)
    check_inputs(bank, inputs, after, times)
    events = event_times(inputs)
    events = events[(events > times[0]) & (events < times[-1])]
    known = times[np.minimum(np.searchsorted(times, events), times.shape[0] - 1)] == events
    grid = times if known.all() else np.unique(np.concatenate([times, events]))
    if not isinstance(bank, ModeBank):
        grid = _finer(grid)
    highest = np.empty((len(bank.analytes), bank.people))
    when = np.empty_like(highest)
    for people in _slices(bank.people):
        part, given = bank.select(people), [each.select(people) for each in inputs]
        before = after.select(people) if after is not None else None
        curve = concentrations(part, given, grid, after=before)
        index = np.argmax(curve, axis=1)
        value = np.take_along_axis(curve, index[:, np.newaxis], axis=1)[:, 0]
        if isinstance(part, ModeBank):
            found = _refined(part, given, before, grid, index, value)
        else:
            found = _parabola(curve, grid, events, index, value)
        highest[:, people], when[:, people] = found
    crowd = bank.crowd if isinstance(bank, ModeBank) else None
    if crowd is not None:
        who = crowd.people
        given = [each.select(who) for each in inputs]
        if after is None:
            highest[:, who] = _at_own_times(crowd.exact, given, when[:, who])
        else:
            found_there = peak(crowd.exact, given, grid, after=after.select(who))
            highest[:, who], when[:, who] = found_there.concentration, found_there.time_h
    return Peak(highest, when)


def _at_own_times(exact: Propagator, inputs: Sequence[Input], times: FloatArray) -> FloatArray:
    """Concentrations at a time of each analyte's and person's own, (A, M): doses are moved, so that the time is 0."""
    analytes, people = times.shape
    who = np.tile(np.arange(people), analytes)
    everybody = picked(exact, who)
    moved = [
        Input(
            given.channel,
            np.broadcast_to(np.asarray(given.start_h), (people,))[who] - times.ravel(),
            np.broadcast_to(np.asarray(given.amount_mg), (people,))[who],
            np.broadcast_to(np.asarray(given.duration_h), (people,))[who],
        )
        for given in inputs
    ]
    level = concentrations(everybody, moved, [0.0])[:, 0].reshape(analytes, analytes, people)
    own: FloatArray = level[np.arange(analytes), np.arange(analytes)]
    return own


def _slices(people: int) -> Iterator[slice]:
    for start in range(0, people, _PEOPLE_AT_ONCE):
        yield slice(start, min(start + _PEOPLE_AT_ONCE, people))


def _finer(grid: FloatArray) -> FloatArray:
    parts = np.arange(_FINER) / _FINER
    inner = grid[:-1, np.newaxis] + np.diff(grid)[:, np.newaxis] * parts
    finer: FloatArray = np.append(inner.ravel(), grid[-1])
    return finer


def _refined(
    bank: ModeBank,
    inputs: Sequence[Input],
    after: SteadySeries | None,
    grid: FloatArray,
    index: IntArray,
    value: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    analytes, people = value.shape
    analyte, person = (each.ravel() for each in np.indices((analytes, people)))
    at = grid[index.ravel()]
    low, high = grid[np.maximum(index.ravel() - 1, 0)], grid[np.minimum(index.ravel() + 1, grid.shape[0] - 1)]
    best, when = value.ravel().copy(), at.copy()
    curve = Points(bank, inputs, analyte, person, after)
    for given in inputs:  # events of a person's own are kinks too: neighbours of the peak, or the peak itself
        if given.same_times:
            continue
        for own in (np.asarray(given.start_h), np.asarray(given.start_h) + np.asarray(given.duration_h)):
            time = np.broadcast_to(own, (people,))[person]
            inside = (time >= grid[0]) & (time <= grid[-1])
            reached = np.where(inside, curve.value(time), -np.inf)
            better = reached > best
            low = np.where(
                better, np.where(at < time, at, low), np.where(inside & (time < at), np.maximum(low, time), low)
            )
            high = np.where(
                better, np.where(at > time, at, high), np.where(inside & (time > at), np.minimum(high, time), high)
            )
            best, at, when = np.where(better, reached, best), np.where(better, time, at), np.where(better, time, when)
    onward, before = curve.slope(at, "right"), curve.slope(at, "left")
    rising = onward > 0.0
    low, high = np.where(rising, at, low), np.where(rising, high, at)
    at_low = np.where(rising, onward, curve.slope(low, "right"))
    at_high = np.where(rising, curve.slope(high, "left"), before)
    chosen = np.flatnonzero((at_low > 0.0) & (at_high < 0.0) & (high > low))
    if chosen.size:
        part = Points(bank, inputs, analyte[chosen], person[chosen], after)
        found = root(part.slope, low[chosen], high[chosen], at_low[chosen], at_high[chosen])
        reached = part.value(found)
        better = reached > best[chosen]
        best[chosen] = np.where(better, reached, best[chosen])
        when[chosen] = np.where(better, found, when[chosen])
    return best.reshape(value.shape), when.reshape(value.shape)


def _parabola(
    curve: FloatArray, grid: FloatArray, events: FloatArray, index: IntArray, value: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Vertex of the parabola through the highest grid value and its neighbours, where no event lies there."""
    middle = np.clip(index, 1, grid.shape[0] - 2)
    y0, y1, y2 = (np.take_along_axis(curve, (middle + d)[:, np.newaxis], axis=1)[:, 0] for d in (-1, 0, 1))
    t0, t1, t2 = grid[middle - 1], grid[middle], grid[middle + 1]
    first, second = (y1 - y0) / (t1 - t0), (y2 - y1) / (t2 - t1)
    bend = (second - first) / (t2 - t0)
    kink = np.zeros(index.shape, dtype=bool)
    for event in events:
        kink |= (t0 < event) & (event < t2)
    smooth = (index == middle) & (bend < 0.0) & ~kink
    shift = np.where(smooth, -(first + bend * (t1 - t0)) / np.where(smooth, 2.0 * bend, 1.0), 0.0)
    vertex = y1 - bend * shift * shift
    return np.where(smooth, vertex, value), np.where(smooth, t1 + shift, grid[index])


def area(
    bank: Bank,
    inputs: Sequence[Input],
    from_h: float,
    until_h: float,
    *,
    after: SteadySeries | None = None,
) -> FloatArray:
    """Area under each curve over a window, exactly; (A, N), ng h/mL.

    Parameters
    ----------
    bank, inputs, after
        As for `concentrations`.
    from_h, until_h : float
        The window, h; `until_h` may be infinite.

    Raises
    ------
    EngineError
        For a window that ends before it begins, or a compartment that never empties.

    Notes
    -----
    What entered minus what is left has left through the rates: ``rate x area = entered + before - after``.
    """
    require_finite("from_h", from_h)
    if np.isnan(until_h) or until_h < from_h:
        raise EngineError(
            f"the window of the area goes from {from_h:g} h to {until_h:g} h; it must not end before it begins"
        )
    times = np.array([from_h, until_h]) if np.isfinite(until_h) else np.array([from_h])
    check_inputs(bank, inputs, after, times)
    grid, _ = grid_of(inputs, times, after)
    known = [np.array(state) for state in states(bank, inputs, grid, after)]
    begin, end = (known[-2], known[-1]) if np.isfinite(until_h) else (known[-1], np.zeros_like(known[-1]))
    gone = begin - end
    for given in inputs:
        gone += _intake(bank, given.channel) * _amount_between(given, from_h, until_h)
    if isinstance(bank, Propagator):
        return bank.show(bank.integral_of(gone))
    if not isinstance(bank, ModeBank):
        raise EngineError("an area needs a ModeBank or a Propagator")
    still = bank.rates_per_h == 0.0
    if np.any(still & np.any(bank.output != 0.0, axis=0)):
        raise EngineError("a compartment of this model never empties: its area has no end")
    shown: FloatArray = np.einsum("akn,kn->an", bank.output, gone / np.where(still, 1.0, bank.rates_per_h))
    crowd = bank.crowd
    if crowd is not None:
        who = crowd.people
        theirs = [given.select(who) for given in inputs]
        before = after.select(who) if after is not None else None
        shown[:, who] = area(crowd.exact, theirs, from_h, until_h, after=before)
    return shown


def _intake(bank: Bank, channel: str) -> FloatArray:
    return bank.bolus(channel, 0.0)


def _amount_between(given: Input, from_h: float, until_h: float) -> FloatArray:
    """What an input gave after `from_h` and until `until_h`, mg."""
    start, duration = np.asarray(given.start_h), np.asarray(given.duration_h)
    at_once = duration == 0.0
    run = np.clip(np.minimum(until_h, start + duration) - np.maximum(from_h, start), 0.0, None)
    tolerance = 1e-10
    inside = (start > from_h + tolerance) & (start <= until_h + tolerance)
    share = np.where(at_once, inside, run / np.where(at_once, 1.0, duration))
    amount: FloatArray = np.asarray(given.amount_mg) * share
    return amount


def time_above(
    bank: Bank,
    inputs: Sequence[Input],
    analyte: str,
    level_ng_per_ml: float,
    times_h: ArrayLike,
    *,
    after: SteadySeries | None = None,
) -> FloatArray:
    """Hours that an analyte spends above a level between the first and the last time, (N,).

    Parameters
    ----------
    bank, inputs, after
        As for `concentrations`.
    analyte : str
    level_ng_per_ml : float
    times_h : array (T,)
        Where to look; events and the peak are added. Crossings are refined between the times (to 1e-9 h for a `ModeBank`;
        linearly on a 16 times finer grid for a `Propagator`).
    """
    require_finite("level_ng_per_ml", level_ng_per_ml)
    which = bank.analyte_index(analyte)
    times = checked_times(times_h)
    check_inputs(bank, inputs, after, times)
    events = event_times(inputs)
    events = np.concatenate([events - _JUST_BEFORE_H, events])
    grid = np.unique(np.concatenate([times, events[(events > times[0]) & (events < times[-1])]]))
    if not isinstance(bank, ModeBank):
        grid = _finer(grid)
    hours = np.empty(bank.people)
    for people in _slices(bank.people):
        part, given = bank.select(people), [each.select(people) for each in inputs]
        before = after.select(people) if after is not None else None
        above = concentrations(part, given, grid, after=before)[which] - level_ng_per_ml
        begin, end = above[:-1], above[1:]
        step = np.diff(grid)[:, np.newaxis]
        both = (begin > 0) & (end > 0)
        total = np.sum(np.where(both, step, 0.0), axis=0)
        when, person = np.nonzero((begin > 0) != (end > 0))
        if when.size and isinstance(part, ModeBank):
            points = Points(part, given, np.full(when.shape, which), person, before)
            crossing = points.crossing(level_ng_per_ml, grid[when], grid[when + 1])
        else:
            y0, y1 = begin[when, person], end[when, person]
            crossing = grid[when] + (grid[when + 1] - grid[when]) * y0 / (y0 - y1)
        spent = np.where(end[when, person] > 0, grid[when + 1] - crossing, crossing - grid[when])
        np.add.at(total, person, spent)
        if isinstance(part, ModeBank):
            total += _hidden(part, given, before, grid, which, level_ng_per_ml, np.max(above, axis=0))
        hours[people] = total
    crowd = bank.crowd if isinstance(bank, ModeBank) else None
    if crowd is not None:
        who = crowd.people
        given = [each.select(who) for each in inputs]
        before = after.select(who) if after is not None else None
        hours[who] = time_above(crowd.exact, given, analyte, level_ng_per_ml, times, after=before)
    return hours


def _hidden(
    bank: ModeBank,
    inputs: Sequence[Input],
    after: SteadySeries | None,
    grid: FloatArray,
    analyte: int,
    level: float,
    highest: FloatArray,
) -> FloatArray:
    """Time above the level of those whose only stay above it lies between two times of the grid, (N,)."""
    extra = np.zeros(bank.people)
    if np.all(highest > 0):
        return extra
    top = peak(bank, inputs, grid, after=after)
    person = np.flatnonzero((highest <= 0) & (top.concentration[analyte] > level))
    if person.size == 0:
        return extra
    at = top.time_h[analyte, person]
    after_index = np.clip(np.searchsorted(grid, at), 1, grid.shape[0] - 1)
    curve = Points(bank, inputs, np.full(person.shape, analyte), person, after)
    extra[person] = curve.crossing(level, at, grid[after_index]) - curve.crossing(level, at, grid[after_index - 1])
    return extra


def terminal_half_life(bank: Bank, channel: str) -> FloatArray:
    """Half-life of the slowest mode that each analyte shows after a dose into `channel`, (A, N), h."""
    if isinstance(bank, ModeBank):
        shown = np.abs(bank.output * bank.intake_of(channel))
        visible = shown > 1e-12 * np.max(shown, axis=1, keepdims=True)
        slowest = np.min(np.where(visible, bank.rates_per_h, np.inf), axis=1)
    elif isinstance(bank, Propagator):
        bank.intake_of(channel)
        real = -np.linalg.eigvals(bank.matrix_per_h).real
        slowest = np.broadcast_to(real.min(axis=1), (len(bank.analytes), bank.people))
    else:
        raise EngineError("a half-life needs a ModeBank or a Propagator")
    with np.errstate(divide="ignore"):
        half_life: FloatArray = np.log(2.0) / slowest
    return half_life
