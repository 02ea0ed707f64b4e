"""The page folds a session exactly as the server does: same state, same dose, same dues, whatever was charted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ketachart.treatment.alarm_rules import conditions
from ketachart.treatment.api import alarm_rules_as_json
from ketachart.treatment.due import due_items, gaps
from ketachart.treatment.presence import present_at
from ketachart.treatment.protocol import session_protocol
from ketachart.treatment.readings import VITAL_MEASURES
from ketachart.treatment.single_dose import next_dose
from ketachart.treatment.state import delivered_mg, fold_all
from tests.room_js.conftest import Ask

OPENED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MEASURES = (*VITAL_MEASURES, "sedation", "dissociation")

MONITORING = [
    ("vitals", "preparing", None, [0], "session_opened"),
    ("sedation", "preparing", None, [0, 12], "session_opened"),
    ("vitals", "dosing", 10, None, "infusion_started"),
    ("vitals", "dosing", None, [40], "first_dose"),
    ("sedation", "dosing", 7.5, None, "first_dose"),
    ("vitals", "recovery", None, [0], "phase_started"),
    ("vitals", "recovery", 15, None, "phase_started"),
    ("dissociation", "recovery", 30, None, "infusion_stopped"),
]

PLAN = {
    "product": "Ketamine 50 mg/mL",
    "route": "IV",
    "molecule": "racemic",
    "salt_or_base": "base",
    "dose_mg": 40.0,
    "ceiling_mg_per_kg": 1.0,
    "concentration_mg_per_ml": 0.4,
    "volume_ml": 100.0,
    "infusion_minutes": 40.0,
    "rate_ml_per_h": 150.0,
    "rate_mg_per_h": 60.0,
}

PLANS = [
    PLAN,
    {**PLAN, "bolus_mg": 10.0, "bolus_minutes": 2.0},
    {
        "product": "Ketamine 50 mg/mL",
        "route": "IM",
        "molecule": "racemic",
        "salt_or_base": "base",
        "dose_mg": 40.0,
        "parts": [20.0, 20.0],
        "minimum_interval_minutes": 15.0,
        "maximum_cumulative_mg": 50.0,
        "ceiling_mg_per_kg": 0.55,
    },
    {
        "product": "Spravato",
        "route": "nasal",
        "molecule": "esketamine",
        "salt_or_base": "base",
        "dose_mg": 84.0,
        "devices": 3,
        "device_mg": 28.0,
        "minimum_interval_minutes": 5.0,
    },
    {
        "product": "Troche",
        "route": "sublingual",
        "molecule": "racemic",
        "salt_or_base": "base",
        "dose_mg": 100.0,
        "hold_minutes": 10.0,
        "then": "spit out",
    },
]


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_ms(at: datetime | None) -> float | None:
    return None if at is None else round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1), 3)


moments = st.integers(min_value=-5 * 60, max_value=150 * 60).map(lambda seconds: OPENED + timedelta(seconds=seconds))
rates = st.sampled_from([0.5, 12.0, 48.0, 60.0, 66.6, 120.0])
values = {
    "systolic_mmhg": st.sampled_from([None, 95.0, 120.0, 179.0, 180.0, 210.0]),
    "diastolic_mmhg": st.sampled_from([None, 50.0, 80.0, 110.0]),
    "heart_rate_per_min": st.sampled_from([None, 44.0, 72.0, 121.0]),
    "spo2_percent": st.sampled_from([None, 88.0, 92.0, 93.0, 99.0]),
    "respiratory_rate_per_min": st.sampled_from([None, 8.0, 14.0, 31.0]),
}
vitals = st.fixed_dictionaries(values).map(lambda content: ("treatment.vitals_charted", content))
doses = st.fixed_dictionaries(
    {
        "dose_mg": st.sampled_from([10.0, 20.0, 28.0, 40.0]),
        "route": st.sampled_from(["IM", "IM", "nasal", "IV", "sublingual"]),
        "part": st.sampled_from([None, None, 1, 2]),
        "device": st.sampled_from([None, None, 1, 2, 3]),
        "over_minutes": st.sampled_from([None, None, 2.0]),
        "beyond_order_reason": st.sampled_from([None, None, "Pain"]),
    }
).map(lambda content: ("treatment.dose_given", content))
simple = st.one_of(
    vitals,
    st.integers(0, 5).map(lambda value: ("treatment.sedation_scored", {"value": value})),
    st.integers(0, 10).map(lambda value: ("treatment.dissociation_scored", {"value": value})),
    rates.map(lambda rate: ("treatment.infusion_started", {"rate_mg_per_h": rate, "rate_ml_per_h": rate / 0.4})),
    rates.map(lambda rate: ("treatment.infusion_rate_changed", {"rate_mg_per_h": rate, "rate_ml_per_h": rate / 0.4})),
    rates.map(lambda rate: ("treatment.infusion_resumed", {"rate_mg_per_h": rate, "rate_ml_per_h": rate / 0.4})),
    st.just(("treatment.infusion_paused", {})),
    st.sampled_from([80.0, 100.0]).map(lambda volume: ("treatment.infusion_stopped", {"volume_given_ml": volume})),
    st.sampled_from([None, 0.0, 40.0]).map(
        lambda volume: ("treatment.pump_read", {"volume_given_ml": volume, "rate_ml_per_h": 150.0})
    ),
    doses,
    doses,
    st.sampled_from(["swallowed", "spat out"]).map(lambda then: ("treatment.hold_ended", {"then": then})),
    st.booleans().map(lambda yes: ("treatment.time_out_completed", {"items": [{"id": "drug", "confirmed": yes}]})),
    st.just(("treatment.recovery_started", {})),
    st.just(("treatment.note_written", {"text": "Resting."})),
    moments.map(lambda at: ("treatment.discharged", {"at": iso(at)})),
    st.just(("treatment.session_signed", {"statement": "Signed."})),
    st.tuples(st.sampled_from(["Kim", "Ines"]), st.booleans()).map(
        lambda tap: ("treatment.presence_charted", {"person": tap[0], "in_room": tap[1]})
    ),
    st.tuples(st.sampled_from(["Chest pain", "Headache", "Nausea"]), st.sampled_from([None, "mild", "severe"])).map(
        lambda one: ("treatment.symptom_noted", {"symptom": one[0], "severity": one[1]})
    ),
    st.integers(0, 10).map(lambda value: ("treatment.scale_scored", {"scale": "nausea", "value": value})),
    st.sampled_from([None, True, False]).map(
        lambda answer: ("treatment.discharge_assessed", {"risk_screen_not_worse": answer})
    ),
    st.sampled_from([None, True, False]).map(lambda yes: ("treatment.escort_met", {"identified": yes})),
    st.just(("treatment.patient_called", {})),
    st.tuples(st.sampled_from(["vitals", "sedation", "dissociation"]), moments).map(
        lambda gap: ("treatment.gap_explained", {"item": gap[0], "due_at": iso(gap[1]), "cause": "Unobtainable"})
    ),
)


alarm_values = st.fixed_dictionaries(
    {},
    optional={
        "treatment.alarms.use_al02": st.sampled_from([0.0, 1.0]),
        "treatment.alarms.use_al05": st.just(1.0),
        "treatment.alarms.first_sessions_systolic_mmhg": st.just(120.0),
        "treatment.alarms.presence_gap_seconds": st.sampled_from([60.0, 600.0]),
    },
)


@st.composite
def sessions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A session as it may arrive: late entries, odd sequences, corrections of corrections, two at one moment."""
    count = draw(st.integers(0, 14))
    ids = [f"0192f0aa-0000-7000-8000-{number:012x}" for number in draw(st.permutations(range(1, count + 2)))]
    molecule = draw(st.sampled_from(["racemic", "racemic ketamine", "esketamine"]))
    opening: dict[str, Any] = {
        "session_id": ids[0],
        "patient_id": "p",
        "plan": {**draw(st.sampled_from(PLANS)), "molecule": molecule},
    }
    opening["patient"] = {
        "weight_kg": draw(st.sampled_from([None, 30.0, 80.0])),
        "age_years": draw(st.sampled_from([None, 65, 66])),
    }
    opening["session_number"] = draw(st.sampled_from([None, 3, 4]))
    opening["policy"] = {"alarm_values": draw(alarm_values)}
    opening["monitoring"] = [
        {"item": item, "phase": phase, "every_minutes": every, "at_minutes": at, "anchor": anchor, "source": "test"}
        for item, phase, every, at, anchor in MONITORING
    ]
    events = [("treatment.session_opened", opening, OPENED)]
    for place in range(count):
        kind, content = draw(simple)
        at = draw(moments)
        if draw(st.integers(0, 4)) == 0:
            target = draw(st.sampled_from([ids[0], *ids[1 : place + 1], "00000000-0000-7000-8000-00000000dead"]))
            replacement = {"kind": kind, "content": content, "effective_at": iso(at)} if draw(st.booleans()) else None
            kind, content = (
                "treatment.event_corrected",
                {"target_id": target, "reason": "Typing mistake", "replacement": replacement},
            )
        events.append((kind, content, at))
    return [
        {
            "id": ids[place],
            "stream": "s",
            "number": place + 1,
            "kind": kind,
            "content": content,
            "effective_at": iso(at),
            "recorded_at": iso(OPENED + timedelta(hours=3)),
            "author_name": "Kim",
            "device": "tablet",
            "source": "person",
        }
        for place, (kind, content, at) in enumerate(events)
    ]


