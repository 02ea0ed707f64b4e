"""The people of the demo clinic. All invented: names, stories, readings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

PASSWORD: Final = "fern-hill-demo-2026"  # noqa: S105  (printed by the demo, opens nothing real)

STAFF: Final = (
    # user name, role, display name
    ("prescriber", "prescriber", "Dr. Imani Okafor"),
    ("prescriber2", "prescriber", "Dr. Lars Winther"),
    ("nurse", "nurse", "Noor Haddad, RN"),
    ("nurse2", "nurse", "Pablo Reyes, RN"),
    ("therapist", "therapist", "Mika Lindqvist, LPC"),
    ("front_desk", "front_desk", "Tess Alvarez"),
    ("pharmacist", "pharmacist", "Hana Sato, PharmD"),
    ("biller", "biller", "Owen Price"),
    ("clinic_lead", "clinic_lead", "Ruth Amsel"),
)

SIGN_INS: Final = ("nurse", "prescriber", "front_desk", "patient", "patient2", "clinic_lead")
"""Those that the demo prints; the others have the same password."""

ROOMS: Final = (
    "Room 1 · Alder",
    "Room 2 · Birch",
    "Room 3 · Cedar",
    "Room 4 · Dogwood",
    "Consulting room",
    "Room 5 · Elm",
    "Room 6 · Fir",
)

Stage = Literal[
    "consultation_booked",
    "history_begun",
    "to_screen",
    "consent_due",
    "plan_due",
    "changed",
    "first_session_today",
    "mid_course",
    "live_early",
    "live_late",
    "live_recovery",
    "check_in_due",
    "responded",
    "not_helped",
    "not_eligible",
]


@dataclass(frozen=True)
class Person:
    """One invented person and how far they are."""

    given_name: str
    family_name: str
    birth_date: date
    sex_at_birth: str
    weight_kg: float
    height_cm: float
    stage: Stage
    phq9: tuple[int, ...] = ()
    """Total of each PHQ-9 in order: before the course, then after every second session."""
    sessions: int = 0
    """Sessions finished before today."""
    signs_in_as: str | None = None


PEOPLE: Final = (
    Person("Marisol", "Sample", date(1984, 3, 12), "female", 68.0, 165, "live_early", (19, 14), 2),
    Person("Theo", "Sample", date(1971, 8, 30), "male", 92.5, 181, "live_late", (22, 20, 15), 3),
    Person("Priya", "Sample", date(1990, 1, 5), "female", 57.0, 160, "live_recovery", (17,), 0),
    Person("Jonas", "Example", date(1979, 6, 21), "male", 80.0, 178, "first_session_today", (18,)),
    Person("Aiko", "Example", date(1995, 11, 2), "female", 61.5, 158, "consent_due", (16,), signs_in_as="patient"),
    Person("Bernard", "Specimen", date(1962, 4, 17), "male", 101.0, 176, "to_screen", (21,)),
    Person("Lena", "Specimen", date(1988, 9, 9), "female", 73.0, 170, "plan_due", (20,)),
    Person("Ines", "Specimen", date(1977, 11, 30), "female", 71.5, 167, "changed", (22,)),
    Person("Kofi", "Fictional", date(1993, 12, 24), "male", 77.0, 174, "history_begun"),
    Person("Ottilie", "Fictional", date(1969, 2, 14), "female", 66.0, 163, "mid_course", (23, 18, 12), 4),
    Person("Rafael", "Invented", date(1982, 7, 7), "male", 85.0, 183, "check_in_due", (19, 16), 3),
    Person("Sunniva", "Invented", date(1975, 10, 1), "female", 70.0, 168, "responded", (21, 15, 9, 6), 6, "patient2"),
    Person("Dmitri", "Mockford", date(1966, 5, 28), "male", 88.0, 179, "not_helped", (20, 20, 18, 19), 6),
    Person("Camille", "Mockford", date(1999, 3, 3), "female", 59.0, 166, "consultation_booked"),
    Person("Walter", "Placeholder", date(1958, 1, 19), "male", 94.0, 172, "not_eligible", (15,)),
)
