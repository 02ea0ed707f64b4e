"""The nurses' list, the call, the patient's own phone."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from ketachart.aftercare import commands, queries
from ketachart.aftercare.forms import CallForm, CheckInForm, ReviewForm
from ketachart.aftercare.questions import ANSWERS, DECLINED, check_in_knowledge
from ketachart.aftercare.rules import asks_for_a_person
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.scales.queries import help_numbers
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import SignedInRequest, allow


@allow("aftercare.read")
def work_list(request: SignedInRequest) -> HttpResponse:
    now = clock.now()
    context = {
        "work": queries.work_list(request.actor, now),
        "zone": queries.clinic_zone(request.actor),
        "now": now,
        "may_write": request.actor.may("aftercare.write"),
    }
    return render(request, "aftercare/work_list.html", context)


@allow("aftercare.read")
def patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor
    person = patient_for(actor, patient_id)
    note_read(actor, patient_id, "check-ins")
    context = {
        "patient": person,
        "lines": queries.check_ins_of(actor, patient_id, clock.now()),
        "zone": queries.clinic_zone(actor),
    }
    return render(request, "aftercare/patient.html", context)


@allow("aftercare.read")
def check_in(request: SignedInRequest, check_in_id: UUID) -> HttpResponse:
    line = queries.check_in_for(request.actor, check_in_id, clock.now())
    note_read(request.actor, line.check_in.patient_id, "check-in")
    return _check_in_page(request, check_in_id, None)


@allow("aftercare.write")
def call(request: SignedInRequest, check_in_id: UUID) -> HttpResponse:
    """The questions read out in a call, answered by the staff member who hears them."""
    actor = request.actor
    line = queries.check_in_for(actor, check_in_id, clock.now())
    form = CheckInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.answer_check_in(actor, check_in_id=check_in_id, answers=form.answers, at=clock.now())
            return redirect("aftercare:check_in", check_in_id=check_in_id)
        except Refused as refused:
            refuse(form, refused)
    if request.method != "POST":
        note_read(actor, line.check_in.patient_id, "check-in call")
    context = {
        "patient": patient_for(actor, line.check_in.patient_id),
        "line": line,
        "form": form,
        "zone": queries.clinic_zone(actor),
    }
    return render_form(request, "aftercare/call.html", context)


@allow("aftercare.write")
@require_POST
def note_call(request: SignedInRequest, check_in_id: UUID) -> HttpResponse:
    form = CallForm(request.POST)
    if form.is_valid():
        try:
            commands.note_call(request.actor, check_in_id=check_in_id, at=clock.now(), **form.cleaned_data)
            return redirect("aftercare:work_list")
        except Refused as refused:
            refuse(form, refused)
    return _check_in_page(request, check_in_id, form)


@allow("aftercare.write")
@require_POST
def review(request: SignedInRequest, check_in_id: UUID) -> HttpResponse:
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            commands.review_check_in(request.actor, check_in_id=check_in_id, at=clock.now(), **form.cleaned_data)
            return redirect("aftercare:work_list")
        except Refused as refused:
            refuse(form, refused)
    return _check_in_page(request, check_in_id, form)


def _check_in_page(request: SignedInRequest, check_in_id: UUID, form: CallForm | ReviewForm | None) -> HttpResponse:
    actor = request.actor
    line = queries.check_in_for(actor, check_in_id, clock.now())
    answers = line.response.content.answers if line.response else {}
    context = {
        "patient": patient_for(actor, line.check_in.patient_id),
        "line": line,
        "answers": [
            (question, answer_words(question.kind, answers.get(question.id)))
            for question in check_in_knowledge().question
        ],
        "raised": line.raised,
        "rest": [finding for finding in line.findings if not asks_for_a_person(finding)],
        "zone": queries.clinic_zone(actor),
        "may_write": actor.may("aftercare.write"),
        "call_form": form if isinstance(form, CallForm) else CallForm(),
        "review_form": form if isinstance(form, ReviewForm) else ReviewForm(),
        "form": form,
    }
    return render_form(request, "aftercare/check_in.html", context)


def answer_words(kind: str, answer: str | None) -> str | None:
    if answer is None or kind == "text":
        return answer
    return "Would rather not say" if answer == DECLINED else ANSWERS[kind].get(answer, answer)


@allow("aftercare.answer_own")
def mine(request: SignedInRequest) -> HttpResponse:
    """The patient's own phone: the oldest open check-in, or nothing to do."""
    actor, now = request.actor, clock.now()
    if actor.patient_id is None:
        raise Http404
    note_read(actor, actor.patient_id, "own check-in")
    waiting = queries.open_for_patient(actor, actor.patient_id, now)
    if not waiting:
        return render(request, "aftercare/nothing.html", {"numbers": help_numbers(actor.clinic_id)})
    form = CheckInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _, findings = commands.answer_check_in(actor, check_in_id=waiting[0].id, answers=form.answers, at=now)
        except Refused as refused:
            refuse(form, refused)
        else:
            worrying = any(asks_for_a_person(finding) and finding.rule_id in ("CI01", "CI02") for finding in findings)
            if worrying:
                return render(
                    request, "aftercare/thanks.html", {"worrying": True, "numbers": help_numbers(actor.clinic_id)}
                )
            messages.success(request, "Sent. Thank you.")
            return redirect("aftercare:mine")
    context = {
        "check_in": waiting[0],
        "form": form,
        "zone": queries.clinic_zone(actor),
        "numbers": help_numbers(actor.clinic_id),
    }
    return render_form(request, "aftercare/mine.html", context)