def in_python(frames: list[dict[str, Any]], at: datetime) -> dict[str, Any]:
    state = fold_all(frames)
    protocol = session_protocol()
    rate = state.dose.rate_at(at)
    return {
        "standing": [[entry.id, entry.kind, in_ms(entry.effective_at), entry.corrects] for entry in state.standing],
        "pending": [],
        "struck": [[struck.entry.id, [one.id for one in struck.corrections]] for struck in state.struck],
        "conflicts": sorted([in_ms(one.at), list(one.entry_ids), one.meaning] for one in state.conflicts),
        "phases": [[in_ms(change.at), change.phase] for change in state.phase_changes],
        "phase": state.phase,
        "latest": {name: _value(state.latest(name)) for name in MEASURES},
        "baseline": {name: _value(state.baseline(name)) for name in MEASURES},
        "pump": state.pump_status(),
        "first_dose_at": in_ms(state.dose.first_dose_at),
        "delivered_mg": delivered_mg(state, at),
        "rate_mg_per_h": rate.rate_mg_per_h if rate else None,
        "empty_at": in_ms(state.dose.pump_empty_at()),
        "boluses": [
            [one.entry_id, in_ms(one.at), one.number, in_ms(one.held_until), one.then] for one in state.dose.boluses
        ],
        "next_dose": _next(state),
        "due": [
            [item.item, in_ms(item.due_at), item.status, item.tell, list(item.missing)]
            for item in due_items(state, at, protocol)
        ],
        "gaps": [
            [gap.item, in_ms(gap.due_at), gap.closed, gap.explained, list(gap.missing)]
            for gap in gaps(state, at, protocol)
        ],
        "alarms": [
            [one.rule.id, [[in_ms(cause.at), cause.name] for cause in one.causes], in_ms(one.prescriber_at)]
            for one in conditions(state, at)
        ],
        "present": list(present_at(state, at)),
    }


