"""Every read about scales."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ketachart.instruments.model import Instrument
from ketachart.people.models import Patient
from ketachart.people.rules import LANGUAGES
from ketachart.policy.queries import site_values_at
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.errors import Refused
from ketachart.record.models import load_contents
from ketachart.scales import rules
from ketachart.scales.library import shown_to
from ketachart.scales.models import Assignment, AttentionItem, Response


@dataclass(frozen=True)
class TrendPoint:
    """One sitting on the outcome chart. `total` is None when the form is incomplete or was never answered."""

    at: datetime
    total: float | None
    complete: bool
    band: str | None
    purpose: str
    mode: str
    response_id: UUID | None
    missed: bool = False


@dataclass(frozen=True)
class Form:
    """A form as it stands: its instrument and what was answered so far."""

    assignment: Assignment
    instrument: Instrument
    given: dict[str, int | None]

    @property
    def next_item_id(self) -> str | None:
        item = rules.next_item(self.instrument, self.given)
        return item.id if item else None


def open_assignments(actor: Actor, patient_id: UUID) -> list[Assignment]:
    _require_reader(actor, patient_id)
    found = Assignment.objects.visible_to(actor).filter(
        patient_id=patient_id, status__in=[Assignment.OPEN, Assignment.STARTED]
    )
    return list(found.order_by("due_at", "assigned_at"))


def form(actor: Actor, assignment_id: UUID) -> Form:
    """The form of one assignment; 404 for anybody whose it is not."""
    assignment = Assignment.objects.visible_to(actor).filter(id=assignment_id).first()
    if assignment is None:
        raise Refused("There is no such questionnaire.", status=404)
    _require_reader(actor, assignment.patient_id)
    instrument = shown_to(actor.clinic_id, assignment.instrument_id, assignment.language)
    if instrument is None:
        raise Refused("This scale is no longer part of the product.", status=404)
    given = rules.latest(assignment.answers.order_by("place").values_list("item_id", "value"))
    return Form(assignment=assignment, instrument=instrument, given=given)


def language_that_is_missing(state: Form) -> str:
    """The name of the person's language when the form is not in it; empty when it is, or when nobody has asked."""
    people = Patient.objects.filter(clinic_id=state.assignment.clinic_id, id=state.assignment.patient_id)
    preferred = people.values_list("preferred_language", flat=True).first()
    return LANGUAGES.get(preferred, preferred) if preferred and preferred != state.instrument.language else ""


def responses(actor: Actor, patient_id: UUID) -> list[Response]:
    """Every response of a person, newest first, struck ones included."""
    _require_reader(actor, patient_id)
    found = Response.objects.visible_to(actor).filter(patient_id=patient_id).select_related("struck", "assignment")
    return list(found.order_by("-answered_at"))


def response(actor: Actor, response_id: UUID) -> Response:
    found: Response | None = (
        Response.objects.visible_to(actor).filter(id=response_id).select_related("struck", "assignment").first()
    )
    if found is None:
        raise Refused("There is no such response.", status=404)
    _require_reader(actor, found.patient_id)
    load_contents([found])
    return found


def trend(actor: Actor, patient_id: UUID, instrument_id: str, *, now: datetime | None = None) -> list[TrendPoint]:
    """Scores over time, oldest first: struck ones left out, incomplete ones without a score, missed ones as gaps."""
    _require_reader(actor, patient_id)
    answered = Response.objects.visible_to(actor).filter(
        patient_id=patient_id, instrument_id=instrument_id, struck__isnull=True
    )
    points = [
        TrendPoint(
            at=one.answered_at,
            total=one.total,
            complete=one.total is not None,
            band=one.band,
            purpose=one.purpose,
            mode=one.mode,
            response_id=one.id,
        )
        for one in answered
    ]
    if now is not None:
        late = Assignment.objects.visible_to(actor).filter(
            patient_id=patient_id,
            instrument_id=instrument_id,
            due_at__lt=now,
            status__in=[Assignment.OPEN, Assignment.STARTED, Assignment.MISSED],
        )
        points += [
            TrendPoint(
                at=one.due_at,
                total=None,
                complete=False,
                band=None,
                purpose=one.purpose,
                mode="",
                response_id=None,
                missed=True,
            )
            for one in late
            if one.due_at is not None
        ]
    return sorted(points, key=lambda point: point.at)


