"""Concentrations against an independent matrix exponential, and the laws every linear model obeys."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.pharmacology.engine import (
    Depot,
    EngineError,
    Input,
    Metabolite,
    ModeBank,
    SteadySeries,
    concentrations,
    mammillary,
    pump_log,
    repeat,
)
from tests.pharmacology.engine.compartments import ketamine_like, solve

COMMON = {
    "CL": 80.0, "V1": 30.0, "Q2": 100.0, "V2": 60.0, "Q3": 30.0, "V3": 140.0, "fm": 0.7, "CLm": 60.0, "Vm": 40.0,
    "Qm": 40.0, "Vm2": 100.0, "ke0": 6.0, "ka_im": 4.0, "F_im": 0.93, "ka_oral": 1.3, "F_oral": 0.18,
}  # fmt: skip
RATES = ["CL", "V1", "Q2", "V2", "Q3", "V3", "CLm", "Vm", "Qm", "Vm2", "ke0", "ka_im", "ka_oral"]


def bank_of(*people: dict[str, float]) -> ModeBank:
    p = {name: np.array([person[name] for person in people]) for name in COMMON}
    return mammillary(
        clearance_l_per_h=p["CL"],
        volumes_l=(p["V1"], p["V2"], p["V3"]),
        flows_l_per_h=(p["Q2"], p["Q3"]),
        metabolites=[Metabolite("norketamine", p["fm"] * p["CL"], p["CLm"], (p["Vm"], p["Vm2"]), (p["Qm"],))],
        effect_site_rate_per_h=p["ke0"],
        depots=[
            Depot("im", p["ka_im"], {"iv": p["F_im"]}),
            Depot("oral", p["ka_oral"], {"iv": p["F_oral"], "norketamine": p["fm"] * (1 - p["F_oral"])}),
        ],
    )


def worst(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest relative error where the curve is above a millionth of its peak (below, cancellation decides)."""
    peak = expected.max(axis=-1, keepdims=True)
    shown = expected > 1e-6 * peak
    assert shown.any()
    return float(np.max(np.abs(found - expected)[shown] / expected[shown]))


factor = st.floats(0.6, 1.7)
person = st.builds(
    lambda factors: {**COMMON, **{name: COMMON[name] * f for name, f in zip(RATES, factors, strict=True)}},
    st.lists(factor, min_size=len(RATES), max_size=len(RATES)),
)
dose = st.tuples(
    st.sampled_from(["iv", "im", "oral", "norketamine"]),
    st.integers(0, 600).map(lambda hundredths: hundredths / 100 + 1e-3),  # never within the tolerance of a time
    st.floats(1, 100),
    st.one_of(st.just(0.0), st.floats(0.02, 3)),
)


@settings(max_examples=40, deadline=None)
@given(person=person, doses=st.lists(dose, min_size=1, max_size=4), regular=st.booleans(), data=st.data())
def test_any_person_and_schedule_agrees_with_the_matrix_exponential(person, doses, regular, data):
    if regular:
        times = np.linspace(0, 12, 13)
    else:
        times = np.sort(np.array(data.draw(st.lists(st.integers(0, 12_000), min_size=5, max_size=12)))) / 1000 + 5e-4
    expected = solve(*ketamine_like(person), doses, times)
    if not np.any(expected > 0):
        return
    found = concentrations(bank_of(person), [Input(*each) for each in doses], times)[:, :, 0]
    peak = expected.max()
    close = np.isclose(found, expected, rtol=1e-9, atol=1e-12 * peak)
    assert close.all(), (found[~close], expected[~close])


