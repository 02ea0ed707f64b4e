"""What is due when: by phase, with a warning before, and louder the longer nobody measures."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketachart.treatment.due import due_items, gaps, open_gaps
from ketachart.treatment.state import EMPTY, fold_all

from .charting import GOOD_VITALS, Chart, dosed, minute, opened, prepared, recovered

START = {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0}


def started() -> Chart:
    chart = prepared()
    chart.say(20, "infusion_started", START)
    return chart


def vitals_due(chart: Chart, minutes: float):  # type: ignore[no-untyped-def]
    return next((item for item in due_items(chart.state, minute(minutes)) if item.item == "vitals"), None)


@pytest.mark.parametrize(
    ("minutes", "status", "tell"),
    [
        (21, "upcoming", "nobody yet"),
        (26.9, "upcoming", "nobody yet"),
        (27, "pre-alert", "nurse"),
        (29.9, "pre-alert", "nurse"),
        (30, "due", "nurse"),
        (31.9, "due", "nurse"),
        (32, "overdue", "charge nurse"),
        (34.9, "overdue", "charge nurse"),
        (35, "overdue", "prescriber"),
        (59, "overdue", "prescriber"),
    ],
)
def test_the_first_round_comes_ten_minutes_after_the_start(minutes: float, status: str, tell: str) -> None:
    item = vitals_due(started(), minutes)
    assert item.due_at == minute(30)
    assert (item.status, item.tell) == (status, tell)
    assert item.countdown_seconds == (minute(30) - minute(minutes)).total_seconds()


def test_arrival_readings_are_due_at_once_and_do_not_sound_while_the_start_gate_holds() -> None:
    chart = Chart(opened())
    items = due_items(chart.state, minute(20))
    assert {item.item for item in items} == {"vitals", "respiratory_rate", "sedation"}
    assert {item.status for item in items} == {"due"}


def test_an_overdue_reading_is_not_silenced_by_the_next_round() -> None:
    """Between 35 and 45 the second round's time has come; the first is still the one nobody measured."""
    item = vitals_due(started(), 43)
    assert (item.due_at, item.status) == (minute(30), "overdue")


def test_a_reading_answers_its_round_and_the_next_comes_ten_minutes_later() -> None:
    chart = started()
    chart.say(31, "vitals_charted", GOOD_VITALS)
    item = vitals_due(chart, 32)
    assert (item.due_at, item.status) == (minute(40), "upcoming")


def test_a_reading_right_after_the_start_is_not_the_first_round() -> None:
    chart = started()
    chart.say(21, "vitals_charted", GOOD_VITALS)
    assert vitals_due(chart, 22).due_at == minute(30)


def test_a_reading_a_little_early_ends_the_alarm_and_the_missed_round_stays_a_gap() -> None:
    chart = started()
    chart.say(38, "vitals_charted", GOOD_VITALS)
    assert vitals_due(chart, 39).due_at == minute(50)
    assert [gap.due_at for gap in gaps(chart.state, minute(39)) if gap.item == "vitals"] == [minute(30)]


def test_half_a_reading_says_what_is_still_missing() -> None:
    chart = started()
    chart.say(30, "vitals_charted", {"heart_rate_per_min": 70, "spo2_percent": 97})
    assert vitals_due(chart, 31).missing == ("systolic_mmhg", "diastolic_mmhg")


def test_the_round_goes_on_while_the_pump_is_paused() -> None:
    chart = started()
    chart.say(25, "infusion_paused")
    assert vitals_due(chart, 31).status == "due"


def test_recovery_asks_at_once_and_then_every_quarter_of_an_hour() -> None:
    chart = dosed()
    assert vitals_due(chart, 60.1).due_at == minute(60)
    chart.say(60.5, "vitals_charted", GOOD_VITALS)
    assert vitals_due(chart, 62).due_at == minute(75)


def test_nothing_is_due_after_the_discharge_and_nothing_before_the_opening() -> None:
    chart = recovered()
    chart.say(121, "discharged", {"at": minute(121).isoformat()})
    assert due_items(chart.state, minute(200)) == ()
    assert due_items(EMPTY, minute(0)) == ()


