"""What may be appended to a session, asked of its state just before it is written. Pure: the time comes with the event.

Sequence is judged at the event's own time: what was charted offline and arrives late is accepted when it was right
when it happened. Nothing that a person did is ever made uncharted by what others charted meanwhile.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from ketachart.knowledge.findings import Finding
from ketachart.record.errors import Refused
from ketachart.record.kinds import Content
from ketachart.treatment.entries import content_from
from ketachart.treatment.kinds import (
    DOSE_KINDS,
    AddendumWritten,
    Discharged,
    DoseGiven,
    EventCorrected,
    Gate,
    GateOverridden,
    InfusionPaused,
    InfusionRateChanged,
    InfusionResumed,
    InfusionStarted,
    InfusionStopped,
    PlannedDose,
    RecoveryStarted,
    SessionAbandoned,
    SessionOpened,
    SessionSigned,
)
from ketachart.treatment.limits import entry_problem
from ketachart.treatment.plan_arithmetic import plan_disagreement
from ketachart.treatment.protocol import EntryChecks, SessionProtocol, session_protocol
from ketachart.treatment.rules import gate_findings, gate_is_open, what_holds_the_gate
from ketachart.treatment.state import SessionState, delivered_mg

NEVER_CORRECTED = frozenset(
    {
        "treatment.session_opened",
        "treatment.session_signed",
        "treatment.addendum_written",
        "treatment.gate_overridden",
        "treatment.consent_bound",
        "treatment.plan_ended",
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
    "treatment.event_corrected",
    "treatment.gap_explained",
    "treatment.recovery_started",
    "treatment.addendum_written",
)
DISCHARGE_KINDS = ("treatment.discharge_assessed", "treatment.escort_met", "treatment.discharged")

PERMISSION_BY_KIND = {
    **dict.fromkeys(PREPARE_KINDS, "treatment.prepare"),
    **dict.fromkeys(CHART_KINDS, "treatment.chart"),
    **dict.fromkeys(DISCHARGE_KINDS, "treatment.discharge"),
    "treatment.session_signed": "treatment.sign",
}
"""What may arrive through the live lane. Opening and overrides go through commands, which know the person's role."""


class EventMeta(Protocol):
    """What the record tells a guard of an event besides its content."""

    @property
    def id(self) -> UUID: ...
    @property
    def effective_at(self) -> datetime: ...
    @property
    def author_id(self) -> UUID | None: ...


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
        return _dosing_problem(state, content, at, protocol.entry)
    if isinstance(content, InfusionRateChanged | InfusionResumed | InfusionPaused | InfusionStopped):
        return _pump_problem(state, content, at, protocol.entry)
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
        return _override_problem(state, content, meta)
    return None


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


def _dosing_problem(
    state: SessionState, content: InfusionStarted | DoseGiven, at: datetime, entry: EntryChecks
) -> Refused | None:
    opened = state.opened
    assert opened is not None
    if state.abandoned is not None or state.phase_at(at) in {"recovery", "discharged"}:
        return Refused(
            "Dosing has ended in this session.",
            field="kind",
            fix="If the end was charted by mistake, correct it first.",
        )
    if isinstance(content, InfusionStarted):
        if not by_vein(opened.plan.route):
            return Refused(f"The plan says {opened.plan.route}: there is no pump to start.", field="kind", fix=None)
        status = state.pump_status(at)
        if status != "not started":
            return Refused(
                f"The infusion was already started; it is {status}.",
                field="kind",
                fix="Change the rate, or correct the earlier start.",
            )
        problem = _rate_problem(opened.plan, content.rate_ml_per_h, content.rate_mg_per_h, entry)
    else:
        problem = _single_dose_problem(state, content, at)
    if problem is not None:
        return problem
    return _gate_problem(state, "start", at, "The dose cannot be given yet")


def _single_dose_problem(state: SessionState, content: DoseGiven, at: datetime) -> Refused | None:
    opened = state.opened
    assert opened is not None
    plan, weight_kg = opened.plan, opened.patient.weight_kg
    if content.route.casefold() != plan.route.casefold() or by_vein(plan.route):
        return Refused(f"The plan says {plan.route}, not {content.route}.", field="route", fix="Give what was ordered.")
    total_mg = delivered_mg(state, at) + content.dose_mg
    if weight_kg and plan.ceiling_mg_per_kg and total_mg / weight_kg > plan.ceiling_mg_per_kg * (1 + 1e-9):
        return Refused(
            f"{total_mg:g} mg in all is {total_mg / weight_kg:.3g} mg/kg, above the ceiling of {plan.ceiling_mg_per_kg:g}.",
            field="dose_mg",
            fix="Do not give it.",
        )
    if total_mg > plan.dose_mg * (1 + 1e-9):
        return Refused(
            f"{total_mg:g} mg in all is more than the {plan.dose_mg:g} mg ordered.",
            field="dose_mg",
            fix="Give what was ordered, or have a new plan written.",
        )
    return None


