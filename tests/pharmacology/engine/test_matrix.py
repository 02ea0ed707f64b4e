"""Any linear model from its rate matrix: by modes where they are accurate, by the matrix exponential where they are not."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.pharmacology.engine import (
    EngineError,
    Input,
    ModeBank,
    SteadySeries,
    concentrations,
    from_rate_matrix,
    repeat,
)
from ketachart.pharmacology.engine.propagator import Propagator, expm
from tests.pharmacology.engine.compartments import ketamine_like, solve
from tests.pharmacology.engine.test_evaluate import COMMON, bank_of, dose, person

ANALYTES = ("ketamine", "norketamine", "effect site")


def general(people: list[dict[str, float]], by: str = "best") -> ModeBank | Propagator:
    built = [ketamine_like(each) for each in people]
    return from_rate_matrix(
        np.stack([matrix for matrix, _, _ in built]),
        built[0][1],
        {name: np.stack([outputs[a] for _, _, outputs in built]) for a, name in enumerate(ANALYTES)},
        by=by,  # type: ignore[arg-type]
    )


@settings(max_examples=25, deadline=None)
@given(person=person, doses=st.lists(dose, min_size=1, max_size=4))
def test_modes_and_propagator_of_a_matrix_agree_with_scipy(person, doses):
    times = np.linspace(0, 12, 13)
    expected = solve(*ketamine_like(person), doses, times)
    inputs = [Input(*each) for each in doses]
    for bank in (general([person]), general([person], "propagator")):
        found = concentrations(bank, inputs, times)[:, :, 0]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11 * max(expected.max(), 1e-3))


def test_the_general_route_agrees_with_the_closed_form_for_many_people():
    rng = np.random.default_rng(5)
    people = [
        {k: v * (np.exp(0.3 * rng.standard_normal()) if k[0] != "F" else 1) for k, v in COMMON.items()}
        for _ in range(200)
    ]
    times, inputs = np.linspace(0, 24, 121), [Input("oral", 0, 50), Input("iv", 1, 20, 0.7)]
    closed = concentrations(bank_of(*people), inputs, times)
    for by in ("modes", "propagator"):
        np.testing.assert_allclose(concentrations(general(people, by), inputs, times), closed, rtol=1e-8, atol=1e-9)


def chain(steps: int, rate: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.diag(np.full(steps, -rate)) + np.diag(np.full(steps - 1, rate), -1)
    return matrix, np.eye(steps)[-1]


@pytest.mark.parametrize("steps", [2, 3, 6])
def test_a_delay_chain_of_equal_rates_is_exact(steps):
    matrix, last = chain(steps)
    bank = from_rate_matrix(matrix, {"in": np.eye(steps)[0]}, {"out": last})
    assert isinstance(bank, Propagator)
    times = np.linspace(0.1, 10, 40)
    erlang = (2 * times) ** (steps - 1) / np.prod(np.arange(1, steps)) * np.exp(-2 * times)
    np.testing.assert_allclose(concentrations(bank, [Input("in", 0, 1)], times)[0, :, 0], erlang, rtol=1e-12)
    assert bank.auc_per_mg("in")[0, 0] == pytest.approx(0.5, rel=1e-12)


def test_a_circular_flow_with_complex_rates_is_exact():
    flow = np.array([[-3.0, 0, 2.9], [3.0, -3.0, 0], [0, 3.0, -3.0]])
    bank = from_rate_matrix(flow, {"in": np.eye(3)[0]}, {"out": np.eye(3)[2]})
    assert isinstance(bank, Propagator)
    found = concentrations(bank, [Input("in", 0, 1)], [0.5, 2.0])[0, :, 0]
    np.testing.assert_allclose(found, [scipy.linalg.expm(flow * t)[2, 0] for t in (0.5, 2.0)], rtol=1e-12)


def test_a_compartment_that_never_empties_keeps_what_it_got():
    matrix = np.array([[-1.0, 0.0], [1.0, 0.0]])
    for by in ("modes", "propagator"):
        bank = from_rate_matrix(matrix, {"in": [1, 0]}, {"left": [1, 0], "gone": [0, 1]}, by=by)
        found = concentrations(bank, [Input("in", 0, 5, 0.5), Input("in", 1, 5)], [0.5, 3.0, 50.0])
        np.testing.assert_allclose(found.sum(axis=0)[:, 0], [5, 10, 10], rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(person=person, doses=st.lists(dose, min_size=1, max_size=3))
def test_nothing_is_lost_or_made(person, doses):
    """What is in the compartments and what left them add up to what was given."""
    matrix, channels, _ = ketamine_like(person)
    matrix = np.delete(np.delete(matrix, 5, 0), 5, 1)  # the effect site holds no drug
    size = matrix.shape[0]
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size] = matrix
    whole[size, :size] = -matrix.sum(axis=0)
    inputs = {name: np.append(np.delete(column, 5), 0.0) for name, column in channels.items()}
    bank = from_rate_matrix(whole, inputs, {"all": np.ones(size + 1)})
    times = np.array([1.0, 4.0, 12.0])
    found = concentrations(bank, [Input(*each) for each in doses], times)[0, :, 0]
    given_by = [
        sum(a if d == 0 and t >= s else a * min(max(t - s, 0) / d, 1) if d else 0 for _, s, a, d in doses)
        for t in times
    ]
    np.testing.assert_allclose(found, given_by, rtol=1e-10, atol=1e-10)


def test_a_steady_series_by_the_propagator_is_the_limit_of_listing_the_doses():
    bank, times = general([COMMON], "propagator"), np.linspace(0, 8, 9)
    period = [Input("oral", 0.5, 50.0), Input("iv", 1.0, 20.0, 2.0)]
    expected = concentrations(bank, [e.shifted(-400) for e in repeat(period, every_h=8, times=50)], times)
    np.testing.assert_allclose(
        concentrations(bank, [], times, after=SteadySeries(tuple(period), 8.0)), expected, rtol=1e-9
    )
    counted = concentrations(bank, [e.shifted(-16) for e in repeat(period, every_h=8, times=2)], times)
    np.testing.assert_allclose(
        concentrations(bank, [], times, after=SteadySeries(tuple(period), 8.0, times=2)), counted, rtol=1e-9
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.floats(1e-3, 60.0), st.integers(0, 2**32 - 1))
def test_our_matrix_exponential_agrees_with_scipys(size, scale, seed):
    rng = np.random.default_rng(seed)
    rates = rng.uniform(0, scale, (3, size, size))
    matrix = rates - 1.1 * np.eye(size) * rates.sum(axis=1)[:, np.newaxis, :]
    expected = np.stack([scipy.linalg.expm(each) for each in matrix])
    np.testing.assert_allclose(expm(matrix), expected, rtol=1e-8, atol=1e-13)


def test_a_matrix_that_makes_drug_is_refused():
    with pytest.raises(EngineError, match="person 1 makes drug"):
        from_rate_matrix(np.array([[[-1.0]], [[0.5]]]), {"in": [1.0]}, {"out": [1.0]})


def test_modes_are_refused_where_they_are_not_accurate():
    matrix, last = chain(3)
    with pytest.raises(EngineError, match="propagator"):
        from_rate_matrix(matrix, {"in": np.eye(3)[0]}, {"out": last}, by="modes")


def test_a_nan_in_the_matrix_is_refused_by_name():
    with pytest.raises(EngineError, match="rate matrix"):
        from_rate_matrix([[np.nan]], {"in": [1.0]}, {"out": [1.0]})


def test_both_kinds_of_bank_split_a_channel_and_choose_analytes_alike():
    found = []
    for by in ("modes", "propagator"):
        bank = general([COMMON], by).with_channel("mixed", {"iv": 0.3, "norketamine": 0.7}).only(["norketamine"])
        found.append(concentrations(bank, [Input("mixed", 0, 10)], [0.5, 2.0]))
        assert bank.analytes == ("norketamine",)
        with pytest.raises(EngineError, match="nasal"):
            bank.intake_of("nasal")
        with pytest.raises(EngineError, match="hydroxy"):
            bank.analyte_index("hydroxynorketamine")
    np.testing.assert_allclose(found[0], found[1], rtol=1e-10)
    expected = solve(*ketamine_like(COMMON), [("iv", 0, 3.0, 0), ("norketamine", 0, 7.0, 0)], np.array([0.5, 2.0]))
    np.testing.assert_allclose(found[0][0, :, 0], expected[1], rtol=1e-9)
