"""Pages of a session. A view reads, calls one command, and shows."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from ketachart.knowledge.findings import Finding
from ketachart.knowledge.patient_texts import PatientText, text_for
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work
from ketachart.treatment import commands, forms, queries
from ketachart.treatment.additions import addition_links, room_additions
from ketachart.treatment.cards import DISCHARGE, PREPARATION, cards, set_aside_choices
from ketachart.treatment.due import open_gaps
from ketachart.treatment.opening import consent_standing, opening_for, screening_today
from ketachart.treatment.print import printed
from ketachart.treatment.protocol import session_protocol
from ketachart.treatment.rules import discharge_findings, override_that_holds, overrides_given, start_findings
from ketachart.treatment.second_signature import second_signer_from
from ketachart.treatment.start_rules import time_out_items
from ketachart.treatment.state import delivered_mg, delivered_mg_per_kg
from ketachart.web.forms import UNPROCESSABLE, refuse
from ketachart.web.gates import SignedInRequest, allow

read_or_send = require_http_methods(["GET", "HEAD", "POST"])


@allow("treatment.read")
@require_safe
def board(request: SignedInRequest) -> HttpResponse:
    return render(
        request,
        "treatment/board.html",
        {
            "lines": queries.board(request.actor),
            "unsigned": queries.unsigned_sessions(request.actor),
            "at": clock.now(),
            "may_see_burden": request.actor.may("treatment.alarm_burden"),
        },
    )


@allow("treatment.read")
@require_safe
def room(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """The live page. Its reads of the record are noted by the address that hands out the record."""
    session = queries.session_for(request.actor, session_id)
    context = {
        "session_id": session.id,
        "bootstrap_url": reverse("treatment:bootstrap", args=[session.id]),
        "prediction_url": reverse("treatment:prediction", args=[session.id]),
        "gates_url": reverse("treatment:gate_page", args=[session.id]),
        "override_url": reverse("treatment:override_data", args=[session.id]),
        "board_url": reverse("treatment:board"),
        "additions": room_additions(),
        "addition_links": addition_links(session.id),
    }
    return render(request, "treatment/room.html", context)


@allow("treatment.read")
@require_safe
def gate_page(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """From the room to the page where the gate of this phase can be worked on."""
    session = queries.session_for(request.actor, session_id)
    before = session.phase in {"scheduled", "preparing", "ready"}
    return HttpResponseRedirect(reverse("treatment:prepare" if before else "treatment:discharge", args=[session.id]))


@allow("treatment.read")
@require_safe
def sessions(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    return _sessions(request, patient_id)


@allow("treatment.prepare")
@require_http_methods(["POST"])
def open_session(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Open a session from the plan in force. Sent twice, it opens one."""
    at = clock.now()
    opening = opening_for(request.actor, patient_id, at)
    if opening.why_not:
        raise Refused(opening.why_not, field="plan", fix="Complete it first.")
    form = forms.OpenForm(request.POST, rooms=opening.rooms)
    if form.is_valid():
        again = [one for one in queries.sessions_of(request.actor, patient_id) if one.id == form.entry_id]
        room_id = form.cleaned_data["room"] or None
        try:
            session = (
                again[0]
                if again
                else commands.open_session(
                    request.actor,
                    patient_id=patient_id,
                    at=at,
                    session_id=form.entry_id,
                    room_id=UUID(room_id) if room_id else None,
                    room=dict(opening.rooms).get(room_id) if room_id else None,
                    **opening.values,
                )
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return HttpResponseRedirect(reverse("treatment:prepare", args=[session.id]))
    return _sessions(request, patient_id, form)


def _sessions(request: SignedInRequest, patient_id: UUID, form: Any = None) -> HttpResponse:
    patient = patient_for(request.actor, patient_id)
    note_read(request.actor, patient_id, "sessions")
    known = queries.sessions_of(request.actor, patient_id)
    opening = None
    if request.actor.may("treatment.prepare") and not any(one.is_in_the_room for one in known):
        opening = opening_for(request.actor, patient_id, clock.now())
        if form is None and not opening.why_not:
            initial = {"room": str(opening.room_id)} if opening.room_id else {}
            form = forms.OpenForm(rooms=opening.rooms, initial=initial)
    context = {"patient": patient, "sessions": known, "opening": opening, "form": form}
    return render(request, "treatment/sessions.html", context, status=_status(form))


@allow("treatment.prepare")
@require_http_methods(["POST"])
def bind_consent(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """Look for the consent again: it may have been signed after the session was opened."""
    view, at = queries.view_session(request.actor, session_id), clock.now()
    opened = view.state.opened
    if opened is None:
        raise Refused("The session is not open.", status=404)
    plan = {**msgspec.structs.asdict(opened.plan)}
    plan["product_id"] = plan["product_id"] or plan["product"]
    consent = consent_standing(request.actor, view.patient.id, plan, at)
    if consent != view.state.consent_at(at):
        commands.rebind_consent(request.actor, session_id, consent=consent, at=at, reason="looked up again")
    elif consent is None:
        messages.warning(request, "No consent for this product, route and indication is signed yet.")
    return HttpResponseRedirect(f"{reverse('treatment:prepare', args=[session_id])}#order")


# -- preparation ------------------------------------------------------------------------------------------------------


@allow("treatment.read")
@require_safe
def prepare(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    return _preparation(request, queries.view_session(request.actor, session_id))


@allow("treatment.prepare")
@require_http_methods(["POST"])
def prepare_step(request: SignedInRequest, session_id: UUID, step: str) -> HttpResponse:
    view = queries.view_session(request.actor, session_id)
    form = _preparation_form(step, request, view)
    if form.is_valid():
        try:
            _chart_preparation(request, session_id, step, form)
        except Refused as refused:
            refuse(form, refused)
        else:
            return HttpResponseRedirect(f"{reverse('treatment:prepare', args=[session_id])}#{step}")
    return _preparation(request, view, step, form)


def _chart_preparation(request: SignedInRequest, session_id: UUID, step: str, form: Any) -> None:
    actor, at = request.actor, clock.now()
    if step == "vitals":
        vitals, alertness = form.vitals(), form.alertness()
        if vitals is None and alertness is None:
            raise Refused("No value was entered.", field="systolic_mmhg", fix="Enter at least one value.")
        with unit_of_work():  # both or neither
            if vitals is not None:
                commands.chart(actor, session_id, vitals, at=at, event_id=form.entry_id)
            if alertness is not None:
                alertness_id = form.entry_id if vitals is None else None
                commands.chart(actor, session_id, alertness, at=at, event_id=alertness_id)
        return
    if step == "abandon":
        commands.abandon(actor, session_id, reason=form.cleaned_data["reason"], at=at, event_id=form.entry_id)
        return
    content = form.content(actor.name) if step == "time-out" else form.content()
    commands.chart(actor, session_id, content, at=at, event_id=form.entry_id)


def _preparation_form(step: str, request: SignedInRequest, view: queries.SessionView) -> Any:
    data = request.POST
    makers: dict[str, Any] = {
        "fasting": lambda: forms.FastingForm(data),
        "escort": lambda: forms.EscortForm(data),
        "vitals": lambda: forms.ArrivalVitalsForm(data),
        "rescreen": lambda: forms.RescreenForm(data, sex=view.patient.sex_at_birth),
        "time-out": lambda: forms.TimeOutForm(data, items=time_out_items(view.state, session_protocol())),
        "abandon": lambda: forms.AbandonForm(data),
    }
    if step not in makers:
        raise Refused("There is no such step.", status=404)
    return makers[step]()


def _preparation(
    request: SignedInRequest, view: queries.SessionView, step: str | None = None, bound: Any = None
) -> HttpResponse:
    at = clock.now()
    note_read(request.actor, view.patient.id, "preparation of a session")
    findings = start_findings(view.state, at)
    form_of: dict[str, Any] = {}
    if request.actor.may("treatment.prepare") and view.session.phase in {"preparing", "ready"}:
        form_of = {
            "fasting": forms.FastingForm(),
            "escort": forms.EscortForm(),
            "vitals": forms.ArrivalVitalsForm(),
            "rescreen": forms.RescreenForm(sex=view.patient.sex_at_birth),
            "time-out": forms.TimeOutForm(items=time_out_items(view.state, session_protocol())),
        }
    if step is not None and step in form_of and bound is not None:
        form_of[step] = bound
    context = _gate_context(request, view, "start", findings, at, bound if step == "override" else None)
    context |= {
        "cards": cards(PREPARATION, view.state, findings, overrides_given(view.state, "start", at), form_of),
        "refused_step": step if bound is not None else None,
        "may_prepare": bool(form_of),
        "abandon_form": bound if step == "abandon" else forms.AbandonForm(),
        "consent": view.state.consent_at(at),
        "screened": None
        if view.session.first_dose_at
        else screening_today(request.actor, view.patient.id, view.state, at),
    }
    return render(request, "treatment/prepare.html", context, status=_status(bound))


# -- discharge --------------------------------------------------------------------------------------------------------


@allow("treatment.read")
@require_safe
def discharge(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    return _leaving(request, queries.view_session(request.actor, session_id))


@allow("treatment.discharge", "treatment.sign")
@require_http_methods(["POST"])
def discharge_step(request: SignedInRequest, session_id: UUID, step: str) -> HttpResponse:
    view = queries.view_session(request.actor, session_id)
    makers: dict[str, Any] = {
        "assessment": forms.AssessmentForm,
        "escort-met": forms.EscortMetForm,
        "gaps": partial(forms.GapsForm, gaps=open_gaps(view.state, clock.now())),
        "leave": forms.DischargeForm,
        "sign": forms.SignForm,
    }
    if step not in makers:
        raise Refused("There is no such step.", status=404)
    form = makers[step](request.POST)
    if form.is_valid():
        try:
            _chart_leaving(request, view, step, form)
        except Refused as refused:
            refuse(form, refused)
        else:
            page = "treatment:record" if step == "sign" else "treatment:discharge"
            return HttpResponseRedirect(f"{reverse(page, args=[session_id])}#{step}")
    return _leaving(request, view, step, form)


def _chart_leaving(request: SignedInRequest, view: queries.SessionView, step: str, form: Any) -> None:
    actor, at, session_id = request.actor, clock.now(), view.session.id
    if step == "gaps":
        data = form.cleaned_data
        with unit_of_work():  # all or none
            for gap in form.chosen():
                commands.explain_gap(
                    actor,
                    session_id,
                    item=gap.item,
                    due_at=gap.due_at,
                    cause=data["cause"],
                    note=data["note"],
                    at=at,
                )
    elif step == "leave":
        text = _aftercare(view, at)
        commands.discharge(
            actor,
            session_id,
            at=at,
            instructions_version=text.full_version if text else None,
            event_id=form.entry_id,
        )
    elif step == "sign":
        statement = form.cleaned_data["statement"]
        commands.sign(actor, session_id, statement=statement, at=at, event_id=form.entry_id)
    else:
        commands.chart(actor, session_id, form.content(), at=at, event_id=form.entry_id)


def _leaving(
    request: SignedInRequest, view: queries.SessionView, step: str | None = None, bound: Any = None
) -> HttpResponse:
    at = clock.now()
    note_read(request.actor, view.patient.id, "discharge from a session")
    findings = discharge_findings(view.state, at)
    in_recovery = view.session.phase == "recovery"
    form_of: dict[str, Any] = {}
    if in_recovery and request.actor.may("treatment.discharge"):
        form_of = {"assessment": forms.AssessmentForm(), "escort-met": forms.EscortMetForm()}
    if step in form_of and bound is not None:
        form_of[step] = bound
    context = _gate_context(request, view, "discharge", findings, at, bound if step == "override" else None)
    context |= {
        "cards": cards(DISCHARGE, view.state, findings, overrides_given(view.state, "discharge", at), form_of),
        "gaps_form": bound if step == "gaps" else _gaps_form(view, at),
        "leave_form": bound if step == "leave" else forms.DischargeForm(),
        "sign_form": bound if step == "sign" else forms.SignForm(),
        "in_recovery": in_recovery,
        "refused_step": step if bound is not None else None,
        "aftercare": _aftercare(view, at),
    }
    return render(request, "treatment/discharge.html", context, status=_status(bound))


def _gaps_form(view: queries.SessionView, at: datetime) -> forms.GapsForm | None:
    missing = open_gaps(view.state, at)
    return forms.GapsForm(gaps=missing) if missing else None


@allow("treatment.override")
@require_http_methods(["POST"])
def override(request: SignedInRequest, session_id: UUID, gate: str) -> HttpResponse:
    if gate not in {"start", "discharge"}:
        raise Refused("There is no such gate.", status=404)
    view, at = queries.view_session(request.actor, session_id), clock.now()
    findings = start_findings(view.state, at) if gate == "start" else discharge_findings(view.state, at)
    choices = [(finding.rule_id, finding.title) for finding in findings]
    form = forms.OverrideForm(request.POST, choices=choices)
    page = "treatment:prepare" if gate == "start" else "treatment:discharge"
    if form.is_valid():
        data = form.cleaned_data
        try:
            second = second_signer_from(request, data["second_signer_username"], data["second_signer_password"])
            commands.override_gate(
                request.actor,
                session_id,
                gate=gate,  # type: ignore[arg-type]
                rule_ids=data["findings"],
                reason=data["reason"],
                at=at,
                second_signer=second,
                event_id=form.entry_id,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return HttpResponseRedirect(f"{reverse(page, args=[session_id])}#set-aside")
    show = _preparation if gate == "start" else _leaving
    return show(request, view, "override", form)


# -- afterwards -------------------------------------------------------------------------------------------------------


@allow("treatment.read")
@read_or_send
def record(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """The whole session on paper; after signing, addenda are written here."""
    actor = request.actor
    view, at = queries.view_session(actor, session_id), clock.now()
    form = forms.AddendumForm(request.POST or None)
    if request.method == "POST":
        actor.require("treatment.chart")
        if form.is_valid():
            try:
                text = form.cleaned_data["text"]
                commands.write_addendum(actor, session_id, text=text, at=at, event_id=form.entry_id)
            except Refused as refused:
                refuse(form, refused)
            else:
                return HttpResponseRedirect(f"{reverse('treatment:record', args=[session_id])}#addenda")
    note_read(actor, view.patient.id, "record of a session")
    context = {
        "patient": view.patient,
        "session": view.session,
        "form": form if request.method == "POST" else forms.AddendumForm(),
        "at": at,
        "consent": view.state.consent_at(view.state.dose.first_dose_at or at),
        **printed(view, at),
    }
    return render(request, "treatment/record.html", context, status=_status(form if request.method == "POST" else None))


@allow("treatment.read")
@require_safe
def aftercare(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """What the patient takes home, to print or to hand over on a screen."""
    view, at = queries.view_session(request.actor, session_id), clock.now()
    note_read(request.actor, view.patient.id, "aftercare sheet")
    text = _aftercare(view, at)
    if text is None:
        raise Refused("There is no aftercare text for this product and route.", status=404)
    context = {"patient": view.patient, "session": view.session, "text": text, "at": at}
    return render(request, "treatment/aftercare.html", context)


def _aftercare(view: queries.SessionView, at: datetime) -> PatientText | None:
    opened = view.state.opened
    if opened is None:
        return None
    return text_for("aftercare", route=opened.plan.route, molecule=opened.plan.molecule, on=at.date())


def _gate_context(
    request: SignedInRequest,
    view: queries.SessionView,
    gate: Any,
    findings: tuple[Finding, ...],
    at: datetime,
    override_form: Any,
) -> dict[str, Any]:
    given = overrides_given(view.state, gate, at)
    choices = set_aside_choices(findings, given, request.actor.role) if request.actor.may("treatment.override") else []
    if override_form is None and choices:
        override_form = forms.OverrideForm(choices=choices)
    elif override_form is not None:
        override_form.fields["findings"].choices = choices
    held = [finding for finding in findings if finding.blocks and finding.verdict != "met"]
    return {
        "patient": view.patient,
        "session": view.session,
        "state": view.state,
        "opened": view.state.opened,
        "at": at,
        "findings": findings,
        "held": [finding for finding in held if override_that_holds(finding, given) is None],
        "override_form": override_form,
        "delivered_mg": delivered_mg(view.state, at),
        "delivered_mg_per_kg": delivered_mg_per_kg(view.state, at),
    }


def _status(form: Any) -> int:
    return UNPROCESSABLE if form is not None and form.errors else 200
