"""What may be appended about alarms, presence and calls."""

from ketachart.record.errors import Refused
from ketachart.record.kinds import Content
from ketachart.treatment.alarm_data import alarm_book
from ketachart.treatment.alarm_kinds import (
    AlarmAcknowledged,
    AlarmEnded,
    AlarmEscalated,
    AlarmRaised,
    PatientCalled,
    PresenceCharted,
)
from ketachart.treatment.alarm_log import alarm_log
from ketachart.treatment.alarm_rules import LIVE
from ketachart.treatment.state import SessionState

ALARM_KINDS = (
    "treatment.alarm_raised",
    "treatment.alarm_escalated",
    "treatment.alarm_acknowledged",
    "treatment.alarm_ended",
    "treatment.patient_called",
)

LONGEST_ID = 200


def alarm_problem(state: SessionState, content: Content) -> Refused | None:
    if isinstance(content, AlarmAcknowledged):
        return _acknowledge_problem(content)
    if isinstance(content, AlarmRaised | AlarmEscalated | AlarmEnded):
        return _watch_problem(state, content)
    if isinstance(content, PresenceCharted) and not content.person.strip():
        return Refused("Nobody is named.", field="person", fix="Say who comes in or leaves.")
    if isinstance(content, PatientCalled) and state.phase not in LIVE:
        return Refused("No session is running.", field="kind", fix="Telephone the clinic.")
    return None


def _acknowledge_problem(content: AlarmAcknowledged) -> Refused | None:
    """An alarm that a device without a line found by itself may be answered before the server has raised it."""
    rule_id, _, cause = content.alarm_id.partition("/")
    if not cause or len(content.alarm_id) > LONGEST_ID or rule_id not in {rule.id for rule in alarm_book().rules}:
        return Refused("There is no such alarm.", field="alarm_id", fix="Acknowledge an alarm that is shown.")
    return None


def _watch_problem(state: SessionState, content: AlarmRaised | AlarmEscalated | AlarmEnded) -> Refused | None:
    """Whoever comes second finds it done: one alarm is raised once, climbs each step once, ends once."""
    record = alarm_log(state).get(content.alarm_id)
    if isinstance(content, AlarmRaised):
        done = record is not None
    elif record is None:
        return Refused("This alarm was not raised.", field="alarm_id", fix=None)
    elif isinstance(content, AlarmEscalated):
        done = content.to in record.tell
    else:
        done = not record.stands
    return Refused("This is charted already.", field="alarm_id", fix=None, status=409) if done else None
