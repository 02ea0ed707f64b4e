"""Builds the demo clinic: people in every stage, three sessions in progress, an inbox, a schedule."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.demo import appointments, by_route, care, other_routes, scales
from ketachart.demo.cast import PASSWORD, PEOPLE, ROOMS, STAFF, Person
from ketachart.demo.monitors import put_a_monitor
from ketachart.demo.other_routes import add_other_routes
from ketachart.demo.own_values import set_own_values
from ketachart.demo.past import at_the_time
from ketachart.demo.rescreened import changed_since_the_decision
from ketachart.demo.session_script import play_session
from ketachart.demo.way import Way
from ketachart.formulary.commands import list_product
from ketachart.formulary.models import Product
from ketachart.intake.inquiry_commands import receive_inquiry, set_service, visitor
from ketachart.people.commands import open_room
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.commands import open_clinic
from ketachart.record.models import Clinic, User
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales.attention import set_help_numbers
from ketachart.scales.commands import assign_scale
from ketachart.schedule import commands as schedule_commands

TIMEZONE = "America/New_York"
Progress = Callable[[int, int, str], None]

LIVE_MINUTES = {"live_early": 22 + 9, "live_late": 22 + 31, "live_recovery": 22 + 40 + 18}
"""How long ago each live session was opened."""


@dataclass
class DemoClinic:
    """What was built, for whoever drives the demo."""

    clinic: Clinic
    rooms: list[tuple[UUID, str]] = field(default_factory=list)
    patients: dict[str, UUID] = field(default_factory=dict)
    live: list[tuple[UUID, UUID, tuple[UUID, str]]] = field(default_factory=list)
    waiting: list[UUID] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "clinic": str(self.clinic.id),
            "rooms": [{"id": str(room_id), "name": name} for room_id, name in self.rooms],
            "patients": {stage: str(patient_id) for stage, patient_id in self.patients.items()},
            "live": [
                {"session": str(session), "patient": str(patient), "room": str(room[0]), "room_name": room[1]}
                for session, patient, room in self.live
            ],
            "waiting": [str(patient_id) for patient_id in self.waiting],
        }

    @classmethod
    def from_json(cls, text: str) -> DemoClinic:
        found = json.loads(text)
        return cls(
            clinic=Clinic.objects.get(id=found["clinic"]),
            rooms=[(UUID(room["id"]), room["name"]) for room in found["rooms"]],
            patients={stage: UUID(patient) for stage, patient in found["patients"].items()},
            live=[
                (UUID(one["session"]), UUID(one["patient"]), (UUID(one["room"]), one["room_name"]))
                for one in found["live"]
            ],
            waiting=[UUID(patient) for patient in found["waiting"]],
        )


class Builder:
    """Builds in order; every step goes through the commands that the pages use."""

    def __init__(self, progress: Progress) -> None:
        self.now = clock.now().replace(second=0, microsecond=0)
        self.progress = progress
        self.actors: dict[str, Actor] = {}
        self.vial: Product
        self.built: DemoClinic

    def staff(self, username: str) -> Actor:
        return self.actors[username]

    def build(self) -> DemoClinic:
        opened = self.now - timedelta(days=120)
        self._open(opened)
        for number, person in enumerate(PEOPLE):
            self.progress(number, len(PEOPLE), f"{person.given_name} {person.family_name}")
            self._person(person, seed=number + 1)
        add_other_routes(self.staff, self.built, self.vial, self.now)
        by_route.play_live(self.staff("nurse"), self.built, self.now)
        care.order_rescue(self.staff("prescriber"), self.built.live[1][0], self.now)
        care.hand_out_text(self.staff("nurse"), self.built.live[2][1], self.now)
        appointments.fill_the_calendar(self.staff, self.built, self.now, ZoneInfo(TIMEZONE))
        scales.answer_that_needs_somebody(self.staff("nurse"), self.built.patients["to_screen"], self.now)
        self._inbox()
        self.progress(len(PEOPLE), len(PEOPLE), "done")
        return self.built

    def _open(self, at: datetime) -> None:
        with at_the_time(at):
            clinic = open_clinic(name="Fern Hill Clinic (demo)", slug="fern-hill", timezone=TIMEZONE, is_synthetic=True)
            self.built = DemoClinic(clinic)
            for username, role, name in STAFF:
                user = User(username=username, clinic=clinic, role=role, display_name=name)
                user.set_password(PASSWORD)
                user.save()
                self.actors[username] = Actor.of(user)
            lead = self.staff("clinic_lead")
            for order, name in enumerate(ROOMS):
                room = open_room(lead, name=name, order=order, at=at)
                self.built.rooms.append((room.id, room.name))
            put_a_monitor(lead, self.staff("nurse"), self.built.rooms[0][0], at)
            self.vial = list_product(
                self.staff("pharmacist"), name="Ketamine 50 mg/mL vial, 10 mL", molecule="racemic ketamine", form="vial",
                salt_or_base="base", routes=["IV", "IM"], strength_mg_per_ml=Decimal(50), vial_volume_ml=Decimal(10), at=at,
            )  # fmt: skip
            other_routes.receive_demo_lot(self.staff("pharmacist"), self.vial, at)
            for place, (code, title, summary, state) in enumerate(SERVICES):
                set_service(lead, code=code, title=title, summary=summary, state=state, at=at, place=place)
            set_help_numbers(lead, **HELP, reason="Numbers of the demo, none is real", at=at)
            scales.set_reminders(lead, at)
            set_own_values(lead, at, self.now + timedelta(days=14))

    def _person(self, person: Person, seed: int) -> None:
        way = Way(self.staff, person, seed)
        begun = self.now - timedelta(days=9 + 4 * person.sessions + seed % 5)
        way.register(begun)
        self.built.patients.setdefault(person.stage, way.patient.id)
        if person.signs_in_as:
            user = User(
                username=person.signs_in_as, clinic=self.built.clinic, role="patient", patient_id=way.patient.id,
                display_name=f"{person.given_name} {person.family_name}",
            )  # fmt: skip
            user.set_password(PASSWORD)
            user.save()
        self._walk(way, person, begun, seed)

    def _walk(self, way: Way, person: Person, begun: datetime, seed: int) -> None:
        """As far as this person's stage goes."""
        stage = person.stage
        if stage == "consultation_booked":
            self._book(way, "consultation", self._today_at(16, 0), minutes=60, room=4)
            return
        if stage == "history_begun":
            way.history(begun + timedelta(days=1), complete=False)
            return
        way.history(begun + timedelta(days=1), hypertensive=stage == "not_eligible", unasked=3 * (stage == "to_screen"))
        baseline = way.phq9(person.phq9[0], begun + timedelta(days=1, hours=1), "Baseline")
        if person.signs_in_as or stage == "mid_course":
            scales.chart_baseline(self.staff("nurse"), way.patient.id, begun + timedelta(days=1, hours=2))
        if stage == "to_screen":
            return
        if stage == "not_eligible":
            way.decide(begun + timedelta(days=2), outcome="not eligible", reasons=NOT_ELIGIBLE)
            return
        way.decide(begun + timedelta(days=2))
        if stage == "consent_due":
            assign_scale(
                self.staff("nurse"),
                patient_id=way.patient.id,
                instrument_id="phq-9",
                purpose="Before the course",
                at=self.now,
            )
            return
        way.consent(begun + timedelta(days=3))
        if stage == "changed":
            changed_since_the_decision(way, begun + timedelta(days=5))
        if stage in ("plan_due", "changed"):
            return
        course = way.plan(begun + timedelta(days=3, hours=2), self.vial, baseline)
        first = begun + timedelta(days=4)
        for number in range(person.sessions):
            opened_at = first + timedelta(days=4 * number)
            if stage == "check_in_due" and number == person.sessions - 1:
                opened_at = self.now - timedelta(hours=27)
            script = play_session(
                self.staff("nurse"),
                way.patient.id,
                opened_at=opened_at,
                room=self.built.rooms[seed % 4],
                seed=100 * seed + number,
            )
            last = number == person.sessions - 1
            if not (last and stage in {"check_in_due", "mid_course"}):  # these wait for somebody to do it
                ends = last and stage == "not_helped"
                way.after_session(
                    course, script.session_id, opened_at + timedelta(hours=22), choice="stop" if ends else "continue"
                )
            if number % 2 == 1 and number // 2 + 1 < len(person.phq9):
                way.phq9(person.phq9[number // 2 + 1], opened_at + timedelta(days=1), f"After session {number + 1}")
                if person.signs_in_as or stage == "mid_course":
                    scales.chart_anxiety(
                        self.staff("nurse"), way.patient.id, number // 2, opened_at + timedelta(days=1)
                    )
        self._today(way, person, seed, course.id)

    def _today(self, way: Way, person: Person, seed: int, course_id: UUID) -> None:
        if person.stage in LIVE_MINUTES:
            room = self.built.rooms[len(self.built.live)]
            minutes = LIVE_MINUTES[person.stage]
            script = play_session(
                self.staff("nurse"), way.patient.id, opened_at=self.now - timedelta(minutes=minutes), room=room,
                seed=seed, until=minutes,
            )  # fmt: skip
            self.built.live.append((script.session_id, way.patient.id, room))
        elif person.stage == "first_session_today":
            self._book(way, "treatment", self._today_at(15, 0), minutes=150, room=3, course_id=course_id)
        elif person.stage in {"mid_course", "check_in_due"}:
            scales.ask_before_the_session(self.staff("nurse"), way.patient.id, self.now)
            self.built.waiting.append(way.patient.id)

    def _today_at(self, hour: int, minute: int) -> datetime:
        """Today at this local time, or tomorrow when it has passed."""
        local = self.now.astimezone(ZoneInfo(TIMEZONE))
        wanted = datetime.combine(local.date(), time(hour, minute), ZoneInfo(TIMEZONE))
        return wanted if wanted > self.now + timedelta(minutes=5) else wanted + timedelta(days=1)

    def _book(
        self, way: Way, kind: str, starts_at: datetime, *, minutes: int, room: int, course_id: UUID | None = None
    ) -> None:
        who = "prescriber" if kind == "consultation" else "nurse"
        schedule_commands.book(
            self.staff("front_desk"),
            patient_id=way.patient.id,
            kind=kind,
            starts_at=starts_at,
            minutes=minutes,
            room_id=self.built.rooms[room][0],
            staff_id=self.staff(who).user_id,
            course_id=course_id,
            at=self.now,
        )

    def _inbox(self) -> None:
        for days, inquiry in enumerate(INQUIRIES):
            at = self.now - timedelta(days=days, hours=3)
            with at_the_time(at):
                receive_inquiry(visitor(self.built.clinic), **inquiry, agreed=True, at=at)


SERVICES = (
    ("iv-ketamine", "Ketamine by infusion",
     "For depression that other treatments did not help. In our rooms, with a nurse beside you.", "open"),
    ("spravato", "Spravato (esketamine) nasal spray",
     "We are preparing this service. Leave your name and we will write.", "waiting list"),
    ("home", "Treatment at home", "Not open yet.", "waiting list"),
    ("kap", "Ketamine-assisted psychotherapy", "Not open yet.", "waiting list"),
)  # fmt: skip

HELP: dict[str, Any] = {
    "crisis_name": "Example crisis line (demo, not a real number)",
    "crisis_contact": "555-0100",
    "emergency_number": "555-0199 (demo)",
    "clinic_phone": "555-0123",
    "watched": "on working days from 8 to 18 (demo)",
    "attention_minutes": 240,
    "urgent_attention_minutes": 30,
}

NOT_ELIGIBLE = (
    "Blood pressure 182/108 at rest and heart disease that is not well controlled. Referred to cardiology; "
    "we look again when it is treated."
)

INQUIRIES: tuple[dict[str, Any], ...] = (
    {
        "given_name": "Noa", "family_name": "Imaginary", "email": "noa@example.org", "phone": None, "prefers": "email",
        "message": "My doctor said I might ask you. I have tried three medicines over four years.",
        "service_codes": ["iv-ketamine"],
    },
    {
        "given_name": "Pat", "family_name": "Imaginary", "email": None, "phone": "+1 202 555 0117", "prefers": "phone",
        "message": None, "service_codes": ["spravato"],
    },
    {
        "given_name": "Sol", "family_name": "Imaginary", "email": "sol@example.org", "phone": None, "prefers": "email",
        "message": "Is this covered by insurance?", "service_codes": ["iv-ketamine", "kap"],
    },
)  # fmt: skip


def build_demo(folder: Path, progress: Progress) -> DemoClinic:
    """Build the clinic and write down its identifiers beside the database."""
    with unit_of_work():  # whole or not at all: an interrupted build leaves an empty database
        built = Builder(progress).build()
    (folder / "demo.json").write_text(json.dumps(built.as_json(), indent=2))
    return built
