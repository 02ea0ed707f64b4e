"""Allergies on top of every page of a person."""

from __future__ import annotations

from uuid import UUID

from ketachart.intake import queries
from ketachart.people.banner import BannerItem
from ketachart.record.actor import Actor


def allergies_item(actor: Actor, patient_id: UUID) -> BannerItem | None:
    """ "None known" is said only when somebody asked and the person said so."""
    if not actor.may("intake.read", "people.read"):
        return None
    line = queries.allergy_line(actor, patient_id)
    if line.reaction_to_ketamine == "yes":
        named = ", ".join(("ketamine", *line.substances))
        return BannerItem(label="Allergies", value=named, kind="not-met", icon="warning")
    if line.stated == "listed":
        return BannerItem(label="Allergies", value=", ".join(line.substances), kind="not-met", icon="warning")
    if line.stated == "none":
        return BannerItem(label="Allergies", value="none known", kind="")
    return BannerItem(label="Allergies", value="not asked", kind="missing", icon="missing")
