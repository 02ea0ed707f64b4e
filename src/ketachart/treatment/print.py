"""The whole session on paper: every entry in order, corrections struck through, readings, dose, findings, signatures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ketachart.knowledge.findings import Finding
from ketachart.treatment import kinds
from ketachart.treatment.cards import Judged
from ketachart.treatment.due import gaps
from ketachart.treatment.entries import Entry, content_from
from ketachart.treatment.picture import Picture, picture
from ketachart.treatment.queries import SessionView
from ketachart.treatment.rules import discharge_findings, override_that_holds, overrides_given, start_findings
from ketachart.treatment.single_dose import Bolus
from ketachart.treatment.state import SessionState, delivered_mg, delivered_mg_per_kg
from ketachart.treatment.words import ROUTES, TITLES, one_line

LATE_AFTER_SECONDS = 300
AS_ORDERED_MG = 0.005
"""Half of the last printed digit."""


@dataclass(frozen=True)
class Line:
    """One entry on paper. `struck` entries carry who corrected them and why."""

    entry: Entry
    title: str
    text: str
    struck: bool
    corrections: tuple[Entry, ...]
    arrived_late: bool
    after_signing: bool

    @property
    def number(self) -> str:
        return str(self.entry.number) if self.entry.number else ""


@dataclass(frozen=True)
class Round:
    """The readings of one moment, as a row of the table."""

    at: datetime
    pressure: str
    values: list[str]
    by: str


ROUND_MEASURES = (
    "heart_rate_per_min",
    "spo2_percent",
    "respiratory_rate_per_min",
    "temperature_c",
    "sedation",
    "dissociation",
)


def printed(view: SessionView, at: datetime) -> dict[str, Any]:
    state = view.state
    started_at = state.dose.first_dose_at
    left_at = state.phase_started_at("discharged")
    return {
        "opened": state.opened,
        "state": state,
        "lines": lines(state),
        "rounds": rounds(state),
        "gaps": gaps(state, at),
        "conflicts": state.conflicts,
        "steps": dose_steps(state),
        "delivered_mg": delivered_mg(state, at),
        "delivered_mg_per_kg": delivered_mg_per_kg(state, at),
        "pump_mg": pump_mg(state),
        "planned_against_given": planned_against_given(state, at),
        "start_findings": _judged(state, "start", start_findings(state, started_at or at), started_at or at),
        "discharge_findings": _judged(state, "discharge", discharge_findings(state, left_at or at), at),
        "overrides": state.overrides,
        "addenda": state.addenda,
        "signed": state.signed,
        "late": state.arrived_after_signing,
        "head_hash": view.head_hash,
        "head_number": state.number,
        "picture": _picture(state, at),
        "summary": summary(state, at),
    }


def lines(state: SessionState) -> list[Line]:
    """Everything that was charted, by the time it happened."""
    signed = state.signed
    found = []
    for entry in sorted(state.charted, key=lambda entry: entry.order):
        corrections = state.corrections.get(entry.id, ())
        recorded_at = entry.recorded_at or entry.effective_at
        found.append(
            Line(
                entry=entry,
                title=TITLES.get(entry.kind, entry.kind),
                text=_text(entry),
                struck=bool(corrections),
                corrections=corrections,
                arrived_late=(recorded_at - entry.effective_at).total_seconds() > LATE_AFTER_SECONDS,
                after_signing=signed is not None and entry in state.arrived_after_signing,
            )
        )
    return found


def _text(entry: Entry) -> str:
    content = entry.content
    text = one_line(content)
    if isinstance(content, kinds.EventCorrected) and content.replacement is not None:
        text += ": " + one_line(content_from(content.replacement.kind, content.replacement.content))
    return text


def rounds(state: SessionState) -> list[Round]:
    """Readings grouped by their moment."""
    by_moment: dict[datetime, dict[str, Any]] = {}
    for measure, readings in state.readings.items():
        for reading in readings:
            by_moment.setdefault(reading.at, {})[measure] = reading
    found = []
    for at, taken in sorted(by_moment.items()):
        systolic, diastolic = taken.get("systolic_mmhg"), taken.get("diastolic_mmhg")
        names = sorted({reading.author_name or reading.source for reading in taken.values()})
        found.append(
            Round(
                at=at,
                pressure=f"{systolic.value:g}/{diastolic.value:g}" if systolic and diastolic else "",
                values=[f"{taken[name].value:g}" if name in taken else "" for name in ROUND_MEASURES],
                by=", ".join(names),
            )
        )
    return found


@dataclass(frozen=True)
class PrintedStep:
    what: str
    start: datetime
    end: datetime | None
    amount_mg: float | None


def dose_steps(state: SessionState) -> list[PrintedStep]:
    dose = state.dose
    found = [
        PrintedStep(
            what=f"{step.rate_ml_per_h:.4g} mL/h, {step.rate_mg_per_h:.4g} mg/h",
            start=step.start,
            end=step.end,
            amount_mg=None if step.end is None else dose.infused_mg(step.end) - dose.infused_mg(step.start),
        )
        for step in dose.steps
    ]
    found += [
        PrintedStep(
            what=_bolus_words(bolus),
            start=bolus.at,
            end=bolus.held_until or bolus.at + timedelta(minutes=bolus.over_minutes or 0),
            amount_mg=bolus.dose_mg,
        )
        for bolus in dose.boluses
    ]
    return sorted(found, key=lambda step: step.start)


def _bolus_words(bolus: Bolus) -> str:
    parts = [
        f"device {bolus.device}"
        if bolus.device is not None
        else f"part {bolus.part}"
        if bolus.part is not None
        else "",
        bolus.route,
        bolus.site or "",
        f"lot {bolus.lot}" if bolus.lot else "",
        f"pushed over {bolus.over_minutes:g} min" if bolus.over_minutes else "",
        bolus.then or "",
        f"beyond the order: {bolus.beyond_order_reason}" if bolus.beyond_order_reason else "",
    ]
    return ", ".join(part for part in parts if part)


def planned_against_given(state: SessionState, at: datetime) -> str:
    """In words: more, less or as ordered, with base or salt said once more."""
    opened = state.opened
    if opened is None or state.dose.first_dose_at is None:
        return ""
    ordered, given = opened.plan.dose_mg, state.dose.delivered_mg(at)
    apart = given - ordered
    what = f"{ordered:g} mg ({opened.plan.salt_or_base}) ordered"
    if abs(apart) < AS_ORDERED_MG:
        return f"{what}: given as ordered."
    return f"{what}: {abs(apart):.2f} mg {'more' if apart > 0 else 'less'} given."


def pump_mg(state: SessionState) -> float | None:
    """What the pump itself says it gave, for comparison with what the rates say."""
    volume_ml = state.dose.pump_volume_given_ml
    concentration = state.opened.plan.concentration_mg_per_ml if state.opened else None
    return None if volume_ml is None or concentration is None else volume_ml * concentration


def summary(state: SessionState, at: datetime) -> str:
    """In a few sentences, from the events alone, as of `at`."""
    opened = state.opened
    if opened is None:
        return ""
    parts = [
        f"Ordered: {opened.plan.dose_mg:g} mg {opened.plan.molecule} ({opened.plan.salt_or_base}) "
        f"{ROUTES.get(opened.plan.route, opened.plan.route)}."
    ]
    dose = state.dose
    if dose.first_dose_at is None:
        parts.append("Nothing was given.")
    else:
        still_running = dose.pump_status(at) in {"running", "paused"}
        end = at if still_running else dose.infusion_stopped_at or dose.boluses[-1].at
        minutes = (end - dose.first_dose_at).total_seconds() / 60
        given = dose.delivered_mg(at)
        per_kg = f" ({given / opened.patient.weight_kg:.2f} mg/kg)" if opened.patient.weight_kg else ""
        so_far = " so far" if still_running else ""
        parts.append(f"Given{so_far}: {given:.1f} mg{per_kg}" + (f" in {minutes:.0f} min." if minutes else "."))
        pauses = len([moment for moment in dose.pump if moment.status == "paused"])
        if pauses:
            parts.append(f"Paused {pauses} time{'s' if pauses > 1 else ''}.")
    for measure, word in (("systolic_mmhg", "Highest systolic pressure"), ("spo2_percent", "Lowest SpO₂")):
        values = [reading.value for reading in state.readings.get(measure, ())]
        if values:
            parts.append(f"{word} {max(values) if measure == 'systolic_mmhg' else min(values):g}.")
    symptoms = [one_line(entry.content) for entry in state.symptoms]
    parts.append(f"Symptoms: {'; '.join(symptoms)}." if symptoms else "No symptom was charted.")
    if state.struck:
        parts.append(f"{len(state.struck)} entr{'ies' if len(state.struck) > 1 else 'y'} corrected.")
    if state.overrides:
        parts.append(f"Findings set aside {len(state.overrides)} time{'s' if len(state.overrides) > 1 else ''}.")
    return " ".join(parts)


def _judged(state: SessionState, gate: Any, findings: tuple[Finding, ...], at: datetime) -> list[Judged]:
    given = overrides_given(state, gate, at)
    return [Judged(finding, override_that_holds(finding, given)) for finding in findings]


def _picture(state: SessionState, at: datetime) -> Picture | None:
    opening = state.opening
    if opening is None:
        return None
    ended = state.phase_started_at("discharged") or at
    return picture(state, opening.effective_at, max(ended, opening.effective_at))
