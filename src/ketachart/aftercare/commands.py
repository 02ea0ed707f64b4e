"""Every write after a session."""

from datetime import datetime
from uuid import UUID

from ketachart.aftercare.kinds import CallTried, CheckInAnswered, CheckInReviewed, FindingKept
from ketachart.aftercare.models import CheckIn, CheckInResponse
from ketachart.aftercare.questions import check_in_knowledge
from ketachart.aftercare.rules import Answers, asks_for_a_person, findings_from, is_urgent, problem_with_answers
from ketachart.knowledge.findings import Finding
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales.attention import open_attention


def answer_check_in(
    actor: Actor, *, check_in_id: UUID, answers: Answers, at: datetime
) -> tuple[CheckInResponse, tuple[Finding, ...]]:
    """Keep the answers and open what they ask for, in one step. Dangerous answers never wait for a complete form."""
    actor.require("aftercare.answer_own", "aftercare.write")
    knowledge = check_in_knowledge()
    given = {question.id: (answers.get(question.id) or "").strip() or None for question in knowledge.question}
    unknown = {name: value for name, value in answers.items() if name not in given}
    problem = problem_with_answers({**given, **unknown}, knowledge)
    if problem is not None:
        raise Refused(problem.problem, field=problem.field or None, fix=problem.fix)
    findings = findings_from(given, knowledge)
    with unit_of_work():
        check_in = _check_in(actor, check_in_id)
        if at < check_in.discharged_at:
            raise Refused("This time lies before the discharge.", fix="Answer after the session.")
        mode = "self" if actor.patient_id is not None else "staff"
        event = append_event(
            actor=actor,
            stream=patient_stream(actor, check_in.patient_id),
            effective_at=at,
            content=CheckInAnswered(
                check_in_id=str(check_in.id),
                session_id=str(check_in.session_id),
                mode=mode,  # type: ignore[arg-type]
                answers=given,
                findings=tuple(
                    FindingKept(rule_id=f.rule_id, rule_version=f.rule_version, verdict=f.verdict) for f in findings
                ),
            ),
        )
        response = CheckInResponse.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            check_in=check_in,
            patient_id=check_in.patient_id,
            mode=mode,
        )
        check_in.answered_at, check_in.reviewed_at, check_in.reviewed_by_name = at, None, ""
        check_in.save(update_fields=["answered_at", "reviewed_at", "reviewed_by_name"])
        for finding in findings:
            if asks_for_a_person(finding):
                open_attention(
                    actor,
                    patient_id=check_in.patient_id,
                    about_id=check_in.id,
                    finding=finding,
                    urgent=is_urgent(finding),
                    at=at,
                )
    return response, findings


def note_call(actor: Actor, *, check_in_id: UUID, note: str, at: datetime) -> CheckIn:
    """A call that reached nobody is charted too."""
    actor.require("aftercare.write")
    if not note.strip():
        raise Refused("What happened is missing.", field="note", fix="Say when you called and what you heard.")
    with unit_of_work():
        check_in = _check_in(actor, check_in_id)
        if check_in.answered_at is not None:
            raise Refused("The check-in is answered already.")
        append_event(
            actor=actor,
            stream=patient_stream(actor, check_in.patient_id),
            effective_at=at,
            content=CallTried(check_in_id=str(check_in.id), note=note.strip()),
        )
        check_in.calls_tried += 1
        check_in.save(update_fields=["calls_tried"])
    return check_in


def review_check_in(actor: Actor, *, check_in_id: UUID, note: str = "", at: datetime) -> CheckIn:
    """Somebody has read the answers. It closes nothing else: an attention item stays open until it is dealt with."""
    actor.require("aftercare.write")
    with unit_of_work():
        check_in = _check_in(actor, check_in_id)
        if check_in.answered_at is None:
            raise Refused("Nothing is answered yet.", fix="Call the person, or wait for the answers.")
        if check_in.reviewed_at is not None:
            return check_in
        append_event(
            actor=actor,
            stream=patient_stream(actor, check_in.patient_id),
            effective_at=at,
            content=CheckInReviewed(check_in_id=str(check_in.id), note=note.strip() or None),
        )
        check_in.reviewed_at, check_in.reviewed_by_name = at, actor.name
        check_in.save(update_fields=["reviewed_at", "reviewed_by_name"])
    return check_in


def _check_in(actor: Actor, check_in_id: UUID) -> CheckIn:
    check_in: CheckIn | None = CheckIn.objects.visible_to(actor).select_for_update().filter(id=check_in_id).first()
    if check_in is None or (actor.patient_id is not None and check_in.patient_id != actor.patient_id):
        raise Refused("There is no such check-in.", status=404)
    return check_in
