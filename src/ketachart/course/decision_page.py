"""Everything known on the day of a decision, gathered for the rules and for the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.course.dose_limits import dose_knowledge
from ketachart.course.interval_rules import IntervalEvidence, PublishedInterval, interval_evidence, published_intervals
from ketachart.course.models import Course, DecisionDue, Plan
from ketachart.course.next_session_rules import CourseSoFar, Option, find_for_next_session, weigh_options
from ketachart.course.outcome_rules import ScorePoint, next_session_rules
from ketachart.course.queries import clinic_zone, courses_of, sessions_of
from ketachart.course.sessions import PastSession
from ketachart.instruments.loader import instruments
from ketachart.knowledge.findings import Finding
from ketachart.knowledge.loader import product_given_as
from ketachart.record.actor import Actor
from ketachart.record.frames import frame_as_dict
from ketachart.record.models import Event, load_contents
from ketachart.scales.models import Response
from ketachart.scales.queries import TrendPoint, trend

PHQ9 = "phq-9"
SUICIDE_ITEM = "9"


@dataclass(frozen=True, kw_only=True)
class CheckInAnswers:
    """What the person said on the day after. None: not asked, or not answered."""

    answered_at: datetime
    suicidal_thoughts: bool | None
    urinary_symptoms: bool | None


@dataclass(frozen=True, kw_only=True)
class DecisionShown:
    session_id: UUID | None
    plan: Plan | None
    interval: IntervalEvidence
    published: tuple[PublishedInterval, ...]
    steps_said: str
    so_far: CourseSoFar
    last: PastSession | None
    check_in: CheckInAnswers | None
    findings: tuple[Finding, ...]
    options: tuple[Option, ...]
    asks: tuple[Finding, ...]
    stands_out: tuple[Finding, ...]
    met: tuple[Finding, ...]


def decision_context(actor: Actor, course: Course, session_id: UUID | None, *, on: date) -> DecisionShown:
    zone = clinic_zone(actor)
    sessions = sessions_of(actor, course.patient_id)
    last = _session_decided_on(sessions, session_id)
    view = next(view for view in courses_of(actor, course.patient_id) if view.course.id == course.id)
    plan = view.plan_in_force or (view.plans[-1].plan if view.plans else None)
    points = [point for point in trend(actor, course.patient_id, PHQ9) if point.response_id is not None]
    check_in = check_in_after(actor, course.patient_id, last.session_id) if last else None
    baseline = view.baseline.content if view.baseline else None
    since = plan.written_at if plan else course.written_at
    so_far = CourseSoFar(
        planned_sessions=plan.content.sessions if plan else None,
        session_days=tuple(s.dose_began_at.astimezone(zone).date() for s in sessions if s.dose_began_at >= since),
        baseline=ScorePoint(taken_on=baseline.taken_at.astimezone(zone).date(), total=baseline.total)
        if baseline
        else None,
        latest=ScorePoint(taken_on=points[-1].at.astimezone(zone).date(), total=points[-1].total) if points else None,
        last_session=last.evidence if last else None,
        urinary_symptoms=check_in.urinary_symptoms if check_in else None,
        suicidal_thoughts=latest_word_on_suicide(actor, course.patient_id, last, check_in),
        check_in_answered=True if check_in else None,
    )
    findings = find_for_next_session(
        replace(so_far, **of_the_plan(plan), interval=interval_of(so_far, points, zone)),
        rules=next_session_rules(),
        phq9=instruments()[PHQ9],
        on=on,
    )
    return DecisionShown(
        session_id=session_id or _open_session(actor, course),
        plan=plan,
        interval=interval_of(so_far, points, zone),
        published=tuple(one for one in published_intervals() if one.indication == course.indication),
        steps_said=steps_said(plan),
        so_far=so_far,
        last=last,
        check_in=check_in,
        findings=findings,
        options=weigh_options(findings),
        asks=tuple(finding for finding in findings if finding.verdict == "missing"),
        stands_out=tuple(finding for finding in findings if finding.verdict == "not met"),
        met=tuple(finding for finding in findings if finding.verdict == "met"),
    )


def of_the_plan(plan: Plan | None) -> dict[str, Any]:
    """Product, dose and steps in the unit of the plan's protocol."""
    if plan is None:
        return {}
    content = plan.content
    known_as = content.catalogue_product or product_given_as(content.molecule, content.route)
    protocol = dose_knowledge().protocol(content.protocol_id)
    steps: tuple[Decimal, ...] = ()
    dose: float | None = None
    if protocol is not None and protocol.steps_mg_per_kg:
        steps, dose = protocol.steps_mg_per_kg, content.ordered_mg_per_kg
    elif protocol is not None and protocol.steps_mg:
        steps, dose = protocol.steps_mg, content.dose_mg
    return {"product": known_as, "steps": steps, "dose": None if dose is None else Decimal(str(dose))}


