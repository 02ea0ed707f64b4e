"""Every write of the schedule."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.people.models import Patient, Room
from ketachart.people.queries import patient_for
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.models import Clinic, User
from ketachart.record.unit_of_work import unit_of_work
from ketachart.schedule.course_rules import judge_booking, to_answer
from ketachart.schedule.kinds import AppointmentBooked, AppointmentChanged
from ketachart.schedule.models import Appointment
from ketachart.schedule.queries import course_times
from ketachart.schedule.rules import (
    HOLDS_ITS_PLACE,
    KIND_LABELS,
    NEEDS_REASON,
    NEXT_STATUS,
    STATUS_LABELS,
    Clash,
    Slot,
    first_clash,
    may_become,
)

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=12)
FARTHEST = timedelta(days=730)


def book(
    actor: Actor,
    *,
    patient_id: UUID,
    kind: str,
    starts_at: datetime,
    minutes: int,
    room_id: UUID | None,
    staff_id: UUID | None,
    course_id: UUID | None = None,
    reason: str = "",
    at: datetime,
) -> Appointment:
    (appointment,) = book_series(
        actor,
        patient_id=patient_id,
        kind=kind,
        starts=[starts_at],
        minutes=minutes,
        room_id=room_id,
        staff_id=staff_id,
        course_id=course_id,
        reason=reason,
        at=at,
    )
    return appointment


def book_series(
    actor: Actor,
    *,
    patient_id: UUID,
    kind: str,
    starts: Sequence[datetime],
    minutes: int,
    room_id: UUID | None,
    staff_id: UUID | None,
    course_id: UUID | None = None,
    reason: str = "",
    at: datetime,
) -> list[Appointment]:
    """All of them or none. Room, person and patient are locked first, so that two desks cannot book one place.

    Treatments of a course are judged by the scheduler's rules: what does not keep to them is booked with a reason.
    """
    actor.require("schedule.write")
    patient_for(actor, patient_id)
    _refuse_impossible(kind, starts, minutes, at)
    length = timedelta(minutes=minutes)
    with unit_of_work():
        zone = ZoneInfo(Clinic.objects.values_list("timezone", flat=True).get(id=actor.clinic_id))
        room = _locked_room(actor, room_id) if room_id else None
        staff = _locked_staff(actor, staff_id) if staff_id else None
        Patient.objects.visible_to(actor).select_for_update().get(id=patient_id)
        if kind == "treatment" and room is None:
            raise Refused("A treatment needs a room.", field="room", fix="Choose one.")
        taken = _taken_slots(actor, min(starts), max(starts) + length, zone)
        wanted = [
            Slot(
                starts_at=start,
                ends_at=start + length,
                room=str(room.id) if room else None,
                staff=str(staff.id) if staff else None,
                patient=str(patient_id),
                label="another appointment of this series",
            )
            for start in sorted(starts)
        ]
        for index, slot in enumerate(wanted):
            clash = first_clash(slot, [*taken, *wanted[:index]], chairs=room.chairs if room else 1)
            if clash is not None:
                raise refusal_of(clash, slot, zone, room, staff)
        outside = _outside_rules(actor, patient_id, kind, course_id, starts, zone, reason, at)
        return [
            _write(
                actor,
                slot,
                patient_id,
                kind,
                room,
                staff,
                course_id,
                (n, len(wanted)) if len(wanted) > 1 else None,
                outside,
                reason,
                at,
            )
            for n, slot in enumerate(wanted, start=1)
        ]


def _outside_rules(
    actor: Actor,
    patient_id: UUID,
    kind: str,
    course_id: UUID | None,
    starts: Sequence[datetime],
    zone: ZoneInfo,
    reason: str,
    at: datetime,
) -> tuple[str, ...]:
    """The rules of the course that these treatments do not keep to. Without a reason nothing is booked."""
    if kind != "treatment" or course_id is None:
        return ()
    wanted_on = [start.astimezone(zone).date() for start in starts]
    times = course_times(actor, patient_id, course_id, wanted_on, zone)
    open_findings = to_answer(judge_booking(times, at.astimezone(zone).date()))
    if open_findings and not reason.strip():
        first = open_findings[0]
        raise Refused(
            f"{first.title}: {first.verdict}. {first.meaning}", field="reason", fix=f"{first.action} ({first.rule_id})"
        )
    return tuple(f"{one.rule_id} {one.verdict}: {one.title}" for one in open_findings)


def _refuse_impossible(kind: str, starts: Sequence[datetime], minutes: int, at: datetime) -> None:
    if kind not in KIND_LABELS:
        raise Refused(f"“{kind}” is not a kind of appointment.", field="kind", fix=f"One of {', '.join(KIND_LABELS)}.")
    if not starts:
        raise Refused("There is no date.", field="starts_at", fix="Choose the first date on one of the weekdays.")
    if not SHORTEST <= timedelta(minutes=minutes) <= LONGEST:
        raise Refused(f"{minutes} minutes.", field="minutes", fix="Between 5 minutes and 12 hours.")
    if min(starts) < at:
        raise Refused("This time has passed.", field="starts_at", fix="Choose a later time.")
    if max(starts) > at + FARTHEST:
        raise Refused("This is more than two years ahead.", field="starts_at", fix="Check the year.")


def _write(
    actor: Actor,
    slot: Slot,
    patient_id: UUID,
    kind: str,
    room: Room | None,
    staff: User | None,
    course_id: UUID | None,
    place: tuple[int, int] | None,
    outside: tuple[str, ...],
    reason: str,
    at: datetime,
) -> Appointment:
    staff_name = (staff.display_name or staff.username) if staff else ""
    appointment = Appointment.objects.create(
        id=new_id(),
        clinic_id=actor.clinic_id,
        patient_id=patient_id,
        kind=kind,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        room=room,
        staff_id=staff.id if staff else None,
        staff_name=staff_name,
        status="booked",
        status_at=at,
        course_id=course_id,
        series_number=place[0] if place else None,
        series_of=place[1] if place else None,
    )
    append_event(
        actor=actor,
        stream=patient_stream(actor, patient_id),
        effective_at=at,
        content=AppointmentBooked(
            appointment_id=str(appointment.id),
            appointment_kind=kind,  # type: ignore[arg-type]
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            room_id=str(room.id) if room else None,
            room=room.name if room else None,
            staff_id=str(staff.id) if staff else None,
            staff=staff_name or None,
            course_id=str(course_id) if course_id else None,
            series_number=place[0] if place else None,
            series_of=place[1] if place else None,
            outside_rules=outside,
            outside_rules_reason=reason.strip() or None if outside else None,
        ),
    )
    return appointment


def _taken_slots(actor: Actor, begin: datetime, end: datetime, zone: ZoneInfo) -> list[Slot]:
    rows = (
        Appointment.objects.visible_to(actor)
        .filter(status__in=HOLDS_ITS_PLACE, starts_at__lt=end, ends_at__gt=begin)
        .select_related("room")
    )
    return [
        Slot(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            room=str(row.room_id) if row.room_id else None,
            staff=str(row.staff_id) if row.staff_id else None,
            patient=str(row.patient_id),
            label=f"{KIND_LABELS[row.kind].lower()} {span_text(row.starts_at, row.ends_at, zone)}",
        )
        for row in rows
    ]


def span_text(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    begin, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    return f"{begin:%a} {begin.day} {begin:%b}, {begin:%H:%M}–{end:%H:%M}"


def refusal_of(clash: Clash, wanted: Slot, zone: ZoneInfo, room: Room | None, staff: User | None) -> Refused:
    """Names what is taken and the slot that has it."""
    who = {
        "room": f"{room.name if room else 'The room'} is taken",
        "staff": f"{(staff.display_name or staff.username) if staff else 'This person'} is booked",
        "patient": "This person has another appointment",
    }[clash.taken]
    when = span_text(wanted.starts_at, wanted.ends_at, zone)
    fix = {
        "room": "Choose another room or time.",
        "staff": "Choose another person or time.",
        "patient": "Choose another time.",
    }
    field = {"room": "room", "staff": "staff", "patient": "starts_at"}[clash.taken]
    return Refused(f"{who} at {when}: {clash.by.label}.", field=field, fix=fix[clash.taken], status=409)


def change_status(
    actor: Actor, *, appointment_id: UUID, status: str, reason: str | None = None, at: datetime
) -> Appointment:
    """Arrived, cancelled or did not come. Each change is an event; saying the same twice is harmless."""
    actor.require("schedule.write")
    reason = (reason or "").strip()
    with unit_of_work():
        appointment: Appointment | None = (
            Appointment.objects.visible_to(actor).select_for_update().filter(id=appointment_id).first()
        )
        if appointment is None:
            raise Refused("There is no such appointment in this clinic.", status=404)
        if appointment.status == status:
            return appointment
        if not may_become(appointment.status, status):
            allowed = ", ".join(STATUS_LABELS[s].lower() for s in NEXT_STATUS[appointment.status]) or "nothing else"
            now = STATUS_LABELS[appointment.status].lower()
            raise Refused(
                f"An appointment that is {now} cannot become “{status}”.",
                field="status",
                fix=f"It can become: {allowed}.",
            )
        if status in NEEDS_REASON and not reason:
            raise Refused("A reason is missing.", field="reason", fix="Say who cancelled and why.")
        before, appointment.status = appointment.status, status
        appointment.status_at, appointment.status_reason = at, reason[:300]
        appointment.save(update_fields=["status", "status_at", "status_reason"])
        append_event(
            actor=actor,
            stream=patient_stream(actor, appointment.patient_id),
            effective_at=at,
            content=AppointmentChanged(
                appointment_id=str(appointment.id),
                before=before,
                after=status,  # type: ignore[arg-type]
                reason=reason or None,
            ),
        )
    return appointment


def _locked_room(actor: Actor, room_id: UUID) -> Room:
    room: Room | None = Room.objects.visible_to(actor).select_for_update().filter(id=room_id, closed_at=None).first()
    if room is None:
        raise Refused("There is no such open room in this clinic.", field="room", fix="Choose a room from the list.")
    return room


def _locked_staff(actor: Actor, staff_id: UUID) -> User:
    staff: User | None = (
        User.objects.select_for_update()
        .filter(clinic_id=actor.clinic_id, id=staff_id, is_active=True)
        .exclude(role="patient")
        .first()
    )
    if staff is None:
        raise Refused("There is no such person on the staff.", field="staff", fix="Choose someone from the list.")
    return staff
