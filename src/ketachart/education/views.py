"""Reading on the phone, in public, and handing out."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ketachart.education import commands, queries, rules
from ketachart.education.forms import HandOutForm
from ketachart.education.numbering import numbered
from ketachart.knowledge.patient_texts import texts_in_force
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import SignedInRequest, allow, public


@public
@require_safe
def topics(request: HttpRequest) -> HttpResponse:
    """Everything there is to read, for anybody."""
    found = texts_in_force(_today(), "education")
    labels = dict.fromkeys(text.group for text in found)
    groups = [(label, [text for text in found if text.group == label]) for label in labels]
    return render(request, "education/topics.html", {"groups": groups})


@public
@require_safe
def topic(request: HttpRequest, text_id: str) -> HttpResponse:
    text = queries.topic(text_id, _today())
    every = texts_in_force(_today(), "education")
    here = every.index(text)
    context = {
        "shown": numbered(text),
        "before": every[here - 1] if here else None,
        "after": every[here + 1] if here + 1 < len(every) else None,
        "place": here + 1,
        "count": len(every),
    }
    return render(request, "education/topic.html", context)


@allow("education.read_own")
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    """The patient's shelf: what is for them, and how far they have come."""
    actor = request.actor
    patient_id = _own(request)
    note_read(actor, patient_id, "own texts")
    groups = queries.shelf_of(actor, patient_id, _today())
    own = rules.own_lines(groups)
    context = {
        "groups": groups,
        "read": sum(line.is_read for line in own),
        "count": len(own),
        "next": rules.next_to_read(groups),
    }
    return render(request, "education/mine.html", context)


@allow("education.read_own")
@require_safe
def my_text(request: SignedInRequest, text_id: str) -> HttpResponse:
    actor = request.actor
    patient_id = _own(request)
    text = queries.text(text_id, _today())
    note_read(actor, patient_id, "own texts")
    groups = queries.shelf_of(actor, patient_id, _today())
    own = rules.own_lines(groups)
    ids = [line.text.id for line in own]
    context = {
        "shown": numbered(text),
        "place": ids.index(text.id) + 1 if text.id in ids else None,
        "count": len(ids),
        "is_read": any(line.is_read for group in groups for line in group.lines if line.text.id == text.id),
        "next": rules.next_to_read(groups, text.id),
    }
    return render(request, "education/my_text.html", context)


@allow("education.read_own")
@require_POST
def mark_read(request: SignedInRequest, text_id: str) -> HttpResponse:
    actor = request.actor
    text = queries.text(text_id, _today())
    sha256 = request.POST.get("sha256", "")
    commands.mark_read(actor, text_id=text.id, version=text.version, sha256=sha256, at=clock.now())
    following = rules.next_to_read(queries.shelf_of(actor, _own(request), _today()), text.id)
    if following is None:
        messages.success(request, "You have read everything that is here for you.")
        return redirect("education:mine")
    return redirect("education:my_text", text_id=following.id)


@allow("education.read")
@require_safe
def texts(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """For staff: what this person has to read, has read and was given."""
    actor = request.actor
    patient = patient_for(actor, patient_id)
    note_read(actor, patient_id, "texts")
    groups = queries.shelf_of(actor, patient_id, _today())
    own = rules.own_lines(groups)
    context = {
        "patient": patient,
        "groups": groups,
        "for_home": queries.home_texts(actor, patient_id, _today()),
        "read": sum(line.is_read for line in own),
        "count": len(own),
        "given": queries.hand_outs(actor, patient_id),
    }
    return render(request, "education/texts.html", context)


@allow("education.read")
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: SignedInRequest, patient_id: UUID, text_id: str) -> HttpResponse:
    """One text for one person: to print, and to chart that it was handed out."""
    actor = request.actor
    patient = patient_for(actor, patient_id)
    found = queries.text(text_id, _today())
    form = HandOutForm(request.POST or None, initial={"sha256": found.sha256})
    if request.method == "POST" and form.is_valid():
        try:
            commands.hand_out(
                actor,
                patient_id=patient_id,
                text_id=found.id,
                version=found.version,
                at=clock.now(),
                **form.cleaned_data,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"Charted: “{found.title}”, version {found.version}, was handed out.")
            return redirect("education:texts", patient_id=patient_id)
    if request.method != "POST":
        note_read(actor, patient_id, "text to hand out")
    context = {
        "patient": patient,
        "shown": numbered(found),
        "form": form,
        "may_hand_out": actor.may("education.hand_out"),
        "given": [row for row in queries.hand_outs(actor, patient_id) if row.text_id == found.id],
        "printed_on": _today(),
    }
    return render_form(request, "education/text.html", context)


@allow("education.read")
@require_safe
def past_version(request: SignedInRequest, patient_id: UUID, text_id: str, version: str) -> HttpResponse:
    """The words that were handed out then, whatever holds today."""
    patient = patient_for(request.actor, patient_id)
    note_read(request.actor, patient_id, "text as handed out")
    context = {
        "patient": patient,
        "shown": numbered(queries.released(text_id, version)),
        "past": True,
        "printed_on": _today(),
    }
    return render(request, "education/text.html", context)


def _today() -> date:
    return clock.now().date()


def _own(request: SignedInRequest) -> UUID:
    if request.actor.patient_id is None:
        raise Http404
    return request.actor.patient_id
