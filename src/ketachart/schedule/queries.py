"""Every read of the schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from ketachart.course.queries import course_for, courses_of, response_so_far, sessions_of, way_of, worsened_so_far
from ketachart.knowledge.findings import Finding
from ketachart.knowledge.patient_texts import PatientText
from ketachart.people.models import Credential, Patient, Room
from ketachart.people.queries import patients_by_id, rooms_of
from ketachart.policy.queries import site_values_at
from ketachart.record.actor import Actor
from ketachart.record.models import Clinic, User
from ketachart.schedule.course_rules import CourseTimes
from ketachart.schedule.credential_rules import judge_staff
from ketachart.schedule.models import Appointment
from ketachart.schedule.rules import HOLDS_ITS_PLACE, FastingClock, day_bounds, fasting_clock, week_of

BOOKABLE_ROLES = ("prescriber", "nurse", "therapist")


def clinic_zone(actor: Actor) -> ZoneInfo:
    return ZoneInfo(Clinic.objects.values_list("timezone", flat=True).get(id=actor.clinic_id))


@dataclass(frozen=True, kw_only=True)
class Entry:
    appointment: Appointment
    patient: Patient | None
    first_quarter: int
    quarters: int


@dataclass(frozen=True, kw_only=True)
class RoomDay:
    room: Room | None
    entries: list[Entry]


@dataclass(frozen=True, kw_only=True)
class DayView:
    day: date
    columns: list[RoomDay]
    hours: list[int]
    not_held: list[Entry]


QUARTERS_PER_HOUR = 4


def day_view(actor: Actor, day: date, zone: ZoneInfo) -> DayView:
    """One day, a column a room: four statements whatever the number of appointments."""
    actor.require("schedule.read")
    begin, end = day_bounds(day, zone)
    rows = list(_between(actor, begin, end))
    people = patients_by_id(actor, [row.patient_id for row in rows])
    held = [row for row in rows if row.status in HOLDS_ITS_PLACE]
    first_hour = min([8, *(row.starts_at.astimezone(zone).hour for row in held)])
    last_hour = max([18, *(_end_hour(row, day, zone) for row in held)])
    entries = [_entry(row, people, zone, first_hour, day) for row in rows]
    rooms = rooms_of(actor)
    columns = [
        RoomDay(room=room, entries=[e for e in entries if e.appointment.room_id == room.id and _held(e)])
        for room in rooms
    ]
    elsewhere = [e for e in entries if _held(e) and e.appointment.room_id not in {room.id for room in rooms}]
    if elsewhere:
        columns.append(RoomDay(room=None, entries=elsewhere))
    return DayView(
        day=day,
        columns=columns,
        hours=list(range(first_hour, last_hour)),
        not_held=[e for e in entries if not _held(e)],
    )


def _end_hour(row: Appointment, day: date, zone: ZoneInfo) -> int:
    end = row.ends_at.astimezone(zone)
    return 24 if end.date() > day else end.hour + (1 if end.minute or end.second else 0)


def _held(entry: Entry) -> bool:
    return entry.appointment.status in HOLDS_ITS_PLACE


def _entry(row: Appointment, people: dict[UUID, Patient], zone: ZoneInfo, first_hour: int, day: date) -> Entry:
    begin = row.starts_at.astimezone(zone)
    first = (begin.hour - first_hour) * QUARTERS_PER_HOUR + begin.minute // 15
    return Entry(
        appointment=row,
        patient=people.get(row.patient_id),
        first_quarter=max(0, first),
        quarters=max(2, -(-row.minutes // 15)),
    )


def week_view(actor: Actor, day: date, zone: ZoneInfo) -> list[tuple[date, list[Entry]]]:
    actor.require("schedule.read")
    days = week_of(day)
    begin, _ = day_bounds(days[0], zone)
    _, end = day_bounds(days[-1], zone)
    rows = list(_between(actor, begin, end))
    people = patients_by_id(actor, [row.patient_id for row in rows])
    entries = [_entry(row, people, zone, 0, day) for row in rows]
    return [(d, [e for e in entries if e.appointment.starts_at.astimezone(zone).date() == d]) for d in days]


def _between(actor: Actor, begin: datetime, end: datetime) -> "models.QuerySet[Appointment]":
    return (
        Appointment.objects.visible_to(actor)
        .filter(starts_at__gte=begin, starts_at__lt=end)
        .select_related("room")
        .order_by("starts_at")
    )


def appointments_of(actor: Actor, patient_id: UUID) -> list[Appointment]:
    """Of one person, newest first. The person may read their own."""
    if actor.patient_id != patient_id:
        actor.require("schedule.read")
    return list(
        Appointment.objects.visible_to(actor)
        .filter(patient_id=patient_id)
        .select_related("room")
        .order_by("-starts_at")
    )


def next_appointment(actor: Actor, patient_id: UUID, at: datetime) -> Appointment | None:
    if actor.patient_id != patient_id:
        actor.require("schedule.read")
    found: Appointment | None = (
        Appointment.objects.visible_to(actor)
        .filter(patient_id=patient_id, status__in=HOLDS_ITS_PLACE, ends_at__gte=at)
        .select_related("room")
        .order_by("starts_at")
        .first()
    )
    return found


def appointment_for(actor: Actor, appointment_id: UUID) -> Appointment | None:
    found: Appointment | None = (
        Appointment.objects.visible_to(actor).filter(id=appointment_id).select_related("room").first()
    )
    return found


def appointments_on(actor: Actor, day: date, zone: ZoneInfo) -> list[Appointment]:
    """Everything of one day in order of time, cancelled ones left out."""
    actor.require("schedule.read")
    begin, end = day_bounds(day, zone)
    return list(_between(actor, begin, end).exclude(status="cancelled"))


def bookable_staff(actor: Actor) -> list[User]:
    actor.require("schedule.write")
    return list(
        User.objects.filter(Q(clinic_id=actor.clinic_id), is_active=True, role__in=BOOKABLE_ROLES).order_by(
            "display_name", "username"
        )
    )


def running_course_id(actor: Actor, patient_id: UUID) -> UUID | None:
    """The newest course that has not ended: a booked series belongs to it."""
    return next((view.course.id for view in courses_of(actor, patient_id) if not view.ended), None)


def course_times(
    actor: Actor, patient_id: UUID, course_id: UUID, wanted_on: Sequence[date], zone: ZoneInfo
) -> CourseTimes:
    """What the rules of a course need to know about its appointments."""
    view = next((view for view in courses_of(actor, patient_id) if view.course.id == course_id), None)
    if view is None:
        return CourseTimes(wanted_on=tuple(wanted_on))
    way = way_of(view.course) if view.plans or view.course.route_choices.exists() else None
    rows = Appointment.objects.visible_to(actor).filter(patient_id=patient_id, kind="treatment", course_id=course_id)
    begun = view.course.written_at
    given = [one.dose_began_at for one in sessions_of(actor, patient_id) if one.dose_began_at >= begun]
    given_on = tuple(moment.astimezone(zone).date() for moment in given)
    plan = view.plan_in_force
    return CourseTimes(
        product=way.product if way else None,
        given_on=given_on,
        booked_on=tuple(
            day
            for row in rows
            if row.status in HOLDS_ITS_PLACE
            for day in [row.starts_at.astimezone(zone).date()]
            if day not in given_on
        ),
        missed_on=tuple(row.starts_at.astimezone(zone).date() for row in rows if row.status == "no_show"),
        wanted_on=tuple(wanted_on),
        planned_sessions=plan.content.sessions if plan else None,
        responded=response_so_far(actor, view),
        worsened=worsened_so_far(actor, view),
    )


def staffing_findings(actor: Actor, appointment: Appointment, zone: ZoneInfo) -> tuple[Finding, ...]:
    """Whether the booked person may monitor this treatment on that day. Nothing for other appointments."""
    if appointment.kind != "treatment":
        return ()
    course = course_for(actor, appointment.course_id) if appointment.course_id else None
    held = None
    if appointment.staff_id is not None:
        rows = Credential.objects.visible_to(actor).filter(user_id=appointment.staff_id, replaced_at=None)
        held = dict(rows.values_list("kind", "valid_until"))
    return judge_staff(
        way_of(course).product if course else None,
        held,
        appointment.ends_at.astimezone(zone).date(),
        bls_required=site_values_at(actor.clinic_id, appointment.starts_at).yes("schedule.staff.bls_required"),
    )


def fasting_clock_for(actor: Actor, appointment: Appointment, preparation: PatientText | None) -> FastingClock:
    """By the label of what is planned, else by the hours that the clinic has set for that day. Neither: no clock."""
    if preparation is not None and preparation.fasting is not None:
        label = preparation.fasting
        return fasting_clock(appointment.starts_at, label.solids_hours, label.clear_fluids_hours)
    values = site_values_at(actor.clinic_id, appointment.starts_at)
    return fasting_clock(
        appointment.starts_at,
        values.number("schedule.fasting.solids_hours"),
        values.number("schedule.fasting.clear_fluids_hours"),
    )
