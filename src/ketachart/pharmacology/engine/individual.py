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
        self._safe_log = np.where(self._is_log, self._log, 1.0)
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
        y = self._values
        logged = (np.log(y) - np.log(f)) / self._safe_log
        variance = np.where(self._is_log, 1.0, self._additive**2 + (self._proportional * f) ** 2)
        off = y - f
        growth = self._proportional**2 * f / variance  # d log(sd) / df
        value = np.where(self._is_log, 0.5 * logged**2, 0.5 * off**2 / variance + 0.5 * np.log(variance))
        slope = np.where(
            self._is_log, -logged / (self._safe_log * f), -off / variance - off**2 / variance * growth + growth
        )
        curvature = np.where(self._is_log, 1.0 / (self._safe_log * f) ** 2, 1.0 / variance + 2.0 * growth**2)
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
        shifts = _DIFFERENCE * np.concatenate([np.zeros((count, 1)), np.eye(count), -np.eye(count)], axis=1)
        many = (etas[:, :, np.newaxis] + shifts[:, np.newaxis, :]).reshape(count, -1)
        f = self.predicted(many).reshape(-1, sets, 2 * count + 1)
        centre = f[:, :, 0]
        jacobian = (f[:, :, 1 : count + 1] - f[:, :, count + 1 :]) / (2.0 * _DIFFERENCE)
        value, slope, curvature = self.fit(centre)
        gradient = np.einsum("ms,mse->se", slope, jacobian) + (self.precision @ etas).T
        bend = np.einsum("ms,mse,msf->sef", curvature, jacobian, jacobian) + self.precision
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
    Levenberg-Marquardt on minus log posterior with expected curvature (Fisher scoring), derivatives by central differences.
    """
    problem = _Problem(model, inputs, measured, omega)
    count = problem.etas
    corner = 0.8 * np.sqrt(np.diag(problem.omega)) * np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    etas = np.stack([corner * sign for sign in (0.0, 1.0, -1.0, 2.0, -2.0)[: max(1, starts)]], axis=1)
    value, gradient, bend, centre = problem.expand(etas)
    if not np.isfinite(value[0]):
        raise EngineError("the model gives no number for the typical person at the measurements")
    damping = np.full(etas.shape[1], 1e-3)
    moving = np.isfinite(value)
    turns = 1
    diagonal = np.arange(count)
    while np.any(moving) and turns < _MOST_TURNS:
        damped = bend.copy()
        damped[:, diagonal, diagonal] *= 1.0 + damping[:, np.newaxis]
        damped[~moving] = np.eye(count)
        step = np.where(moving, -np.linalg.solve(damped, gradient[:, :, np.newaxis])[:, :, 0].T, 0.0)
        expected = -np.einsum("se,es->s", gradient, step)
        trial = etas + step
        new = problem.expand(trial)
        turns += 1
        better = moving & (new[0] <= value)
        still = moving & (expected < 1e-10 * (1.0 + np.abs(value)))
        etas = np.where(better, trial, etas)
        gain = np.where(np.isfinite(new[0]), value - new[0], -np.inf)
        value = np.where(better, new[0], value)
        gradient = np.where(better[:, np.newaxis], new[1], gradient)
        bend = np.where(better[:, np.newaxis, np.newaxis], new[2], bend)
        centre = np.where(better, new[3], centre)
        damping = np.where(better, np.where(gain > 0.5 * expected, 0.1, 0.5) * damping, 8.0 * damping)
        moving &= ~still & (damping < 1e12)
    best = int(np.nanargmin(value))
    return Individual(
        etas=etas[:, best].copy(),
        covariance=np.linalg.inv(bend[best]),
        objective=float(value[best]),
        predicted=centre[:, best].copy(),
        starts=value,
        turns=turns,
    )


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
