"""Signing a consent, and taking it back."""

from __future__ import annotations

from typing import Any

from django import forms

from ketachart.intake.form_fields import text
from ketachart.knowledge import loader


class ConsentForm(forms.Form):
    text_id = forms.CharField(widget=forms.HiddenInput)
    text_version = forms.CharField(widget=forms.HiddenInput)
    text_sha256 = forms.CharField(widget=forms.HiddenInput)
    drawn = forms.CharField(widget=forms.HiddenInput, required=False)
    agreed = forms.BooleanField(
        label="I have read this, I could ask questions, and I agree to this treatment.", required=False
    )
    typed_name = forms.CharField(
        label="Your full name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, questions: tuple[loader.TeachBack, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for one in questions:
            choices = [(str(place), answer) for place, answer in enumerate(one.answers)]
            self.fields[f"teach_{one.id}"] = forms.ChoiceField(
                label=one.question, choices=choices, widget=forms.RadioSelect, required=False
            )

    def teach_back(self) -> dict[str, int | None]:
        found = {one.id: self.cleaned_data.get(f"teach_{one.id}") for one in self.questions}
        return {name: int(value) if value else None for name, value in found.items()}

    def teach_back_fields(self) -> list[forms.BoundField]:
        return [self[f"teach_{one.id}"] for one in self.questions]


class WithdrawForm(forms.Form):
    reason = text("Why (you need not say)", rows=3, longest=500)
