"""Every write of a course: open it, pin a baseline, write, countersign or withdraw a plan, decide what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ketachart.course.advice_rules import WayOption
from ketachart.course.dose_limits import Protocol, dose_knowledge_with
from ketachart.course.eligibility import eligibility_for_plan
from ketachart.course.kinds import (
    BaselinePinned,
    Choice,
    CourseOpened,
    DecisionWritten,
    FindingKept,
    PlanCountersigned,
    PlanWithdrawn,
    PlanWritten,
    PredictionShown,
    RouteChosen,
)
from ketachart.course.models import (
    Baseline,
    Course,
    Decision,
    DecisionDue,
    Plan,
    PlanSignature,
    PlanWithdrawal,
    RouteChoice,
)
from ketachart.course.next_session_rules import CHOICES, ENDING
from ketachart.course.ordered import ordered
from ketachart.course.plan_check import PlanSetting, Tolerated, check
from ketachart.course.rules import EarlierWeight, PlanInput
from ketachart.formulary.models import Product
from ketachart.knowledge.findings import Finding, OverrideGiven, standing_blocks
from ketachart.knowledge.loader import catalogue, product_given_as
from ketachart.people.queries import patient_for
from ketachart.people.rules import age_years
from ketachart.policy.queries import site_values
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import NotAllowed, Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Event
from ketachart.record.unit_of_work import unit_of_work


def open_course(actor: Actor, *, patient_id: UUID, indication: str, goal: str | None = None, at: datetime) -> Course:
    actor.require("course.prescribe")
    patient_for(actor, patient_id)
    if not indication.strip():
        raise Refused("The indication is missing.", field="indication", fix="Say what is treated.")
    with unit_of_work():
        course_id = new_id()
        event = append_event(
            actor=actor,
            stream=patient_stream(actor, patient_id),
            effective_at=at,
            content=CourseOpened(
                course_id=str(course_id), indication=indication.strip(), goal=(goal or "").strip() or None
            ),
        )
        return Course.objects.create(
            id=course_id, patient_id=patient_id, indication=indication.strip(), **_charted(actor, event)
        )


def choose_route(
    actor: Actor, *, course_id: UUID, option: WayOption | None, reasons: str, person_agrees: bool | None, at: datetime
) -> RouteChoice:
    """The clinician's choice with its reason, and what the advice said at that moment. A stop is no choice."""
    actor.require("course.prescribe")
    if option is None:
        raise Refused("No way is chosen.", field="way", fix="Choose one.")
    if option.standing == "not allowed":
        stops = [
            finding
            for finding in (*option.screening, *option.findings)
            if finding.verdict == "not met" and finding.rule_class == "absolute"
        ]
        raise Refused(
            f"{option.administration.title} is not allowed: {stops[0].title if stops else 'a stop stands'}.",
            field="way",
            fix=stops[0].action if stops else "Choose another.",
        )
    if not reasons.strip():
        raise Refused("The reasons are missing.", field="reasons", fix="Say why this way, in a sentence.")
    with unit_of_work():
        course = _course(actor, course_id)
        if ended(course):
            raise Refused("This course has ended.", fix="Open a new course.")
        content = RouteChosen(
            course_id=str(course.id),
            product=option.administration.product,
            route=option.administration.route,
            reasons=reasons.strip(),
            person_agrees=person_agrees,
            findings=keep((*option.screening, *option.findings), {}),
        )
        event = append_event(
            actor=actor, stream=patient_stream(actor, course.patient_id), effective_at=at, content=content
        )
        return RouteChoice.objects.create(
            course=course, product=content.product, route=content.route, **_charted(actor, event)
        )


def pin_baseline(
    actor: Actor,
    *,
    course_id: UUID,
    scale: str,
    response_id: str,
    total: float | None,
    taken_at: datetime,
    reason: str | None = None,
    at: datetime,
) -> Baseline:
    """Say which score response is measured from. An incomplete form has no score and cannot be one."""
    actor.require("course.prescribe")
    if total is None:
        raise Refused("This form is incomplete and has no score.", field="response_id", fix="Choose a complete form.")
    with unit_of_work():
        course = _course(actor, course_id)
        if course.baselines.filter(scale=scale).exists() and not (reason or "").strip():
            raise Refused("A baseline is pinned already.", field="reason", fix="Say why it is replaced.")
        event = append_event(
            actor=actor,
            stream=patient_stream(actor, course.patient_id),
            effective_at=at,
            content=BaselinePinned(
                course_id=str(course.id),
                scale=scale,
                response_id=response_id,
                total=total,
                taken_at=taken_at,
                reason=(reason or "").strip() or None,
            ),
        )
        return Baseline.objects.create(course=course, scale=scale, **_charted(actor, event))


