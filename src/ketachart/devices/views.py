"""Pages about devices: what stands where, and what waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ketachart.devices import commands, queries
from ketachart.devices.codes import MEASURE_WORDS, code_map
from ketachart.devices.forms import DeviceForm, DismissForm, MatchForm, PlaceForm, RetireForm
from ketachart.devices.models import WAITING_STATES, Waiting
from ketachart.people.queries import patients_by_id, rooms_of
from ketachart.policy.queries import zone_of
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.errors import Refused
from ketachart.record.identity import id_from
from ketachart.treatment.models import TreatmentSession
from ketachart.web.forms import UNPROCESSABLE, refuse, render_form
from ketachart.web.gates import SignedInRequest, allow


@allow("devices.read")
@require_safe
def devices(request: SignedInRequest) -> HttpResponse:
    at = clock.now()
    context = {
        "lines": queries.devices(request.actor, at),
        "waiting": queries.waiting_count(request.actor),
        "may_register": request.actor.may("devices.register"),
        "warn_s": queries.clock_warning_s(request.actor, at),
        "at": at,
    }
    return render(request, "devices/devices.html", context)


@allow("devices.register")
def register(request: SignedInRequest) -> HttpResponse:
    form = DeviceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            device = commands.register_device(request.actor, **form.cleaned_data, at=clock.now())
            return redirect("devices:device", device_id=device.id)
        except Refused as refused:
            refuse(form, refused)
    return render_form(request, "devices/register.html", {"form": form})


@allow("devices.read")
@require_safe
def device(request: SignedInRequest, device_id: UUID) -> HttpResponse:
    return _device_page(request, device_id)


@allow("devices.place")
@require_POST
def place(request: SignedInRequest, device_id: UUID) -> HttpResponse:
    queries.device_line(request.actor, device_id, clock.now())  # 404 before anything else
    form = PlaceForm(request.POST, rooms=rooms_of(request.actor))
    if form.is_valid():
        try:
            commands.place_device(request.actor, device_id, room_id=id_from(form.cleaned_data["room"]), at=clock.now())
            return redirect("devices:device", device_id=device_id)
        except Refused as refused:
            refuse(form, refused)
    return _device_page(request, device_id, place_form=form)


@allow("devices.register")
@require_POST
def retire(request: SignedInRequest, device_id: UUID) -> HttpResponse:
    queries.device_line(request.actor, device_id, clock.now())
    form = RetireForm(request.POST)
    if form.is_valid():
        try:
            commands.retire_device(request.actor, device_id, reason=form.cleaned_data["reason"], at=clock.now())
            return redirect("devices:devices")
        except Refused as refused:
            refuse(form, refused)
    return _device_page(request, device_id, retire_form=form)


def _device_page(request: SignedInRequest, device_id: UUID, **bound: Any) -> HttpResponse:
    actor, at = request.actor, clock.now()
    line = queries.device_line(actor, device_id, at)
    read = queries.last_reading(actor, line, at)
    if read.patient_id is not None:
        note_read(actor, read.patient_id, "values on a device’s page")
    context = {
        "line": line,
        "at": at,
        "placements": queries.placements_of(actor, device_id),
        "values": [
            (*MEASURE_WORDS[one.sample.measure], one.sample.value, one.left_out, queries.moment(one.at_ms))
            for one in read.values
        ],
        "counts": read,
        "place_form": bound.get("place_form") or PlaceForm(rooms=rooms_of(actor)),
        "retire_form": bound.get("retire_form") or RetireForm(),
        "may_place": actor.may("devices.place") and line.device.retired_at is None,
        "may_register": actor.may("devices.register") and line.device.retired_at is None,
    }
    refused = any(form.errors for form in bound.values())
    return render(request, "devices/device.html", context, status=UNPROCESSABLE if refused else 200)


@allow("devices.read")
@require_safe
def codes(request: SignedInRequest) -> HttpResponse:
    known = code_map()
    rows = [(one, *MEASURE_WORDS[one.measure], known.sources[one.source]) for one in known.code]
    return render(request, "devices/codes.html", {"rows": rows, "version": known.version})


# -- the queue --------------------------------------------------------------------------------------------------------


@allow("devices.read")
@require_safe
def waiting(request: SignedInRequest) -> HttpResponse:
    state = request.GET.get("state", "waiting")
    state = state if state in WAITING_STATES else "waiting"
    context = {
        "lines": queries.waiting(request.actor, state=state),
        "state": state,
        "states": WAITING_STATES.items(),
        "at": clock.now(),
    }
    return render(request, "devices/waiting.html", context)


@allow("devices.read")
@require_safe
def waiting_line(request: SignedInRequest, waiting_id: UUID) -> HttpResponse:
    return _waiting_page(request, waiting_id)


@allow("devices.match")
@require_POST
def match(request: SignedInRequest, waiting_id: UUID) -> HttpResponse:
    line = queries.waiting_one(request.actor, waiting_id)
    form = MatchForm(request.POST, sessions=_choices(request, line))
    if form.is_valid():
        try:
            commands.match_waiting(
                request.actor, waiting_id, session_id=UUID(form.cleaned_data["session"]), at=clock.now()
            )
            return redirect("devices:waiting")
        except Refused as refused:
            refuse(form, refused)
    return _waiting_page(request, waiting_id, match_form=form)


@allow("devices.match")
@require_POST
def dismiss(request: SignedInRequest, waiting_id: UUID) -> HttpResponse:
    queries.waiting_one(request.actor, waiting_id)
    form = DismissForm(request.POST)
    if form.is_valid():
        try:
            commands.dismiss_waiting(request.actor, waiting_id, reason=form.cleaned_data["reason"], at=clock.now())
            return redirect("devices:waiting")
        except Refused as refused:
            refuse(form, refused)
    return _waiting_page(request, waiting_id, dismiss_form=form)


@allow("devices.match")
@require_POST
def take_in(request: SignedInRequest, waiting_id: UUID) -> HttpResponse:
    queries.waiting_one(request.actor, waiting_id)
    try:
        number = commands.take_in(request.actor, waiting_id, at=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("devices:waiting_line", waiting_id=waiting_id)
    messages.success(request, f"{number} messages taken in. Now say whose session they belong to.")
    return redirect("devices:waiting")


def _waiting_page(request: SignedInRequest, waiting_id: UUID, **bound: Any) -> HttpResponse:
    actor = request.actor
    line = queries.waiting_one(actor, waiting_id)
    can_match = line.device_id is not None and line.why != "unreadable"
    context = {
        "line": line,
        "at": clock.now(),
        "messages_kept": queries.kept_messages(actor, waiting_id),
        "match_form": bound.get("match_form") or (MatchForm(sessions=_choices(request, line)) if can_match else None),
        "dismiss_form": bound.get("dismiss_form") or DismissForm(),
        "may_match": actor.may("devices.match") and line.state == "waiting",
        "can_take_in": line.why == "unregistered",
    }
    refused = any(form.errors for form in bound.values())
    return render(request, "devices/waiting_line.html", context, status=UNPROCESSABLE if refused else 200)


def _choices(request: SignedInRequest, line: Waiting) -> list[tuple[TreatmentSession, str]]:
    """Sessions of about that time, by name and clock: only a person can say whose data it is."""
    found = queries.sessions_near(request.actor, line)
    people = patients_by_id(request.actor, [one.patient_id for one in found])
    zone = zone_of(request.actor.clinic_id)
    return [(one, _session_words(one, people[one.patient_id].name, zone)) for one in found if one.patient_id in people]


def _session_words(session: TreatmentSession, name: str, zone: ZoneInfo) -> str:
    def clock_time(at: datetime | None) -> str:
        return "now" if at is None else f"{at.astimezone(zone):%H:%M}"

    day = f"{session.opened_at.astimezone(zone):%-d %b}"
    return f"{name}, {session.room or 'no room'}, {day} {clock_time(session.opened_at)}–{clock_time(session.discharged_at)}"
