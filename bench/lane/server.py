"""The server that is measured: the real one, plus one Django view that appends through the record lane.

``python -m bench.lane.server prepare 640`` fills the database and prints its keys; ``... listen --port 8170`` serves it.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from uuid import UUID

from ketachart.config.starting import start_django

PROBE = {"kind": "probe.counted", "content": {"value": 1, "note": None}}
TREATMENT = {
    "kind": "treatment.vitals_charted",
    "content": {"systolic_mmhg": 128, "diastolic_mmhg": 82, "heart_rate_per_min": 74, "spo2_percent": 97},
}


def prepare(sessions: int) -> dict[str, Any]:
    from tests.record.prepared import prepare as prepare_database

    prepared = prepare_database(2 * sessions)
    opened = prepared.pop("sessions")
    for session in opened[sessions:]:
        _open_treatment(session)
    return {
        **prepared,
        "probe": {**PROBE, "sessions": opened[:sessions]},
        "treatment": {**TREATMENT, "sessions": opened[sessions:]},
    }


def _open_treatment(session_id: str) -> None:
    from ketachart.record.actor import Actor
    from ketachart.record.commands import append_event
    from ketachart.record.models import Stream, User
    from ketachart.treatment.kinds import PatientAtOpening, PlannedDose, SessionOpened

    stream = Stream.objects.get(id=session_id)
    plan = PlannedDose(product="Synthetic", route="IV", molecule="racemic", salt_or_base="base", dose_mg=35.0)
    opened = SessionOpened(
        session_id=session_id, patient_id=str(stream.patient_id), patient=PatientAtOpening(weight_kg=70.0), plan=plan
    )
    append_event(actor=Actor.of(User.objects.get()), stream=stream, content=opened, effective_at=stream.opened_at)


def listen(port: int) -> int:
    from dataclasses import replace

    from django.http import HttpRequest, HttpResponse, JsonResponse
    from django.urls import path
    from tests.record import probe

    from ketachart.config import urls
    from ketachart.config.command_serve import listen as serve
    from ketachart.record import clock
    from ketachart.record.commands import append_event
    from ketachart.record.kinds import decode
    from ketachart.record.live import guards
    from ketachart.record.models import Stream
    from ketachart.web.gates import allow

    _both_kinds_of_session(guards, probe, replace)

    @allow("treatment.chart")
    def append_through_a_page(request: HttpRequest, session_id: str) -> HttpResponse:
        (arriving,) = json.loads(request.body)["events"]
        stream = Stream.objects.visible_to(request.actor).get(id=session_id, kind="session")
        event = append_event(
            actor=request.actor,
            stream=stream,
            content=decode(arriving["kind"], json.dumps(arriving["content"])),
            effective_at=clock.from_iso(arriving["effective_at"]),
            event_id=UUID(arriving["id"]),
        )
        return JsonResponse({"number": event.number, "position": event.position})

    urls.urlpatterns.append(path("bench/sessions/<uuid:session_id>/events", append_through_a_page))
    return serve("127.0.0.1", port)


def _both_kinds_of_session(guards: Any, probe: Any, replace: Any) -> None:
    """The treatment's own rules, and beside them the probe's: a fold and a guard that cost almost nothing."""
    rules = guards.session_rules()

    def fold(state: Any, frame: Any, content: Any) -> Any:
        if frame.kind.startswith("probe."):
            return probe.fold(state if isinstance(state, probe.Tally) else probe.Tally(), frame, content)
        return rules.fold(state, frame, content)

    def guard(state: Any, content: Any, meta: Any) -> Any:
        if meta.kind.startswith("probe."):
            return probe.guard(state if isinstance(state, probe.Tally) else probe.Tally(), content, meta)
        return rules.guard(state, content, meta)

    guards._rules["session"] = replace(
        rules,
        fold=fold,
        guard=guard,
        permission_by_kind={**rules.permission_by_kind, "probe.counted": "treatment.chart"},
    )


if __name__ == "__main__":
    start_django()
    if sys.argv[1] == "prepare":
        print(json.dumps(prepare(int(sys.argv[2]))))
    else:
        sys.exit(listen(int(sys.argv[sys.argv.index("--port") + 1])))
