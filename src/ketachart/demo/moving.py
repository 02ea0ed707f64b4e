"""Keeps the demo's live sessions moving while the server runs: a virtual monitor reads, a virtual nurse charts.

Only sessions that the demo itself opened are moved. A session that a visitor opens is the visitor's own.
"""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from ketachart.demo import alarms
from ketachart.demo.by_route import may_go_home, next_step
from ketachart.demo.session_script import STATEMENT, reassuring_answers, time_out
from ketachart.demo.virtual_patient import Baseline, invent_baseline, vitals_at
from ketachart.devices.by_itself import taken
from ketachart.devices.commands import chart_offer
from ketachart.devices.queries import present
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event
from ketachart.record.errors import Refused
from ketachart.record.models import Stream
from ketachart.treatment import commands, kinds
from ketachart.treatment.api import instructions_version
from ketachart.treatment.due import open_gaps
from ketachart.treatment.entries import content_from
from ketachart.treatment.opening import opening_for
from ketachart.treatment.prediction import predict
from ketachart.treatment.queries import session_for, state_of
from ketachart.treatment.state import SessionState

log = logging.getLogger("ketachart.demo")

LOOK_EVERY_S = 5.0
MONITOR_EVERY = timedelta(seconds=30)
CUFF_EVERY = timedelta(minutes=5)
NURSE_EVERY = timedelta(minutes=10)
RECOVERY_LASTS = timedelta(minutes=75)


@dataclass
class LiveSession:
    """One session in a room, and what its virtual patient is like."""

    session_id: UUID
    patient_id: UUID
    room: tuple[UUID, str]
    chance: random.Random
    baseline: Baseline
    next_monitor: datetime
    next_cuff: datetime
    next_nurse: datetime
    done: set[str] = field(default_factory=set)
    concentration: float = 0.0


