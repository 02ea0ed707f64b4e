"""What may be appended to a session, asked of its state just before it is written. Pure: the time comes with the event.

Sequence is judged at the event's own time: what was charted offline and arrives late is accepted when it was right
when it happened. Nothing that a person did is ever made uncharted by what others charted meanwhile.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from ketachart.record.errors import Refused
from ketachart.record.kinds import Content
from ketachart.treatment.alarm_guard import ALARM_KINDS, alarm_problem
from ketachart.treatment.care_kinds import CARE_KINDS, ORDER_KINDS
from ketachart.treatment.care_rules import care_problem
from ketachart.treatment.dosing_guard import (
    dosing_problem,
    hold_problem,
    pump_problem,
    pump_read_problem,
    single_dose_problem,
)
from ketachart.treatment.entries import EventMeta, content_from
from ketachart.treatment.gate_guard import gate_problem, held_problem, override_problem
from ketachart.treatment.kinds import (
    DOSE_KINDS,
    AddendumWritten,
    Discharged,
    DoseGiven,
    EventCorrected,
    GateOverridden,
    HoldEnded,
    InfusionPaused,
    InfusionRateChanged,
    InfusionResumed,
    InfusionStarted,
    InfusionStopped,
    PlannedDose,
    PumpRead,
    RecoveryStarted,
    SessionAbandoned,
    SessionOpened,
    SessionSigned,
)
from ketachart.treatment.limits import entry_problem
from ketachart.treatment.plan_arithmetic import plan_disagreement
from ketachart.treatment.protocol import EntryChecks, SessionProtocol, session_protocol
from ketachart.treatment.rules import what_holds_the_gate
from ketachart.treatment.state import SessionState

NEVER_CORRECTED = frozenset(
    {
        "treatment.session_opened",
        "treatment.session_signed",
        "treatment.addendum_written",
        "treatment.gate_overridden",
        "treatment.consent_bound",
        "treatment.plan_ended",
        *ALARM_KINDS,
    }
)
NEVER_A_REPLACEMENT = NEVER_CORRECTED | {"treatment.event_corrected", "treatment.discharged"}

PREPARE_KINDS = (
    "treatment.fasting_charted",
    "treatment.escort_charted",
    "treatment.rescreen_charted",
    "treatment.time_out_completed",
    "treatment.session_abandoned",
)
CHART_KINDS = (
    "treatment.vitals_charted",
    "treatment.sedation_scored",
    "treatment.dissociation_scored",
    "treatment.symptom_noted",
    "treatment.note_written",
    "treatment.infusion_started",
    "treatment.infusion_rate_changed",
    "treatment.infusion_paused",
    "treatment.infusion_resumed",
    "treatment.infusion_stopped",
    "treatment.dose_given",
    "treatment.hold_ended",
    "treatment.pump_read",
    "treatment.event_corrected",
    "treatment.gap_explained",
    "treatment.recovery_started",
    "treatment.addendum_written",
    "treatment.alarm_acknowledged",
    "treatment.presence_charted",
    *CARE_KINDS,
)
DISCHARGE_KINDS = ("treatment.discharge_assessed", "treatment.escort_met", "treatment.discharged")

PERMISSION_BY_KIND = {
    **dict.fromkeys(PREPARE_KINDS, "treatment.prepare"),
    **dict.fromkeys(CHART_KINDS, "treatment.chart"),
    **dict.fromkeys(DISCHARGE_KINDS, "treatment.discharge"),
    **dict.fromkeys(ORDER_KINDS, "treatment.order"),
    "treatment.session_signed": "treatment.sign",
}
"""What may arrive through the live lane. Opening and overrides go through commands, which know the person's role."""


def guard(
    state: SessionState, content: Content, meta: EventMeta, protocol: SessionProtocol | None = None
) -> Refused | None:
    """Why this event may not be appended now, if it may not."""
    protocol = protocol or session_protocol()
    at = meta.effective_at
    problem = _order_problem(state, content, meta, protocol.entry) or entry_problem(content, protocol)
    if problem is not None:
        return problem
    if isinstance(content, InfusionStarted | DoseGiven):
        return dosing_problem(state, content, at, protocol.entry)
    if isinstance(content, InfusionRateChanged | InfusionResumed | InfusionPaused | InfusionStopped):
        return pump_problem(state, content, at, protocol.entry)
    if isinstance(content, HoldEnded):
        return hold_problem(state, content, at)
    if isinstance(content, PumpRead):
        return pump_read_problem(state, at)
    if isinstance(content, EventCorrected):
        return _correction_problem(state, content, protocol)
    if isinstance(content, RecoveryStarted):
        return _recovery_problem(state, at)
    if isinstance(content, SessionAbandoned):
        return _abandon_problem(state)
    if isinstance(content, Discharged):
        return _discharge_problem(state, content, at)
    if isinstance(content, SessionSigned):
        return _signing_problem(state, at)
    if isinstance(content, GateOverridden):
        return override_problem(state, content, meta)
    return care_problem(state, content, at) or alarm_problem(state, content)


