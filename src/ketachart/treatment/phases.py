"""The phases of a session, and how the entries that stand move it from one to the next."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

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


def phase_changes_in(standing: Iterable[Entry], dose: DoseTimeline) -> tuple[PhaseChange, ...]:
    """Phases only go forward; a pause alone goes back to dosing."""
    changes: list[PhaseChange] = []
    phase: Phase = "scheduled"
    pump = {(moment.at, moment.status) for moment in dose.pump}
    for entry in standing:
        target = _phase_from(entry, pump)
        if target is None:
            continue
        back_to_dosing = phase == "paused" and target == "dosing"
        if _RANK[target] > _RANK[phase] or back_to_dosing:
            phase = target
            changes.append(PhaseChange(entry.effective_at, phase))
    return tuple(changes)


def _phase_from(entry: Entry, pump: set[tuple[datetime, PumpStatus]]) -> Phase | None:
    content = entry.content
    if isinstance(content, SessionOpened):
        return "preparing"
    if isinstance(content, TimeOutCompleted):
        return "ready" if content.items and all(item.confirmed for item in content.items) else None
    if isinstance(content, InfusionStarted | InfusionResumed):
        return "dosing" if (entry.effective_at, "running") in pump else None
    if isinstance(content, DoseGiven):
        return "dosing"
    if isinstance(content, InfusionPaused):
        return "paused" if (entry.effective_at, "paused") in pump else None
    if isinstance(content, InfusionStopped):
        return "recovery" if (entry.effective_at, "stopped") in pump else None
    if isinstance(content, RecoveryStarted):
        return "recovery"
    if isinstance(content, Discharged | SessionAbandoned):
        return "discharged"
    if isinstance(content, SessionSigned):
        return "signed"
    return None
