"""{% load intake %}: data items and values in words."""

from __future__ import annotations

from typing import Any

from django import template

from ketachart.intake.rules import WHO
from ketachart.knowledge import loader
from ketachart.knowledge.site_settings import site_settings

register = template.Library()


@register.filter
def data_label(name: str) -> str:
    item = loader.data_items().get(name)
    return item.label if item else name


@register.filter
def who_word(name: str) -> str:
    return WHO.get(name, name).removeprefix("the ").removeprefix("an ").removeprefix("a ")


@register.filter
def seen_values(values: tuple[Any, ...]) -> str:
    """Several values of one datum in words: nothing seen, seen and not known, or what was seen."""
    if not values:
        return "–"
    return ", ".join(str(said(one)) for one in values if one is not None) or "not known"


@register.filter
def setting_title(name: str) -> str:
    found = site_settings().get(name)
    return found.title if found else name


@register.filter
def said(value: Any) -> Any:
    """True and False as a person says them; numbers without a trailing .0; None stays None."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else value
