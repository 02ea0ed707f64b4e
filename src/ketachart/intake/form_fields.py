"""Fields that the forms of intake share. No clinical field has an initial value."""

from __future__ import annotations

from django import forms

YES_NO_UNKNOWN = [("yes", "Yes"), ("no", "No"), ("not known", "Not known")]
BLANK = ("", "—")


def asked(label: str, help_text: str = "", choices: list[tuple[str, str]] | None = None) -> forms.ChoiceField:
    """A question with radio buttons and nothing chosen: leaving it so means that it was not asked."""
    field = forms.ChoiceField(
        label=label,
        help_text=help_text,
        choices=choices or YES_NO_UNKNOWN,
        widget=forms.RadioSelect,
        required=False,
    )
    field.choices_in_row = True  # type: ignore[attr-defined]
    return field


def text(label: str, rows: int = 0, longest: int = 2000, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, required=False, max_length=longest, widget=widget, help_text=help_text)
