"""Doses from targets, checked by giving them."""

from __future__ import annotations

import numpy as np
import pytest
from bench.pharmacology.common_case import bank_from, parameters
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.pharmacology.engine import EngineError, Input, area, concentrations, mammillary, peak, search_grid
from ketachart.pharmacology.engine.dose import (
    dose_for_area,
    dose_for_level,
    dose_for_peak,
    equivalent_dose,
    per_mg,
)  # fmt: skip
from tests.pharmacology.engine.test_evaluate import COMMON, bank_of, person

GRID = search_grid([Input("iv", 0, 1, 2 / 3)], 0, 24)


def scaled(template, dose):
    return [Input(i.channel, i.start_h, i.amount_mg * dose, i.duration_h) for i in per_mg(template)]


@settings(max_examples=20, deadline=None)
@given(person=person, target=st.floats(20, 500))
def test_the_dose_for_a_peak_has_that_peak(person, target):
    bank, template = bank_of(person), [Input("iv", 0, 7.0, 2 / 3), Input("oral", 0, 3.0)]
    found = dose_for_peak(bank, template, "norketamine", target)
    top = peak(bank, scaled(template, found.dose_mg[0]), GRID).concentration[1, 0]
    assert top == pytest.approx(target, rel=1e-8)


@settings(max_examples=15, deadline=None)
@given(person=person, target=st.floats(200, 600), gap=st.floats(0.1, 3))
def test_the_dose_on_top_of_an_earlier_one_reaches_the_target_and_no_more(person, target, gap):
    bank = bank_of(person)
    earlier, template = [Input("im", 0, 10.0), Input("iv", 0, 5.0, 0.5)], [Input("im", gap, 1.0)]
    found = dose_for_peak(bank, template, "ketamine", target, given=earlier).dose_mg[0]
    top = peak(bank, [*earlier, *scaled(template, found)], search_grid([*earlier, *template], gap, gap + 24))
    if found > 0:
        assert top.concentration[0, 0] == pytest.approx(target, rel=1e-6)
    else:
        assert top.concentration[0, 0] >= target


def test_the_dose_for_an_area_and_for_a_level():
    bank, template = bank_of(COMMON), [Input("iv", 0, 1, 2 / 3)]
    assert dose_for_area(bank, template, "ketamine", 500.0).dose_mg[0] == pytest.approx(500 * 80 / 1000, rel=1e-10)
    found = dose_for_area(bank, template, "ketamine", 500.0, from_h=0, until_h=2, given=[Input("im", -1, 10)]).dose_mg[
        0
    ]
    total = area(bank, [Input("im", -1, 10), *scaled(template, found)], 0, 2)[0, 0]
    assert total == pytest.approx(500.0, rel=1e-10)
    found = dose_for_level(bank, template, "effect site", 100.0, 2 / 3, given=[Input("im", -1, 10)]).dose_mg[0]
    level = concentrations(bank, [Input("im", -1, 10), *scaled(template, found)], [2 / 3])[2, 0, 0]
    assert level == pytest.approx(100.0, rel=1e-10)


def test_a_share_of_people_reaches_the_target():
    bank = bank_from(parameters(np.random.default_rng(1), 2000))
    template = [Input("iv", 0, 1, 2 / 3)]
    found = dose_for_peak(bank, template, "effect site", 150.0, times_h=np.linspace(0, 4, 41))
    dose = found.reaching(0.9)
    tops = peak(bank, scaled(template, dose), np.linspace(0, 4, 41)).concentration[2]
    assert np.mean(tops >= 150.0) == pytest.approx(0.9, abs=1e-3)
    lower = found.staying_below(0.9)
    assert np.mean(
        peak(bank, scaled(template, lower), np.linspace(0, 4, 41)).concentration[2] <= 150.0
    ) == pytest.approx(0.9, abs=1e-3)
    assert lower < found.band[1] < dose


def test_equal_exposure_by_area_is_a_ratio_of_bioavailabilities():
    bank = bank_of(COMMON)
    found = equivalent_dose(bank, [Input("iv", 0, 35, 2 / 3)], bank, [Input("oral", 0, 1)])
    assert found.dose_mg[0] == pytest.approx(35 / 0.18, rel=1e-10)
    by_peak = equivalent_dose(bank, [Input("iv", 0, 35, 2 / 3)], bank, [Input("oral", 0, 1)], by="peak").dose_mg[0]
    iv = peak(bank, [Input("iv", 0, 35, 2 / 3)], GRID).concentration[0, 0]
    assert peak(bank, [Input("oral", 0, by_peak)], GRID).concentration[0, 0] == pytest.approx(iv, rel=1e-8)
    assert by_peak > found.dose_mg[0]


def test_a_target_that_earlier_doses_pass_asks_for_nothing_and_an_unreachable_one_for_no_finite_dose():
    bank = bank_of(COMMON)
    passed = dose_for_peak(bank, [Input("im", 1, 1)], "ketamine", 10.0, given=[Input("iv", 1, 50)])
    assert passed.dose_mg[0] == 0.0
    unreachable = dose_for_area(bank, [Input("norketamine", 0, 1)], "ketamine", 10.0)
    assert np.isinf(unreachable.dose_mg[0])
    assert np.isinf(unreachable.band).all()


def test_templates_and_targets_that_mean_nothing_are_refused():
    bank = mammillary(clearance_l_per_h=80.0, volumes_l=(30.0,))
    with pytest.raises(EngineError, match="gives nothing"):
        dose_for_area(bank, [Input("iv", 0, 0.0)], "ketamine", 100.0)
    with pytest.raises(EngineError, match="target"):
        dose_for_peak(bank, [Input("iv", 0, 1.0)], "ketamine", -1.0)
    with pytest.raises(EngineError, match="share"):
        dose_for_area(bank, [Input("iv", 0, 1.0)], "ketamine", 100.0).reaching(1.0)
