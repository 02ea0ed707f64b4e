"""The care around the dose in the demo: a rescue order in a room where a symptom was noted, and a text handed to somebody."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from ketachart.demo.past import at_the_time
from ketachart.education.commands import hand_out
from ketachart.knowledge.patient_texts import text_for
from ketachart.record.actor import Actor
from ketachart.treatment import commands
from ketachart.treatment.care_kinds import RescueOrdered


def order_rescue(prescriber: Actor, session_id: UUID, now: datetime) -> None:
    """No real medicine and no real dose: nobody shall take an order of the demo for advice."""
    order = RescueOrdered(
        problem="nausea", medicine="Invented antiemetic", dose=1, dose_unit="mg", route="IV", most_times=1,
        instruction="Demo: neither the medicine nor the amount is real.",
    )  # fmt: skip
    at = now - timedelta(minutes=4)
    with at_the_time(at):
        commands.chart(prescriber, session_id, order, at=at)


def hand_out_text(nurse: Actor, patient_id: UUID, now: datetime) -> None:
    at = now - timedelta(minutes=12)
    text = text_for("aftercare", route="IV", molecule="racemic ketamine", on=at.date())
    assert text is not None
    with at_the_time(at):
        hand_out(
            nurse, patient_id=patient_id, text_id=text.id, version=text.version, sha256=text.sha256,
            given_to="patient", given_to_name="", how="printed", note="", at=at,
        )  # fmt: skip
