"""When a check-in is due, what its answers ask for, when the next questionnaire is due. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ketachart.aftercare.questions import ANSWERS, DECLINED, LONGEST_TEXT, CheckInKnowledge
from ketachart.knowledge.findings import Finding, Seen, Verdict, finding_from

Answers = Mapping[str, str | None]
State = Literal["waiting", "open", "late", "answered", "reviewed"]
SEVERE = ("nausea", "dizziness", "headache", "anxiety", "strange_perception")
URGENT_RULES = frozenset({"CI01", "CI02"})


@dataclass(frozen=True, kw_only=True)
class Times:
    opens_at: datetime
    late_at: datetime


def check_in_times(discharged_at: datetime, zone: ZoneInfo, *, opens_days_after: int, late_after_days: int) -> Times:
    """From the morning of the day after until the end of the second day, by the clinic's calendar."""
    day = discharged_at.astimezone(zone).date()
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=zone)
    return Times(
        opens_at=_calendar_days_later(midnight, opens_days_after),
        late_at=_calendar_days_later(midnight, late_after_days + 1),
    )


def _calendar_days_later(midnight: datetime, days: int) -> datetime:
    return datetime.combine(midnight.date() + timedelta(days=days), midnight.time(), tzinfo=midnight.tzinfo)


def state_of(*, opens_at: datetime, late_at: datetime, answered: bool, reviewed: bool, at: datetime) -> State:
    if reviewed:
        return "reviewed"
    if answered:
        return "answered"
    if at >= late_at:
        return "late"
    return "open" if at >= opens_at else "waiting"


@dataclass(frozen=True, kw_only=True)
class Problem:
    field: str
    problem: str
    fix: str


def problem_with_answers(answers: Answers, knowledge: CheckInKnowledge) -> Problem | None:
    known = {question.id: question for question in knowledge.question}
    for question_id, answer in answers.items():
        question = known.get(question_id)
        if question is None:
            return Problem(field=question_id, problem="This question is not asked.", fix="Use the questions shown.")
        if answer is None:
            continue
        if question.kind == "text":
            if len(answer) > LONGEST_TEXT:
                return Problem(
                    field=question_id, problem=f"This has {len(answer)} letters.", fix=f"At most {LONGEST_TEXT}."
                )
        elif answer != DECLINED and answer not in ANSWERS[question.kind]:
            return Problem(field=question_id, problem=f"“{answer}” is not an answer.", fix="Choose one of those shown.")
    if not any(answer for answer in answers.values()):
        return Problem(field="", problem="No question is answered yet.", fix="Answer at least one, or come back later.")
    return None


def findings_from(answers: Answers, knowledge: CheckInKnowledge) -> tuple[Finding, ...]:
    """What the answers ask for. An open or declined safety question is missing, never a no."""
    severe = [name for name in SEVERE if answers.get(name) == "severe"]
    asked = [answers.get(name) for name in SEVERE]
    return (
        _yes_is_not_met(knowledge, "CI01", "suicidal_thoughts", answers),
        _yes_is_not_met(knowledge, "CI02", "emergency_signs", answers),
        _yes_is_not_met(knowledge, "CI03", "urinary_symptoms", answers),
        _yes_is_not_met(knowledge, "CI04", "elevated_mood", answers),
        finding_from(
            knowledge.rule_with("CI05"),
            "not met" if severe else ("missing" if any(a in (None, DECLINED) for a in asked) else "met"),
            seen=tuple(Seen(what=name.replace("_", " "), value="severe") for name in severe),
            missing=tuple(name for name, a in zip(SEVERE, asked, strict=True) if a in (None, DECLINED)),
        ),
        _yes_is_not_met(knowledge, "CI06", "drove", answers),
        _yes_is_not_met(knowledge, "CI07", "wants_call", answers),
    )


def _yes_is_not_met(knowledge: CheckInKnowledge, rule_id: str, question_id: str, answers: Answers) -> Finding:
    answer = answers.get(question_id)
    verdict: Verdict = {"yes": "not met", "no": "met"}.get(str(answer), "missing")  # type: ignore[assignment]
    return finding_from(
        knowledge.rule_with(rule_id),
        verdict,
        seen=(Seen(what=question_id.replace("_", " "), value=answer),),
        missing=(question_id,) if verdict == "missing" else (),
    )


def asks_for_a_person(finding: Finding) -> bool:
    """Whether somebody must act: a yes to anything that is reviewed, and an open answer to the safety question."""
    if finding.rule_class == "information":
        return False
    return finding.verdict == "not met" or (finding.verdict == "missing" and finding.rule_id == "CI01")


def is_urgent(finding: Finding) -> bool:
    return finding.verdict == "not met" and finding.rule_id in URGENT_RULES


PHQ9_AT_MOST_EVERY_DAYS = 7
"""PHQ-9 and GAD-7 no more than weekly: their window is two weeks, and sessions are days apart."""


def next_phq9_due(discharged_at: datetime, last_answered_at: datetime | None) -> datetime:
    """A week after the last answered one, and never before the day after this session."""
    week = timedelta(days=PHQ9_AT_MOST_EVERY_DAYS)
    if last_answered_at is None:
        return discharged_at + timedelta(days=1)
    return max(last_answered_at + week, discharged_at + timedelta(days=1))
