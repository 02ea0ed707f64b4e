"""Pages of a course: overview, plan with its live calculation, countersignature, next-session decision."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from ketachart.course import commands, queries
from ketachart.course.decision_page import PHQ9, decision_context
from ketachart.course.forms import (
    CHOICE_LABELS,
    BaselineForm,
    CountersignForm,
    CourseForm,
    DecisionForm,
    PlanForm,
    WithdrawForm,
)
from ketachart.course.models import Course, Plan
from ketachart.course.plan_page import Computed, compute, plan_input, protocol_of
from ketachart.formulary.queries import stocked_for
from ketachart.knowledge.catalogue import Administration
from ketachart.knowledge.loader import catalogue, product_given_as
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.scales.queries import trend
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import SignedInRequest, allow


@allow("course.read")
def patient_courses(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    return _overview(request, patient_id, CourseForm())


@allow("course.prescribe")
@require_POST
def open_course(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    form = CourseForm(request.POST)
    if form.is_valid():
        try:
            course = commands.open_course(request.actor, patient_id=patient_id, at=clock.now(), **form.cleaned_data)
            return redirect("course:write_plan", course_id=course.id)
        except Refused as refused:
            refuse(form, refused)
    return _overview(request, patient_id, form)


def _overview(request: SignedInRequest, patient_id: UUID, form: CourseForm) -> HttpResponse:
    actor = request.actor
    patient = patient_for(actor, patient_id)
    note_read(actor, patient_id, "plan page")
    views = queries.courses_of(actor, patient_id)
    context = {
        "patient": patient,
        "views": views,
        "form": form,
        "may_prescribe": actor.may("course.prescribe"),
        "choice_labels": CHOICE_LABELS,
        "zone": queries.clinic_zone(actor),
    }
    return render_form(request, "course/patient.html", context)


@allow("course.prescribe")
def write_plan(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    actor, course = request.actor, _course(request, course_id)
    patient = patient_for(actor, course.patient_id)
    form = _plan_form(request, course)
    computed = None
    if request.method == "POST":
        valid = form.is_valid()
        computed = compute(actor, course, form, on=queries.clinic_day(actor, clock.now()))
        if valid and (saved := _save_plan(request, course, form, computed)) is not None:
            return redirect("course:plan", plan_id=saved.id)
    else:
        note_read(actor, course.patient_id, "plan form")
    context = {
        "patient": patient,
        "course": course,
        "form": form,
        "way": form.way,
        "way_key": f"{form.way.product}:{form.way.route}",
        "computed": computed,
        "last_weight": queries.last_weight(actor, course.patient_id),
    }
    return render_form(request, "course/write_plan.html", context)


def _save_plan(request: SignedInRequest, course: Course, form: PlanForm, computed: Computed) -> Plan | None:
    protocol, product = protocol_of(form), form.chosen_product
    assert product is not None
    values, at = form.cleaned_data, clock.now()
    try:
        return commands.write_plan(
            request.actor,
            course_id=course.id,
            protocol=protocol,
            product=product,
            plan=plan_input(form),
            weight_measured_at=values.get("weight_measured_at"),
            measured_on=computed.measured_on,
            second_weight_kg=values.get("second_weight_kg"),
            earlier_weight=computed.earlier_weight,
            tolerated=computed.tolerated,
            reasons=form.reasons,
            sessions=values["sessions"],
            titration=values.get("titration"),
            reason_for_change=values.get("reason_for_change"),
            prediction=computed.exposure.shown if computed.exposure else None,
            on=queries.clinic_day(request.actor, at),
            at=at,
        )
    except Refused as refused:
        refuse(form, refused)
        return None


@allow("course.prescribe")
@require_POST
def computed_plan(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    """What the form says so far, computed on the server with the same rule that will judge it when it is signed."""
    course = _course(request, course_id)
    form = _plan_form(request, course)
    form.full_clean()
    computed = compute(request.actor, course, form, on=queries.clinic_day(request.actor, clock.now()))
    return render(request, "course/computed.html", {"computed": computed, "form": form, "course": course})


@allow("course.read")
def plan(request: SignedInRequest, plan_id: UUID) -> HttpResponse:
    return _plan_page(request, plan_id, None)


@allow("course.second_sign")
@require_POST
def countersign(request: SignedInRequest, plan_id: UUID) -> HttpResponse:
    form = CountersignForm(request.POST)
    if form.is_valid():
        try:
            commands.countersign_plan(request.actor, plan_id=plan_id, at=clock.now(), **form.cleaned_data)
            return redirect("course:plan", plan_id=plan_id)
        except Refused as refused:
            refuse(form, refused)
    return _plan_page(request, plan_id, form)


@allow("course.prescribe")
@require_POST
def withdraw(request: SignedInRequest, plan_id: UUID) -> HttpResponse:
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            commands.withdraw_plan(request.actor, plan_id=plan_id, at=clock.now(), **form.cleaned_data)
            return redirect("course:plan", plan_id=plan_id)
        except Refused as refused:
            refuse(form, refused)
    return _plan_page(request, plan_id, form)


def _plan_page(request: SignedInRequest, plan_id: UUID, form: CountersignForm | WithdrawForm | None) -> HttpResponse:
    actor = request.actor
    found: Plan | None = Plan.objects.visible_to(actor).select_related("course").filter(id=plan_id).first()
    if found is None:
        raise Http404
    patient = patient_for(actor, found.patient_id)
    note_read(actor, found.patient_id, f"plan version {found.version}")
    view = next(v for v in queries.courses_of(actor, found.patient_id) if v.course.id == found.course_id)
    standing = next(s for s in view.plans if s.plan.id == found.id)
    waits = standing.plan.needs_second_signature and not hasattr(standing.plan, "countersignature")
    withdrawn = hasattr(standing.plan, "withdrawal")
    may_withdraw = actor.may("course.prescribe") and not withdrawn and standing is view.latest
    context = {
        "patient": patient,
        "standing": standing,
        "plan": standing.plan,
        "content": standing.plan.content,
        "course": view.course,
        "waits": waits and not withdrawn,
        "wrote_it": actor.user_id == standing.plan.written_by,
        "may_sign": waits and not withdrawn and actor.may("course.second_sign") and actor.user_id != found.written_by,
        "may_withdraw": may_withdraw,
        "countersign_form": form if isinstance(form, CountersignForm) else CountersignForm(),
        "withdraw_form": form if isinstance(form, WithdrawForm) else WithdrawForm(),
        "form": form,
        "zone": queries.clinic_zone(actor),
        "open_findings": [one for one in standing.plan.content.findings if one.verdict != "met"],
        "met_findings": [one for one in standing.plan.content.findings if one.verdict == "met"],
    }
    return render_form(request, "course/plan.html", context)


@allow("course.prescribe")
def decide(request: SignedInRequest, course_id: UUID, session_id: UUID | None = None) -> HttpResponse:
    actor, course, at = request.actor, _course(request, course_id), clock.now()
    patient = patient_for(actor, course.patient_id)
    shown = decision_context(actor, course, session_id, on=queries.clinic_day(actor, at))
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        by_weight=None if shown.plan is None else shown.plan.content.ordered_mg_per_kg is not None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            commands.write_decision(
                actor,
                course_id=course.id,
                session_id=shown.session_id,
                findings=shown.findings,
                at=at,
                **form.cleaned_data,
            )
            return redirect("course:patient", patient_id=course.patient_id)
        except Refused as refused:
            refuse(form, refused)
    if request.method != "POST":
        note_read(actor, course.patient_id, "next-session decision")
    context = {
        "patient": patient,
        "course": course,
        "form": form,
        "shown": shown,
        "zone": queries.clinic_zone(actor),
        "choice_labels": CHOICE_LABELS,
    }
    return render_form(request, "course/decide.html", context)


@allow("course.prescribe")
def pin_baseline(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    actor, course = request.actor, _course(request, course_id)
    patient = patient_for(actor, course.patient_id)
    zone = queries.clinic_zone(actor)
    complete = [point for point in trend(actor, course.patient_id, PHQ9) if point.total is not None]
    choices = [
        (str(point.response_id), f"PHQ-9 {point.total} on {point.at.astimezone(zone):%-d %B %Y}")
        for point in reversed(complete)
    ]
    form = BaselineForm(
        request.POST if request.method == "POST" else None, choices=choices, is_pinned=course.baselines.exists()
    )
    if request.method == "POST" and form.is_valid():
        chosen = next(point for point in complete if str(point.response_id) == form.cleaned_data["response_id"])
        try:
            commands.pin_baseline(
                actor,
                course_id=course.id,
                scale=PHQ9,
                response_id=str(chosen.response_id),
                total=chosen.total,
                taken_at=chosen.at,
                reason=form.cleaned_data.get("reason"),
                at=clock.now(),
            )
            return redirect("course:patient", patient_id=course.patient_id)
        except Refused as refused:
            refuse(form, refused)
    if request.method != "POST":
        note_read(actor, course.patient_id, "baseline form")
    context = {"patient": patient, "course": course, "form": form, "has_scores": bool(choices)}
    return render_form(request, "course/pin_baseline.html", context)


def _plan_form(request: SignedInRequest, course: Course) -> PlanForm:
    way = _way(request, course)
    return PlanForm(
        request.POST if request.method == "POST" else None,
        way=way,
        products=[
            product
            for product in stocked_for(request.actor, way.route)
            if product_given_as(product.molecule, way.route) == way.product
        ],
        zone=queries.clinic_zone(request.actor),
        is_first_version=not course.plans.exists(),
        needs_second_weighing=queries.last_weight(request.actor, course.patient_id) is None,
        indication=course.indication,
    )


def _way(request: SignedInRequest, course: Course) -> Administration:
    """Product and route of the plan: named in the address, or chosen on the route advice, or as in the last plan."""
    named = request.GET.get("way")
    if named:
        product, _, route = named.partition(":")
        found = catalogue().administration_of(product, route)
        if found is None:
            raise Http404
        return found
    return queries.way_of(course)


def _course(request: SignedInRequest, course_id: UUID) -> Course:
    course = queries.course_for(request.actor, course_id)
    if course is None:
        raise Http404
    return course