@settings(max_examples=10, deadline=None)
@given(doses=st.lists(dose, min_size=1, max_size=5), seed=st.integers(0, 2**32 - 1))
def test_many_people_stepped_through_time_agree_with_one_person_at_a_time(doses, seed):
    rng = np.random.default_rng(seed)
    people = [
        {**COMMON, **{name: COMMON[name] * np.exp(0.3 * rng.standard_normal()) for name in RATES}} for _ in range(3)
    ]
    many = bank_of(*(people * 200))
    times = np.linspace(0, 24, 49)
    inputs = [Input(*each) for each in doses]
    found = concentrations(many, inputs, times)
    for number, person in enumerate(people):
        alone = concentrations(bank_of(person), inputs, times)
        np.testing.assert_allclose(found[:, :, number], alone[:, :, 0], rtol=1e-10, atol=1e-10)
        np.testing.assert_array_equal(found[:, :, number], found[:, :, number + 300])


def test_the_common_case_is_right_to_eleven_digits():
    times = np.linspace(0, 24, 241)
    expected = solve(*ketamine_like(COMMON), [("iv", 0.0, 35.0, 40 / 60)], times)
    for copies in (1, 400):
        found = concentrations(bank_of(*[COMMON] * copies), [Input("iv", 0, 35, 40 / 60)], times)
        assert worst(found[:, 1:, -1], expected[:, 1:]) < 1e-11


