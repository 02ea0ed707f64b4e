"""Each route as it is: what may be given, when, how much, and what the patient leaves with. Tables, missing data included."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ketachart.knowledge.findings import Finding
from ketachart.treatment import kinds
from ketachart.treatment.dose import DoseTimeline
from ketachart.treatment.due import due_items
from ketachart.treatment.rules import discharge_findings, gate_is_open, start_findings, what_holds_the_gate
from ketachart.treatment.single_dose import next_dose
from ketachart.treatment.state import SessionState, delivered_mg, delivered_mg_per_kg

from .charting import (
    GOOD_VITALS,
    IM_PLAN,
    ORAL_PLAN,
    PLAN,
    PLANS,
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
from .test_guard import ask

START = {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0}
STAY = kinds.SitePolicy(minimum_stay_minutes=60.0)


def ready(plan: kinds.PlannedDose, **changes: Any) -> Chart:
    return prepared(opened_with(plan, **changes))


def dose(plan: kinds.PlannedDose, dose_mg: float, **more: Any) -> dict[str, Any]:
    return {"dose_mg": dose_mg, "route": plan.route, **more}


def device(number: int, **more: Any) -> dict[str, Any]:
    told = {"lot": "SPR-1", "self_administered": True, "observed": True}
    return dose(SPRAVATO_PLAN, 28.0, device=number, **{**told, **more})


def verdicts(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {finding.rule_id: finding.verdict for finding in findings}


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.molecule} {plan.route}")
def test_every_route_can_start_once_everything_is_there_and_never_before(plan: kinds.PlannedDose) -> None:
    assert gate_is_open(ready(plan).state, "start", minute(20))
    for left_out in ("vitals_charted", "time_out_completed", "rescreen_charted", "escort_charted"):
        chart = prepared(opened_with(plan), leave_out=left_out)
        assert not gate_is_open(chart.state, "start", minute(20)), left_out


@pytest.mark.parametrize(
    ("plan", "given", "minutes", "content", "problem"),
    [
        # into a muscle, in parts
        (IM_PLAN, (), 20, dose(IM_PLAN, 25.0, part=1), None),
        (IM_PLAN, (), 20, dose(IM_PLAN, 25.0), "which part"),
        (IM_PLAN, (), 20, dose(IM_PLAN, 61.0, part=1), "more than the 60 mg"),
        (IM_PLAN, (), 20, dose(IM_PLAN, 81.0, part=1), "above the ceiling"),
        (IM_PLAN, (), 20, {"dose_mg": 25.0, "route": "SC", "part": 1}, "The plan says IM"),
        (IM_PLAN, ((20, {"part": 1}),), 34, dose(IM_PLAN, 25.0, part=2), "15 min between"),
        (IM_PLAN, ((20, {"part": 1}),), 35, dose(IM_PLAN, 25.0, part=2), None),
        (IM_PLAN, ((20, {"part": 1}),), 34, dose(IM_PLAN, 25.0, part=2, beyond_order_reason="Pain"), None),
        (IM_PLAN, ((20, {"part": 1}),), 35, dose(IM_PLAN, 36.0, part=2), "more than the 60 mg"),
        (IM_PLAN, ((20, {"part": 1}), (40, {"part": 2})), 60, dose(IM_PLAN, 10.0, part=3), None),
        (IM_PLAN, ((20, {"part": 1}), (40, {"part": 2})), 60, dose(IM_PLAN, 10.1, part=3), "more than the 60 mg"),
        # charted late by another device: sooner than the other part, whichever came first
        (IM_PLAN, ((30, {"part": 2}),), 20, dose(IM_PLAN, 25.0, part=1), "15 min between"),
        # the same part from two devices is kept as a question, not refused
        (IM_PLAN, ((20, {"part": 1}),), 24, dose(IM_PLAN, 25.0, part=1), None),
        # under the skin, at once
        (SC_PLAN, (), 20, dose(SC_PLAN, 40.0), None),
        (SC_PLAN, ((20, {"dose_mg": 40.0}),), 21, dose(SC_PLAN, 40.0), None),
        (SC_PLAN, ((20, {"dose_mg": 40.0}),), 50, dose(SC_PLAN, 40.0), "more than the 60 mg"),
        # devices
        (SPRAVATO_PLAN, (), 20, device(1), None),
        (SPRAVATO_PLAN, (), 20, dose(SPRAVATO_PLAN, 28.0), "which device"),
        (SPRAVATO_PLAN, (), 20, dose(SPRAVATO_PLAN, 84.0, device=1), "One device holds 28 mg"),
        (SPRAVATO_PLAN, (), 20, device(1, lot=None, observed=None), None),
        (SPRAVATO_PLAN, ((20, {"device": 1, "dose_mg": 28.0}),), 24, device(2), "5 min between"),
        (SPRAVATO_PLAN, ((20, {"device": 1, "dose_mg": 28.0}),), 25, device(2), None),
        (
            SPRAVATO_PLAN,
            tuple((20 + 5 * place, {"device": place + 1, "dose_mg": 28.0}) for place in range(3)),
            35,
            device(4),
            "more than the 84 mg",
        ),
        # in the mouth
        (TROCHE_PLAN, (), 20, dose(TROCHE_PLAN, 100.0, units=2), None),
        (TROCHE_PLAN, (), 20, dose(TROCHE_PLAN, 50.0, units=2), "2 x 50 mg is 100 mg"),
        (TROCHE_PLAN, (), 20, dose(TROCHE_PLAN, 150.0, units=3), "more than the 100 mg"),
        (ORAL_PLAN, (), 20, dose(ORAL_PLAN, 100.0, units=2), None),
        (SPRAY_PLAN, (), 20, dose(SPRAY_PLAN, 25.0, units=1), None),
        # by vein
        (PLAN, (), 20, dose(PLAN, 10.0), "no push by hand"),
        (PUSH_PLAN, (), 20, dose(PUSH_PLAN, 10.0, over_minutes=2.0), None),
        (PUSH_PLAN, (), 20, dose(PUSH_PLAN, 11.0, over_minutes=2.0), "more than the 10 mg"),
        (PUSH_PLAN, (), 20, dose(PUSH_PLAN, 10.0, over_minutes=0.0), "more than 0"),
        (IM_PLAN, (), 20, dose(IM_PLAN, 25.0, part=0), "more than 0"),
        (IM_PLAN, (), 20, dose(IM_PLAN, 25.0, part=1, beyond_order_reason="  "), "reason is empty"),
    ],
)
def test_a_dose_fits_the_order_or_is_refused_with_what_to_do(
    plan: kinds.PlannedDose, given: Any, minutes: float, content: dict[str, Any], problem: str | None
) -> None:
    chart = ready(plan)
    for at, more in given:
        chart.say(at, "dose_given", {**dose(plan, 25.0), **more})
    said = ask(chart.state, minutes, "dose_given", content)
    assert said is None if problem is None else said is not None and problem in said


@pytest.mark.parametrize("plan", [IM_PLAN, SC_PLAN, SPRAVATO_PLAN, TROCHE_PLAN, ORAL_PLAN, SPRAY_PLAN])
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("infusion_started", START),
        ("infusion_rate_changed", START),
        ("infusion_paused", {}),
        ("infusion_resumed", START),
        ("infusion_stopped", {}),
        ("pump_read", {"volume_given_ml": 10.0}),
    ],
)
def test_without_a_pump_nothing_can_be_started_paused_or_stopped(
    plan: kinds.PlannedDose, kind: str, content: dict[str, Any]
) -> None:
    chart = ready(plan)
    chart.add(20, kinds.DoseGiven(dose_mg=20.0, route=plan.route, part=1, device=1))
    assert ask(chart.state, 21, kind, content) is not None


@pytest.mark.parametrize(
    ("plan", "charted", "expected"),
    [
        (IM_PLAN, (), (1, 2, 25.0, None, 60.0)),
        (IM_PLAN, ((20, 25.0, 1),), (2, 2, 25.0, 35, 35.0)),
        (IM_PLAN, ((20, 25.0, 2),), (1, 2, 25.0, 35, 35.0)),
        (IM_PLAN, ((20, 25.0, 1), (35, 25.0, 2)), (3, 2, None, 50, 10.0)),
        (IM_PLAN, ((20, 25.0, 1), (35, 35.0, 2)), None),
        (SPRAVATO_PLAN, ((20, 28.0, 1), (25, 28.0, 2)), (3, 3, 28.0, 30, 28.0)),
        (SPRAVATO_PLAN, ((20, 28.0, 1), (25, 28.0, 2), (30, 28.0, 3)), None),
        (TROCHE_PLAN, (), (1, 1, 100.0, None, 100.0)),
        (PLAN, (), None),
        (PUSH_PLAN, (), (1, 1, 10.0, None, 10.0)),
    ],
)
def test_what_comes_next_and_when(plan: kinds.PlannedDose, charted: Any, expected: Any) -> None:
    chart = ready(plan)
    for at, dose_mg, number in charted:
        field = "device" if plan.devices else "part"
        chart.say(at, "dose_given", dose(plan, dose_mg, **{field: number}))
    found = next_dose(chart.state.dose.boluses, plan, 80.0)
    if expected is None:
        assert found is None
        return
    number, of, dose_mg, not_before, left_mg = expected
    assert found is not None
    assert (found.number, found.of, found.dose_mg) == (number, of, dose_mg)
    assert found.not_before == (None if not_before is None else minute(not_before))
    assert found.left_mg == pytest.approx(left_mg)


def test_the_ceiling_of_the_body_weight_limits_what_is_left() -> None:
    plan = msgspec.structs.replace(IM_PLAN, ceiling_mg_per_kg=0.5)
    left = next_dose((), plan, 80.0)
    assert left is not None
    assert left.left_mg == pytest.approx(40.0)


def test_the_same_device_from_two_tablets_is_a_question_for_a_person_and_counts_until_it_is_settled() -> None:
    chart = ready(SPRAVATO_PLAN)
    chart.say(20, "dose_given", device(1))
    twin = chart.say(23, "dose_given", device(1))
    (conflict,) = chart.state.conflicts
    assert conflict.entry_ids == (twin.id,)
    assert "charted twice" in conflict.meaning
    assert delivered_mg(chart.state, minute(30)) == 56.0
    chart.say(31, "event_corrected", {"target_id": twin.id, "reason": "Charted twice", "replacement": None})
    assert chart.state.conflicts == ()
    assert delivered_mg(chart.state, minute(32)) == 28.0
    assert [one.entry.id for one in chart.state.struck] == [twin.id]


def test_a_dose_beyond_the_order_stays_in_the_record_and_waits_for_the_prescriber() -> None:
    chart = ready(SC_PLAN)
    chart.say(20, "dose_given", dose(SC_PLAN, 40.0))
    assert verdicts(discharge_findings(chart.state, minute(100)))["DI16"] == "met"
    chart.say(50, "dose_given", dose(SC_PLAN, 40.0, beyond_order_reason="Wrong syringe"))
    assert verdicts(discharge_findings(chart.state, minute(100)))["DI16"] == "not met"
    assert delivered_mg_per_kg(chart.state, minute(100)) == pytest.approx(1.0)


def test_a_correction_cannot_raise_a_dose_past_the_order() -> None:
    chart = ready(SC_PLAN)
    given = chart.say(20, "dose_given", dose(SC_PLAN, 40.0))

    def corrected(dose_mg: float, **more: Any) -> dict[str, Any]:
        replacement = {
            "kind": "treatment.dose_given",
            "content": dose(SC_PLAN, dose_mg, **more),
            "effective_at": minute(20).isoformat(),
        }
        return {"target_id": given.id, "reason": "misread", "replacement": replacement}

    assert ask(chart.state, 30, "event_corrected", corrected(30.0)) is None
    assert "above the ceiling" in (ask(chart.state, 30, "event_corrected", corrected(400.0)) or "")
    assert "more than the 60 mg" in (ask(chart.state, 30, "event_corrected", corrected(70.0)) or "")
    assert ask(chart.state, 30, "event_corrected", corrected(70.0, beyond_order_reason="It was 70")) is None


# -- the mouth ---------------------------------------------------------------------------------------------------------


def test_what_is_held_is_in_the_mouth_until_somebody_says_how_it_left() -> None:
    chart = ready(TROCHE_PLAN)
    assert "No dose was in the mouth" in (ask(chart.state, 21, "hold_ended", {"then": "swallowed"}) or "")
    chart.say(20, "dose_given", dose(TROCHE_PLAN, 100.0))
    assert verdicts(discharge_findings(chart.state, minute(40)))["DI19"] == "missing"
    assert ask(chart.state, 27, "hold_ended", {"then": "spat out"}) is None
    chart.say(27, "hold_ended", {"then": "spat out"})
    (held,) = chart.state.dose.boluses
    assert (held.held_until, held.then) == (minute(27), "spat out")
    assert verdicts(discharge_findings(chart.state, minute(40)))["DI19"] == "met"
    chart.say(29, "hold_ended", {"then": "swallowed"})
    (conflict,) = chart.state.conflicts
    assert "charted twice" in conflict.meaning
    assert chart.state.dose.boluses[0].then == "spat out"


@pytest.mark.parametrize("plan", [PLAN, IM_PLAN, ORAL_PLAN, SPRAVATO_PLAN])
def test_nothing_is_held_in_the_mouth_by_another_route(plan: kinds.PlannedDose) -> None:
    chart = ready(plan)
    chart.add(20, kinds.DoseGiven(dose_mg=20.0, route=plan.route, part=1, device=1))
    assert "nothing is held in the mouth" in (ask(chart.state, 25, "hold_ended", {"then": "swallowed"}) or "")
    assert "DI19" not in verdicts(discharge_findings(chart.state, minute(60)))


# -- the pump ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("volume_ml", "agrees"),
    [(104.0, True), (96.0, True), (92.0, False), (10.4, False), (0.0, False), (None, True)],
)
def test_a_pump_that_says_something_else_than_the_rates_is_a_question_for_a_person(
    volume_ml: float | None, agrees: bool
) -> None:
    chart = ready(PLAN)
    chart.say(20, "infusion_started", START)
    chart.say(60, "infusion_stopped", {"volume_given_ml": volume_ml})
    assert bool(chart.state.conflicts) is not agrees
    finding = verdicts(discharge_findings(chart.state, minute(70)))["DI15"]
    assert finding == ("met" if agrees else "not met")


def test_the_pump_is_read_off_while_it_runs_and_compared_with_that_moment() -> None:
    chart = ready(PLAN)
    assert "not started" in (ask(chart.state, 25, "pump_read", {"volume_given_ml": 10.0}) or "")
    chart.say(20, "infusion_started", START)
    assert "Nothing was read off" in (ask(chart.state, 25, "pump_read", {}) or "")
    assert ask(chart.state, 40, "pump_read", {"volume_given_ml": 52.0}) is None
    chart.say(40, "pump_read", {"volume_given_ml": 52.0})
    assert chart.state.conflicts == ()
    chart.say(50, "pump_read", {"volume_given_ml": 52.0})
    (conflict,) = chart.state.conflicts
    assert "do not agree" in conflict.meaning
    assert delivered_mg(chart.state, minute(50)) == pytest.approx(30.0)


def test_a_push_goes_in_over_its_minutes_and_is_not_taken_from_the_pump() -> None:
    chart = ready(PUSH_PLAN)
    chart.say(20, "dose_given", dose(PUSH_PLAN, 10.0, over_minutes=2.0))
    assert delivered_mg(chart.state, minute(21)) == pytest.approx(5.0)
    chart.say(22, "infusion_started", START)
    assert delivered_mg(chart.state, minute(62)) == pytest.approx(50.0)
    assert delivered_mg(chart.state, minute(100)) == pytest.approx(50.0)
    assert chart.state.dose.pump_holds_mg == pytest.approx(40.0)


# -- what is due, and leaving ------------------------------------------------------------------------------------------


def due(state: SessionState, minutes: float) -> dict[str, float]:
    """Item to the minute at which it is due."""
    at = minute(minutes)
    return {item.item: (item.due_at - minute(0)).total_seconds() / 60 for item in due_items(state, at)}


@pytest.mark.parametrize(
    ("plan", "content", "expected"),
    [
        (
            IM_PLAN,
            dose(IM_PLAN, 25.0, part=1),
            {"vitals": 50, "sedation": 50, "dissociation": 50, "respiratory_rate": 50},
        ),
        (SC_PLAN, dose(SC_PLAN, 40.0), {"vitals": 50, "sedation": 50, "dissociation": 50}),
        (SPRAVATO_PLAN, device(1), {"vitals": 60, "sedation": 35, "dissociation": 60, "respiratory_rate": 60}),
        (TROCHE_PLAN, dose(TROCHE_PLAN, 100.0), {"vitals": 65, "sedation": 65, "dissociation": 65}),
        (ORAL_PLAN, dose(ORAL_PLAN, 100.0), {}),
        (SPRAY_PLAN, dose(SPRAY_PLAN, 100.0), {"vitals": 43, "sedation": 43}),
    ],
)
def test_what_is_due_after_the_dose_by_each_route(
    plan: kinds.PlannedDose, content: dict[str, Any], expected: dict[str, float]
) -> None:
    chart = ready(plan)
    chart.say(20, "dose_given", content)
    assert due(chart.state, 21) == expected


def test_the_clinics_own_rounds_come_on_top_and_only_where_it_has_set_them() -> None:
    chart = ready(ORAL_PLAN, policy=kinds.SitePolicy(vitals_every_minutes=20.0))
    chart.say(20, "dose_given", dose(ORAL_PLAN, 100.0))
    assert due(chart.state, 21) == {"vitals": 40}


def test_a_second_injection_moves_the_reading_after_the_last_dose() -> None:
    chart = ready(IM_PLAN)
    chart.say(20, "dose_given", dose(IM_PLAN, 25.0, part=1))
    chart.say(40, "dose_given", dose(IM_PLAN, 25.0, part=2))
    assert due(chart.state, 41) == {"vitals": 50, "sedation": 50, "dissociation": 70, "respiratory_rate": 70}


def test_a_reading_right_after_the_dose_does_not_stand_for_the_one_at_40_minutes() -> None:
    chart = ready(SPRAVATO_PLAN)
    chart.say(20, "dose_given", device(1))
    chart.say(25, "vitals_charted", GOOD_VITALS)
    assert due(chart.state, 26)["vitals"] == 60
    chart.say(58, "vitals_charted", GOOD_VITALS)
    assert due(chart.state, 59)["vitals"] == 140


def spravato(leave_out: str = "", forty: float = 60, told: dict[str, Any] | None = None) -> Chart:
    """Three devices from minute 20, everything measured, assessed at minute 141."""
    chart = ready(SPRAVATO_PLAN)
    for place in range(3):
        chart.say(20 + 5 * place, "dose_given", device(place + 1, **(told or {})))
    chart.say(31, "recovery_started")
    for minutes in (35, 65, 110, 139):
        chart.say(minutes, "sedation_scored", {"value": 5})
    for minutes in (60, 110, 139):
        chart.say(minutes, "dissociation_scored", {"value": 0})
    chart.say(forty, "vitals_charted", GOOD_VITALS)
    if leave_out != "last vitals":
        chart.say(139, "vitals_charted", GOOD_VITALS)
    chart.say(140, "discharge_assessed", dict.fromkeys(kinds.DischargeAssessed.__struct_fields__, True))
    chart.say(140, "escort_met", {"name": "A. Friend", "relation": "friend", "identified": True})
    return chart


@pytest.mark.parametrize(
    ("make", "at", "held_by"),
    [
        (spravato, 141, set()),
        (spravato, 139.9, {"DI03", "DI08", "DI09", "DI10", "DI11", "DI12", "DI13"}),
        (lambda: spravato(leave_out="last vitals"), 141, {"DI06", "DI07"}),
        (lambda: spravato(forty=75), 141, {"DI17"}),
        (lambda: spravato(told={"lot": None}), 141, {"DI18"}),
        (lambda: spravato(told={"observed": None}), 141, {"DI18"}),
        (lambda: spravato(told={"observed": False}), 141, {"DI18"}),
        (lambda: spravato(told={"self_administered": False}), 141, {"DI18"}),
    ],
)
def test_after_spravato_two_hours_the_reading_at_40_minutes_and_every_device_are_asked_for(
    make: Callable[[], Chart], at: float, held_by: set[str]
) -> None:
    held = {finding.rule_id for finding in what_holds_the_gate(make().state, "discharge", minute(at))}
    assert held == held_by


def injected(policy: kinds.SitePolicy = STAY) -> Chart:
    chart = ready(IM_PLAN, policy=policy)
    chart.say(20, "dose_given", dose(IM_PLAN, 25.0, part=1, site="Left thigh", lot="K1"))
    chart.say(35, "dose_given", dose(IM_PLAN, 25.0, part=2, site="Right thigh", lot="K1"))
    for minutes in (50, 65, 90):
        chart.say(minutes, "vitals_charted", GOOD_VITALS)
        chart.say(minutes, "sedation_scored", {"value": 5})
        chart.say(minutes, "dissociation_scored", {"value": 0})
        if minutes == 65:
            chart.say(66, "recovery_started")
    chart.say(90, "discharge_assessed", dict.fromkeys(kinds.DischargeAssessed.__struct_fields__, True))
    chart.say(90, "escort_met", {"name": "A. Friend", "relation": "friend", "identified": True})
    return chart


@pytest.mark.parametrize(
    ("policy", "at", "verdict"),
    [(STAY, 95, "met"), (STAY, 94.9, "not met"), (kinds.SitePolicy(), 95, "missing")],
)
def test_the_stay_after_an_injection_is_the_clinics_own_and_counts_from_the_last_dose(
    policy: kinds.SitePolicy, at: float, verdict: str
) -> None:
    assert verdicts(discharge_findings(injected(policy).state, minute(at)))["DI02"] == verdict


def test_after_two_injections_the_patient_leaves_when_everything_holds() -> None:
    state = injected().state
    assert what_holds_the_gate(state, "discharge", minute(95)) == ()
    assert delivered_mg(state, minute(95)) == 50.0


def test_rules_of_one_product_are_not_asked_of_another() -> None:
    spray, infusion = ready(SPRAY_PLAN).state, ready(PLAN).state
    only_spravato = {"DI03", "DI17", "DI18"}
    assert only_spravato <= set(verdicts(discharge_findings(ready(SPRAVATO_PLAN).state, minute(30))))
    for state in (spray, infusion):
        assert not only_spravato & set(verdicts(discharge_findings(state, minute(30))))
    assert "ST03" not in verdicts(start_findings(ready(SPRAVATO_PLAN).state, minute(30)))
    assert "DI02" not in verdicts(discharge_findings(ready(SPRAVATO_PLAN).state, minute(30)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"devices": 2}, "2 x 28 mg = 56 mg, but 84 mg is ordered"),
        ({"devices": None}, None),
        ({"device_mg": None}, None),
    ],
)
def test_devices_that_do_not_add_up_to_the_dose_hold_the_start(changes: dict[str, Any], says: str | None) -> None:
    plan = msgspec.structs.replace(SPRAVATO_PLAN, **changes)
    (finding,) = [one for one in start_findings(ready(plan).state, minute(20)) if one.rule_id == "ST04"]
    assert finding.verdict == ("missing" if says is None else "not met")
    assert says is None or says in finding.meaning


def test_nothing_charted_is_nothing_given() -> None:
    assert DoseTimeline().last_dose_at is None
    state = ready(IM_PLAN).state
    assert delivered_mg(state, minute(60)) == 0
    for rule_id in ("DI01", "DI16"):
        assert verdicts(discharge_findings(state, minute(60)))[rule_id] == "missing"
