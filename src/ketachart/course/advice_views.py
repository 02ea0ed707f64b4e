"""The route advice: every product and route side by side, and the clinician's choice with its reason."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from ketachart.course import commands, queries
from ketachart.course.advice_page import advice_for
from ketachart.course.forms import RouteForm
from ketachart.knowledge.loader import catalogue
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import SignedInRequest, allow


@allow("course.prescribe")
def route_advice(request: SignedInRequest, course_id: UUID) -> HttpResponse:
    actor, at = request.actor, clock.now()
    course = queries.course_for(actor, course_id)
    if course is None:
        raise Http404
    patient = patient_for(actor, course.patient_id)
    shown = advice_for(actor, course, at=at)
    form = RouteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        picked = form.cleaned_data["way"]
        try:
            commands.choose_route(
                actor,
                course_id=course.id,
                option=next((way.option for way in shown.ways if way.option.key == picked), None),
                reasons=form.cleaned_data["reasons"],
                person_agrees=form.cleaned_data["person_agrees"] == "yes",
                at=at,
            )
            return redirect(f"{reverse('course:write_plan', args=[course.id])}?way={picked}")
        except Refused as refused:
            refuse(form, refused)
    if request.method != "POST":
        note_read(actor, course.patient_id, "route advice")
    context = {
        "patient": patient,
        "course": course,
        "indication": catalogue().title_of(course.indication),
        "form": form,
        "picked": request.POST.get("way", ""),
        "shown": shown,
        "zone": queries.clinic_zone(actor),
    }
    return render_form(request, "course/route_advice.html", context)