@pytest.mark.parametrize("copies", [1, 300])
def test_starts_durations_and_amounts_may_differ_between_people(copies):
    starts = np.array([0.0, 0.33, 1.0])
    durations = np.array([0.5, 0.0, 1.01])
    amounts = np.array([10.0, 20.0, 30.0])
    times = np.linspace(0, 8, 41)
    found = concentrations(
        bank_of(*[COMMON] * 3 * copies),
        [Input("im", np.tile(starts, copies), np.tile(amounts, copies), np.tile(durations, copies)), Input("iv", 1, 5)],
        times,
    )
    for i in range(3):
        doses = [("im", starts[i], amounts[i], durations[i]), ("iv", 1.0, 5.0, 0.0)]
        np.testing.assert_allclose(found[:, :, i], solve(*ketamine_like(COMMON), doses, times), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("copies", [1, 300])
def test_a_bolus_on_a_time_counts_at_that_time(copies):
    bank = bank_of(*[COMMON] * copies)
    found = concentrations(bank, [Input("iv", 0.3, 10.0)], np.array([0.1, 0.2, 0.1 * 3, 0.4]))
    assert found[0, 1, 0] == 0
    assert found[0, 2, 0] == pytest.approx(10_000 / 30, rel=1e-9)


@pytest.mark.parametrize("copies", [1, 300])
def test_times_may_begin_after_the_doses(copies):
    bank = bank_of(*[COMMON] * copies)
    inputs = [Input("iv", -2.0, 10.0), Input("im", 1.0, 10.0)]
    late = concentrations(bank, inputs, [3.0, 4.0])
    early = concentrations(bank, inputs, [-1.0, 0.0, 3.0, 4.0])
    np.testing.assert_allclose(late, early[:, 2:], rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(person=person, doses=st.lists(dose, min_size=2, max_size=4), scale=st.floats(0.1, 5))
def test_doses_superpose_and_scale(person, doses, scale):
    bank, times = bank_of(person), np.linspace(0, 10, 31)
    together = concentrations(bank, [Input(*each) for each in doses], times)
    alone = sum(concentrations(bank, [Input(*each)], times) for each in doses)
    np.testing.assert_allclose(together, alone, rtol=1e-10, atol=1e-9)
    scaled = concentrations(bank, [Input(c, s, a * scale, d) for c, s, a, d in doses], times)
    np.testing.assert_allclose(scaled, together * scale, rtol=1e-10, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(person=person)
def test_the_area_is_dose_over_clearance(person):
    bank = bank_of(person)
    assert bank.auc_per_mg("iv")[0, 0] == pytest.approx(1000 / person["CL"], rel=1e-10)
    assert bank.auc_per_mg("iv")[1, 0] == pytest.approx(1000 * person["fm"] / person["CLm"], rel=1e-10)
    assert bank.auc_per_mg("iv")[2, 0] == pytest.approx(1000 / person["CL"], rel=1e-10)
    assert bank.auc_per_mg("oral")[0, 0] == pytest.approx(1000 * person["F_oral"] / person["CL"], rel=1e-10)
    assert bank.auc_per_mg("oral")[1, 0] == pytest.approx(1000 * person["fm"] / person["CLm"], rel=1e-10)


@pytest.mark.parametrize("copies", [1, 300])
@pytest.mark.parametrize(
    "period",
    [[Input("oral", 0.0, 50.0)], [Input("iv", 1.0, 20.0, 0.75), Input("im", 6.5, 10.0)], [Input("iv", 0.0, 60.0, 8.0)]],
)
def test_a_steady_series_is_the_limit_of_listing_the_doses(copies, period):
    bank, times = bank_of(*[COMMON] * copies), np.linspace(0, 8, 17)
    going_on = repeat(period, every_h=8, times=2)
    listed = [each.shifted(-400.0) for each in repeat(period, every_h=8, times=50)]
    expected = concentrations(bank, [*listed, *going_on], times)
    found = concentrations(bank, going_on, times, after=SteadySeries(tuple(period), 8.0))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    counted = concentrations(bank, going_on, times, after=SteadySeries(tuple(period), 8.0, times=3))
    short = [each.shifted(-24.0) for each in repeat(period, every_h=8, times=3)]
    np.testing.assert_allclose(counted, concentrations(bank, [*short, *going_on], times), rtol=1e-9, atol=1e-12)


def test_a_pump_log_with_a_pause_is_its_rates():
    log = pump_log("iv", [(0.0, 60.0), (0.25, 0.0), (0.5, 30.0)], end_h=1.0)
    assert [(each.start_h, each.amount_mg, each.duration_h) for each in log] == [(0.0, 15.0, 0.25), (0.5, 15.0, 0.5)]


def test_equal_rates_stay_within_a_millionth():
    times = np.linspace(0.1, 5, 50)
    once, twice = 1000 * 2 * times * np.exp(-2 * times), 500 * (2 * times) ** 2 * np.exp(-2 * times)
    followed = mammillary(clearance_l_per_h=60.0, volumes_l=(30.0,), effect_site_rate_per_h=2.0)
    iv = concentrations(followed, [Input("iv", 0, 30)], times)[:, :, 0]
    np.testing.assert_allclose(iv[0], 1000 * np.exp(-2 * times), rtol=1e-12)
    np.testing.assert_allclose(iv[1], once, rtol=1e-6)
    absorbed = mammillary(clearance_l_per_h=60.0, volumes_l=(30.0,), depots=[Depot("im", 2.0)])
    np.testing.assert_allclose(concentrations(absorbed, [Input("im", 0, 30)], times)[0, :, 0], once, rtol=1e-6)
    three = mammillary(clearance_l_per_h=60.0, volumes_l=(30.0,), effect_site_rate_per_h=2.0, depots=[Depot("im", 2.0)])
    np.testing.assert_allclose(concentrations(three, [Input("im", 0, 30)], times)[1, :, 0], twice, rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([0, 1, 2]), st.floats(-2e-7, 2e-7))
def test_an_effect_site_at_a_rate_of_the_parent_agrees_with_the_matrix_exponential(which, gap):
    rate = float(bank_of(COMMON).rates_per_h[which, 0]) * (1 + gap)
    person = {**COMMON, "ke0": rate, "ka_oral": rate * 1.3}
    times = np.linspace(0.1, 6, 20)
    expected = solve(*ketamine_like(person), [("iv", 0.0, 35.0, 0.5)], times)
    found = concentrations(bank_of(person), [Input("iv", 0, 35, 0.5)], times)[:, :, 0]
    assert worst(found, expected) < 1e-6


def test_equal_peripheral_rates_of_the_parent_are_no_singularity():
    person = {**COMMON, "Q2": 60.0, "V2": 60.0, "Q3": 140.0, "V3": 140.0}
    times = np.linspace(0.1, 6, 20)
    expected = solve(*ketamine_like(person), [("iv", 0.0, 35.0, 0.5)], times)
    found = concentrations(bank_of(person), [Input("iv", 0, 35, 0.5)], times)[:, :, 0]
    assert worst(found, expected) < 1e-6


def test_coefficients_without_common_eigenvectors_are_kept_apart():
    rates = np.array([[1.0], [3.0]])
    response = {"a": np.array([[[2.0], [1.0]]]), "b": np.array([[[0.5], [-0.5]]])}
    bank = ModeBank.from_response(rates, response, ["x"])
    found = concentrations(bank, [Input("a", 0, 2.0), Input("b", 0.5, 4.0)], [1.0])[0, 0, 0]
    expected = 2 * (2 * np.exp(-1) + np.exp(-3)) + 4 * 0.5 * (np.exp(-0.5) - np.exp(-1.5))
    assert found == pytest.approx(expected, rel=1e-13)


def test_out_is_reused_and_may_be_single_precision():
    bank, times = bank_of(*[COMMON] * 400), np.linspace(0, 6, 61)
    double = concentrations(bank, [Input("iv", 0, 35, 0.5)], times)
    single = np.empty(double.shape, dtype=np.float32)
    assert concentrations(bank, [Input("iv", 0, 35, 0.5)], times, out=single) is single
    np.testing.assert_allclose(single, double, rtol=1.3e-7)


REFUSED = {
    "an unknown channel": (lambda b: concentrations(b, [Input("nasal", 0, 1)], [1.0]), "nasal"),
    "times that go back": (lambda b: concentrations(b, [], [1.0, 0.5]), "decrease"),
    "times that are not numbers": (lambda b: concentrations(b, [], [np.nan]), "times_h"),
    "an amount that is not a number": (lambda b: Input("iv", 0, np.nan), "amount_mg"),
    "an amount of one person that is infinite": (lambda b: Input("iv", 0, np.array([1, np.inf])), "person 1"),
    "a negative amount": (lambda b: Input("iv", 0, -1.0), "amount_mg"),
    "a negative duration": (lambda b: Input("iv", 0, 1.0, -1.0), "duration_h"),
    "arrays for others": (lambda b: concentrations(b, [Input("iv", 0, np.ones(7))], [1.0]), "7 people"),
    "an out of another shape": (lambda b: concentrations(b, [], [1.0], out=np.empty((1, 1, 1))), "out"),
    "a dose before a steady series ends": (
        lambda b: concentrations(b, [Input("iv", -1, 1)], [1.0], after=SteadySeries((Input("iv", 0, 1),), 8)),
        "before time 0",
    ),
    "a clearance of nothing": (lambda b: mammillary(clearance_l_per_h=0.0, volumes_l=(30.0,)), "clearance_l_per_h"),
    "a volume that is not a number": (lambda b: mammillary(clearance_l_per_h=8.0, volumes_l=(np.nan,)), "volume 1"),
    "weights that are not numbers": (
        lambda b: ModeBank(np.ones((1, 1)), np.full((1, 1, 1), np.nan), {}, ("x",)),
        "output",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_by_name(case):
    action, named = REFUSED[case]
    with pytest.raises(EngineError, match=named):
        action(bank_of(COMMON, COMMON))


def test_a_bank_shared_by_threads_gives_each_the_same():
    inputs, times = [Input("iv", 0, 35, 0.5)], np.linspace(0, 6, 61)
    for _ in range(5):
        bank = bank_of(*[COMMON] * 300)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _, bank=bank: concentrations(bank, inputs, times), range(16)))
        assert all(np.array_equal(each, found[0]) for each in found)
        np.testing.assert_allclose(
            found[0][:, :, 0], concentrations(bank_of(COMMON), inputs, times)[:, :, 0], rtol=1e-9
        )