def write_plan(
    actor: Actor,
    *,
    course_id: UUID,
    protocol: Protocol | None,
    product: Product,
    plan: PlanInput,
    weight_measured_at: datetime | None,
    measured_on: date | None,
    second_weight_kg: Decimal | None,
    earlier_weight: EarlierWeight | None,
    tolerated: Tolerated | None,
    reasons: Mapping[str, str],
    sessions: int | None,
    titration: str | None,
    reason_for_change: str | None,
    prediction: PredictionShown | None,
    on: date,
    at: datetime,
) -> Plan:
    """Write the next version of the plan. Every guardrail is judged here again, whatever the page has shown."""
    actor.require("course.prescribe")
    knowledge = dose_knowledge_with(site_values(actor.clinic_id, on))
    if weight_measured_at is not None and weight_measured_at > at:
        raise Refused("The weighing lies in the future.", field="weight_measured_at", fix="Correct the time.")
    if sessions is None or sessions < 1:
        raise Refused("The number of sessions is missing.", field="sessions", fix="Enter how many are planned.")
    with unit_of_work():
        course = _course(actor, course_id)
        if ended(course):
            raise Refused("This course has ended.", fix="Open a new course.")
        if protocol is not None and protocol.indication != course.indication:
            raise Refused(
                f"This protocol is for {protocol.indication}, the course for {course.indication}.",
                field="protocol",
                fix="Choose a protocol for this indication.",
            )
        before = course.plans.order_by("-version").first()
        plan = replace(plan, indication=course.indication)
        setting = PlanSetting(
            protocol=protocol,
            indication=catalogue().indication_by_id(course.indication),
            sessions=sessions,
            age_years=age_years(patient_for(actor, course.patient_id).birth_date, on),
            earlier_weight=earlier_weight,
            weight_measured_on=measured_on,
            tolerated=tolerated,
        )
        findings = (
            eligibility_for_plan(
                actor,
                patient_id=course.patient_id,
                product=product,
                route=plan.route or "",
                indication=course.indication,
                first_version=before is None,
                at=at,
            ),
            *check(plan, setting, knowledge=knowledge, on=on),
        )
        needs_second_signature = _held_back_only_by_second_signature(actor, findings, reasons, plan.units is not None)
        if before is not None and not (reason_for_change or "").strip():
            raise Refused(
                f"Version {before.version} of the plan exists.", field="reason_for_change", fix="Say why it is changed."
            )
        plan_id = new_id()
        content = PlanWritten(
            course_id=str(course.id),
            plan_id=str(plan_id),
            version=before.version + 1 if before else 1,
            replaces_plan_id=str(before.id) if before else None,
            reason_for_change=(reason_for_change or "").strip() or None,
            protocol_id=protocol.id if protocol else NO_PROTOCOL,
            protocol_version=protocol.version if protocol else "",
            indication=course.indication,
            product_id=str(product.id),
            product=product.name,
            molecule=product.molecule,
            salt_or_base=product.salt_or_base,
            route=plan.route or "",
            catalogue_product=product_given_as(product.molecule, plan.route or ""),
            weight_kg=_number(plan.weight_kg),
            weight_measured_at=weight_measured_at,
            second_weight_kg=_number(second_weight_kg),
            sessions=sessions,
            sessions_per_week=protocol.sessions_per_week if protocol else None,
            titration=(titration or "").strip() or None,
            findings=keep(findings, reasons),
            needs_second_signature=needs_second_signature,
            prediction=prediction,
            **ordered(plan, product, knowledge),
        )
        event = append_event(
            actor=actor, stream=patient_stream(actor, course.patient_id), effective_at=at, content=content
        )
        return Plan.objects.create(
            id=plan_id,
            course=course,
            patient_id=course.patient_id,
            version=content.version,
            needs_second_signature=needs_second_signature,
            written_by=actor.user_id,
            **_charted(actor, event),
        )


NO_PROTOCOL = "none"


def _held_back_only_by_second_signature(
    actor: Actor, findings: Sequence[Finding], reasons: Mapping[str, str], counted: bool
) -> bool:
    """Refuse what no reason given can carry; say whether a second signature is still to come."""
    given = [
        OverrideGiven(
            rule_id=finding.rule_id,
            rule_version=finding.rule_version,
            verdict=finding.verdict,
            reason=reasons.get(finding.rule_id, ""),
            by_name=actor.name,
            by_role=actor.role,
            by_id=str(actor.user_id),
        )
        for finding in findings
        if finding.verdict != "met"
    ]
    needs_second_signature = False
    for finding in standing_blocks(findings, given):
        allowed = finding.overridable
        reason = reasons.get(finding.rule_id, "").strip()
        if allowed is None or (finding.verdict == "missing" and not allowed.covers_missing):
            raise Refused(finding.meaning, field=field_of(finding, counted=counted), fix=finding.action)
        if not reason:
            raise Refused(
                f"{finding.title}: {finding.verdict}.",
                field=f"reason_{finding.rule_id}",
                fix="Give a reason, or change it.",
            )
        if allowed.second_signature and actor.role in allowed.roles:
            needs_second_signature = True
            continue
        raise Refused(f"{finding.title}: {finding.verdict}.", fix=finding.action)
    return needs_second_signature


