"""{% load intake %}: data items and values in words."""

from __future__ import annotations

from typing import Any

from django import template

from ketachart.knowledge import loader

register = template.Library()


@register.filter
def data_label(name: str) -> str:
    item = loader.data_items().get(name)
    return item.label if item else name


@register.filter
def said(value: Any) -> Any:
    """True and False as a person says them; numbers without a trailing .0; None stays None."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else value
