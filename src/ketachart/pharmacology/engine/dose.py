"""Doses from targets: algebra on the unit response, because concentration is proportional to dose.

Every question has the same answer, ``(target - what is there already) / response to 1 mg``; for a peak on top of earlier
doses the smallest such ratio over time counts. A template says how the dose is given (which channels, in which proportion,
how fast); its amounts are scaled together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.measures import area, peak, search_grid
from ketachart.pharmacology.engine.percentiles import percentiles
from ketachart.pharmacology.engine.schedule import Input, SteadySeries
from ketachart.pharmacology.engine.stepping import Bank

_NEWTON_STEPS = 6


@dataclass(frozen=True, eq=False)
class DoseBand:
    """Doses of N people for the same target, mg; infinite for a person who cannot reach it.

    `band` holds their percentiles at `levels`.
    """

    dose_mg: FloatArray
    levels: tuple[float, ...]
    band: FloatArray

    def reaching(self, share: float) -> float:
        """Dose at which this share of people reach the target or more, mg."""
        return self._share(share, share)

    def staying_below(self, share: float) -> float:
        """Dose at which this share of people stay at the target or below, mg."""
        return self._share(share, 1.0 - share)

    def _share(self, share: float, place: float) -> float:
        if not 0.0 < share < 1.0:
            raise EngineError(f"the share is {share:g}; it must lie between 0 and 1")
        return float(np.quantile(self.dose_mg, place))


def per_mg(template: Sequence[Input]) -> list[Input]:
    """The template scaled to 1 mg in all (per person, where amounts differ). Raises EngineError when it gives nothing."""
    total = sum((np.asarray(given.amount_mg, dtype=np.float64) for given in template), start=np.zeros(()))
    if not template or np.any(total <= 0.0):
        raise EngineError("the template gives nothing: its amounts must add up to more than 0 mg")
    return [replace(given, amount_mg=_plain(given.amount_mg / total)) for given in template]


def _plain(value: FloatArray | float) -> FloatArray | float:
    return float(value) if np.ndim(value) == 0 else value


def _answer(doses: FloatArray, levels: Sequence[float]) -> DoseBand:
    doses = np.where(np.isnan(doses), np.inf, doses)
    finite = np.isfinite(doses)
    shown = percentiles(np.where(finite, doses, np.finfo(np.float64).max), levels)
    return DoseBand(doses, tuple(map(float, levels)), np.where(shown > 1e300, np.inf, shown))


def dose_for_area(
    bank: Bank,
    template: Sequence[Input],
    analyte: str,
    target_ng_h_per_ml: float,
    *,
    from_h: float | None = None,
    until_h: float = np.inf,
    given: Sequence[Input] = (),
    levels: Sequence[float] = (5.0, 50.0, 95.0),
) -> DoseBand:
    """Dose that brings an area under the curve to a target.

    Parameters
    ----------
    bank, template
        Model and how the dose is given.
    analyte : str
    target_ng_h_per_ml : float
    from_h, until_h : float
        The window; by default from the first input to infinity.
    given : sequence of Input
        Earlier doses; their area in the window counts towards the target.
    levels : percentiles of the band over people
    """
    require_finite("target_ng_h_per_ml", target_ng_h_per_ml, above=0.0)
    bank, unit = bank.only([analyte]), per_mg(template)
    begin = _begin([*unit, *given]) if from_h is None else from_h
    per = area(bank, unit, begin, until_h)[0]
    there = area(bank, given, begin, until_h)[0] if given else 0.0
    return _answer(_ratio(target_ng_h_per_ml - there, per), levels)


def dose_for_level(
    bank: Bank,
    template: Sequence[Input],
    analyte: str,
    target_ng_per_ml: float,
    at_h: float,
    *,
    given: Sequence[Input] = (),
    after: SteadySeries | None = None,
    levels: Sequence[float] = (5.0, 50.0, 95.0),
) -> DoseBand:
    """Dose that brings an analyte (the effect site, say) to a level at a time.

    Parameters are those of `dose_for_area`; `at_h` is the time, h.
    """
    require_finite("target_ng_per_ml", target_ng_per_ml, above=0.0)
    bank = bank.only([analyte])
    per = concentrations(bank, per_mg(template), [at_h])[0, 0]
    there = concentrations(bank, given, [at_h], after=after)[0, 0] if given or after is not None else 0.0
    return _answer(_ratio(target_ng_per_ml - there, per), levels)


def dose_for_peak(
    bank: Bank,
    template: Sequence[Input],
    analyte: str,
    target_ng_per_ml: float,
    *,
    times_h: ArrayLike | None = None,
    given: Sequence[Input] = (),
    levels: Sequence[float] = (5.0, 50.0, 95.0),
) -> DoseBand:
    """Dose whose highest concentration is a target.

    Parameters
    ----------
    bank, template, analyte, levels
        As for `dose_for_area`.
    target_ng_per_ml : float
    times_h : array (T,), optional
        Where to look for the peak; by default 24 h from the first input of the template.
    given : sequence of Input
        Earlier doses. The answer is the largest dose that keeps the sum at or below the target from the first input of the
        template on, ``min over time of (target - there) / unit``; 0 where earlier doses alone pass it.

    Notes
    -----
    Without earlier doses this is one division. With them, Newton steps on the (convex) highest concentration follow the
    minimum between grid times, as Shafer and Gregg's top-up bolus does on a grid.
    """
    require_finite("target_ng_per_ml", target_ng_per_ml, above=0.0)
    bank, unit = bank.only([analyte]), per_mg(template)
    begin = _begin(unit)
    times = search_grid([*unit, *given], begin, begin + 24.0) if times_h is None else np.asarray(times_h, np.float64)
    if not given:
        return _answer(_ratio(np.full(bank.people, target_ng_per_ml), peak(bank, unit, times).concentration[0]), levels)
    there = concentrations(bank, given, times)[0]
    per = concentrations(bank, unit, times)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(per > 0.0, (target_ng_per_ml - there) / per, np.inf)
    doses = np.maximum(np.min(ratio, axis=0), 0.0)
    for _ in range(_NEWTON_STEPS):
        scaled = [replace(each, amount_mg=_plain(each.amount_mg * doses)) for each in unit]
        top = peak(bank, [*given, *scaled], times)
        slope = _at_own_time(bank, unit, top.time_h[0])
        move = np.where(slope > 0.0, (target_ng_per_ml - top.concentration[0]) / np.where(slope > 0.0, slope, 1.0), 0.0)
        doses = np.maximum(doses + move, 0.0)
        if np.all(np.abs(move) <= 1e-9 * doses):
            break
    return _answer(doses, levels)


def _at_own_time(bank: Bank, inputs: Sequence[Input], times: FloatArray) -> FloatArray:
    """Concentration of the bank's only analyte at a time of each person's own, (N,)."""
    shifted = [replace(given, start_h=given.start_h - times) for given in inputs]
    level: FloatArray = concentrations(bank, shifted, [0.0])[0, 0]
    return level


def _begin(inputs: Sequence[Input]) -> float:
    return min(float(np.min(given.start_h)) for given in inputs)


def _ratio(target: FloatArray | float, per: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        doses: FloatArray = np.where(per > 0.0, np.maximum(target, 0.0) / np.where(per > 0.0, per, 1.0), np.inf)
    return doses


def equivalent_dose(
    known_bank: Bank,
    known: Sequence[Input],
    bank: Bank,
    template: Sequence[Input],
    *,
    by: Literal["area", "peak"] = "area",
    analyte: str = "ketamine",
    other_analyte: str | None = None,
    levels: Sequence[float] = (5.0, 50.0, 95.0),
) -> DoseBand:
    """Dose of one product and route that exposes a person like a known dose of another.

    Parameters
    ----------
    known_bank, known
        Model and inputs of the known dose.
    bank, template
        Model and way of giving of the dose that is sought; the same people (or one person) as `known_bank`.
    by : {"area", "peak"}
        Equal area to infinity, or equal highest concentration.
    analyte, other_analyte : str
        What is compared, in `known_bank` and in `bank` (default the same name).
    levels : percentiles of the band over people

    Raises
    ------
    EngineError
        When the banks are for different numbers of people (above 1).
    """
    if known_bank.people != bank.people and 1 not in (known_bank.people, bank.people):
        raise EngineError(f"the banks are for {known_bank.people} and {bank.people} people")
    known_bank, bank = known_bank.only([analyte]), bank.only([other_analyte or analyte])
    unit = per_mg(template)
    if by == "area":
        target = area(known_bank, known, _begin(known), np.inf)[0]
        per = area(bank, unit, _begin(unit), np.inf)[0]
    else:
        target = peak(known_bank, known, search_grid(known, _begin(known), _begin(known) + 24.0)).concentration[0]
        per = peak(bank, unit, search_grid(unit, _begin(unit), _begin(unit) + 24.0)).concentration[0]
    return _answer(_ratio(target, np.broadcast_to(per, np.broadcast_shapes(target.shape, per.shape))), levels)
