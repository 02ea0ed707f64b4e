"""The most probable person and the posterior, against SciPy's optimiser and quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from bench.pharmacology.common_case import INFUSION, TYPICAL, bank_from
from scipy.optimize import minimize

from ketachart.pharmacology.engine import EngineError, Input, concentrations, mammillary
from ketachart.pharmacology.engine.individual import (
    Measured,
    ResidualError,
    most_probable,
    sample_posterior,
    weighted_percentiles,
)  # fmt: skip
from ketachart.pharmacology.engine.population import Drawn

NAMES = ("CL", "V1", "Q2", "V3", "CLm", "ke0")
OMEGA = np.diag(np.array([0.30, 0.35, 0.25, 0.30, 0.40, 0.40]) ** 2)


def model(etas: np.ndarray):
    values = {name: np.full(etas.shape[1], typical) for name, typical in TYPICAL.items()}
    for name, eta in zip(NAMES, etas, strict=True):
        values[name] = values[name] * np.exp(eta)
    return bank_from(values)


TRUE = np.array([0.3, -0.2, 0.1, 0.25, -0.4, 0.0])
EARLY, LATE = np.array([0.3, 0.8, 1.5, 4.0]), np.array([1.0, 2.0, 5.0])
ERRORS = {
    "log": ResidualError(log=0.2),
    "proportional": ResidualError(proportional=0.2),
    "additive": ResidualError(additive_ng_per_ml=5.0),
    "combined": ResidualError(proportional=0.15, additive_ng_per_ml=2.0),
}


def measured(error: ResidualError, seed: int = 3) -> list[Measured]:
    random = np.random.default_rng(seed)
    bank = model(TRUE[:, np.newaxis])
    parent = concentrations(bank, INFUSION, EARLY)[0, :, 0] * np.exp(0.15 * random.standard_normal(4))
    metabolite = concentrations(bank, INFUSION, LATE)[1, :, 0] * np.exp(0.15 * random.standard_normal(3))
    return [Measured("ketamine", EARLY, parent, error), Measured("norketamine", LATE, metabolite, error)]


def minus_log_posterior(etas: np.ndarray, data: list[Measured]) -> float:
    """Written out plainly, independent of the engine's fit."""
    bank = model(np.asarray(etas)[:, np.newaxis])
    total = 0.5 * etas @ np.linalg.solve(OMEGA, etas)
    for each in data:
        f = concentrations(bank, INFUSION, each.times_h)[bank.analyte_index(each.analyte), :, 0]
        for y, p in zip(each.concentrations_ng_per_ml, f, strict=True):
            if each.error.log:
                total += 0.5 * (np.log(y / p) / each.error.log) ** 2
            else:
                sd = np.hypot(each.error.additive_ng_per_ml, each.error.proportional * p)
                total += 0.5 * ((y - p) / sd) ** 2 + np.log(sd)
    return float(total)


@pytest.mark.parametrize("error", ERRORS)
def test_the_most_probable_person_is_where_scipy_finds_it(error):
    data = measured(ERRORS[error])
    found = most_probable(model, INFUSION, data, OMEGA)
    best = minimize(minus_log_posterior, found.etas * 0.5, args=(data,), method="BFGS", options={"gtol": 1e-7})
    assert minus_log_posterior(found.etas, data) <= best.fun + 1e-7
    np.testing.assert_allclose(found.etas, best.x, atol=2e-4)
    expected = concentrations(model(found.etas[:, np.newaxis]), INFUSION, EARLY)[0, :, 0]
    np.testing.assert_allclose(found.predicted[:4], expected, rtol=1e-9)


def test_without_information_a_person_is_typical():
    data = [Measured("ketamine", [1.0], [1.0], ResidualError(log=50.0))]
    found = most_probable(model, INFUSION, data, OMEGA)
    np.testing.assert_allclose(found.etas, 0.0, atol=1e-3)
    np.testing.assert_allclose(found.covariance, OMEGA, rtol=1e-3, atol=1e-5)


def test_many_exact_measurements_give_the_person_back():
    times = np.linspace(0.1, 12, 60)
    curves = concentrations(model(TRUE[:, np.newaxis]), INFUSION, times)[:, :, 0]
    error = ResidualError(log=0.001)
    found = most_probable(
        model,
        INFUSION,
        [Measured(name, times, curves[i], error) for i, name in enumerate(("ketamine", "norketamine", "effect site"))],
        OMEGA,
    )
    np.testing.assert_allclose(found.etas, TRUE, atol=2e-3)


def one(etas: np.ndarray):
    return mammillary(clearance_l_per_h=20.0 * np.exp(etas[0]), volumes_l=(40.0,))


