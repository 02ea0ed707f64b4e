"""What may be entered: shape is checked by the kinds, plausibility here, before an event is appended.

An old event is never judged by today's limits, so the check is not part of reading it back.
"""

import msgspec

from ketachart.knowledge.findings import Guardrail
from ketachart.record.errors import Refused
from ketachart.record.kinds import Content
from ketachart.treatment.kinds import (
    AddendumWritten,
    DischargeAssessed,
    DissociationScored,
    DoseGiven,
    EscortCharted,
    EscortMet,
    EventCorrected,
    FastingCharted,
    GapExplained,
    GateOverridden,
    InfusionRateChanged,
    InfusionResumed,
    InfusionStarted,
    InfusionStopped,
    NoteWritten,
    PumpRead,
    RescreenCharted,
    SedationScored,
    SessionAbandoned,
    SessionSigned,
    SymptomNoted,
    TimeOutCompleted,
    VitalsCharted,
)
from ketachart.treatment.protocol import EntryLimit, SessionProtocol
from ketachart.treatment.readings import VITAL_MEASURES

LONGEST_TEXT = 4000

_TEXTS: dict[type, tuple[str, ...]] = {
    NoteWritten: ("text",),
    AddendumWritten: ("text",),
    SymptomNoted: ("symptom",),
    EventCorrected: ("reason",),
    GapExplained: ("item", "cause"),
    GateOverridden: ("reason",),
    SessionSigned: ("statement",),
    SessionAbandoned: ("reason",),
}


def entry_problem(content: Content, protocol: SessionProtocol) -> Refused | None:
    """What is wrong with the values themselves, if anything is."""
    for field in _TEXTS.get(type(content), ()):
        text = getattr(content, field)
        if not text.strip():
            return Refused("This is empty.", field=field, fix="Say it in a few words.")
        if len(text) > LONGEST_TEXT:
            return Refused(f"Longer than {LONGEST_TEXT} characters.", field=field, fix="Write it in several notes.")
    if isinstance(content, VitalsCharted):
        return _vitals_problem(content, protocol)
    if isinstance(content, SedationScored):
        return _limit_problem("value", content.value, protocol.limits["sedation"])
    if isinstance(content, DissociationScored):
        return _limit_problem("value", content.value, protocol.limits["dissociation"])
    if isinstance(content, InfusionStarted | InfusionRateChanged | InfusionResumed):
        return _limit_problem("rate_ml_per_h", content.rate_ml_per_h, protocol.limits["rate_ml_per_h"])
    if isinstance(content, InfusionStopped) and content.volume_given_ml is not None:
        return _limit_problem("volume_given_ml", content.volume_given_ml, protocol.limits["volume_given_ml"])
    if isinstance(content, DoseGiven):
        return _dose_problem(content)
    if isinstance(content, PumpRead):
        return _pump_read_problem(content, protocol)
    if isinstance(content, FastingCharted) and not (
        content.last_solids_at or content.last_clear_fluids_at or content.not_known_reason
    ):
        return Refused(
            "Nothing was entered.", field="last_solids_at", fix="Enter the times, or why they are not known."
        )
    if isinstance(content, EscortCharted | EscortMet | DischargeAssessed) and all(
        value is None for value in msgspec.structs.astuple(content)
    ):
        return Refused(
            "Nothing was entered.", field=msgspec.structs.fields(content)[0].name, fix="Enter what is known."
        )
    if isinstance(content, RescreenCharted):
        return _rescreen_problem(content, protocol)
    if isinstance(content, TimeOutCompleted) and not content.items:
        return Refused("The time-out has no items.", field="items", fix="Confirm each item of the time-out.")
    return None


def _dose_problem(content: DoseGiven) -> Refused | None:
    if not 0 < content.dose_mg < float("inf"):
        return Refused("A dose is more than 0 mg.", field="dose_mg", fix="Enter the dose in mg.")
    for field, what in (("part", "part"), ("device", "device"), ("units", "number of units"), ("over_minutes", "time")):
        value = getattr(content, field)
        if value is not None and not 0 < value < float("inf"):
            return Refused(f"A {what} is more than 0.", field=field, fix="Count from 1.")
    if content.beyond_order_reason is not None and not content.beyond_order_reason.strip():
        return Refused("The reason is empty.", field="beyond_order_reason", fix="Say it in a few words.")
    return None


