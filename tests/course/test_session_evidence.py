"""What a session's events say for the next decision, corrections taken into account."""

from datetime import UTC, datetime, timedelta

from ketachart.course.session_evidence import evidence_from, standing_frames

START = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def frame(number: int, kind: str, minute: float, **content):
    return {
        "id": f"e{number}",
        "kind": f"treatment.{kind}",
        "effective_at": (START + timedelta(minutes=minute)).isoformat(),
        "content": content,
    }


OPENED = frame(1, "session_opened", -30, session_number=3, plan={"dose_mg": 40.0, "dose_mg_per_kg": 0.5})
BASELINE = frame(2, "vitals_charted", -5, systolic_mmhg=128, diastolic_mmhg=82, spo2_percent=98)
STARTED = frame(3, "infusion_started", 0, rate_ml_per_h=156, rate_mg_per_h=60)
PEAK = frame(4, "vitals_charted", 30, systolic_mmhg=152, diastolic_mmhg=96, spo2_percent=95)


def test_baseline_is_the_last_pair_before_the_dose_and_the_peak_comes_after_it():
    arrival = frame(0, "vitals_charted", -40, systolic_mmhg=160, diastolic_mmhg=99)
    evidence = evidence_from([OPENED, arrival, BASELINE, STARTED, PEAK])
    assert (evidence.baseline_systolic_mmhg, evidence.baseline_diastolic_mmhg) == (128, 82)
    assert evidence.peak_systolic.value == 152
    assert evidence.lowest_spo2.value == 95
    assert evidence.planned_mg_per_kg == 0.5


def test_half_a_blood_pressure_is_no_baseline():
    half = frame(2, "vitals_charted", -5, systolic_mmhg=128)
    assert evidence_from([OPENED, half, STARTED, PEAK]).baseline_systolic_mmhg is None


def test_without_a_dose_there_is_neither_baseline_nor_peak():
    evidence = evidence_from([OPENED, BASELINE, PEAK])
    assert evidence.baseline_systolic_mmhg is None
    assert evidence.peak_systolic is None


def test_a_struck_out_reading_does_not_count_and_its_replacement_does():
    mistyped = frame(5, "vitals_charted", 35, systolic_mmhg=252, diastolic_mmhg=96)
    correction = frame(
        6,
        "event_corrected",
        37,
        target_id="e5",
        reason="typed 252 for 152",
        replacement={
            "kind": "treatment.vitals_charted",
            "effective_at": mistyped["effective_at"],
            "content": {"systolic_mmhg": 153, "diastolic_mmhg": 96},
        },
    )
    assert evidence_from([OPENED, BASELINE, STARTED, PEAK, mistyped, correction]).peak_systolic.value == 153


def test_a_correction_of_a_correction_removes_the_first_replacement_whichever_is_named():
    replacement = {
        "kind": "treatment.vitals_charted",
        "effective_at": PEAK["effective_at"],
        "content": {"systolic_mmhg": 200, "diastolic_mmhg": 96},
    }
    first = frame(6, "event_corrected", 37, target_id="e4", reason="a", replacement=replacement)
    for target in ("e4", "e6"):
        second = frame(7, "event_corrected", 38, target_id=target, reason="b", replacement=None)
        assert [f["id"] for f in standing_frames([STARTED, PEAK, first, second])] == ["e3"]


def test_an_ungraded_symptom_stays_ungraded():
    symptom = frame(8, "symptom_noted", 20, symptom="nausea", severity=None)
    assert evidence_from([OPENED, STARTED, symptom]).symptoms[0].severity is None
