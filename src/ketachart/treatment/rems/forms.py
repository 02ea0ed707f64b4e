"""The open questions of a form, and its sending."""

from __future__ import annotations

from typing import Any

from django import forms

from ketachart.treatment.rems.rules import Draft
from ketachart.treatment.rems.senders import Sender

YES_NO = [("yes", "Yes"), ("no", "No")]


class AnswersForm(forms.Form):
    """One field for each question that only a person can answer. What was answered before is shown; nothing else is."""

    def __init__(self, draft: Draft, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for one in draft.fields:
            field = one.field
            if field.filled_from != "asked":
                continue
            help_text = f"The record: {one.hint}" if one.hint else ""
            if field.kind == "yes-no":
                self.fields[field.id] = forms.ChoiceField(
                    label=field.label,
                    choices=YES_NO,
                    widget=forms.RadioSelect,
                    required=False,
                    help_text=help_text,
                    initial=one.value,
                )
            else:
                self.fields[field.id] = forms.CharField(
                    label=field.label,
                    required=False,
                    max_length=400,
                    help_text=help_text,
                    initial=one.value,
                    widget=forms.TextInput(attrs={"inputmode": "numeric"} if field.kind == "minutes" else {}),
                )
            if field.detail:
                self.fields[f"{field.id}_detail"] = forms.CharField(
                    label=f"{field.label}: what happened",
                    required=False,
                    max_length=2000,
                    initial=one.detail,
                    help_text="Needed if the answer is yes.",
                    widget=forms.Textarea(attrs={"rows": 2}),
                )


class SendForm(forms.Form):
    how = forms.ChoiceField(label="How", widget=forms.RadioSelect)
    reference = forms.CharField(
        label="Reference",
        max_length=200,
        required=False,
        help_text="The fax confirmation, or the number that the portal gave. Not needed for the outgoing folder.",
    )

    def __init__(self, ways: dict[str, Sender], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["how"].choices = [(name, one.title) for name, one in ways.items()]  # type: ignore[attr-defined]
