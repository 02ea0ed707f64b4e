"""Pages of the scales for staff."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from ketachart.instruments.model import Instrument, Sex
from ketachart.instruments.scoring import change, score
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.scales import commands, queries
from ketachart.scales.forms import AssignForm, ReasonForm, WholeForm
from ketachart.scales.library import for_the_phone, instrument_for, library
from ketachart.scales.models import MODES, Response
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import allow


@allow("scales.read")
@require_safe
def patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    person = patient_for(actor, patient_id)
    note_read(actor, patient_id, "scales")
    sittings = queries.responses(actor, patient_id)
    known = library(actor.clinic_id)

    def scale(instrument_id: str) -> Instrument | None:
        return known.get(instrument_id) or instrument_for(actor.clinic_id, instrument_id)

    context = {
        "patient": person,
        "open": [(one, scale(one.instrument_id)) for one in queries.open_assignments(actor, patient_id)],
        "sittings": [
            (one, scale(one.instrument_id), _change_text(one, scale(one.instrument_id), sittings)) for one in sittings
        ],
        "attention": queries.open_attention_items(actor, patient_id) if actor.may("scales.attend") else [],
        "shelves": _shelves(known.values()),
        "now": clock.now(),
    }
    return render_form(request, "scales/patient.html", context)


@allow("scales.assign")
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    person = patient_for(actor, patient_id)
    note_read(actor, person.id, "scale, to assign")
    scales = for_the_phone(actor.clinic_id)
    form = AssignForm(scales, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.assign_scale(actor, patient_id=person.id, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            title = scales[made.instrument_id].title
            messages.success(request, f"{title} now waits for {person.given_name} on the phone.")
            return redirect("scales:patient", patient_id=patient_id)
    return render_form(request, "scales/assign.html", {"patient": person, "form": form})


@allow("scales.enter")
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, patient_id: UUID, instrument_id: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    person = patient_for(actor, patient_id)
    note_read(actor, person.id, "scale, to enter")
    instrument = library(actor.clinic_id).get(instrument_id)
    if instrument is None:
        raise Http404
    form = WholeForm(instrument, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.enter_response(
                actor,
                patient_id=person.id,
                instrument_id=instrument.id,
                answers=form.answers(),
                answered_at=form.cleaned_data["answered_at"],
                purpose=form.cleaned_data["purpose"],
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("scales:response", response_id=made.id)
    return render_form(request, "scales/enter.html", {"patient": person, "form": form, "instrument": instrument})


@allow("scales.assign")
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    state = queries.form(actor, assignment_id)
    note_read(actor, state.assignment.patient_id, "scale, to withdraw")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.cancel_assignment(
                actor, assignment_id=assignment_id, reason=form.cleaned_data["reason"], at=clock.now()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("scales:patient", patient_id=state.assignment.patient_id)
    context = {"patient": patient_for(actor, state.assignment.patient_id), "form_state": state, "form": form}
    return render_form(request, "scales/cancel.html", context)


@allow("scales.read")
@require_http_methods(["GET", "HEAD", "POST"])
def response(request: HttpRequest, response_id: UUID) -> HttpResponse:
    """One response with every answer; strike it here when it is wrong."""
    actor = request.actor  # type: ignore[attr-defined]
    one = queries.response(actor, response_id)
    person = patient_for(actor, one.patient_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.strike_response(actor, response_id=one.id, reason=form.cleaned_data["reason"], at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("scales:response", response_id=one.id)
    note_read(actor, person.id, f"{one.instrument_id} response")
    instrument = instrument_for(actor.clinic_id, one.instrument_id)
    if instrument is None:
        raise Http404
    lines = []
    for item in instrument.item:
        value = one.content.answers.get(item.id)
        words = next((option.text for option in instrument.options_of(item) if option.value == value), None)
        lines.append({"item": item, "value": value, "words": words, "asked": item.id in one.content.answers})
    context = {
        "patient": person,
        "response": one,
        "instrument": instrument,
        "lines": lines,
        "form": form,
        "mode": MODES[one.mode] if instrument.mode == "self" else "Rated by staff",
        "struck": getattr(one, "struck", None),
        "change": _change_text(one, instrument, queries.responses(actor, person.id)),
        "result": score(instrument, one.content.answers, sex=_sex(person.sex_at_birth)),
    }
    return render_form(request, "scales/response.html", context)


def _sex(sex_at_birth: str | None) -> Sex | None:
    sexes: dict[str | None, Sex] = {"female": "female", "male": "male"}
    return sexes.get(sex_at_birth)


def _shelves(scales: Iterable[Instrument]) -> list[tuple[str, list[Instrument]]]:
    """The scales that staff may enter, by who rates them; those without words apart."""
    shelves: dict[str, list[Instrument]] = {
        "Answered by the person": [],
        "Rated by a clinician": [],
        "Observed in the room": [],
        "Numbers from your own licensed sheet": [],
    }
    names = {"self": "Answered by the person", "clinician": "Rated by a clinician", "observer": "Observed in the room"}
    for one in scales:
        shelves[names[one.mode] if one.has_wording else "Numbers from your own licensed sheet"].append(one)
    return [(name, sorted(held, key=lambda one: one.title)) for name, held in shelves.items() if held]


def _change_text(one: Response, instrument: Instrument | None, all_of_person: list[Response]) -> str:
    """Against the first complete response of the same scale, in words."""
    standing = [r for r in all_of_person if r.instrument_id == one.instrument_id and not hasattr(r, "struck")]
    first = min((r for r in standing if r.total is not None), key=lambda r: r.answered_at, default=None)
    if instrument is None or first is None or first.id == one.id or one.total is None or hasattr(one, "struck"):
        return ""
    result = change(instrument, baseline=first.total, now=one.total)
    difference = one.total - (first.total or 0)
    parts = [f"{difference:+g} since {first.answered_at:%-d %b}"]
    if result.response:
        parts.append("response")
    if result.remission:
        parts.append("remission")
    if result.reliable_worsening:
        parts.append("reliably worse")
    elif result.reliable_improvement:
        parts.append("reliably better")
    return ", ".join(parts)
