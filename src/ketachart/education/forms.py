"""Handing out: who received it and how. Nothing is chosen beforehand."""

from __future__ import annotations

from django import forms

GIVEN_TO = [("patient", "The patient"), ("support person", "A support person")]
HOW = [("printed", "On paper"), ("on a screen", "On a screen"), ("read together", "Read together")]


class HandOutForm(forms.Form):
    sha256 = forms.CharField(widget=forms.HiddenInput)
    given_to = forms.ChoiceField(label="Who received it", choices=GIVEN_TO, widget=forms.RadioSelect)
    given_to_name = forms.CharField(
        label="Name of the support person",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    how = forms.ChoiceField(label="How", choices=HOW, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note",
        help_text="For example what was asked, or what stayed open.",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
