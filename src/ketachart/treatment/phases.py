"""The phases of a session, and how the entries that stand move it from one to the next."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from ketachart.record.kinds import Content
from ketachart.treatment.dose import DoseTimeline, PumpStatus
from ketachart.treatment.entries import Entry
from ketachart.treatment.kinds import (
    Discharged,
    DoseGiven,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    InfusionStopped,
    Phase,
    RecoveryStarted,
    SessionAbandoned,
    SessionOpened,
    SessionSigned,
    TimeOutCompleted,
)

PHASES: tuple[Phase, ...] = (
    "scheduled",
    "preparing",
    "ready",
    "dosing",
    "paused",
    "recovery",
    "discharged",
    "signed",
)
_RANK = {phase: place for place, phase in enumerate(PHASES)}


class PhaseChange(msgspec.Struct, frozen=True):
    at: datetime
    phase: Phase


def moves_a_phase(content: Content) -> bool:
    """Whether entries of this kind can begin a phase at all."""
    return type(content) in _MOVES


def phase_changes_in(standing: Iterable[Entry], dose: DoseTimeline) -> tuple[PhaseChange, ...]:
    """Phases only go forward; a pause alone goes back to dosing."""
    changes: list[PhaseChange] = []
    phase: Phase = "scheduled"
    pump = {(moment.at, moment.status) for moment in dose.pump}
    for entry in standing:
        begun_by = _MOVES.get(type(entry.content))
        target = begun_by(entry, pump) if begun_by else None
        if target is None:
            continue
        back_to_dosing = phase == "paused" and target == "dosing"
        if _RANK[target] > _RANK[phase] or back_to_dosing:
            phase = target
            changes.append(PhaseChange(entry.effective_at, phase))
    return tuple(changes)


PumpMoments = set[tuple[datetime, PumpStatus]]
Move = Callable[[Entry, PumpMoments], Phase | None]


def _always(phase: Phase) -> Move:
    return lambda entry, pump: phase


def _if_the_pump(status: PumpStatus, phase: Phase) -> Move:
    """What the pump was said to do counts only where it can be (a pause before any start is an irregularity)."""
    return lambda entry, pump: phase if (entry.effective_at, status) in pump else None


def _timed_out(entry: Entry, _: PumpMoments) -> Phase | None:
    content = entry.content
    assert isinstance(content, TimeOutCompleted)
    return "ready" if content.items and all(item.confirmed for item in content.items) else None


_MOVES: dict[type[Content], Move] = {
    SessionOpened: _always("preparing"),
    TimeOutCompleted: _timed_out,
    InfusionStarted: _if_the_pump("running", "dosing"),
    InfusionResumed: _if_the_pump("running", "dosing"),
    DoseGiven: _always("dosing"),
    InfusionPaused: _if_the_pump("paused", "paused"),
    InfusionStopped: _if_the_pump("stopped", "recovery"),
    RecoveryStarted: _always("recovery"),
    Discharged: _always("discharged"),
    SessionAbandoned: _always("discharged"),
    SessionSigned: _always("signed"),
}
