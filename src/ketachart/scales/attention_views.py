"""What waits for a person: the inbox of matters, and the numbers that people in a crisis are given."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ketachart.people.queries import patient_for, patients_by_id
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.record.roles import ROLES
from ketachart.scales import queries, rules
from ketachart.scales.attention import close_attention, set_help_numbers, take_attention
from ketachart.scales.forms import CloseForm, GiveForm, HelpNumbersForm
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import allow

NUMBER_FIELDS = (
    "crisis_name",
    "crisis_contact",
    "emergency_number",
    "clinic_phone",
    "watched",
    "attention_minutes",
    "urgent_attention_minutes",
)


@allow("scales.attend")
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    items = queries.open_attention_items(actor)
    closed = queries.closed_attention_items(actor)
    people = patients_by_id(actor, [one.patient_id for one in (*items, *closed)])
    now = clock.now()
    context = {
        "rows": [
            (one, people.get(one.patient_id), rules.is_late(one.due_at, now), ROLES.get(one.owner_role, ""))
            for one in items
        ],
        "closed": [(one, people.get(one.patient_id)) for one in closed],
        "now": now,
        "numbers": queries.help_numbers(actor.clinic_id),
    }
    return render(request, "scales/attention.html", context)


@allow("scales.attend")
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, attention_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    one = queries.attention_item(actor, attention_id)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = form.cleaned_data["what_was_done"]
        try:
            close_attention(actor, attention_id=one.id, what_was_done=done, at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, "Closed, with your name and what was done.")
            return redirect("scales:attention")
    note_read(actor, one.patient_id, "attention item")
    now = clock.now()
    context = {
        "one": one,
        "patient": patient_for(actor, one.patient_id),
        "form": form,
        "give": GiveForm(actor),
        "owner_role": ROLES.get(one.owner_role, one.owner_role),
        "late": rules.is_late(one.due_at, now),
        "now": now,
    }
    return render_form(request, "scales/attention_item.html", context)


@allow("scales.attend")
@require_POST
def take(request: HttpRequest, attention_id: UUID) -> HttpResponse:
    take_attention(request.actor, attention_id=attention_id, at=clock.now())  # type: ignore[attr-defined]
    return redirect("scales:attention_item", attention_id=attention_id)


@allow("scales.help_numbers")
@require_http_methods(["GET", "HEAD", "POST"])
def help_numbers(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    standing = queries.help_numbers(actor.clinic_id)
    initial = {name: getattr(standing, name) for name in NUMBER_FIELDS} if standing else {}
    form = HelpNumbersForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_help_numbers(actor, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, "Saved. Patients see these numbers from now on.")
            return redirect("scales:attention")
    return render_form(request, "scales/help_numbers.html", {"form": form})
