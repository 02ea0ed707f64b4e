"""A prediction where a model exists for the route, with what it is; and why there is none otherwise."""

from typing import Any

import msgspec
import pytest

from ketachart.treatment import kinds
from ketachart.treatment.prediction import predict

from .charting import (
    IM_PLAN,
    ORAL_PLAN,
    PUSH_PLAN,
    SC_PLAN,
    SPRAVATO_PLAN,
    SPRAY_PLAN,
    TROCHE_PLAN,
    Chart,
    minute,
    opened_with,
    prepared,
)


def given(plan: kinds.PlannedDose, *doses: tuple[float, dict[str, Any]]) -> Chart:
    chart = prepared(opened_with(plan))
    for at, content in doses:
        chart.say(at, "dose_given", {"route": plan.route, **content})
    return chart


@pytest.mark.parametrize(
    ("plan", "doses"),
    [
        (IM_PLAN, ((20, {"dose_mg": 25.0, "part": 1}), (35, {"dose_mg": 25.0, "part": 2}))),
        (SC_PLAN, ((20, {"dose_mg": 40.0}),)),
        (SPRAVATO_PLAN, ((20, {"dose_mg": 28.0, "device": 1}), (25, {"dose_mg": 28.0, "device": 2}))),
        (TROCHE_PLAN, ((20, {"dose_mg": 100.0}),)),
        (ORAL_PLAN, ((20, {"dose_mg": 100.0}),)),
        (PUSH_PLAN, ((20, {"dose_mg": 10.0, "over_minutes": 2.0}),)),
    ],
)
def test_a_curve_says_its_model_its_site_and_its_population(plan: kinds.PlannedDose, doses: Any) -> None:
    found = predict(given(plan, *doses).state, minute(40))
    assert found["why_none"] is None
    curve = found["prediction"]
    assert curve["model"]
    assert curve["population"]
    assert curve["site"] in {"arterial", "venous", "presumed venous", "not read"}
    assert max(curve["typical"]) > 0
    assert all(low <= high for low, high in zip(curve["p5"], curve["p95"], strict=True))


def test_for_a_compounded_spray_there_is_none_and_it_says_why() -> None:
    found = predict(given(SPRAY_PLAN, (20, {"dose_mg": 25.0})).state, minute(40))
    assert found["prediction"] is None
    assert "depends on the product" in found["why_none"]


def test_what_is_spat_out_gives_less_than_what_is_swallowed_and_while_it_is_held_the_order_is_taken() -> None:
    peaks = {}
    for then in ("swallowed", "spat out"):
        chart = given(TROCHE_PLAN, (20, {"dose_mg": 100.0}))
        held = predict(chart.state, minute(25))["prediction"]
        assert any("Still in the mouth" in warning for warning in held["warnings"])
        chart.say(30, "hold_ended", {"then": then})
        ended = predict(chart.state, minute(31))["prediction"]
        assert not any("Still in the mouth" in warning for warning in ended["warnings"])
        peaks[then] = max(ended["typical"])
    assert 0 < peaks["spat out"] < peaks["swallowed"]


def test_without_a_hold_time_in_the_order_nothing_is_predicted_while_it_is_held() -> None:
    plan = msgspec.structs.replace(TROCHE_PLAN, hold_minutes=None)
    found = predict(given(plan, (20, {"dose_mg": 100.0})).state, minute(25))
    assert found["prediction"] is None
    assert found["why_none"]


def test_a_second_device_adds_to_the_first() -> None:
    one = predict(given(SPRAVATO_PLAN, (20, {"dose_mg": 28.0, "device": 1})).state, minute(40))["prediction"]
    two = predict(
        given(SPRAVATO_PLAN, (20, {"dose_mg": 28.0, "device": 1}), (25, {"dose_mg": 28.0, "device": 2})).state,
        minute(40),
    )["prediction"]
    assert max(two["typical"]) > max(one["typical"])