FIELD_OF_RULE: dict[str, str] = {
    "DO02": "confirmed_strength_mg_per_ml",
    "DO03": "dose_mg_per_kg",
    "DO04": "dose_mg_per_kg",
    "DO05": "dose_mg_per_kg",
    "DO06": "dose_mg_per_kg",
    "DO07": "dose_mg_per_kg",
    "DO08": "bag_volume_ml",
    "DO09": "infusion_minutes",
    "DO10": "infusion_minutes",
    "DO11": "infusion_minutes",
    "DO12": "weight_kg",
    "DO13": "weight_kg",
    "DO14": "second_weight_kg",
    "DO15": "dose_mg_per_kg",
    "DO16": "product",
    "DO17": "product",
    "DO18": "dose_mg_per_kg",
    "DO19": "infusion_minutes",
    "DO20": "dose_mg_per_kg",
    "DO21": "dose_mg_per_kg",
    "DO22": "dose_mg_per_kg",
    "DO23": "dose_mg_per_kg",
    "DO24": "dose_mg_per_kg",
    "DO25": "second_part_mg_per_kg",
    "DO26": "second_after_minutes",
    "DO27": "units",
    "DO28": "units",
    "DO29": "units",
    "DO30": "product",
    "DO31": "product",
    "DO32": "units",
    "DO33": "units",
    "DO38": "product",
    "DO40": "sessions",
    "DO41": "protocol",
    "DO42": "protocol",
}
COUNTED_FIELD = {"dose_mg_per_kg": "units", "confirmed_strength_mg_per_ml": "confirmed_unit_mg"}
"""Where doses are counted in units, there is no box for mg/kg and the label is read in mg of one unit."""


def field_of(finding: Finding, *, counted: bool = False) -> str | None:
    """The form field that a finding is about."""
    if finding.rule_id == "DO01":
        field = finding.missing[0] if finding.missing else "weight_measured_at"
        return "weight_measured_at" if field == "weight_measured_on" else field
    named = FIELD_OF_RULE.get(finding.rule_id)
    return COUNTED_FIELD.get(named or "", named) if counted else named


def countersign_plan(actor: Actor, *, plan_id: UUID, statement: str, at: datetime) -> PlanSignature:
    """The second signature: another person, who has read the plan and says so."""
    actor.require("course.second_sign")
    if not statement.strip():
        raise Refused("The statement is missing.", field="statement", fix="Say what you have checked.")
    with unit_of_work():
        plan = _plan(actor, plan_id)
        if not plan.needs_second_signature:
            raise Refused("This plan needs no second signature.")
        if hasattr(plan, "countersignature"):
            raise Refused("This plan is countersigned already.")
        if hasattr(plan, "withdrawal") or plan.course.plans.filter(version__gt=plan.version).exists():
            raise Refused("This plan is no longer the latest.", fix="Look at the newest version.")
        if actor.user_id is None or actor.user_id == plan.written_by:
            raise NotAllowed("course.second_sign by another person than the one who wrote the plan")
        event = append_event(
            actor=actor,
            stream=patient_stream(actor, plan.patient_id),
            effective_at=at,
            content=PlanCountersigned(course_id=str(plan.course_id), plan_id=str(plan.id), statement=statement.strip()),
        )
        return PlanSignature.objects.create(plan=plan, **_charted(actor, event))


def withdraw_plan(actor: Actor, *, plan_id: UUID, reason: str, at: datetime) -> PlanWithdrawal:
    actor.require("course.prescribe")
    if not reason.strip():
        raise Refused("A reason is missing.", field="reason", fix="Say why the plan is withdrawn.")
    with unit_of_work():
        plan = _plan(actor, plan_id)
        if hasattr(plan, "withdrawal"):
            raise Refused("This plan is withdrawn already.")
        event = append_event(
            actor=actor,
            stream=patient_stream(actor, plan.patient_id),
            effective_at=at,
            content=PlanWithdrawn(course_id=str(plan.course_id), plan_id=str(plan.id), reason=reason.strip()),
        )
        return PlanWithdrawal.objects.create(plan=plan, **_charted(actor, event))


