"""One person from measured concentrations: the most probable parameters, and how sure they are.

The person differs from the typical person by etas with a known covariance (omega). Their most probable values (maximum a
posteriori, MAP) are found by Levenberg-Marquardt: one call of the model gives the prediction and its derivatives for all
starts together, because the etas with their small differences are just more people. The posterior is then sampled around the
MAP and weighted by how much the guess and the truth differ (importance sampling); the effective sample size says how well
that went.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketachart.pharmacology.engine.errors import EngineError, FloatArray, require_finite
from ketachart.pharmacology.engine.evaluate import concentrations
from ketachart.pharmacology.engine.population import Drawn
from ketachart.pharmacology.engine.schedule import Input
from ketachart.pharmacology.engine.stepping import Bank

DRAWS = 10_000
LEAST_EFFECTIVE = 0.1
_DIFFERENCE = 1e-4
_MOST_TURNS = 60
_LONGEST_STEP = 3.0  # standard deviations

IndividualModel = Callable[[FloatArray], Bank | Drawn]


@dataclass(frozen=True)
class ResidualError:
    """How far measurements scatter around the prediction.

    Either `log` (standard deviation of the logarithm) or `proportional` (share of the prediction) and `additive_ng_per_ml`,
    which combine as variances.

    Raises
    ------
    EngineError
        When nothing or both kinds are given.
    """

    proportional: float = 0.0
    additive_ng_per_ml: float = 0.0
    log: float = 0.0

    def __post_init__(self) -> None:
        for name in ("proportional", "additive_ng_per_ml", "log"):
            require_finite(f"{name} of the residual error", getattr(self, name), at_least=0.0)
        linear = self.proportional > 0.0 or self.additive_ng_per_ml > 0.0
        if linear == (self.log > 0.0):
            raise EngineError("a residual error is either log, or proportional and/or additive")


@dataclass(frozen=True)
class Measured:
    """Measured concentrations of one analyte: times (M,) in h, values (M,) in ng/mL above 0, and their error."""

    analyte: str
    times_h: ArrayLike
    concentrations_ng_per_ml: ArrayLike
    error: ResidualError


@dataclass(frozen=True, eq=False)
class Individual:
    """The most probable etas of a person.

    Attributes
    ----------
    etas : array (E,)
    covariance : array (E, E)
        Laplace approximation of the posterior: inverse of the expected curvature at the MAP.
    objective : float
        Minus log posterior, up to a constant.
    predicted : array (M,)
        At the measurements, in the order given, ng/mL.
    starts : array (S,)
        Objective that each start reached; when they differ, the surface has several minima and the lowest was taken.
    turns : int
        Model calls.
    """

    etas: FloatArray
    covariance: FloatArray
    objective: float
    predicted: FloatArray
    starts: FloatArray
    turns: int


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weighted draws of a person's etas.

    Attributes
    ----------
    etas : array (E, D)
    weights : array (D,)
        Add up to 1.
    effective : float
        Effective sample size.
    rounds : int
        1, or 2 when the first round fell below a tenth and a wider proposal was drawn from.
    """

    etas: FloatArray
    weights: FloatArray
    effective: float
    rounds: int

    @property
    def mean(self) -> FloatArray:
        """Posterior mean, (E,)."""
        average: FloatArray = self.etas @ self.weights
        return average

    def resampled(self, people: int, seed: int) -> FloatArray:
        """Equally likely draws, (E, people), by systematic resampling."""
        random = np.random.Generator(np.random.Philox(key=seed))
        places = (random.random() + np.arange(people)) / people
        chosen = np.searchsorted(np.cumsum(self.weights), places * (1 - 1e-12))
        drawn: FloatArray = self.etas[:, np.minimum(chosen, self.weights.shape[0] - 1)]
        return random.permutation(drawn, axis=1)


