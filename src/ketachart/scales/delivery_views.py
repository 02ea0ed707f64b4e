"""Who is to be reminded, and what was answered of what was asked: pages for staff."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ketachart.people.queries import patient_for, patients_by_id
from ketachart.policy.queries import site_values_at
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.scales import missing, queries
from ketachart.scales.escalation import give_attention
from ketachart.scales.forms import GiveForm, RemindedForm
from ketachart.scales.reminder_commands import note_by_hand
from ketachart.scales.reminder_queries import people_to_remind, reminder_plan
from ketachart.scales.senders import senders
from ketachart.web.forms import refusal_text, refuse, render_form
from ketachart.web.gates import allow

PERIODS_DAYS = (30, 90, 365)


@allow("scales.remind")
@require_safe
def reminders(request: HttpRequest) -> HttpResponse:
    """Names, times and how to reach somebody: no scale and no score, so that the front desk may work from it."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    name = site_values_at(actor.clinic_id, now).text("scales.reminders.sender") or ""
    sender = senders().get(name)
    context = {
        "rows": people_to_remind(actor.clinic_id, at=now),
        "now": now,
        "plan": reminder_plan(actor.clinic_id, now),
        "sender": sender.title if sender else "",
        "unknown_sender": name if name and sender is None else "",
    }
    return render(request, "scales/reminders.html", context)


@allow("scales.remind")
@require_http_methods(["GET", "HEAD", "POST"])
def reminded(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    person = patient_for(actor, patient_id)
    one = next((one for one in people_to_remind(actor.clinic_id, at=clock.now()) if one.person.id == person.id), None)
    if one is None:
        raise Refused("Nothing waits for this person any more.", status=404)
    form = RemindedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            note_by_hand(actor, patient_id=person.id, how=form.cleaned_data["how"], at=clock.now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, "Noted, with your name.")
            return redirect("scales:reminders")
    note_read(actor, person.id, "to be reminded")
    context = {"patient": person, "turn": one, "form": form, "now": clock.now()}
    return render_form(request, "scales/reminded.html", context)


@allow("scales.read")
@require_safe
def missing_of_person(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    person = patient_for(actor, patient_id)
    note_read(actor, patient_id, "what was answered of what was asked")
    lines, counted = missing.of_person(actor, patient_id, now)
    context = {"patient": person, "lines": lines, "tally": counted, "now": now}
    return render(request, "scales/missing_person.html", context)


@allow("scales.read")
@require_safe
def missing_of_clinic(request: HttpRequest) -> HttpResponse:
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(one) for one in PERIODS_DAYS} else PERIODS_DAYS[0]
    by_person, by_scale, counted = missing.of_clinic(actor, now, days=days)
    people = patients_by_id(actor, [one.patient_id for one in by_person if one.patient_id])
    named = [replace(one, name=people[one.patient_id].name) for one in by_person if one.patient_id in people]
    context = {
        "by_person": named,
        "by_scale": by_scale,
        "tally": counted,
        "days": days,
        "periods": PERIODS_DAYS,
        "now": now,
    }
    return render(request, "scales/missing_clinic.html", context)


@allow("scales.attend")
@require_POST
def give(request: HttpRequest, attention_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    item = queries.attention_item(actor, attention_id)
    form = GiveForm(actor, request.POST)
    if form.is_valid():
        try:
            given = give_attention(
                actor, attention_id=item.id, to_user_id=form.cleaned_data["to_user_id"], at=clock.now()
            )
        except Refused as refused:
            messages.error(request, refusal_text(refused))
        else:
            messages.success(request, f"{given.owner_name} owns it now.")
    else:
        messages.error(request, "Nobody was chosen. Choose a person from the list.")
    return redirect("scales:attention_item", attention_id=item.id)
