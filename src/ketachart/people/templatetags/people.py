"""{% load people %}: the banner of a person, ages, names of fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template

from ketachart.people.banner import banner_items
from ketachart.people.models import Patient
from ketachart.people.rules import LANGUAGES, age_years
from ketachart.record import clock
from ketachart.web.navigation import patient_home

register = template.Library()

FIELD_LABELS = {
    "given_name": "Given name",
    "family_name": "Family name",
    "birth_date": "Birth date",
    "sex_at_birth": "Sex recorded at birth",
    "gender_identity": "Gender",
    "pronouns": "Pronouns",
    "phone": "Telephone",
    "email": "E-mail",
    "preferred_language": "Language",
    "timezone": "Time zone",
}


@register.filter
def age(birth_date: date, on: date | None = None) -> int:
    return age_years(birth_date, on or clock.now().date())


@register.filter
def field_label(field: str) -> str:
    return FIELD_LABELS.get(field, field)


@register.filter
def language(code: str | None) -> str:
    return LANGUAGES.get(code or "", "")


@register.inclusion_tag("people/banner.html", takes_context=True)
def person_banner(context: dict[str, Any], patient: Patient) -> dict[str, Any]:
    request = context["request"]
    return {
        "request": request,
        "patient": patient,
        "home": patient_home(request.actor.permissions, patient.id),
        "items": banner_items(request.actor, patient.id),
        "age_years": age_years(patient.birth_date, clock.now().date()),
    }


@register.simple_tag(takes_context=True)
def person_address(context: dict[str, Any], patient_id: Any) -> str:
    """{% person_address patient.id %}: the first page of this person's record that the reader may open."""
    return patient_home(context["request"].actor.permissions, patient_id)
