"""Scales beside PHQ-9 in the demo: a baseline set by staff, what waits on the phone, one answer that needs somebody. Synthetic."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from ketachart.demo.past import at_the_time
from ketachart.policy.commands import set_value
from ketachart.policy.queries import day_in
from ketachart.record.actor import Actor
from ketachart.scales.commands import assign_scale, enter_response

BASELINE: dict[str, dict[str, int]] = {
    "gad-7": {"1": 2, "2": 2, "3": 2, "4": 2, "5": 1, "6": 1, "7": 1},
    "pcl-5": {str(number): 1 for number in range(1, 21)},
    "audit-c": {"1": 1, "2": 0, "3": 0},
    "c-ssrs-screener": {"1": 0, "2": 0, "6": 0},
    "cgi-s": {"1": 5},
    "msm": {"duration": 2, "severity": 4, "failures": 2, "augmentation": 1, "ect": 0},
}
REMINDERS = {"quiet_from_hour": 20, "quiet_until_hour": 9, "first_after_hours": 4, "every_hours": 24, "most": 3}
ANXIETY_LATER = (9, 7, 4)
"""GAD-7 after every second session: it falls, as the invented PHQ-9 does."""
WAITING = ("gad-7", "c-ssrs-since-last-visit")


def chart_baseline(staff: Actor, patient_id: UUID, at: datetime) -> None:
    """The set of the intake visit, rated and read out by staff."""
    with at_the_time(at):
        for scale, answers in BASELINE.items():
            enter_response(
                staff, patient_id=patient_id, instrument_id=scale, answers=answers, answered_at=at, purpose="Baseline"
            )


def chart_anxiety(staff: Actor, patient_id: UUID, place: int, at: datetime) -> None:
    total = ANXIETY_LATER[min(place, len(ANXIETY_LATER) - 1)]
    answers = {str(number): total // 7 + (number <= total % 7) for number in range(1, 8)}
    with at_the_time(at):
        enter_response(
            staff,
            patient_id=patient_id,
            instrument_id="gad-7",
            answers=answers,
            answered_at=at,
            purpose="In the course",
        )


def ask_before_the_session(staff: Actor, patient_id: UUID, at: datetime) -> None:
    """What the person finds on the phone today."""
    for scale in WAITING:
        assign_scale(staff, patient_id=patient_id, instrument_id=scale, purpose="Before the session", at=at)


def set_reminders(lead: Actor, at: datetime) -> None:
    """Quiet hours of the demo, so that the list of reminders shows times. No schedule is in force: people ask."""
    for name, value in REMINDERS.items():
        set_value(
            lead,
            setting_id=f"scales.reminders.{name}",
            value=value,
            reason="A number of the demo",
            valid_from=day_in(lead.clinic_id, at),
            at=at,
        )


def answer_that_needs_somebody(staff: Actor, patient_id: UUID, now: datetime) -> None:
    """Asked on the telephone this hour: the lowest positive level, still to be taken up by a prescriber."""
    at = now - timedelta(minutes=25)
    with at_the_time(at):
        enter_response(
            staff, patient_id=patient_id, instrument_id="c-ssrs-screener", answers={"1": 1, "2": 0, "6": 0},
            answered_at=at, purpose="Asked on the telephone",
        )  # fmt: skip
