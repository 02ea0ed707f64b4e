"""Every read of a course."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.course.dose_limits import dose_knowledge
from ketachart.course.models import Baseline, Course, Decision, DecisionDue, Plan
from ketachart.course.next_session_rules import ENDING
from ketachart.course.outcome_rules import is_response, next_session_rules
from ketachart.course.plan_check import Tolerated
from ketachart.course.rules import EarlierWeight
from ketachart.course.sessions import PastSession, given_sessions
from ketachart.instruments.loader import instruments
from ketachart.intake.queries import latest_weight
from ketachart.knowledge.catalogue import Administration
from ketachart.knowledge.loader import catalogue, product_given_as
from ketachart.record.actor import Actor
from ketachart.record.models import Clinic, load_contents
from ketachart.scales.models import Response


@dataclass(frozen=True, kw_only=True)
class PlanStanding:
    """A plan and why it is, or is not, in force."""

    plan: Plan
    in_force: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class CourseView:
    course: Course
    plans: list[PlanStanding]
    decisions: list[Decision]
    baselines: list[Baseline]
    due: list[DecisionDue]
    ended: bool

    @property
    def plan_in_force(self) -> Plan | None:
        return next((standing.plan for standing in self.plans if standing.in_force), None)

    @property
    def latest(self) -> PlanStanding | None:
        return self.plans[-1] if self.plans else None

    @property
    def baseline(self) -> Baseline | None:
        return self.baselines[-1] if self.baselines else None


def clinic_zone(actor: Actor) -> ZoneInfo:
    return ZoneInfo(Clinic.objects.values_list("timezone", flat=True).get(id=actor.clinic_id))


def clinic_day(actor: Actor, at: datetime) -> date:
    return at.astimezone(clinic_zone(actor)).date()


def courses_of(actor: Actor, patient_id: UUID) -> list[CourseView]:
    """All courses of a person, newest first, with plans, decisions and what is due: eight statements at most."""
    courses = load_contents(Course.objects.visible_to(actor).filter(patient_id=patient_id).order_by("-charted_at"))
    if not courses:
        return []
    plans = load_contents(
        Plan.objects.visible_to(actor)
        .filter(course__in=courses)
        .select_related("countersignature", "withdrawal")
        .order_by("version")
    )
    load_contents([plan.countersignature for plan in plans if hasattr(plan, "countersignature")])
    load_contents([plan.withdrawal for plan in plans if hasattr(plan, "withdrawal")])
    decisions = load_contents(Decision.objects.visible_to(actor).filter(course__in=courses).order_by("charted_at"))
    baselines = load_contents(Baseline.objects.visible_to(actor).filter(course__in=courses).order_by("charted_at"))
    due = list(DecisionDue.objects.visible_to(actor).filter(patient_id=patient_id, decision=None))
    views = []
    for course in courses:
        of_course = [plan for plan in plans if plan.course_id == course.id]
        its_decisions = [decision for decision in decisions if decision.course_id == course.id]
        is_over = any(decision.choice in ENDING for decision in its_decisions)
        views.append(
            CourseView(
                course=course,
                plans=[standing_of(plan, of_course, is_over) for plan in of_course],
                decisions=its_decisions,
                baselines=[one for one in baselines if one.course_id == course.id],
                due=[one for one in due if one.course_id == course.id],
                ended=is_over,
            )
        )
    return views


def standing_of(plan: Plan, plans_of_course: list[Plan], course_ended: bool) -> PlanStanding:
    """Fails closed: only the latest version can be in force, and only signed by all who must sign."""
    latest = max(other.version for other in plans_of_course)
    if course_ended:
        return PlanStanding(plan=plan, in_force=False, why="The course has ended")
    if hasattr(plan, "withdrawal"):
        return PlanStanding(plan=plan, in_force=False, why="Withdrawn")
    if plan.version < latest:
        return PlanStanding(plan=plan, in_force=False, why=f"Replaced by version {plan.version + 1}")
    if plan.needs_second_signature and not hasattr(plan, "countersignature"):
        return PlanStanding(plan=plan, in_force=False, why="Waits for the second signature")
    return PlanStanding(plan=plan, in_force=True, why="In force")


FIRST_WAY = ("ketamine-injection", "IV")
"""Before anybody has chosen: the way that most of the evidence is about. The page says so and links to the advice."""


def way_of(course: Course) -> Administration:
    """Product and route as chosen last: on the route advice, or by the latest plan, whichever is newer."""
    chosen = course.route_choices.order_by("charted_at").last()
    plan = course.plans.order_by("version").last()
    if plan is not None and (chosen is None or plan.charted_at >= chosen.charted_at):
        known_as = plan.content.catalogue_product or product_given_as(plan.content.molecule, plan.content.route)
        pair = (known_as or "", plan.content.route)
    elif chosen is not None:
        pair = (chosen.product, chosen.route)
    else:
        pair = FIRST_WAY
    found = catalogue().administration_of(*pair) or catalogue().administration_of(*FIRST_WAY)
    assert found is not None
    return found


def course_for(actor: Actor, course_id: UUID) -> Course | None:
    course: Course | None = Course.objects.visible_to(actor).filter(id=course_id).first()
    return course


def plan_in_force(actor: Actor, patient_id: UUID, course_id: UUID | None = None) -> Plan | None:
    """The one plan that a session may be opened with: of the newest course that has not ended, unless one is named."""
    for view in courses_of(actor, patient_id):
        if course_id is not None and view.course.id != course_id:
            continue
        if view.plan_in_force is not None:
            return view.plan_in_force
    return None


def plan_snapshot(plan: Plan) -> dict[str, Any]:
    """The plan as a session is opened with it. Volume and concentration are those of the prepared syringe or bag.

    What a route does not have is null. Doses are in mg of what `salt_or_base` says. `parts` are mg in order,
    `minimum_interval_minutes` is the time between parts or devices.
    """
    content = plan.content
    return {
        "product": content.product,
        "route": content.route,
        "molecule": content.molecule,
        "salt_or_base": content.salt_or_base,
        "dose_mg": content.dose_mg,
        "dose_mg_per_kg": content.dose_mg_per_kg,
        "concentration_mg_per_ml": content.concentration_mg_per_ml,
        "volume_ml": content.total_volume_ml,
        "infusion_minutes": content.infusion_minutes,
        "rate_ml_per_h": content.rate_ml_per_h,
        "rate_mg_per_h": content.rate_mg_per_h,
        "ceiling_mg_per_kg": content.ceiling_mg_per_kg,
        "indication": content.indication,
        "parts": tuple(part.dose_mg for part in content.parts),
        "minimum_interval_minutes": content.minimum_interval_minutes,
        "maximum_cumulative_mg": content.maximum_cumulative_mg,
        "devices": content.devices,
        "device_mg": content.device_mg,
        "units": content.units,
        "unit_mg": content.unit_mg,
        "hold_minutes": content.hold_minutes,
        "then": content.then,
    }


def weight_in_plan(plan: Plan) -> dict[str, Any]:
    return {"weight_kg": plan.content.weight_kg, "weight_measured_at": plan.content.weight_measured_at}


def last_weight(actor: Actor, patient_id: UUID) -> EarlierWeight | None:
    """The newest weight of this person, from the history or from a plan. None: nobody has charted one."""
    plan: Plan | None = Plan.objects.visible_to(actor).filter(patient_id=patient_id).order_by("-charted_at").first()
    measured = latest_weight(actor, patient_id)
    known: list[tuple[datetime, float]] = []
    if plan is not None and plan.content.weight_kg is not None:
        known.append((plan.content.weight_measured_at, plan.content.weight_kg))
    if measured is not None:
        known.append((measured.measured_at, measured.weight_kg))
    if not known:
        return None
    measured_at, weight_kg = max(known)
    return EarlierWeight(
        weight_kg=Decimal(str(weight_kg)), measured_on=measured_at.astimezone(clinic_zone(actor)).date()
    )


def tolerated_by(sessions: list[PastSession], molecule: str, route: str) -> Tolerated | None:
    """The dose of the last session with this molecule by this route that ended in a discharge."""
    ended = [
        session.evidence
        for session in sessions
        if session.evidence.discharged_at is not None
        and (session.evidence.molecule, session.evidence.route) == (molecule, route)
    ]
    if not ended:
        return None
    last = ended[-1]
    return Tolerated(dose_mg=_decimal(last.planned_dose_mg), mg_per_kg=_decimal(last.planned_mg_per_kg))


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def sessions_of(actor: Actor, patient_id: UUID) -> list[PastSession]:
    return given_sessions(actor, patient_id)


def response_so_far(actor: Actor, view: CourseView) -> bool | None:
    """Whether the newest PHQ-9 since the pinned baseline is a response. None: no baseline, or no score since.

    For gates of other parts, whose actors may book without reading scores.
    """
    score = _newest_score(actor, view)
    return is_response(instruments()["phq-9"], view.baseline.content.total, score) if view.baseline else None


def worsened_so_far(actor: Actor, view: CourseView) -> bool | None:
    """Whether the newest PHQ-9 is above the pinned baseline by the points that count as a deterioration."""
    score = _newest_score(actor, view)
    if score is None or view.baseline is None:
        return None
    rule = next(rule for rule in next_session_rules() if rule.id == "ND04")
    return Decimal(str(score)) - view.baseline.content.total >= rule.limit("points")


def _newest_score(actor: Actor, view: CourseView) -> float | None:
    if view.baseline is None:
        return None
    newest = (
        Response.objects.visible_to(actor)
        .filter(
            patient_id=view.course.patient_id,
            instrument_id="phq-9",
            struck__isnull=True,
            answered_at__gt=view.baseline.content.taken_at,
        )
        .order_by("-answered_at")
        .first()
    )
    return None if newest is None else newest.total


def decisions_due(actor: Actor) -> list[DecisionDue]:
    return list(DecisionDue.objects.visible_to(actor).filter(decision=None).select_related("course"))


def protocols(indication: str, product: str | None = None, route: str | None = None) -> list[tuple[str, str]]:
    return [
        (protocol.id, f"{protocol.title}: {protocol.summary}")
        for protocol in dose_knowledge().protocols_for(indication, product, route)
    ]
