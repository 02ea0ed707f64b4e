"""Forms of the scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from ketachart.instruments.model import Instrument, Item
from ketachart.record.actor import Actor
from ketachart.record.roles import ROLES
from ketachart.scales.escalation import who_may_own
from ketachart.web.forms import DateTimeInput

NOT_ANSWERED = "not-answered"
MOST_CHOICES = 12
"""A longer range of numbers is typed and not chosen."""


def is_typed(instrument: Instrument, item: Item) -> bool:
    options = instrument.option_set_of(item)
    return options.range is not None and len(options.choices) > MOST_CHOICES


def typed_number(instrument: Instrument, item: Item, label: str, *, required: bool) -> forms.IntegerField:
    """A whole number of a long range, with what its two ends mean."""
    numbers = instrument.option_set_of(item).range
    assert numbers is not None
    ends = [f"{numbers.low} {numbers.low_text}".strip(), f"{numbers.high} {numbers.high_text}".strip()]
    said = f"From {ends[0]} to {ends[1]}."
    return forms.IntegerField(
        label=label,
        min_value=numbers.low,
        max_value=numbers.high,
        required=required,
        help_text=said,
        error_messages={
            "required": f"Nothing is given. {said}",
            "invalid": f"This is not a whole number. {said}",
            "min_value": f"This is too low. {said}",
            "max_value": f"This is too high. {said}",
        },
    )


class QuestionForm(forms.Form):
    """One question. Nothing is chosen until the person chooses."""

    def __init__(self, instrument: Instrument, item: Item, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_typed(instrument, item):
            self.fields["answer"] = typed_number(instrument, item, item.text, required=True)
            return
        choices = [(str(option.value), option.text) for option in instrument.options_of(item)]
        self.fields["answer"] = forms.ChoiceField(
            label=item.text,
            choices=choices,
            widget=forms.RadioSelect,
            error_messages={
                "required": "Nothing is chosen. Choose an answer, or choose “I would rather not answer”.",
                "invalid_choice": "This is not one of the answers. Choose one from the list.",
            },
        )


class WholeForm(forms.Form):
    """All questions on one page, for staff who read them out or copy them from paper."""

    def __init__(self, instrument: Instrument, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        for item in instrument.item:
            self.fields[f"item_{item.id}"] = self._field(item)
        self.fields["answered_at"] = forms.DateTimeField(
            label="When it was answered", widget=DateTimeInput, help_text="In the clinic's time."
        )
        self.fields["purpose"] = forms.CharField(
            label="What it is for", max_length=120, help_text="Such as “Baseline”."
        )

    def _field(self, item: Item) -> forms.Field:
        """Items that hang on another may be left empty; whether one was needed, the score says."""
        label = item.heading
        hangs = bool(item.asked_when) or item.asked_when_score_above is not None
        if is_typed(self.instrument, item):
            return typed_number(self.instrument, item, label, required=False)
        options = self.instrument.options_of(item)
        rated = self.instrument.mode != "self" and self.instrument.has_total
        choices = [(str(one.value), f"{one.value}  {one.text}" if rated else one.text) for one in options]
        if not self.instrument.has_wording:
            choices = [(str(one.value), one.text) for one in options]
        field = forms.ChoiceField(
            label=label,
            help_text=item.help,
            choices=[*choices, (NOT_ANSWERED, "Not rated" if rated else "Not answered")],
            widget=forms.RadioSelect,
            required=item.scored and not hangs,
            error_messages={"required": "Say what was answered, or “Not answered”."},
        )
        field.choices_in_row = all(len(option.text) < 40 for option in options)  # type: ignore[attr-defined]
        return field

    def answers(self) -> dict[str, int | None]:
        given: dict[str, int | None] = {}
        for item in self.instrument.item:
            value = self.cleaned_data.get(f"item_{item.id}")
            if value not in {None, ""}:
                given[item.id] = None if value == NOT_ANSWERED else int(value)
            elif is_typed(self.instrument, item):
                given[item.id] = None
        return given


class AssignForm(forms.Form):
    instrument_id = forms.ChoiceField(label="Scale", choices=())
    purpose = forms.CharField(label="What it is for", max_length=120, help_text="Such as “Baseline” or “Day 7”.")
    due_at = forms.DateTimeField(label="Due", required=False, widget=DateTimeInput, help_text="In the clinic's time.")

    def __init__(self, scales: Mapping[str, Instrument], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["instrument_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", "Choose"),
            *((one.id, f"{one.title}: {one.construct}") for one in scales.values()),
        ]


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class GiveForm(forms.Form):
    """To whom a matter is handed: somebody of this clinic who may act on it."""

    to_user_id = forms.TypedChoiceField(label="Hand it to", coerce=UUID)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to_user_id"]
        assert isinstance(field, forms.TypedChoiceField)
        people = [(str(one.id), f"{one.display_name}, {ROLES[one.role].lower()}") for one in who_may_own(actor)]
        field.choices = [("", "Choose"), *people]


class RemindedForm(forms.Form):
    how = forms.CharField(
        label="How",
        max_length=200,
        help_text="Such as “Called, left no message”. A message holds nothing of what is asked.",
        error_messages={"required": "How is missing. Such as “Called, left no message”."},
    )


class CloseForm(forms.Form):
    what_was_done = forms.CharField(
        label="What was done",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Whom you spoke with and when, what you found, what was agreed.",
        error_messages={"required": "What was done is missing. Say whom you spoke with and what was agreed."},
    )


class HelpNumbersForm(forms.Form):
    crisis_name = forms.CharField(label="Name of the crisis line", max_length=120, required=False)
    crisis_contact = forms.CharField(label="Its number", max_length=120, required=False)
    emergency_number = forms.CharField(label="Emergency number here", max_length=40, required=False)
    clinic_phone = forms.CharField(label="The clinic's telephone", max_length=40, required=False)
    watched = forms.CharField(
        label="When somebody reads what patients send",
        max_length=200,
        required=False,
        help_text="Shown to patients word for word, such as “Monday to Friday, 9 to 5”.",
    )
    attention_minutes = forms.IntegerField(
        label="Minutes until someone must have acted", min_value=1, max_value=10_080, required=False
    )
    urgent_attention_minutes = forms.IntegerField(
        label="Minutes until someone must have acted, when urgent", min_value=1, max_value=10_080, required=False
    )
    reason = forms.CharField(
        label="Why",
        max_length=1000,
        help_text="Such as “called on 20 November, answered”. It stays beside the numbers.",
    )


class LicensedTextForm(forms.Form):
    text = forms.CharField(
        label="The filled-in template",
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
        help_text="It says which scale it is for, who holds the licence, and which licence that is.",
        error_messages={"required": "The text is missing. Paste the filled-in template."},
    )


class PackForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Why this clinic may use it, or no longer may.",
        error_messages={"required": "The reason is missing. Say why this clinic may use it, or no longer may."},
    )
