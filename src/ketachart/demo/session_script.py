"""A whole treatment session as the nurse and the monitor would chart it, minute by minute."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from ketachart.demo import alarms
from ketachart.demo.past import at_the_time
from ketachart.demo.virtual_patient import Baseline, invent_baseline, vitals_at
from ketachart.record.actor import Actor
from ketachart.record.unit_of_work import unit_of_work
from ketachart.treatment import commands, kinds
from ketachart.treatment.entries import content_from
from ketachart.treatment.opening import opening_for
from ketachart.treatment.prediction import predict
from ketachart.treatment.protocol import session_protocol
from ketachart.treatment.queries import session_for, state_of
from ketachart.treatment.start_rules import time_out_items
from ketachart.treatment.state import SessionState

DOSE_STARTS_AT_MINUTE = 22
ROUND_MINUTES = 10
RECOVERY_ROUND_MINUTES = 15
STATEMENT = "I have read this record; it is complete and correct."


@dataclass
class Scripted:
    """One session being written. ``until`` is the minute at which the writing stops (a live session goes on)."""

    nurse: Actor
    session_id: UUID
    opened_at: datetime
    chance: random.Random
    baseline: Baseline
    until: float = 10_000
    concentration: dict[int, float] = field(default_factory=dict)

    def chart(self, minute: float, kind: str, content: dict[str, Any] | None = None) -> UUID | None:
        """Chart something at a minute; what lies after ``until`` has not happened yet."""
        if minute > self.until:
            return None
        at = self.opened_at + timedelta(minutes=minute)
        with at_the_time(at):
            event = commands.chart(self.nurse, self.session_id, content_from(f"treatment.{kind}", content or {}), at=at)
        return event.id

    def vitals(self, minute: float) -> UUID | None:
        if minute > self.until:
            return None
        reading = vitals_at(self.baseline, self.concentration.get(round(minute), 0.0), self.chance)
        return self.chart(minute, "vitals_charted", dict(reading.as_content()))

    def present(self, minute: float, *, in_room: bool) -> None:
        if minute <= self.until:
            at = self.opened_at + timedelta(minutes=minute)
            with at_the_time(at):
                commands.chart(self.nurse, self.session_id, alarms.presence(self.nurse, in_room=in_room), at=at)

    def watch(self, minute: float) -> None:
        """What the watch raised at a moment, and who answered."""
        if minute > self.until:
            return
        at = self.opened_at + timedelta(minutes=minute)
        with at_the_time(at + timedelta(minutes=4)):
            alarms.watch_once(self.nurse, self.session_id, at)
            alarms.answer_standing(self.nurse, self.session_id, at, self.chance)

    def predict(self) -> None:
        """What the drug does from now on, for the virtual patient."""
        state = state_of(self.nurse, session_for(self.nurse, self.session_id))
        found = predict(state, self.opened_at)["prediction"]
        if found is None:
            return
        opened_ms = self.opened_at.timestamp() * 1000
        self.concentration = {
            round((at_ms - opened_ms) / 60_000): value
            for at_ms, value in zip(found["at"], found["typical"], strict=True)
        }


def play_session(
    nurse: Actor, patient_id: UUID, *, opened_at: datetime, room: tuple[UUID, str], seed: int, until: float = 10_000
) -> Scripted:
    """Write a session from its opening to its signature, or up to minute ``until``."""
    chance = random.Random(seed)  # noqa: S311  (invented readings, not a secret)
    with unit_of_work():
        with at_the_time(opened_at):
            opening = opening_for(nurse, patient_id, opened_at)
            if opening.why_not:
                raise RuntimeError(f"the demo cannot open a session: {opening.why_not}")
            session = commands.open_session(
                nurse, patient_id=patient_id, at=opened_at, room_id=room[0], room=room[1], **opening.values
            )
        script = Scripted(nurse, session.id, opened_at, chance, invent_baseline(chance), until)
        prepare(script)
        _dose(script, opening.values["plan"])
        _recover(script, opening.values["plan"]["infusion_minutes"])
    return script


def prepare(script: Scripted) -> None:
    times = {
        "last_solids_at": (script.opened_at - timedelta(hours=9)).isoformat(),
        "last_clear_fluids_at": (script.opened_at - timedelta(hours=3)).isoformat(),
    }
    script.vitals(2)
    script.chart(3, "sedation_scored", {"value": 5})
    script.chart(4, "fasting_charted", times)
    script.chart(6, "escort_charted", {"name": "R. Example", "relation": "friend", "confirmed": True})
    script.chart(9, "rescreen_charted", {"answers": reassuring_answers()})
    script.chart(
        18,
        "time_out_completed",
        msgspec.to_builtins(
            time_out(script.nurse.name, state_of(script.nurse, session_for(script.nurse, script.session_id)))
        ),
    )


def _dose(script: Scripted, plan: dict[str, Any]) -> None:
    start, minutes = DOSE_STARTS_AT_MINUTE, plan["infusion_minutes"]
    rates = {"rate_ml_per_h": plan["rate_ml_per_h"], "rate_mg_per_h": plan["rate_mg_per_h"]}
    if start > script.until:
        return
    script.present(start - 1, in_room=True)
    script.chart(start, "infusion_started", rates)
    script.predict()
    for minute in range(ROUND_MINUTES, int(minutes), ROUND_MINUTES):
        script.vitals(start + minute)
        script.chart(start + minute + 0.5, "sedation_scored", {"value": 5 if minute < 20 else 4})
        script.chart(
            start + minute + 0.7, "dissociation_scored", {"value": min(8, round(minute / 5 + script.chance.random()))}
        )
    if script.chance.random() < 0.5:
        script.chart(start + 24, "symptom_noted", {"symptom": "nausea", "severity": "mild"})
    if script.chance.random() < 0.6:  # called away for two minutes, and the room alarms
        script.present(start + 16, in_room=False)
        script.watch(start + 16.5)
        script.present(start + 18, in_room=True)
        script.watch(start + 18.5)
    script.chart(start + minutes, "infusion_stopped", {"reason": "complete", "volume_given_ml": plan["volume_ml"]})


def _recover(script: Scripted, infusion_minutes: float) -> None:
    end = DOSE_STARTS_AT_MINUTE + infusion_minutes
    script.chart(end + 0.5, "recovery_started", {})
    script.vitals(end + 1)
    script.chart(end + 1.2, "sedation_scored", {"value": 4})
    script.chart(end + 1.4, "dissociation_scored", {"value": 6})
    dissociation = 6
    for minute in range(RECOVERY_ROUND_MINUTES, 76, RECOVERY_ROUND_MINUTES):
        script.vitals(end + minute)
        script.chart(end + minute + 0.4, "sedation_scored", {"value": 5})
        dissociation = max(0, dissociation - 2)
        script.chart(end + minute + 0.6, "dissociation_scored", {"value": dissociation})
    leave = end + 78
    script.present(leave - 1, in_room=False)
    script.chart(leave, "discharge_assessed", dict.fromkeys(kinds.DischargeAssessed.__struct_fields__, True))
    script.chart(leave + 1, "escort_met", {"name": "R. Example", "relation": "friend", "identified": True})
    if leave + 12 > script.until:
        return
    at = script.opened_at + timedelta(minutes=leave + 4)
    with at_the_time(at):
        commands.discharge(script.nurse, script.session_id, at=at, instructions_version="racemic-iv 1")
    at = script.opened_at + timedelta(minutes=leave + 12)
    with at_the_time(at):
        commands.sign(script.nurse, script.session_id, statement=STATEMENT, at=at)


def reassuring_answers() -> dict[str, bool]:
    """Every arrival question answered as it should be. An invented person; a real one is asked."""
    return {question.id: question.reassuring == "yes" for question in session_protocol().arrival}


def time_out(nurse_name: str, state: SessionState) -> kinds.TimeOutCompleted:
    items = time_out_items(state, session_protocol())
    return kinds.TimeOutCompleted(
        items=tuple(kinds.TimeOutItem(id=item.id, confirmed=True) for item in items),
        participants=(nurse_name, "Pablo Reyes, RN"),
    )
