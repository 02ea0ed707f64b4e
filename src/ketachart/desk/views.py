"""Pages that cross the parts."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ketachart.desk import queries, worklists
from ketachart.desk.timeline import timeline
from ketachart.desk.way import Happening, way_through
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.web.gates import allow


@allow("web.staff")
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    lists = worklists.for_actor(request.actor, now)
    return render(request, "desk/today.html", {"now": now, "lists": lists})


@allow("people.read")
@require_safe
def patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor
    person = patient_for(actor, patient_id)
    note_read(actor, person.id, "overview")
    events = queries.events_of_patient(actor, person.id)
    context = {
        "patient": person,
        "steps": way_through(Happening(event.kind, event.effective_at) for event in events),
        "days": timeline(events, ZoneInfo(timezone.get_current_timezone_name())),
    }
    return render(request, "desk/patient.html", context)


@allow("web.own_record")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The patient's own phone: today's one thing first."""
    actor = request.actor
    person = patient_for(actor, actor.patient_id)
    now = clock.now()
    lists = worklists.for_patient(actor, now)
    note_read(actor, person.id, "own home")
    return render(request, "desk/mine.html", {"patient": person, "now": now, "lists": lists})
