"""Alarms of the demo: who is in the room, what the watch would have raised in sessions of the past, and who answered."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

from ketachart.record.actor import Actor
from ketachart.record.commands import append_event
from ketachart.record.kinds import Content
from ketachart.record.models import Stream
from ketachart.treatment import commands
from ketachart.treatment.alarm_kinds import AlarmAcknowledged, PresenceCharted
from ketachart.treatment.alarm_log import standing_alarms, to_chart
from ketachart.treatment.queries import session_for, state_of
from ketachart.treatment.state import SessionState

ANSWERED_AFTER = timedelta(seconds=45)


def presence(nurse: Actor, *, in_room: bool) -> PresenceCharted:
    return PresenceCharted(person=nurse.name, person_id=str(nurse.user_id), in_room=in_room)


def watch_once(nurse: Actor, session_id: UUID, at: datetime) -> SessionState:
    """What the server's watch would have charted then."""
    state = state_of(nurse, session_for(nurse, session_id))
    for one in to_chart(state, session_id, at):
        append_event(
            actor=Actor.system(nurse.clinic_id),
            stream=Stream.objects.get(id=session_id),
            content=one.content,
            effective_at=at,
            event_id=one.id,
            source="server",
        )
    return state


def answer_standing(nurse: Actor, session_id: UUID, at: datetime, chance: random.Random) -> None:
    """Most alarms are answered, and most of those within a minute."""
    for record in standing_alarms(state_of(nurse, session_for(nurse, session_id))):
        if record.unanswered and chance.random() < 0.9:
            waited = timedelta(seconds=min(240.0, chance.lognormvariate(3.4, 0.7)))
            _chart(nurse, session_id, AlarmAcknowledged(alarm_id=record.alarm_id), at + waited)


def answer_what_waits(nurse: Actor, session_id: UUID, state: SessionState, now: datetime) -> None:
    """In a live room the virtual nurse answers what no visitor has answered for a while."""
    for record in standing_alarms(state):
        if record.unanswered and record.raised_at + ANSWERED_AFTER <= now:
            if record.raised.rule_id.startswith("AL16"):  # nobody is logged in the room: go in
                _chart(nurse, session_id, presence(nurse, in_room=True), now)
            _chart(nurse, session_id, AlarmAcknowledged(alarm_id=record.alarm_id), now)


def _chart(nurse: Actor, session_id: UUID, content: Content, at: datetime) -> None:
    commands.chart(nurse, session_id, content, at=at)
