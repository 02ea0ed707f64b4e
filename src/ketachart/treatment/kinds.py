"""Every event that can be charted in a session, by kind.

A kind says only what shape its content has, so that whatever was once charted can be read for good. What may be
entered today (physiological range, unusual values, sequence) is decided by `limits` and `guard` before an event is
appended. Every optional value is None when nobody charted it: None is never "normal" and never "no".
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from ketachart.record.kinds import Content, kind

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A point in time with its zone: a time without one cannot be placed on the record's axis."""

Severity = Literal["mild", "moderate", "severe"]
Gate = Literal["start", "discharge"]
Phase = Literal["scheduled", "preparing", "ready", "dosing", "paused", "recovery", "discharged", "signed"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of an event's content."""


class PatientAtOpening(Part, frozen=True, kw_only=True):
    age_years: int | None = None
    sex: str | None = None
    weight_kg: float | None = None
    weight_measured_at: Moment | None = None


class PlannedDose(Part, frozen=True, kw_only=True):
    """What was ordered. Concentration and volume are those of the prepared syringe or bag, not of the vial."""

    product: str
    product_id: str | None = None
    route: str
    molecule: str
    salt_or_base: str
    dose_mg: float
    dose_mg_per_kg: float | None = None
    concentration_mg_per_ml: float | None = None
    volume_ml: float | None = None
    infusion_minutes: float | None = None
    rate_ml_per_h: float | None = None
    rate_mg_per_h: float | None = None
    ceiling_mg_per_kg: float | None = None
    indication: str | None = None
    in_force_until: Moment | None = None
    # given in parts (IM, SC): mg of each, how far apart, and the most that may be given in all
    parts: tuple[float, ...] = ()
    minimum_interval_minutes: float | None = None
    maximum_cumulative_mg: float | None = None
    # nasal devices of one strength, used one after the other
    devices: int | None = None
    device_mg: float | None = None
    # troches, tablets, sprays: how many of how much; how long in the mouth, and what then
    units: int | None = None
    unit_mg: float | None = None
    hold_minutes: float | None = None
    then: Literal["swallow", "spit out"] | None = None
    # pushed into the vein by hand, before or without a pump
    bolus_mg: float | None = None
    bolus_minutes: float | None = None


class ConsentBound(Part, frozen=True, kw_only=True):
    consent_id: str
    version: str
    product: str | None = None
    route: str | None = None
    indication: str | None = None
    signed_at: Moment | None = None
    valid_until: Moment | None = None


class MonitoringItem(Part, frozen=True, kw_only=True):
    """One line of the monitoring schedule. `every_minutes` repeats after the anchor, `at_minutes` names the moments.

    `phase` is the phase in which the line is live. `anchor` is the moment from which minutes count:
    `phase_started`, `session_opened`, `infusion_started`, `infusion_stopped`, `first_dose` or `last_dose`.
    """

    item: str
    phase: str
    every_minutes: float | None = None
    at_minutes: tuple[float, ...] | None = None
    anchor: str = "phase_started"
    source: str
    grace_minutes: float | None = None
    pre_alert_minutes: float | None = None


class SitePolicy(Part, frozen=True, kw_only=True):
    """What this clinic has set for itself. A number that no source supports has no default: None means "not set"."""

    fasting_solids_hours: float | None = None
    fasting_clear_fluids_hours: float | None = None
    minimum_stay_minutes: float | None = None
    hold_systolic_mmhg: float | None = None
    hold_diastolic_mmhg: float | None = None
    second_signature_dose_mg_per_kg: float | None = None
    weight_valid_days: float | None = None
    vitals_every_minutes: float | None = None
    alarm_values: dict[str, float] = {}


@kind("treatment.session_opened")
class SessionOpened(Content, frozen=True, kw_only=True):
    session_id: str
    patient_id: str
    patient: PatientAtOpening
    course_id: str | None = None
    plan_id: str | None = None
    appointment_id: str | None = None
    session_number: int | None = None
    room_id: str | None = None
    room: str | None = None
    plan: PlannedDose
    consent: ConsentBound | None = None
    monitoring: tuple[MonitoringItem, ...] = ()
    policy: SitePolicy = SitePolicy()


@kind("treatment.consent_bound")
class ConsentRebound(Content, frozen=True, kw_only=True):
    """The consent this session rests on from now: signed after it was opened, or withdrawn (`consent` None)."""

    consent: ConsentBound | None = None
    reason: str | None = None


@kind("treatment.plan_ended")
class PlanEnded(Content, frozen=True, kw_only=True):
    """The plan this session was opened with no longer stands: replaced or withdrawn before the dose."""

    plan_id: str
    reason: str


@kind("treatment.session_abandoned")
class SessionAbandoned(Content, frozen=True, kw_only=True):
    """Nothing was given and nothing will be: the session ends here."""

    reason: str


@kind("treatment.fasting_charted")
class FastingCharted(Content, frozen=True, kw_only=True):
    last_solids_at: Moment | None = None
    last_clear_fluids_at: Moment | None = None
    not_known_reason: str | None = None


@kind("treatment.escort_charted")
class EscortCharted(Content, frozen=True, kw_only=True):
    name: str | None = None
    relation: str | None = None
    phone: str | None = None
    confirmed: bool | None = None


@kind("treatment.rescreen_charted")
class RescreenCharted(Content, frozen=True, kw_only=True):
    """Question id to answer. True is a "yes" to the question as worded; None or absent is "not answered"."""

    answers: dict[str, bool | str | None]


class TimeOutItem(Part, frozen=True, kw_only=True):
    id: str
    confirmed: bool | None = None


@kind("treatment.time_out_completed")
class TimeOutCompleted(Content, frozen=True, kw_only=True):
    items: tuple[TimeOutItem, ...]
    participants: tuple[str, ...] = ()


@kind("treatment.vitals_charted")
class VitalsCharted(Content, frozen=True, kw_only=True):
    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    heart_rate_per_min: float | None = None
    spo2_percent: float | None = None
    respiratory_rate_per_min: float | None = None
    temperature_c: float | None = None
    oxygen_l_per_min: float | None = None
    confirmed_unusual: tuple[str, ...] = ()


@kind("treatment.sedation_scored")
class SedationScored(Content, frozen=True, kw_only=True):
    scale: Literal["MOAA/S"] = "MOAA/S"
    value: int


@kind("treatment.dissociation_scored")
class DissociationScored(Content, frozen=True, kw_only=True):
    scale: Literal["NRS 0-10"] = "NRS 0-10"
    value: int


@kind("treatment.symptom_noted")
class SymptomNoted(Content, frozen=True, kw_only=True):
    """`serious`: somebody suspects a serious adverse event. None: nobody said either way."""

    symptom: str
    severity: Severity | None = None
    note: str | None = None
    began_at: Moment | None = None
    action: str | None = None
    serious: bool | None = None


@kind("treatment.note_written")
class NoteWritten(Content, frozen=True, kw_only=True):
    text: str


@kind("treatment.infusion_started")
class InfusionStarted(Content, frozen=True, kw_only=True):
    rate_ml_per_h: float
    rate_mg_per_h: float


@kind("treatment.infusion_rate_changed")
class InfusionRateChanged(Content, frozen=True, kw_only=True):
    rate_ml_per_h: float
    rate_mg_per_h: float
    reason: str | None = None


@kind("treatment.infusion_paused")
class InfusionPaused(Content, frozen=True, kw_only=True):
    reason: str | None = None


@kind("treatment.infusion_resumed")
class InfusionResumed(Content, frozen=True, kw_only=True):
    rate_ml_per_h: float
    rate_mg_per_h: float


@kind("treatment.infusion_stopped")
class InfusionStopped(Content, frozen=True, kw_only=True):
    reason: str | None = None
    volume_given_ml: float | None = None


@kind("treatment.dose_given")
class DoseGiven(Content, frozen=True, kw_only=True):
    """A dose given at once: injection, push, device, troche. It cannot be stopped, paused or changed.

    `part` is its number in a dose given in parts, `device` its number among nasal devices. `beyond_order_reason` says
    why more, or sooner, than ordered was given: without it the guard refuses, with it the record keeps what was done.
    """

    dose_mg: float
    route: str
    site: str | None = None
    lot: str | None = None
    part: int | None = None
    device: int | None = None
    units: int | None = None
    over_minutes: float | None = None
    self_administered: bool | None = None
    observed: bool | None = None
    beyond_order_reason: str | None = None


@kind("treatment.hold_ended")
class HoldEnded(Content, frozen=True, kw_only=True):
    """What was held in the mouth, from the latest dose, is gone: swallowed or spat out."""

    then: Literal["swallowed", "spat out"]


@kind("treatment.pump_read")
class PumpRead(Content, frozen=True, kw_only=True):
    """What the pump's own display said. It is compared with the charted rates and changes nothing."""

    volume_given_ml: float | None = None
    rate_ml_per_h: float | None = None
    note: str | None = None


class Replacement(Part, frozen=True, kw_only=True):
    kind: str
    content: dict[str, object]
    effective_at: Moment


@kind("treatment.event_corrected")
class EventCorrected(Content, frozen=True, kw_only=True):
    """The target stays in the record, struck through. Without a replacement it is only struck through."""

    target_id: str
    reason: str
    replacement: Replacement | None = None


@kind("treatment.gap_explained")
class GapExplained(Content, frozen=True, kw_only=True):
    item: str
    due_at: Moment
    cause: str
    note: str | None = None


@kind("treatment.recovery_started")
class RecoveryStarted(Content, frozen=True, kw_only=True):
    pass


@kind("treatment.discharge_assessed")
class DischargeAssessed(Content, frozen=True, kw_only=True):
    oriented: bool | None = None
    ambulation_at_baseline: bool | None = None
    nausea_controlled: bool | None = None
    instructions_given: bool | None = None
    risk_screen_not_worse: bool | None = None


@kind("treatment.escort_met")
class EscortMet(Content, frozen=True, kw_only=True):
    name: str | None = None
    relation: str | None = None
    identified: bool | None = None


class FindingSetAside(Part, frozen=True, kw_only=True):
    rule_id: str
    rule_version: str
    verdict: Literal["not met", "missing"]


@kind("treatment.gate_overridden")
class GateOverridden(Content, frozen=True, kw_only=True):
    """Named findings of one gate set aside by the author. `verdicts` pins what was seen: an override holds for that
    verdict of that rule version alone."""

    gate: Gate
    findings: tuple[str, ...]
    verdicts: tuple[FindingSetAside, ...] = ()
    reason: str
    by_role: str | None = None
    second_signer_id: str | None = None
    second_signer_name: str | None = None


@kind("treatment.discharged")
class Discharged(Content, frozen=True, kw_only=True):
    at: Moment
    instructions_version: str | None = None


@kind("treatment.session_signed")
class SessionSigned(Content, frozen=True, kw_only=True):
    statement: str


@kind("treatment.addendum_written")
class AddendumWritten(Content, frozen=True, kw_only=True):
    text: str


DOSE_KINDS = frozenset(
    {
        "treatment.infusion_started",
        "treatment.infusion_rate_changed",
        "treatment.infusion_paused",
        "treatment.infusion_resumed",
        "treatment.infusion_stopped",
        "treatment.dose_given",
        "treatment.hold_ended",
        "treatment.pump_read",
    }
)
"""Events from which the delivered dose is integrated."""


@kind("treatment.rems_answered")
class RemsAnswered(Content, frozen=True, kw_only=True):
    """What a person said of the form's open questions, in the patient's own stream: the session is closed by then."""

    session_id: str
    version: str
    answers: dict[str, str]


@kind("treatment.rems_sent")
class RemsSent(Content, frozen=True, kw_only=True):
    """The form as it left the house, field by field, with how and under which reference."""

    session_id: str
    version: str
    how: str
    reference: str
    values: dict[str, str]
