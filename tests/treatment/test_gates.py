"""Gates as tables of cases. Take away any one thing and the gate is shut: missing is never met."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ketachart.knowledge.findings import Finding
from ketachart.treatment import kinds
from ketachart.treatment.rules import (
    discharge_findings,
    gate_is_open,
    start_findings,
    what_holds_the_gate,
)
from ketachart.treatment.state import EMPTY

from .charting import (
    GOOD_VITALS,
    OPENED_AT,
    PLAN,
    Chart,
    dosed,
    minute,
    opened,
    prepared,
    reassuring_answers,
    recovered,
    time_out_ids,
)

START_AT = minute(20)
LEAVE_AT = minute(121)


def verdicts(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {finding.rule_id: finding.verdict for finding in findings}


def changed_plan(**changes: Any) -> kinds.SessionOpened:
    return opened(plan=msgspec.structs.replace(PLAN, **changes))


def changed_consent(**changes: Any) -> kinds.SessionOpened:
    consent = opened().consent
    assert consent is not None
    return opened(consent=msgspec.structs.replace(consent, **changes))


def changed_patient(**changes: Any) -> kinds.SessionOpened:
    return opened(patient=msgspec.structs.replace(opened().patient, **changes))


def test_with_everything_charted_the_start_is_open() -> None:
    assert gate_is_open(prepared().state, "start", START_AT)


def test_with_nothing_charted_nothing_is_met() -> None:
    assert "met" not in verdicts(start_findings(EMPTY, START_AT)).values()
    assert "met" not in verdicts(discharge_findings(EMPTY, LEAVE_AT)).values()
    assert not gate_is_open(EMPTY, "start", START_AT)
    assert not gate_is_open(EMPTY, "discharge", LEAVE_AT)


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("vitals_charted", {"ST08", "ST09", "ST10", "ST11", "ST12", "ST13", "ST14"}),
        ("sedation_scored", {"ST09"}),
        ("fasting_charted", {"ST05"}),
        ("escort_charted", {"ST07"}),
        ("rescreen_charted", {"ST15"}),
        ("time_out_completed", {"ST16"}),
    ],
)
def test_leaving_any_step_out_shuts_the_start(left_out: str, missing: set[str]) -> None:
    state = prepared(leave_out=left_out).state
    held = {finding.rule_id: finding.verdict for finding in what_holds_the_gate(state, "start", START_AT)}
    assert held == dict.fromkeys(missing, "missing")


@pytest.mark.parametrize(
    ("first", "rule_id", "verdict"),
    [
        (opened(consent=None), "ST01", "missing"),
        (changed_consent(product=None), "ST01", "missing"),
        (changed_consent(route=None), "ST01", "missing"),
        (changed_consent(indication=None), "ST01", "missing"),
        (changed_consent(signed_at=None), "ST01", "missing"),
        (changed_consent(product="spravato"), "ST01", "not met"),
        (changed_consent(route="IM"), "ST01", "not met"),
        (changed_consent(indication="PTSD"), "ST01", "not met"),
        (changed_consent(valid_until=OPENED_AT), "ST01", "not met"),
        (changed_consent(signed_at=OPENED_AT + timedelta(days=1)), "ST01", "not met"),
        (changed_plan(indication=None), "ST01", "missing"),
        (opened(plan_id=None), "ST02", "missing"),
        (changed_plan(in_force_until=OPENED_AT), "ST02", "not met"),
        (changed_patient(weight_kg=None), "ST03", "missing"),
        (changed_patient(weight_measured_at=None), "ST03", "missing"),
        (changed_patient(weight_kg=None), "ST04", "missing"),
        (changed_plan(concentration_mg_per_ml=None), "ST04", "missing"),
        (changed_plan(volume_ml=None), "ST04", "missing"),
        (changed_plan(rate_mg_per_h=None), "ST04", "missing"),
        (changed_plan(rate_ml_per_h=None), "ST04", "missing"),
        (changed_plan(ceiling_mg_per_kg=None), "ST04", "missing"),
        (changed_plan(concentration_mg_per_ml=40 / 10.4), "ST04", "not met"),
        (changed_plan(rate_mg_per_h=600.0), "ST04", "not met"),
        (changed_plan(ceiling_mg_per_kg=0.4), "ST04", "not met"),
    ],
)
def test_what_the_session_was_opened_with_is_judged(first: kinds.SessionOpened, rule_id: str, verdict: str) -> None:
    assert verdicts(start_findings(prepared(first).state, START_AT))[rule_id] == verdict


@pytest.mark.parametrize(
    ("vitals", "rule_id", "verdict"),
    [
        ({"systolic_mmhg": 140.0}, "ST10", "met"),
        ({"systolic_mmhg": 141.0}, "ST10", "not met"),
        ({"diastolic_mmhg": 90.0}, "ST10", "met"),
        ({"diastolic_mmhg": 91.0}, "ST10", "not met"),
        ({"systolic_mmhg": 179.0}, "ST11", "met"),
        ({"systolic_mmhg": 180.0}, "ST11", "not met"),
        ({"diastolic_mmhg": 110.0}, "ST11", "not met"),
        ({"spo2_percent": 93.0}, "ST12", "met"),
        ({"spo2_percent": 92.0}, "ST12", "not met"),
        ({"spo2_percent": None}, "ST12", "missing"),
        ({"heart_rate_per_min": 50.0}, "ST13", "met"),
        ({"heart_rate_per_min": 49.0}, "ST13", "not met"),
        ({"heart_rate_per_min": 121.0}, "ST13", "not met"),
        ({"heart_rate_per_min": None}, "ST13", "missing"),
        ({"heart_rate_per_min": None}, "ST08", "missing"),
        ({"spo2_percent": None}, "ST08", "missing"),
        ({"systolic_mmhg": None, "diastolic_mmhg": None}, "ST08", "missing"),
        ({"systolic_mmhg": None, "diastolic_mmhg": None}, "ST10", "missing"),
        ({"systolic_mmhg": None, "diastolic_mmhg": None}, "ST11", "missing"),
        ({"respiratory_rate_per_min": 9.0}, "ST14", "not met"),
        ({"respiratory_rate_per_min": 31.0}, "ST14", "not met"),
        ({"respiratory_rate_per_min": None}, "ST14", "missing"),
    ],
)
def test_arrival_readings_at_their_limits(vitals: dict[str, Any], rule_id: str, verdict: str) -> None:
    chart = prepared(leave_out="vitals_charted")
    chart.say(6, "vitals_charted", {**GOOD_VITALS, **vitals})
    assert verdicts(start_findings(chart.state, START_AT))[rule_id] == verdict


def test_the_clinics_own_hold_limit_takes_the_place_of_the_default() -> None:
    policy = kinds.SitePolicy(hold_systolic_mmhg=160.0, hold_diastolic_mmhg=100.0)
    chart = prepared(opened(policy=policy))
    chart.say(16, "vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 155.0})
    assert verdicts(start_findings(chart.state, START_AT))["ST10"] == "met"


@pytest.mark.parametrize(
    ("charted", "verdict"),
    [
        ({"last_solids_at": minute(-480), "last_clear_fluids_at": minute(-180)}, "met"),
        ({"last_solids_at": minute(-480)}, "missing"),
        ({"last_clear_fluids_at": minute(-180)}, "missing"),
        ({"not_known_reason": "cannot say"}, "not met"),
    ],
)
def test_fasting_times_are_known_or_the_gate_is_shut(charted: dict[str, Any], verdict: str) -> None:
    chart = prepared(leave_out="fasting_charted")
    chart.add(6, kinds.FastingCharted(**charted))
    assert verdicts(start_findings(chart.state, START_AT))["ST05"] == verdict


@pytest.mark.parametrize(
    ("hours", "verdict", "blocks"),
    [
        ((None, None), "missing", False),
        ((6.0, 2.0), "met", True),
        ((9.0, 2.0), "not met", True),
        ((6.0, 4.0), "not met", True),
    ],
)
def test_fasting_hours_are_judged_only_where_the_clinic_has_set_them(
    hours: tuple[float | None, float | None], verdict: str, blocks: bool
) -> None:
    policy = kinds.SitePolicy(fasting_solids_hours=hours[0], fasting_clear_fluids_hours=hours[1])
    finding = next(f for f in start_findings(prepared(opened(policy=policy)).state, START_AT) if f.rule_id == "ST06")
    assert (finding.verdict, finding.blocks) == (verdict, blocks)


@pytest.mark.parametrize("question", list(reassuring_answers()))
def test_every_arrival_question_counts(question: str) -> None:
    for answer, verdict in ((None, "missing"), (not reassuring_answers()[question], "not met")):
        chart = prepared(leave_out="rescreen_charted")
        chart.add(6, kinds.RescreenCharted(answers={**reassuring_answers(), question: answer}))
        assert verdicts(start_findings(chart.state, START_AT))["ST15"] == verdict


@pytest.mark.parametrize("item", time_out_ids())
def test_every_item_of_the_time_out_counts(item: str) -> None:
    for confirmed, verdict in ((None, "missing"), (False, "not met")):
        chart = prepared(leave_out="time_out_completed")
        items = tuple(kinds.TimeOutItem(id=one, confirmed=confirmed if one == item else True) for one in time_out_ids())
        chart.add(15, kinds.TimeOutCompleted(items=items, participants=("One", "Two")))
        assert verdicts(start_findings(chart.state, START_AT))["ST16"] == verdict


@pytest.mark.parametrize("people", [(), ("One",), ("One", "one "), ("One", " ")])
def test_the_time_out_takes_two_people(people: tuple[str, ...]) -> None:
    chart = prepared(leave_out="time_out_completed")
    items = tuple(kinds.TimeOutItem(id=one, confirmed=True) for one in time_out_ids())
    chart.add(15, kinds.TimeOutCompleted(items=items, participants=people))
    assert verdicts(start_findings(chart.state, START_AT))["ST16"] == "missing"


def test_what_was_charted_later_does_not_open_the_gate_earlier() -> None:
    assert not gate_is_open(prepared().state, "start", minute(10))


def test_a_withdrawn_consent_shuts_the_gate_again() -> None:
    chart = prepared()
    chart.add(16, kinds.ConsentRebound(consent=None, reason="withdrawn"))
    assert verdicts(start_findings(chart.state, START_AT))["ST01"] == "missing"


def test_a_replaced_plan_shuts_the_gate() -> None:
    chart = prepared()
    chart.add(16, kinds.PlanEnded(plan_id="plan", reason="replaced by version 2"))
    assert verdicts(start_findings(chart.state, START_AT))["ST02"] == "not met"


# -- discharge --------------------------------------------------------------------------------------------------------


def test_a_recovered_patient_may_leave() -> None:
    assert what_holds_the_gate(recovered().state, "discharge", LEAVE_AT) == ()
    assert gate_is_open(recovered().state, "discharge", LEAVE_AT)


@pytest.mark.parametrize(
    ("left_out", "rule_id"),
    [
        ("oriented", "DI08"),
        ("ambulation_at_baseline", "DI09"),
        ("nausea_controlled", "DI10"),
        ("risk_screen_not_worse", "DI11"),
        ("instructions_given", "DI12"),
        ("escort_met", "DI13"),
    ],
)
def test_what_nobody_assessed_holds_the_patient(left_out: str, rule_id: str) -> None:
    state = recovered(leave_out=left_out).state
    held = {finding.rule_id: finding.verdict for finding in what_holds_the_gate(state, "discharge", LEAVE_AT)}
    assert held == {rule_id: "missing"}


@pytest.mark.parametrize(
    ("kind", "content", "held"),
    [
        ("discharge_assessed", {"oriented": False}, {"DI08"}),
        ("discharge_assessed", {"ambulation_at_baseline": False}, {"DI09"}),
        ("discharge_assessed", {"nausea_controlled": False}, {"DI10"}),
        ("discharge_assessed", {"risk_screen_not_worse": False}, {"DI11"}),
        ("escort_met", {"name": "Someone", "identified": False}, {"DI13", "DI02"}),
        ("escort_met", {"identified": True}, {"DI13"}),
        ("sedation_scored", {"value": 4}, {"DI04"}),
        ("dissociation_scored", {"value": 1}, {"DI05"}),
        ("vitals_charted", {"respiratory_rate_per_min": 9}, {"DI06"}),
        ("vitals_charted", {"spo2_percent": 92}, {"DI06"}),
        ("vitals_charted", {"spo2_percent": 97, "oxygen_l_per_min": 2}, {"DI06"}),
        ("vitals_charted", {"systolic_mmhg": 149, "diastolic_mmhg": 78}, {"DI07"}),
        ("vitals_charted", {"systolic_mmhg": 99, "diastolic_mmhg": 78}, {"DI07"}),
        ("vitals_charted", {"systolic_mmhg": 124, "diastolic_mmhg": 94}, {"DI07"}),
        ("vitals_charted", {"systolic_mmhg": 148, "diastolic_mmhg": 78}, set()),
    ],
)
def test_the_latest_word_counts_at_the_door(kind: str, content: dict[str, Any], held: set[str]) -> None:
    chart = recovered()
    chart.say(120.9, kind, content)
    assert {finding.rule_id for finding in what_holds_the_gate(chart.state, "discharge", LEAVE_AT)} == held


@pytest.mark.parametrize(("minutes", "verdict"), [(59, "not met"), (60, "met")])
def test_with_an_escort_the_stay_is_an_hour(minutes: float, verdict: str) -> None:
    chart = dosed()
    chart.say(61, "escort_met", {"name": "A. Friend", "identified": True})
    assert verdicts(discharge_findings(chart.state, minute(60 + minutes)))["DI02"] == verdict


@pytest.mark.parametrize(("minutes", "verdict"), [(119, "not met"), (120, "met")])
def test_without_an_escort_the_stay_is_two_hours(minutes: float, verdict: str) -> None:
    chart = dosed()
    chart.say(61, "escort_met", {"identified": False})
    assert verdicts(discharge_findings(chart.state, minute(60 + minutes)))["DI02"] == verdict


def test_a_score_from_before_the_dose_or_gone_stale_does_not_let_anybody_leave() -> None:
    chart = recovered()
    late = verdicts(discharge_findings(chart.state, minute(151)))
    assert {late[rule_id] for rule_id in ("DI04", "DI05", "DI06", "DI07")} == {"missing"}
    assert verdicts(discharge_findings(dosed().state, minute(60.2)))["DI04"] == "missing"


def test_an_assessment_made_before_the_end_of_dosing_does_not_count() -> None:
    chart = dosed()
    chart.say(50, "discharge_assessed", {"oriented": True})
    assert verdicts(discharge_findings(chart.state, minute(70)))["DI08"] == "missing"


def test_a_running_pump_holds_the_patient() -> None:
    chart = prepared()
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    assert verdicts(discharge_findings(chart.state, minute(200)))["DI01"] == "not met"


def test_an_esketamine_session_follows_its_label_and_not_the_clinics_hour() -> None:
    first = changed_plan(molecule="esketamine")
    found = verdicts(discharge_findings(Chart(first).state, LEAVE_AT))
    assert "DI03" in found
    assert "DI02" not in found
    assert "DI03" not in verdicts(discharge_findings(Chart(opened()).state, LEAVE_AT))


def test_a_molecule_that_no_rule_knows_falls_under_all_of_them() -> None:
    found = verdicts(discharge_findings(Chart(changed_plan(molecule="something new")).state, LEAVE_AT))
    assert {"DI02", "DI03"} <= set(found)


def test_every_finding_says_where_it_comes_from() -> None:
    for finding in (*start_findings(EMPTY, START_AT), *discharge_findings(EMPTY, LEAVE_AT)):
        assert finding.source.citation
        assert finding.source.grade != "unverified"
        assert finding.title
        assert finding.action
