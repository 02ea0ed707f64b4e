"""Every write of a monitoring form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work
from ketachart.treatment.kinds import RemsAnswered, RemsSent
from ketachart.treatment.models import RemsEntry, RemsTask
from ketachart.treatment.rems.paper import form_pdf
from ketachart.treatment.rems.queries import FormView, values_of, view_form
from ketachart.treatment.rems.rules import checked_answers
from ketachart.treatment.rems.senders import senders


def answer(actor: Actor, session_id: UUID, *, answers: Mapping[str, str], at: datetime) -> RemsEntry | None:
    """Keep what a person said. Only what differs is written; an answer may be corrected, the earlier one stays."""
    actor.require("treatment.chart")
    with unit_of_work():
        form = view_form(actor, session_id, at)
        kept = checked_answers(form.draft.version, answers)
        known = values_of(form.draft)
        new = {name: value for name, value in kept.items() if known.get(name) != value}
        if not new:
            return None
        content = RemsAnswered(session_id=str(session_id), version=form.draft.version.id, answers=new)
        return _append(actor, form.task, content, at)


def send(actor: Actor, session_id: UUID, *, how: str, reference: str, at: datetime) -> RemsEntry:
    """Send a complete form, and keep what was sent."""
    actor.require("treatment.sign")
    sender = senders().get(how)
    if sender is None:
        raise Refused("There is no such way of sending.", field="how", fix="Choose one of the list.")
    form = view_form(actor, session_id, at)
    _must_be_complete(form)
    if form.sent is not None and not form.changed_since_sent:
        raise Refused("This form was sent already, as it stands.", fix="It is sent again only if something changed.")
    values = values_of(form.draft)
    found = sender.send(str(form.task.id), values, form_pdf(form, at), reference)
    with unit_of_work():
        content = RemsSent(
            session_id=str(session_id), version=form.draft.version.id, how=how, reference=found, values=values
        )
        entry = _append(actor, form.task, content, at)
        RemsTask.objects.filter(id=form.task.id).update(sent_at=entry.charted_at, sent_by_name=actor.name)
    return entry


def _must_be_complete(form: FormView) -> None:
    missing = form.draft.missing
    if missing:
        names = "; ".join(one.field.label for one in missing[:4])
        more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
        raise Refused(
            f"The form is not complete: {names}{more}.",
            fix="Answer what is open. What comes from the record is charted or corrected there.",
        )


def _append(actor: Actor, task: RemsTask, content: RemsAnswered | RemsSent, at: datetime) -> RemsEntry:
    event = append_event(actor=actor, stream=patient_stream(actor, task.patient_id), content=content, effective_at=at)
    return RemsEntry.objects.create(
        clinic_id=actor.clinic_id,
        event_id=event.id,
        charted_at=event.recorded_at,
        charted_by_name=actor.name,
        task=task,
        is_sent=isinstance(content, RemsSent),
    )
