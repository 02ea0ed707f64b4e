"""What must hold before the first dose, one function a rule. Missing is never met."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ketachart.knowledge.findings import Finding, Seen
from ketachart.knowledge.loader import TimeOutItem
from ketachart.treatment.due import MEASURE_LABELS
from ketachart.treatment.finding_shapes import Test, information, met, missing, not_met, seen_of, seen_reading
from ketachart.treatment.kinds import (
    EscortCharted,
    FastingCharted,
    PlanEnded,
    RescreenCharted,
    TimeOutCompleted,
)
from ketachart.treatment.plan_arithmetic import by_pump, plan_disagreement
from ketachart.treatment.protocol import SessionProtocol, SessionRule
from ketachart.treatment.readings import Reading
from ketachart.treatment.single_dose import by_vein
from ketachart.treatment.state import SessionState


def _consent(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    consent = state.consent_at(at)
    plan = state.opened.plan if state.opened else None
    if consent is None or plan is None:
        return missing(rule, "consent")
    seen = (
        seen_of("consent text", consent.version, consent.signed_at),
        seen_of("valid until", f"{consent.valid_until:%Y-%m-%d}" if consent.valid_until else "no end stated"),
    )
    bound = {
        "product": (consent.product, plan.product_id or plan.product),
        "route": (consent.route, plan.route),
        "indication": (consent.indication, plan.indication),
    }
    unknown = tuple(name for name, pair in bound.items() if pair[0] is None or pair[1] is None)
    if consent.signed_at is None:
        unknown = (*unknown, "signed at")
    differs = [name for name, pair in bound.items() if None not in pair and pair[0] != pair[1]]
    if differs:
        return not_met(rule, seen, f"The consent is for another {', '.join(differs)}.")
    if consent.signed_at is not None and consent.signed_at > at:
        return not_met(rule, seen, "The consent was signed later than this.")
    if consent.valid_until is not None and consent.valid_until <= at:
        return not_met(rule, seen, "The consent has expired.")
    return missing(rule, *unknown, seen=seen) if unknown else met(rule, seen)


def _plan_in_force(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    opened = state.opened
    if opened is None or not opened.plan_id:
        return missing(rule, "plan")
    seen = (seen_of("dose", f"{opened.plan.dose_mg:g} mg {opened.plan.product}, {opened.plan.route}"),)
    ended = state.last(PlanEnded, at)
    if ended is not None:
        assert isinstance(ended.content, PlanEnded)
        why = f"This plan no longer stands: {ended.content.reason}. End this session and open one from the new plan."
        return not_met(rule, (*seen, seen_of("plan ended", "yes", ended.effective_at)), why)
    until = opened.plan.in_force_until
    if until is not None and until <= at:
        return not_met(rule, seen, f"The plan ended on {until:%Y-%m-%d}.")
    return met(rule, seen)


def _weight(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    opened = state.opened
    patient = opened.patient if opened else None
    if opened is None or patient is None or patient.weight_kg is None:
        return missing(rule, "weight")
    seen = (seen_of("weight (kg)", patient.weight_kg, patient.weight_measured_at),)
    if patient.weight_measured_at is None:
        return missing(rule, "day of the weighing", seen=seen)
    days = opened.policy.weight_valid_days
    if days is not None and at - patient.weight_measured_at > timedelta(days=days):
        return not_met(rule, seen, f"Older than the {days:g} days this clinic has set.")
    return met(rule, seen)


def _dose_agrees(state: SessionState, _: datetime, rule: SessionRule, __: SessionProtocol) -> Finding:
    opened = state.opened
    if opened is None:
        return missing(rule, "plan")
    plan, weight_kg = opened.plan, opened.patient.weight_kg
    needed: dict[str, float | None] = {}
    if plan.molecule == "esketamine":
        needed |= {"devices": plan.devices, "device (mg)": plan.device_mg}
    elif plan.route in {"IV", "IM", "SC"}:
        needed["weight"] = weight_kg
    if by_vein(plan.route):  # by other routes only where the clinic has set one; the plan was signed twice otherwise
        needed["ceiling (mg/kg)"] = plan.ceiling_mg_per_kg
    if by_pump(plan):
        needed |= {
            "concentration (mg/mL)": plan.concentration_mg_per_ml,
            "volume (mL)": plan.volume_ml,
            "rate (mL/h)": plan.rate_ml_per_h,
            "rate (mg/h)": plan.rate_mg_per_h,
        }
    seen = (*tuple(seen_of(name, value) for name, value in needed.items()), seen_of("dose (mg)", plan.dose_mg))
    problem = plan_disagreement(plan, weight_kg)
    if problem is not None:
        return not_met(rule, seen, problem)
    unknown = tuple(name for name, value in needed.items() if value is None)
    return missing(rule, *unknown, seen=seen) if unknown else met(rule, seen)


def _fasting(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    entry = state.last(FastingCharted, at)
    if entry is None:
        return missing(rule, "last solid food", "last clear fluids")
    content = entry.content
    assert isinstance(content, FastingCharted)
    seen = _fasting_seen(content, at, entry.effective_at)
    if content.not_known_reason:
        return not_met(rule, seen, f"The times are not known: {content.not_known_reason}.")
    unknown = tuple(
        name
        for name, value in (
            ("last solid food", content.last_solids_at),
            ("last clear fluids", content.last_clear_fluids_at),
        )
        if value is None
    )
    return missing(rule, *unknown, seen=seen) if unknown else met(rule, seen)


def _fasting_long_enough(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    policy = state.opened.policy if state.opened else None
    hours = (policy.fasting_solids_hours, policy.fasting_clear_fluids_hours) if policy else (None, None)
    entry = state.last(FastingCharted, at)
    content = entry.content if entry else None
    assert content is None or isinstance(content, FastingCharted)
    if hours == (None, None):
        return information(
            rule,
            "missing",
            "This clinic has set no fasting hours; the clinician judges the times.",
            _fasting_seen(content, at, entry.effective_at) if content and entry else (),
        )
    if content is None or entry is None:
        return missing(rule, "fasting times")
    seen = _fasting_seen(content, at, entry.effective_at)
    unknown = []
    for name, needed, since in (
        ("solid food", hours[0], content.last_solids_at),
        ("clear fluids", hours[1], content.last_clear_fluids_at),
    ):
        if needed is None:
            continue
        if since is None:
            unknown.append(name)
        elif at - since < timedelta(hours=needed):
            passed = (at - since).total_seconds() / 3600
            return not_met(rule, seen, f"{passed:.1f} h since {name}; this clinic asks for {needed:g} h.")
    return missing(rule, *unknown, seen=seen) if unknown else met(rule, seen)


def _fasting_seen(content: FastingCharted, at: datetime, charted_at: datetime) -> tuple[Seen, ...]:
    def hours(since: datetime | None) -> float | None:
        return None if since is None else round((at - since).total_seconds() / 3600, 1)

    return (
        seen_of("hours since solid food", hours(content.last_solids_at), charted_at),
        seen_of("hours since clear fluids", hours(content.last_clear_fluids_at), charted_at),
    )


def _escort_arranged(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    entry = state.last(EscortCharted, at)
    if entry is None:
        return missing(rule, "escort")
    content = entry.content
    assert isinstance(content, EscortCharted)
    seen = (
        seen_of("escort", content.name, entry.effective_at),
        seen_of("confirmed", content.confirmed, entry.effective_at),
    )
    if content.confirmed is False:
        return not_met(rule, seen, "No escort is confirmed.")
    unknown = [name for name, value in (("name", content.name), ("confirmed", content.confirmed)) if value is None]
    return missing(rule, *unknown, seen=seen) if unknown else met(rule, seen)


def _measured(*measures: str) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        readings = {measure: _before_dose(state, measure, at) for measure in measures}
        seen = tuple(seen_reading(measure, reading) for measure, reading in readings.items())
        unknown = tuple(MEASURE_LABELS[measure] for measure, reading in readings.items() if reading is None)
        return missing(rule, *unknown, seen=seen) if unknown else met(rule, seen)

    return test


def _before_dose(state: SessionState, measure: str, at: datetime) -> Reading | None:
    """The latest reading by then, and never one taken after the first dose."""
    first = state.dose.first_dose_at
    return state.latest(measure, at=at if first is None else min(at, first))


def _pressure_hold(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    policy = state.opened.policy if state.opened else None
    systolic_limit = (policy.hold_systolic_mmhg if policy else None) or rule.limits["systolic_mmhg"]
    diastolic_limit = (policy.hold_diastolic_mmhg if policy else None) or rule.limits["diastolic_mmhg"]
    return _pressure(state, at, rule, lambda high, low: high > systolic_limit or low > diastolic_limit)


def _pressure_marked(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    limits = rule.limits
    return _pressure(
        state, at, rule, lambda high, low: high >= limits["systolic_mmhg"] or low >= limits["diastolic_mmhg"]
    )


def _pressure(
    state: SessionState, at: datetime, rule: SessionRule, too_high: Callable[[float, float], bool]
) -> Finding:
    systolic, diastolic = (_before_dose(state, name, at) for name in ("systolic_mmhg", "diastolic_mmhg"))
    seen = (seen_reading("systolic_mmhg", systolic), seen_reading("diastolic_mmhg", diastolic))
    if systolic is None or diastolic is None:
        return missing(rule, "blood pressure", seen=seen)
    if too_high(systolic.value, diastolic.value):
        return not_met(rule, seen, f"{systolic.value:g}/{diastolic.value:g} mmHg.")
    return met(rule, seen)


def _before_in_range(measure: str) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        reading = _before_dose(state, measure, at)
        seen = (seen_reading(measure, reading),)
        if reading is None:
            return missing(rule, MEASURE_LABELS[measure], seen=seen)
        lowest = rule.limits.get("minimum", rule.limits.get(measure))
        highest = rule.limits.get("maximum")
        low = lowest is not None and reading.value < lowest
        high = highest is not None and reading.value > highest
        return not_met(rule, seen) if low or high else met(rule, seen)

    return test


def _rescreened(state: SessionState, at: datetime, rule: SessionRule, protocol: SessionProtocol) -> Finding:
    sex = state.opened.patient.sex if state.opened else None
    asked = [question for question in protocol.arrival if sex not in question.not_asked_when_sex_is]
    answers = state.answers(RescreenCharted, at)
    seen = tuple(
        seen_of(question.question, answers[question.id].value, answers[question.id].at)
        for question in asked
        if question.id in answers
    )
    worrying = [
        question.question
        for question in asked
        if question.id in answers and answers[question.id].value is not (question.reassuring == "yes")
    ]
    if worrying:
        return not_met(rule, seen, "To be looked at: " + " ".join(worrying))
    unanswered = tuple(question.question for question in asked if question.id not in answers)
    return missing(rule, *unanswered, seen=seen) if unanswered else met(rule, seen)


def time_out_items(state: SessionState, protocol: SessionProtocol) -> tuple[TimeOutItem, ...]:
    """What two people confirm before this dose: what its route does not have is not asked."""
    plan = state.opened.plan if state.opened else None
    return protocol.time_out_for(route=plan.route if plan else None, molecule=plan.molecule if plan else None)


def _time_out(state: SessionState, at: datetime, rule: SessionRule, protocol: SessionProtocol) -> Finding:
    entry = state.last(TimeOutCompleted, at)
    if entry is None:
        return missing(rule, "time-out")
    content = entry.content
    assert isinstance(content, TimeOutCompleted)
    confirmed = {item.id: item.confirmed for item in content.items}
    items = time_out_items(state, protocol)
    seen = tuple(seen_of(item.text, confirmed.get(item.id), entry.effective_at) for item in items)
    refused = [item.text for item in items if confirmed.get(item.id) is False]
    if refused:
        return not_met(rule, seen, "Not confirmed: " + "; ".join(refused) + ".")
    unknown = tuple(item.text for item in items if confirmed.get(item.id) is None)
    people = {name.strip().casefold() for name in content.participants if name.strip()}
    if len(people) < 2:
        unknown = (*unknown, "second person")
    return missing(rule, *unknown, seen=seen) if unknown else met(rule, seen)


START_TESTS: dict[str, Test] = {
    "ST01": _consent,
    "ST02": _plan_in_force,
    "ST03": _weight,
    "ST04": _dose_agrees,
    "ST05": _fasting,
    "ST06": _fasting_long_enough,
    "ST07": _escort_arranged,
    "ST08": _measured("systolic_mmhg", "diastolic_mmhg", "heart_rate_per_min", "spo2_percent"),
    "ST09": _measured("respiratory_rate_per_min", "sedation"),
    "ST10": _pressure_hold,
    "ST11": _pressure_marked,
    "ST12": _before_in_range("spo2_percent"),
    "ST13": _before_in_range("heart_rate_per_min"),
    "ST14": _before_in_range("respiratory_rate_per_min"),
    "ST15": _rescreened,
    "ST16": _time_out,
}
