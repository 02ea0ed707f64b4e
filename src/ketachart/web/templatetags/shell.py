"""Template tags of the shell: {% load shell %}."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ketachart.web.navigation import Link, entries_for, patient_tabs_for
from ketachart.web.static_files import module_graph

register = template.Library()


@register.simple_tag
def module(name: str) -> SafeString:
    """{% module "treatment/room.js" %}: the script, and all that it imports named at once, so that none waits for another."""
    ahead = format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((static(each),) for each in module_graph(name))
    )
    return format_html('{}<script src="{}" type="module"></script>', ahead, static(name))


VERDICTS = {"met": "met", "not met": "not-met", "missing": "missing"}


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """{% icon "rooms" %}; decorative unless it gets a label."""
    css = f"icon icon--{size}" if size else "icon"
    href = f"{static('web/icons/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', css, label, href)
    return format_html('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', css, href)


@register.inclusion_tag("web/components/badge.html")
def badge(word: str, kind: str = "", icon: str = "") -> dict[str, str]:
    """{% badge "Ready" "met" %}: kinds met, not-met, missing, note, overridden, synthetic, plain."""
    icons = {"met": "met", "not-met": "not-met", "missing": "missing", "note": "info", "overridden": "signed"}
    return {"word": word, "kind": kind, "icon": icon or icons.get(kind, "")}


@register.inclusion_tag("web/components/badge.html")
def verdict(value: str) -> dict[str, str]:
    """{% verdict finding.verdict %}: shape, word and colour of met | not met | missing."""
    css = VERDICTS.get(value, "missing")
    return {"word": value[:1].upper() + value[1:], "kind": css, "icon": css}


@register.filter
def verdict_class(value: str) -> str:
    return VERDICTS.get(value, "missing")


@register.simple_tag
def charted(value: Any, unit: str = "", empty: str = "not charted") -> SafeString:
    """A value with its unit, or the plain statement that there is none: missing is never blank and never zero."""
    if value is None or value == "":
        return format_html('<span class="not-charted">{}</span>', empty)
    if not unit:
        return format_html("{}", value)
    return format_html('{}<span class="unit">{}</span>', value, unit)


@register.filter
def ago(moment: datetime | None, now: datetime) -> str:
    """{{ charted_at|ago:now }}: "4 min ago". The clock is an argument: pages take it from the view."""
    if moment is None:
        return ""
    seconds = (now - moment) / timedelta(seconds=1)
    ahead = seconds < 0
    seconds = abs(seconds)
    if seconds < 60:
        return "now"
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            text = f"{int(seconds // size)} {name}"
            break
    return f"in {text}" if ahead else f"{text} ago"


@register.filter
def focus_id(field: Any) -> str:
    """Where a link of the error summary leads: the field itself, or the first of its choices."""
    if field.use_fieldset:
        options = list(field)
        return str(options[0].id_for_label) if options else str(field.auto_id)
    return str(field.id_for_label)


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[Link]:
    """The places this person may open: {% navigation as places %}."""
    request = context.get("request")
    actor = getattr(request, "actor", None)
    return entries_for(actor.permissions, request.path) if request and actor else []


@register.simple_tag(takes_context=True)
def patient_tabs(context: dict[str, Any], patient_id: object) -> list[Link]:
    """The pages of one person's record: {% patient_tabs patient.id as tabs %}."""
    request = context.get("request")
    actor = getattr(request, "actor", None)
    return patient_tabs_for(actor.permissions, request.path, patient_id) if request and actor else []


@register.filter
def add_number(value: float, by: float) -> float:
    """{{ mark.x|add_number:-9 }}: for places in a drawing, where Django's own `add` cuts off the fraction."""
    return round(value + float(by), 2)
