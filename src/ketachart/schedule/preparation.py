"""What a patient is told before a visit: the preparation text of what is planned for that visit."""

from __future__ import annotations

from datetime import date

from ketachart.course.planned import planned_treatment
from ketachart.knowledge.patient_texts import PatientText, text_for
from ketachart.record.actor import Actor
from ketachart.schedule.models import Appointment


def preparation_for(actor: Actor, appointment: Appointment | None, on: date) -> PatientText | None:
    """None before a decision, or for a route without a text: nobody's text stands in for another's."""
    if appointment is None or appointment.kind != "treatment":
        return None
    planned = planned_treatment(actor, appointment.patient_id, appointment.course_id)
    if planned is None:
        return None
    return text_for("preparation", product=planned.product, route=planned.route, on=on)
