from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from ketachart.desk.timeline import Told, history_entry, session_entry

SESSION = UUID(int=7)
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PLAN = SimpleNamespace(dose_mg=35.0, route="IV")
OPENED = ("treatment.session_opened", {"session_number": 3, "plan": PLAN, "room": "Alder"})


def group(*events: tuple[str, dict[str, object]]) -> list[Told]:
    return [
        Told(
            str(UUID(int=number)),
            kind,
            START + timedelta(minutes=number),
            "R. Nurse",
            SimpleNamespace(**content),
            SESSION,
        )
        for number, (kind, content) in enumerate(events)
    ]


def test_a_session_is_one_entry_with_its_turning_points_in_order() -> None:
    symptom = ("treatment.symptom_noted", {"symptom": "nausea", "severity": "mild"})
    entry = session_entry(SESSION, group(OPENED, symptom, ("treatment.discharged", {})), linked=False)
    assert (entry.title, entry.detail) == ("Session 3", "35 mg IV, Alder")
    assert [line.text for line in entry.lines] == ["Symptom: nausea, mild", "Discharged"]
    assert entry.by == "not signed yet"


def test_a_signed_session_names_who_signed() -> None:
    entry = session_entry(SESSION, group(OPENED, ("treatment.session_signed", {})), linked=False)
    assert entry.by == "signed by R. Nurse"


def test_a_corrected_entry_stays_and_is_struck_through() -> None:
    wrong = ("treatment.symptom_noted", {"symptom": "seizure", "severity": "severe"})
    correction = ("treatment.event_corrected", {"target_id": str(UUID(int=1)), "reason": "wrong patient"})
    entry = session_entry(SESSION, group(OPENED, wrong, correction), linked=False)
    assert [(line.text, line.struck) for line in entry.lines] == [
        ("Symptom: seizure, severe", True),
        ("Entry corrected: wrong patient", False),
    ]


def test_a_session_without_its_number_or_opening_is_told_all_the_same() -> None:
    entry = session_entry(SESSION, group(("treatment.discharged", {})), linked=False)
    assert entry.title == "Session"


def test_a_history_taken_in_one_sitting_is_one_entry_that_names_its_sections() -> None:
    entry = history_entry(group(("intake.conditions_recorded", {}), ("intake.medicines_recorded", {})))
    assert (entry.title, entry.detail) == ("History recorded", "conditions, medicines")
