"""The person's own pages: one question a screen, on their own phone."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ketachart.instruments.scoring import fired, items_to_ask, newly_fired
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.scales import commands, queries, rules
from ketachart.scales.forms import QuestionForm, is_typed
from ketachart.scales.kept_answers import read_handed, take_kept, to_take_along
from ketachart.scales.models import Assignment
from ketachart.scales.queries import Form, language_that_is_missing
from ketachart.web.forms import refusal_text, refuse, render_form
from ketachart.web.gates import allow


@allow("scales.answer_own")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    note_read(actor, actor.patient_id, "own questionnaires")
    forms = [queries.form(actor, one.id) for one in queries.open_assignments(actor, actor.patient_id)]
    past = queries.responses(actor, actor.patient_id)
    return render(request, "scales/mine.html", {"forms": forms, "past": past, "now": clock.now()})


@allow("scales.answer_own")
@require_safe
def start(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    form = _own(request, assignment_id)
    if form.assignment.status == Assignment.DONE:
        return redirect("scales:done", assignment_id=assignment_id)
    first = form.next_item_id
    answered = len(form.given)
    asked = len(items_to_ask(form.instrument, form.given))
    context = {
        "form_state": form,
        "first": first,
        "answered": answered,
        "left": asked - answered,
        "along": to_take_along(form, request.actor),  # type: ignore[attr-defined]
        "numbers": _numbers(request),
        "not_in": language_that_is_missing(form),
    }
    return render(request, "scales/start.html", context)


@allow("scales.answer_own")
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, assignment_id: UUID, item_id: str) -> HttpResponse:
    state = _own(request, assignment_id)
    if state.assignment.status == Assignment.DONE:
        return redirect("scales:done", assignment_id=assignment_id)
    place = rules.place_of(state.instrument, state.given, item_id)
    if place is None:
        raise Http404
    form = QuestionForm(state.instrument, place.item)
    if request.method == "POST":
        rather_not = "rather-not" in request.POST
        form = QuestionForm(state.instrument, place.item, request.POST)
        if rather_not or form.is_valid():
            value = None if rather_not else int(form.cleaned_data["answer"])
            try:
                commands.record_answer(
                    request.actor,  # type: ignore[attr-defined]
                    assignment_id=assignment_id,
                    item_id=item_id,
                    value=value,
                    at=clock.now(),
                )
            except Refused as refused:
                refuse(form, refused)
            else:
                return _onward(request, assignment_id, item_id, before=state.given)
    elif state.given.get(item_id) is not None:
        # going back shows the person's own answer; a question that was not reached shows none
        form = QuestionForm(state.instrument, place.item, initial={"answer": str(state.given[item_id])})
    context = {
        "form_state": state,
        "place": place,
        "form": form,
        "numbers": len(state.instrument.options_of(place.item)) > 8,
        "typed": is_typed(state.instrument, place.item),
        "window": state.instrument.window_of(place.item),
        "rather_not_stands": item_id in state.given and state.given[item_id] is None,
        "here": {
            "assignment": str(assignment_id),
            "person": str(request.actor.user_id),  # type: ignore[attr-defined]
            "item": item_id,
            "given": state.given,
        },
    }
    return render_form(request, "scales/question.html", context)


@allow("scales.answer_own")
@require_POST
def kept(request: HttpRequest, assignment_id: UUID) -> JsonResponse:
    """What the phone kept while it had no network, handed in once it has one again."""
    actor = request.actor  # type: ignore[attr-defined]
    made = take_kept(actor, assignment_id=assignment_id, handed=read_handed(request.body), at=clock.now())
    return JsonResponse({"sent": made is not None})


@allow("scales.answer_own")
@require_safe
def help_now(request: HttpRequest, assignment_id: UUID, item_id: str) -> HttpResponse:
    """Shown at once after an answer that worries us, before the next question."""
    state = _own(request, assignment_id)
    place = rules.place_of(state.instrument, state.given, item_id)
    after = place.after if place else None
    return render(request, "scales/help_now.html", {"form_state": state, "after": after, "numbers": _numbers(request)})


@allow("scales.answer_own")
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    state = _own(request, assignment_id)
    if state.assignment.status == Assignment.DONE:
        return redirect("scales:done", assignment_id=assignment_id)
    problem = ""
    if request.method == "POST":
        try:
            commands.submit(request.actor, assignment_id=assignment_id, at=clock.now())  # type: ignore[attr-defined]
        except Refused as refused:
            problem = refusal_text(refused)
        else:
            return redirect("scales:done", assignment_id=assignment_id)
    lines = []
    for item in items_to_ask(state.instrument, state.given):
        value = state.given.get(item.id)
        words = next((one.text for one in state.instrument.options_of(item) if one.value == value), None)
        lines.append({"item": item, "words": words, "reached": item.id in state.given})
    context = {
        "form_state": state,
        "lines": lines,
        "problem": problem,
        "unreached": [line for line in lines if not line["reached"]],
    }
    return render(request, "scales/review.html", context, status=422 if problem else 200)


@allow("scales.answer_own")
@require_safe
def done(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    state = _own(request, assignment_id)
    if state.assignment.status != Assignment.DONE:
        return redirect("scales:start", assignment_id=assignment_id)
    worrying = any(one.crisis for one in fired(state.instrument, state.given, sent=True))
    waiting = queries.open_assignments(request.actor, state.assignment.patient_id)  # type: ignore[attr-defined]
    others = sorted(
        waiting, key=lambda one: one.instrument is None or one.instrument.has_total
    )  # safety questions first
    context = {
        "form_state": state,
        "response": state.assignment.response,
        "worrying": worrying,
        "others": others,
        "numbers": _numbers(request),
    }
    return render(request, "scales/done.html", context)


def _own(request: HttpRequest, assignment_id: UUID) -> Form:
    state = queries.form(request.actor, assignment_id)  # type: ignore[attr-defined]
    if request.method != "POST":
        note_read(request.actor, state.assignment.patient_id, "own questionnaire")  # type: ignore[attr-defined]
    return state


def _numbers(request: HttpRequest) -> object:
    return queries.help_numbers(request.actor.clinic_id)  # type: ignore[attr-defined]


def _onward(
    request: HttpRequest, assignment_id: UUID, item_id: str, *, before: Mapping[str, int | None]
) -> HttpResponse:
    """The next question; whom to call comes first after an answer that asks for it."""
    state = _own(request, assignment_id)
    if any(one.crisis for one in newly_fired(state.instrument, before=before, after=state.given)):
        return redirect("scales:help_now", assignment_id=assignment_id, item_id=item_id)
    place = rules.place_of(state.instrument, state.given, item_id)
    if place is None or place.after is None:
        return redirect("scales:review", assignment_id=assignment_id)
    return redirect("scales:question", assignment_id=assignment_id, item_id=place.after)
