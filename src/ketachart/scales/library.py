"""Which scales this clinic has: the shipped ones, those it loaded its own licensed text for, and its packs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ketachart.instruments.licensed_text import LicensedText as Wording
from ketachart.instruments.licensed_text import with_text
from ketachart.instruments.loader import instrument as shipped
from ketachart.instruments.loader import instruments
from ketachart.instruments.model import Instrument
from ketachart.instruments.translations import in_language
from ketachart.people.models import Patient
from ketachart.record.actor import Actor
from ketachart.record.models import load_contents
from ketachart.scales.models import LicensedText, PackSwitch

NON_COMMERCIAL = "non-commercial"
PACKS = {NON_COMMERCIAL: "Scales whose wording may be used for non-commercial purposes only (WHO-5, DAST-10)"}


def instrument_for(clinic_id: UUID, instrument_id: str) -> Instrument | None:
    """One scale as this clinic has it, with its own text on a scale that is shipped without words. A scale of a pack
    that is off is still found: what was answered while it was on stays readable."""
    found = shipped(instrument_id)
    if found is None or found.verdict != "SCORING":
        return found
    wording = _wordings(clinic_id, instrument_id).get(instrument_id)
    return found if wording is None else with_text(found, wording)


def shown_to(clinic_id: UUID, instrument_id: str, language: str | None) -> Instrument | None:
    """One scale in the words in which a person is asked: in this language where somebody has published it in it."""
    found = instrument_for(clinic_id, instrument_id)
    return None if found is None else in_language(found, language)


def language_for(clinic_id: UUID, patient_id: UUID, instrument: Instrument) -> str:
    """The person's own language where the scale exists in it, else that of the scale. Nothing is translated here."""
    preferred = (
        Patient.objects.filter(clinic_id=clinic_id, id=patient_id).values_list("preferred_language", flat=True).first()
    )
    return in_language(instrument, preferred).language


def library(clinic_id: UUID) -> dict[str, Instrument]:
    """Every scale by id that this clinic may use, packs that are off left out."""
    wordings = _wordings(clinic_id)
    non_commercial = pack_is_on(clinic_id, NON_COMMERCIAL)
    return {
        one.id: with_text(one, wordings[one.id]) if one.id in wordings else one
        for one in instruments().values()
        if non_commercial or one.verdict != "FULL-NC"
    }


def for_the_phone(clinic_id: UUID) -> dict[str, Instrument]:
    """The scales that a person can answer by themselves: self-rated, and with all their words."""
    return {key: one for key, one in library(clinic_id).items() if may_be_assigned(one)}


def may_be_assigned(instrument: Instrument) -> bool:
    return instrument.mode == "self" and instrument.has_wording


def pack_is_on(clinic_id: UUID, pack: str) -> bool:
    newest = PackSwitch.objects.filter(clinic_id=clinic_id, pack=pack).order_by("-charted_at", "-id").first()
    return newest is not None and newest.on


@dataclass(frozen=True)
class Holding:
    """One scale in the clinic's library: what is shipped of it, and the text the clinic loaded."""

    instrument: Instrument
    loaded: LicensedText | None


def holdings(actor: Actor) -> list[Holding]:
    """Every shipped scale with what this clinic added to it."""
    actor.require("scales.library")
    newest = {row.instrument_id: row for row in LicensedText.objects.visible_to(actor).order_by("charted_at", "id")}
    return [
        Holding(instrument=one, loaded=row if (row := newest.get(one.id)) is not None and not row.withdrawn else None)
        for one in instruments().values()
    ]


def newest_switch(actor: Actor, pack: str) -> PackSwitch | None:
    """Who turned the pack on or off last, with the reason."""
    actor.require("scales.library")
    found: PackSwitch | None = (
        PackSwitch.objects.visible_to(actor).filter(pack=pack).order_by("-charted_at", "-id").first()
    )
    return found


def _wordings(clinic_id: UUID, instrument_id: str | None = None) -> dict[str, Wording]:
    """The newest wording of each scale that was not withdrawn."""
    rows = LicensedText.objects.filter(clinic_id=clinic_id)
    if instrument_id is not None:
        rows = rows.filter(instrument_id=instrument_id)
    newest = {row.instrument_id: row for row in rows.order_by("charted_at", "id")}
    return {
        row.instrument_id: Wording(
            instrument=row.instrument_id,
            language=row.language,
            licence_holder=row.licence_holder,
            licence=row.content.licence,
            stem=row.content.stem,
            items=row.content.items,
            options=row.content.options,
        )
        for row in load_contents(row for row in newest.values() if not row.withdrawn)
    }
