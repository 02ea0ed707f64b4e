"""The gates and alarms of a session as findings. Pure: a state and a time in, findings out. Missing is never met."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ketachart.knowledge.findings import (
    Finding,
    OverrideGiven,
    Seen,
    SeenValue,
    Source,
    Verdict,
    finding_from,
    override_holds,
)
from ketachart.treatment.due import MEASURE_LABELS, open_gaps
from ketachart.treatment.kinds import (
    DischargeAssessed,
    EscortCharted,
    EscortMet,
    FastingCharted,
    Gate,
    GateOverridden,
    PlanEnded,
    PlannedDose,
    RescreenCharted,
    TimeOutCompleted,
)
from ketachart.treatment.protocol import RuleGate, SessionProtocol, SessionRule, session_protocol
from ketachart.treatment.state import Reading, SessionState

AGREES_WITHIN = 0.01
"""Volume times concentration may miss the dose by a rounded hundredth, never by a tenfold slip."""


def start_findings(state: SessionState, at: datetime, protocol: SessionProtocol | None = None) -> tuple[Finding, ...]:
    """Everything that must hold before the first dose."""
    return _gate_findings("start", _START_TESTS, state, at, protocol)


def discharge_findings(
    state: SessionState, at: datetime, protocol: SessionProtocol | None = None
) -> tuple[Finding, ...]:
    """Everything that must hold before the patient leaves."""
    return _gate_findings("discharge", _DISCHARGE_TESTS, state, at, protocol)


def gate_findings(state: SessionState, gate: Gate, at: datetime) -> tuple[Finding, ...]:
    return start_findings(state, at) if gate == "start" else discharge_findings(state, at)


def alarms(state: SessionState, at: datetime, protocol: SessionProtocol | None = None) -> tuple[Finding, ...]:
    """What the latest readings say that somebody must look at now. Empty is not "all well": see what is due."""
    if state.opened is None or state.phase_at(at) not in {"preparing", "ready", "dosing", "paused", "recovery"}:
        return ()
    findings = _gate_findings("alarm", _ALARM_TESTS, state, at, protocol)
    return tuple(finding for finding in findings if finding.verdict == "not met")


@dataclass(frozen=True)
class GivenAt:
    """An override and when it was given: it covers what could be seen then, and no later reading."""

    override: OverrideGiven
    at: datetime


def overrides_given(state: SessionState, gate: Gate, at: datetime) -> tuple[GivenAt, ...]:
    found = []
    for entry in state.overrides:
        content = entry.content
        assert isinstance(content, GateOverridden)
        if content.gate != gate or entry.effective_at > at:
            continue
        for aside in content.verdicts:
            given = OverrideGiven(
                rule_id=aside.rule_id,
                rule_version=aside.rule_version,
                verdict=aside.verdict,
                reason=content.reason,
                by_name=entry.author_name or "",
                by_role=content.by_role or "",
                by_id=entry.author or "",
                second_id=content.second_signer_id,
                second_name=content.second_signer_name,
            )
            found.append(GivenAt(given, entry.effective_at))
    return tuple(found)


def override_that_holds(finding: Finding, given: Iterable[GivenAt]) -> OverrideGiven | None:
    """The override of this very finding, if nothing that it rests on was measured or answered since."""
    newest = max((seen.at for seen in finding.seen if seen.at is not None), default=None)
    return next(
        (
            one.override
            for one in given
            if override_holds(finding, one.override) and (newest is None or newest <= one.at)
        ),
        None,
    )


def what_holds_the_gate(state: SessionState, gate: Gate, at: datetime) -> tuple[Finding, ...]:
    """The findings in the way: blocking, not met, and not set aside."""
    given = overrides_given(state, gate, at)
    return tuple(
        finding
        for finding in gate_findings(state, gate, at)
        if finding.blocks and finding.verdict != "met" and override_that_holds(finding, given) is None
    )


def gate_is_open(state: SessionState, gate: Gate, at: datetime) -> bool:
    """Nothing in the way, and something was judged at all."""
    judged = any(finding.blocks for finding in gate_findings(state, gate, at))
    return judged and not what_holds_the_gate(state, gate, at)


Test = Callable[[SessionState, datetime, SessionRule, SessionProtocol], Finding]


def _gate_findings(
    gate: RuleGate,
    tests: dict[str, Test],
    state: SessionState,
    at: datetime,
    protocol: SessionProtocol | None,
) -> tuple[Finding, ...]:
    protocol = protocol or session_protocol()
    molecule = state.opened.plan.molecule if state.opened else None
    rules = protocol.gate(gate, molecule=molecule, on=at.date())
    return tuple(tests[rule.id](state, at, rule, protocol) for rule in rules)


# -- start ------------------------------------------------------------------------------------------------------------


def _consent(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    consent = state.consent_at(at)
    plan = state.opened.plan if state.opened else None
    if consent is None or plan is None:
        return _missing(rule, "consent")
    seen = (
        _seen("consent text", consent.version, consent.signed_at),
        _seen("valid until", f"{consent.valid_until:%Y-%m-%d}" if consent.valid_until else "no end stated"),
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
        return _not_met(rule, seen, f"The consent is for another {', '.join(differs)}.")
    if consent.signed_at is not None and consent.signed_at > at:
        return _not_met(rule, seen, "The consent was signed later than this.")
    if consent.valid_until is not None and consent.valid_until <= at:
        return _not_met(rule, seen, "The consent has expired.")
    return _missing(rule, *unknown, seen=seen) if unknown else _met(rule, seen)


def _plan_in_force(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    opened = state.opened
    if opened is None or not opened.plan_id:
        return _missing(rule, "plan")
    seen = (_seen("dose", f"{opened.plan.dose_mg:g} mg {opened.plan.product}, {opened.plan.route}"),)
    ended = state.last(PlanEnded, at)
    if ended is not None:
        assert isinstance(ended.content, PlanEnded)
        why = f"This plan no longer stands: {ended.content.reason}. End this session and open one from the new plan."
        return _not_met(rule, (*seen, _seen("plan ended", "yes", ended.effective_at)), why)
    until = opened.plan.in_force_until
    if until is not None and until <= at:
        return _not_met(rule, seen, f"The plan ended on {until:%Y-%m-%d}.")
    return _met(rule, seen)


def _weight(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    opened = state.opened
    patient = opened.patient if opened else None
    if opened is None or patient is None or patient.weight_kg is None:
        return _missing(rule, "weight")
    seen = (_seen("weight (kg)", patient.weight_kg, patient.weight_measured_at),)
    if patient.weight_measured_at is None:
        return _missing(rule, "day of the weighing", seen=seen)
    days = opened.policy.weight_valid_days
    if days is not None and at - patient.weight_measured_at > timedelta(days=days):
        return _not_met(rule, seen, f"Older than the {days:g} days this clinic has set.")
    return _met(rule, seen)


def _dose_agrees(state: SessionState, _: datetime, rule: SessionRule, __: SessionProtocol) -> Finding:
    opened = state.opened
    if opened is None:
        return _missing(rule, "plan")
    plan, weight_kg = opened.plan, opened.patient.weight_kg
    needed: dict[str, float | None] = {"weight": weight_kg, "ceiling (mg/kg)": plan.ceiling_mg_per_kg}
    if _by_pump(plan):
        needed |= {
            "concentration (mg/mL)": plan.concentration_mg_per_ml,
            "volume (mL)": plan.volume_ml,
            "rate (mL/h)": plan.rate_ml_per_h,
            "rate (mg/h)": plan.rate_mg_per_h,
        }
    seen = (*tuple(_seen(name, value) for name, value in needed.items()), _seen("dose (mg)", plan.dose_mg))
    problem = plan_disagreement(plan, weight_kg)
    if problem is not None:
        return _not_met(rule, seen, problem)
    unknown = tuple(name for name, value in needed.items() if value is None)
    return _missing(rule, *unknown, seen=seen) if unknown else _met(rule, seen)


def plan_disagreement(plan: PlannedDose, weight_kg: float | None) -> str | None:
    """In words, what does not fit in a plan's own numbers; None when nothing that is there contradicts."""
    volume, concentration = plan.volume_ml, plan.concentration_mg_per_ml
    if volume is not None and concentration is not None and not _agree(volume * concentration, plan.dose_mg):
        return f"{volume:g} mL x {concentration:g} mg/mL = {volume * concentration:g} mg, but {plan.dose_mg:g} mg is ordered."
    ml_per_h, mg_per_h = plan.rate_ml_per_h, plan.rate_mg_per_h
    if ml_per_h and mg_per_h and concentration and not _agree(ml_per_h * concentration, mg_per_h):
        return f"{ml_per_h:g} mL/h x {concentration:g} mg/mL = {ml_per_h * concentration:g} mg/h, but the plan says {mg_per_h:g}."
    if weight_kg and plan.ceiling_mg_per_kg and plan.dose_mg / weight_kg > plan.ceiling_mg_per_kg * (1 + 1e-9):
        return (
            f"{plan.dose_mg:g} mg for {weight_kg:g} kg is {plan.dose_mg / weight_kg:.3g} mg/kg, "
            f"above the ceiling of {plan.ceiling_mg_per_kg:g} mg/kg."
        )
    return None


