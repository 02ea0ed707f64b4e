"""The record on paper says what happened, from the events alone."""

from ketachart.treatment.picture import picture
from ketachart.treatment.print import dose_steps, lines, rounds, summary

from .charting import GOOD_VITALS, Chart, dosed, minute, opened, prepared


def test_the_summary_counts_what_has_gone_in_so_far() -> None:
    chart = prepared()
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    assert "Given so far: 10.0 mg (0.12 mg/kg) in 10 min." in summary(chart.state, minute(30))


def test_the_summary_of_a_finished_infusion_names_dose_peaks_and_symptoms() -> None:
    chart = dosed()
    chart.say(45, "vitals_charted", {**GOOD_VITALS, "systolic_mmhg": 151.0, "spo2_percent": 95.0})
    chart.say(46, "symptom_noted", {"symptom": "Nausea", "severity": "mild"})
    text = summary(chart.state, minute(200))
    assert "Given: 40.0 mg (0.50 mg/kg) in 40 min." in text
    assert "Highest systolic pressure 151." in text
    assert "Lowest SpO₂ 95." in text
    assert "Nausea mild" in text


def test_nothing_given_is_said_plainly() -> None:
    assert "Nothing was given." in summary(Chart(opened()).state, minute(5))


def test_every_entry_is_on_paper_and_a_corrected_one_keeps_its_place() -> None:
    chart = prepared()
    wrong = chart.say(16, "sedation_scored", {"value": 2})
    chart.say(17, "event_corrected", {"target_id": wrong.id, "reason": "wrong patient"})
    printed = lines(chart.state)
    assert len(printed) == len(chart.entries)
    assert [line.entry.id for line in printed if line.struck] == [wrong.id]
    assert not any(round_.values[4] == "2" for round_ in rounds(chart.state))


def test_the_steps_add_up_to_the_dose() -> None:
    chart = prepared()
    chart.say(20, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    chart.say(30, "infusion_paused")
    chart.say(35, "infusion_resumed", {"rate_ml_per_h": 78.0, "rate_mg_per_h": 30.0})
    chart.say(55, "infusion_stopped", {})
    assert [round(step.amount_mg or 0, 6) for step in dose_steps(chart.state)] == [10.0, 10.0]


def test_a_value_beyond_the_usual_scale_is_drawn_inside_its_lane() -> None:
    chart = dosed()
    chart.say(
        45, "vitals_charted", {"systolic_mmhg": 240, "diastolic_mmhg": 30, "confirmed_unusual": ["systolic_mmhg"]}
    )
    drawn = picture(chart.state, minute(0), minute(60))
    lane = drawn.lanes[0]
    assert (lane.low, lane.high) == (30, 240)
    assert all(lane.top <= mark.y <= mark.y2 <= lane.bottom for mark in lane.marks)
    assert all(drawn.left <= mark.x <= drawn.right for mark in lane.marks)
