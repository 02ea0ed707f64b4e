"""Every write about scales."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ketachart.instruments.model import Instrument
from ketachart.instruments.scoring import WrongAnswer, check_answers, items_to_ask, newly_fired, score
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.identity import new_id
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales import alerts, kinds, rules
from ketachart.scales.attention import open_attention
from ketachart.scales.library import NON_COMMERCIAL, instrument_for, language_for, may_be_assigned, pack_is_on
from ketachart.scales.models import Answer, Assignment, Response, StruckResponse


def assign_scale(
    actor: Actor,
    *,
    patient_id: UUID,
    instrument_id: str,
    purpose: str,
    at: datetime,
    due_at: datetime | None = None,
    session_id: UUID | None = None,
) -> Assignment:
    """Ask a person to answer a scale."""
    actor.require("scales.assign")
    instrument = _usable(actor, instrument_id)
    if not may_be_assigned(instrument):
        raise Refused(
            _why_not_on_the_phone(instrument), field="instrument_id", fix="Enter it yourself on the person's page."
        )
    if not purpose.strip():
        raise Refused("The purpose is missing.", field="purpose", fix="Say what it is for, such as “Baseline”.")
    with unit_of_work():
        return _new_assignment(
            actor,
            instrument,
            patient_id=patient_id,
            purpose=purpose,
            at=at,
            due_at=due_at,
            session_id=session_id,
        )


def record_answer(
    actor: Actor,
    *,
    assignment_id: UUID,
    item_id: str,
    value: int | None,
    at: datetime,
    event_id: UUID | None = None,
) -> Assignment:
    """Save one answer as soon as it is given; a dangerous one opens a matter at once, however incomplete the form.

    `event_id`: the answer's own, where a phone kept it before it could be sent.
    """
    mode = _mode(actor)
    with unit_of_work():
        assignment = _assignment_for_answering(actor, assignment_id)
        if assignment.status == Assignment.DONE:
            raise Refused("This questionnaire was already sent.", fix="Ask for a new one if something was wrong.")
        _keep_answer(actor, assignment, item_id, value, mode=mode, at=at, event_id=event_id)
    return assignment


def submit(actor: Actor, *, assignment_id: UUID, at: datetime) -> Response:
    """Send the form as it stands. Sending it twice changes nothing."""
    mode = _mode(actor)
    with unit_of_work():
        assignment = _assignment_for_answering(actor, assignment_id)
        already = Response.objects.filter(assignment=assignment).first()
        if already is not None:
            return already
        return _submit(actor, assignment, mode=mode, at=at)


def enter_response(
    actor: Actor,
    *,
    patient_id: UUID,
    instrument_id: str,
    answers: Mapping[str, int | None],
    answered_at: datetime,
    purpose: str,
    assignment_id: UUID | None = None,
) -> Response:
    """Staff enter a whole form that was read out or brought on paper."""
    actor.require("scales.enter")
    instrument = _usable(actor, instrument_id)
    _refuse_wrong(instrument, answers)
    if answered_at > clock.now():
        raise Refused("This time is in the future.", field="answered_at", fix="Give the time it was answered.")
    if not any(value is not None for value in answers.values()):
        raise Refused("No question is answered.", field="answers", fix="Enter at least one answer.")
    with unit_of_work():
        if assignment_id is None:
            assignment = _new_assignment(actor, instrument, patient_id=patient_id, purpose=purpose, at=answered_at)
        else:
            assignment = _assignment_for_answering(actor, assignment_id)
            if assignment.patient_id != patient_id or assignment.instrument_id != instrument_id:
                raise Refused("This questionnaire belongs to someone else.", status=404)
        for item in instrument.item:
            if item.id in answers:
                _keep_answer(actor, assignment, item.id, answers[item.id], mode="staff", at=answered_at)
        return _submit(actor, assignment, mode="staff", at=answered_at)


def cancel_assignment(actor: Actor, *, assignment_id: UUID, reason: str, at: datetime) -> Assignment:
    actor.require("scales.assign")
    if not reason.strip():
        raise Refused("The reason is missing.", field="reason", fix="Say why it is withdrawn.")
    with unit_of_work():
        assignment = _assignment(actor, assignment_id)
        if assignment.status == Assignment.DONE:
            raise Refused("It was answered already.", fix="Strike the response instead, with a reason.")
        if assignment.status == Assignment.CANCELLED:
            return assignment
        content = kinds.AssignmentCancelled(assignment_id=assignment.id, reason=reason.strip())
        append_event(actor=actor, stream=patient_stream(actor, assignment.patient_id), content=content, effective_at=at)
        assignment.status = Assignment.CANCELLED
        assignment.save(update_fields=["status"])
    return assignment


def strike_response(actor: Actor, *, response_id: UUID, reason: str, at: datetime) -> StruckResponse:
    """Take a wrong response out of the trend. It stays in the record, struck through."""
    actor.require("scales.enter")
    if not reason.strip():
        raise Refused("The reason is missing.", field="reason", fix="Say what was wrong with it.")
    with unit_of_work():
        response = Response.objects.visible_to(actor).filter(id=response_id).first()
        if response is None:
            raise Refused("There is no such response.", status=404)
        if StruckResponse.objects.filter(response=response).exists():
            raise Refused("It was struck already.", field="reason")
        content = kinds.ResponseStruck(response_id=response.id, reason=reason.strip())
        event = append_event(
            actor=actor, stream=patient_stream(actor, response.patient_id), content=content, effective_at=at
        )
        return StruckResponse.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            response=response,
            reason=reason.strip()[:500],
        )


def _new_assignment(
    actor: Actor,
    instrument: Instrument,
    *,
    patient_id: UUID,
    purpose: str,
    at: datetime,
    due_at: datetime | None = None,
    session_id: UUID | None = None,
) -> Assignment:
    assignment = Assignment(
        id=new_id(),
        clinic_id=actor.clinic_id,
        patient_id=patient_id,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        language=language_for(actor.clinic_id, patient_id, instrument)
        if may_be_assigned(instrument)
        else instrument.language,
        purpose=purpose.strip()[:120],
        assigned_at=at,
        assigned_by_name=actor.name,
        due_at=due_at,
        session_id=session_id,
    )
    content = kinds.ScaleAssigned(
        assignment_id=assignment.id,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        language=assignment.language,
        purpose=assignment.purpose,
        due_at=due_at,
        session_id=session_id,
    )
    append_event(actor=actor, stream=patient_stream(actor, patient_id), content=content, effective_at=at)
    assignment.save(force_insert=True)
    return assignment


def _keep_answer(
    actor: Actor,
    assignment: Assignment,
    item_id: str,
    value: int | None,
    *,
    mode: str,
    at: datetime,
    event_id: UUID | None = None,
) -> None:
    instrument = _instrument(actor, assignment.instrument_id)
    _refuse_wrong(instrument, {item_id: value})
    before = list(assignment.answers.order_by("place").values_list("item_id", "value"))
    standing = rules.latest(before)
    if item_id in standing and standing[item_id] == value:
        return  # the same tap twice
    content = kinds.ItemAnswered(
        assignment_id=assignment.id,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        language=assignment.language if mode == "self" else instrument.language,
        recall_window=instrument.recall_window,
        mode=mode,
        item_id=item_id,
        value=value,
    )
    stream = patient_stream(actor, assignment.patient_id)
    event = append_event(actor=actor, stream=stream, content=content, effective_at=at, event_id=event_id)
    Answer.objects.create(
        clinic_id=actor.clinic_id,
        event_id=event.id,
        charted_at=event.recorded_at,
        charted_by_name=actor.name,
        assignment=assignment,
        item_id=item_id,
        value=value,
        place=len(before) + 1,
    )
    if assignment.status != Assignment.STARTED:
        assignment.status = Assignment.STARTED
        assignment.save(update_fields=["status"])
    found = newly_fired(instrument, before=standing, after={**standing, item_id: value})
    alerts.open_for(actor, assignment, found, at=at)
    for scale in alerts.next_scales(found) if mode == "self" else ():
        _ask_next(actor, assignment, scale, at=at)


def _ask_next(actor: Actor, assignment: Assignment, instrument_id: str, *, at: datetime) -> None:
    """What a dangerous answer asks for in the same sitting, once."""
    waiting = Assignment.objects.visible_to(actor).filter(
        patient_id=assignment.patient_id,
        instrument_id=instrument_id,
        status__in=[Assignment.OPEN, Assignment.STARTED],
    )
    if not waiting.exists():
        rule = Actor.system(actor.clinic_id, name="Safety rule")
        purpose = f"After {_instrument(actor, assignment.instrument_id).title}"
        instrument = _instrument(actor, instrument_id)
        _new_assignment(rule, instrument, patient_id=assignment.patient_id, purpose=purpose, at=at)


def _submit(actor: Actor, assignment: Assignment, *, mode: str, at: datetime) -> Response:
    instrument = _instrument(actor, assignment.instrument_id)
    given = rules.latest(assignment.answers.order_by("place").values_list("item_id", "value"))
    if not any(value is not None for value in given.values()):
        raise Refused("No question is answered yet.", fix="Answer at least one, or leave it for later.")
    counted = rules.answers_that_count(instrument, given)
    result = score(instrument, counted)
    answers = {item.id: counted.get(item.id) for item in items_to_ask(instrument, counted)} | counted
    content = kinds.ResponseSubmitted(
        assignment_id=assignment.id,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        language=assignment.language if mode == "self" else instrument.language,
        recall_window=instrument.recall_window,
        mode=mode,
        answers=answers,
        status=result.status,
        total=result.total,
        band=result.band,
        level=result.level,
    )
    stream = patient_stream(actor, assignment.patient_id)
    event = append_event(actor=actor, stream=stream, content=content, effective_at=at)
    assignment.status = Assignment.DONE
    assignment.save(update_fields=["status"])
    response = Response.objects.create(
        clinic_id=actor.clinic_id,
        event_id=event.id,
        charted_at=event.recorded_at,
        charted_by_name=actor.name,
        assignment=assignment,
        patient_id=assignment.patient_id,
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        mode=mode,
        answered_at=at,
        purpose=assignment.purpose,
        total=result.total,
        band=result.band,
        level=result.level,
    )
    sex = alerts.sex_of(actor, instrument, assignment)
    found = newly_fired(instrument, before=given, after=answers, sex=sex, sent=True)
    alerts.open_for(actor, assignment, found, at=at)
    risen = alerts.worsening(actor, instrument, response)
    if risen is not None:
        open_attention(
            actor, patient_id=response.patient_id, about_id=assignment.id, finding=risen, urgent=False, at=at
        )
    return response


def _mode(actor: Actor) -> str:
    actor.require("scales.answer_own", "scales.enter")
    return "self" if actor.patient_id is not None else "staff"


def _assignment_for_answering(actor: Actor, assignment_id: UUID) -> Assignment:
    assignment = _assignment(actor, assignment_id)
    if actor.patient_id is not None and assignment.patient_id != actor.patient_id:
        raise Refused("There is no such questionnaire.", status=404)
    if assignment.status == Assignment.CANCELLED:
        raise Refused("Your clinic has withdrawn this questionnaire.", status=409)
    if assignment.status == Assignment.MISSED:
        raise Refused(
            "The time of this questionnaire has passed.", fix="Answer the newer one on your list.", status=409
        )
    return assignment


def _assignment(actor: Actor, assignment_id: UUID) -> Assignment:
    assignment: Assignment | None = (
        Assignment.objects.visible_to(actor).select_for_update().filter(id=assignment_id).first()
    )
    if assignment is None:
        raise Refused("There is no such questionnaire.", status=404)
    return assignment


def _instrument(actor: Actor, instrument_id: str) -> Instrument:
    found = instrument_for(actor.clinic_id, instrument_id)
    if found is None:
        raise Refused(f"There is no scale “{instrument_id}”.", field="instrument_id", fix="Choose one from the list.")
    return found


def _usable(actor: Actor, instrument_id: str) -> Instrument:
    """One that may be begun now; a form that was begun before its pack was turned off is still finished."""
    found = _instrument(actor, instrument_id)
    if found.verdict == "FULL-NC" and not pack_is_on(actor.clinic_id, NON_COMMERCIAL):
        raise Refused(
            f"{found.title} is in the non-commercial pack, which is off here.",
            field="instrument_id",
            fix="The clinic lead can turn the pack on, saying why.",
        )
    return found


def _why_not_on_the_phone(instrument: Instrument) -> str:
    if instrument.mode != "self":
        return f"{instrument.title} is rated by staff."
    if instrument.verdict == "NO":
        return f"The wording of {instrument.title} may not be shown."
    return f"{instrument.title} is shipped without its wording, and this clinic has not loaded its own."


def _refuse_wrong(instrument: Instrument, answers: Mapping[str, int | None]) -> None:
    try:
        check_answers(instrument, answers)
    except WrongAnswer as wrong:
        raise Refused(f"{wrong.problem}.", field=f"item_{wrong.item_id}", fix=wrong.fix) from None
