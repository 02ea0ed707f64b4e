"""Day by room, week, one person's appointments, the patient's own visits."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from ketachart.people.queries import patient_for, rooms_of
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.schedule import commands, queries
from ketachart.schedule.forms import BookForm, SeriesForm, StatusForm
from ketachart.schedule.preparation import preparation_for
from ketachart.schedule.rules import NEXT_STATUS, STATUS_LABELS, week_of
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import SignedInRequest, allow

STATUS_BADGES = {"booked": "plain", "arrived": "met", "cancelled": "not-met", "no_show": "missing"}


@allow("schedule.read")
def today(request: SignedInRequest) -> HttpResponse:
    zone = queries.clinic_zone(request.actor)
    return redirect("schedule:day", day=clock.now().astimezone(zone).date())


@allow("schedule.read")
def day(request: SignedInRequest, day: date) -> HttpResponse:
    zone = queries.clinic_zone(request.actor)
    now = clock.now().astimezone(zone)
    shown = queries.day_view(request.actor, day, zone)
    context = {
        "shown": shown,
        "zone": zone,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "today": now.date(),
        "may_write": request.actor.may("schedule.write"),
        "next_status": NEXT_STATUS,
        "status_labels": STATUS_LABELS,
        "status_badges": STATUS_BADGES,
        "waiting": [e for c in shown.columns for e in c.entries if e.appointment.status == "booked"],
    }
    return render(request, "schedule/day.html", context)


@allow("schedule.read")
def week(request: SignedInRequest, day: date) -> HttpResponse:
    zone = queries.clinic_zone(request.actor)
    monday = week_of(day)[0]
    context = {
        "days": queries.week_view(request.actor, day, zone),
        "zone": zone,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "today": clock.now().astimezone(zone).date(),
        "status_labels": STATUS_LABELS,
        "status_badges": STATUS_BADGES,
    }
    return render(request, "schedule/week.html", context)


@allow("schedule.read")
def patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    note_read(request.actor, patient_for(request.actor, patient_id).id, "appointments")
    return _patient_page(request, patient_id, None, None)


@allow("schedule.write")
@require_POST
def book(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    form = BookForm(request.POST, **_places(request))
    if form.is_valid():
        try:
            commands.book(
                request.actor,
                patient_id=patient_id,
                kind=form.cleaned_data["kind"],
                starts_at=form.cleaned_data["moment"],
                minutes=form.length_minutes,
                room_id=form.room_id,
                staff_id=form.staff_id,
                course_id=queries.running_course_id(request.actor, patient_id)
                if form.cleaned_data["kind"] == "treatment"
                else None,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
            return redirect("schedule:patient", patient_id=patient_id)
        except Refused as refused:
            refuse(form, refused)
    return _patient_page(request, patient_id, form, None)


@allow("schedule.write")
@require_POST
def book_series(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    form = SeriesForm(request.POST, prefix="series", **_places(request))
    if form.is_valid():
        try:
            commands.book_series(
                request.actor,
                patient_id=patient_id,
                kind="treatment",
                starts=form.cleaned_data["moments"],
                minutes=form.length_minutes,
                room_id=form.room_id,
                staff_id=form.staff_id,
                course_id=queries.running_course_id(request.actor, patient_id),
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
            return redirect("schedule:patient", patient_id=patient_id)
        except Refused as refused:
            refuse(form, refused)
    return _patient_page(request, patient_id, None, form)


def _places(request: SignedInRequest) -> dict[str, Any]:
    return {
        "rooms": rooms_of(request.actor),
        "staff": queries.bookable_staff(request.actor),
        "zone": queries.clinic_zone(request.actor),
    }


def _patient_page(
    request: SignedInRequest, patient_id: UUID, book_form: BookForm | None, series_form: SeriesForm | None
) -> HttpResponse:
    actor, now = request.actor, clock.now()
    found = patient_for(actor, patient_id)
    rows = queries.appointments_of(actor, patient_id)
    may_write = actor.may("schedule.write")
    places = _places(request) if may_write else None
    context = {
        "patient": found,
        "coming": sorted((row for row in rows if row.ends_at >= now), key=lambda row: row.starts_at),
        "past": [row for row in rows if row.ends_at < now],
        "zone": queries.clinic_zone(actor),
        "may_write": may_write,
        "book_form": book_form or (BookForm(**places) if places else None),
        "series_form": series_form or (SeriesForm(prefix="series", **places) if places else None),
        "form": book_form or series_form,
        "status_labels": STATUS_LABELS,
        "status_badges": STATUS_BADGES,
        "next_status": NEXT_STATUS,
        "has_rooms": bool(places and places["rooms"]),
    }
    return render_form(request, "schedule/patient.html", context)


@allow("schedule.write")
def appointment(request: SignedInRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment, and what may become of it."""
    actor = request.actor
    found = queries.appointment_for(actor, appointment_id)
    if found is None:
        raise Http404
    form = StatusForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.change_status(actor, appointment_id=appointment_id, at=clock.now(), **form.cleaned_data)
            zone = queries.clinic_zone(actor)
            return redirect(reverse("schedule:day", kwargs={"day": found.starts_at.astimezone(zone).date()}))
        except Refused as refused:
            refuse(form, refused)
    if request.method != "POST":
        note_read(actor, found.patient_id, "appointment")
    preparation = preparation_for(actor, found, found.starts_at.date())
    context = {
        "patient": patient_for(actor, found.patient_id),
        "appointment": found,
        "zone": queries.clinic_zone(actor),
        "form": form,
        "following": [(status, STATUS_LABELS[status]) for status in NEXT_STATUS[found.status]],
        "status_labels": STATUS_LABELS,
        "status_badges": STATUS_BADGES,
        "clock": queries.fasting_clock_for(actor, found, preparation),
        "preparation": preparation,
        "staffing": queries.staffing_findings(actor, found, queries.clinic_zone(actor)),
    }
    return render_form(request, "schedule/appointment.html", context)


@allow("schedule.read_own")
def mine(request: SignedInRequest) -> HttpResponse:
    """The patient's own visits: the next one first, with how to prepare."""
    actor, now = request.actor, clock.now()
    if actor.patient_id is None:
        raise Http404
    found = patient_for(actor, actor.patient_id)
    note_read(actor, found.id, "own visits")
    coming = queries.next_appointment(actor, found.id, now)
    rows = queries.appointments_of(actor, found.id)
    preparation = preparation_for(actor, coming, now.date())
    context = {
        "patient": found,
        "coming": coming,
        "later": sorted(
            (r for r in rows if coming and r.starts_at > coming.starts_at and r.status == "booked"),
            key=lambda row: row.starts_at,
        ),
        "zone": queries.clinic_zone(actor),
        "clock": queries.fasting_clock_for(actor, coming, preparation)
        if coming and coming.kind == "treatment"
        else None,
        "preparation": preparation,
        "now": now,
    }
    return render(request, "schedule/mine.html", context)
