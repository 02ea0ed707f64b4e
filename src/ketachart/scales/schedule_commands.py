"""Asking what the schedule says: from the anchors that the events of other parts left, at the moment that it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.people.models import Patient
from ketachart.policy.queries import site_values_at, zone_of
from ketachart.policy.rules import SiteValues
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.identity import new_id
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales import kinds
from ketachart.scales.library import for_the_phone, language_for
from ketachart.scales.models import Assignment, Response, ScheduleAnchor
from ketachart.scales.schedule import schedule
from ketachart.scales.schedule_rules import Anchor, AnchorKind, Asked, Due, due_assignments

WHO_ASKS = "Schedule of scales"
WAITING = (Assignment.OPEN, Assignment.STARTED)


def groups_in_force(values: SiteValues) -> frozenset[str]:
    """Only what the clinic lead said yes to."""
    return frozenset(one.id for one in schedule().group if values.yes(one.setting))


def assign_due(clinic_id: UUID, *, at: datetime, patient_id: UUID | None = None) -> list[Assignment]:
    """Ask everybody of this clinic (or one person) what is due now. Doing it twice asks nothing twice."""
    values = site_values_at(clinic_id, at)
    groups = groups_in_force(values)
    if not groups:
        return []
    with unit_of_work():
        anchors = _anchors(clinic_id, patient_id)
        if not anchors:
            return []
        scales = for_the_phone(clinic_id)
        lines = [one for one in schedule().lines_of(groups) if one.scale in scales]
        asked = _asked(clinic_id, anchors, at)
        zones = zones_of(clinic_id, anchors)
        made = []
        for person, own in anchors.items():
            found = due_assignments(
                lines,
                own,
                asked.get(person, []),
                zone=zones[person],
                days_either_side=values.number("scales.schedule.days_either_side"),
                at=at,
            )
            made += [_ask(clinic_id, person, due, at=at) for due in found]
    return made


def zones_of(clinic_id: UUID, people: Iterable[UUID]) -> dict[UUID, ZoneInfo]:
    """Each person's own zone; the clinic's for those whose own nobody has asked."""
    here = zone_of(clinic_id)
    rows = Patient.objects.filter(clinic_id=clinic_id, id__in=list(people)).values_list("id", "timezone")
    known = {person: ZoneInfo(name) for person, name in rows if name}
    return {person: known.get(person, here) for person in people}


def _anchors(clinic_id: UUID, patient_id: UUID | None) -> dict[UUID, list[Anchor]]:
    rows = ScheduleAnchor.objects.filter(clinic_id=clinic_id)
    if patient_id is not None:
        rows = rows.filter(patient_id=patient_id)
    held = list(rows.order_by("at"))
    courses = {row.about_id: row for row in held if row.kind == "course"}
    found: dict[UUID, list[Anchor]] = {}
    for row in held:
        if row.kind == "appointment" and row.ended_at is not None:
            continue
        course = courses.get(row.course_id) if row.course_id else None
        anchor = Anchor(
            id=row.about_id,
            kind=cast(AnchorKind, row.kind),
            at=row.at,
            number=row.number,
            of=course.sessions_planned if course else row.sessions_planned,
            indication=(course.indication if course else row.indication) or None,
            ended_at=course.ended_at if course else row.ended_at,
        )
        found.setdefault(row.patient_id, []).append(anchor)
    return found


def _asked(clinic_id: UUID, people: Iterable[UUID], at: datetime) -> dict[UUID, list[Asked]]:
    """Everything that was asked or answered, by the schedule, by a person, or entered by staff."""
    found: dict[UUID, list[Asked]] = {}
    persons = list(people)
    for one in Assignment.objects.filter(clinic_id=clinic_id, patient_id__in=persons):
        until = one.closes_at
        waiting = one.status in WAITING and (until is None or until > at)
        found.setdefault(one.patient_id, []).append(
            Asked(
                scale=one.instrument_id,
                due_at=one.due_at,
                waiting=waiting,
                line_id=one.line_id,
                anchor_id=one.anchor_id,
                occurrence=one.occurrence,
            )
        )
    answered = Response.objects.filter(clinic_id=clinic_id, patient_id__in=persons, struck__isnull=True)
    for person, scale, when in answered.values_list("patient_id", "instrument_id", "answered_at"):
        found.setdefault(person, []).append(Asked(scale=scale, due_at=None, answered_at=when))
    return found


def _ask(clinic_id: UUID, patient_id: UUID, due: Due, *, at: datetime) -> Assignment:
    """A new turn. What was asked for an earlier turn and not answered in its time is missed from now on."""
    actor = Actor.system(clinic_id, name=WHO_ASKS)
    instrument = for_the_phone(clinic_id)[due.line.scale]
    stream = patient_stream(actor, patient_id)
    passed = Assignment.objects.filter(
        clinic_id=clinic_id,
        patient_id=patient_id,
        instrument_id=instrument.id,
        status__in=WAITING,
        closes_at__lte=at,
    )
    for old in passed:
        append_event(actor=actor, stream=stream, content=kinds.AssignmentMissed(assignment_id=old.id), effective_at=at)
        old.status = Assignment.MISSED
        old.save(update_fields=["status"])
    assignment = Assignment(
        id=new_id(),
        clinic_id=clinic_id,
        patient_id=patient_id,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        language=language_for(clinic_id, patient_id, instrument),
        purpose=schedule().group_with(due.line.group).title,
        assigned_at=at,
        assigned_by_name=actor.name,
        due_at=due.window.due_at,
        closes_at=due.window.closes_at,
        session_id=due.anchor_id if due.line.counted_from in {"session", "series"} else None,
        line_id=due.line.id,
        anchor_id=due.anchor_id,
        occurrence=due.occurrence,
    )
    content = kinds.ScaleAssigned(
        assignment_id=assignment.id,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        language=assignment.language,
        purpose=assignment.purpose,
        due_at=assignment.due_at,
        session_id=assignment.session_id,
        closes_at=assignment.closes_at,
        line_id=due.line.id,
        schedule_version=schedule().version,
        anchor_id=due.anchor_id,
        occurrence=due.occurrence,
    )
    append_event(actor=actor, stream=stream, content=content, effective_at=at)
    assignment.save(force_insert=True)
    return assignment
