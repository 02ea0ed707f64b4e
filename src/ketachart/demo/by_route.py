"""What the demo's nurse does to give a dose by a route without a pump: the next device, part or troche when its time has come."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ketachart.demo.past import at_the_time
from ketachart.demo.session_script import DOSE_STARTS_AT_MINUTE, ROUND_MINUTES, STATEMENT, Scripted, prepare
from ketachart.demo.virtual_patient import invent_baseline
from ketachart.record.actor import Actor
from ketachart.record.unit_of_work import unit_of_work
from ketachart.treatment import commands, kinds
from ketachart.treatment.api import instructions_version
from ketachart.treatment.due import open_gaps
from ketachart.treatment.opening import opening_for
from ketachart.treatment.queries import session_for, state_of
from ketachart.treatment.single_dose import next_dose
from ketachart.treatment.state import SessionState

if TYPE_CHECKING:
    from ketachart.demo.building import DemoClinic

LIVE_MINUTES = {"spravato": DOSE_STARTS_AT_MINUTE + 1, "intramuscular": DOSE_STARTS_AT_MINUTE + 8}
"""How long ago the sessions by other routes were opened: one device used, one part injected."""

OBSERVED = timedelta(minutes=122)
SITES = ("Left upper arm", "Right upper arm")


def next_step(state: SessionState, at: datetime) -> tuple[str, dict[str, Any]] | None:
    """Kind and content of what is to be charted now, if anything is."""
    opened = state.opened
    if opened is None:
        return None
    plan, given = opened.plan, state.dose.boluses
    if plan.route == "sublingual" and given and given[-1].held_until is None:
        over = given[-1].at + timedelta(minutes=plan.hold_minutes or 0)
        return ("hold_ended", {"then": "spat out" if plan.then == "spit out" else "swallowed"}) if at >= over else None
    following = next_dose(given, plan, opened.patient.weight_kg)
    if following is None or following.dose_mg is None or following.dose_mg > following.left_mg:
        return ("recovery_started", {})
    if following.not_before is not None and at < following.not_before:
        return None
    content: dict[str, Any] = {"dose_mg": following.dose_mg, "route": plan.route, "lot": f"DEMO-{following.number}"}
    if plan.devices is not None:
        content |= {"device": following.number, "self_administered": True, "observed": True}
    elif len(plan.parts) > 1:
        content |= {"part": following.number, "site": SITES[following.number % 2]}
    return ("dose_given", content)


def may_go_home(state: SessionState, at: datetime, recovery: timedelta) -> bool:
    """Long enough here for this route: the gate asks the same, and more."""
    opened, first, last = state.opened, state.dose.first_dose_at, state.dose.last_dose_at
    if opened is None or first is None:
        return False
    if opened.plan.devices is not None:
        return at - first > OBSERVED
    stay = timedelta(minutes=opened.policy.minimum_stay_minutes or 0)
    return at - (state.phase_started_at("recovery") or at) > recovery and (last is None or at - last > stay)


def play_live(nurse: Actor, built: DemoClinic, now: datetime) -> None:
    """Two rooms in which the first device has been used and the first part injected, minutes ago."""
    for place, (stage, minutes) in enumerate(LIVE_MINUTES.items()):
        room = built.rooms[-2 + place]
        script = play(
            nurse, built.patients[stage], now - timedelta(minutes=minutes), room, seed=70 + place, until=minutes
        )
        built.live.append((script.session_id, built.patients[stage], room))


def play(
    nurse: Actor, patient_id: UUID, opened_at: datetime, room: tuple[UUID, str], *, seed: int, until: float = 10_000
) -> Scripted:
    """From the opening to minute `until`; the virtual nurse goes on from there."""
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
        script.present(DOSE_STARTS_AT_MINUTE - 1, in_room=True)
        minute = DOSE_STARTS_AT_MINUTE
        while minute <= until:
            state = state_of(nurse, session_for(nurse, session.id))
            if state.phase == "recovery":
                break
            step = next_step(state, opened_at + timedelta(minutes=minute))
            if step is not None:
                script.chart(minute, *step)
                script.predict()
            minute += 1
        if minute <= until:
            _observe(script, minute)
            _go_home(script)
    return script


def _observe(script: Scripted, begins: int) -> None:
    """What the label asks for after the devices, and more: readings until long past the peak."""
    leaves = DOSE_STARTS_AT_MINUTE + OBSERVED.total_seconds() / 60
    minute = DOSE_STARTS_AT_MINUTE + ROUND_MINUTES
    while minute < leaves:
        if minute >= begins:
            settled = minute > DOSE_STARTS_AT_MINUTE + 60
            script.vitals(minute)
            script.chart(minute + 0.4, "sedation_scored", {"value": 5 if settled else 4})
            script.chart(minute + 0.6, "dissociation_scored", {"value": 0 if settled else 4})
        minute += ROUND_MINUTES


def _go_home(script: Scripted) -> None:
    """Out through the gate and signed. Whatever was due and not charted gets its cause, as the gate asks for."""
    nurse, leaves = script.nurse, DOSE_STARTS_AT_MINUTE + OBSERVED.total_seconds() / 60
    script.present(leaves, in_room=False)
    script.chart(leaves + 1, "discharge_assessed", dict.fromkeys(kinds.DischargeAssessed.__struct_fields__, True))
    script.chart(leaves + 2, "escort_met", {"name": "R. Example", "relation": "friend", "identified": True})
    at = script.opened_at + timedelta(minutes=leaves + 3)
    with at_the_time(at):
        state = state_of(nurse, session_for(nurse, script.session_id))
        for gap in open_gaps(state, at):
            commands.explain_gap(
                nurse, script.session_id, item=gap.item, due_at=gap.due_at, cause="staff occupied", at=at
            )
        commands.discharge(nurse, script.session_id, at=at, instructions_version=instructions_version(state, at))
    at += timedelta(minutes=8)
    with at_the_time(at):
        commands.sign(nurse, script.session_id, statement=STATEMENT, at=at)
