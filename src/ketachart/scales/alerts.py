"""What a form sets in motion beside its score: matters that a person must act on, and the scale to ask next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ketachart.instruments.change import change
from ketachart.instruments.model import Instrument, Sex
from ketachart.instruments.scoring import Fired
from ketachart.knowledge.findings import Finding, Seen
from ketachart.people.models import Patient
from ketachart.record.actor import Actor
from ketachart.scales.attention import open_attention
from ketachart.scales.models import Assignment, Response


def open_for(actor: Actor, assignment: Assignment, found: Iterable[Fired], *, at: datetime) -> None:
    """One matter for each trigger that fired, about this form."""
    for one in found:
        open_attention(
            actor,
            patient_id=assignment.patient_id,
            about_id=assignment.id,
            finding=one.finding,
            urgent=one.urgent,
            at=at,
        )


def next_scales(found: Iterable[Fired]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.next_scale for one in found if one.next_scale))


def worsening(actor: Actor, instrument: Instrument, response: Response) -> Finding | None:
    """Whether this total is worse than the person's first or latest earlier one by what the scale calls a rise."""
    trigger = instrument.worsening
    if trigger is None or response.total is None:
        return None
    earlier = list(
        Response.objects.visible_to(actor)
        .filter(
            patient_id=response.patient_id,
            instrument_id=instrument.id,
            answered_at__lt=response.answered_at,
            total__isnull=False,
            struck__isnull=True,
        )
        .order_by("answered_at")
    )
    for before in (earlier[-1], earlier[0]) if earlier else ():
        if change(instrument, baseline=before.total, now=response.total).worse:
            seen = f"{before.total:g} on {before.answered_at:%Y-%m-%d}, now {response.total:g}"
            return Finding(
                rule_id=trigger.id,
                rule_version=instrument.version,
                verdict="not met",
                title=trigger.title,
                meaning=trigger.meaning,
                action=trigger.action,
                source=trigger.source,
                seen=(Seen(what=instrument.title, value=seen),),
                rule_class="review",
            )
    return None


def sex_of(actor: Actor, instrument: Instrument, assignment: Assignment) -> Sex | None:
    """Sex at birth, looked up only for scales whose cut-offs differ by it; None while nobody has said."""
    if not any(trigger.sex for trigger in instrument.safety):
        return None
    patient = Patient.objects.visible_to(actor).filter(id=assignment.patient_id).first()
    sexes: dict[str | None, Sex] = {"female": "female", "male": "male"}
    return None if patient is None else sexes.get(patient.sex_at_birth)
