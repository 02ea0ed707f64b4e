"""A session as treatment charts it, for tests of what follows from it."""

from datetime import timedelta

from ketachart.course.queries import plan_snapshot
from ketachart.record.commands import append_event, open_stream
from ketachart.treatment import kinds


def give_session(actor, plan, begin, *, number=1, peak=(150, 92), symptoms=(), discharge=True):
    """Opened, measured, given, discharged. Returns the session's id."""
    stream = open_stream(actor, kind="session", patient_id=plan.patient_id)

    def chart(content, minute):
        append_event(actor=actor, stream=stream, content=content, effective_at=begin + timedelta(minutes=minute))

    snapshot = plan_snapshot(plan)
    chart(
        kinds.SessionOpened(
            session_id=str(stream.id),
            patient_id=str(plan.patient_id),
            patient=kinds.PatientAtOpening(weight_kg=80.0),
            course_id=str(plan.course_id),
            plan_id=str(plan.id),
            session_number=number,
            plan=kinds.PlannedDose(**snapshot),
        ),
        -30,
    )
    chart(kinds.VitalsCharted(systolic_mmhg=124, diastolic_mmhg=80, spo2_percent=98), -10)
    rates = {"rate_ml_per_h": snapshot["rate_ml_per_h"], "rate_mg_per_h": snapshot["rate_mg_per_h"]}
    chart(kinds.InfusionStarted(**rates), 0)
    chart(kinds.VitalsCharted(systolic_mmhg=peak[0], diastolic_mmhg=peak[1], spo2_percent=96), 30)
    for symptom, severity in symptoms:
        chart(kinds.SymptomNoted(symptom=symptom, severity=severity), 25)
    chart(kinds.InfusionStopped(reason="complete"), 40)
    if discharge:
        chart(kinds.Discharged(at=begin + timedelta(minutes=120)), 120)
    return stream.id