class VirtualPatients:
    """Starts and stops with the server."""

    def __init__(self, nurse: Actor, live: list[tuple[UUID, UUID, tuple[UUID, str]]], waiting: list[UUID]) -> None:
        self._nurse = nurse
        self._monitor = Actor.system(nurse.clinic_id, name="Virtual monitor", permissions=nurse.permissions)
        self._live = [self._begin(session_id, patient_id, room) for session_id, patient_id, room in live]
        self._waiting = waiting
        self._wired = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="virtual-patients", daemon=True)

    def start(self, lane: object) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=10)

    def wire_first_room(self, wired: bool) -> None:
        """A monitor on a real line measures in the first room: there the nurse confirms instead of a monitor that charts."""
        self._wired = wired

    def measured_in_first_room(self) -> dict[str, float]:
        live = self._live[0]
        return dict(vitals_at(live.baseline, live.concentration, live.chance).as_content())

    def _begin(self, session_id: UUID, patient_id: UUID, room: tuple[UUID, str]) -> LiveSession:
        chance = random.Random(session_id.int)  # noqa: S311  (invented readings, not a secret)
        now = clock.now()
        return LiveSession(
            session_id, patient_id, room, chance, invent_baseline(chance), now, now, now + timedelta(minutes=3)
        )

    def _run(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self.look_round(clock.now())
        connection.close()

    def look_round(self, now: datetime) -> None:
        """Look into each room once and do what is due there."""
        for place, live in enumerate(self._live):
            try:
                if self._move(live, now):
                    self._live[place] = self._next_in_room(live)
            except Refused as refused:  # somebody else acted in this session: look again next time
                log.info("the virtual nurse was refused: %s", refused.problem)
            except Exception as error:
                log.error("a virtual patient stumbled: %s", type(error).__name__)

    def _move(self, live: LiveSession, now: datetime) -> bool:
        """Chart what is due now. True when this patient has gone home."""
        state = state_of(self._nurse, session_for(self._nurse, live.session_id))
        if state.phase in {"signed", "discharged"}:
            if state.phase == "discharged":
                commands.sign(self._nurse, live.session_id, statement=STATEMENT, at=now)
            return True
        self._read_monitor(live, state, now)
        if now >= live.next_nurse:
            live.next_nurse = now + NURSE_EVERY + timedelta(seconds=live.chance.uniform(-30, 90))
            self._round(live, state, now)
        self._step_on(live, state, now)
        alarms.answer_what_waits(self._nurse, live.session_id, state, now)
        return False

    def _read_monitor(self, live: LiveSession, state: SessionState, now: datetime) -> None:
        if self._wired and live is self._live[0]:
            live.concentration = _concentration(state, now)
            return
        if now < live.next_monitor:
            return
        live.next_monitor = now + MONITOR_EVERY
        reading: dict[str, Any] = dict(vitals_at(live.baseline, _concentration(state, now), live.chance).as_content())
        if now < live.next_cuff:
            del reading["systolic_mmhg"], reading["diastolic_mmhg"]
        else:
            live.next_cuff = now + CUFF_EVERY
        append_event(
            actor=self._monitor,
            stream=Stream.objects.get(id=live.session_id),
            content=content_from("treatment.vitals_charted", reading),
            effective_at=now,
            source="monitor",
        )

    def _confirm_monitor(self, live: LiveSession, now: datetime) -> None:
        for device, offer in present(self._nurse, live.session_id, now).offers:
            taken_offer = taken(live.session_id, device, offer)
            chart_offer(replace(self._nurse, device=device.name), taken_offer, offer.unusual)

    def _round(self, live: LiveSession, state: SessionState, now: datetime) -> None:
        if self._wired and live is self._live[0]:
            self._confirm_monitor(live, now)
        share = _concentration(state, now) / 253.0
        self._chart(live, "sedation_scored", {"value": 4 if share > 0.7 else 5}, now)
        if state.dose.first_dose_at is not None:
            score = max(0, min(10, round(share * 6 + live.chance.gauss(0, 1))))
            settled = now - (state.phase_started_at("recovery") or now) > timedelta(minutes=45)
            self._chart(live, "dissociation_scored", {"value": 0 if settled else score}, now)

    def _step_on(self, live: LiveSession, state: SessionState, now: datetime) -> None:
        """The steps of the way that belong to a nurse."""
        opened = state.opened
        if opened is None:
            return
        if state.phase in {"preparing", "ready"}:
            self._prepare(live, state, now)
        elif state.phase == "dosing" and not state.dose.steps:
            self._dose_at_once(live, state, now)
        elif state.phase == "dosing":
            empty_at = state.dose.pump_empty_at()
            if empty_at is not None and now >= empty_at:
                given = {"reason": "complete", "volume_given_ml": opened.plan.volume_ml}
                self._chart(live, "infusion_stopped", given, empty_at)
                self._chart(live, "recovery_started", {}, now)
                live.next_nurse = live.next_cuff = now
        elif state.phase == "recovery" and may_go_home(state, now, RECOVERY_LASTS):
            self._send_home(live, now)

    def _prepare(self, live: LiveSession, state: SessionState, now: datetime) -> None:
        opened = state.opened
        assert opened is not None
        begun = state.phase_started_at("preparing") or now
        minutes = (now - begun).total_seconds() / 60
        if "papers" not in live.done and minutes > 2:
            live.done.add("papers")
            times = {
                "last_solids_at": (now - timedelta(hours=9)).isoformat(),
                "last_clear_fluids_at": (now - timedelta(hours=3)).isoformat(),
            }
            self._chart(live, "fasting_charted", times, now)
            self._chart(live, "escort_charted", {"name": "R. Example", "relation": "friend", "confirmed": True}, now)
            self._chart(live, "rescreen_charted", {"answers": reassuring_answers()}, now)
            self._chart(live, "sedation_scored", {"value": 5}, now)
        elif "time_out" not in live.done and minutes > 6:
            live.done.add("time_out")
            self._chart(live, "time_out_completed", msgspec.to_builtins(time_out(self._nurse.name, state)), now)
            commands.chart(self._nurse, live.session_id, alarms.presence(self._nurse, in_room=True), at=now)
        elif "time_out" in live.done and minutes > 8 and opened.plan.rate_ml_per_h is None:
            self._dose_at_once(live, state, now)
        elif "time_out" in live.done and minutes > 8:
            rates = {"rate_ml_per_h": opened.plan.rate_ml_per_h, "rate_mg_per_h": opened.plan.rate_mg_per_h}
            self._chart(live, "infusion_started", rates, now)

    def _dose_at_once(self, live: LiveSession, state: SessionState, now: datetime) -> None:
        step = next_step(state, now)
        if step is not None:
            self._chart(live, *step, now)

    def _send_home(self, live: LiveSession, now: datetime) -> None:
        self._chart(live, "sedation_scored", {"value": 5}, now)
        self._chart(live, "dissociation_scored", {"value": 0}, now)
        self._chart(live, "discharge_assessed", dict.fromkeys(kinds.DischargeAssessed.__struct_fields__, True), now)
        self._chart(live, "escort_met", {"name": "R. Example", "relation": "friend", "identified": True}, now)
        for item, due_at in _open_gaps(state_of(self._nurse, session_for(self._nurse, live.session_id)), now):
            commands.explain_gap(
                self._nurse, live.session_id, item=item, due_at=due_at, cause="staff occupied", at=clock.now()
            )
        at = clock.now()
        state = state_of(self._nurse, session_for(self._nurse, live.session_id))
        commands.discharge(self._nurse, live.session_id, at=at, instructions_version=instructions_version(state, at))

    def _next_in_room(self, ended: LiveSession) -> LiveSession:
        """The next waiting person takes the room, so that there is always something to see."""
        patient_id = self._waiting.pop(0)
        self._waiting.append(ended.patient_id)
        at = clock.now()
        opening = opening_for(self._nurse, patient_id, at)
        if opening.why_not:
            raise Refused(opening.why_not)
        session = commands.open_session(
            self._nurse, patient_id=patient_id, at=at, room_id=ended.room[0], room=ended.room[1], **opening.values
        )
        return self._begin(session.id, patient_id, ended.room)

    def _chart(self, live: LiveSession, kind: str, content: dict[str, Any], at: datetime) -> None:
        commands.chart(self._nurse, live.session_id, content_from(f"treatment.{kind}", content), at=at)


def _concentration(state: SessionState, at: datetime) -> float:
    """The model's typical curve at this moment; nothing before the first dose."""
    if state.dose.first_dose_at is None:
        return 0.0
    found = predict(state, at)["prediction"]
    if found is None:
        return 0.0
    at_ms = at.timestamp() * 1000
    past = [value for time_ms, value in zip(found["at"], found["typical"], strict=True) if time_ms <= at_ms]
    return past[-1] if past else 0.0


def _open_gaps(state: SessionState, now: datetime) -> list[tuple[str, datetime]]:
    return [(gap.item, gap.due_at) for gap in open_gaps(state, now)]
