"""Pages about people. A view reads, calls one command, and shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from ketachart.people import commands, forms, queries, sign_ins
from ketachart.people.models import Patient
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import SignedInRequest, allow
from ketachart.web.navigation import patient_home

read_or_send = require_http_methods(["GET", "HEAD", "POST"])


@allow("people.read")
@read_or_send
def people(request: SignedInRequest) -> HttpResponse:
    """A search is sent, never part of the address: addresses end in histories, bookmarks and the logs of proxies."""
    asked = request.POST if request.method == "POST" else request.GET
    search = request.POST.get("q", "").strip()[:100]
    after = asked.get("after")
    page = queries.list_patients(request.actor, search=search, after=after)
    context = {
        "search": search,
        "patients": page.patients,
        "after": page.after,
        "later": f"?{urlencode({'after': page.after})}" if page.after else "",
        "earlier": reverse("people:list") if after else "",
        "today": clock.now().date(),
    }
    template = "people/people_rows.html" if request.headers.get("HX-Request") else "people/people.html"
    return render_form(request, template, context)


@allow("people.write")
@read_or_send
def register(request: SignedInRequest) -> HttpResponse:
    form = forms.RegisterForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        looked_at = _identifiers(form.cleaned_data["looked_at"]) if form.cleaned_data["another_person"] else []
        try:
            patient = commands.register_patient(
                request.actor, details=form.details(), confirmed_different_from=looked_at, at=clock.now()
            )
        except commands.PossibleDuplicate as duplicate:
            context["candidates"] = duplicate.candidates
            refuse(form, duplicate)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"{patient.name} is registered as {patient.mrn}.")
            return HttpResponseRedirect(patient_home(request.actor.permissions, patient.id))
    return render_form(request, "people/register.html", context)


def _identifiers(text: str) -> list[UUID]:
    found = []
    for part in text.split(","):
        try:
            found.append(UUID(part.strip()))
        except ValueError:
            continue
    return found


@allow("people.read")
@require_safe
def details(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor
    patient = queries.patient_for(actor, patient_id)
    note_read(actor, patient.id, "details")
    context = {
        "patient": patient,
        "support_persons": queries.support_persons_of(actor, patient.id),
        "history": queries.history_of_details(actor, patient.id),
        "sign_in": queries.sign_in_of(actor, patient.id),
    }
    return render_form(request, "people/details.html", context)


@allow("people.write")
@read_or_send
def amend(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor
    patient = queries.patient_for(actor, patient_id)
    note_read(actor, patient.id, "details, to amend")
    # identity and contact are not clinical values: the form starts from what is known
    form = forms.AmendForm(request.POST or None, initial=_initial(patient))
    if form.is_valid():
        try:
            commands.amend_details(
                actor,
                patient_id=patient.id,
                details=form.details(),
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, "The details are amended; what stood before stays in the history.")
            return redirect("people:details", patient_id=patient.id)
    return render_form(request, "people/amend.html", {"patient": patient, "form": form})


def _initial(patient: Patient) -> dict[str, Any]:
    return {field: getattr(patient, field) for field in forms.DetailsForm.base_fields}


@allow("people.write")
@read_or_send
def add_support_person(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor
    patient = queries.patient_for(actor, patient_id)
    note_read(actor, patient.id, "support person, to add")
    form = forms.SupportPersonForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            person = commands.add_support_person(
                actor,
                patient_id=patient.id,
                name=data["name"],
                relation=data["relation"],
                phone=data["phone"],
                may_be_told=form.may_be_told_answer(),
                at=clock.now(),
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"{person.name} is added.")
            return redirect("people:details", patient_id=patient.id)
    return render_form(request, "people/support_person.html", {"patient": patient, "form": form})


@allow("people.write")
@read_or_send
def end_support_person(request: SignedInRequest, patient_id: UUID, support_person_id: UUID) -> HttpResponse:
    actor = request.actor
    patient = queries.patient_for(actor, patient_id)
    note_read(actor, patient.id, "support person, to end")
    person = next((p for p in queries.support_persons_of(actor, patient.id) if p.id == support_person_id), None)
    if person is None:
        raise Refused("This person does not support the patient any more.", status=404)
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            commands.end_support_person(
                actor, support_person_id=person.id, reason=form.cleaned_data["reason"], at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"{person.name} is no longer listed.")
            return redirect("people:details", patient_id=patient.id)
    return render_form(request, "people/end_support_person.html", {"patient": patient, "person": person, "form": form})


@allow("record.audit")
@require_safe
def access(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor
    patient = queries.patient_for(actor, patient_id)
    note_read(actor, patient.id, "list of reads")
    page = queries.who_has_read(actor, patient.id, before=request.GET.get("before"))
    context = {
        "patient": patient,
        "entries": page.entries,
        "later": f"?{urlencode({'before': page.before})}" if page.before else "",
        "earlier": reverse("people:access", args=[patient.id]) if request.GET.get("before") else "",
    }
    return render_form(request, "people/access.html", context)


@allow("people.manage_staff")
@require_safe
def staff(request: SignedInRequest) -> HttpResponse:
    actor = request.actor
    context = {"staff": queries.staff_of(actor, clock.now().date()), "rooms": queries.rooms_of(actor)}
    return render_form(request, "people/staff.html", context)


@allow("people.manage_staff")
@read_or_send
def add_credential(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    actor = request.actor
    member = queries.staff_member(actor, user_id)
    form = forms.CredentialForm(request.POST or None)
    if form.is_valid():
        try:
            commands.record_credential(actor, user_id=member.id, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"Recorded for {member.display_name}.")
            return redirect("people:staff")
    return render_form(request, "people/credential.html", {"member": member, "form": form})


@allow("people.manage_staff")
@read_or_send
def open_room(request: SignedInRequest) -> HttpResponse:
    form = forms.RoomForm(request.POST or None)
    if form.is_valid():
        try:
            room = commands.open_room(request.actor, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"{room.name} is open.")
            return redirect("people:staff")
    return render_form(request, "people/room.html", {"form": form})


@allow("people.manage_staff")
@read_or_send
def close_room(request: SignedInRequest, room_id: UUID) -> HttpResponse:
    actor = request.actor
    room = next((room for room in queries.rooms_of(actor) if room.id == room_id), None)
    if room is None:
        raise Refused("There is no such open room in this clinic.", status=404)
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            commands.close_room(actor, room_id=room.id, reason=form.cleaned_data["reason"], at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"{room.name} is closed.")
            return redirect("people:staff")
    return render_form(request, "people/close_room.html", {"room": room, "form": form})


@allow("people.write")
@read_or_send
def give_sign_in(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The password is in this one answer and nowhere else."""
    actor = request.actor
    patient = queries.patient_for(actor, patient_id)
    note_read(actor, patient.id, "sign-in")
    existing = queries.sign_in_of(actor, patient.id)
    typed = {"username": existing.username if existing else request.POST.get("username", "")}
    form = forms.SignInForm(typed if request.method == "POST" else None)
    context: dict[str, Any] = {"patient": patient, "form": form, "existing": existing}
    if form.is_valid():
        try:
            user, password = sign_ins.give_sign_in(
                actor, patient_id=patient.id, username=form.cleaned_data["username"], at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return render(request, "people/sign_in_given.html", {**context, "user_given": user, "password": password})
    return render_form(request, "people/sign_in.html", context)


@allow("people.manage_staff")
@read_or_send
def add_staff(request: SignedInRequest) -> HttpResponse:
    form = forms.StaffForm(request.POST or None)
    if form.is_valid():
        try:
            user, password = sign_ins.add_staff(request.actor, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            return render(request, "people/staff_added.html", {"user_given": user, "password": password})
    return render_form(request, "people/add_staff.html", {"form": form})


@allow("people.manage_staff")
@read_or_send
def end_staff(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    actor = request.actor
    member = queries.staff_member(actor, user_id)
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            sign_ins.end_staff(actor, user_id=member.id, reason=form.cleaned_data["reason"], at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"The account of {member.display_name} is closed.")
            return redirect("people:staff")
    return render_form(request, "people/end_staff.html", {"member": member, "form": form})
