"""Dose questions, individual fits, interactions and effects."""

import numpy as np
import pytest

from ketachart.pharmacology import (
    BadInput,
    Infusion,
    IntramuscularInjection,
    NasalDevices,
    Oral,
    Person,
    Sample,
    Sublingual,
    Unsupported,
    compare_routes,
    dose_for_target,
    equivalent_dose,
    fit_individual,
    interactions,
    simulate,
    vital_sign_rise,
)
from ketachart.pharmacology.pharmacodynamics import cardiac_output_drivers, dissociation_effect_site, relative_drug_high
from ketachart.pharmacology.reference_set import serve
from ketachart.pharmacology.serving import prepare_with

PERSON = Person(weight_kg=70, age_years=40)
FORTY_MINUTES = Infusion(dose_mg=35, duration_h=2 / 3)


@pytest.mark.parametrize("by", ["area", "peak"])
@pytest.mark.parametrize(
    "template",
    [
        IntramuscularInjection(dose_mg=1),
        Sublingual(dose_mg=1, hold_h=1 / 6),
        Oral(dose_mg=1),
        NasalDevices(dose_mg=1, bioavailability=0.3),
    ],
    ids=lambda dose: dose.kind,
)
def test_an_equivalent_dose_gives_the_same_exposure_when_it_is_simulated(by, template):
    from dataclasses import replace

    answer = equivalent_dose(FORTY_MINUTES, template, PERSON, by=by, people=200)
    known = simulate(FORTY_MINUTES, PERSON, model=answer.models[0], people=0)["ketamine"]
    other = simulate(replace(template, dose_mg=answer.dose_mg), PERSON, model=answer.models[1], people=0)["ketamine"]
    if by == "area":
        assert other.AUC_ng_h_per_ml == pytest.approx(known.AUC_ng_h_per_ml, rel=1e-6)
    else:
        assert other.Cmax == pytest.approx(known.Cmax, rel=1e-6)
    assert answer.p5 < answer.p50 < answer.p95
    assert answer.sites[0] == answer.sites[1]


def test_comparing_different_molecules_says_what_it_ignores():
    answer = equivalent_dose(
        NasalDevices(dose_mg=28, devices=2, every_h=5 / 60),
        FORTY_MINUTES,
        PERSON,
        molecule="esketamine",
        other_molecule="racemic",
    )
    assert any("potency" in warning for warning in answer.warnings)


@pytest.mark.parametrize(("target", "value"), [("peak", 150.0), ("area", 400.0), ("level", 60.0)])
def test_a_dose_for_a_target_reaches_it(target, value):
    answer = dose_for_target(FORTY_MINUTES, target, value, PERSON, at_h=1.5, people=300)
    curve = simulate(Infusion(dose_mg=answer.dose_mg, duration_h=2 / 3), PERSON, people=0, times_h=[1.5])["ketamine"]
    reached = {"peak": curve.Cmax, "area": curve.AUC_ng_h_per_ml, "level": curve.typical[0]}[target]
    assert reached == pytest.approx(value, rel=1e-6)
    assert answer.staying_below(0.95) < answer.dose_mg < answer.reaching(0.95)


def test_earlier_doses_count_towards_a_peak():
    later = Infusion(dose_mg=1, duration_h=2 / 3, at_h=1)
    fresh = dose_for_target(later, "peak", 150, PERSON, people=0)
    after = dose_for_target(later, "peak", 150, PERSON, people=0, given=[Infusion(dose_mg=20, duration_h=2 / 3)])
    assert after.dose_mg < fresh.dose_mg


