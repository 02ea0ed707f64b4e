"""{% load dose %}{% measure infusion.dose_mg 2 "mg" %}: a computed number with its unit, or a plain dash."""

from decimal import ROUND_HALF_EVEN, Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ketachart.course.rules import number

register = template.Library()


@register.filter
def plainly(value: float | Decimal | None, decimals: int) -> str:
    """{{ content.dose_mg_per_kg|plainly:3 }}: rounded to so many decimals, no trailing zeros."""
    if value is None:
        return ""
    return number(Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN))


@register.simple_tag
def measure(value: Decimal | None, decimals: int, unit: str) -> SafeString:
    if value is None:
        return format_html(
            '<span class="not-computed"><span aria-hidden="true">–</span><span class="visually-hidden">{}</span></span>',
            "not computed yet",
        )
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return format_html('{}<span class="unit">{}</span>', number(rounded), unit)
