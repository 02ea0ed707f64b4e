"""JSON of a session's devices for the room page: what they say now, the trace, and one tap to chart it."""

from __future__ import annotations

import csv
import time
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from ketachart.devices import commands, queries
from ketachart.devices.by_itself import missing_now, taken
from ketachart.devices.codes import MEASURE_WORDS
from ketachart.devices.rules import WINDOW_SOURCE
from ketachart.devices.telemetry import bins
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.treatment.api import answers_json
from ketachart.treatment.queries import session_for
from ketachart.web.gates import SignedInRequest, allow

TRACED = ("systolic_mmhg", "diastolic_mmhg", "heart_rate_per_min", "spo2_percent", "respiratory_rate_per_min")
MOST_BINS = 600
USUAL_BINS = 240
NOTED_AGAIN_S = 600.0

_ENCODER = msgspec.json.Encoder()
_noted: dict[tuple[UUID | None, UUID], float] = {}


@allow("treatment.read")
@require_GET
@answers_json
def monitor(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """The present, every few seconds: values, offers to confirm, differences. Small on purpose."""
    at = clock.now()
    seen = queries.present(request.actor, session_id, at)
    _note(request.actor, seen.session.patient_id)
    due = missing_now(seen, at)
    offers = [
        {
            "token": commands.signed_offer(taken(session_id, device, offer)),
            "device": device.name,
            "about": offer.about,
            "at": clock.iso(offer.at),
            "content": offer.content,
            "unusual": offer.unusual,
            "samples": sum(offer.samples.values()),
            "left_out": sum(offer.left_out.values()),
            "due": bool(due.intersection(offer.content)),
        }
        for device, offer in seen.offers
    ]
    return _json(
        {
            "devices": [
                {
                    "name": line.device.name,
                    "kind": line.device.kind,
                    "last_at": clock.iso(line.last_received_at) if line.last_received_at else None,
                    "clock_s": line.clock_offset_s,
                    "clock_warning": line.clock_warning,
                }
                for line in seen.devices
            ],
            "values": seen.values,
            "offers": offers,
            "differences": [
                {"what": one.what, "since": clock.iso(one.since), "meaning": one.meaning, "action": one.action}
                for one in seen.differences
            ],
            "names_another": [device.name for device in seen.names_another],
            "asks_confirmation": seen.asks_confirmation,
            "source": WINDOW_SOURCE,
            "server_time": clock.iso(at),
        }
    )


@allow("treatment.read")
@require_GET
@answers_json
def trace(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """The whole session in few points a measure: least, median, greatest of each step. None where nothing came."""
    at = clock.now()
    count = _count(request.GET.get("bins", ""))
    session = session_for(request.actor, session_id)
    _note(request.actor, session.patient_id)
    begin, end = session.opened_at, session.discharged_at or at
    from_ms, to_ms = (
        round(begin.timestamp() * 1000),
        max(round(end.timestamp() * 1000), round(begin.timestamp() * 1000) + 1),
    )
    points: dict[str, list[tuple[int, float]]] = {}
    for placed in queries.samples_of_session(request.actor, session, at):
        for one in placed:
            if not one.left_out:
                points.setdefault(one.sample.measure, []).append((one.at_ms, one.sample.value))
    drawn = {measure: bins(points[measure], from_ms, to_ms, count) for measure in TRACED if measure in points}
    return _json(
        {
            "from": from_ms,
            "to": to_ms,
            "bins": count,
            "measures": {
                measure: {"least": one.least, "middle": one.middle, "greatest": one.greatest}
                for measure, one in drawn.items()
            },
            "server_time": clock.iso(at),
        }
    )


@allow("treatment.read")
@require_GET
def export(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """Every sample of the session as CSV: also what was left out, with the reason."""
    at = clock.now()
    session = session_for(request.actor, session_id)
    note_read(request.actor, session.patient_id, "export of telemetry")
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="telemetry-{session_id}.csv"'
    answer["Cache-Control"] = "no-store"
    rows = csv.writer(answer)
    rows.writerow(["at", "device_time", "received_at", "measure", "value", "unit", "left_out"])
    for placed in queries.samples_of_session(request.actor, session, at):
        for one in placed:
            sample = one.sample
            times = (clock.iso(queries.moment(ms)) for ms in (one.at_ms, sample.device_ms, sample.received_ms))
            rows.writerow([*times, sample.measure, f"{sample.value:g}", MEASURE_WORDS[sample.measure][1], one.left_out])
    return answer


class ConfirmAsked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    token: str
    confirmed_unusual: tuple[str, ...] = ()


class ArtefactAsked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    token: str
    reason: str


@allow("treatment.chart")
@require_POST
@answers_json
def confirm(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    session_for(request.actor, session_id)
    asked = _asked(request, ConfirmAsked)
    event = commands.confirm_offer(
        request.actor, session_id, token=asked.token, confirmed_unusual=asked.confirmed_unusual
    )
    return JsonResponse({"id": str(event.id), "number": event.number}, status=201)


@allow("treatment.chart")
@require_POST
@answers_json
def artefact(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    session_for(request.actor, session_id)
    asked = _asked(request, ArtefactAsked)
    mark = commands.mark_artefact(request.actor, session_id, token=asked.token, reason=asked.reason, at=clock.now())
    return JsonResponse({"id": str(mark.id)}, status=201)


def _asked(request: SignedInRequest, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError):
        raise Refused(
            "This is not what is sent here.", field=None, fix="Send the token that was offered.", status=400
        ) from None


def _count(text: str) -> int:
    if not text:
        return USUAL_BINS
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST_BINS):
        raise Refused("This is no number of steps.", field="bins", fix=f"A whole number up to {MOST_BINS}.", status=400)
    return int(text)


def _note(actor: Actor, patient_id: UUID) -> None:
    """A page that asks every few seconds is one read in ten minutes, not a hundred."""
    now = time.monotonic()
    key = (actor.user_id, patient_id)
    if now - _noted.get(key, -NOTED_AGAIN_S) >= NOTED_AGAIN_S:
        if len(_noted) > 5000:
            _noted.clear()
        note_read(actor, patient_id, "values of monitors")
        _noted[key] = now


def _json(content: dict[str, Any]) -> HttpResponse:
    answer = HttpResponse(_ENCODER.encode(content), content_type="application/json")
    answer["Cache-Control"] = "no-store"
    return answer