class _Problem:
    """The objective of one person: data and prior, for many sets of etas at once."""

    def __init__(
        self, model: IndividualModel, inputs: Sequence[Input], measured: Sequence[Measured], omega: ArrayLike
    ) -> None:
        self.omega = np.atleast_2d(np.asarray(omega, dtype=np.float64))
        require_finite("omega", self.omega)
        if self.omega.shape[0] != self.omega.shape[1]:
            raise EngineError(f"omega has shape {self.omega.shape}; it must be (E, E)")
        try:
            self.factor = np.linalg.cholesky(self.omega)
        except np.linalg.LinAlgError:
            raise EngineError("omega is not positive definite: leave out etas that do not vary") from None
        self.precision = np.linalg.inv(self.omega)
        self.etas = self.omega.shape[0]
        eye = np.eye(self.etas)
        self._shifts = _DIFFERENCE * np.concatenate([0.0 * eye[:, :1], eye, -eye], axis=1)[:, np.newaxis]
        self._model, self._inputs = model, inputs
        if not measured:
            raise EngineError("there is no measurement: the typical person is all that is known")
        times, values, analytes, proportional, additive, log = [], [], [], [], [], []
        for each in measured:
            at = np.atleast_1d(np.asarray(each.times_h, dtype=np.float64))
            found = np.atleast_1d(np.asarray(each.concentrations_ng_per_ml, dtype=np.float64))
            if at.shape != found.shape or at.ndim != 1:
                raise EngineError(f"{each.analyte}: {at.shape} times but {found.shape} concentrations")
            require_finite(f"a sampling time of {each.analyte}", at)
            require_finite(f"a measured concentration of {each.analyte} (ng/mL)", found, above=0.0)
            times.append(at)
            values.append(found)
            analytes += [each.analyte] * at.shape[0]
            proportional.append(np.full(at.shape, each.error.proportional))
            additive.append(np.full(at.shape, each.error.additive_ng_per_ml))
            log.append(np.full(at.shape, each.error.log))
        self._names = analytes
        self._times, self._place = np.unique(np.concatenate(times), return_inverse=True)
        self._values = np.concatenate(values)[:, np.newaxis]
        self._proportional = np.concatenate(proportional)[:, np.newaxis]
        self._additive = np.concatenate(additive)[:, np.newaxis]
        self._log = np.concatenate(log)[:, np.newaxis]
        self._is_log = self._log > 0.0
        self._all_log = bool(np.all(self._is_log))
        self._log_values = np.log(self._values)
        self._rows: NDArray[np.int64] | None = None

    def predicted(self, etas: FloatArray) -> FloatArray:
        """Predictions at the measurements for P sets of etas (E, P), (M, P)."""
        made = self._model(etas)
        drawn = made if isinstance(made, Drawn) else Drawn(made)
        if drawn.bank.people != etas.shape[1]:
            raise EngineError(f"the model made {drawn.bank.people} people from {etas.shape[1]} sets of etas")
        if self._rows is None:
            self._rows = np.array([drawn.bank.analyte_index(name) for name in self._names])
        inputs = self._inputs if drawn.inputs is None else drawn.inputs
        curves = concentrations(drawn.bank, inputs, self._times, after=drawn.after)
        found: FloatArray = curves[self._rows, self._place]
        return found

    def fit(self, f: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Minus log likelihood (P,), its derivative by the prediction (M, P), and its expected curvature (M, P)."""
        f = np.maximum(f, 1e-12)
        if self._all_log:
            per = 1.0 / (self._log * f)
            logged = (self._log_values - np.log(f)) / self._log
            return 0.5 * np.sum(logged * logged, axis=0), -logged * per, per * per
        y = self._values
        variance = np.where(self._is_log, 1.0, self._additive**2 + (self._proportional * f) ** 2)
        off = y - f
        growth = self._proportional**2 * f / variance  # d log(sd) / df
        scaled = off / variance
        value = 0.5 * off * scaled + 0.5 * np.log(variance)
        slope = growth - scaled - off * scaled * growth
        curvature = 1.0 / variance + 2.0 * growth * growth
        if np.any(self._is_log):
            sd = np.where(self._is_log, self._log, 1.0)
            logged = (self._log_values - np.log(f)) / sd
            value = np.where(self._is_log, 0.5 * logged**2, value)
            slope = np.where(self._is_log, -logged / (sd * f), slope)
            curvature = np.where(self._is_log, 1.0 / (sd * f) ** 2, curvature)
        return value.sum(axis=0), slope, curvature

    def prior(self, etas: FloatArray) -> FloatArray:
        """Minus log prior of P sets of etas (E, P), (P,)."""
        penalty: FloatArray = 0.5 * np.einsum("ep,ef,fp->p", etas, self.precision, etas)
        return penalty

    def objective(self, etas: FloatArray) -> FloatArray:
        """Minus log posterior of P sets of etas (E, P), up to a constant, (P,)."""
        return self.fit(self.predicted(etas))[0] + self.prior(etas)

    def expand(self, etas: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Objective (S,), gradient (S, E), expected curvature (S, E, E) and prediction (M, S) at S sets of etas (E, S)."""
        count, sets = self.etas, etas.shape[1]
        many = (etas[:, :, np.newaxis] + self._shifts).reshape(count, -1)
        f = self.predicted(many).reshape(-1, sets, 2 * count + 1)
        centre = f[:, :, 0]
        jacobian = (f[:, :, 1 : count + 1] - f[:, :, count + 1 :]) / (2.0 * _DIFFERENCE)
        value, slope, curvature = self.fit(centre)
        by_set = jacobian.transpose(1, 2, 0)
        gradient = np.matmul(by_set, slope.T[:, :, np.newaxis])[:, :, 0] + (self.precision @ etas).T
        bend = np.matmul(by_set * curvature.T[:, np.newaxis], by_set.transpose(0, 2, 1)) + self.precision
        return value + self.prior(etas), gradient, bend, centre


def most_probable(
    model: IndividualModel,
    inputs: Sequence[Input],
    measured: Sequence[Measured],
    omega: ArrayLike,
    *,
    starts: int = 3,
) -> Individual:
    """Most probable etas of a person (MAP).

    Parameters
    ----------
    model : callable
        From etas (E, P) to the bank of P people (or `Drawn`, when inputs depend on the etas).
    inputs : sequence of Input
        What the person was given.
    measured : sequence of Measured
    omega : array (E, E)
        Covariance of the etas.
    starts : int
        From how many points to look: the typical person, then the corners at plus and minus 0.8 standard deviations in turn.

    Returns
    -------
    Individual

    Raises
    ------
    EngineError
        For impossible measurements, or when the objective is not a number at the typical person.

    Notes
    -----
    Levenberg-Marquardt on minus log posterior: expected curvature (Fisher scoring) with a secant update of what it lacks,
    derivatives by central differences.
    """
    problem = _Problem(model, inputs, measured, omega)
    count = problem.etas
    spread = np.sqrt(np.diag(problem.omega))
    corner = 0.8 * spread * np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    etas = np.stack([corner * sign for sign in (0.0, 1.0, -1.0, 2.0, -2.0)[: max(1, starts)]], axis=1)
    value, gradient, bend, centre = problem.expand(etas)
    if not np.isfinite(value[0]):
        raise EngineError("the model gives no number for the typical person at the measurements")
    damping = np.full(etas.shape[1], 1e-3)
    missing = np.zeros_like(bend)  # what the expected curvature lacks, learnt from how the gradient changes
    least = 0.05 * float(np.linalg.eigvalsh(problem.precision)[0])
    moving = np.isfinite(value)
    turns = 1
    diagonal = np.arange(count)
    while np.any(moving) and turns < _MOST_TURNS:
        damped = bend + missing
        damped[:, diagonal, diagonal] *= 1.0 + damping[:, np.newaxis]
        damped[~moving] = np.eye(count)
        step = np.where(moving, -np.linalg.solve(damped, gradient[:, :, np.newaxis])[:, :, 0].T, 0.0)
        longest = np.max(np.abs(step) / spread[:, np.newaxis], axis=0)
        step *= np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))
        expected = -np.einsum("se,es->s", gradient, step)
        trial = etas + step
        new = problem.expand(trial)
        turns += 1
        number = np.isfinite(new[0]) & np.all(np.isfinite(new[1]), axis=1)
        better = moving & number & (new[0] <= value)
        still = moving & (np.abs(expected) < 1e-6 * (1.0 + np.abs(value)))
        if (moving & ~still).any():
            kept = number[:, np.newaxis]
            change = np.where(kept, new[1] - gradient, 0.0)
            learnt = _learnt(missing, step.T, change, np.where(kept[:, np.newaxis], new[2], bend), least)
            missing = np.where(better[:, np.newaxis, np.newaxis], learnt, 0.0)
        etas = np.where(better, trial, etas)
        gain = np.where(number, value - new[0], -np.inf)
        value = np.where(better, new[0], value)
        gradient = np.where(better[:, np.newaxis], new[1], gradient)
        bend = np.where(better[:, np.newaxis, np.newaxis], new[2], bend)
        centre = np.where(better, new[3], centre)
        eased = np.maximum(np.where(gain > 0.3 * expected, 0.05, 0.5) * damping, 1e-6)
        damping = np.where(better, eased, np.maximum(8.0 * damping, 0.02))
        moving &= ~still & (damping < 1e12)
        best = int(np.nanargmin(value))
        if not moving[best]:
            near = np.all(np.abs(etas - etas[:, best, np.newaxis]) < 0.01 * spread[:, np.newaxis], axis=0)
            moving &= ~near  # on the way to the same minimum
    best = int(np.nanargmin(value))
    return Individual(
        etas=etas[:, best].copy(),
        covariance=np.linalg.inv(bend[best]),
        objective=float(value[best]),
        predicted=centre[:, best].copy(),
        starts=value,
        turns=turns,
    )