@pytest.mark.parametrize("sd", [0.1, 0.8])
def test_the_posterior_of_one_eta_agrees_with_quadrature(sd):
    inputs = [Input("iv", 0, 10.0)]
    data = [Measured("ketamine", [2.0], [150.0], ResidualError(log=sd))]
    found = most_probable(one, inputs, data, [[0.5]])
    posterior = sample_posterior(one, inputs, data, [[0.5]], found, seed=7)
    grid = np.linspace(-6, 4, 20001)
    predicted = concentrations(one(grid[np.newaxis]), inputs, [2.0])[0, 0]
    density = np.exp(-0.5 * grid**2 / 0.5 - 0.5 * (np.log(150 / predicted) / sd) ** 2)
    density /= density.sum()
    mean = float(grid @ density)
    spread = float(np.sqrt(grid**2 @ density - mean**2))
    assert posterior.effective > 1000
    assert posterior.mean[0] == pytest.approx(mean, abs=5 * spread / np.sqrt(posterior.effective))
    levels = weighted_percentiles(posterior.etas, posterior.weights, [5, 50, 95])[:, 0]
    exact = np.interp([0.05, 0.5, 0.95], np.cumsum(density), grid)
    np.testing.assert_allclose(levels, exact, atol=0.05 * spread * 2)
    again = posterior.resampled(2000, seed=1)
    assert again.shape == (1, 2000)
    assert again.mean() == pytest.approx(mean, abs=0.1 * spread)


def test_the_posterior_is_the_same_for_the_same_seed():
    data = measured(ERRORS["log"])
    found = most_probable(model, INFUSION, data, OMEGA)
    first, again = (sample_posterior(model, INFUSION, data, OMEGA, found, seed=5, draws=2000) for _ in range(2))
    np.testing.assert_array_equal(first.etas, again.etas)
    assert first.effective > 200
    assert first.weights.sum() == pytest.approx(1.0)


def test_a_poor_proposal_is_followed_by_a_wider_one():
    """Two measurements that an S-shaped response makes nearly useless on one side: the Laplace guess is far too narrow."""

    def bent(etas):
        return mammillary(clearance_l_per_h=20.0 * np.exp(etas[0] ** 3), volumes_l=(40.0,))

    inputs = [Input("iv", 0, 10.0)]
    data = [Measured("ketamine", [2.0], [92.0], ResidualError(log=0.01))]
    found = most_probable(bent, inputs, data, [[1.0]])
    narrow = type(found)(
        found.etas, found.covariance * 1e-6, found.objective, found.predicted, found.starts, found.turns
    )
    posterior = sample_posterior(bent, inputs, data, [[1.0]], narrow, seed=2)
    assert posterior.effective >= 1.0
    assert posterior.rounds in (1, 2)


def test_inputs_may_depend_on_the_etas():
    def lagged(etas):
        bank = mammillary(clearance_l_per_h=np.full(etas.shape[1], 20.0), volumes_l=(40.0,)).with_depot(
            "im", 4.0, {"iv": 1.0}
        )
        return Drawn(bank, [Input("im", 0.0, 10.0 * np.exp(etas[0]))])

    data = [Measured("ketamine", [0.5, 1.0], [100.0, 90.0], ResidualError(log=0.05))]
    found = most_probable(lagged, [], data, [[0.3]])
    assert found.predicted == pytest.approx([100.0, 90.0], rel=0.25)


def test_weighted_percentiles_count_weights():
    values, weights = np.array([[3.0, 1.0, 2.0]]), np.array([0.1, 0.8, 0.1])
    np.testing.assert_array_equal(weighted_percentiles(values, weights, [50, 85, 99])[:, 0], [1.0, 2.0, 3.0])


REFUSED = {
    "no measurement": (lambda: most_probable(model, INFUSION, [], OMEGA), "no measurement"),
    "a concentration of zero": (
        lambda: most_probable(model, INFUSION, [Measured("ketamine", [1], [0.0], ERRORS["log"])], OMEGA),
        "measured concentration",
    ),
    "a concentration that is not a number": (
        lambda: most_probable(model, INFUSION, [Measured("ketamine", [1], [np.nan], ERRORS["log"])], OMEGA),
        "measured concentration",
    ),
    "an analyte that the model has not": (
        lambda: most_probable(model, INFUSION, [Measured("propofol", [1], [1.0], ERRORS["log"])], OMEGA),
        "propofol",
    ),
    "times and values of different length": (
        lambda: most_probable(model, INFUSION, [Measured("ketamine", [1, 2], [1.0], ERRORS["log"])], OMEGA),
        "times",
    ),
    "an omega that is no covariance": (
        lambda: most_probable(one, INFUSION, measured(ERRORS["log"])[:1], [[-1.0]]),
        "positive definite",
    ),
    "an error of both kinds": (lambda: ResidualError(log=0.1, proportional=0.1), "either"),
    "no error": (lambda: ResidualError(), "either"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_by_name(case):
    action, named = REFUSED[case]
    with pytest.raises(EngineError, match=named):
        action()
