"""Every write of a session from a page. The live lane writes through the same guard."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, open_stream
from ketachart.record.errors import Refused, refused_from
from ketachart.record.identity import new_id
from ketachart.record.kinds import Content, kind_of
from ketachart.record.models import Event, Stream
from ketachart.record.unit_of_work import unit_of_work
from ketachart.treatment import kinds
from ketachart.treatment.guard import PERMISSION_BY_KIND, plan_problem
from ketachart.treatment.limits import weight_problem
from ketachart.treatment.models import IN_THE_ROOM, TreatmentSession
from ketachart.treatment.protocol import session_protocol
from ketachart.treatment.queries import session_for, state_of
from ketachart.treatment.rules import gate_findings

OVERRIDE = "treatment.override"


def open_session(
    actor: Actor,
    *,
    patient_id: UUID,
    plan: kinds.PlannedDose | dict[str, Any],
    patient: kinds.PatientAtOpening | dict[str, Any],
    at: datetime,
    consent: kinds.ConsentBound | dict[str, Any] | None = None,
    course_id: UUID | None = None,
    plan_id: UUID | None = None,
    appointment_id: UUID | None = None,
    room_id: UUID | None = None,
    room: str | None = None,
    session_number: int | None = None,
    policy: kinds.SitePolicy | dict[str, Any] | None = None,
    session_id: UUID | None = None,
) -> TreatmentSession:
    """Open a session from a plan in force. What is missing is opened as missing: the start gate will say so."""
    actor.require("treatment.prepare")
    planned = _typed(plan, kinds.PlannedDose, "plan")
    person = _typed(patient, kinds.PatientAtOpening, "patient")
    bound = None if consent is None else _typed(consent, kinds.ConsentBound, "consent")
    site = _typed(policy or {}, kinds.SitePolicy, "policy")
    problem = plan_problem(planned, person.weight_kg) or weight_problem(person.weight_kg, session_protocol())
    if problem is not None:
        raise problem
    session_id = session_id or new_id()
    with unit_of_work():
        running = TreatmentSession.objects.visible_to(actor).filter(patient_id=patient_id, phase__in=IN_THE_ROOM)
        if running.exists():
            raise Refused(
                "This person is already in a session.", field="patient", fix="Go on with it, or discharge first."
            )
        if session_number is None and course_id is not None:
            earlier = TreatmentSession.objects.visible_to(actor).filter(course_id=course_id)
            session_number = earlier.exclude(first_dose_at=None).count() + 1
        stream = open_stream(actor, kind="session", patient_id=patient_id, stream_id=session_id)
        append_event(
            actor=actor,
            stream=stream,
            content=kinds.SessionOpened(
                session_id=str(session_id),
                patient_id=str(patient_id),
                patient=person,
                course_id=_text(course_id),
                plan_id=_text(plan_id),
                appointment_id=_text(appointment_id),
                session_number=session_number,
                room_id=_text(room_id),
                room=room,
                plan=planned,
                consent=bound,
                monitoring=schedule_for(planned, site),
                policy=site,
            ),
            effective_at=at,
        )
        row: TreatmentSession = TreatmentSession.objects.get(id=session_id)
    return row


def schedule_for(plan: kinds.PlannedDose, policy: kinds.SitePolicy) -> tuple[kinds.MonitoringItem, ...]:
    """The monitoring of this route and molecule, copied into the session: what was due then stays known."""
    known = session_protocol().monitoring
    protocol = session_protocol().monitoring_for(route=plan.route, molecule=plan.molecule)
    if protocol is None:
        raise Refused(
            f"No monitoring schedule is known for {plan.molecule} by {plan.route}.",
            field="plan",
            fix=f"A session can be opened for: {'; '.join(one.title for one in known)}.",
        )
    return tuple(
        kinds.MonitoringItem(
            item=line.item,
            phase=line.phase,
            every_minutes=line.every_minutes if line.every_setting is None else policy.vitals_every_minutes,
            at_minutes=line.at_minutes,
            anchor=line.anchor,
            grace_minutes=line.grace_minutes,
            source=f"{line.source.citation} ({line.source.authority})",
        )
        for line in protocol.lines
        if line.every_setting is None or policy.vitals_every_minutes is not None
    )


def chart(actor: Actor, session_id: UUID, content: Content, *, at: datetime, event_id: UUID | None = None) -> Event:
    """Append what a person charted on a page. The same `event_id` twice is one entry."""
    actor.require(PERMISSION_BY_KIND[kind_of(content)])
    session = session_for(actor, session_id)
    return _append(actor, session, content, at, event_id)


def override_gate(
    actor: Actor,
    session_id: UUID,
    *,
    gate: kinds.Gate,
    rule_ids: Sequence[str],
    reason: str,
    at: datetime,
    second_signer: Actor | None = None,
    event_id: UUID | None = None,
) -> Event:
    """Set findings aside, by name and with a reason. `second_signer` has just proved who they are."""
    actor.require(OVERRIDE)
    if second_signer is not None:
        second_signer.require(OVERRIDE)
        if second_signer.clinic_id != actor.clinic_id:
            raise Refused("The second signature is from another clinic.", field="second_signer", fix=None)
    session = session_for(actor, session_id)
    with unit_of_work():
        standing = {finding.rule_id: finding for finding in gate_findings(state_of(actor, session), gate, at)}
        aside = []
        for rule_id in rule_ids:
            finding = standing.get(rule_id)
            if finding is None or finding.verdict == "met":
                raise Refused(f"{rule_id} does not stand in the way.", field="findings", fix="Look at it again.")
            aside.append(
                kinds.FindingSetAside(rule_id=rule_id, rule_version=finding.rule_version, verdict=finding.verdict)
            )
        content = kinds.GateOverridden(
            gate=gate,
            findings=tuple(rule_ids),
            verdicts=tuple(aside),
            reason=reason.strip(),
            by_role=actor.role,
            second_signer_id=str(second_signer.user_id) if second_signer else None,
            second_signer_name=second_signer.name if second_signer else None,
        )
        return _append(actor, session, content, at, event_id)


def rebind_consent(
    actor: Actor, session_id: UUID, *, consent: kinds.ConsentBound | None, at: datetime, reason: str | None = None
) -> Event:
    """Rest the session on the consent that stands now: signed after the session was opened, for instance."""
    actor.require("treatment.prepare")
    session = session_for(actor, session_id)
    return _append(actor, session, kinds.ConsentRebound(consent=consent, reason=reason), at, None)


def abandon(actor: Actor, session_id: UUID, *, reason: str, at: datetime, event_id: UUID | None = None) -> Event:
    """End a session in which nothing was given."""
    return chart(actor, session_id, kinds.SessionAbandoned(reason=reason), at=at, event_id=event_id)


def discharge(
    actor: Actor, session_id: UUID, *, at: datetime, instructions_version: str | None, event_id: UUID | None = None
) -> Event:
    content = kinds.Discharged(at=at, instructions_version=instructions_version)
    return chart(actor, session_id, content, at=at, event_id=event_id)


def sign(actor: Actor, session_id: UUID, *, statement: str, at: datetime, event_id: UUID | None = None) -> Event:
    """Lock the session. Afterwards only addenda are written."""
    return chart(actor, session_id, kinds.SessionSigned(statement=statement), at=at, event_id=event_id)


def write_addendum(actor: Actor, session_id: UUID, *, text: str, at: datetime, event_id: UUID | None = None) -> Event:
    return chart(actor, session_id, kinds.AddendumWritten(text=text), at=at, event_id=event_id)


def explain_gap(
    actor: Actor,
    session_id: UUID,
    *,
    item: str,
    due_at: datetime,
    cause: str,
    at: datetime,
    note: str | None = None,
    event_id: UUID | None = None,
) -> Event:
    content = kinds.GapExplained(item=item, due_at=due_at, cause=cause, note=note or None)
    return chart(actor, session_id, content, at=at, event_id=event_id)


def _append(actor: Actor, session: TreatmentSession, content: Content, at: datetime, event_id: UUID | None) -> Event:
    stream = Stream.objects.visible_to(actor).get(id=session.id)
    return append_event(actor=actor, stream=stream, content=content, effective_at=at, event_id=event_id)


def _typed(value: Any, kind_of_value: type[Any], field: str) -> Any:
    if isinstance(value, kind_of_value):
        return value
    try:
        return msgspec.convert(value, kind_of_value)
    except msgspec.ValidationError as error:
        refused = refused_from(error)
        raise Refused(
            refused.problem, field=f"{field}.{refused.field}" if refused.field else field, fix=refused.fix
        ) from None


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
