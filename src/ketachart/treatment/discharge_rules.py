"""What must hold before the patient leaves, one function a rule. Missing is never met."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ketachart.knowledge.findings import Finding, Seen
from ketachart.treatment.alarm_log import alarm_log
from ketachart.treatment.due import MEASURE_LABELS, open_gaps
from ketachart.treatment.finding_shapes import Test, met, missing, not_met, seen_of, seen_reading
from ketachart.treatment.kinds import (
    DischargeAssessed,
    EscortCharted,
    EscortMet,
)
from ketachart.treatment.protocol import SessionProtocol, SessionRule
from ketachart.treatment.readings import Reading
from ketachart.treatment.single_dose import by_vein
from ketachart.treatment.state import SessionState


def _dosing_ended_at(state: SessionState) -> datetime | None:
    """The moment from which recovery counts."""
    if state.dose.first_dose_at is None or state.pump_status() in {"running", "paused"}:
        return None
    return state.dose.infusion_stopped_at or state.phase_started_at("recovery")


def _dosing_ended(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    if state.dose.first_dose_at is None:
        return missing(rule, "dose")
    ended_at = _dosing_ended_at(state)
    pump = (seen_of("pump", state.pump_status(at)),) if state.dose.steps else ()
    seen = (*pump, seen_of("dosing ended", "yes" if ended_at else "no", ended_at))
    return met(rule, seen) if ended_at is not None and ended_at <= at else not_met(rule, seen)


def _minimum_stay(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    """Counted from the end of the infusion, or from the last dose given at once."""
    ended_at, opened = _dosing_ended_at(state), state.opened
    if ended_at is None or opened is None:
        return missing(rule, "end of dosing")
    needed = opened.policy.minimum_stay_minutes
    if needed is None and not by_vein(opened.plan.route):
        return missing(rule, f"a minimum stay set by this clinic for this route ({opened.plan.route})")
    if needed is None:
        needed = rule.limits["with_escort_minutes" if _has_escort(state, at) else "without_escort_minutes"]
    if not state.dose.steps and state.dose.last_dose_at is not None:
        return _stayed(rule, at, state.dose.last_dose_at, needed, "the last dose")
    return _stayed(rule, at, ended_at, needed, "dosing ended")


def _two_hours(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    first = state.dose.first_dose_at
    if first is None:
        return missing(rule, "first dose")
    return _stayed(rule, at, first, rule.limits["minutes"], "first dose")


def _stayed(rule: SessionRule, at: datetime, since: datetime, needed: float, what: str) -> Finding:
    minutes = (at - since).total_seconds() / 60
    seen = (seen_of(f"minutes since {what}", int(minutes), since), seen_of("minutes needed", needed))
    if minutes < needed:
        return not_met(rule, seen, f"{int(minutes)} of {needed:g} min.")
    return met(rule, seen)


def _has_escort(state: SessionState, at: datetime) -> bool:
    met, arranged = state.last(EscortMet, at), state.last(EscortCharted, at)
    if met is not None and isinstance(met.content, EscortMet) and met.content.identified is not None:
        return met.content.identified
    return (
        arranged is not None
        and isinstance(arranged.content, EscortCharted)
        and arranged.content.confirmed is True
        and bool(arranged.content.name)
    )


def _in_recovery(state: SessionState, measure: str, at: datetime, rule: SessionRule) -> Reading | None:
    """A reading that may stand for now: taken after dosing ended, and fresh."""
    ended_at = _dosing_ended_at(state)
    if ended_at is None:
        return None
    oldest = max(ended_at, at - timedelta(minutes=rule.limits["max_age_minutes"]))
    return state.latest(measure, at=at, since=oldest)


def _score_resolved(measure: str, resolved: Callable[[float, float], bool]) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        reading = _in_recovery(state, measure, at, rule)
        seen = (seen_reading(measure, reading),)
        if reading is None:
            return missing(rule, f"fresh {MEASURE_LABELS[measure]} in recovery", seen=seen)
        return met(rule, seen) if resolved(reading.value, rule.limits["value"]) else not_met(rule, seen)

    return test


def _breathing(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    rate = _in_recovery(state, "respiratory_rate_per_min", at, rule)
    spo2 = _in_recovery(state, "spo2_percent", at, rule)
    oxygen = _in_recovery(state, "oxygen_l_per_min", at, rule)
    seen = (seen_reading("respiratory_rate_per_min", rate), seen_reading("spo2_percent", spo2))
    if oxygen is not None and oxygen.value > 0:
        return not_met(rule, (*seen, seen_reading("oxygen_l_per_min", oxygen)), "On oxygen.")
    low, high = rule.limits["minimum"], rule.limits["maximum"]
    if rate is not None and not low <= rate.value <= high:
        return not_met(rule, seen)
    if spo2 is not None and spo2.value < rule.limits["spo2_percent"]:
        return not_met(rule, seen)
    unknown = [name for name, reading in (("breathing rate", rate), ("SpO₂", spo2)) if reading is None]
    return missing(rule, *(f"fresh {name} in recovery" for name in unknown), seen=seen) if unknown else met(rule, seen)


def _pressure_back(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    seen: list[Seen] = []
    unknown: list[str] = []
    away: list[str] = []
    for measure in ("systolic_mmhg", "diastolic_mmhg"):
        before, now = state.baseline(measure), _in_recovery(state, measure, at, rule)
        if state.dose.first_dose_at is None:
            before = None
        seen += [seen_reading(measure, before, "before the dose"), seen_reading(measure, now, "now")]
        if before is None or now is None:
            unknown.append(f"{MEASURE_LABELS[measure]} {'before the dose' if before is None else 'in recovery'}")
        elif abs(now.value - before.value) > before.value * rule.limits["percent"] / 100:
            away.append(f"{MEASURE_LABELS[measure]} {now.value:g}, before the dose {before.value:g}")
    if away:
        return not_met(rule, tuple(seen), "; ".join(away) + ".")
    return missing(rule, *unknown, seen=tuple(seen)) if unknown else met(rule, tuple(seen))


def _assessed(question: str, label: str) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        answer = state.answers(DischargeAssessed, at).get(question)
        ended_at = _dosing_ended_at(state)
        if answer is None or ended_at is None or answer.at < ended_at:
            return missing(rule, label)
        seen = (seen_of(label, answer.value, answer.at),)
        return met(rule, seen) if answer.value is True else not_met(rule, seen)

    return test


def _escort_here(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    entry = state.last(EscortMet, at)
    if entry is None:
        return missing(rule, "escort met")
    content = entry.content
    assert isinstance(content, EscortMet)
    seen = (
        seen_of("escort", content.name, entry.effective_at),
        seen_of("identified", content.identified, entry.effective_at),
    )
    if content.identified is False:
        return not_met(rule, seen, "The escort was not identified.")
    unknown = [name for name, value in (("name", content.name), ("identified", content.identified)) if value is None]
    return missing(rule, *unknown, seen=seen) if unknown else met(rule, seen)


def _no_gaps(state: SessionState, at: datetime, rule: SessionRule, protocol: SessionProtocol) -> Finding:
    if state.opened is None or not state.opened.monitoring:
        return missing(rule, "monitoring schedule")
    left = open_gaps(state, at, protocol)
    seen = tuple(seen_of(f"{gap.label} due", None, gap.due_at) for gap in left)
    return not_met(rule, seen, f"{len(left)} without a cause.") if left else met(rule, seen)


def _no_conflicts(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    if state.dose.first_dose_at is None:
        return missing(rule, "dose")
    left = [conflict for conflict in state.conflicts if conflict.at <= at]
    seen = tuple(seen_of("statement", conflict.meaning, conflict.at) for conflict in left)
    return not_met(rule, seen) if left else met(rule, seen)


def _alarms_answered(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    if state.opened is None:
        return missing(rule, "session")
    left = [
        record
        for record in alarm_log(state).values()
        if record.raised_at <= at
        and (record.ended_at is None or record.ended_at > at)
        and (record.acknowledged_at is None or record.acknowledged_at > at)
    ]
    seen = tuple(seen_of(record.raised.title, "no answer", record.raised_at) for record in left)
    return not_met(rule, seen) if left else met(rule, seen)


def _within_order(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    if state.dose.first_dose_at is None:
        return missing(rule, "dose")
    beyond = [bolus for bolus in state.dose.boluses if bolus.beyond_order_reason is not None and bolus.at <= at]
    if not beyond:
        return met(rule, (seen_of("mg in all", state.dose.delivered_mg(at)),))
    seen = tuple(seen_of(f"{bolus.dose_mg:g} mg, because", bolus.beyond_order_reason, bolus.at) for bolus in beyond)
    return not_met(rule, seen, f"{len(beyond)} beyond the order.")


def _pressure_at_forty(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    first = state.dose.first_dose_at
    if first is None:
        return missing(rule, "first device")
    due_at = first + timedelta(minutes=rule.limits["minutes"])
    near = timedelta(minutes=rule.limits["within_minutes"])
    for systolic in state.readings.get("systolic_mmhg", ()):
        if abs(systolic.at - due_at) <= near and systolic.at <= at:
            return met(rule, (seen_reading("systolic_mmhg", systolic),))
    if at < due_at:
        return not_met(rule, (), "It is not due yet.")
    return missing(rule, "blood pressure about 40 min after the first device")


def _devices_told(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    devices = [bolus for bolus in state.dose.boluses if bolus.at <= at]
    if not devices:
        return missing(rule, "device")
    unknown: list[str] = []
    wrong: list[str] = []
    seen: list[Seen] = []
    for place, bolus in enumerate(devices, start=1):
        name = f"device {bolus.device or place}"
        seen.append(seen_of(f"{name}, lot", bolus.lot, bolus.at))
        for what, value in (("used by the patient", bolus.self_administered), ("watched", bolus.observed)):
            seen.append(seen_of(f"{name}, {what}", value, bolus.at))
            if value is None:
                unknown.append(f"{name}, {what}")
            elif value is False:
                wrong.append(f"{name}: not {what}")
        if bolus.lot is None:
            unknown.append(f"{name}, lot")
    if wrong:
        return not_met(rule, tuple(seen), "; ".join(wrong) + ".")
    return missing(rule, *unknown, seen=tuple(seen)) if unknown else met(rule, tuple(seen))


def _mouth_empty(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    if not state.dose.boluses:
        return missing(rule, "dose")
    held = [bolus for bolus in state.dose.boluses if bolus.held_until is None or bolus.held_until > at]
    if held:
        return missing(rule, "end of the hold", seen=tuple(seen_of("in the mouth", None, one.at) for one in held))
    return met(rule, tuple(seen_of(f"{one.dose_mg:g} mg", one.then, one.held_until) for one in state.dose.boluses))


DISCHARGE_TESTS: dict[str, Test] = {
    "DI01": _dosing_ended,
    "DI02": _minimum_stay,
    "DI03": _two_hours,
    "DI04": _score_resolved("sedation", lambda value, limit: value >= limit),
    "DI05": _score_resolved("dissociation", lambda value, limit: value <= limit),
    "DI06": _breathing,
    "DI07": _pressure_back,
    "DI08": _assessed("oriented", "orientation"),
    "DI09": _assessed("ambulation_at_baseline", "gait"),
    "DI10": _assessed("nausea_controlled", "nausea"),
    "DI11": _assessed("risk_screen_not_worse", "risk screen"),
    "DI12": _assessed("instructions_given", "instructions"),
    "DI13": _escort_here,
    "DI14": _no_gaps,
    "DI15": _no_conflicts,
    "DI16": _within_order,
    "DI17": _pressure_at_forty,
    "DI18": _devices_told,
    "DI19": _mouth_empty,
    "DI30": _alarms_answered,
}
