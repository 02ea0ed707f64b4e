"""Scores of the room, how symptoms end, rescue within an order, and the hand-over: what is kept, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.live.guards import session_rules
from ketachart.record.roles import permissions_of
from ketachart.treatment.care_data import rescue_problems, room_scales
from ketachart.treatment.care_kinds import RescueOrdered, ScaleScored
from ketachart.treatment.care_rules import (
    open_at_handover,
    open_symptoms,
    order_problem,
    rescue_orders,
    score_problem,
)
from ketachart.treatment.guard import PERMISSION_BY_KIND
from ketachart.treatment.models import TreatmentSession
from ketachart.treatment.queries import view_session
from ketachart.treatment.words import one_line

from .charting import Chart, dosed, minute, prepared
from .conftest import Walk
from .test_guard import ask

ORDER = {
    "problem": "nausea",
    "medicine": "Ondansetron",
    "dose": 4.0,
    "dose_unit": "mg",
    "route": "IV",
    "most_times": 2,
    "interval_minutes": 15.0,
}


def ordered() -> tuple[Chart, str]:
    chart = prepared()
    return chart, chart.say(16, "rescue_ordered", ORDER).id


def giving(order: str, **changes: Any) -> dict[str, Any]:
    return {"order_id": order, "dose": 4.0, "dose_unit": "mg", **changes}


# --- scores -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "value", "items", "field"),
    [
        ("rass", 0, {}, None),
        ("rass", -5, {}, None),
        ("rass", 4, {}, None),
        ("rass", 5, {}, "value"),
        ("rass", 0.5, {}, "value"),
        ("nausea", 10, {}, None),
        ("nausea", 11, {}, "value"),
        ("nausea", -1, {}, "value"),
        ("nausea", 3, {"1": 3}, "items"),
        ("cadss-6", 6, dict.fromkeys(["1", "2", "6", "7", "15", "22"], 1), None),
        ("cadss-6", 7, dict.fromkeys(["1", "2", "6", "7", "15", "22"], 1), "value"),
        ("cadss-6", 5, dict.fromkeys(["1", "2", "6", "7", "15"], 1), "items"),
        ("cadss-6", 10, {**dict.fromkeys(["1", "2", "6", "7", "15"], 1), "22": 5}, "items"),
        ("cadss-6", 6, {}, "items"),
        ("mood", 3, {}, "scale"),
    ],
)
def test_a_score_is_one_of_its_steps_and_a_sum_is_of_all_items(
    scale: str, value: float, items: dict[str, int], field: str | None
) -> None:
    problem = score_problem(ScaleScored(scale=scale, value=value, items=items), room_scales())
    assert (problem.field if problem else None) == field


def test_a_score_is_a_reading_with_its_time() -> None:
    chart = prepared()
    chart.say(16, "scale_scored", {"scale": "nausea", "value": 4})
    reading = chart.state.latest("nausea")
    assert reading is not None
    assert (reading.value, reading.at) == (4, minute(16))
    chart.say(17, "event_corrected", {"target_id": reading.entry_id, "reason": "another patient"})
    assert chart.state.latest("nausea") is None


# --- symptoms -----------------------------------------------------------------------------------------------------------


def test_a_symptom_is_open_until_somebody_says_that_it_is_over() -> None:
    chart = dosed()
    nausea = chart.say(45, "symptom_noted", {"symptom": "Nausea", "severity": "mild"})
    chart.say(46, "symptom_noted", {"symptom": "Headache", "severity": "mild"})
    assert ask(chart.state, 50, "symptom_ended", {"symptom_id": nausea.id, "outcome": "gone"}) is None
    chart.say(50, "symptom_ended", {"symptom_id": nausea.id, "outcome": "gone"})
    still = [entry.content.symptom for entry in open_symptoms(chart.state, minute(60))]  # type: ignore[attr-defined]
    assert still == ["Headache"]
    assert len(open_symptoms(chart.state, minute(49))) == 2


@pytest.mark.parametrize(
    ("at", "target", "said"), [(44, None, "before it was noted"), (50, "another", "no such symptom")]
)
def test_a_symptom_cannot_end_before_it_was_noted_or_without_having_been(
    at: float, target: str | None, said: str
) -> None:
    chart = dosed()
    nausea = chart.say(45, "symptom_noted", {"symptom": "Nausea"})
    problem = ask(chart.state, at, "symptom_ended", {"symptom_id": target or nausea.id, "outcome": "gone"})
    assert problem is not None
    assert said in problem


def test_a_suspected_serious_event_says_so_in_words() -> None:
    entry = prepared().say(16, "symptom_noted", {"symptom": "Chest pain", "severity": "severe", "serious": True})
    assert "suspected serious" in one_line(entry.content)


# --- rescue -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"problem": "boredom"}, "problem"),
        ({"medicine": " "}, "medicine"),
        ({"dose": 0.0}, "dose"),
        ({"dose": float("nan")}, "dose"),
        ({"dose_unit": ""}, "dose_unit"),
        ({"route": ""}, "route"),
        ({"most_times": 0}, "most_times"),
        ({"most_times": 2, "interval_minutes": None}, "interval_minutes"),
        ({"most_times": 1, "interval_minutes": None}, None),
    ],
)
def test_an_order_says_everything_itself(changes: dict[str, Any], field: str | None) -> None:
    problem = order_problem(RescueOrdered(**{**ORDER, **changes}))
    assert (problem.field if problem else None) == field


@pytest.mark.parametrize(
    ("before", "at", "changes", "problem"),
    [
        ((), 20, {}, None),
        ((), 15, {}, "does not stand"),
        ((), 20, {"order_id": "another"}, "no such order"),
        ((), 20, {"dose": 8.0}, "says 4 mg"),
        ((), 20, {"dose": 2.0}, None),
        ((), 20, {"dose_unit": "mL"}, "says 4 mg"),
        ((), 20, {"dose": 0.0}, "more than 0"),
        ((20,), 34, {}, "15 min between"),
        ((20,), 35, {}, None),
        ((20, 35), 90, {}, "2 times"),
        ((20, 35), 90, {"beyond_order_reason": "by telephone, Dr Brandt"}, None),
        ((20,), 21, {"beyond_order_reason": " "}, "15 min between"),
    ],
)
def test_rescue_is_given_within_its_order(
    before: tuple[float, ...], at: float, changes: dict[str, Any], problem: str | None
) -> None:
    chart, order_id = ordered()
    for earlier in before:
        chart.say(earlier, "rescue_given", giving(order_id))
    refused = ask(chart.state, at, "rescue_given", giving(order_id, **changes))
    assert (refused is None) == (problem is None)
    if problem and refused:
        assert problem in refused


def test_a_withdrawn_order_is_not_given_on() -> None:
    chart, order_id = ordered()
    chart.say(18, "rescue_withdrawn", {"order_id": order_id, "reason": "allergy reported"})
    assert "does not stand" in str(ask(chart.state, 20, "rescue_given", giving(order_id)))
    assert ask(chart.state, 17, "rescue_given", giving(order_id)) is None  # it stood then


def test_a_corrected_order_keeps_what_was_given_on_it() -> None:
    chart, order_id = ordered()
    chart.say(20, "rescue_given", giving(order_id))
    replacement = {
        "kind": "treatment.rescue_ordered",
        "content": {**ORDER, "most_times": 3},
        "effective_at": minute(16).isoformat(),
    }
    chart.say(21, "event_corrected", {"target_id": order_id, "reason": "three times", "replacement": replacement})
    (standing,) = rescue_orders(chart.state, minute(60))
    assert (standing.left, len(standing.given)) == (2, 1)
    assert ask(chart.state, 40, "rescue_given", giving(order_id)) is None


@settings(max_examples=80, deadline=None)
@given(times=st.lists(st.integers(17, 160), max_size=8))
def test_what_was_given_without_a_reason_never_exceeds_the_order(times: list[int]) -> None:
    chart, order_id = ordered()
    for at in sorted(times):
        if ask(chart.state, at, "rescue_given", giving(order_id)) is None:
            chart.say(at, "rescue_given", giving(order_id))
    (standing,) = rescue_orders(chart.state, minute(200))
    moments = [entry.effective_at for entry in standing.given]
    assert len(moments) <= 2
    assert all((later - earlier).total_seconds() >= 900 for earlier, later in pairwise(moments))


def test_only_a_prescriber_orders_and_both_give() -> None:
    order, give = PERMISSION_BY_KIND["treatment.rescue_ordered"], PERMISSION_BY_KIND["treatment.rescue_given"]
    assert order in permissions_of("prescriber")
    assert order not in permissions_of("nurse")
    assert give in permissions_of("nurse") & permissions_of("prescriber")


def test_no_rescue_data_holds_a_dose_that_could_be_taken_for_an_order() -> None:
    for problem in rescue_problems().values():
        assert not {"dose", "medicine", "route"} & set(msgspec.structs.asdict(problem))


# --- hand-over ----------------------------------------------------------------------------------------------------------


def test_a_hand_over_lists_what_is_open() -> None:
    chart, order_id = ordered()
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    chart.say(22, "symptom_noted", {"symptom": "Nausea", "severity": "mild"})
    chart.say(23, "rescue_given", giving(order_id))
    found = {item.what: item.detail for item in open_at_handover(chart.state, minute(33))}
    assert "The infusion is running" in found
    assert found["Nausea"] == "mild"
    assert found["Ondansetron 4 mg"] == "1 times left"
    assert any(detail in ("due", "overdue") for detail in found.values())


def test_a_hand_over_names_who_takes_over() -> None:
    chart = prepared()
    assert ask(chart.state, 16, "handed_over", {"to_user_id": "x", "to_name": " "}) is not None
    assert ask(chart.state, 16, "handed_over", {"to_user_id": "x", "to_name": "Noor Haddad"}) is None


# --- through the record -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_nurse_cannot_order_and_what_is_refused_is_not_written(
    walk: Walk, actor: Callable[..., Actor], open_session: Callable[..., TreatmentSession]
) -> None:
    with pytest.raises(Refused):
        walk.chart(16, "rescue_given", giving("no order"))
    order = walk.chart(16, "rescue_ordered", ORDER, role="prescriber")
    walk.chart(20, "rescue_given", giving(str(order.id)))
    kinds_charted = [entry.kind for entry in view_session(walk.actor("nurse"), walk.session.id).state.charted]
    assert kinds_charted.count("treatment.rescue_given") == 1
    assert session_rules().permission_by_kind["treatment.rescue_ordered"] == "treatment.order"
