"""Loading a clinic's own licensed text, and turning packs of scales on and off."""

from __future__ import annotations

from datetime import datetime

from ketachart.instruments.licensed_text import faults, read_text
from ketachart.instruments.loader import instrument as shipped
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, clinic_stream
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work
from ketachart.scales import kinds
from ketachart.scales.library import PACKS
from ketachart.scales.models import LicensedText, PackSwitch


def load_text(actor: Actor, *, raw: str, at: datetime) -> LicensedText:
    """Put the clinic's own wording onto a scale that is shipped without words. The file says who holds the licence."""
    actor.require("scales.library")
    try:
        text = read_text(raw)
    except ValueError as fault:
        raise Refused(
            f"The file cannot be read: {fault}.", field="text", fix="Start from the scale's template."
        ) from None
    instrument = shipped(text.instrument)
    if instrument is None:
        raise Refused(f"There is no scale “{text.instrument}”.", field="text", fix="Use an id from the list of scales.")
    wrong = faults(instrument, text)
    if wrong:
        raise Refused(f"{'; '.join(wrong)}.", field="text", fix="Complete the file and load it again.")
    content = kinds.LicensedTextLoaded(
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        language=text.language,
        licence_holder=text.licence_holder.strip(),
        licence=text.licence.strip(),
        stem=text.stem,
        items=text.items,
        options=text.options,
    )
    return _keep(actor, content, at=at, withdrawn=False)


def withdraw_text(actor: Actor, *, instrument_id: str, reason: str, at: datetime) -> LicensedText:
    """Stop using a loaded text: a licence that ended. Answers that were given with it stay."""
    actor.require("scales.library")
    if not reason.strip():
        raise Refused("The reason is missing.", field="reason", fix="Say why it may not be used any more.")
    newest = LicensedText.objects.visible_to(actor).filter(instrument_id=instrument_id).order_by("-charted_at").first()
    if newest is None or newest.withdrawn:
        raise Refused("No text of this scale is loaded.", status=404)
    content = kinds.LicensedTextLoaded(
        instrument_id=instrument_id,
        instrument_version=newest.content.instrument_version,
        language=newest.language,
        licence_holder=newest.licence_holder,
        licence=reason.strip(),
        stem="",
        items={},
        options={},
    )
    return _keep(actor, content, at=at, withdrawn=True)


def switch_pack(actor: Actor, *, pack: str, on: bool, reason: str, at: datetime) -> PackSwitch:
    """Turn a pack of scales on or off for this clinic, with the reason."""
    actor.require("scales.library")
    if pack not in PACKS:
        raise Refused(f"There is no pack “{pack}”.", field="pack", fix=f"Choose {', '.join(PACKS)}.")
    if len(reason.strip()) < 10:
        raise Refused(
            "The reason is missing.", field="reason", fix="Say why this clinic may use it (or no longer may)."
        )
    with unit_of_work():
        content = kinds.PackSwitched(pack=pack, on=on, reason=reason.strip())
        event = append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
        return PackSwitch.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            pack=pack,
            on=on,
        )


def _keep(actor: Actor, content: kinds.LicensedTextLoaded, *, at: datetime, withdrawn: bool) -> LicensedText:
    with unit_of_work():
        event = append_event(actor=actor, stream=clinic_stream(actor), content=content, effective_at=at)
        return LicensedText.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            instrument_id=content.instrument_id,
            language=content.language,
            licence_holder=content.licence_holder[:200],
            withdrawn=withdrawn,
        )
