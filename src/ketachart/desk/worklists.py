"""What waits for whom. Each list is one part's own query; the people in all of them are named by one more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse

from ketachart.course.queries import decisions_due
from ketachart.desk.queries import check_ins_to_read, open_inquiries, plans_to_countersign, sessions_at_work
from ketachart.people.queries import patients_by_id, staff_of
from ketachart.record.actor import Actor
from ketachart.scales.queries import open_assignments, open_attention_items
from ketachart.schedule.queries import appointments_on, next_appointment
from ketachart.schedule.rules import KIND_LABELS, STATUS_LABELS
from ketachart.treatment.models import PHASE_LABELS

LONGEST = 8
"""More than this is not a list to look at but a page to work through."""


@dataclass(frozen=True)
class Item:
    href: str
    patient_id: UUID | None = None
    title: str = ""
    detail: str = ""
    end: str = ""
    badge: str = ""
    badge_kind: str = ""


@dataclass(frozen=True)
class WorkList:
    id: str
    title: str
    icon: str
    items: Sequence[Item]
    empty: str
    href: str = ""
    urgent: bool = False

    @property
    def shown(self) -> Sequence[Item]:
        return self.items[:LONGEST]

    @property
    def more(self) -> int:
        return max(0, len(self.items) - LONGEST)


@dataclass(frozen=True)
class Moment:
    """Now, and where: times are told as the clinic's clock shows them."""

    now: datetime
    zone: ZoneInfo

    def clock(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        local, today = at.astimezone(self.zone).date(), self.now.astimezone(self.zone).date()
        days = (local - today).days
        return {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days, f"{local:%a} {local.day} {local:%b}")

    def when(self, at: datetime) -> str:
        return f"{self.day(at)} {self.clock(at)}"


Ask = Callable[[Actor, Moment], WorkList]


def for_actor(actor: Actor, moment: Moment) -> list[WorkList]:
    """The lists of this person's role, in the order of the page, with names."""
    lists = [ask(actor, moment) for ask in LISTS.get(actor.role, ())]
    wanted = [item.patient_id for work in lists for item in work.shown if item.patient_id]
    names = {p.id: p.name for p in patients_by_id(actor, wanted).values()} if wanted else {}
    return [replace(work, items=[_named(item, names) for item in work.items]) for work in lists]


def _named(item: Item, names: dict[UUID, str]) -> Item:
    name = names.get(item.patient_id) if item.patient_id else None
    return replace(item, title=name) if name and not item.title else item


def attention(actor: Actor, moment: Moment) -> WorkList:
    items = [
        Item(
            href=reverse("scales:attention_item", args=[one.id]),
            patient_id=one.patient_id,
            detail=f"{one.title}, since {moment.when(one.opened_at)}",
            badge="Urgent" if one.urgent else "Open" if one.status == one.OPEN else "Taken",
            badge_kind="not-met" if one.urgent else "missing" if one.status == one.OPEN else "note",
        )
        for one in open_attention_items(actor)
    ]
    return WorkList(
        "attention", "Needs attention", "bell", items, "Nothing is open.", reverse("scales:attention"), bool(items)
    )


APPOINTMENT_BADGES = {"booked": "", "arrived": "met", "no_show": "not-met", "cancelled": "plain"}


def appointments(actor: Actor, moment: Moment) -> WorkList:
    today = moment.now.astimezone(moment.zone).date()
    items = []
    for one in appointments_on(actor, today, moment.zone):
        place = one.room.name if one.room else ""
        with_whom = "with you" if one.staff_id and one.staff_id == actor.user_id else one.staff_name
        detail = ", ".join(part for part in (KIND_LABELS[one.kind], place, with_whom) if part)
        items.append(
            Item(
                href=reverse("schedule:appointment", args=[one.id]),
                patient_id=one.patient_id,
                detail=detail,
                end=moment.clock(one.starts_at),
                badge=STATUS_LABELS[one.status] if one.status != "booked" else "",
                badge_kind=APPOINTMENT_BADGES[one.status],
            )
        )
    return WorkList(
        "appointments", "Appointments today", "calendar", items, "Nobody is booked today.", reverse("schedule:today")
    )


def credentials(actor: Actor, moment: Moment) -> WorkList:
    words = {"expired": ("Expired", "not-met"), "expiring": ("Runs out", "missing"), "missing": ("No date", "missing")}
    items = []
    for line in staff_of(actor, moment.now.astimezone(moment.zone).date()):
        for entry in line.credentials:
            if entry.state.state in words:
                badge, kind = words[entry.state.state]
                until = entry.credential.valid_until
                detail = f"{entry.credential.get_kind_display()}{f', until {until:%d %b %Y}' if until else ''}"
                items.append(
                    Item(
                        reverse("people:staff"),
                        title=line.user.display_name,
                        detail=detail,
                        badge=badge,
                        badge_kind=kind,
                    )
                )
    return WorkList("credentials", "Credentials", "key", items, "All run on for a while.", reverse("people:staff"))


def rooms(actor: Actor, moment: Moment) -> WorkList:
    items = []
    for one in sessions_at_work(actor):
        unsigned = one.phase == "discharged"
        since = one.discharged_at if unsigned and one.discharged_at else one.opened_at
        items.append(
            Item(
                href=reverse("treatment:record" if unsigned else "treatment:room", args=[one.id]),
                patient_id=one.patient_id,
                detail=f"{one.room or 'No room'}, {'discharged' if unsigned else 'opened'} {moment.when(since)}",
                badge="Sign" if unsigned else PHASE_LABELS[one.phase],
                badge_kind="missing" if unsigned else "note",
            )
        )
    return WorkList(
        "rooms", "In the rooms, and to sign", "rooms", items, "No session runs.", reverse("treatment:board")
    )


def decisions(actor: Actor, moment: Moment) -> WorkList:
    items = [
        Item(
            href=(
                reverse("course:decide_after", args=[one.course_id, one.session_id])
                if one.course_id
                else reverse("course:patient", args=[one.patient_id])
            ),
            patient_id=one.patient_id,
            detail=f"session ended {moment.when(one.discharged_at)}",
        )
        for one in decisions_due(actor)
    ]
    return WorkList("decisions", "What comes next, to decide", "forward", items, "Nothing waits for a decision.")


def inquiries(actor: Actor, moment: Moment) -> WorkList:
    items = [
        Item(
            href=reverse("intake:inquiry", args=[one.id]),
            title=f"{one.given_name} {one.family_name}",
            detail=f"wrote {moment.when(one.received_at)}",
            badge="New" if one.status == one.NEW else "Contacted",
            badge_kind="missing" if one.status == one.NEW else "note",
        )
        for one in open_inquiries(actor)
    ]
    return WorkList("inquiries", "Inquiries", "inbox", items, "Everybody has an answer.", reverse("intake:inbox"))


def check_ins(actor: Actor, moment: Moment) -> WorkList:
    items = [
        Item(
            href=reverse("aftercare:check_in", args=[one.id]),
            patient_id=one.patient_id,
            detail=f"session ended {moment.when(one.discharged_at)}",
            badge="To read" if one.answered_at else "Late",
            badge_kind="note" if one.answered_at else "missing",
        )
        for one in check_ins_to_read(actor, moment.now)
    ]
    return WorkList(
        "check-ins", "Check-ins", "phone", items, "All are read, none is late.", reverse("aftercare:work_list")
    )


def second_signatures(actor: Actor, moment: Moment) -> WorkList:
    """Plans that somebody else wrote and that need one more name."""
    items = [
        Item(
            href=reverse("course:plan", args=[one.id]),
            patient_id=one.patient_id,
            detail=f"version {one.version}, by {one.charted_by_name} {moment.when(one.charted_at)}",
        )
        for one in plans_to_countersign(actor)
    ]
    return WorkList("signatures", "Plans to countersign", "signed", items, "None.")


def ahead_of_patient(actor: Actor, patient_id: UUID, moment: Moment) -> list[Item]:
    """What is booked and asked of one person: two statements."""
    items = []
    if actor.may("schedule.read"):
        appointment = next_appointment(actor, patient_id, moment.now)
        if appointment is not None:
            place = f", {appointment.room.name}" if appointment.room else ""
            items.append(
                Item(
                    href=reverse("schedule:appointment", args=[appointment.id]),
                    title=f"{KIND_LABELS[appointment.kind]} {moment.when(appointment.starts_at)}",
                    detail=f"{STATUS_LABELS[appointment.status]}{place}",
                )
            )
    if actor.may("scales.read"):
        for one in open_assignments(actor, patient_id):
            late = one.due_at is not None and one.due_at < moment.now
            items.append(
                Item(
                    href=reverse("scales:patient", args=[patient_id]),
                    title=f"{one.instrument.title if one.instrument else one.instrument_id} to answer",
                    detail=f"due {moment.when(one.due_at)}" if one.due_at else one.purpose,
                    badge="Late" if late else "",
                    badge_kind="missing",
                )
            )
    return items


# What each role looks at first in the morning. Every question asks for its own permission.
LISTS: dict[str, tuple[Ask, ...]] = {
    "prescriber": (attention, decisions, second_signatures, check_ins, rooms, appointments),
    "nurse": (rooms, attention, check_ins, appointments),
    "therapist": (appointments, attention, check_ins),
    "front_desk": (inquiries, appointments),
    "pharmacist": (second_signatures,),
    "biller": (appointments,),
    "clinic_lead": (attention, rooms, inquiries, appointments, credentials),
}
