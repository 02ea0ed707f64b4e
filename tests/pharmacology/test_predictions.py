"""Properties that hold for every prediction: proportional to dose, base and salt, mass balance, bands, labels."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.pharmacology import (
    BadInput,
    Bolus,
    Infusion,
    IntramuscularInjection,
    NasalDevices,
    Oral,
    Person,
    PumpLog,
    RateChange,
    Rectal,
    SubcutaneousInjection,
    Sublingual,
    Unsupported,
    repeated,
    simulate,
)
from ketachart.pharmacology.salts import base_mg, hydrochloride_mg, ng_per_ml_from_nmol_per_ml

PERSON = Person(weight_kg=70, age_years=40)
TIMES = [0.25, 0.5, 1, 2, 4, 8, 24]

WAYS = {
    "bolus": lambda mg, **k: Bolus(dose_mg=mg, **k),
    "infusion": lambda mg, **k: Infusion(dose_mg=mg, duration_h=2 / 3, **k),
    "im": lambda mg, **k: IntramuscularInjection(dose_mg=mg, **k),
    "sc": lambda mg, **k: SubcutaneousInjection(dose_mg=mg, **k),
    "nasal": lambda mg, **k: NasalDevices(dose_mg=mg, bioavailability=0.3, **k),
    "troche": lambda mg, **k: Sublingual(dose_mg=mg, hold_h=0.25, **k),
    "oral": lambda mg, **k: Oral(dose_mg=mg, **k),
    "prolonged": lambda mg, **k: Oral(dose_mg=mg, release="prolonged", **k),
    "rectal": lambda mg, **k: Rectal(dose_mg=mg, **k),
}


def run(dose, **options):
    return simulate(dose, PERSON, **{"people": 0, "times_h": TIMES, "also": False, **options})


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=10, deadline=None)
@given(mg=st.floats(0.5, 400), factor=st.floats(0.1, 3))
def test_concentration_is_proportional_to_dose_by_every_route(way, mg, factor):
    one, other = run(WAYS[way](mg)), run(WAYS[way](mg * factor))
    for name, curve in one.analytes.items():
        np.testing.assert_allclose(other[name].typical, factor * curve.typical, rtol=1e-9, atol=1e-300)
        assert other[name].AUC_ng_h_per_ml == pytest.approx(factor * curve.AUC_ng_h_per_ml, rel=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_a_dose_as_hydrochloride_is_0_867_of_it_as_base(way):
    salt, base = run(WAYS[way](50.0, basis="hydrochloride")), run(WAYS[way](50.0))
    np.testing.assert_allclose(salt["ketamine"].typical, 0.867 * base["ketamine"].typical, rtol=1e-12)


@pytest.mark.parametrize(("hydrochloride", "base"), [(57.7, 50.0), (32.3, 28.0), (11.53, 10.0), (115.33, 100.0)])
def test_salt_and_base_agree_with_the_labels(hydrochloride, base):
    assert base_mg(hydrochloride, "hydrochloride") == pytest.approx(base, rel=0.001)
    assert hydrochloride_mg(base) == pytest.approx(hydrochloride, rel=0.001)


def test_c50_of_dissociation_in_both_units_as_printed():
    assert ng_per_ml_from_nmol_per_ml(0.51, "ketamine") == pytest.approx(121, abs=0.5)


@pytest.mark.parametrize("way", WAYS)
def test_exposure_is_bioavailability_times_dose_over_clearance(way):
    dose, infusion = (
        run(WAYS[way](50.0)),
        run(Infusion(dose_mg=50.0, duration_h=1.0), model=run(WAYS[way](50.0)).disposition),
    )
    expected = dose.bioavailability * infusion["ketamine"].AUC_ng_h_per_ml
    assert dose["ketamine"].AUC_ng_h_per_ml == pytest.approx(expected, rel=1e-9)
    assert 0.0 < dose.bioavailability <= 1.0 + 1e-12


@pytest.mark.parametrize("way", WAYS)
def test_areas_of_windows_add_up(way):
    curve = run(WAYS[way](50.0))["ketamine"]
    assert curve.auc(0, 3) + curve.auc(3, math.inf) == pytest.approx(curve.AUC_ng_h_per_ml, rel=1e-9)
    fine = np.linspace(0, 3, 40001)
    if way != "bolus":
        assert curve.auc(0, 3) == pytest.approx(np.trapezoid(curve.at(fine), fine), rel=1e-5)


def test_a_pump_log_is_the_sum_of_its_stretches():
    log = PumpLog((RateChange(0, 60), RateChange(0.25, 0), RateChange(0.5, 30)), end_h=1.0)
    apart = [Infusion(dose_mg=15, duration_h=0.25), Infusion(dose_mg=15, duration_h=0.5, at_h=0.5)]
    np.testing.assert_allclose(run(log)["ketamine"].typical, run(apart)["ketamine"].typical, rtol=1e-12)
    assert log.total_base_mg == pytest.approx(30)


def test_a_series_is_the_sum_of_its_sessions():
    first = Infusion(dose_mg=35, duration_h=2 / 3)
    series = run(repeated(first, every_h=72, times=3), times_h=[0.5, 72.5, 144.5])
    alone = run(first, times_h=[0.5, 72.5, 144.5])["ketamine"].typical
    assert series["ketamine"].typical[2] == pytest.approx(alone.sum(), rel=1e-9)


def test_racemate_is_s_plus_r_and_r_is_cleared_more_slowly():
    found = run(Infusion(dose_mg=35, duration_h=2 / 3), enantiomers=True)
    s, r, both = (found[name] for name in ("S-ketamine", "R-ketamine", "ketamine"))
    np.testing.assert_allclose(s.typical + r.typical, both.typical, rtol=1e-12)
    assert s.AUC_ng_h_per_ml / r.AUC_ng_h_per_ml == pytest.approx(0.86, rel=1e-9)
    alone = run(Infusion(dose_mg=17.5, duration_h=2 / 3), molecule="esketamine", model="otto-2021")
    np.testing.assert_allclose(s.typical, alone["ketamine"].typical, rtol=1e-12)


def test_spitting_out_removes_most_norketamine_and_some_ketamine():
    swallow = run(Sublingual(dose_mg=100, hold_h=1 / 6))
    spit = run(Sublingual(dose_mg=100, hold_h=1 / 6, swallowed=0))
    assert spit["norketamine"].AUC_ng_h_per_ml < 0.5 * swallow["norketamine"].AUC_ng_h_per_ml
    assert 0.5 < spit["ketamine"].AUC_ng_h_per_ml / swallow["ketamine"].AUC_ng_h_per_ml < 1.0


def test_a_longer_hold_takes_more_up():
    found = [
        run(Sublingual(dose_mg=100, hold_h=minutes / 60, swallowed=0)).bioavailability for minutes in (2, 5, 10, 20)
    ]
    assert found == sorted(found)
    assert found[2] == pytest.approx(0.263, abs=0.001)  # Simons F1 after 10 minutes


def test_later_nasal_devices_take_less_up_than_the_first():
    fractions = []
    for devices in (1, 2, 3):
        dose = NasalDevices(dose_mg=28, devices=devices, every_h=5 / 60)
        fractions.append(run(dose, molecule="esketamine").bioavailability)
    assert fractions[0] == pytest.approx(0.62, abs=0.005)
    assert fractions[2] == pytest.approx(0.51, abs=0.005)


def test_the_band_holds_the_median_and_is_the_same_for_the_same_seed():
    dose = Infusion(dose_mg=35, duration_h=2 / 3)
    one, again = (run(dose, people=400, seed=7) for _ in range(2))
    other = run(dose, people=400, seed=8)
    curve = one["ketamine"]
    assert np.all(curve.p5 < curve.p50)
    assert np.all(curve.p50 < curve.p95)
    np.testing.assert_array_equal(curve.p95, again["ketamine"].p95)
    assert not np.array_equal(curve.p95, other["ketamine"].p95)


def test_the_spread_of_clearance_is_the_one_of_the_paper():
    curve = run(Infusion(dose_mg=35, duration_h=2 / 3), molecule="esketamine", model="otto-2021", people=8000)[
        "ketamine"
    ]
    # AUC = dose / CL, CL log-normal with omega2 0.026048: p95 / p5 = exp(2 x 1.645 x omega)
    assert curve.AUC_p95 / curve.AUC_p5 == pytest.approx(math.exp(2 * 1.6449 * 0.026048**0.5), rel=0.03)


def test_a_model_without_known_variability_shows_no_band_and_says_so():
    found = run(Bolus(dose_mg=35), model="domino-tci", people=100)
    assert found["ketamine"].p5 is None
    assert any("no band" in warning for warning in found.warnings)


def test_arterial_and_venous_stay_two_labelled_curves():
    found = simulate(Infusion(dose_mg=35, duration_h=2 / 3), PERSON, people=0)
    assert [(each.model, each.site) for each in (found, *found.also)] == [
        ("otto-2021", "venous"),
        ("kamp-2020", "arterial"),
    ]
    assert found.also[0]["ketamine"].Cmax > 1.4 * found["ketamine"].Cmax


def test_models_that_disagree_are_said_to_disagree():
    found = simulate(Infusion(dose_mg=35, duration_h=2 / 3), PERSON, people=0)
    low, high = found.between_models()["ketamine"]["Cmax"]
    assert (round(low), round(high)) == (160, 253)


def test_other_names_of_the_molecules_are_understood_but_plain_ketamine_is_not():
    drip = Infusion(dose_mg=35, duration_h=2 / 3)
    assert simulate(drip, PERSON, molecule="racemic ketamine", people=0).molecule == "racemic"
    assert simulate(drip, PERSON, molecule="S-ketamine", people=0).molecule == "esketamine"


def test_a_heavy_person_without_height_is_warned_about():
    found = simulate(Infusion(dose_mg=35, duration_h=2 / 3), Person(weight_kg=110, age_years=40), people=0)
    assert any("height not given" in warning for warning in found.warnings)


def test_everything_a_reader_needs_is_in_the_json():
    found = json.loads(json.dumps(simulate(Sublingual(dose_mg=100, hold_h=0.2), PERSON, people=50).to_dict()))
    for key in (
        "model",
        "site",
        "population",
        "citation",
        "tier",
        "times_h",
        "analytes",
        "bioavailability",
        "warnings",
        "validity",
    ):
        assert found[key], key
    assert {"concentration_ng_per_ml", "p5", "p50", "p95", "Cmax", "Tmax_h", "AUC_ng_h_per_ml"} <= set(
        found["analytes"]["ketamine"]
    )
    assert any("calibrated here" in warning for warning in found["warnings"])


REFUSED = [
    (Bolus(dose_mg=10), Person(weight_kg=30, age_years=9), "racemic", "9 years"),
    (Bolus(dose_mg=10), Person(weight_kg=70, age_years=91), "racemic", "91 years"),
    (Bolus(dose_mg=10), Person(weight_kg=70, age_years=30, pregnant=True), "racemic", "pregnancy"),
    (Bolus(dose_mg=10), Person(weight_kg=120, height_cm=165, age_years=30), "racemic", "body mass index"),
    (Bolus(dose_mg=10), Person(weight_kg=180, age_years=30), "racemic", "180 kg"),
    (Bolus(dose_mg=10), Person(weight_kg=70, hepatic_impairment="severe"), "racemic", "hepatic"),
    (IntramuscularInjection(dose_mg=10), PERSON, "esketamine", "intramuscular"),
    (Rectal(dose_mg=10), PERSON, "esketamine", "rectal"),
    (Oral(dose_mg=10), PERSON, "arketamine", "oral"),
    ([Sublingual(dose_mg=10, hold_h=0.1), NasalDevices(dose_mg=28)], PERSON, "esketamine", "together"),
]


@pytest.mark.parametrize(("dose", "person", "molecule", "words"), REFUSED)
def test_what_no_model_supports_is_refused_with_the_reason(dose, person, molecule, words):
    with pytest.raises(Unsupported, match=words) as caught:
        simulate(dose, person, molecule=molecule, people=0)
    assert caught.value.reason


def test_children_have_a_comparator_by_name_only():
    child = Person(weight_kg=20, age_years=6)
    found = simulate(Bolus(dose_mg=25), child, model="herd-2007", people=0)
    assert 25_000 / found["ketamine"].AUC_ng_h_per_ml == pytest.approx(90 * (20 / 70) ** 0.75)
    with pytest.raises(Unsupported, match="adult"):
        simulate(Bolus(dose_mg=25), PERSON, model="herd-2007", people=0)


BAD = [
    (lambda: Bolus(dose_mg=-1), "above 0"),
    (lambda: Bolus(dose_mg=float("nan")), "finite"),
    (lambda: Bolus(dose_mg=10, at_h=-1), "at least 0"),
    (lambda: Bolus(dose_mg=10, basis="salt"), "hydrochloride"),
    (lambda: Infusion(dose_mg=10, duration_h=0), "above 0"),
    (lambda: PumpLog((), 1.0), "empty"),
    (lambda: PumpLog((RateChange(1, 10), RateChange(0.5, 0)), 2.0), "order"),
    (lambda: PumpLog((RateChange(1, 10),), 0.5), "before its last change"),
    (lambda: NasalDevices(dose_mg=28, devices=3), "time between"),
    (lambda: NasalDevices(dose_mg=28, devices=0), "1 to 20"),
    (lambda: NasalDevices(dose_mg=28, bioavailability=1.2), "up to 1"),
    (lambda: Sublingual(dose_mg=100, hold_h=0), "above 0"),
    (lambda: Sublingual(dose_mg=100, hold_h=0.1, swallowed=2), "spit"),
    (lambda: Person(weight_kg=-3), "between"),
    (lambda: Person(age_years=float("inf")), "finite"),
    (lambda: Person(sex="x"), "female"),
    (lambda: simulate([], PERSON), "at least one dose"),
    (lambda: simulate(Bolus(dose_mg=3500), PERSON), "ten times"),
    (lambda: simulate([Bolus(dose_mg=2000), Bolus(dose_mg=2000, at_h=0.1)], PERSON), "ten times"),
    (lambda: simulate(IntramuscularInjection(dose_mg=9500), PERSON), "ten times"),
    (lambda: simulate(NasalDevices(dose_mg=50), PERSON), "no default bioavailability"),
    (lambda: simulate(Bolus(dose_mg=10), Person()), "body weight"),
    (lambda: simulate(Bolus(dose_mg=10), PERSON, model="otto"), "no model"),
    (lambda: simulate(Bolus(dose_mg=10), PERSON, molecule="ketamine"), "esketamine"),
    (lambda: simulate(Bolus(dose_mg=10), PERSON, times_h=[2, 1]), "in order"),
    (lambda: simulate(Bolus(dose_mg=10), PERSON, people=-1), "whole number"),
    (
        lambda: simulate([PumpLog((RateChange(0, 10),), 2.0), PumpLog((RateChange(1, 10),), 3.0)], PERSON),
        "overlap",
    ),
]


@pytest.mark.parametrize(("ask", "words"), BAD)
def test_impossible_values_and_schedules_are_refused_with_what_is_wrong(ask, words):
    with pytest.raises(BadInput, match=words):
        ask()


def test_moderate_impairment_is_predicted_with_a_warning():
    person = Person(weight_kg=70, age_years=40, hepatic_impairment="moderate", renal_impairment="severe")
    warnings = " ".join(simulate(Bolus(dose_mg=10), person, people=0).warnings)
    assert "hepatic" in warnings
    assert "1.13 to 1.36" in warnings


def test_outside_the_studied_range_warns():
    found = simulate(Infusion(dose_mg=40, duration_h=1), Person(weight_kg=130, age_years=80), people=0)
    text = " ".join(found.warnings)
    assert "age 80" in text
    assert "weight 130" in text
