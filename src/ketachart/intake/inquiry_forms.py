"""The public form, and what the front desk does with what comes in."""

from __future__ import annotations

from typing import Any

from django import forms

from ketachart.intake.models import Inquiry, Service
from ketachart.people.rules import SEXES_AT_BIRTH
from ketachart.web.forms import DateInput


class InquiryForm(forms.Form):
    """The public form. `website` is a trap for programs: people do not see it."""

    given_name = forms.CharField(
        label="Given name", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    family_name = forms.CharField(
        label="Family name", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    phone = forms.CharField(
        label="Telephone",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.CharField(
        label="E-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"type": "email", "autocomplete": "email"}),
    )
    prefers = forms.ChoiceField(
        label="How shall we reach you?", required=False, choices=list(Inquiry.PREFERS.items()), widget=forms.RadioSelect
    )
    services = forms.MultipleChoiceField(
        label="What are you asking about?", required=False, widget=forms.CheckboxSelectMultiple
    )
    message = forms.CharField(
        label="Your question",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Please leave out medical details: we ask you about them in person.",
    )
    agreed = forms.BooleanField(label="You may contact me about this.", required=False)
    website = forms.CharField(
        label="Leave this empty",
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(self, services: list[Service], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["services"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (one.code, one.title if one.takes_bookings else f"{one.title} (waiting list)") for one in services
        ]
        prefers = self.fields["prefers"]
        prefers.choices_in_row = True  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    note = forms.CharField(label="Note", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="And what you recommended instead.",
    )


class RegisterForm(forms.Form):
    """Identity may be copied from the inquiry; what is asked besides starts empty."""

    given_name = forms.CharField(label="Given name", max_length=100)
    family_name = forms.CharField(label="Family name", max_length=100)
    birth_date = forms.DateField(label="Birth date", widget=DateInput)
    sex_at_birth = forms.ChoiceField(
        label="Sex recorded at birth", required=False, choices=[("", "Not asked"), *SEXES_AT_BIRTH.items()]
    )
    phone = forms.CharField(label="Telephone", required=False, max_length=40)
    email = forms.CharField(label="E-mail", required=False, max_length=254)


class ServiceForm(forms.Form):
    code = forms.CharField(label="Short name", max_length=40, help_text="Small letters, as in “spravato”. It stays.")
    title = forms.CharField(label="Name", max_length=120)
    summary = forms.CharField(label="One sentence for visitors", max_length=300, required=False)
    state = forms.ChoiceField(label="State", choices=[("", "Choose"), *Service.STATES.items()])


class WaitingForm(forms.Form):
    what = forms.ChoiceField(choices=[("offered", "Offer a place"), ("left", "Take off the list")])
    note = forms.CharField(label="Note", max_length=300, required=False)
