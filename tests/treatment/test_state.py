"""The fold: idempotent, blind to the order of arrival, and nothing is ever hidden."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.course.session_evidence import standing_frames
from ketachart.treatment import kinds
from ketachart.treatment.entries import Entry
from ketachart.treatment.state import EMPTY, SessionState, delivered_mg, fold, fold_all

from .charting import GOOD_VITALS, OPENED_AT, Chart, dosed, minute, opened, prepared, recovered


def picture(state: SessionState) -> dict[str, Any]:
    """Everything a screen would show, without the numbering."""
    return {
        "phase": state.phase,
        "changes": state.phase_changes,
        "standing": [(entry.id, entry.kind, entry.effective_at, entry.content) for entry in state.standing],
        "struck": [(one.entry.id, [c.id for c in one.corrections]) for one in state.struck],
        "readings": state.readings,
        "delivered": delivered_mg(state, minute(200)),
        "conflicts": state.conflicts,
    }


@pytest.mark.parametrize(
    ("steps", "phase"),
    [
        (0, "scheduled"),
        (1, "preparing"),
        (6, "preparing"),
        (7, "ready"),
        (8, "dosing"),
        (14, "dosing"),
        (15, "recovery"),
    ],
)
def test_the_phase_follows_what_was_charted(steps: int, phase: str) -> None:
    assert fold_all(dosed().entries[:steps]).phase == phase


def test_a_time_out_with_one_item_open_is_not_ready() -> None:
    chart = prepared(leave_out="time_out_completed")
    chart.say(15, "time_out_completed", {"items": [{"id": "identity", "confirmed": None}], "participants": []})
    assert chart.state.phase == "preparing"


def test_pausing_and_resuming_moves_between_paused_and_dosing() -> None:
    chart = prepared()
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    chart.say(25, "infusion_paused", {"reason": "nausea"})
    assert chart.state.phase == "paused"
    chart.say(27, "infusion_resumed", {"rate_ml_per_h": 78.0, "rate_mg_per_h": 30.0})
    assert chart.state.phase == "dosing"
    assert chart.state.phase_at(minute(26)) == "paused"
    assert chart.state.phase_at(minute(22)) == "dosing"


def test_the_session_ends_discharged_then_signed() -> None:
    chart = recovered()
    chart.say(122, "discharged", {"at": minute(122).isoformat(), "instructions_version": "1"})
    assert chart.state.phase == "discharged"
    chart.say(125, "session_signed", {"statement": "Complete."})
    assert chart.state.phase == "signed"


def test_a_correction_strikes_through_and_never_hides() -> None:
    chart = prepared()
    wrong = chart.say(16, "vitals_charted", {**GOOD_VITALS, "heart_rate_per_min": 107.0})
    chart.say(
        17,
        "event_corrected",
        {
            "target_id": wrong.id,
            "reason": "digits swapped",
            "replacement": {
                "kind": "treatment.vitals_charted",
                "content": {**GOOD_VITALS, "heart_rate_per_min": 70.0},
                "effective_at": minute(16).isoformat(),
            },
        },
    )
    state = chart.state
    latest = state.latest("heart_rate_per_min")
    assert latest is not None
    assert (latest.value, latest.at) == (70.0, minute(16))
    (struck,) = state.struck
    assert struck.entry.content.heart_rate_per_min == 107.0  # type: ignore[attr-defined]
    assert struck.corrections[0].content.reason == "digits swapped"  # type: ignore[attr-defined]
    assert state.find(wrong.id) is not None


def test_a_corrected_start_time_changes_the_delivered_dose() -> None:
    chart = prepared()
    start = chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    chart.say(
        40,
        "event_corrected",
        {
            "target_id": start.id,
            "reason": "started five minutes earlier",
            "replacement": {
                "kind": "treatment.infusion_started",
                "content": {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0},
                "effective_at": minute(15).isoformat(),
            },
        },
    )
    assert delivered_mg(chart.state, minute(30)) == pytest.approx(15.0, abs=1e-9)


def test_correcting_a_correction_counts_the_last_and_keeps_all_three() -> None:
    chart = prepared()
    first = chart.say(16, "sedation_scored", {"value": 2})
    second = chart.say(17, "event_corrected", _score_instead(first, 3))
    chart.say(18, "event_corrected", _score_instead(second, 4))
    state = chart.state
    assert [reading.value for reading in state.readings["sedation"]] == [5, 4]
    assert {one.entry.id for one in state.struck} == {first.id, second.id}


def test_two_people_correcting_one_entry_is_shown_as_a_conflict() -> None:
    chart = prepared()
    wrong = chart.say(16, "sedation_scored", {"value": 2})
    chart.say(17, "event_corrected", _score_instead(wrong, 4), author="nurse-1")
    chart.say(18, "event_corrected", _score_instead(wrong, 3), author="nurse-2")
    state = chart.state
    assert [reading.value for reading in state.readings["sedation"]] == [5, 3]
    assert "two people corrected" in state.conflicts[0].meaning


def _score_instead(target: Entry, value: int) -> dict[str, Any]:
    return {
        "target_id": target.id,
        "reason": "scored again",
        "replacement": {
            "kind": "treatment.sedation_scored",
            "content": {"value": value},
            "effective_at": minute(16).isoformat(),
        },
    }


def test_folding_the_same_event_twice_changes_nothing() -> None:
    once = fold_all(recovered().entries)
    twice = fold_all([*recovered().entries, *recovered().entries])
    assert picture(once) == picture(twice)
    assert once.length == twice.length


def test_an_earlier_state_is_not_touched_by_what_is_folded_onto_it() -> None:
    entries = dosed().entries
    before = fold_all(entries[:8])
    seen = picture(before)
    one = fold_all(entries[8:], before)
    other = fold(before, entries[-1])
    assert picture(before) == seen
    assert one.length == len(entries)
    assert other.length == 9
    assert EMPTY.length == 0


def test_a_late_reading_falls_into_place_by_its_own_time() -> None:
    chart = dosed()
    late = chart.say(35, "vitals_charted", {**GOOD_VITALS, "spo2_percent": 94.0})
    pulse = [(reading.at, reading.value) for reading in chart.state.readings["spo2_percent"]]
    assert pulse == sorted(pulse)
    assert (late.effective_at, 94.0) in pulse
    assert chart.state.latest("spo2_percent").value == 98.0  # type: ignore[union-attr]


def test_an_old_value_does_not_stand_for_now() -> None:
    state = prepared().state
    assert state.latest("spo2_percent", since=minute(10)) is None
    assert state.latest("spo2_percent", since=OPENED_AT) is not None
    assert state.latest("temperature_c") is None


def test_a_later_form_that_leaves_a_question_open_does_not_unsay_the_answer() -> None:
    chart = dosed()
    chart.say(70, "discharge_assessed", {"oriented": True})
    chart.say(80, "discharge_assessed", {"nausea_controlled": False})
    answers = chart.state.discharge_assessment
    assert answers["oriented"].value is True
    assert answers["nausea_controlled"].value is False
    assert "instructions_given" not in answers


def test_what_arrives_after_the_signature_is_kept_and_marked() -> None:
    chart = recovered()
    chart.say(122, "discharged", {"at": minute(122).isoformat()})
    chart.say(125, "session_signed", {"statement": "Complete."})
    late = chart.say(50, "note_written", {"text": "Asked for water."})
    chart.say(130, "addendum_written", {"text": "The note of 17:50 came from an offline tablet."})
    assert [entry.id for entry in chart.state.arrived_after_signing] == [late.id]
    assert late.id in {entry.id for entry in chart.state.standing}


def test_frames_as_the_live_lane_sends_them_fold_like_entries() -> None:
    frame = {
        "id": "0191d5a0-0000-7000-8000-000000000001",
        "clinic": "c",
        "stream": "s",
        "number": 7,
        "kind": "treatment.vitals_charted",
        "effective_at": "2026-11-22T17:30:00.123Z",
        "recorded_at": "2026-11-22T17:30:00.200Z",
        "author": "u",
        "author_name": "Nurse",
        "device": "tablet-3",
        "source": "monitor",
        "content": {"heart_rate_per_min": 71},
    }
    state = fold(EMPTY, frame)
    reading = state.latest("heart_rate_per_min")
    assert reading is not None
    assert (reading.value, reading.source, reading.at.microsecond) == (71, "monitor", 123000)
    assert state.number == 7


@settings(max_examples=60, deadline=None)
@given(order=st.randoms(), again=st.integers(0, 10), corrected=st.lists(st.integers(1, 25), max_size=4))
def test_any_interleaving_of_the_same_events_gives_the_same_state(order, again, corrected) -> None:  # type: ignore[no-untyped-def]
    chart = Chart()
    chart.entries = list(recovered().entries)
    for place in corrected:
        if place < len(chart.entries):
            chart.say(130, "event_corrected", {"target_id": chart.entries[place].id, "reason": "by mistake"})
    expected = picture(fold_all(chart.entries))
    arrived = [*chart.entries, *chart.entries[:again]]
    order.shuffle(arrived)
    state = fold_all(arrived)
    assert picture(state) == expected
    assert {entry.id for entry in state.charted} == {entry.id for entry in chart.entries}


@settings(max_examples=60, deadline=None)
@given(order=st.randoms(), moved=st.integers(0, 8), corrected=st.lists(st.integers(1, 25), max_size=4))
def test_a_state_asked_after_every_event_says_what_one_asked_at_the_end_says(order, moved, corrected) -> None:  # type: ignore[no-untyped-def]
    """What a state worked out is carried on to the next; a late entry or a correction must upset it."""
    chart = Chart()
    chart.entries = list(recovered().entries)
    for place in corrected:
        if place < len(chart.entries):
            chart.say(130, "event_corrected", {"target_id": chart.entries[place].id, "reason": "by mistake"})
    arrived = list(chart.entries)
    for _ in range(moved):
        arrived.insert(order.randrange(len(arrived)), arrived.pop(order.randrange(len(arrived))))
    state = EMPTY
    for place, entry in enumerate(arrived, start=1):
        before, shown = state, picture(state)
        state = fold(state, entry)
        assert picture(state) == picture(fold_all(arrived[:place]))
        assert picture(before) == shown


def test_nothing_charted_is_nothing() -> None:
    assert EMPTY.phase == "scheduled"
    assert EMPTY.opened is None
    assert delivered_mg(EMPTY, minute(0)) == 0
    assert fold_all([opened_only()]).readings == {}


def opened_only() -> Entry:
    return Chart(opened()).entries[0]


def test_correcting_one_of_two_rival_corrections_settles_it_and_one_value_stands() -> None:
    for settles in (0, 1):
        chart = prepared()
        wrong = chart.say(16, "sedation_scored", {"value": 2})
        rivals = [chart.say(17 + place, "event_corrected", _score_instead(wrong, 4 - place)) for place in (0, 1)]
        chart.say(19, "event_corrected", _score_instead(rivals[settles], 1))
        state = chart.state
        assert [reading.value for reading in state.readings["sedation"]] == [5, 1]
        assert state.conflicts == ()


@settings(max_examples=60, deadline=None)
@given(corrected=st.lists(st.integers(1, 35), max_size=6), order=st.randoms())
def test_the_session_and_the_next_decision_agree_on_what_stands(corrected, order) -> None:  # type: ignore[no-untyped-def]
    """Two readers of one record: the room's fold, and course/, which reads the events by name."""
    chart = recovered()
    for place in corrected:
        if place >= len(chart.entries):
            continue
        target = chart.entries[place]
        replacement = None
        if not isinstance(target.content, kinds.EventCorrected) and place % 2:
            replacement = _as_replacement(target)
        chart.say(130, "event_corrected", {"target_id": target.id, "reason": "x", "replacement": replacement})
    frames = [_as_frame(entry) for entry in chart.entries]
    order.shuffle(frames)
    assert [frame["id"] for frame in standing_frames(frames)] == [entry.id for entry in chart.state.standing]


def _as_replacement(target: Entry) -> dict[str, Any]:
    return {
        "kind": target.kind,
        "content": msgspec.to_builtins(target.content),
        "effective_at": target.effective_at.isoformat(),
    }


def _as_frame(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, **_as_replacement(entry)}
