"""After each session: what speaks for continue, up, down, hold, stop or switch. No score; a clinician decides."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, get_args

from ketachart.course.dose_limits import DoseRule
from ketachart.course.interval_rules import IntervalEvidence
from ketachart.course.outcome_rules import ScorePoint, is_remission, is_response
from ketachart.course.session_evidence import SessionEvidence
from ketachart.instruments.model import Instrument
from ketachart.knowledge.findings import Finding, Seen, SeenValue, Verdict, finding_from

Choice = Literal["continue", "up", "down", "hold", "stop", "switch"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
ENDING: frozenset[str] = frozenset({"stop", "switch"})
"""Choices after which the course is over."""


@dataclass(frozen=True, kw_only=True)
class CourseSoFar:
    """Everything known about the course on the day of the decision. None: nobody has said."""

    planned_sessions: int | None = None
    session_days: tuple[date, ...] = ()
    baseline: ScorePoint | None = None
    latest: ScorePoint | None = None
    last_session: SessionEvidence | None = None
    urinary_symptoms: bool | None = None
    suicidal_thoughts: bool | None = None
    check_in_answered: bool | None = None
    product: str | None = None
    dose: Decimal | None = None
    steps: tuple[Decimal, ...] = ()
    interval: IntervalEvidence | None = None


@dataclass(frozen=True, kw_only=True)
class Option:
    choice: Choice
    speaks_for: tuple[Finding, ...] = field(default=())
    speaks_against: tuple[Finding, ...] = field(default=())
    not_known: tuple[Finding, ...] = field(default=())


def find_for_next_session(
    so_far: CourseSoFar, *, rules: tuple[DoseRule, ...], phq9: Instrument, on: date
) -> tuple[Finding, ...]:
    by_id = {rule.id: rule for rule in rules}
    baseline = so_far.baseline.total if so_far.baseline else None
    latest = so_far.latest.total if so_far.latest else None
    scores = (("PHQ-9 at baseline", baseline), ("PHQ-9 now", latest))
    session = so_far.last_session
    findings = [
        fresh_score(by_id["ND01"], so_far.latest, on),
        judged(by_id["ND02"], is_response(phq9, baseline, latest), *scores),
        judged(by_id["ND03"], is_remission(phq9, latest), *scores[1:]),
        judged(by_id["ND04"], not_worse(by_id["ND04"], baseline, latest), *scores),
        peak_pressure(by_id["ND05"], session),
        pressure_rise(by_id["ND06"], session),
        saturation(by_id["ND07"], session),
        severe_symptoms(by_id["ND08"], session),
        judged(by_id["ND09"], negated(so_far.urinary_symptoms), ("urinary symptoms", so_far.urinary_symptoms)),
        judged(by_id["ND10"], negated(so_far.suicidal_thoughts), ("suicidal thoughts", so_far.suicidal_thoughts)),
        judged(by_id["ND11"], so_far.check_in_answered or None, ("check-in answered", so_far.check_in_answered)),
        sessions_left(by_id["ND12"], so_far),
        induction_benefit(by_id["ND13"], so_far, is_response(phq9, baseline, latest)),
        frequency(by_id["ND14"], so_far, on),
        benefit_at_week_four(by_id["ND15"], so_far, is_response(phq9, baseline, latest), on),
        step_left(by_id["ND16"], so_far),
        effect_held(by_id["ND17"], so_far.interval),
        gap(by_id["ND18"], so_far, on),
    ]
    return tuple(
        finding if by_id[finding.rule_id].in_force(on) else finding_from(by_id[finding.rule_id], "missing")
        for finding in findings
        if finding is not None
    )


# What a verdict speaks for and against. "not met" of the requirement on the left.
FOR_WHEN_MET: dict[str, tuple[Choice, ...]] = {"ND02": ("continue",), "ND03": ("continue", "down")}
FOR_WHEN_NOT_MET: dict[str, tuple[Choice, ...]] = {
    "ND02": ("up", "switch"),
    "ND04": ("hold", "stop", "switch"),
    "ND05": ("down", "hold"),
    "ND06": ("down",),
    "ND07": ("down", "hold"),
    "ND08": ("down", "hold", "switch"),
    "ND09": ("hold", "stop"),
    "ND10": ("hold",),
    "ND12": ("stop", "switch"),
    "ND13": ("stop", "switch"),
    "ND14": ("hold",),
    "ND15": ("stop", "switch"),
    "ND18": ("hold",),
}
AGAINST_WHEN_NOT_MET: dict[str, tuple[Choice, ...]] = {
    "ND04": ("continue", "up"),
    "ND05": ("continue", "up"),
    "ND06": ("up",),
    "ND07": ("continue", "up"),
    "ND08": ("continue", "up"),
    "ND09": ("continue", "up", "down"),
    "ND10": ("continue", "up", "down", "stop"),
    "ND12": ("continue",),
    "ND13": ("continue", "up"),
    "ND14": ("continue", "up"),
    "ND15": ("continue", "up"),
    "ND16": ("up",),
    "ND18": ("continue", "up"),
}
AGAINST_WHEN_MET: dict[str, tuple[Choice, ...]] = {"ND02": ("stop", "switch"), "ND03": ("up", "stop", "switch")}


def weigh_options(findings: tuple[Finding, ...]) -> tuple[Option, ...]:
    """Every choice with what speaks for it, what against it and what nobody knows. Nothing is ranked."""
    return tuple(
        Option(
            choice=choice,
            speaks_for=tuple(finding for finding in findings if choice in _supports(finding)),
            speaks_against=tuple(finding for finding in findings if choice in _opposes(finding)),
            not_known=tuple(
                finding
                for finding in findings
                if finding.verdict == "missing" and choice in AGAINST_WHEN_NOT_MET.get(finding.rule_id, ())
            ),
        )
        for choice in CHOICES
    )


def _supports(finding: Finding) -> tuple[Choice, ...]:
    if finding.verdict == "missing":
        return ()
    return (FOR_WHEN_MET if finding.verdict == "met" else FOR_WHEN_NOT_MET).get(finding.rule_id, ())


def _opposes(finding: Finding) -> tuple[Choice, ...]:
    if finding.verdict == "missing":
        return ()
    return (AGAINST_WHEN_MET if finding.verdict == "met" else AGAINST_WHEN_NOT_MET).get(finding.rule_id, ())


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def judged(rule: DoseRule, holds: bool | None, *seen: tuple[str, SeenValue], missing: tuple[str, ...] = ()) -> Finding:
    verdict: Verdict = "missing" if holds is None else ("met" if holds else "not met")
    absent = missing or (tuple(what for what, value in seen if value is None) if holds is None else ())
    return finding_from(rule, verdict, seen=tuple(Seen(what=what, value=value) for what, value in seen), missing=absent)


def not_worse(rule: DoseRule, baseline: float | None, latest: float | None) -> bool | None:
    return None if baseline is None or latest is None else latest - baseline < rule.limit("points")


def fresh_score(rule: DoseRule, latest: ScorePoint | None, on: date) -> Finding:
    if latest is None or latest.total is None:
        return judged(rule, None, missing=("PHQ-9",))
    days = (on - latest.taken_on).days
    return judged(
        rule, 0 <= days <= rule.limit("days"), ("answered on", latest.taken_on.isoformat()), ("days ago", days)
    )


def peak_pressure(rule: DoseRule, session: SessionEvidence | None) -> Finding:
    systolic = session.peak_systolic.value if session and session.peak_systolic else None
    diastolic = session.peak_diastolic.value if session and session.peak_diastolic else None
    seen = (("highest systolic mmHg", systolic), ("highest diastolic mmHg", diastolic))
    high = (systolic is not None and systolic >= rule.limit("systolic_mmhg")) or (
        diastolic is not None and diastolic >= rule.limit("diastolic_mmhg")
    )
    if high:
        return judged(rule, False, *seen)
    return judged(rule, None if systolic is None or diastolic is None else True, *seen)


def pressure_rise(rule: DoseRule, session: SessionEvidence | None) -> Finding:
    if session is None:
        return judged(rule, None, missing=("last session",))
    systolic = _rise(session.baseline_systolic_mmhg, session.peak_systolic.value if session.peak_systolic else None)
    diastolic = _rise(session.baseline_diastolic_mmhg, session.peak_diastolic.value if session.peak_diastolic else None)
    seen = (("systolic rise mmHg", systolic), ("diastolic rise mmHg", diastolic))
    large = (systolic is not None and systolic >= rule.limit("systolic_rise_mmhg")) or (
        diastolic is not None and diastolic >= rule.limit("diastolic_rise_mmhg")
    )
    if large:
        return judged(rule, False, *seen)
    return judged(rule, None if systolic is None or diastolic is None else True, *seen)


def _rise(baseline: float | None, peak: float | None) -> float | None:
    return None if baseline is None or peak is None else peak - baseline


def saturation(rule: DoseRule, session: SessionEvidence | None) -> Finding:
    lowest = session.lowest_spo2.value if session and session.lowest_spo2 else None
    return judged(rule, None if lowest is None else lowest >= rule.limit("spo2_percent"), ("lowest SpO2 %", lowest))


def severe_symptoms(rule: DoseRule, session: SessionEvidence | None) -> Finding:
    """A symptom without a severity is not known to be mild."""
    if session is None or session.discharged_at is None:
        return judged(rule, None, missing=("discharged session",))
    severe = [symptom.symptom for symptom in session.symptoms if symptom.severity == "severe"]
    ungraded = [symptom.symptom for symptom in session.symptoms if symptom.severity is None]
    if severe:
        return judged(rule, False, ("severe", ", ".join(severe)))
    if ungraded:
        return judged(rule, None, ("without a severity", ", ".join(ungraded)), missing=tuple(ungraded))
    return judged(rule, True, ("side effects noted", len(session.symptoms)))


def sessions_left(rule: DoseRule, so_far: CourseSoFar) -> Finding:
    delivered = len(so_far.session_days)
    if so_far.planned_sessions is None:
        return judged(rule, None, missing=("plan in force",))
    return judged(
        rule, delivered < so_far.planned_sessions, ("sessions given", delivered), ("planned", so_far.planned_sessions)
    )


def induction_benefit(rule: DoseRule, so_far: CourseSoFar, response: bool | None) -> Finding | None:
    """Judged once a full induction has been given; before that there is nothing to judge."""
    if len(so_far.session_days) < rule.limit("infusions"):
        return None
    if so_far.planned_sessions is not None and len(so_far.session_days) < so_far.planned_sessions:
        return None
    return judged(rule, response, ("sessions given", len(so_far.session_days)), ("response", response))


def frequency(rule: DoseRule, so_far: CourseSoFar, on: date) -> Finding | None:
    """More sessions in the last eight weeks than twice weekly allows."""
    if not so_far.session_days:
        return None
    weeks, per_week = int(rule.limit("weeks")), int(rule.limit("per_week"))
    since = on - timedelta(weeks=weeks)
    recent = [day for day in so_far.session_days if since < day <= on]
    return judged(rule, Decimal(len(recent)) <= weeks * per_week, (f"sessions in {weeks} weeks", len(recent)))


SPRAVATO = "spravato"


def benefit_at_week_four(rule: DoseRule, so_far: CourseSoFar, response: bool | None, on: date) -> Finding | None:
    """Of Spravato alone, from the end of week 4 on: weeks count from the first dose, not from the first appointment."""
    if so_far.product != SPRAVATO or not so_far.session_days:
        return None
    days = (on - min(so_far.session_days)).days
    if days < rule.limit("days"):
        return None
    return judged(rule, response, ("days since the first dose", days), ("response", response))


def step_left(rule: DoseRule, so_far: CourseSoFar) -> Finding | None:
    if not so_far.steps:
        return None
    if so_far.dose is None:
        return judged(rule, None, missing=("dose of the plan",))
    return judged(
        rule, so_far.dose < max(so_far.steps), ("dose", float(so_far.dose)), ("highest step", float(max(so_far.steps)))
    )


def effect_held(rule: DoseRule, interval: IntervalEvidence | None) -> Finding | None:
    """Once there has been a response. What was never measured between two sessions is missing."""
    if interval is None or not interval.responded:
        return None
    seen = (("held for days", interval.held_days), ("lost after days", interval.lost_days))
    return judged(rule, interval.lost_days is None, *seen)


def gap(rule: DoseRule, so_far: CourseSoFar, on: date) -> Finding | None:
    if so_far.product != SPRAVATO or not so_far.session_days:
        return None
    days = (on - max(so_far.session_days)).days
    return judged(rule, days <= rule.limit("days"), ("days since the last dose", days))
