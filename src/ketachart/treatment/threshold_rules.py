"""What the latest readings say that somebody must look at now, one function a limit."""

from datetime import datetime

from ketachart.knowledge.findings import Finding
from ketachart.treatment.due import MEASURE_LABELS
from ketachart.treatment.finding_shapes import Test, met, missing, not_met, seen_reading
from ketachart.treatment.protocol import SessionProtocol, SessionRule
from ketachart.treatment.state import SessionState


def _alarm_pressure(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    systolic, diastolic = state.latest("systolic_mmhg", at), state.latest("diastolic_mmhg", at)
    seen = (seen_reading("systolic_mmhg", systolic), seen_reading("diastolic_mmhg", diastolic))
    if systolic is None or diastolic is None:
        return missing(rule, "blood pressure", seen=seen)
    high = systolic.value >= rule.limits["systolic_mmhg"] or diastolic.value >= rule.limits["diastolic_mmhg"]
    return not_met(rule, seen) if high else met(rule, seen)


def _alarm_spo2(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    readings = [reading for reading in state.readings.get("spo2_percent", ()) if reading.at <= at][-2:]
    seen = tuple(seen_reading("spo2_percent", reading) for reading in readings)
    if not readings:
        return missing(rule, "SpO₂")
    low = len(readings) == 2 and all(reading.value < rule.limits["spo2_percent"] for reading in readings)
    return not_met(rule, seen) if low else met(rule, seen)


def _alarm_range(measure: str) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        reading = state.latest(measure, at)
        seen = (seen_reading(measure, reading),)
        if reading is None:
            return missing(rule, MEASURE_LABELS[measure])
        inside = rule.limits["minimum"] <= reading.value <= rule.limits["maximum"]
        return met(rule, seen) if inside else not_met(rule, seen)

    return test


def _alarm_sedation(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    reading = state.latest("sedation", at)
    seen = (seen_reading("sedation", reading),)
    if reading is None:
        return missing(rule, MEASURE_LABELS["sedation"])
    return not_met(rule, seen) if reading.value <= rule.limits["value"] else met(rule, seen)


ALARM_TESTS: dict[str, Test] = {
    "AL04": _alarm_pressure,
    "AL08": _alarm_spo2,
    "AL10": _alarm_range("respiratory_rate_per_min"),
    "AL11": _alarm_range("heart_rate_per_min"),
    "AL12": _alarm_sedation,
    "AL13": _alarm_sedation,
}