def test_an_effect_site_target_uses_the_arterial_model():
    answer = dose_for_target(FORTY_MINUTES, "effect site", 60.0, PERSON, at_h=2 / 3, people=0)
    assert answer.sites == ("arterial",)
    serving, _ = serve("racemic", [FORTY_MINUTES], site="arterial")
    level = dissociation_effect_site(serving, [Infusion(dose_mg=answer.dose_mg, duration_h=2 / 3)], PERSON, [2 / 3])
    assert level["typical"][0] == pytest.approx(60.0, abs=0.001)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: dose_for_target(FORTY_MINUTES, "peak", -1, PERSON), "above 0"),
        (lambda: dose_for_target(FORTY_MINUTES, "level", 50, PERSON), "time"),
        (lambda: dose_for_target(FORTY_MINUTES, "mood", 50, PERSON), "unknown"),
        (lambda: equivalent_dose(FORTY_MINUTES, Oral(dose_mg=1), PERSON, by="effect"), "area"),
        (lambda: compare_routes({}, PERSON), "nothing"),
        (lambda: dose_for_target(FORTY_MINUTES, "peak", 100, PERSON, people=0).reaching(0.9), "population"),
    ],
)
def test_questions_without_sense_are_refused(ask, words):
    with pytest.raises(BadInput, match=words):
        ask()


def test_routes_side_by_side_keep_the_refused_ones_with_their_reason():
    found = compare_routes({"drip": FORTY_MINUTES, "spray": NasalDevices(dose_mg=50)}, PERSON, people=50)
    assert [row["label"] for row in found] == ["drip", "drip", "spray"]
    assert "bioavailability" in found[-1]["refused"]
    assert {row["site"] for row in found[:2]} == {"venous", "arterial"}


def person_who_clears_slowly():
    serving, _ = serve("racemic", [FORTY_MINUTES])
    etas = {"otto-2021": {"CL": np.array([-0.3]), "V1": np.array([0.2]), "VN1": np.zeros(1), "CLN": np.zeros(1)}}
    from ketachart.pharmacology.engine import concentrations
    from ketachart.pharmacology.serving import inputs_for

    prepared = prepare_with(serving, PERSON, etas)
    times = np.array([0.67, 1.0, 2.0, 4.0, 8.0])
    return times, concentrations(prepared.bank, inputs_for(prepared, [FORTY_MINUTES]), times)[0, :, 0]


def test_measurements_move_the_person_towards_the_truth():
    times, levels = person_who_clears_slowly()
    fit = fit_individual(
        [Sample(t, c) for t, c in zip(times, levels, strict=True)], FORTY_MINUTES, PERSON, site="venous"
    )
    clearance = fit.parameters()["otto-2021 CL"]
    assert 95.2 * np.exp(-0.3) <= clearance < 0.9 * 95.2  # between the truth (70.5) and the population
    band = fit.predict([FORTY_MINUTES], [8.0])
    assert band["p5"][0] < levels[-1] < band["p95"][0] * 1.2
    assert fit.posterior.effective > 200
    assert (
        dose_for_target(FORTY_MINUTES, "area", 400, individual=fit).dose_mg
        < dose_for_target(FORTY_MINUTES, "area", 400, PERSON, people=0).dose_mg
    )


@pytest.mark.parametrize(
    ("samples", "options", "error", "words"),
    [
        ([], {"site": "venous"}, BadInput, "at least one"),
        ([Sample(1, -5)], {"site": "venous"}, BadInput, "not a measurement"),
        ([Sample(0, 50)], {"site": "venous"}, BadInput, "before the first dose"),
        ([Sample(1, 50)], {"site": "plasma"}, BadInput, "venous"),
        ([Sample(1, 50)], {"site": "arterial"}, BadInput, "residual"),
        ([Sample(1, 50)], {"site": "venous", "model": "kamp-2020"}, Unsupported, "arterial"),
        ([Sample(1, 50, "hydroxynorketamine")], {"site": "venous"}, Unsupported, "norketamine"),
    ],
)
def test_samples_that_cannot_be_fitted_are_refused(samples, options, error, words):
    with pytest.raises(error, match=words):
        fit_individual(samples, FORTY_MINUTES, PERSON, **options)