def _order_problem(state: SessionState, content: Content, meta: EventMeta, entry: EntryChecks) -> Refused | None:
    opening, at = state.opening, meta.effective_at
    if isinstance(content, SessionOpened):
        if opening is not None:
            return Refused("This session is already open.", field="session_id", fix="Go on with the open session.")
        return None
    if opening is None:
        return Refused("This session is not open yet.", field="kind", fix="Open the session from the plan first.")
    if at < opening.effective_at - timedelta(hours=entry.before_opening_hours):
        return Refused(
            "This is long before the session was opened.",
            field="effective_at",
            fix=f"A time not earlier than {entry.before_opening_hours:g} hours before the session.",
        )
    recorded_at = getattr(meta, "recorded_at", None)
    if recorded_at is not None and at > recorded_at + timedelta(minutes=entry.ahead_minutes):
        return Refused(
            "This time is in the future.",
            field="effective_at",
            fix="Check the clock of this device, then chart it again.",
        )
    signed = state.signed
    if isinstance(content, AddendumWritten):
        if signed is None:
            return Refused("The session is not signed yet.", field="kind", fix="Write a note instead.")
        return None
    if signed is not None and not (at < signed.effective_at and charted_at(meta.id) < signed.effective_at):
        return Refused(
            "The session is signed and locked.", field="kind", fix="Write an addendum: it stands beside the record."
        )
    return None


def charted_at(event_id: UUID) -> datetime:
    """When the device made this entry, as its UUIDv7 says; the end of time when the id says nothing."""
    if event_id.version != 7:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, tz=UTC)


def _correction_problem(state: SessionState, content: EventCorrected, protocol: SessionProtocol) -> Refused | None:
    target = state.find(content.target_id)
    if target is None:
        return Refused("There is no such entry in this session.", field="target_id", fix="Choose an entry to correct.")
    if target.kind in NEVER_CORRECTED:
        return Refused("This entry cannot be corrected.", field="target_id", fix="Write a note about it.")
    replacement = content.replacement
    if target.kind == "treatment.event_corrected" and replacement is None:
        return None
    if replacement is None:
        return None
    if replacement.kind in NEVER_A_REPLACEMENT:
        return Refused(
            "This cannot stand in place of an entry.", field="replacement.kind", fix="Strike it through and chart anew."
        )
    try:
        inner = content_from(replacement.kind, replacement.content)
    except KeyError:
        return Refused(f"The kind “{replacement.kind}” is not known.", field="replacement.kind", fix=None)
    except msgspec.ValidationError as error:
        return Refused(f"The corrected entry does not fit: {error}.", field="replacement.content", fix=None)
    problem = entry_problem(inner, protocol)
    if problem is not None:
        return Refused(problem.problem, field=f"replacement.content.{problem.field}", fix=problem.fix)
    if isinstance(inner, DoseGiven):
        said_before = {target.id, *(one.id for one in state.corrections.get(target.id, ()))}
        problem = single_dose_problem(state, inner, replacement.effective_at, frozenset(said_before))
        if problem is not None:
            return Refused(problem.problem, field=f"replacement.content.{problem.field}", fix=problem.fix)
    if isinstance(inner, InfusionStarted | DoseGiven) and not _about_a_dose(target.content, target.kind):
        return gate_problem(state, "start", replacement.effective_at, "A correction opens no gate")
    opening = state.opening
    earliest = opening.effective_at - timedelta(hours=protocol.entry.before_opening_hours) if opening else None
    if earliest is not None and replacement.effective_at < earliest:
        return Refused(
            "This is long before the session was opened.", field="replacement.effective_at", fix="Check the time."
        )
    return None


def _about_a_dose(content: Content, kind: str) -> bool:
    replacement = content.replacement if isinstance(content, EventCorrected) else None
    return (replacement.kind if replacement else kind) in DOSE_KINDS


def _recovery_problem(state: SessionState, at: datetime) -> Refused | None:
    if state.dose.first_dose_at is None or state.dose.first_dose_at > at:
        return Refused("Nothing was given yet.", field="kind", fix="Recovery starts after the dose.")
    if state.pump_status(at) in {"running", "paused"}:
        return Refused("The infusion has not been stopped.", field="kind", fix="Stop it first.")
    return None


def _discharge_problem(state: SessionState, content: Discharged, at: datetime) -> Refused | None:
    if state.abandoned is not None or state.discharged is not None:
        return Refused("The patient is already discharged.", field="kind", fix=None)
    if abs(content.at - at) > timedelta(minutes=1):
        return Refused("Two different times of discharge.", field="at", fix="Chart it with the time it happened.")
    return gate_problem(state, "discharge", at, "The patient cannot leave yet")


def _abandon_problem(state: SessionState) -> Refused | None:
    if state.dose.first_dose_at is not None:
        return Refused("A dose was given.", field="kind", fix="This session ends with a discharge.")
    if state.abandoned is not None:
        return Refused("The session has already ended.", field="kind", fix=None)
    return None


def _signing_problem(state: SessionState, at: datetime) -> Refused | None:
    if state.abandoned is not None:
        return None
    if state.discharged is None:
        return Refused("The patient is not discharged yet.", field="kind", fix="Discharge first, then sign.")
    held = what_holds_the_gate(state, "discharge", at)
    left = tuple(finding for finding in held if finding.rule_id in {"DI14", "DI15"})
    return held_problem(left, "The record is not complete")


def plan_problem(plan: PlannedDose, weight_kg: float | None) -> Refused | None:
    """A plan whose own numbers contradict each other never opens a session."""
    problem = plan_disagreement(plan, weight_kg)
    return None if problem is None else Refused(problem, field="plan", fix="Have the plan recalculated.")
