"""JSON of the room and the board. Everything here is also on a page; nothing is decided here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse, JsonResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from ketachart.formulary.queries import lots_for
from ketachart.knowledge.findings import Finding, Seen
from ketachart.knowledge.loader import arrival_questions
from ketachart.knowledge.patient_texts import text_for
from ketachart.people.models import Patient
from ketachart.people.rules import age_years
from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.identity import id_from
from ketachart.record.models import User
from ketachart.record.roles import ROLES, permissions_of
from ketachart.treatment import commands, queries
from ketachart.treatment.alarm_data import alarm_book
from ketachart.treatment.alarm_rules import alarms
from ketachart.treatment.care_data import rescue_as_json, scales_as_json
from ketachart.treatment.due import due_items, open_gaps
from ketachart.treatment.limits import VITAL_LABELS
from ketachart.treatment.opening import allergies_of
from ketachart.treatment.prediction import predict
from ketachart.treatment.protocol import session_protocol
from ketachart.treatment.rules import discharge_findings, override_that_holds, overrides_given, start_findings
from ketachart.treatment.second_signature import second_signer_from
from ketachart.treatment.start_rules import time_out_items
from ketachart.treatment.state import EMPTY, SessionState, delivered_mg, delivered_mg_per_kg
from ketachart.web.gates import SignedInRequest, allow

View = Callable[..., HttpResponse]
_ENCODER = msgspec.json.Encoder()


def answers_json(view: View) -> View:
    """Refusals as JSON with the field, what is wrong and what would be right."""

    @wraps(view)
    def wrapped(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            return JsonResponse({"errors": [refused.as_json()]}, status=refused.status)

    return wrapped


@allow("treatment.read")
@require_GET
@gzip_page  # a long session is 80 KB of JSON; it holds no secret that a guessed text beside it could give away
@answers_json
def bootstrap(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """All that the room page needs to open, and to go on without a network."""
    actor: Actor = request.actor
    at = clock.now()
    view = queries.view_session(actor, session_id)
    note_read(actor, view.patient.id, "treatment room")
    content = {
        "session": session_as_json(view),
        "patient": patient_as_json(view.patient, at, allergies_of(actor, view.patient.id)),
        "me": me_as_json(actor),
        "staff": staff_as_json(actor),
        "events": [msgspec.Raw(frame) for frame in view.frames],
        "head": view.state.number,
        "position": view.position,
        "server_time": clock.iso(at),
        "protocol": protocol_as_json(view.patient, view.state),
        "gates": gates_as_json(view.state, at),
        "instructions_version": instructions_version(view.state, at),
        "lots": lots_as_json(actor, view.state),
        "due": due_items(view.state, at),
        "gaps": open_gaps(view.state, at),
        **predict(view.state, at),
    }
    return _json(content)


@allow("treatment.read")
@require_GET
@answers_json
def prediction(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    view = queries.view_session(request.actor, session_id)
    at = clock.now()
    return _json({**predict(view.state, at), "head": view.state.number, "server_time": clock.iso(at)})


@allow("treatment.read")
@require_GET
@answers_json
def gates(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """Start and discharge findings as of now, and what the latest readings say."""
    view = queries.view_session(request.actor, session_id)
    at = clock.now()
    content = {
        "gates": gates_as_json(view.state, at),
        "alarms": [finding_as_json(finding, False) for finding in alarms(view.state, at)],
        "due": due_items(view.state, at),
        "gaps": open_gaps(view.state, at),
        "head": view.state.number,
        "server_time": clock.iso(at),
    }
    return _json(content)


@allow("treatment.read")
@require_GET
@answers_json
def board(request: SignedInRequest) -> HttpResponse:
    """Every session in a room, with its events: the board folds and follows them itself."""
    at = clock.now()
    position = queries.last_position(request.actor)  # before the events: a stream that goes on from here misses nothing
    lines = queries.board(request.actor)
    content = {
        "sessions": [
            {
                "session": {"id": str(line.session.id), "room": line.session.room, "phase": line.session.phase},
                "patient": patient_as_json(line.patient, at, None) if line.patient else None,
                "events": [msgspec.Raw(frame) for frame in line.frames],
                "head": line.state.number,
                "delivered_mg": delivered_mg(line.state, at),
                "delivered_mg_per_kg": delivered_mg_per_kg(line.state, at),
                "due": due_items(line.state, at),
                "alarms": [finding_as_json(finding, False) for finding in alarms(line.state, at)],
            }
            for line in lines
        ],
        "position": position,
        "server_time": clock.iso(at),
        "me": me_as_json(request.actor),
        "protocol": protocol_as_json(None),
    }
    return _json(content)


class OverrideAsked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    gate: str
    findings: tuple[str, ...]
    reason: str
    second_signer_username: str | None = None
    second_signer_password: str | None = None
    event_id: str | None = None


@allow("treatment.override")
@require_POST
@answers_json
def override(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    try:
        asked = msgspec.json.decode(request.body, type=OverrideAsked)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Refused(str(error), field=None, fix="Send gate, findings and reason.", status=400) from None
    if asked.gate not in {"start", "discharge"}:
        raise Refused("There is no such gate.", field="gate", fix="start or discharge.", status=400)
    event = commands.override_gate(
        request.actor,
        session_id,
        gate=asked.gate,  # type: ignore[arg-type]
        rule_ids=asked.findings,
        reason=asked.reason,
        at=clock.now(),
        second_signer=second_signer_from(request, asked.second_signer_username, asked.second_signer_password),
        event_id=id_from(asked.event_id) if asked.event_id else None,
    )
    return JsonResponse({"id": str(event.id), "number": event.number}, status=201)


def lots_as_json(actor: Actor, state: SessionState) -> list[dict[str, str]]:
    """What is stocked of the ordered molecule for this route: the device offers it, a person chooses."""
    plan = state.opened.plan if state.opened else None
    if plan is None:
        return []
    return [
        {"product": lot.product.name, "lot_number": lot.lot_number, "expires_on": lot.expires_on.isoformat()}
        for lot in lots_for(actor, route=plan.route, molecule=plan.molecule)
    ]


def instructions_version(state: SessionState, at: datetime) -> str | None:
    """Which aftercare text goes home with this product and route."""
    if state.opened is None:
        return None
    plan = state.opened.plan
    text = text_for("aftercare", route=plan.route, molecule=plan.molecule, on=at.date())
    return text.full_version if text else None


def session_as_json(view: queries.SessionView) -> dict[str, Any]:
    session = view.session
    return {
        "id": str(session.id),
        "room": session.room,
        "phase": session.phase,
        "session_number": session.session_number,
        "patient_id": str(session.patient_id),
    }


def staff_as_json(actor: Actor) -> list[dict[str, str]]:
    """Who may take over a session here."""
    roles = [role for role in ROLES if "treatment.chart" in permissions_of(role)]
    people = User.objects.filter(clinic_id=actor.clinic_id, role__in=roles, is_active=True).order_by("display_name")
    return [{"id": str(one.id), "name": one.display_name, "role": ROLES[one.role]} for one in people]


def me_as_json(actor: Actor) -> dict[str, Any]:
    return {
        "id": str(actor.user_id),
        "name": actor.name,
        "role": actor.role,
        "permissions": sorted(name for name in actor.permissions if name.startswith("treatment.")),
    }


def patient_as_json(patient: Patient, at: datetime, allergies: list[str] | None) -> dict[str, Any]:
    return {
        "id": str(patient.id),
        "name": patient.name,
        "mrn": patient.mrn,
        "age_years": age_years(patient.birth_date, at.date()),
        "sex": patient.sex_at_birth,
        "allergies": allergies,
        "synthetic": patient.is_synthetic,
    }


def protocol_as_json(patient: Patient | None, state: SessionState | None = None) -> dict[str, Any]:
    """Limits, questions and rules as the server judges them, so that a device without a network judges alike."""
    protocol = session_protocol()
    return {
        "version": protocol.version,
        "alerts": {
            "grace_minutes": protocol.alerts.grace_minutes,
            "pre_alert_share": protocol.alerts.pre_alert.share,
            "prescriber_after_share": protocol.alerts.prescriber_after_share,
        },
        "limits": limits_as_json(),
        "alarms": alarm_rules_as_json(),
        "alarm_signals": alarm_signals_as_json(),
        "alarm_ladder": {
            "charge nurse": alarm_book().ladder.charge_nurse_after,
            "prescriber": alarm_book().ladder.prescriber_after,
        },
        "scales": scales_as_json(),
        "rescue": rescue_as_json(),
        "rescreen": [
            {"id": one.id, "question": one.question, "reassuring": one.reassuring}
            for one in arrival_questions(patient.sex_at_birth if patient else None)
        ],
        "time_out": [{"id": item.id, "label": item.text} for item in time_out_items(state or EMPTY, protocol)],
        "entry": {
            "rate_agrees_within_percent": protocol.entry.rate_agrees_within_percent,
            "rate_at_most_times_ordered": protocol.entry.rate_at_most_times_ordered,
        },
    }


def alarm_rules_as_json() -> list[dict[str, Any]]:
    """The rules whole: the page judges by them while it has no line, and says their sources."""
    return [
        {
            "id": rule.id,
            "title": rule.title,
            "action": rule.action,
            "signal": rule.signal,
            "phases": rule.phases,
            "molecules": rule.molecules,
            "switch": rule.switch,
            "tell": rule.tell,
            "card": rule.card,
            "covered_by": rule.covered_by,
            "test": rule.test,
            "source": str(rule.source),
        }
        for rule in alarm_book().rules
        if rule.in_force(clock.now().date())
    ]


def alarm_signals_as_json() -> dict[str, dict[str, Any]]:
    return {
        signal.id: {
            "word": signal.word,
            "rank": signal.rank,
            "shape": signal.shape,
            "tone": signal.tone,
            "sound": signal.sound,
            "escalates": signal.escalates,
        }
        for signal in alarm_book().signals
    }


def limits_as_json() -> dict[str, dict[str, Any]]:
    protocol = session_protocol()
    found: dict[str, dict[str, Any]] = {}
    for name, label in VITAL_LABELS.items():
        bounds = protocol.vital_limits.get(name)
        if bounds is not None:
            found[name] = {
                "label": label,
                "unit": bounds.unit,
                "minimum": bounds.absolute_minimum,
                "maximum": bounds.absolute_maximum,
                "usual_minimum": bounds.recommended_minimum,
                "usual_maximum": bounds.recommended_maximum,
                "whole": name != "temperature_c",
                "source": str(bounds.source),
            }
    for name, limit in protocol.limits.items():
        found[name] = {
            "label": limit.label,
            "unit": limit.unit,
            "minimum": limit.minimum,
            "maximum": limit.maximum,
            "usual_minimum": None,
            "usual_maximum": None,
            "whole": name in {"sedation", "dissociation"},
            "source": str(limit.source),
        }
    return found


def gates_as_json(state: SessionState, at: datetime) -> dict[str, Any]:
    return {
        "start": _gate(state, "start", start_findings(state, at), at),
        "discharge": _gate(state, "discharge", discharge_findings(state, at), at),
    }


def _gate(state: SessionState, gate: Any, findings: Sequence[Finding], at: datetime) -> list[dict[str, Any]]:
    given = overrides_given(state, gate, at)
    return [finding_as_json(finding, override_that_holds(finding, given) is not None) for finding in findings]


def finding_as_json(finding: Finding, overridden: bool) -> dict[str, Any]:
    allowed = finding.overridable
    return {
        "id": finding.rule_id,
        "version": finding.rule_version,
        "title": finding.title,
        "verdict": finding.verdict,
        "meaning": finding.meaning,
        "action": finding.action,
        "blocks": finding.blocks,
        "overridden": overridden,
        "overridable": None
        if allowed is None or (finding.verdict == "missing" and not allowed.covers_missing)
        else {"roles": allowed.roles, "second_signature": allowed.second_signature},
        "source": str(finding.source),
        "seen": [seen_words(seen) for seen in finding.seen],
    }


def seen_words(seen: Seen) -> str:
    value = "not charted" if seen.value is None else seen.value
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, float):
        value = f"{value:g}"
    return f"{seen.what}: {value}"


def _json(content: dict[str, Any]) -> HttpResponse:
    answer = HttpResponse(_ENCODER.encode(content), content_type="application/json")
    answer["Cache-Control"] = "no-store"
    return answer
