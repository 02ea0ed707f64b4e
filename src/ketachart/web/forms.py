"""What every form needs: refusals in the right field, a 422 that keeps what was typed, quantities with their unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ketachart.record.errors import Refused

UNPROCESSABLE = 422
Value = TypeVar("Value")


def refuse(form: forms.BaseForm, refused: Refused) -> None:
    """Put a command's refusal beside the field it is about; without such a field, above the form."""
    text = refusal_text(refused)
    field = refused.field if refused.field in form.fields else None
    form.add_error(field, text)


def refusal_text(refused: Refused) -> str:
    """What is wrong, then what would be right, as two sentences."""
    return " ".join(_sentence(part) for part in (refused.problem, refused.fix) if part)


def judged(check: Callable[[], Value]) -> Value:
    """In a form's clean_<field>: a rule's refusal becomes the error beside the field."""
    try:
        return check()
    except Refused as refused:
        raise forms.ValidationError(refusal_text(refused)) from None


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


def render_form(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page with its form: 422 when the form was refused, so that programs and tests can tell."""
    form = context.get("form")
    refused = isinstance(form, forms.BaseForm) and form.is_bound and bool(form.errors)
    return render(request, template, context, status=UNPROCESSABLE if refused else 200)


class QuantityField(forms.FloatField):
    """A number with its unit beside the box. Never pre-filled: it refuses an initial value.

    The bounds are those outside which no body can be; whether a value is usual is for the rules to say."""

    def __init__(self, *, unit: str, decimals: int = 1, **kwargs: Any) -> None:
        if kwargs.get("initial") is not None:
            raise ValueError("a clinical quantity is never pre-filled")
        self.unit = unit
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal" if decimals else "numeric")
        self.widget.attrs.setdefault("step", "any" if decimals else "1")
        self.widget.attrs.setdefault("autocomplete", "off")
        if self.min_value is not None and self.max_value is not None:
            impossible = f"Outside what is possible. Between {self.min_value:g} and {self.max_value:g} {unit}."
            for validator in self.validators:
                if isinstance(validator, MinValueValidator | MaxValueValidator):
                    validator.message = impossible


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")
