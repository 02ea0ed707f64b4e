"""What is charted about alarms: raised, passed on and ended by the server; acknowledged, and present, by people."""

from typing import Literal

from ketachart.record.kinds import Content, kind
from ketachart.treatment.kinds import Moment, Part

Rung = Literal["nurse", "charge nurse", "prescriber"]
"""Who is told, from the bedside up."""

WhyEnded = Literal["cleared", "followed by another", "session ended"]


class AlarmSeen(Part, frozen=True, kw_only=True):
    what: str
    value: str | int | float | bool | None
    at: Moment | None = None


@kind("treatment.alarm_raised")
class AlarmRaised(Content, frozen=True, kw_only=True):
    """Made by the server's watch alone. `alarm_id` follows from rule and cause: the same alarm has the same id anywhere."""

    alarm_id: str
    key: str
    rule_id: str
    rule_version: str
    signal: str
    title: str
    action: str
    since: Moment
    tell: tuple[Rung, ...]
    seen: tuple[AlarmSeen, ...] = ()
    card: str | None = None


@kind("treatment.alarm_escalated")
class AlarmEscalated(Content, frozen=True, kw_only=True):
    """Passed on up the ladder because nobody answered, or because what was missing is still missing."""

    alarm_id: str
    to: Rung


@kind("treatment.alarm_acknowledged")
class AlarmAcknowledged(Content, frozen=True, kw_only=True):
    """Somebody says by name: I am on it. It covers what could be seen then, and no later reading."""

    alarm_id: str


@kind("treatment.alarm_ended")
class AlarmEnded(Content, frozen=True, kw_only=True):
    alarm_id: str
    why: WhyEnded


@kind("treatment.presence_charted")
class PresenceCharted(Content, frozen=True, kw_only=True):
    """A member of staff comes into the room or leaves it."""

    person: str
    person_id: str | None = None
    in_room: bool


@kind("treatment.patient_called")
class PatientCalled(Content, frozen=True, kw_only=True):
    """The call button on the patient's own phone."""
