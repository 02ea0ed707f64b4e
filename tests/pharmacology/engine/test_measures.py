"""Peaks, areas, times above a level and half-lives, against fine independent computation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from ketachart.pharmacology.engine import (
    EngineError,
    Input,
    SteadySeries,
    area,
    concentrations,
    from_rate_matrix,
    mammillary,
    peak,
    repeat,
    search_grid,
    terminal_half_life,
    time_above,
)  # fmt: skip
from tests.pharmacology.engine.test_evaluate import COMMON, bank_of, dose, person
from tests.pharmacology.engine.test_matrix import chain, general


def test_the_peak_after_an_absorbed_dose_is_where_the_textbook_says():
    bank = mammillary(clearance_l_per_h=20.0, volumes_l=(40.0,), depots=[])
    bank = bank.with_depot("oral", 1.5, {"iv": 1.0})
    found = peak(bank, [Input("oral", 0.0, 10.0)], [0.0, 1.0, 2.0, 8.0])
    expected = np.log(1.5 / 0.5) / (1.5 - 0.5)
    assert found.time_h[0, 0] == pytest.approx(expected, rel=1e-7)
    assert found.concentration[0, 0] == pytest.approx(
        10_000 / 40 * 1.5 / (1.5 - 0.5) * (np.exp(-0.5 * expected) - np.exp(-1.5 * expected)), rel=1e-12
    )


@settings(max_examples=25, deadline=None)
@given(person=person, doses=st.lists(dose, min_size=1, max_size=3))
def test_peaks_agree_with_a_search_on_the_curve(person, doses):
    inputs = [Input(*each) for each in doses]
    bank = bank_of(person)
    found = peak(bank, inputs, search_grid(inputs, 0.0, 12.0))
    fine = np.linspace(0, 12, 6001)
    events = np.unique([t for _, s, _, d in doses for t in (s, s + d)])
    curve = concentrations(bank, inputs, np.unique(np.concatenate([fine, events])))[:, :, 0]
    for a in range(3):
        assert found.concentration[a, 0] >= curve[a].max() * (1 - 1e-12)
        assert found.concentration[a, 0] <= curve[a].max() * (1 + 1e-4)
        at = concentrations(bank, inputs, [found.time_h[a, 0]])[a, 0, 0]
        assert at == pytest.approx(found.concentration[a, 0], rel=1e-8)


def test_the_peak_of_an_infusion_is_its_end_and_the_effect_site_follows():
    found = peak(bank_of(COMMON), [Input("iv", 0, 35, 2 / 3)], np.linspace(0, 6, 61))
    assert found.time_h[0, 0] == pytest.approx(2 / 3, abs=1e-12)
    assert 2 / 3 < found.time_h[2, 0] < 1.2


def test_peaks_of_people_with_their_own_times_are_their_own():
    starts, durations = np.array([0.0, 0.4, 1.31]), np.array([0.5, 0.77, 0.0])
    inputs = [Input("iv", starts, 20.0, durations), Input("oral", starts, 50.0)]
    many = peak(bank_of(*[COMMON] * 3), inputs, np.linspace(0, 6, 13))
    for i in range(3):
        own = [Input("iv", starts[i], 20.0, durations[i]), Input("oral", starts[i], 50.0)]
        alone = peak(bank_of(COMMON), own, np.linspace(0, 6, 361))
        np.testing.assert_allclose(many.concentration[:, i], alone.concentration[:, 0], rtol=1e-10)
        np.testing.assert_allclose(many.time_h[:, i], alone.time_h[:, 0], atol=1e-6)


def test_peaks_by_the_propagator_are_close():
    inputs = [Input("im", 0, 30), Input("iv", 0.5, 10, 0.3)]
    exact = peak(general([COMMON]), inputs, np.linspace(0, 6, 61))
    close = peak(general([COMMON], "propagator"), inputs, np.linspace(0, 6, 61))
    np.testing.assert_allclose(close.concentration, exact.concentration, rtol=1e-5)
    np.testing.assert_allclose(close.time_h, exact.time_h, atol=2e-3)


@settings(max_examples=20, deadline=None)
@given(
    person=person, doses=st.lists(dose, min_size=1, max_size=3), window=st.tuples(st.floats(0, 3), st.floats(0.1, 6))
)
def test_areas_agree_with_quadrature(person, doses, window):
    modes, inputs = bank_of(person), [Input(*each) for each in doses]
    begin, end = window[0], window[0] + window[1]
    breaks = sorted({t for _, s, _, d in doses for t in (s, s + d) if begin < t < end} | {begin, end})
    for bank in (modes, general([person], "propagator")):
        found = area(bank, inputs, begin, end)
        for a in range(3):
            expected = sum(
                quad(lambda t, a=a: concentrations(modes, inputs, [t])[a, 0, 0], x, y, epsabs=1e-10, epsrel=1e-11)[0]
                for x, y in itertools.pairwise(breaks)
            )
            assert found[a, 0] == pytest.approx(expected, rel=1e-8, abs=1e-7)


def test_windows_add_up_to_the_whole_area():
    bank, inputs = bank_of(COMMON), [Input("oral", 0, 50), Input("iv", 1, 20, 1.0)]
    parts = [area(bank, inputs, a, b) for a, b in [(0, 0.7), (0.7, 1.4), (1.4, 30.0), (30.0, np.inf)]]
    whole = bank.auc_per_mg("oral") * 50 + bank.auc_per_mg("iv") * 20
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-11)
    np.testing.assert_allclose(area(bank, inputs, -1.0, np.inf), whole, rtol=1e-11)


def test_over_one_period_of_a_steady_series_the_area_is_that_of_one_dose():
    bank, series = bank_of(COMMON), SteadySeries((Input("oral", 0.0, 50.0),), 8.0)
    found = area(bank, repeat(series.inputs, every_h=8, times=1), 0.0, 8.0, after=series)
    np.testing.assert_allclose(found + 0.0, bank.auc_per_mg("oral") * 50, rtol=1e-2)
    before = SteadySeries((Input("oral", 1.0, 50.0),), 8.0)
    found = area(bank, [Input("oral", 1.0, 50.0)], 0.0, 8.0, after=before)
    np.testing.assert_allclose(found, bank.auc_per_mg("oral") * 50, rtol=1e-10)


def test_the_time_above_a_level_of_one_compartment_is_a_logarithm():
    bank = mammillary(clearance_l_per_h=10.0, volumes_l=(20.0,))
    for times in ([0.0, 10.0], np.linspace(0, 10, 7)):
        found = time_above(bank, [Input("iv", 1.0, 10.0)], "ketamine", 100.0, times)
        assert found[0] == pytest.approx(np.log(5) / 0.5, abs=1e-7)


def test_a_short_stay_above_a_level_between_two_times_is_found():
    bank = mammillary(clearance_l_per_h=20.0, volumes_l=(40.0,)).with_depot("oral", 1.5, {"iv": 1.0})
    top = peak(bank, [Input("oral", 0, 10)], [0, 1, 2, 3]).concentration[0, 0]
    coarse = time_above(bank, [Input("oral", 0, 10)], "ketamine", 0.9999 * top, np.arange(0.0, 6.0))
    fine = time_above(bank, [Input("oral", 0, 10)], "ketamine", 0.9999 * top, np.linspace(0, 5, 50001))
    assert 0 < coarse[0] == pytest.approx(fine[0], rel=1e-4)


def test_half_lives_are_those_of_the_slowest_mode_an_analyte_shows():
    bank = mammillary(clearance_l_per_h=10.0, volumes_l=(20.0,), effect_site_rate_per_h=0.1)
    assert terminal_half_life(bank, "iv")[:, 0] == pytest.approx([np.log(2) / 0.5, np.log(2) / 0.1])
    matrix, last = chain(3)
    slow = from_rate_matrix(matrix, {"in": np.eye(3)[0]}, {"out": last})
    assert terminal_half_life(slow, "in")[0, 0] == pytest.approx(np.log(2) / 2, rel=1e-4)


def test_a_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(EngineError, match="window"):
        area(bank_of(COMMON), [], 2.0, 1.0)


def test_the_search_grid_holds_every_event_and_both_ends():
    inputs = [Input("iv", 0.5, 10, 0.25), Input("im", 3.0, 10)]
    grid = search_grid(inputs, 0.0, 24.0)
    assert grid[0] == 0
    assert grid[-1] == 24
    assert {0.5, 0.75, 3.0} <= set(grid)
    assert np.all(np.diff(grid) > 0)
    assert len(grid) < 600


def test_many_people_in_several_blocks_are_measured_like_one_alone():
    bank = bank_of(*[COMMON] * 5000)
    inputs = [Input("im", 0, 30), Input("iv", 0.5, 10, 0.3)]
    found, hours = (
        peak(bank, inputs, np.linspace(0, 6, 25)),
        time_above(bank, inputs, "ketamine", 100.0, np.linspace(0, 6, 25)),
    )
    alone = peak(bank_of(COMMON), inputs, np.linspace(0, 6, 25))
    chosen = found.concentration[:, [0, 4095, 4096, 4999]]
    np.testing.assert_allclose(chosen, np.tile(alone.concentration, 4), rtol=1e-9)
    fine = np.linspace(0, 6, 60001)
    curve = concentrations(bank_of(COMMON), inputs, fine)[0, :, 0]
    np.testing.assert_allclose(hours, np.mean(curve > 100.0) * 6, atol=3e-4)


def test_the_time_above_a_level_by_the_propagator_is_close():
    inputs = [Input("im", 0, 30), Input("iv", 0.5, 10, 0.3)]
    exact = time_above(general([COMMON]), inputs, "ketamine", 100.0, np.linspace(0, 6, 25))
    close = time_above(general([COMMON], "propagator"), inputs, "ketamine", 100.0, np.linspace(0, 6, 25))
    np.testing.assert_allclose(close, exact, atol=1e-3)
