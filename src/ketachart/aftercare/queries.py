"""Every read after a session."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ketachart.aftercare.models import CheckIn, CheckInResponse
from ketachart.aftercare.questions import check_in_knowledge
from ketachart.aftercare.rules import State, asks_for_a_person, findings_from, state_of
from ketachart.knowledge.findings import Finding
from ketachart.people.models import Patient
from ketachart.people.queries import patients_by_id
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.models import Clinic, load_contents


@dataclass(frozen=True, kw_only=True)
class CheckInLine:
    check_in: CheckIn
    patient: Patient | None
    state: State
    response: CheckInResponse | None
    findings: tuple[Finding, ...]

    @property
    def raised(self) -> list[Finding]:
        return [finding for finding in self.findings if asks_for_a_person(finding)]


@dataclass(frozen=True, kw_only=True)
class WorkList:
    came_in: list[CheckInLine]
    late: list[CheckInLine]
    open: list[CheckInLine]
    waiting: list[CheckInLine]


def clinic_zone(actor: Actor) -> ZoneInfo:
    return ZoneInfo(Clinic.objects.values_list("timezone", flat=True).get(id=actor.clinic_id))


def work_list(actor: Actor, at: datetime) -> WorkList:
    """What nobody has reviewed yet: four statements whatever its length. What raised something comes first."""
    actor.require("aftercare.read")
    rows = list(CheckIn.objects.visible_to(actor).filter(reviewed_at=None).order_by("late_at"))
    lines = _lines(rows, patients_by_id(actor, [row.patient_id for row in rows]), at)
    by_state: dict[str, list[CheckInLine]] = {"answered": [], "late": [], "open": [], "waiting": []}
    for line in lines:
        by_state[line.state].append(line)
    return WorkList(
        came_in=sorted(by_state["answered"], key=lambda line: -len(line.raised)),
        late=by_state["late"],
        open=by_state["open"],
        waiting=by_state["waiting"],
    )


def check_ins_of(actor: Actor, patient_id: UUID, at: datetime) -> list[CheckInLine]:
    _require_reader(actor, patient_id)
    rows = list(CheckIn.objects.visible_to(actor).filter(patient_id=patient_id).order_by("-discharged_at"))
    return _lines(rows, {}, at)


def check_in_for(actor: Actor, check_in_id: UUID, at: datetime) -> CheckInLine:
    row: CheckIn | None = CheckIn.objects.visible_to(actor).filter(id=check_in_id).first()
    if row is None:
        raise Refused("There is no such check-in.", status=404)
    _require_reader(actor, row.patient_id)
    return _lines([row], {}, at)[0]


def open_for_patient(actor: Actor, patient_id: UUID, at: datetime) -> list[CheckIn]:
    """What the person may answer now: from the day after on, until it is answered."""
    _require_reader(actor, patient_id)
    return list(
        CheckIn.objects.visible_to(actor)
        .filter(patient_id=patient_id, answered_at=None, opens_at__lte=at)
        .order_by("opens_at")
    )


def _lines(rows: list[CheckIn], people: dict[UUID, Patient], at: datetime) -> list[CheckInLine]:
    newest: dict[Any, CheckInResponse] = {}
    for response in load_contents(CheckInResponse.objects.filter(check_in__in=rows).order_by("charted_at")):
        newest[response.check_in_id] = response
    lines = []
    for row in rows:
        answered = newest.get(row.id)
        lines.append(
            CheckInLine(
                check_in=row,
                patient=people.get(row.patient_id),
                state=state_of(
                    opens_at=row.opens_at,
                    late_at=row.late_at,
                    answered=row.answered_at is not None,
                    reviewed=row.reviewed_at is not None,
                    at=at,
                ),
                response=answered,
                findings=findings_from(answered.content.answers, check_in_knowledge()) if answered else (),
            )
        )
    return lines


def _require_reader(actor: Actor, patient_id: UUID) -> None:
    if actor.patient_id is not None:
        actor.require("aftercare.answer_own")
        if actor.patient_id != patient_id:
            raise Refused("There is no such check-in.", status=404)
        return
    actor.require("aftercare.read")
