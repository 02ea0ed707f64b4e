"""What became of one person: scores and doses on one axis. The same reads for the person and for the clinic."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.course.models import Baseline
from ketachart.instruments.loader import instruments
from ketachart.instruments.model import Instrument
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.frames import decode_frame
from ketachart.record.kinds import decode
from ketachart.record.models import Clinic, Event, Stream, load_contents
from ketachart.registry.rules import DoseMark, OutcomeChart, Sitting, outcome_chart
from ketachart.scales.queries import scales_of, trend
from ketachart.treatment.entries import entry_from_stored
from ketachart.treatment.state import EMPTY, SessionState, fold

ALWAYS = "phq-9"


@dataclass(frozen=True, kw_only=True)
class ScaleOutcome:
    instrument: Instrument
    chart: OutcomeChart
    baseline: Baseline | None


def clinic_zone(actor: Actor) -> ZoneInfo:
    return ZoneInfo(Clinic.objects.values_list("timezone", flat=True).get(id=actor.clinic_id))


def outcomes_of(actor: Actor, patient_id: UUID, at: datetime) -> list[ScaleOutcome]:
    """One chart for every scale with a total that was ever answered or asked. PHQ-9 is always there, even when it is empty."""
    _require_reader(actor, patient_id)
    doses = dose_marks(actor, patient_id, at)
    pinned = newest_baselines(actor, patient_id)
    answered_or_asked = scales_of(actor, patient_id)
    found = []
    for scale, instrument in instruments().items():
        if not instrument.has_total or (scale != ALWAYS and scale not in answered_or_asked):
            continue
        sittings = [
            Sitting(at=point.at, total=point.total, missed=point.missed, sitting_id=str(point.response_id or ""))
            for point in trend(actor, patient_id, scale, now=at)
        ]
        if not sittings and scale != ALWAYS:
            continue
        baseline = pinned.get(scale)
        chart = outcome_chart(
            instrument, sittings, doses, baseline_id=baseline.content.response_id if baseline else None
        )
        found.append(ScaleOutcome(instrument=instrument, chart=chart, baseline=baseline))
    return sorted(found, key=lambda one: (one.instrument.id != ALWAYS, one.baseline is None, one.instrument.title))


def newest_baselines(actor: Actor, patient_id: UUID) -> dict[str, Baseline]:
    """The baseline of the newest course for each scale."""
    rows = load_contents(
        Baseline.objects.visible_to(actor)
        .filter(course__patient_id=patient_id)
        .select_related("course")
        .order_by("course__charted_at", "charted_at")
    )
    return {row.scale: row for row in rows}


def dose_marks(actor: Actor, patient_id: UUID, at: datetime) -> list[DoseMark]:
    """Every session in which something was given, with what was delivered: all sessions in two statements."""
    sessions = (
        Stream.objects.visible_to(actor).filter(patient_id=patient_id, kind="session").values_list("id", flat=True)
    )
    rows = (
        Event.objects.visible_to(actor)
        .filter(stream_id__in=list(sessions))
        .order_by("stream_id", "number")
        .values_list("stream_id", "frame")
    )
    states: dict[Any, SessionState] = {}
    for stream_id, text in rows:
        frame = decode_frame(text)
        state = states.get(stream_id, EMPTY)
        states[stream_id] = fold(state, entry_from_stored(frame, decode(frame.kind, frame.content)))
    return [mark for state in states.values() if (mark := _mark(state, at)) is not None]


def _mark(state: SessionState, at: datetime) -> DoseMark | None:
    began = state.dose.first_dose_at
    if began is None:
        return None
    opened = state.opened
    return DoseMark(
        at=began,
        session_number=opened.session_number if opened else None,
        dose_mg=round(state.dose.delivered_mg(at), 1),
        route=opened.plan.route if opened else None,
    )


def _require_reader(actor: Actor, patient_id: UUID) -> None:
    if actor.patient_id is not None:
        actor.require("registry.read_own")
        if actor.patient_id != patient_id:
            raise Refused("There is no such record.", status=404)
        return
    actor.require("registry.read")
