"""Rates that meet: any number of them, in any order, against the matrix exponential and against 40 digits."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.pharmacology.engine import (
    Depot,
    Input,
    Metabolite,
    ModeBank,
    SteadySeries,
    area,
    bands,
    concentrations,
    mammillary,
    peak,
    time_above,
)
from ketachart.pharmacology.serving import joined
from tests.pharmacology.engine.compartments import ketamine_like, solve
from tests.pharmacology.engine.test_evaluate import COMMON, bank_of, worst

mpmath = pytest.importorskip("mpmath")
TIMES = np.linspace(0.05, 8, 16)
DOSES = [("iv", 0.0, 35.0, 0.5), ("im", 1.1, 20.0, 0.0), ("oral", 2.3, 30.0, 0.4)]
INPUTS = [Input(*each) for each in DOSES]


def agrees(person: dict[str, float], tolerance: float = 1e-6) -> None:
    expected = solve(*ketamine_like(person), DOSES, TIMES)
    assert worst(concentrations(bank_of(person), INPUTS, TIMES)[:, :, 0], expected) < tolerance


def a_rate_of(analyte: str, which: int) -> float:
    """A rate of the parent (0, 1, 2) or of the metabolite (3, 4) in the common case."""
    return float(bank_of(COMMON).rates_per_h[which + (3 if analyte == "norketamine" else 0), 0])


@pytest.mark.parametrize("gap", [0.0, 1e-12, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_absorption_effect_site_and_parent_at_one_rate(which, gap):
    rate = a_rate_of("ketamine", which)
    agrees({**COMMON, "ka_im": rate * (1 + gap), "ke0": rate * (1 - gap), "ka_oral": rate})


@pytest.mark.parametrize("gap", [0.0, 1e-10, 1e-8, 1e-6, 1e-4, 3e-3])
def test_absorption_metabolite_and_effect_site_at_one_rate(gap):
    rate = a_rate_of("norketamine", 0)
    agrees({**COMMON, "ka_im": rate, "ka_oral": rate * (1 + gap), "ke0": rate * (1 + gap / 3)})


def test_all_rates_of_a_simple_model_at_one_value():
    """Parent, metabolite, effect site and both depots at 2 per hour."""
    bank = mammillary(
        clearance_l_per_h=60.0,
        volumes_l=(30.0,),
        metabolites=[Metabolite("norketamine", 60.0, 60.0, (30.0,))],
        effect_site_rate_per_h=2.0,
        depots=[Depot("im", 2.0), Depot("gut", 2.0, {"im": 1.0}), Depot("mouth", 2.0, {"gut": 1.0})],
    )
    for channel, steps in (("iv", 0), ("im", 1), ("gut", 2), ("mouth", 3)):
        found = concentrations(bank, [Input(channel, 0.0, 30.0)], TIMES)[:, :, 0]
        for analyte, more in ((0, 0), (1, 1), (2, 1)):
            n = steps + more
            expected = 1000.0 * (2 * TIMES) ** n / factorial(n) * np.exp(-2 * TIMES)
            np.testing.assert_allclose(found[analyte], expected, rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(
    steps=st.integers(1, 7),
    gaps=st.lists(st.floats(-1, 1), min_size=7, max_size=7),
    size=st.sampled_from([0.0, 1e-13, 1e-9, 1e-7, 1e-6, 1e-4, 1e-3, 1e-2]),
)
def test_delay_chains_of_any_length_and_nearness(steps, gaps, size):
    rates = [2.0 * (1 + size * gap) for gap in gaps[:steps]]
    bank = mammillary(clearance_l_per_h=60.0, volumes_l=(30.0,))
    for number, rate in enumerate(rates):
        bank = bank.with_effect_site(f"step {number}", "ketamine" if number == 0 else f"step {number - 1}", rate)
    times = np.array([0.1, 0.6, 1.3, 3.1, 8.0])
    found = concentrations(bank, [Input("iv", 0.0, 30.0)], times)[-1, :, 0]
    expected = [float(_chain([2.0, *rates], t)) for t in times]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8 * max(expected))


def _chain(rates: list[float], t: float):
    """1000 x the product of all but the first rate x the divided difference of exp(-r t), to 60 digits."""
    with mpmath.workdps(60):
        n = len(rates)
        matrix = mpmath.zeros(n, n)
        for i, rate in enumerate(rates):
            matrix[i, i] = -mpmath.mpf(rate) * t
            if i:
                matrix[i, i - 1] = mpmath.mpf(rate) * t
        return 1000 * mpmath.expm(matrix, method="taylor")[n - 1, 0]


def _stored(p: dict[str, float], times: np.ndarray) -> np.ndarray:
    """Parent, metabolite and effect site after 35 mg over 40 min, to 40 digits, from the rate matrix."""
    with mpmath.workdps(40):
        plain, channels, outputs = ketamine_like(p)
        n = 6  # without the depots
        exact = mpmath.matrix(plain[:n, :n].tolist())
        given = mpmath.matrix((channels["iv"][:n] * 35.0).tolist()) / (mpmath.mpf(40) / 60)
        found = []
        for t in times:
            run = min(mpmath.mpf(float(t)), mpmath.mpf(40) / 60)
            wide = mpmath.zeros(n + 1, n + 1)
            wide[:n, :n] = exact * run
            wide[:n, n] = given * run
            state = mpmath.expm(wide, method="taylor")[:n, n]
            state = mpmath.expm(exact * (mpmath.mpf(float(t)) - run), method="taylor") * state
            found.append([float(each) for each in mpmath.matrix(outputs[:, :n].tolist()) * state])
    return np.array(found).T


PATIENTS = {
    "the typical one": {},
    "slow clearance, large centre": {"CL": 41.0, "V1": 55.0, "CLm": 22.0, "ke0": 2.9},
    "fast clearance, small centre": {"CL": 151.0, "V1": 14.0, "Q2": 171.0, "ke0": 13.0},
    "slow metabolite": {"CLm": 11.0, "V3": 310.0},
    "fast effect site": {"ke0": 41.0, "V1": 22.0, "CLm": 140.0},
}


@pytest.mark.parametrize("patient", PATIENTS)
def test_stored_patients_agree_with_forty_digits(patient):
    person = {**COMMON, **PATIENTS[patient]}
    times = np.array([0.1, 0.5, 2 / 3, 0.8, 1.5, 4.0, 9.0, 24.0])
    found = concentrations(bank_of(person), [Input("iv", 0.0, 35.0, 40 / 60)], times)[:, :, 0]
    np.testing.assert_allclose(found, _stored(person, times), rtol=1e-10)


def _mixed(people: int) -> tuple[ModeBank, list[dict[str, float]]]:
    """People of whom every third has three rates that meet."""
    rng = np.random.default_rng(3)
    found = []
    for number in range(people):
        own = {**COMMON, "CL": 80.0 * np.exp(0.3 * rng.standard_normal())}
        if number % 3 == 1:
            rate = float(bank_of(own).rates_per_h[1, 0])
            own |= {"ke0": rate, "ka_im": rate}
        found.append(own)
    return bank_of(*found), found


def test_a_population_with_such_people_gives_everybody_the_curve_of_their_own():
    bank, people = _mixed(12)
    assert bank.crowd is not None
    assert list(bank.crowd.people) == [1, 4, 7, 10]
    lags = np.linspace(0.0, 0.5, 12)
    found = concentrations(bank, [Input("im", lags, 20.0), *INPUTS], TIMES)
    part = concentrations(bank.select(slice(3, 9)), [Input("im", lags[3:9], 20.0), *INPUTS], TIMES)
    np.testing.assert_allclose(part, found[:, :, 3:9], rtol=1e-12)
    for number, own in enumerate(people):
        expected = solve(*ketamine_like(own), [("im", lags[number], 20.0, 0.0), *DOSES], TIMES)
        assert worst(found[:, :, number], expected) < 1e-7


def test_what_is_read_off_their_curves_is_exact_too():
    bank, people = _mixed(3)
    rate = people[1]["ke0"]
    given = [Input("im", 0.0, 20.0)]
    top = peak(bank, given, np.linspace(0, 6, 61))
    fine = np.linspace(0, 6, 1201)
    curve = solve(*ketamine_like(people[1]), [("im", 0.0, 20.0, 0.0)], fine)
    for analyte in range(3):
        near = fine[np.argmax(curve[analyte])] + np.linspace(-0.006, 0.006, 241)
        highest = solve(*ketamine_like(people[1]), [("im", 0.0, 20.0, 0.0)], near)[analyte].max()
        assert top.concentration[analyte, 1] == pytest.approx(highest, rel=1e-6), rate
    whole = area(bank, given, 0.0, np.inf)[:, 1]
    np.testing.assert_allclose(whole[:1], 20_000 * people[1]["F_im"] / people[1]["CL"], rtol=1e-9)
    np.testing.assert_allclose(bank.auc_per_mg("im")[:, 1] * 20, whole, rtol=1e-9)
    level = 0.5 * curve[0].max()
    above = time_above(bank, given, "ketamine", level, np.linspace(0, 6, 61))[1]
    assert above == pytest.approx(np.mean(curve[0] > level) * 6, abs=0.01)
    series = SteadySeries((Input("im", 0.0, 20.0),), 8.0)
    settled = concentrations(bank, given, TIMES, after=series)[:, :, 1]
    listed = concentrations(bank, [Input("im", -8.0 * n, 20.0) for n in range(40)], TIMES)[:, :, 1]
    np.testing.assert_allclose(settled, listed, rtol=1e-7)


def test_bands_count_such_people_once_and_the_same_for_any_split():
    def sampler(generator: np.random.Generator, size: int) -> ModeBank:
        clearance = 60.0 * np.exp(0.2 * generator.standard_normal(size))
        clearance[::2] = 60.0
        return mammillary(
            clearance_l_per_h=clearance, volumes_l=(30.0,), effect_site_rate_per_h=2.0, depots=[Depot("im", 2.0)]
        )

    times = np.linspace(0, 5, 11)
    found = bands(sampler, [Input("im", 0, 30)], times, 9000, seed=1, levels=[50.0])
    exact = bands(sampler, [Input("im", 0, 30)], times, 9000, seed=1, levels=[50.0], exact=True)
    np.testing.assert_allclose(found.values[..., 1:], exact.values[..., 1:], rtol=0.01)
    again = bands(sampler, [Input("im", 0, 30)], times, 9000, seed=1, levels=[50.0], workers=2)
    np.testing.assert_array_equal(found.values, again.values)


def test_halves_of_a_racemate_and_other_units_keep_such_people():
    """Half in a bank with three equal rates, half in a plain one; then in other units, by another name."""

    def half(clearance: float) -> ModeBank:
        return mammillary(
            clearance_l_per_h=np.array([clearance, 45.0]),
            volumes_l=(30.0,),
            effect_site_rate_per_h=2.0,
            depots=[Depot("im", 2.0)],
        )

    s_bank, r_bank = half(60.0), half(51.0)
    both = joined(s_bank, r_bank, apart=True).scaled(0.25, intake={"im": 2.0}).only(["R-effect site", "effect site"])
    given = [Input("im", 0.0, 30.0)]
    s_alone, r_alone = concentrations(s_bank, given, TIMES)[1], concentrations(r_bank, given, TIMES)[1]
    found = concentrations(both, given, TIMES)
    np.testing.assert_allclose(found[0], 0.25 * r_alone, rtol=1e-9)
    np.testing.assert_allclose(found[1], 0.25 * (s_alone + r_alone), rtol=1e-9)
    np.testing.assert_allclose(s_alone[:, 0], 500 * (2 * TIMES) ** 2 * np.exp(-2 * TIMES), rtol=1e-6)


def test_delay_chains_of_simons_with_all_transit_times_alike_agree_with_the_matrix_exponential():
    from tests.pharmacology import test_structures_against_expm as structures

    values, plain = structures.one("simons-2022")
    step = 2.0 / 1.12
    same = {"MTT_norketamine": 1.12, "MTT_hydroxynorketamine": 1.12, "MTT_gut": 1 / step, "ka_swallowed": step}
    bank = structures.BUILD["delay_chains"]({**values, **{name: np.array([value]) for name, value in same.items()}})
    assert bank.crowd is not None
    found = concentrations(bank, [Input("gut_swallowed", 0.0, 10.0, 0.53)], structures.TIMES)[:, :, 0]
    structures.agree(found, structures.expected("simons-2022", {**plain, **same}, "gut_swallowed", 0.53), 1e-6)