def _learnt(missing: FloatArray, step: FloatArray, change: FloatArray, bend: FloatArray, least: float) -> FloatArray:
    """Secant update of the part of the curvature that the expected one lacks (S, E, E).

    Dennis, Gay and Welsch, ACM Trans Math Softw 1981;7:348-368 (NL2SOL): with it ``(bend + missing) step = change``. Taken
    only where the result stays positive definite (lowest eigenvalue above `least`).
    """
    along = np.einsum("se,se->s", change, step)
    usable = along > 1e-12
    per = np.where(usable, 1.0 / np.where(usable, along, 1.0), 0.0)[:, np.newaxis, np.newaxis]
    off = change - np.einsum("sef,sf->se", bend + missing, step)
    outer = off[:, :, np.newaxis] * change[:, np.newaxis, :]
    both = (outer + outer.transpose(0, 2, 1)) * per
    twice = np.einsum("se,se->s", off, step)[:, np.newaxis, np.newaxis]
    updated: FloatArray = missing + both - twice * per**2 * (change[:, :, np.newaxis] * change[:, np.newaxis, :])
    lowest = np.linalg.eigvalsh(bend + updated)[:, 0]
    return np.where((usable & (lowest > least))[:, np.newaxis, np.newaxis], updated, 0.0)


def sample_posterior(
    model: IndividualModel,
    inputs: Sequence[Input],
    measured: Sequence[Measured],
    omega: ArrayLike,
    found: Individual,
    *,
    seed: int,
    draws: int = DRAWS,
) -> Posterior:
    """Draws of a person's etas, weighted to the posterior.

    Parameters
    ----------
    model, inputs, measured, omega
        As for `most_probable`.
    found : Individual
        From `most_probable`.
    seed : int
    draws : int
        Of the first round (Student's t with 8 degrees of freedom around the MAP). When fewer than a tenth of them are
        effective, twice as many are drawn around their weighted mean with their weighted covariance, widened, and whichever
        round has the larger effective size is returned.
    """
    problem = _Problem(model, inputs, measured, omega)
    random = np.random.Generator(np.random.Philox(key=seed))
    first = _round(problem, random, found.etas, found.covariance, draws, freedom=8.0, rounds=1)
    if first.effective >= LEAST_EFFECTIVE * draws:
        return first
    centre = first.mean
    off = first.etas - centre[:, np.newaxis]
    spread = (off * first.weights) @ off.T + 0.25 * found.covariance
    second = _round(problem, random, centre, 1.5 * spread, 2 * draws, freedom=4.0, rounds=2)
    return second if second.effective > first.effective else first


