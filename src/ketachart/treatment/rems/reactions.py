"""A form is opened when a Spravato session ends. (A session in which nothing was given ends without one.)"""

from __future__ import annotations

from typing import Any

from ketachart.policy.queries import zone_of
from ketachart.record.frames import Frame
from ketachart.record.live import guards
from ketachart.record.models import Stream
from ketachart.record.reactions import on_event
from ketachart.treatment.models import RemsTask, TreatmentSession
from ketachart.treatment.rems.fields import rems_knowledge
from ketachart.treatment.rems.rules import due_on, needs_form
from ketachart.treatment.state import SessionState


def listen() -> None:
    on_event("treatment.discharged", open_form)


def open_form(frame: Frame, _: Any) -> None:
    state: SessionState = guards.state_of(Stream.objects.get(clinic_id=frame.clinic, id=frame.stream))
    opened, first_dose_at = state.opened, state.dose.first_dose_at
    if opened is None or first_dose_at is None or not needs_form(opened.plan.molecule, first_dose_at):
        return
    session = TreatmentSession.objects.get(clinic_id=frame.clinic, id=frame.stream)
    treated_on = first_dose_at.astimezone(zone_of(frame.clinic)).date()
    RemsTask.objects.get_or_create(
        session=session,
        defaults={
            "clinic_id": frame.clinic,
            "patient_id": session.patient_id,
            "treated_on": treated_on,
            "due_on": due_on(treated_on, rems_knowledge().submission.within_calendar_days),
        },
    )
