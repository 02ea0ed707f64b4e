"""The outcome chart: one page for the clinic, one for the person, the same chart on both."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render

from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.registry import queries
from ketachart.web.gates import SignedInRequest, allow


@allow("registry.read")
def outcome(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    person = patient_for(request.actor, patient_id)
    note_read(request.actor, patient_id, "outcome chart")
    context = {
        "patient": person,
        "outcomes": queries.outcomes_of(request.actor, patient_id, clock.now()),
        "zone": queries.clinic_zone(request.actor),
    }
    return render(request, "registry/outcome.html", context)


@allow("registry.read_own")
def mine(request: SignedInRequest) -> HttpResponse:
    actor = request.actor
    if actor.patient_id is None:
        raise Http404
    note_read(actor, actor.patient_id, "own outcome chart")
    context = {
        "outcomes": queries.outcomes_of(actor, actor.patient_id, clock.now()),
        "zone": queries.clinic_zone(actor),
    }
    return render(request, "registry/mine.html", context)