@pytest.mark.parametrize(
    ("medicine", "dose", "molecule", "ratio"),
    [
        ("clarithromycin", Oral(dose_mg=14), "esketamine", 2.6),
        ("grapefruit juice", Oral(dose_mg=14), "esketamine", 3.0),
        ("itraconazole", Oral(dose_mg=14), "esketamine", 1.0),
        ("ticlopidine", Oral(dose_mg=14), "esketamine", 2.4),
        ("ticlopidine", NasalDevices(dose_mg=28), "esketamine", 1.29),
        ("rifampicin", Oral(dose_mg=14), "esketamine", 0.14),
        ("Rifampicin", Infusion(dose_mg=7, duration_h=2 / 60), "esketamine", 0.86),
        ("St John's wort", Oral(dose_mg=14), "esketamine", 0.42),
        ("grapefruit juice", FORTY_MINUTES, "esketamine", 1.0),
    ],
)
def test_interactions_apply_the_published_exposure_ratio_to_their_route(medicine, dose, molecule, ratio):
    without = simulate(dose, PERSON, molecule=molecule, people=0)["ketamine"].AUC_ng_h_per_ml
    changed = simulate(dose, PERSON, molecule=molecule, people=0, interactions=[medicine])
    assert changed["ketamine"].AUC_ng_h_per_ml == pytest.approx(ratio * without, rel=1e-9)
    assert any(medicine.lower() in warning.lower() for warning in changed.warnings)


def test_losing_all_cyp2b6_raises_oral_exposure_as_cross_checked():
    young = Person(weight_kg=70, age_years=25)
    areas = [
        simulate(
            Oral(dose_mg=14), young, model="ashraf-2018", molecule="esketamine", people=0, cyp2b6_activity=activity
        )["ketamine"].auc(0, 24)
        for activity in (1.0, 0.0)
    ]
    assert areas[1] / areas[0] == pytest.approx(2.66, abs=0.01)  # observed with ticlopidine: 2.4
    with pytest.raises(Unsupported, match="enzyme"):
        simulate(Oral(dose_mg=14), young, molecule="esketamine", cyp2b6_activity=0.5)


def test_a_medicine_without_a_study_is_not_taken_for_safe():
    with pytest.raises(BadInput, match="not make it safe"):
        interactions("ketoconazole")


def test_vital_sign_statistics_are_as_published():
    peak, course = vital_sign_rise("vankawala"), vital_sign_rise("riva_posse")
    assert (peak.systolic_mmhg, peak.diastolic_mmhg, peak.heart_rate_per_min) == (12.61, 8.49, 4.09)
    assert (course.systolic_mmhg, course.diastolic_mmhg, course.at_min) == (3.28, 3.17, 30.0)
    assert course.heart_rate_per_min is None
    with pytest.raises(BadInput):
        vital_sign_rise("nobody")


def test_effects_refuse_pharmacokinetics_they_were_not_estimated_with():
    venous, _ = serve("racemic", [FORTY_MINUTES])
    with pytest.raises(Unsupported, match="arterial"):
        dissociation_effect_site(venous, [FORTY_MINUTES], PERSON, [1.0])
    with pytest.raises(Unsupported, match="arterial"):
        relative_drug_high([50.0], "venous")
    with pytest.raises(Unsupported):
        cardiac_output_drivers(venous, [FORTY_MINUTES], PERSON, [1.0])


def test_drug_high_and_cardiac_output_are_relative_to_their_published_constants():
    assert relative_drug_high([71.3], "arterial")[0] == pytest.approx(1.0, abs=0.01)
    film = Sublingual(dose_mg=50, hold_h=1 / 6)
    serving, _ = serve("esketamine", [film])
    found = cardiac_output_drivers(serving, [film], PERSON, [0.3, 3.0])
    assert found["ketamine_relative_to_c25"][0] > found["ketamine_relative_to_c25"][1]
    assert found["norketamine_relative_to_c25"][0] < found["norketamine_relative_to_c25"][1]
