"""The queue of monitoring forms, one form, and its paper."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.record.models import Clinic
from ketachart.treatment.paper_views import paper_in
from ketachart.treatment.rems import commands, queries
from ketachart.treatment.rems.fields import rems_knowledge
from ketachart.treatment.rems.forms import AnswersForm, SendForm
from ketachart.treatment.rems.paper import form_pdf
from ketachart.treatment.rems.senders import senders
from ketachart.web.forms import refuse
from ketachart.web.gates import SignedInRequest, allow


@allow("treatment.read")
@require_safe
def queue(request: SignedInRequest) -> HttpResponse:
    """Which forms are still to be sent, and until when."""
    at = clock.now()
    context = {
        "waiting": queries.queue(request.actor, at),
        "sent": queries.queue(request.actor, at, sent=True),
        "submission": rems_knowledge().submission,
    }
    return render(request, "treatment/rems_queue.html", context)


@allow("treatment.read")
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """One form: what the record fills, what only a person can say, and its sending."""
    actor, at = request.actor, clock.now()
    view = queries.view_form(actor, session_id, at)
    ways = senders()
    sends = request.method == "POST" and "send" in request.POST
    answers = AnswersForm(view.draft, request.POST if request.method == "POST" and not sends else None)
    sending = SendForm(ways, request.POST if sends else None)
    asked = sending if sends else answers
    if request.method == "POST" and asked.is_valid():
        try:
            if sends:
                commands.send(actor, session_id, at=at, **sending.cleaned_data)
            else:
                given = {name: value or "" for name, value in answers.cleaned_data.items()}
                commands.answer(actor, session_id, answers=given, at=at)
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            refuse(asked, refused)
        else:
            return HttpResponseRedirect(reverse("treatment:rems_form", args=[session_id]))
    note_read(actor, view.task.patient_id, "REMS monitoring form")
    context = {
        "patient": view.session.patient,
        "session": view.session.session,
        "view": view,
        "answers": answers,
        "sending": sending,
        "ways": ways,
        "submission": rems_knowledge().submission,
    }
    refused_once = request.method == "POST"
    return render(request, "treatment/rems_form.html", context, status=422 if refused_once else 200)


@allow("treatment.read")
@require_safe
def form_as_pdf(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """The form as it stands: a draft says that it is one."""
    at = clock.now()
    view = queries.view_form(request.actor, session_id, at)
    note_read(request.actor, view.task.patient_id, "REMS monitoring form, PDF")
    zone = Clinic.objects.values_list("timezone", flat=True).get(pk=request.actor.clinic_id)
    name = f"rems-{view.task.treated_on:%Y-%m-%d}-{str(session_id)[-6:]}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    body = form_pdf(view, at, paper=paper_in(zone))
    return HttpResponse(body, content_type="application/pdf", headers=headers)