def _pump_problem(
    state: SessionState,
    content: InfusionRateChanged | InfusionResumed | InfusionPaused | InfusionStopped,
    at: datetime,
    entry: EntryChecks,
) -> Refused | None:
    opened = state.opened
    assert opened is not None
    status = state.pump_status(at)
    if isinstance(content, InfusionStopped):
        if status not in {"running", "paused"}:
            return Refused(f"The infusion is {status}: there is nothing to stop.", field="kind", fix=None)
        return None
    needed = "paused" if isinstance(content, InfusionResumed) else "running"
    if status != needed:
        return Refused(
            f"The infusion was {status} at that time.",
            field="kind",
            fix=f"This can be charted while it is {needed}.",
        )
    if isinstance(content, InfusionPaused):
        return None
    problem = _rate_problem(opened.plan, content.rate_ml_per_h, content.rate_mg_per_h, entry)
    if problem is not None:
        return problem
    ordered = opened.plan.rate_mg_per_h
    faster = ordered is not None and content.rate_mg_per_h > ordered * (1 + entry.rate_agrees_within_percent / 100)
    if faster and isinstance(content, InfusionRateChanged) and not (content.reason or "").strip():
        return Refused(
            f"Faster than the ordered {ordered:g} mg/h.", field="reason", fix="Say why, or go back to the ordered rate."
        )
    return None


def _rate_problem(plan: PlannedDose, ml_per_h: float, mg_per_h: float, entry: EntryChecks) -> Refused | None:
    """Both rates must say the same with the concentration in the syringe, and no order of magnitude may slip."""
    if not mg_per_h > 0:
        return Refused("A rate is more than 0 mg/h.", field="rate_mg_per_h", fix="Pause or stop the infusion instead.")
    concentration = plan.concentration_mg_per_ml
    if concentration is None:
        return Refused(
            "The plan states no concentration.", field="rate_ml_per_h", fix="Have the plan completed before starting."
        )
    computed = ml_per_h * concentration
    if abs(computed - mg_per_h) > max(computed, mg_per_h) * entry.rate_agrees_within_percent / 100:
        return Refused(
            f"{ml_per_h:g} mL/h at {concentration:.4g} mg/mL is {computed:.4g} mg/h, not {mg_per_h:g}.",
            field="rate_mg_per_h",
            fix="Check the vial strength and the pump.",
        )
    ordered = plan.rate_mg_per_h
    if ordered is not None and mg_per_h > ordered * entry.rate_at_most_times_ordered:
        return Refused(
            f"{mg_per_h:g} mg/h is more than {entry.rate_at_most_times_ordered:g} times the ordered {ordered:g} mg/h.",
            field="rate_mg_per_h",
            fix="Check the decimal point; a much faster infusion needs a new plan.",
        )
    return None


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
    if isinstance(inner, InfusionStarted | DoseGiven) and not _about_a_dose(target.content, target.kind):
        return _gate_problem(state, "start", replacement.effective_at, "A correction opens no gate")
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
    return _gate_problem(state, "discharge", at, "The patient cannot leave yet")


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
    return _held(left, "The record is not complete")


def _override_problem(state: SessionState, content: GateOverridden, meta: EventMeta) -> Refused | None:
    if not content.findings or {aside.rule_id for aside in content.verdicts} != set(content.findings):
        return Refused("It is not said which findings are set aside.", field="findings", fix="Choose at least one.")
    standing = {finding.rule_id: finding for finding in gate_findings(state, content.gate, meta.effective_at)}
    for aside in content.verdicts:
        finding = standing.get(aside.rule_id)
        if finding is None or (finding.rule_version, finding.verdict) != (aside.rule_version, aside.verdict):
            return Refused(
                f"{aside.rule_id} has changed since it was shown.", field="findings", fix="Look at it again."
            )
        problem = _may_set_aside(finding, content, meta)
        if problem is not None:
            return problem
    return None


def _may_set_aside(finding: Finding, content: GateOverridden, meta: EventMeta) -> Refused | None:
    allowed = finding.overridable
    if allowed is None or (finding.verdict == "missing" and not allowed.covers_missing):
        return Refused(f"“{finding.title}” cannot be set aside.", field="findings", fix=finding.action)
    if content.by_role not in allowed.roles:
        who = " or ".join(allowed.roles)
        return Refused(f"“{finding.title}” can be set aside by a {who} only.", field="findings", fix=f"Ask a {who}.")
    if allowed.second_signature:
        second = content.second_signer_id
        if not second or not content.second_signer_name:
            return Refused(
                f"“{finding.title}” needs a second signature.", field="second_signer", fix="A second clinician signs."
            )
        if meta.author_id is not None and second == str(meta.author_id):
            return Refused("The second signature is your own.", field="second_signer", fix="Another clinician signs.")
    return None


def _gate_problem(state: SessionState, gate: Gate, at: datetime, what: str) -> Refused | None:
    """What holds the gate. Where no rule is in force nothing was judged, and the gate stays shut too."""
    held = what_holds_the_gate(state, gate, at)
    if held or gate_is_open(state, gate, at):
        return _held(held, what)
    return Refused(
        f"{what}: no rule in force judges it on that day.", field="effective_at", fix="Check the time; renew the rules."
    )


def _held(findings: tuple[Finding, ...], what: str) -> Refused | None:
    if not findings:
        return None
    first = findings[0]
    titles = "; ".join(f"{finding.title} ({finding.verdict})" for finding in findings)
    return Refused(f"{what}: {titles}.", field=first.rule_id, fix=first.action)


def by_vein(route: str) -> bool:
    return route.strip().casefold() in {"iv", "intravenous"}


def plan_problem(plan: PlannedDose, weight_kg: float | None) -> Refused | None:
    """A plan whose own numbers contradict each other never opens a session."""
    problem = plan_disagreement(plan, weight_kg)
    return None if problem is None else Refused(problem, field="plan", fix="Have the plan recalculated.")
