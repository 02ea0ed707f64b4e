"""The delivered dose is integrated from rate events, exactly, whatever the order of arrival."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.treatment.dose import remaining_steps
from ketachart.treatment.state import delivered_mg, delivered_mg_per_kg, fold_all

from .charting import PLAN, Chart, minute, opened, prepared


def rate(mg_per_h: float) -> dict[str, float]:
    return {"rate_mg_per_h": mg_per_h, "rate_ml_per_h": mg_per_h * 2.6}


def test_the_published_example_gives_40_mg_in_40_minutes() -> None:
    """80 kg x 0.5 mg/kg = 40 mg in 104 mL at 156 mL/h = 1 mg/min."""
    chart = Chart(opened())
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    state = chart.state
    assert delivered_mg(state, minute(20)) == 0
    assert delivered_mg(state, minute(21)) == pytest.approx(1.0, abs=1e-12)
    assert delivered_mg(state, minute(60)) == pytest.approx(40.0, abs=1e-9)
    assert delivered_mg_per_kg(state, minute(60)) == pytest.approx(0.5, abs=1e-9)


def test_the_pump_never_gives_more_than_it_holds() -> None:
    chart = Chart(opened())
    chart.say(20, "infusion_started", rate(60))
    assert delivered_mg(chart.state, minute(600)) == pytest.approx(40.0, abs=1e-9)
    empty = chart.state.dose.pump_empty_at()
    assert empty is not None
    assert abs((empty - minute(60)).total_seconds()) < 0.01


def test_pause_change_resume_and_stop_each_count_from_their_own_time() -> None:
    chart = Chart(opened())
    chart.say(0, "infusion_started", rate(60))
    chart.say(10, "infusion_paused")
    chart.say(15, "infusion_resumed", rate(30))
    chart.say(25, "infusion_rate_changed", rate(60))
    chart.say(30, "infusion_stopped", {"volume_given_ml": 52.0})
    state = chart.state
    assert delivered_mg(state, minute(90)) == pytest.approx(10 + 0 + 5 + 5, abs=1e-9)
    assert state.dose.pump_volume_given_ml == 52.0
    assert state.phase == "recovery"


def test_a_dose_given_at_once_is_added_to_what_was_infused() -> None:
    chart = Chart(opened())
    chart.say(0, "infusion_started", rate(60))
    chart.say(5, "dose_given", {"dose_mg": 7.5, "route": "IV"})
    assert delivered_mg(chart.state, minute(10)) == pytest.approx(17.5, abs=1e-9)
    assert delivered_mg(chart.state, minute(4)) == pytest.approx(4.0, abs=1e-9)


def test_without_a_weight_there_is_no_mg_per_kg() -> None:
    first = opened()
    import msgspec

    chart = Chart(msgspec.structs.replace(first, patient=msgspec.structs.replace(first.patient, weight_kg=None)))
    chart.say(0, "infusion_started", rate(60))
    assert delivered_mg_per_kg(chart.state, minute(10)) is None


@pytest.mark.parametrize(
    ("kinds", "delivered", "meaning"),
    [
        (["infusion_started", "infusion_stopped", "infusion_rate_changed"], 10.0, "while the infusion was stopped"),
        (["infusion_started", "infusion_stopped", "infusion_started"], 10.0, "after the infusion was stopped"),
        (["infusion_started", "infusion_started"], 20.0, "started twice"),
        (["infusion_rate_changed"], 0.0, "while the infusion was not started"),
        (["infusion_paused"], 0.0, "a pause while"),
        (["infusion_stopped"], 0.0, "a stop while"),
        (["infusion_started", "infusion_resumed"], 20.0, "counts as a rate change"),
    ],
)
def test_what_cannot_be_is_shown_to_a_person_and_not_settled(kinds: list[str], delivered: float, meaning: str) -> None:
    chart = Chart(opened())
    for place, kind in enumerate(kinds):
        content = rate(60) if kind in {"infusion_started", "infusion_rate_changed", "infusion_resumed"} else {}
        chart.say(place * 10, kind, content)
    assert delivered_mg(chart.state, minute(20)) == pytest.approx(delivered, abs=1e-9)
    assert any(meaning in conflict.meaning for conflict in chart.state.conflicts)


def test_the_same_dose_twice_in_two_minutes_is_asked_about_and_both_count() -> None:
    chart = prepared()
    chart.say(20, "dose_given", {"dose_mg": 20.0, "route": "IM"})
    chart.say(21, "dose_given", {"dose_mg": 20.0, "route": "IM"})
    assert delivered_mg(chart.state, minute(30)) == 40.0
    assert len(chart.state.conflicts) == 1


def test_the_planned_rest_runs_at_the_present_rate_until_the_pump_is_empty() -> None:
    chart = Chart(opened())
    chart.say(0, "infusion_started", rate(30))
    (step,) = remaining_steps(chart.state.dose, PLAN, minute(20))
    assert step.rate_mg_per_h == 30
    assert (step.end - step.start).total_seconds() / 60 == pytest.approx(60, abs=0.01)  # type: ignore[operator]


pump_actions = st.lists(
    st.tuples(
        st.integers(0, 4 * 3_600_000),
        st.sampled_from(
            ["infusion_started", "infusion_rate_changed", "infusion_paused", "infusion_resumed", "infusion_stopped"]
        ),
        st.integers(1, 3000),
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(actions=pump_actions, order=st.randoms(), look_at=st.integers(0, 6 * 3_600_000))
def test_any_order_of_arrival_gives_the_dose_that_exact_fractions_give(actions, order, look_at) -> None:  # type: ignore[no-untyped-def]
    chart = Chart(opened())
    for milliseconds, kind, mg_per_10_h in actions:
        needs_rate = kind in {"infusion_started", "infusion_rate_changed", "infusion_resumed"}
        chart.say(milliseconds / 60_000, kind, rate(mg_per_10_h / 10) if needs_rate else {})
    arrived = list(chart.entries)
    order.shuffle(arrived)
    state = fold_all(arrived)
    at = minute(look_at / 60_000)
    exact = _exact_mg(chart, look_at)
    assert delivered_mg(state, at) == pytest.approx(min(float(exact), 40.0), abs=1e-6)
    assert delivered_mg(state, at) <= 40.0 + 1e-9
    assert delivered_mg(state, at) == delivered_mg(fold_all(chart.entries), at)


def _exact_mg(chart: Chart, until_ms: int) -> Fraction:
    """The same question answered another way: walk through every millisecond mark in exact fractions."""
    pump, current, total, before = "not started", Fraction(0), Fraction(0), 0
    events = sorted((e for e in chart.entries if "infusion" in e.kind), key=lambda e: e.order)
    for entry in [*events, None]:
        now = until_ms if entry is None else round((entry.effective_at - minute(0)).total_seconds() * 1000)
        if pump == "running":
            total += current * max(0, min(now, until_ms) - before) / 3_600_000
        before = min(now, until_ms)
        if entry is None:
            break
        name = entry.kind.removeprefix("treatment.infusion_")
        wanted = Fraction(str(getattr(entry.content, "rate_mg_per_h", 0)))
        if name == "started" and pump != "stopped":
            pump, current = "running", wanted
        elif name == "rate_changed" and pump == "running":
            current = wanted
        elif name == "resumed" and pump in {"running", "paused"}:
            pump, current = "running", wanted
        elif name == "paused" and pump == "running":
            pump = "paused"
        elif name == "stopped" and pump in {"running", "paused"}:
            pump = "stopped"
    return total