def _pump_read_problem(content: PumpRead, protocol: SessionProtocol) -> Refused | None:
    shown = [(name, getattr(content, name)) for name in ("volume_given_ml", "rate_ml_per_h")]
    if all(value is None for _, value in shown):
        return Refused("Nothing was read off.", field="volume_given_ml", fix="Enter the volume, the rate, or both.")
    for name, value in shown:
        if value is not None and (problem := _limit_problem(name, value, protocol.limits[name])):
            return problem
    return None


VITAL_LABELS = {
    "systolic_mmhg": "Systolic pressure",
    "diastolic_mmhg": "Diastolic pressure",
    "heart_rate_per_min": "Heart rate",
    "spo2_percent": "SpO₂",
    "respiratory_rate_per_min": "Breathing rate",
    "temperature_c": "Temperature",
    "oxygen_l_per_min": "Oxygen",
}


def _vitals_problem(content: VitalsCharted, protocol: SessionProtocol) -> Refused | None:
    charted = {name: value for name in VITAL_MEASURES if (value := getattr(content, name)) is not None}
    if not charted:
        return Refused("No value was entered.", field="systolic_mmhg", fix="Enter at least one value.")
    for name, value in charted.items():
        if name in protocol.limits:
            if problem := _limit_problem(name, value, protocol.limits[name]):
                return problem
        elif protocol.vital_limits[name].refuses(value):
            return _impossible(name, value, protocol.vital_limits[name])
    systolic, diastolic = content.systolic_mmhg, content.diastolic_mmhg
    if (systolic is None) != (diastolic is None):
        missing = "diastolic_mmhg" if diastolic is None else "systolic_mmhg"
        return Refused("A blood pressure has two values.", field=missing, fix="Enter systolic and diastolic.")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        return Refused(
            f"Diastolic {diastolic:g} is not under systolic {systolic:g}.",
            field="diastolic_mmhg",
            fix="Check both numbers.",
        )
    for name, value in charted.items():
        bounds = protocol.vital_limits.get(name)
        if bounds is not None and bounds.asks_confirmation(value) and name not in content.confirmed_unusual:
            return Refused(
                f"{VITAL_LABELS[name]} {value:g} {bounds.unit} is unusual.",
                field=name,
                fix="Measure again, or confirm that it is right.",
            )
    return None


def _impossible(name: str, value: float, bounds: Guardrail) -> Refused:
    return Refused(
        f"{VITAL_LABELS[name]} {value:g} {bounds.unit} cannot be.",
        field=name,
        fix=f"A value from {bounds.absolute_minimum:g} to {bounds.absolute_maximum:g} {bounds.unit}.",
    )


def _limit_problem(field: str, value: float, limit: EntryLimit) -> Refused | None:
    if value != value or not limit.minimum <= value <= limit.maximum:
        return Refused(
            f"{limit.label} {value:g} {limit.unit} cannot be.".replace("  ", " "),
            field=field,
            fix=f"A value from {limit.minimum:g} to {limit.maximum:g} {limit.unit}".strip() + ".",
        )
    return None


def _rescreen_problem(content: RescreenCharted, protocol: SessionProtocol) -> Refused | None:
    known = {question.id for question in protocol.arrival}
    unknown = sorted(set(content.answers) - known)
    if unknown:
        return Refused(f"There is no question “{unknown[0]}”.", field="answers", fix="Answer the questions as listed.")
    if not any(answer is not None for answer in content.answers.values()):
        return Refused("No question was answered.", field="answers", fix="Answer at least one.")
    return None


def weight_problem(weight_kg: float | None, protocol: SessionProtocol) -> Refused | None:
    return None if weight_kg is None else _limit_problem("weight_kg", weight_kg, protocol.limits["weight_kg"])
