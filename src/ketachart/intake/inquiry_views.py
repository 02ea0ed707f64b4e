"""The front desk's inbox, the waiting lists and the services."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ketachart.intake import inquiry_commands, inquiry_queries
from ketachart.intake.inquiry_forms import DeclineForm, NoteForm, RegisterForm, ServiceForm, WaitingForm
from ketachart.intake.models import Inquiry
from ketachart.people.commands import PossibleDuplicate
from ketachart.people.queries import list_patients
from ketachart.people.rules import Details, NameAndBirth
from ketachart.record import clock
from ketachart.record.errors import Refused
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import allow


@allow("intake.inquiries")
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "inquiries": inquiry_queries.inquiries(actor),
        "services": inquiry_queries.all_services(actor),
        "now": clock.now(),
    }
    return render(request, "intake/inbox.html", context)


@allow("intake.inquiries")
@require_safe
def handled(request: HttpRequest) -> HttpResponse:
    found = inquiry_queries.inquiries(request.actor, handled=True)  # type: ignore[attr-defined]
    return render(request, "intake/handled.html", {"inquiries": found})


@allow("intake.inquiries")
@require_safe
def inquiry(request: HttpRequest, inquiry_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    return _inquiry_page(request, inquiry_queries.inquiry(actor, inquiry_id))


@allow("intake.inquiries")
@require_POST
def contacted(request: HttpRequest, inquiry_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            inquiry_commands.mark_contacted(
                actor, inquiry_id=inquiry_id, note=form.cleaned_data["note"], at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("intake:inquiry", inquiry_id=inquiry_id)
    return _inquiry_page(request, inquiry_queries.inquiry(actor, inquiry_id), note_form=form)


@allow("intake.inquiries")
@require_POST
def decline(request: HttpRequest, inquiry_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    form = DeclineForm(request.POST)
    if form.is_valid():
        try:
            inquiry_commands.decline_inquiry(
                actor, inquiry_id=inquiry_id, reason=form.cleaned_data["reason"], at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, "Declined, with the reason.")
            return redirect("intake:inbox")
    return _inquiry_page(request, inquiry_queries.inquiry(actor, inquiry_id), decline_form=form)


@allow("intake.inquiries")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, inquiry_id: UUID) -> HttpResponse:
    """Make the visitor a patient. Name and ways to reach them are copied: identity, nothing clinical."""
    actor = request.actor  # type: ignore[attr-defined]
    one = inquiry_queries.inquiry(actor, inquiry_id)
    initial = {
        "given_name": one.given_name,
        "family_name": one.family_name,
        "phone": one.phone,
        "email": one.email,
    }
    form = RegisterForm(request.POST or None, initial=initial)
    duplicates: list[NameAndBirth] = []
    if request.method == "POST" and form.is_valid():
        fields: dict[str, Any] = {name: value or None for name, value in form.cleaned_data.items()}
        details = Details(**fields)
        confirmed = [UUID(value) for value in request.POST.getlist("different_from") if _is_uuid(value)]
        try:
            patient = inquiry_commands.register_from_inquiry(
                actor, inquiry_id=inquiry_id, details=details, at=clock.now(), confirmed_different_from=confirmed
            )
        except PossibleDuplicate as possible:
            duplicates = possible.candidates
            refuse(form, possible)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"{patient.given_name} {patient.family_name} is registered as {patient.mrn}.")
            return redirect("people:details", patient_id=patient.id)
    context = {"inquiry": one, "form": form, "duplicates": duplicates}
    return render_form(request, "intake/register.html", context)


@allow("intake.inquiries")
@require_POST
def same_patient(request: HttpRequest, inquiry_id: UUID, patient_id: UUID) -> HttpResponse:
    inquiry_commands.link_inquiry(
        request.actor,  # type: ignore[attr-defined]
        inquiry_id=inquiry_id,
        patient_id=patient_id,
        at=clock.now(),
    )
    messages.success(request, "Linked to the person who is registered already.")
    return redirect("people:details", patient_id=patient_id)


@allow("intake.inquiries")
@require_POST
def same_inquiry(request: HttpRequest, inquiry_id: UUID, other_id: UUID) -> HttpResponse:
    inquiry_commands.link_to_inquiry(
        request.actor,  # type: ignore[attr-defined]
        inquiry_id=inquiry_id,
        same_as_id=other_id,
        at=clock.now(),
    )
    return redirect("intake:inquiry", inquiry_id=other_id)


@allow("intake.inquiries")
@require_safe
def waiting(request: HttpRequest, code: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    service = next((one for one in inquiry_queries.all_services(actor) if one.code == code), None)
    if service is None:
        raise Refused("There is no such service.", status=404)
    context = {"service": service, "entries": inquiry_queries.waiting_list(actor, code), "now": clock.now()}
    return render(request, "intake/waiting.html", context)


@allow("intake.inquiries")
@require_POST
def change_waiting(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    form = WaitingForm(request.POST)
    if not form.is_valid():
        raise Refused("This is not possible.", field="what", fix="Offer a place, or take off the list.")
    entry = inquiry_commands.change_waiting(
        request.actor,  # type: ignore[attr-defined]
        entry_id=entry_id,
        what=form.cleaned_data["what"],
        note=form.cleaned_data["note"],
        at=clock.now(),
    )
    return redirect("intake:waiting", code=entry.service.code)


@allow("intake.services")
@require_http_methods(["GET", "HEAD", "POST"])
def services(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    form = ServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            inquiry_commands.set_service(actor, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("intake:services")
    return render_form(request, "intake/services.html", {"services": inquiry_queries.all_services(actor), "form": form})


def _inquiry_page(
    request: HttpRequest,
    one: Inquiry,
    *,
    note_form: NoteForm | None = None,
    decline_form: DeclineForm | None = None,
) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    known = list_patients(actor, search=f"{one.given_name} {one.family_name}", size=5).patients if one.is_open else []
    context = {
        "inquiry": one,
        "similar": inquiry_queries.similar_inquiries(actor, one),
        "known": known,
        "note_form": note_form or NoteForm(),
        "decline_form": decline_form or DeclineForm(),
        "form": note_form or decline_form or NoteForm(),
        "now": clock.now(),
    }
    return render_form(request, "intake/inquiry.html", context)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