def write_decision(
    actor: Actor,
    *,
    course_id: UUID,
    session_id: UUID | None,
    choice: str,
    reasons: str,
    findings: Sequence[Finding],
    next_mg_per_kg: Decimal | None = None,
    next_dose_mg: Decimal | None = None,
    interval_days: int | None = None,
    switch_to: str | None = None,
    at: datetime,
) -> Decision:
    """What comes next, with reasons. The findings are kept as they stood; a later decision does not erase this one."""
    actor.require("course.prescribe")
    chosen = _choice(choice)
    if not reasons.strip():
        raise Refused("The reasons are missing.", field="reasons", fix="Say why, in a sentence.")
    if chosen in ("up", "down") and next_mg_per_kg is None and next_dose_mg is None:
        raise Refused(
            "The next dose is missing.", field="next_mg_per_kg", fix="Enter it in mg/kg or in mg; then write the plan."
        )
    if chosen == "switch" and not (switch_to or "").strip():
        raise Refused("What to switch to is missing.", field="switch_to", fix="Name the route or treatment.")
    with unit_of_work():
        course = _course(actor, course_id)
        if ended(course):
            raise Refused("This course has ended.", fix="Open a new course.")
        _check_direction(course, chosen, next_mg_per_kg, next_dose_mg)
        event = append_event(
            actor=actor,
            stream=patient_stream(actor, course.patient_id),
            effective_at=at,
            content=DecisionWritten(
                course_id=str(course.id),
                session_id=str(session_id) if session_id else None,
                choice=chosen,
                reasons=reasons.strip(),
                next_mg_per_kg=_number(next_mg_per_kg),
                next_dose_mg=_number(next_dose_mg),
                interval_days=interval_days,
                switch_to=(switch_to or "").strip() or None,
                findings=keep(findings, {}),
            ),
        )
        decision = Decision.objects.create(
            course=course, session_id=session_id, choice=chosen, **_charted(actor, event)
        )
        if session_id is not None:
            DecisionDue.objects.visible_to(actor).filter(session_id=session_id, decision=None).update(decision=decision)
        return decision


def _choice(text: str) -> Choice:
    for choice in CHOICES:
        if choice == text:
            return choice
    raise Refused("No decision is chosen.", field="choice", fix="Choose one.")


def _check_direction(course: Course, choice: str, next_mg_per_kg: Decimal | None, next_dose_mg: Decimal | None) -> None:
    """Up is more than the plan in force, down is less: a mistyped dose is seen here."""
    latest = course.plans.order_by("-version").first()
    if latest is None or choice not in ("up", "down"):
        return
    for field, unit, following, planned in (
        ("next_mg_per_kg", "mg/kg", next_mg_per_kg, latest.content.ordered_mg_per_kg),
        ("next_dose_mg", "mg", next_dose_mg, latest.content.dose_mg),
    ):
        if following is None:
            continue
        if planned is None:
            raise Refused(
                f"The plan in force is not in {unit}.", field=field, fix="Enter the next dose in the plan's own unit."
            )
        now = Decimal(str(planned))
        if choice == "up" and following <= now:
            raise Refused(f"{following} {unit} is not more than {now} {unit}.", field=field, fix="Correct one.")
        if choice == "down" and following >= now:
            raise Refused(f"{following} {unit} is not less than {now} {unit}.", field=field, fix="Correct one.")


def ended(course: Course) -> bool:
    return course.decisions.filter(choice__in=ENDING).exists()


def keep(findings: Sequence[Finding], reasons: Mapping[str, str]) -> tuple[FindingKept, ...]:
    return tuple(
        FindingKept(
            rule_id=finding.rule_id,
            rule_version=finding.rule_version,
            title=finding.title,
            verdict=finding.verdict,
            meaning=finding.meaning,
            seen=tuple(f"{seen.what}: {'not charted' if seen.value is None else seen.value}" for seen in finding.seen),
            source=finding.source.citation,
            override_reason=reasons.get(finding.rule_id, "").strip() or None if finding.verdict != "met" else None,
        )
        for finding in findings
    )


def _charted(actor: Actor, event: Event) -> dict[str, object]:
    return {
        "clinic_id": actor.clinic_id,
        "event_id": event.id,
        "charted_at": event.recorded_at,
        "charted_by_name": actor.name,
    }


def _course(actor: Actor, course_id: UUID) -> Course:
    course: Course | None = Course.objects.visible_to(actor).filter(id=course_id).first()
    if course is None:
        raise Refused("There is no such course in this clinic.", field="course", status=404)
    return course


def _plan(actor: Actor, plan_id: UUID) -> Plan:
    plan: Plan | None = Plan.objects.visible_to(actor).select_related("course").filter(id=plan_id).first()
    if plan is None:
        raise Refused("There is no such plan in this clinic.", field="plan", status=404)
    return plan


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
