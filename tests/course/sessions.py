"""A session as treatment charts it, for tests of what follows from it. The room's own gates are tested in treatment."""

from datetime import timedelta

from ketachart.course.queries import plan_snapshot
from ketachart.record import clock
from ketachart.record.append import Charting, append
from ketachart.record.commands import open_stream
from ketachart.record.identity import new_id
from ketachart.record.reactions import react
from ketachart.record.unit_of_work import unit_of_work
from ketachart.treatment import kinds


def chart_in(stream, actor, content, effective_at):
    """Append and react, without the guard."""
    charting = Charting(
        id=new_id(),
        clinic_id=actor.clinic_id,
        stream_id=stream.id,
        content=content,
        effective_at=effective_at,
        author_id=actor.user_id,
        author_name=actor.name,
    )
    with unit_of_work():
        (result,) = append([charting], clock.now())
        assert result.problem is None
        react([result])


def give_session(actor, plan, begin, *, number=1, peak=(150, 92), symptoms=(), discharge=True):
    """Opened, measured, given, discharged. Returns the session's id."""
    stream = open_stream(actor, kind="session", patient_id=plan.patient_id)

    def chart(content, minute):
        chart_in(stream, actor, content, begin + timedelta(minutes=minute))

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
