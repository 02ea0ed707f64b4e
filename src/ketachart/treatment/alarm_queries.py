"""What was alarmed in a clinic since a day: two statements, however many sessions there were."""

from datetime import datetime
from uuid import UUID

from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.frames import Frame, decode_frame
from ketachart.record.kinds import decode
from ketachart.record.models import Event
from ketachart.treatment.alarm_burden import AlarmLine
from ketachart.treatment.alarm_data import alarm_book
from ketachart.treatment.alarm_kinds import AlarmAcknowledged, AlarmEscalated, AlarmRaised
from ketachart.treatment.models import TreatmentSession

BURDEN = "treatment.alarm_burden"
KINDS = ("treatment.alarm_raised", "treatment.alarm_escalated", "treatment.alarm_acknowledged")


def alarms_since(actor: Actor, since: datetime) -> tuple[dict[str, datetime], list[AlarmLine]]:
    """The sessions opened since then (id to opening), and every alarm raised in them. What only notes is not counted."""
    actor.require(BURDEN)
    opened = TreatmentSession.objects.visible_to(actor).filter(opened_at__gte=since)
    sessions = {str(session_id): opened_at for session_id, opened_at in opened.values_list("id", "opened_at")}
    frames = (
        Event.objects.visible_to(actor)
        .filter(stream_id__in=opened.values("id"), kind__in=KINDS)
        .order_by("position")
        .values_list("frame", flat=True)
    )
    return sessions, _lines([decode_frame(text) for text in frames])


def _lines(frames: list[Frame]) -> list[AlarmLine]:
    raised: dict[tuple[UUID, str], AlarmRaised] = {}
    at: dict[tuple[UUID, str], datetime] = {}
    answered: dict[tuple[UUID, str], datetime] = {}
    climbed: set[tuple[UUID, str]] = set()
    for frame in frames:
        content = decode(frame.kind, frame.content)
        if not isinstance(content, AlarmRaised | AlarmAcknowledged | AlarmEscalated):
            continue
        alarm, when = (frame.stream, content.alarm_id), clock.from_iso(frame.effective_at)
        if isinstance(content, AlarmRaised):
            raised.setdefault(alarm, content)
            at.setdefault(alarm, when)
        elif isinstance(content, AlarmAcknowledged):
            answered[alarm] = min(when, answered.get(alarm, when))
        elif content.to == "prescriber":
            climbed.add(alarm)
    counted = {signal.id for signal in alarm_book().signals if signal.escalates}
    return [
        AlarmLine(str(alarm[0]), content.rule_id, at[alarm], answered.get(alarm), alarm in climbed)
        for alarm, content in raised.items()
        if content.signal in counted
    ]