def _round(
    problem: _Problem,
    random: np.random.Generator,
    centre: FloatArray,
    covariance: FloatArray,
    draws: int,
    *,
    freedom: float,
    rounds: int,
) -> Posterior:
    factor = np.linalg.cholesky(covariance)
    normal = random.standard_normal((problem.etas, draws))
    stretch = np.sqrt(freedom / random.chisquare(freedom, draws))
    unit = normal * stretch
    etas = centre[:, np.newaxis] + factor @ unit
    log_proposal = -0.5 * (freedom + problem.etas) * np.log1p(np.sum(unit * unit, axis=0) / freedom)
    log_weight = -problem.objective(etas) - log_proposal
    log_weight = np.where(np.isfinite(log_weight), log_weight, -np.inf)
    highest = np.max(log_weight)
    if not np.isfinite(highest):
        raise EngineError("no draw of the posterior has a probability above 0")
    weights = np.exp(log_weight - highest)
    weights /= weights.sum()
    return Posterior(etas, weights, float(1.0 / np.sum(weights**2)), rounds)


def weighted_percentiles(values: FloatArray, weights: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Percentiles of weighted draws over the last axis, (L, ...).

    Parameters
    ----------
    values : array (..., D)
    weights : array (D,)
        Not negative.
    levels : sequence of L numbers between 0 and 100
    """
    require_finite("a weight", weights, at_least=0.0)
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    share = np.cumsum(weights[order], axis=-1) / weights.sum()
    flat_share, flat = share.reshape(-1, share.shape[-1]), ordered.reshape(-1, share.shape[-1])
    places = [
        np.array([min(int(np.searchsorted(row, level / 100.0 - 1e-12)), row.shape[0] - 1) for row in flat_share])
        for level in levels
    ]
    found = np.stack([flat[np.arange(flat.shape[0]), place] for place in places])
    return found.reshape(len(levels), *values.shape[:-1])