def scales_of(actor: Actor, patient_id: UUID) -> set[str]:
    """Every scale that was ever asked of or entered for a person: each response has its assignment."""
    _require_reader(actor, patient_id)
    rows = Assignment.objects.visible_to(actor).filter(patient_id=patient_id)
    return set(rows.order_by().values_list("instrument_id", flat=True).distinct())


def open_attention_items(actor: Actor, patient_id: UUID | None = None) -> list[AttentionItem]:
    """What nobody has closed yet: urgent first, then the oldest."""
    actor.require("scales.attend")
    found = AttentionItem.objects.visible_to(actor).exclude(status=AttentionItem.CLOSED)
    if patient_id is not None:
        found = found.filter(patient_id=patient_id)
    return list(found.order_by("-urgent", "opened_at"))


def attention_item(actor: Actor, attention_id: UUID) -> AttentionItem:
    actor.require("scales.attend")
    found: AttentionItem | None = AttentionItem.objects.visible_to(actor).filter(id=attention_id).first()
    if found is None:
        raise Refused("There is no such matter.", status=404)
    return found


def closed_attention_items(actor: Actor, patient_id: UUID | None = None, limit: int = 20) -> list[AttentionItem]:
    actor.require("scales.attend")
    found = AttentionItem.objects.visible_to(actor).filter(status=AttentionItem.CLOSED)
    if patient_id is not None:
        found = found.filter(patient_id=patient_id)
    return list(found.order_by("-closed_at")[:limit])


@dataclass(frozen=True)
class HelpNumbers:
    """Whom to call in a crisis and how fast alerts are answered, as this clinic has set it. Empty where it has not."""

    crisis_name: str = ""
    crisis_contact: str = ""
    emergency_number: str = ""
    clinic_phone: str = ""
    watched: str = ""
    attention_minutes: int | None = None
    urgent_attention_minutes: int | None = None


HELP_SETTINGS = {
    "crisis_name": "scales.crisis.name",
    "crisis_contact": "scales.crisis.contact",
    "emergency_number": "scales.crisis.emergency_number",
    "clinic_phone": "scales.crisis.clinic_phone",
    "watched": "scales.crisis.watched",
    "attention_minutes": "scales.attention.minutes",
    "urgent_attention_minutes": "scales.attention.urgent_minutes",
}
"""Which setting of the clinic holds which of them."""


def help_numbers(clinic_id: UUID | None, at: datetime | None = None) -> HelpNumbers | None:
    """Also for visitors who have not signed in. None until the clinic has set something."""
    if clinic_id is None:
        return None
    values = site_values_at(clinic_id, at or clock.now())
    numbers = HelpNumbers(
        crisis_name=values.text("scales.crisis.name") or "",
        crisis_contact=values.text("scales.crisis.contact") or "",
        emergency_number=values.text("scales.crisis.emergency_number") or "",
        clinic_phone=values.text("scales.crisis.clinic_phone") or "",
        watched=values.text("scales.crisis.watched") or "",
        attention_minutes=_whole(values.number("scales.attention.minutes")),
        urgent_attention_minutes=_whole(values.number("scales.attention.urgent_minutes")),
    )
    return None if numbers == HelpNumbers() else numbers


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _require_reader(actor: Actor, patient_id: UUID) -> None:
    """Staff who may read, or the person themselves; to anybody else the record does not exist."""
    if actor.patient_id is not None:
        actor.require("scales.answer_own")
        if actor.patient_id != patient_id:
            raise Refused("There is no such record.", status=404)
        return
    actor.require("scales.read")
