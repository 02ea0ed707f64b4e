"""Everything that happened to one person, in words, on one axis. A kind without its own words still appears."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse

from ketachart.desk.axis import scale_result
from ketachart.desk.situation import CHOICES
from ketachart.record.frames import decode_frame
from ketachart.record.kinds import decode
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
        "alarm_escalated",
        "alarm_acknowledged",
        "alarm_ended",
        "presence_charted",
    )
) | {
    "scales.item_answered",
    "scales.attention_raised",
    "scales.attention_taken",
    "scales.assigned",
    "aftercare.check_in_opened",
    "aftercare.check_in_reviewed",
    "course.baseline_pinned",
}
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
    "education": "book",
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
    "education.text_handed_out": "Text handed out",
    "education.text_read": "Text read on the phone",
    "scales.submitted": "Scale answered",
    "scales.response_struck": "Scale answers struck out",
    "scales.attention_opened": "Needs attention",
    "scales.attention_closed": "Attention closed",
    "aftercare.check_in_answered": "Check-in answered",
    "aftercare.call_tried": "Called, not reached",
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
    "treatment.alarm_raised": "Alarm",
    "treatment.patient_called": "Patient called",
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
    "education.text_handed_out": lambda c: f"{c.title}, version {c.text_version}, to {c.given_to_name}, {c.how}",
    "education.text_read": lambda c: f"{c.title}, version {c.text_version}",
    "schedule.appointment_booked": lambda c: c.appointment_kind.replace("_", "-"),
    "schedule.appointment_changed": lambda c: f"{c.before} → {c.after}{f': {c.reason}' if c.reason else ''}",
    "aftercare.check_in_answered": lambda c: "by the person" if c.mode == "self" else "in a call",
    "scales.submitted": scale_result,
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
        f"{_numbers(c.plan.dose_mg, 'mg')} {c.plan.route}{f', {c.room}' if c.room else ''}"
    ),
    "treatment.infusion_started": lambda c: _numbers(
        round(c.rate_mg_per_h, 1) if c.rate_mg_per_h is not None else None, "mg/h"
    ),
    "treatment.infusion_stopped": lambda c: c.reason or "",
    "treatment.dose_given": lambda c: f"{_numbers(c.dose_mg, 'mg')} {c.route or ''}".strip(),
    "treatment.alarm_raised": lambda c: c.title,
    "treatment.symptom_noted": lambda c: f"{c.symptom}, {c.severity}",
    "treatment.gate_overridden": lambda c: f"{c.gate}: {c.reason}",
    "treatment.event_corrected": lambda c: c.reason,
    "treatment.addendum_written": lambda c: c.text,
}


@dataclass(frozen=True)
class Line:
    """One turning point within a session."""

    text: str
    struck: bool = False


@dataclass(frozen=True)
class Entry:
    """One place on the timeline: a single event, a whole session, or the history as it was taken in one sitting."""

    at: datetime
    icon: str
    title: str
    detail: str
    by: str
    href: str = ""
    struck: bool = False
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Told:
    """An event with what of it is told."""

    id: str
    kind: str
    at: datetime
    by: str
    content: Any
    stream_id: UUID

    @property
    def title(self) -> str:
        return title_of(self.kind)

    @property
    def detail(self) -> str:
        tell = DETAILS.get(self.kind)
        return tell(self.content) if tell else ""


def title_of(kind: str) -> str:
    """ "course.plan_written" without words of its own is told as "Plan written"."""
    return TITLES.get(kind) or kind.partition(".")[2].replace("_", " ").capitalize()


def told(event: Event) -> Told:
    frame = decode_frame(event.frame)
    content = decode(frame.kind, frame.content)
    return Told(str(event.id), event.kind, event.effective_at, frame.author_name, content, event.stream_id)


def timeline(events: Iterable[Event], zone: ZoneInfo, *, session_pages: bool) -> list[tuple[date, list[Entry]]]:
    """Newest day first; within it newest first. A session is one entry, and so is a history taken in one sitting."""
    listed = sorted((told(event) for event in events if event.kind not in TOLD_IN_THE_ROOM), key=lambda one: one.at)
    of_session: dict[UUID, list[Told]] = {}
    of_history: dict[tuple[date, str], list[Told]] = {}
    entries = []
    for one in listed:
        if one.kind.startswith("treatment."):
            of_session.setdefault(one.stream_id, []).append(one)
        elif one.kind.startswith("intake.") and one.kind.endswith("_recorded"):
            of_history.setdefault((one.at.astimezone(zone).date(), one.by), []).append(one)
        else:
            icon = ICONS.get(one.kind.partition(".")[0], "info")
            entries.append(Entry(one.at, icon, one.title, one.detail, one.by))
    entries += [session_entry(stream_id, group, session_pages) for stream_id, group in of_session.items()]
    entries += [history_entry(group) for group in of_history.values()]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return [(day, list(of_day)) for day, of_day in groupby(entries, key=lambda e: e.at.astimezone(zone).date())]


def session_entry(session_id: UUID, group: list[Told], linked: bool) -> Entry:
    """What was planned, what happened in a line each, and whether it is signed. Corrected entries stay, struck through."""
    opened = next((one for one in group if one.kind == "treatment.session_opened"), None)
    number = opened.content.session_number if opened else None
    struck = {str(one.content.target_id) for one in group if one.kind == "treatment.event_corrected"}
    lines = tuple(
        Line(f"{one.title}: {one.detail}" if one.detail else one.title, one.id in struck)
        for one in group
        if one.kind not in ("treatment.session_opened", "treatment.session_signed")
    )
    signed = next((one for one in group if one.kind == "treatment.session_signed"), None)
    return Entry(
        at=group[0].at,
        icon="rooms",
        title="Session" if number is None else f"Session {number}",
        detail=opened.detail if opened else "",
        by=f"signed by {signed.by}" if signed else "not signed yet",
        href=reverse("treatment:record", args=[session_id]) if linked else "",
        lines=lines,
    )


def history_entry(group: list[Told]) -> Entry:
    sections = ", ".join(
        dict.fromkeys(one.kind.removeprefix("intake.").removesuffix("_recorded").replace("_", " ") for one in group)
    )
    return Entry(group[-1].at, "screening", "History recorded", sections, group[-1].by)
