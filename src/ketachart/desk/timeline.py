"""Everything that happened to one person, in words, on one axis. A kind without its own words still appears."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from ketachart.desk.situation import CHOICES
from ketachart.desk.way import Entry
from ketachart.record.frames import decode_frame
from ketachart.record.kinds import content_of, decode
from ketachart.record.models import Event

Telling = Callable[[Any], str]

# Readings, scores and notes of a session are read in the room's own chart; here a session is its turning points.
TOLD_IN_THE_ROOM = frozenset(
    f"treatment.{kind}"
    for kind in (
        "vitals_charted",
        "sedation_scored",
        "dissociation_scored",
        "note_written",
        "fasting_charted",
        "escort_charted",
        "rescreen_charted",
        "infusion_rate_changed",
        "infusion_paused",
        "infusion_resumed",
        "discharge_assessed",
        "escort_met",
        "recovery_started",
        "time_out_completed",
        "gap_explained",
    )
) | {"scales.item_answered", "scales.attention_raised", "scales.attention_taken"}
"""Not told here, and not fetched for it either."""


def _numbers(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}"


def _choice(content: Any) -> str:
    return CHOICES.get(str(content.choice), str(content.choice))


ICONS = {
    "people": "person",
    "intake": "screening",
    "scales": "outcomes",
    "course": "plan",
    "schedule": "calendar",
    "treatment": "rooms",
    "aftercare": "message",
    "formulary": "pharmacology",
}

TITLES: dict[str, str] = {
    "people.patient_registered": "Registered",
    "people.details_amended": "Details amended",
    "people.support_person_added": "Support person added",
    "people.support_person_ended": "Support person ended",
    "people.sign_in_given": "Sign-in given to the patient",
    "intake.eligibility_decided": "Eligibility decided",
    "intake.consent_signed": "Consent signed",
    "intake.consent_withdrawn": "Consent withdrawn",
    "intake.override_given": "Rule overridden",
    "scales.assigned": "Scale asked for",
    "scales.submitted": "Scale answered",
    "scales.response_struck": "Scale answers struck out",
    "scales.attention_opened": "Needs attention",
    "scales.attention_closed": "Attention closed",
    "course.opened": "Course opened",
    "course.plan_written": "Plan written",
    "course.plan_countersigned": "Plan countersigned",
    "course.plan_withdrawn": "Plan withdrawn",
    "course.decision_written": "Decision on the next session",
    "course.baseline_pinned": "Baseline pinned",
    "treatment.session_opened": "Session opened",
    "treatment.infusion_started": "Infusion started",
    "treatment.infusion_stopped": "Infusion stopped",
    "treatment.dose_given": "Dose given",
    "treatment.symptom_noted": "Symptom",
    "treatment.gate_overridden": "Gate overridden",
    "treatment.event_corrected": "Entry corrected",
    "treatment.discharged": "Discharged",
    "treatment.session_signed": "Session signed",
    "treatment.addendum_written": "Addendum",
}

DETAILS: dict[str, Telling] = {
    "people.patient_registered": lambda c: f"as {c.mrn}",
    "people.details_amended": lambda c: c.reason,
    "people.support_person_added": lambda c: f"{c.name}, {c.relation}",
    "people.support_person_ended": lambda c: f"{c.name}: {c.reason}",
    "intake.eligibility_decided": lambda c: f"{c.outcome}: {c.reasons}",
    "intake.consent_signed": lambda c: f"{c.intended.route}, text version {c.text_version}, {c.where}",
    "intake.consent_withdrawn": lambda c: c.reason or "",
    "intake.override_given": lambda c: f"{c.finding.rule_id}: {c.given.reason}",
    "schedule.appointment_booked": lambda c: c.appointment_kind.replace("_", "-"),
    "schedule.appointment_changed": lambda c: f"{c.before} → {c.after}{f': {c.reason}' if c.reason else ''}",
    "aftercare.check_in_answered": lambda c: "by the person" if c.mode == "self" else "in a call",
    "scales.assigned": lambda c: _instrument(c),
    "scales.submitted": lambda c: (
        f"{_instrument(c)}: {c.total} ({c.band})"
        if c.total is not None and c.band
        else f"{_instrument(c)}: {'incomplete, no total' if c.total is None else c.total}"
    ),
    "scales.response_struck": lambda c: c.reason,
    "scales.attention_opened": lambda c: c.title,
    "scales.attention_closed": lambda c: c.what_was_done,
    "course.opened": lambda c: c.indication,
    "course.plan_written": lambda c: (
        f"{c.product}, {c.route}, {c.dose_mg:g} mg ({c.dose_mg_per_kg:g} mg/kg) over {c.infusion_minutes:g} min, "
        f"{c.sessions} sessions"
    ),
    "course.plan_withdrawn": lambda c: c.reason,
    "course.decision_written": lambda c: f"{_choice(c)}: {c.reasons}",
    "treatment.session_opened": lambda c: (
        f"{'' if c.session_number is None else f'number {c.session_number}, '}"
        f"{_numbers(c.plan.dose_mg, 'mg')} {c.plan.route}{f', {c.room}' if c.room else ''}"
    ),
    "treatment.infusion_started": lambda c: _numbers(c.rate_mg_per_h, "mg/h"),
    "treatment.infusion_stopped": lambda c: c.reason or "",
    "treatment.dose_given": lambda c: f"{_numbers(c.dose_mg, 'mg')} {c.route or ''}".strip(),
    "treatment.symptom_noted": lambda c: f"{c.symptom}, {c.severity}",
    "treatment.gate_overridden": lambda c: f"{c.gate}: {c.reason}",
    "treatment.event_corrected": lambda c: c.reason,
    "treatment.addendum_written": lambda c: c.text,
}


def _instrument(content: Any) -> str:
    return str(content.instrument_id).upper()


def title_of(kind: str) -> str:
    """ "course.plan_written" without words of its own is told as "Plan written"."""
    return TITLES.get(kind) or kind.partition(".")[2].replace("_", " ").capitalize()


def entry_of(event: Event) -> Entry:
    frame = decode_frame(event.frame)
    tell = DETAILS.get(event.kind)
    part = event.kind.partition(".")[0]
    return Entry(
        at=event.effective_at,
        icon=ICONS.get(part, "info"),
        title=title_of(event.kind),
        detail=tell(decode(frame.kind, frame.content)) if tell else "",
        by=frame.author_name,
        event_id=event.id,
    )


def timeline(events: Iterable[Event], zone: ZoneInfo) -> list[tuple[date, list[Entry]]]:
    """Newest day first; within it newest first. What was corrected stays, struck through."""
    listed = list(events)
    struck = {str(content_of(e).target_id) for e in listed if e.kind == "treatment.event_corrected"}  # type: ignore[attr-defined]
    entries = [entry_of(event) for event in listed if event.kind not in TOLD_IN_THE_ROOM]
    entries = [replace(entry, struck=str(entry.event_id) in struck) for entry in entries]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    days = groupby(entries, key=lambda entry: _day(entry.at, zone))
    return [(day, list(of_day)) for day, of_day in days]


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
