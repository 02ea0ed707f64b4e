"""Pages that cross the parts."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ketachart.desk import own, queries, worklists
from ketachart.desk.axis import AXIS_KINDS, axis_of
from ketachart.desk.situation import DECISIVE, Told, situation_of, with_standing
from ketachart.desk.timeline import timeline
from ketachart.desk.way import STAGES, Happening, way_through
from ketachart.desk.worklists import Moment
from ketachart.intake.standing_queries import standing_of
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.scales.queries import help_numbers
from ketachart.treatment.alarm_calls import call_in
from ketachart.web.gates import SignedInRequest, allow
from ketachart.web.navigation import patient_tab_address


def _moment() -> Moment:
    return Moment(clock.now(), ZoneInfo(timezone.get_current_timezone_name()))


@allow("web.staff")
@require_safe
def today(request: SignedInRequest) -> HttpResponse:
    moment = _moment()
    lists = worklists.for_actor(request.actor, moment)
    context = {
        "now": moment.now,
        "lists": [work for work in lists if work.items],
        "quiet": [work for work in lists if not work.items],
    }
    return render(request, "desk/today.html", context)


@allow("people.read")
@require_safe
def patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    actor = request.actor
    person = patient_for(actor, patient_id)
    note_read(actor, person.id, "overview")
    events = queries.events_of_patient(actor, person.id)
    wanted = DECISIVE | AXIS_KINDS
    told = [Told(event.kind, event.effective_at, event.content) for event in events if event.kind in wanted]
    moment = _moment()
    standing = standing_of(actor, person.id, at=moment.now)
    steps = way_through(
        (Happening(event.kind, event.effective_at) for event in events),
        with_standing(situation_of(told), {"decision": standing.decision, "consent": standing.consent}),
        {stage.id: patient_tab_address(stage.url_name, actor.permissions, person.id) for stage in STAGES},
    )
    context = {
        "patient": person,
        "steps": steps,
        "days": timeline(events, moment.zone, session_pages=actor.may("treatment.read")),
        "axis": axis_of(told, moment.now, moment.zone),
        "ahead": worklists.ahead_of_patient(actor, person.id, moment),
    }
    return render(request, "desk/patient.html", context)


@allow("web.own_record")
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    """The patient's own phone: today's one thing first."""
    actor = request.actor
    moment = _moment()
    assert actor.patient_id is not None  # the database knows no patient's account without a patient
    person, session_id = own.person_in_session(actor)
    note_read(actor, person.id, "own home")
    context = {
        "person": person,
        "now": moment.now,
        "things": own.things_to_do(actor, moment),
        "visit": own.next_visit(actor, moment),
        "help": help_numbers(actor.clinic_id),
        "session_id": session_id,
        "call": call_in(actor, session_id) if session_id else None,
    }
    return render(request, "desk/mine.html", context)
