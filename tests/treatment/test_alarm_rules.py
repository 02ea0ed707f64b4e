"""Each alarm rule as a table of cases: broken, at the limit, cleared, and with its data missing."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from ketachart.knowledge.site_settings import site_settings
from ketachart.treatment import kinds
from ketachart.treatment.alarm_data import alarm_book
from ketachart.treatment.alarm_rules import conditions, judged
from ketachart.treatment.state import EMPTY

from .charting import GOOD_VITALS, PLAN, Chart, dosed, minute, opened, prepared

TIGHTER = {"treatment.alarms.first_sessions_systolic_mmhg": 160}
ANECDOTE = {"treatment.alarms.use_al05": 1}
ESKETAMINE = msgspec.structs.replace(PLAN, molecule="esketamine", product="spravato", route="nasal")


def session(
    values: Mapping[str, float] | None = None, *, age_years: int | None = 40, number: int | None = 1, **changes: Any
) -> kinds.SessionOpened:
    first = opened(session_number=number, policy=kinds.SitePolicy(alarm_values=dict(values or {})), **changes)
    return msgspec.structs.replace(first, patient=msgspec.structs.replace(first.patient, age_years=age_years))


def arrived(*readings: Mapping[str, float], first: kinds.SessionOpened | None = None) -> Chart:
    """In the room, nothing given: the readings one minute apart from minute 1 on."""
    chart = Chart(first or session())
    for place, vitals in enumerate(readings):
        chart.say(1 + place, "vitals_charted", vitals)
    return chart


def running(first: kinds.SessionOpened | None = None) -> Chart:
    """The pump runs since minute 20, Kim is in the room, everything due by minute 29 is charted."""
    chart = prepared(first or session())
    chart.say(18, "presence_charted", {"person": "Kim", "in_room": True})
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    return chart


def broken(chart: Chart, at: float) -> set[str]:
    return {one.rule.id for one in conditions(chart.state, minute(at))}


def missing(chart: Chart, at: float) -> dict[str, tuple[str, ...]]:
    return {one.rule.id: one.missing for one in judged(chart.state, minute(at)) if one.missing}


def test_every_fact_has_a_rule_and_every_rule_a_signal_and_somebody_to_tell() -> None:
    book = alarm_book()
    facts = {rule.id[:4] for rule in book.rules}
    assert {f"AL{number:02d}" for number in range(1, 20)} <= facts
    signals = {signal.id for signal in book.signals}
    for rule in book.rules:
        assert rule.signal in signals
        assert rule.tell[0] == "nurse"
        assert rule.source.grade != "unverified"
    assert len({signal.sound for signal in book.signals}) == len({signal.shape for signal in book.signals}) == 6


def test_an_example_or_a_trial_limit_is_never_on_unless_the_clinic_chose_it() -> None:
    book = alarm_book()
    always = {rule.id for rule in book.rules if rule.switch is None}
    assert not {"AL02", "AL03A", "AL03B", "AL05A", "AL05B", "AL05C"} & always
    assert {rule.id for rule in book.rules if rule.source.grade == "practice example"} - always == {
        "AL05A",
        "AL05B",
        "AL05C",
    }


def test_without_a_session_nothing_is_judged() -> None:
    assert judged(EMPTY, minute(5)) == ()


@pytest.mark.parametrize(
    ("first", "vitals", "expected"),
    [
        (session(plan=ESKETAMINE), {"systolic_mmhg": 141, "diastolic_mmhg": 80}, {"AL01"}),
        (session(plan=ESKETAMINE), {"systolic_mmhg": 140, "diastolic_mmhg": 90}, set()),
        (session(plan=ESKETAMINE), {"systolic_mmhg": 120, "diastolic_mmhg": 91}, {"AL01"}),
        (session(), {"systolic_mmhg": 141, "diastolic_mmhg": 91}, set()),
        (session({"treatment.alarms.use_al02": 1}, age_years=65), {"systolic_mmhg": 141, "diastolic_mmhg": 80}, {"AL02"}),
        (session({"treatment.alarms.use_al02": 1}, age_years=66), {"systolic_mmhg": 150, "diastolic_mmhg": 80}, set()),
        (session({"treatment.alarms.use_al02": 1}, age_years=66), {"systolic_mmhg": 151, "diastolic_mmhg": 80}, {"AL02"}),
        (session({"treatment.alarms.use_al02": 1}, age_years=None), {"systolic_mmhg": 141, "diastolic_mmhg": 80}, {"AL02"}),
        (session({"treatment.alarms.use_al03a": 1}), {"systolic_mmhg": 161, "diastolic_mmhg": 80}, {"AL03A"}),
        (session({"treatment.alarms.use_al03a": 0}), {"systolic_mmhg": 161, "diastolic_mmhg": 80}, set()),
        (session({"treatment.alarms.use_al03b": 1}), {"systolic_mmhg": 179, "diastolic_mmhg": 80}, set()),
        (session({"treatment.alarms.use_al03b": 1}), {"systolic_mmhg": 181, "diastolic_mmhg": 80}, {"AL04"}),
        (session(), {"spo2_percent": 92}, {"AL09"}),
        (session(), {"spo2_percent": 93}, set()),
        (session({"treatment.alarms.al09_spo2_percent": 95}), {"spo2_percent": 94}, {"AL09"}),
    ],
)  # fmt: skip
def test_before_the_dose(first: kinds.SessionOpened, vitals: dict[str, float], expected: set[str]) -> None:
    assert broken(arrived(vitals, first=first), 10) == expected


def test_before_the_dose_nothing_is_broken_and_everything_is_missing_when_nobody_measured() -> None:
    chart = arrived(first=session({"treatment.alarms.use_al02": 1}, plan=ESKETAMINE))
    assert broken(chart, 10) == set()
    assert {"AL01", "AL02", "AL04", "AL08", "AL09", "AL10", "AL11", "AL12", "AL13"} <= set(missing(chart, 10))


@pytest.mark.parametrize(
    ("first", "steps", "expected"),
    [
        (session(), [(21, {"systolic_mmhg": 180})], {"AL04"}),
        (session(), [(21, {"systolic_mmhg": 179 - 16})], set()),
        (session(), [(21, {"diastolic_mmhg": 110})], {"AL04"}),
        (session(), [(21, {"systolic_mmhg": 181}), (22, {"systolic_mmhg": 150})], set()),
        (session(TIGHTER, number=3), [(21, {"systolic_mmhg": 160})], {"AL04"}),
        (session(TIGHTER, number=4), [(21, {"systolic_mmhg": 160})], set()),
        (session(TIGHTER, number=None), [(21, {"systolic_mmhg": 165})], {"AL04"}),
        (session(), [(21, {"systolic_mmhg": 185}), (26, {"systolic_mmhg": 185})], {"AL04"}),
        (session(ANECDOTE), [(21, {"systolic_mmhg": 181}), (26, {"systolic_mmhg": 181})], {"AL04", "AL05A"}),
        (session(ANECDOTE), [(21, {"systolic_mmhg": 181}), (25.9, {"systolic_mmhg": 181})], {"AL04"}),
        (session(ANECDOTE), [(21, {"systolic_mmhg": 201})], {"AL04", "AL05B"}),
        (session(ANECDOTE), [(21, {"heart_rate_per_min": 121}), (26, {"heart_rate_per_min": 125})], {"AL05C", "AL11"}),
        (session(), [(21, {"systolic_mmhg": 164})], {"AL06"}),
        (session(), [(21, {"diastolic_mmhg": 103})], {"AL06"}),
        (session(), [(21, {"spo2_percent": 92})], set()),
        (session(), [(21, {"spo2_percent": 92}), (22, {"spo2_percent": 91})], {"AL08"}),
        (session(), [(21, {"spo2_percent": 92}), (22, {"spo2_percent": 93}), (23, {"spo2_percent": 90})], set()),
        (session(), [(21, {"respiratory_rate_per_min": 9})], {"AL10"}),
        (session(), [(21, {"respiratory_rate_per_min": 10})], set()),
        (session(), [(21, {"respiratory_rate_per_min": 31})], {"AL10"}),
        (session(), [(21, {"heart_rate_per_min": 49})], {"AL11"}),
        (session(), [(21, {"heart_rate_per_min": 120})], set()),
    ],
)  # fmt: skip
def test_readings_in_the_session(
    first: kinds.SessionOpened, steps: list[tuple[float, dict[str, float]]], expected: set[str]
) -> None:
    chart = running(first)
    for at, vitals in steps:
        chart.say(at, "vitals_charted", vitals)
    assert broken(chart, 28) == expected


def test_a_reading_that_is_struck_alarms_no_more() -> None:
    chart = running()
    slip = chart.say(21, "vitals_charted", {"systolic_mmhg": 214})
    assert broken(chart, 22) == {"AL04"}
    chart.say(22, "event_corrected", {"target_id": slip.id, "reason": "124 was meant"})
    assert broken(chart, 22) == set()


def test_without_a_reading_before_the_dose_a_rise_cannot_be_judged_and_says_so() -> None:
    chart = Chart(session())
    chart.say(18, "presence_charted", {"person": "Kim", "in_room": True})
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    chart.say(21, "vitals_charted", {"systolic_mmhg": 170, "diastolic_mmhg": 90})
    assert "AL06" not in broken(chart, 22)
    assert missing(chart, 22)["AL06"] == ("systolic pressure before the dose", "diastolic pressure before the dose")


@pytest.mark.parametrize(
    ("score", "expected"), [(5, set()), (4, set()), (3, {"AL12"}), (2, {"AL12"}), (1, {"AL13"}), (0, {"AL13"})]
)  # fmt: skip
def test_deep_sedation(score: int, expected: set[str]) -> None:
    chart = running()
    chart.say(21, "sedation_scored", {"value": score})
    assert broken(chart, 22) == expected


@pytest.mark.parametrize(
    ("symptom", "expected"),
    [
        ({"symptom": "Chest pain", "severity": "mild"}, {"AL07"}),
        ({"symptom": "chest pain "}, {"AL07"}),
        ({"symptom": "Shortness of breath", "severity": "moderate"}, {"AL07"}),
        ({"symptom": "Headache", "severity": "moderate"}, set()),
        ({"symptom": "Headache", "severity": "severe"}, {"AL07"}),
        ({"symptom": "Headache"}, {"AL07"}),
        ({"symptom": "Nausea", "severity": "severe"}, set()),
        ({"symptom": "Agitation", "severity": "mild"}, {"AL17B"}),
    ],
)
def test_complaints(symptom: dict[str, str], expected: set[str]) -> None:
    chart = running()
    chart.say(21, "symptom_noted", symptom)
    assert broken(chart, 22) == expected


def test_a_complaint_that_is_over_alarms_no_more() -> None:
    chart = running()
    noted = chart.say(21, "symptom_noted", {"symptom": "Chest pain", "severity": "mild"})
    chart.say(22, "symptom_ended", {"symptom_id": noted.id, "outcome": "still there at discharge"})
    chart.say(24, "symptom_ended", {"symptom_id": noted.id, "outcome": "gone"})
    assert broken(chart, 23) == {"AL07"}
    assert broken(chart, 24) == set()


def test_dissociation_by_cadss_is_not_judged_from_another_scale() -> None:
    chart = running()
    chart.say(21, "dissociation_scored", {"value": 10})
    assert "AL14" not in broken(chart, 22)
    assert missing(chart, 22)["AL14"] == ("CADSS total",)


def test_overdue_readings_are_one_alarm_whose_causes_are_the_readings() -> None:
    chart = running()
    assert broken(chart, 31.9) == set()
    late = next(one for one in conditions(chart.state, minute(32)) if one.rule.id == "AL15")
    assert [cause.name for cause in late.causes] == [
        "sedation@2026-11-22T17:30:00.000Z",
        "vitals@2026-11-22T17:30:00.000Z",
    ]
    assert late.prescriber_at == minute(35)
    chart.say(33, "vitals_charted", GOOD_VITALS)
    chart.say(33, "sedation_scored", {"value": 5})
    assert broken(chart, 33) == set()


def test_a_gap_that_was_explained_alarms_no_more() -> None:
    chart = running()
    for item in ("vitals", "sedation"):
        chart.say(33, "gap_explained", {"item": item, "due_at": minute(30).isoformat(), "cause": "Unobtainable"})
    assert "AL15" not in broken(chart, 33)


@pytest.mark.parametrize(
    ("taps", "at", "expected"),
    [
        ([], 20, {"AL16B"}),
        ([(18, "Kim", True)], 25, set()),
        ([(18, "Kim", True), (22, "Kim", False)], 21, set()),
        ([(18, "Kim", True), (22, "Kim", False)], 22, {"AL16B"}),
        ([(18, "Kim", True), (22, "Ines", True), (22, "Kim", False)], 25, set()),
        ([(18, "Kim", True), (22, "Kim", False), (24, "Kim", True)], 25, set()),
        ([(18, "Kim", True), (19, "Kim", True), (22, "Kim", False)], 25, {"AL16B"}),
        ([(21, "Kim", True)], 20.5, {"AL16B"}),
    ],
)
def test_somebody_is_logged_in_the_room(taps: list[tuple[float, str, bool]], at: float, expected: set[str]) -> None:
    chart = prepared(session())
    for when, person, in_room in taps:
        chart.say(when, "presence_charted", {"person": person, "in_room": in_room})
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    assert broken(chart, at) == expected


def test_presence_waits_as_long_as_the_clinic_has_set() -> None:
    chart = prepared(session({"treatment.alarms.presence_gap_seconds": 60}))
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    assert broken(chart, 20.9) == set()
    assert broken(chart, 21) == {"AL16B"}


def test_presence_before_and_after_racemic_dosing_is_not_asked_for_but_with_esketamine_until_discharge() -> None:
    chart = dosed()
    assert not {"AL16", "AL16B"} & broken(chart, 19)
    assert not {"AL16", "AL16B"} & broken(chart, 62)
    nasal = prepared(session(plan=ESKETAMINE))
    nasal.say(20, "dose_given", {"dose_mg": 28, "route": "nasal"})
    assert "AL16" in broken(nasal, 21)
    nasal.say(30, "recovery_started", {})
    assert "AL16" in broken(nasal, 31)


@pytest.mark.parametrize(("answer", "expected"), [(None, False), (True, False), (False, True)])
def test_a_worse_risk_screen_alarms_before_anybody_leaves(answer: bool | None, expected: bool) -> None:
    chart = dosed()
    chart.say(70, "discharge_assessed", {"risk_screen_not_worse": answer})
    assert ("AL17" in broken(chart, 71)) is expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], False),
        ([("infusion_rate_changed", {"rate_ml_per_h": 158.0, "rate_mg_per_h": 60.8})], False),
        ([("infusion_rate_changed", {"rate_ml_per_h": 234.0, "rate_mg_per_h": 90.0, "reason": "late"})], True),
        ([("dose_given", {"dose_mg": 39.0, "route": "IV"})], True),
    ],
)
def test_outside_the_order(steps: list[tuple[str, dict[str, Any]]], expected: bool) -> None:
    chart = running()
    for kind, content in steps:
        chart.say(22, kind, content)
    assert ("AL18" in broken(chart, 23)) is expected


def test_without_a_weight_mg_per_kg_is_missing_and_not_fine() -> None:
    first = session()
    chart = running(msgspec.structs.replace(first, patient=msgspec.structs.replace(first.patient, weight_kg=None)))
    assert missing(chart, 22)["AL18"] == ("weight",)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], False),
        ([("discharge_assessed", {"oriented": True})], True),
        ([("discharge_assessed", {"oriented": True}), ("escort_met", {"name": "A", "identified": True})], False),
        ([("escort_met", {"name": "A", "identified": None})], False),
        ([("escort_met", {"name": "A", "identified": False})], True),
    ],
)
def test_nobody_goes_home_without_an_escort(steps: list[tuple[str, dict[str, Any]]], expected: bool) -> None:
    chart = dosed()
    for place, (kind, content) in enumerate(steps):
        chart.say(70 + place, kind, content)
    assert ("AL19" in broken(chart, 75)) is expected


def test_a_call_from_the_patient_is_an_alarm() -> None:
    chart = running()
    chart.say(23, "patient_called", {})
    assert broken(chart, 22) == set()
    assert broken(chart, 23) == {"PC01"}


@pytest.mark.parametrize("phase", ["discharged", "signed"])
def test_nothing_alarms_once_the_patient_has_left(phase: str) -> None:
    chart = dosed()
    chart.say(61, "vitals_charted", {"systolic_mmhg": 200})
    chart.say(62, "discharged", {"at": minute(62).isoformat()})
    if phase == "signed":
        chart.say(63, "session_signed", {"statement": "x"})
    assert broken(chart, 70) == set()


def test_every_number_that_a_clinic_may_set_is_declared_and_starts_empty() -> None:
    declared = site_settings()
    used = alarm_book().settings
    assert used == {name for name in declared if name.startswith("treatment.alarms.")}


def test_a_graver_alarm_covers_the_lesser_one_which_stays_judged() -> None:
    chart = running()
    chart.say(21, "vitals_charted", {"systolic_mmhg": 181})
    assert broken(chart, 22) == {"AL04"}
    assert {one.rule.id for one in judged(chart.state, minute(22)) if one.broken} == {"AL04", "AL06"}
