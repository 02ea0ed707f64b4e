"""The treatment room's forecast: what is running, what is planned, two labelled curves and an effect site."""

import json

import numpy as np
import pytest

from ketachart.pharmacology import BadInput, Infusion, Person, Unsupported, forecast, simulate, steps

PERSON = Person(weight_kg=70, age_years=40)
TIMES = np.arange(0, 2.01, 1 / 60)


def test_a_forecast_is_the_same_curve_as_a_simulation():
    found = forecast(steps([(0, 52.5)], 2 / 3), PERSON, TIMES)
    simulated = simulate(Infusion(dose_mg=35, duration_h=2 / 3), PERSON, people=0, times_h=TIMES)
    np.testing.assert_allclose(found["typical"], simulated["ketamine"].typical, atol=1e-3)
    np.testing.assert_allclose(found["also"][0]["typical"], simulated.also[0]["ketamine"].typical, atol=1e-3)


def test_it_names_model_site_population_citation_and_is_json():
    found = json.loads(json.dumps(forecast(steps([(0, 52.5)], 2 / 3), PERSON, TIMES)))
    assert (found["model"], found["site"]) == ("otto-2021", "venous")
    assert (found["also"][0]["model"], found["also"][0]["site"]) == ("kamp-2020", "arterial")
    for curve in (found, found["also"][0]):
        assert curve["citation"]
        assert curve["population"]
        assert len(curve["p5"]) == len(curve["p50"]) == len(curve["p95"]) == len(curve["times_h"]) == len(TIMES)
        assert np.all(np.array(curve["p5"][1:]) < np.array(curve["p95"][1:]))


def test_a_pause_lets_the_level_fall_and_a_new_rate_lifts_it():
    found = forecast(steps([(0, 60), (0.25, 0), (0.5, 60)], 0.75), PERSON, TIMES)
    level = np.array(found["typical"])
    at = {minute: level[minute] for minute in (15, 30, 45)}
    assert at[30] < at[15]
    assert at[45] > at[30]


def test_the_effect_site_lags_arterial_plasma_and_names_its_study():
    found = forecast(steps([(0, 52.5)], 2 / 3), PERSON, TIMES)
    site = found["effect_site"]
    assert "Olofsen" in site["citation"]
    assert site["c50_ng_per_ml"] == pytest.approx(121, abs=0.5)
    assert np.argmax(site["typical"]) > np.argmax(found["also"][0]["typical"])
    half_of_arterial = 0.5 * np.array(found["also"][0]["typical"])
    assert max(site["typical"]) < half_of_arterial.max()


def test_people_whom_no_data_cover_are_refused_here_too():
    with pytest.raises(Unsupported):
        forecast(steps([(0, 52.5)], 2 / 3), Person(weight_kg=40, age_years=12), TIMES)
    with pytest.raises(BadInput, match="body weight"):
        forecast(steps([(0, 52.5)], 2 / 3), Person(age_years=40), TIMES)


def test_without_people_only_the_typical_curve_is_given():
    found = forecast(steps([(0, 52.5)], 2 / 3), PERSON, TIMES, people=0)
    assert found["p5"] is None
    assert len(found["typical"]) == len(TIMES)
    with pytest.raises(BadInput, match="at least 20"):
        forecast(steps([(0, 52.5)], 2 / 3), PERSON, TIMES, people=5)