def test_a_fully_charted_session_has_no_gap() -> None:
    assert gaps(recovered().state, minute(121)) == ()


def test_a_missed_round_is_a_gap_until_somebody_says_why() -> None:
    chart = started()
    chart.say(41, "vitals_charted", GOOD_VITALS)
    chart.say(41, "sedation_scored", {"value": 5})
    found = gaps(chart.state, minute(42))
    assert [(gap.item, gap.due_at, gap.explained) for gap in found] == [
        ("sedation", minute(30), False),
        ("vitals", minute(30), False),
    ]
    content = {"item": "vitals", "due_at": minute(30).isoformat(), "cause": "patient asleep"}
    chart.say(43, "gap_explained", content)
    assert [gap.item for gap in open_gaps(chart.state, minute(44))] == ["sedation"]
    assert next(gap for gap in gaps(chart.state, minute(44)) if gap.item == "vitals").cause == "patient asleep"


def test_a_late_reading_from_an_offline_tablet_closes_the_gap() -> None:
    chart = started()
    chart.say(41, "vitals_charted", GOOD_VITALS)
    assert any(gap.item == "vitals" for gap in gaps(chart.state, minute(42)))
    chart.say(30, "vitals_charted", GOOD_VITALS)
    assert not any(gap.item == "vitals" for gap in gaps(chart.state, minute(42)))


def test_a_round_cut_short_by_the_next_phase_is_no_gap() -> None:
    """Stopped at 51 minutes: the round of 50 is at its time still within grace, recovery's own comes at once."""
    chart = started()
    for minutes in (30, 40):
        chart.say(minutes, "vitals_charted", GOOD_VITALS)
        chart.say(minutes, "sedation_scored", {"value": 5})
    chart.say(51, "infusion_stopped", {})
    chart.say(51.5, "vitals_charted", GOOD_VITALS)
    assert [gap.item for gap in gaps(chart.state, minute(52)) if gap.phase == "dosing"] == []


def test_a_gap_of_an_earlier_phase_stays_a_gap() -> None:
    chart = started()
    chart.say(60, "infusion_stopped", {})
    late = [gap for gap in gaps(chart.state, minute(61)) if gap.phase == "dosing"]
    assert [gap.due_at for gap in late if gap.item == "vitals"] == [minute(30), minute(40), minute(50)]
    assert all(gap.closed for gap in late)


def test_a_session_without_a_schedule_is_due_for_nothing_and_cannot_be_left() -> None:
    chart = Chart(opened(monitoring=()))
    assert due_items(chart.state, minute(30)) == ()
    from ketachart.treatment.rules import discharge_findings

    finding = next(f for f in discharge_findings(chart.state, minute(30)) if f.rule_id == "DI14")
    assert finding.verdict == "missing"


@settings(max_examples=80, deadline=None)
@given(times=st.lists(st.integers(20, 60), max_size=8), look=st.integers(20, 90), order=st.randoms())
def test_every_due_round_is_answered_open_or_a_gap(times, look, order) -> None:  # type: ignore[no-untyped-def]
    """At most one round of vitals waits; a round that has passed its grace without a reading is always a gap."""
    chart = started()
    for minutes in times:
        chart.say(minutes, "vitals_charted", GOOD_VITALS)
    entries = list(chart.entries)
    order.shuffle(entries)
    state = fold_all(entries)
    at = minute(look)
    waiting = [item for item in due_items(state, at) if item.item == "vitals"]
    assert len(waiting) == 1
    missed = [gap for gap in gaps(state, at) if gap.item == "vitals" and gap.phase == "dosing"]
    for gap in missed:
        assert gap.due_at + timedelta(minutes=2) < at
        window = (gap.due_at - timedelta(minutes=5), gap.due_at + timedelta(minutes=5))
        assert not any(window[0] <= minute(m) < window[1] and minute(m) <= at for m in times)
    if waiting[0].status == "overdue":
        assert any(gap.due_at == waiting[0].due_at for gap in missed) or waiting[0].due_at + timedelta(minutes=2) == at
