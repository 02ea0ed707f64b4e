"""What may be appended when: judged at the event's own time, so that an offline tablet is never punished."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from ketachart.treatment import rules
from ketachart.treatment.entries import content_from
from ketachart.treatment.guard import guard
from ketachart.treatment.protocol import session_protocol
from ketachart.treatment.state import SessionState

from .charting import GOOD_VITALS, Chart, dosed, event_id, minute, opened, prepared, recovered

START = {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0}


@dataclass
class Meta:
    id: UUID
    effective_at: datetime
    author_id: UUID | None = None
    recorded_at: datetime | None = None


def ask(
    state: SessionState,
    minutes: float,
    kind: str,
    content: Any = None,
    *,
    made_at: float | None = None,
    now: float | None = None,
) -> str | None:
    """What the guard says, or None when the event may be appended."""
    typed = content_from(f"treatment.{kind}", content if content is not None else {})
    made = minute(minutes if made_at is None else made_at)
    recorded_at = None if now is None else minute(now)
    refused = guard(state, typed, Meta(event_id(999, made), minute(minutes), None, recorded_at))
    if refused is not None:
        assert refused.problem.strip()
    return None if refused is None else refused.problem


def running() -> Chart:
    chart = prepared()
    chart.say(20, "infusion_started", START)
    return chart


def paused() -> Chart:
    chart = running()
    chart.say(25, "infusion_paused")
    return chart


def discharged() -> Chart:
    chart = recovered()
    chart.say(121, "discharged", {"at": minute(121).isoformat()})
    return chart


def signed() -> Chart:
    chart = discharged()
    chart.say(125, "session_signed", {"statement": "Complete."})
    return chart


@pytest.mark.parametrize(
    ("make", "minutes", "kind", "content", "problem"),
    [
        (lambda: Chart(), 1, "vitals_charted", GOOD_VITALS, "not open yet"),
        (prepared, 20, "infusion_started", START, None),
        (lambda: prepared(leave_out="time_out_completed"), 20, "infusion_started", START, "Time-out complete"),
        (lambda: Chart(opened()), 20, "infusion_started", START, "cannot be given yet"),
        (prepared, 20, "infusion_rate_changed", START, "was not started"),
        (prepared, 20, "infusion_paused", {}, "was not started"),
        (prepared, 20, "infusion_resumed", START, "was not started"),
        (prepared, 20, "infusion_stopped", {}, "nothing to stop"),
        (prepared, 20, "recovery_started", {}, "Nothing was given"),
        (prepared, 20, "dose_given", {"dose_mg": 20.0, "route": "IM"}, "The plan says IV"),
        (prepared, 20, "dose_given", {"dose_mg": 20.0, "route": "IV"}, "The plan says IV"),
        (running, 22, "infusion_started", START, "already started"),
        (running, 22, "infusion_rate_changed", {"rate_ml_per_h": 78.0, "rate_mg_per_h": 30.0}, None),
        (running, 22, "infusion_paused", {"reason": "nausea"}, None),
        (running, 22, "infusion_resumed", START, "was running"),
        (running, 22, "recovery_started", {}, "has not been stopped"),
        (paused, 27, "infusion_resumed", START, None),
        (paused, 27, "infusion_rate_changed", START, "was paused"),
        (paused, 27, "infusion_paused", {}, "was paused"),
        (paused, 27, "infusion_stopped", {}, None),
        (dosed, 70, "infusion_started", START, "Dosing has ended"),
        (dosed, 70, "infusion_rate_changed", START, "was stopped"),
        (dosed, 70, "discharged", {"at": minute(70).isoformat()}, "cannot leave yet"),
        (dosed, 70, "session_signed", {"statement": "x"}, "not discharged"),
        (dosed, 70, "addendum_written", {"text": "x"}, "not signed yet"),
        (dosed, 70, "session_abandoned", {"reason": "x"}, "A dose was given"),
        (prepared, 17, "session_abandoned", {"reason": "fever"}, None),
        (recovered, 121, "discharged", {"at": minute(121).isoformat()}, None),
        (recovered, 121, "discharged", {"at": minute(90).isoformat()}, "Two different times"),
        (discharged, 122, "discharged", {"at": minute(122).isoformat()}, "already discharged"),
        (discharged, 122, "session_signed", {"statement": "Complete."}, None),
        (discharged, 122, "note_written", {"text": "x"}, None),
        (signed, 130, "note_written", {"text": "x"}, "signed and locked"),
        (signed, 130, "session_signed", {"statement": "x"}, "signed and locked"),
        (signed, 130, "addendum_written", {"text": "x"}, None),
    ],
)
def test_each_step_in_its_turn(make: Any, minutes: float, kind: str, content: Any, problem: str | None) -> None:
    said = ask(make().state, minutes, kind, content)
    assert said is None if problem is None else said is not None and problem in said


def test_a_rate_change_charted_offline_before_the_stop_is_accepted_after_it() -> None:
    assert ask(dosed().state, 45, "infusion_rate_changed", {"rate_ml_per_h": 78.0, "rate_mg_per_h": 30.0}) is None


def test_a_reading_charted_before_the_signature_is_accepted_after_it() -> None:
    state = signed().state
    assert ask(state, 40, "vitals_charted", GOOD_VITALS, made_at=40) is None
    assert "signed and locked" in (ask(state, 40, "vitals_charted", GOOD_VITALS, made_at=130) or "")


def test_an_entry_whose_id_says_no_time_is_not_taken_after_the_signature() -> None:
    content = content_from("treatment.note_written", {"text": "x"})
    refused = guard(signed().state, content, Meta(UUID("3b1f8a3e-1c7e-4a55-9c86-0d9f2a3b4c5d"), minute(40)))
    assert refused is not None


@pytest.mark.parametrize(("minutes", "accepted"), [(29, True), (40, True), (40.1, False), (90, False)])
def test_a_clock_may_run_ten_minutes_fast(minutes: float, accepted: bool) -> None:
    assert (ask(running().state, minutes, "note_written", {"text": "x"}, now=30) is None) is accepted


def test_something_from_yesterday_is_not_part_of_this_session() -> None:
    assert "long before" in (ask(prepared().state, -13 * 60, "note_written", {"text": "x"}) or "")


@pytest.mark.parametrize(
    ("ml_per_h", "mg_per_h", "problem"),
    [
        (156.0, 600.0, "not 600"),
        (1560.0, 600.0, "cannot be"),
        (15.6, 60.0, "not 60"),
        (400.0, 153.85, "more than 2 times"),
        (234.0, 90.0, "Faster than the ordered"),
        (0.0, 0.0, "cannot be"),
        (78.0, 30.0, None),
        (float("nan"), 30.0, "cannot be"),
    ],
)
def test_a_slipped_rate_is_refused(ml_per_h: float, mg_per_h: float, problem: str | None) -> None:
    said = ask(running().state, 22, "infusion_rate_changed", {"rate_ml_per_h": ml_per_h, "rate_mg_per_h": mg_per_h})
    assert said is None if problem is None else said is not None and problem in said


def test_faster_than_ordered_asks_for_a_reason() -> None:
    content = {"rate_ml_per_h": 234.0, "rate_mg_per_h": 90.0, "reason": "Pump was stopped for ten minutes."}
    assert ask(running().state, 22, "infusion_rate_changed", content) is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({}, "No value"),
        ({"systolic_mmhg": 120}, "two values"),
        ({"diastolic_mmhg": 80}, "two values"),
        ({"systolic_mmhg": 80, "diastolic_mmhg": 120}, "not under systolic"),
        ({"systolic_mmhg": 1200, "diastolic_mmhg": 80}, "cannot be"),
        ({"spo2_percent": 101}, "cannot be"),
        ({"spo2_percent": 88}, "is unusual"),
        ({"spo2_percent": 88, "confirmed_unusual": ["spo2_percent"]}, None),
        ({"spo2_percent": 88, "confirmed_unusual": ["heart_rate_per_min"]}, "is unusual"),
        ({"heart_rate_per_min": 300}, "cannot be"),
        ({"temperature_c": 5}, "cannot be"),
        ({"oxygen_l_per_min": 40}, "cannot be"),
        ({"heart_rate_per_min": 70}, None),
    ],
)
def test_values_that_cannot_be_are_refused_and_unusual_ones_confirmed(content: Any, problem: str | None) -> None:
    said = ask(prepared().state, 16, "vitals_charted", content)
    assert said is None if problem is None else said is not None and problem in said


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("sedation_scored", {"value": 6}),
        ("sedation_scored", {"value": -1}),
        ("dissociation_scored", {"value": 11}),
        ("symptom_noted", {"symptom": " "}),
        ("note_written", {"text": ""}),
        ("note_written", {"text": "x" * 4001}),
        ("escort_charted", {}),
        ("fasting_charted", {}),
        ("rescreen_charted", {"answers": {}}),
        ("rescreen_charted", {"answers": {"nonsense": True}}),
        ("time_out_completed", {"items": []}),
        ("discharge_assessed", {}),
        ("escort_met", {}),
        ("gap_explained", {"item": "vitals", "due_at": minute(1).isoformat(), "cause": " "}),
    ],
)
def test_empty_and_impossible_entries_are_refused(kind: str, content: Any) -> None:
    assert ask(prepared().state, 16, kind, content) is not None


def _instead(value: int, at: float = 2, kind: str = "sedation_scored") -> dict[str, Any]:
    return {"kind": f"treatment.{kind}", "content": {"value": value}, "effective_at": minute(at).isoformat()}


@pytest.mark.parametrize(
    ("target", "replacement", "reason", "problem"),
    [
        ("score", _instead(4), "read wrong", None),
        ("score", None, "wrong patient", None),
        ("score", _instead(4), " ", "empty"),
        ("score", _instead(9), "read wrong", "cannot be"),
        ("score", _instead(4, at=-13 * 60), "read wrong", "long before"),
        ("score", _instead(4, kind="nothing"), "read wrong", "not known"),
        ("score", {**_instead(4), "content": {"values": 4}}, "read wrong", "does not fit"),
        ("score", {**_instead(4), "kind": "treatment.gate_overridden"}, "x", "cannot stand in place"),
        ("opening", None, "x", "cannot be corrected"),
        ("nobody", None, "x", "no such entry"),
    ],
)
def test_corrections(target: str, replacement: Any, reason: str, problem: str | None) -> None:
    chart = prepared()
    ids = {"opening": chart.entries[0].id, "score": chart.entries[2].id, "nobody": str(event_id(5000))}
    assert chart.entries[2].kind == "treatment.sedation_scored"
    content = {"target_id": ids[target], "reason": reason, "replacement": replacement}
    said = ask(chart.state, 16, "event_corrected", content)
    assert said is None if problem is None else said is not None and problem in said


def test_a_charted_override_without_pinned_findings_is_refused() -> None:
    content = {"gate": "start", "findings": ["ST07"], "reason": "x", "by_role": "prescriber"}
    assert "not said which" in (ask(prepared().state, 17, "gate_overridden", content) or "")


def test_a_contradiction_in_the_record_holds_the_signature_until_a_person_looked() -> None:
    chart = discharged()
    chart.say(22, "infusion_started", START)
    assert "The dose record agrees with itself" in (ask(chart.state, 123, "session_signed", {"statement": "x"}) or "")


START = {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0}


def test_where_no_rule_is_in_force_nothing_was_judged_and_the_gates_stay_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(prepared().state, 20, "infusion_started", START) is None
    none = msgspec.structs.replace(session_protocol(), rules=())
    monkeypatch.setattr(rules, "session_protocol", lambda: none)
    assert "no rule in force" in (ask(prepared().state, 20, "infusion_started", START) or "")
    leaving = {"at": minute(121).isoformat(), "instructions_version": "1"}
    assert "no rule in force" in (ask(recovered().state, 121, "discharged", leaving) or "")


def test_a_correction_does_not_begin_a_dose_that_the_gate_would_hold() -> None:
    chart = prepared(leave_out="escort_charted")
    score = next(entry for entry in chart.entries if entry.kind == "treatment.sedation_scored")
    instead = {"kind": "treatment.infusion_started", "content": START, "effective_at": minute(20).isoformat()}
    content = {"target_id": score.id, "reason": "typed the wrong thing", "replacement": instead}
    assert "opens no gate" in (ask(chart.state, 21, "event_corrected", content) or "")


def test_a_dose_that_was_begun_may_be_corrected_whatever_the_gate_says_now() -> None:
    chart = dosed()
    start = next(entry for entry in chart.entries if entry.kind == "treatment.infusion_started")
    instead = {"kind": "treatment.infusion_started", "content": START, "effective_at": minute(18).isoformat()}
    content = {"target_id": start.id, "reason": "began earlier", "replacement": instead}
    assert ask(chart.state, 70, "event_corrected", content) is None