def _fasting(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    entry = state.last(FastingCharted, at)
    if entry is None:
        return _missing(rule, "last solid food", "last clear fluids")
    content = entry.content
    assert isinstance(content, FastingCharted)
    seen = _fasting_seen(content, at, entry.effective_at)
    if content.not_known_reason:
        return _not_met(rule, seen, f"The times are not known: {content.not_known_reason}.")
    unknown = tuple(
        name
        for name, value in (
            ("last solid food", content.last_solids_at),
            ("last clear fluids", content.last_clear_fluids_at),
        )
        if value is None
    )
    return _missing(rule, *unknown, seen=seen) if unknown else _met(rule, seen)


def _fasting_long_enough(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    policy = state.opened.policy if state.opened else None
    hours = (policy.fasting_solids_hours, policy.fasting_clear_fluids_hours) if policy else (None, None)
    entry = state.last(FastingCharted, at)
    content = entry.content if entry else None
    assert content is None or isinstance(content, FastingCharted)
    if hours == (None, None):
        return _information(
            rule,
            "missing",
            "This clinic has set no fasting hours; the clinician judges the times.",
            _fasting_seen(content, at, entry.effective_at) if content and entry else (),
        )
    if content is None or entry is None:
        return _missing(rule, "fasting times")
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
            return _not_met(rule, seen, f"{passed:.1f} h since {name}; this clinic asks for {needed:g} h.")
    return _missing(rule, *unknown, seen=seen) if unknown else _met(rule, seen)


def _fasting_seen(content: FastingCharted, at: datetime, charted_at: datetime) -> tuple[Seen, ...]:
    def hours(since: datetime | None) -> float | None:
        return None if since is None else round((at - since).total_seconds() / 3600, 1)

    return (
        _seen("hours since solid food", hours(content.last_solids_at), charted_at),
        _seen("hours since clear fluids", hours(content.last_clear_fluids_at), charted_at),
    )


def _escort_arranged(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    entry = state.last(EscortCharted, at)
    if entry is None:
        return _missing(rule, "escort")
    content = entry.content
    assert isinstance(content, EscortCharted)
    seen = (
        _seen("escort", content.name, entry.effective_at),
        _seen("confirmed", content.confirmed, entry.effective_at),
    )
    if content.confirmed is False:
        return _not_met(rule, seen, "No escort is confirmed.")
    unknown = [name for name, value in (("name", content.name), ("confirmed", content.confirmed)) if value is None]
    return _missing(rule, *unknown, seen=seen) if unknown else _met(rule, seen)


def _measured(*measures: str) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        readings = {measure: _before_dose(state, measure, at) for measure in measures}
        seen = tuple(_seen_reading(measure, reading) for measure, reading in readings.items())
        unknown = tuple(MEASURE_LABELS[measure] for measure, reading in readings.items() if reading is None)
        return _missing(rule, *unknown, seen=seen) if unknown else _met(rule, seen)

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
    seen = (_seen_reading("systolic_mmhg", systolic), _seen_reading("diastolic_mmhg", diastolic))
    if systolic is None or diastolic is None:
        return _missing(rule, "blood pressure", seen=seen)
    if too_high(systolic.value, diastolic.value):
        return _not_met(rule, seen, f"{systolic.value:g}/{diastolic.value:g} mmHg.")
    return _met(rule, seen)


def _before_in_range(measure: str) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        reading = _before_dose(state, measure, at)
        seen = (_seen_reading(measure, reading),)
        if reading is None:
            return _missing(rule, MEASURE_LABELS[measure], seen=seen)
        lowest = rule.limits.get("minimum", rule.limits.get(measure))
        highest = rule.limits.get("maximum")
        low = lowest is not None and reading.value < lowest
        high = highest is not None and reading.value > highest
        return _not_met(rule, seen) if low or high else _met(rule, seen)

    return test


def _rescreened(state: SessionState, at: datetime, rule: SessionRule, protocol: SessionProtocol) -> Finding:
    sex = state.opened.patient.sex if state.opened else None
    asked = [question for question in protocol.arrival if sex not in question.not_asked_when_sex_is]
    answers = state.answers(RescreenCharted, at)
    seen = tuple(
        _seen(question.question, answers[question.id].value, answers[question.id].at)
        for question in asked
        if question.id in answers
    )
    worrying = [
        question.question
        for question in asked
        if question.id in answers and answers[question.id].value is not (question.reassuring == "yes")
    ]
    if worrying:
        return _not_met(rule, seen, "To be looked at: " + " ".join(worrying))
    unanswered = tuple(question.question for question in asked if question.id not in answers)
    return _missing(rule, *unanswered, seen=seen) if unanswered else _met(rule, seen)


def _time_out(state: SessionState, at: datetime, rule: SessionRule, protocol: SessionProtocol) -> Finding:
    entry = state.last(TimeOutCompleted, at)
    if entry is None:
        return _missing(rule, "time-out")
    content = entry.content
    assert isinstance(content, TimeOutCompleted)
    confirmed = {item.id: item.confirmed for item in content.items}
    seen = tuple(_seen(item.text, confirmed.get(item.id), entry.effective_at) for item in protocol.time_out)
    refused = [item.text for item in protocol.time_out if confirmed.get(item.id) is False]
    if refused:
        return _not_met(rule, seen, "Not confirmed: " + "; ".join(refused) + ".")
    unknown = tuple(item.text for item in protocol.time_out if confirmed.get(item.id) is None)
    people = {name.strip().casefold() for name in content.participants if name.strip()}
    if len(people) < 2:
        unknown = (*unknown, "second person")
    return _missing(rule, *unknown, seen=seen) if unknown else _met(rule, seen)


# -- discharge --------------------------------------------------------------------------------------------------------


def _dosing_ended_at(state: SessionState) -> datetime | None:
    """The moment from which recovery counts."""
    if state.dose.first_dose_at is None or state.pump_status() in {"running", "paused"}:
        return None
    return state.dose.infusion_stopped_at or state.phase_started_at("recovery")


def _dosing_ended(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    if state.dose.first_dose_at is None:
        return _missing(rule, "dose")
    ended_at = _dosing_ended_at(state)
    seen = (_seen("pump", state.pump_status(at)), _seen("dosing ended", "yes" if ended_at else "no", ended_at))
    return _met(rule, seen) if ended_at is not None and ended_at <= at else _not_met(rule, seen)


def _minimum_stay(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    ended_at = _dosing_ended_at(state)
    if ended_at is None or state.opened is None:
        return _missing(rule, "end of dosing")
    has_escort = _has_escort(state, at)
    needed = state.opened.policy.minimum_stay_minutes
    if needed is None:
        needed = rule.limits["with_escort_minutes" if has_escort else "without_escort_minutes"]
    return _stayed(rule, at, ended_at, needed, "dosing ended")


def _two_hours(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    first = state.dose.first_dose_at
    if first is None:
        return _missing(rule, "first dose")
    return _stayed(rule, at, first, rule.limits["minutes"], "first dose")


def _stayed(rule: SessionRule, at: datetime, since: datetime, needed: float, what: str) -> Finding:
    minutes = (at - since).total_seconds() / 60
    seen = (_seen(f"minutes since {what}", int(minutes), since), _seen("minutes needed", needed))
    if minutes < needed:
        return _not_met(rule, seen, f"{int(minutes)} of {needed:g} min.")
    return _met(rule, seen)


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
        seen = (_seen_reading(measure, reading),)
        if reading is None:
            return _missing(rule, f"fresh {MEASURE_LABELS[measure]} in recovery", seen=seen)
        return _met(rule, seen) if resolved(reading.value, rule.limits["value"]) else _not_met(rule, seen)

    return test


def _breathing(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    rate = _in_recovery(state, "respiratory_rate_per_min", at, rule)
    spo2 = _in_recovery(state, "spo2_percent", at, rule)
    oxygen = _in_recovery(state, "oxygen_l_per_min", at, rule)
    seen = (_seen_reading("respiratory_rate_per_min", rate), _seen_reading("spo2_percent", spo2))
    if oxygen is not None and oxygen.value > 0:
        return _not_met(rule, (*seen, _seen_reading("oxygen_l_per_min", oxygen)), "On oxygen.")
    low, high = rule.limits["minimum"], rule.limits["maximum"]
    if rate is not None and not low <= rate.value <= high:
        return _not_met(rule, seen)
    if spo2 is not None and spo2.value < rule.limits["spo2_percent"]:
        return _not_met(rule, seen)
    unknown = [name for name, reading in (("breathing rate", rate), ("SpO₂", spo2)) if reading is None]
    return (
        _missing(rule, *(f"fresh {name} in recovery" for name in unknown), seen=seen) if unknown else _met(rule, seen)
    )


def _pressure_back(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    seen: list[Seen] = []
    unknown: list[str] = []
    away: list[str] = []
    for measure in ("systolic_mmhg", "diastolic_mmhg"):
        before, now = state.baseline(measure), _in_recovery(state, measure, at, rule)
        if state.dose.first_dose_at is None:
            before = None
        seen += [_seen_reading(measure, before, "before the dose"), _seen_reading(measure, now, "now")]
        if before is None or now is None:
            unknown.append(f"{MEASURE_LABELS[measure]} {'before the dose' if before is None else 'in recovery'}")
        elif abs(now.value - before.value) > before.value * rule.limits["percent"] / 100:
            away.append(f"{MEASURE_LABELS[measure]} {now.value:g}, before the dose {before.value:g}")
    if away:
        return _not_met(rule, tuple(seen), "; ".join(away) + ".")
    return _missing(rule, *unknown, seen=tuple(seen)) if unknown else _met(rule, tuple(seen))


def _assessed(question: str, label: str) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        answer = state.answers(DischargeAssessed, at).get(question)
        ended_at = _dosing_ended_at(state)
        if answer is None or ended_at is None or answer.at < ended_at:
            return _missing(rule, label)
        seen = (_seen(label, answer.value, answer.at),)
        return _met(rule, seen) if answer.value is True else _not_met(rule, seen)

    return test


def _escort_here(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    entry = state.last(EscortMet, at)
    if entry is None:
        return _missing(rule, "escort met")
    content = entry.content
    assert isinstance(content, EscortMet)
    seen = (
        _seen("escort", content.name, entry.effective_at),
        _seen("identified", content.identified, entry.effective_at),
    )
    if content.identified is False:
        return _not_met(rule, seen, "The escort was not identified.")
    unknown = [name for name, value in (("name", content.name), ("identified", content.identified)) if value is None]
    return _missing(rule, *unknown, seen=seen) if unknown else _met(rule, seen)


def _no_gaps(state: SessionState, at: datetime, rule: SessionRule, protocol: SessionProtocol) -> Finding:
    if state.opened is None or not state.opened.monitoring:
        return _missing(rule, "monitoring schedule")
    left = open_gaps(state, at, protocol)
    seen = tuple(_seen(f"{gap.label} due", None, gap.due_at) for gap in left)
    return _not_met(rule, seen, f"{len(left)} without a cause.") if left else _met(rule, seen)


def _no_conflicts(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    if state.dose.first_dose_at is None:
        return _missing(rule, "dose")
    left = [conflict for conflict in state.conflicts if conflict.at <= at]
    seen = tuple(_seen("statement", conflict.meaning, conflict.at) for conflict in left)
    return _not_met(rule, seen) if left else _met(rule, seen)


# -- alarms -----------------------------------------------------------------------------------------------------------


def _alarm_pressure(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    systolic, diastolic = state.latest("systolic_mmhg", at), state.latest("diastolic_mmhg", at)
    seen = (_seen_reading("systolic_mmhg", systolic), _seen_reading("diastolic_mmhg", diastolic))
    if systolic is None or diastolic is None:
        return _missing(rule, "blood pressure", seen=seen)
    high = systolic.value >= rule.limits["systolic_mmhg"] or diastolic.value >= rule.limits["diastolic_mmhg"]
    return _not_met(rule, seen) if high else _met(rule, seen)


def _alarm_spo2(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    readings = [reading for reading in state.readings.get("spo2_percent", ()) if reading.at <= at][-2:]
    seen = tuple(_seen_reading("spo2_percent", reading) for reading in readings)
    if not readings:
        return _missing(rule, "SpO₂")
    low = len(readings) == 2 and all(reading.value < rule.limits["spo2_percent"] for reading in readings)
    return _not_met(rule, seen) if low else _met(rule, seen)


def _alarm_range(measure: str) -> Test:
    def test(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
        reading = state.latest(measure, at)
        seen = (_seen_reading(measure, reading),)
        if reading is None:
            return _missing(rule, MEASURE_LABELS[measure])
        inside = rule.limits["minimum"] <= reading.value <= rule.limits["maximum"]
        return _met(rule, seen) if inside else _not_met(rule, seen)

    return test


def _alarm_sedation(state: SessionState, at: datetime, rule: SessionRule, _: SessionProtocol) -> Finding:
    reading = state.latest("sedation", at)
    seen = (_seen_reading("sedation", reading),)
    if reading is None:
        return _missing(rule, MEASURE_LABELS["sedation"])
    return _not_met(rule, seen) if reading.value <= rule.limits["value"] else _met(rule, seen)


_START_TESTS: dict[str, Test] = {
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

_DISCHARGE_TESTS: dict[str, Test] = {
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
}

_ALARM_TESTS: dict[str, Test] = {
    "AL04": _alarm_pressure,
    "AL08": _alarm_spo2,
    "AL10": _alarm_range("respiratory_rate_per_min"),
    "AL11": _alarm_range("heart_rate_per_min"),
    "AL12": _alarm_sedation,
    "AL13": _alarm_sedation,
}


def _by_pump(plan: PlannedDose) -> bool:
    return plan.infusion_minutes is not None or plan.rate_ml_per_h is not None


def _agree(one: float, other: float) -> bool:
    return abs(one - other) <= AGREES_WITHIN * max(abs(one), abs(other))


def _seen(what: str, value: SeenValue, at: datetime | None = None) -> Seen:
    return Seen(what=what, value=_short(value), at=at)


def _short(value: SeenValue) -> SeenValue:
    """Four figures are enough to be read; the events keep every digit."""
    if not isinstance(value, float):
        return value
    rounded = float(f"{value:.4g}")
    return int(rounded) if rounded.is_integer() else rounded


def _seen_reading(measure: str, reading: Reading | None, when: str = "") -> Seen:
    label = f"{MEASURE_LABELS[measure]} {when}".strip()
    return _seen(label, reading.value if reading else None, reading.at if reading else None)


def _met(rule: SessionRule, seen: tuple[Seen, ...]) -> Finding:
    return finding_from(rule, "met", seen=seen)


def _not_met(rule: SessionRule, seen: tuple[Seen, ...], meaning: str | None = None) -> Finding:
    return finding_from(rule, "not met", seen=seen, meaning=meaning)


def _missing(rule: SessionRule, *what: str, seen: tuple[Seen, ...] = ()) -> Finding:
    meaning = f"Not charted: {', '.join(what)}." if len(what) <= 3 else f"{len(what)} are open."
    return finding_from(rule, "missing", seen=seen, missing=what, meaning=meaning)


def _information(rule: SessionRule, verdict: Verdict, meaning: str, seen: tuple[Seen, ...]) -> Finding:
    """Shown, and never in the way: nothing was set that it could be measured against."""
    source: Source = rule.source
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        verdict=verdict,
        meaning=meaning,
        action=rule.action,
        source=source,
        seen=seen,
        title=rule.title,
        rule_class="information",
        blocks=False,
    )