def steps_said(plan: Plan | None) -> str:
    """How the protocol changes the dose, with its source; empty when it does not say."""
    protocol = dose_knowledge().protocol(plan.content.protocol_id) if plan else None
    if protocol is None or protocol.titration is None:
        return ""
    return f"{protocol.titration.text} ({protocol.titration.source.citation})"


def interval_of(so_far: CourseSoFar, points: Sequence[TrendPoint], zone: ZoneInfo) -> IntervalEvidence:
    scores = [ScorePoint(taken_on=point.at.astimezone(zone).date(), total=point.total) for point in points]
    baseline = so_far.baseline.total if so_far.baseline else None
    return interval_evidence(instruments()[PHQ9], baseline, so_far.session_days, scores)


def _session_decided_on(sessions: list[PastSession], session_id: UUID | None) -> PastSession | None:
    if session_id is None:
        return sessions[-1] if sessions else None
    return next((session for session in sessions if session.session_id == session_id), None)


def _open_session(actor: Actor, course: Course) -> UUID | None:
    """The oldest session of this course that still waits for a decision."""
    due: DecisionDue | None = DecisionDue.objects.visible_to(actor).filter(course=course, decision=None).first()
    return due.session_id if due else None


def check_in_after(actor: Actor, patient_id: UUID, session_id: UUID) -> CheckInAnswers | None:
    """The newest answers to the check-in of this session. Aftercare stands above this part: its event is read by name."""
    texts = (
        Event.objects.visible_to(actor)
        .filter(stream_id=patient_id, kind="aftercare.check_in_answered")
        .order_by("-number")
        .values_list("frame", flat=True)[:20]
    )
    for text in texts:
        frame = frame_as_dict(text)
        content: dict[str, Any] = frame["content"]
        if content.get("session_id") == str(session_id):
            answers = content.get("answers", {})
            return CheckInAnswers(
                answered_at=datetime.fromisoformat(frame["effective_at"]),
                suicidal_thoughts=_yes_no(answers.get("suicidal_thoughts")),
                urinary_symptoms=_yes_no(answers.get("urinary_symptoms")),
            )
    return None


def _yes_no(answer: object) -> bool | None:
    return {"yes": True, "no": False}.get(str(answer))


def latest_word_on_suicide(
    actor: Actor, patient_id: UUID, last: PastSession | None, check_in: CheckInAnswers | None
) -> bool | None:
    """Yes if any answer since the last session says so; no only if somebody was asked since and said no."""
    words = [check_in.suicidal_thoughts] if check_in else []
    newest = (
        Response.objects.visible_to(actor)
        .filter(patient_id=patient_id, instrument_id=PHQ9, struck__isnull=True)
        .order_by("-answered_at")
        .first()
    )
    if newest is not None and (last is None or newest.answered_at >= last.dose_began_at):
        load_contents([newest])
        item = newest.content.answers.get(SUICIDE_ITEM)
        words.append(None if item is None else item >= 1)
    if any(word is True for word in words):
        return True
    return False if any(word is False for word in words) else None