def _next(state: Any) -> Any:
    found = next_dose(state.dose.boluses, state.opened.plan, state.opened.patient.weight_kg)
    return found and [found.number, found.of, found.dose_mg, in_ms(found.not_before), found.left_mg]


def _value(reading: Any) -> float | None:
    return None if reading is None else reading.value


def question(frames: list[dict[str, Any]], at: datetime, unsent: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    protocol = session_protocol()
    return {
        "frames": frames,
        "unsent": unsent or [],
        "at": in_ms(at),
        "alerts": {
            "grace_minutes": protocol.alerts.grace_minutes,
            "pre_alert_share": protocol.alerts.pre_alert.share,
            "prescriber_after_share": protocol.alerts.prescriber_after_share,
        },
        "entry": {"rate_agrees_within_percent": protocol.entry.rate_agrees_within_percent},
        "alarm_rules": msgspec.json.decode(msgspec.json.encode(alarm_rules_as_json())),
    }


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=sessions(), at=moments)
def test_the_page_and_the_server_agree_on_any_session(
    fold_in_javascript: Ask, frames: list[dict[str, Any]], at: datetime
) -> None:
    theirs, ours = fold_in_javascript(question(frames, at)), in_python(frames, at)
    for part in ("delivered_mg", "empty_at"):
        assert theirs.pop(part) == pytest.approx(ours.pop(part), abs=1.0 if part == "empty_at" else 1e-9)
    assert theirs["alarms"] == ours["alarms"]
    assert theirs == ours


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=sessions(), at=moments, split=st.integers(1, 15))
def test_what_is_still_unsent_counts_as_if_it_were_charted_and_is_marked(
    fold_in_javascript: Ask, frames: list[dict[str, Any]], at: datetime, split: int
) -> None:
    sent, waiting = frames[:split], frames[split:]
    unsent = [
        {**frame, "session_id": "s", "sequence": place, "status": "pending"} for place, frame in enumerate(waiting)
    ]
    whole, mixed = fold_in_javascript(question(frames, at)), fold_in_javascript(question(sent, at, unsent))
    waiting_ids = {frame["id"] for frame in waiting}
    assert set(mixed.pop("pending")) == waiting_ids & {entry[0] for entry in whole["standing"]}
    whole.pop("pending")
    assert mixed == whole


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=sessions(), at=moments)
def test_an_event_that_is_both_unsent_and_charted_counts_once(
    fold_in_javascript: Ask, frames: list[dict[str, Any]], at: datetime
) -> None:
    again = [{**frame, "session_id": "s", "sequence": place, "status": "pending"} for place, frame in enumerate(frames)]
    assert fold_in_javascript(question(frames, at, again)) == fold_in_javascript(question(frames, at))
