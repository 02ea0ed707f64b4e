"""What is judged, an override, a decision."""

from __future__ import annotations

from typing import Any

from django import forms

from ketachart.intake.kinds import Intended
from ketachart.knowledge import loader


class IntendedForm(forms.Form):
    """What is judged: product, route, indication."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        catalogue = loader.catalogue()
        self.fields["product"] = forms.ChoiceField(
            label="Product", choices=[(one.id, one.title) for one in catalogue.product]
        )
        self.fields["route"] = forms.ChoiceField(
            label="Route", choices=[(one.id, one.title) for one in catalogue.route]
        )
        self.fields["indication"] = forms.ChoiceField(
            label="Indication", choices=[(one.id, one.title) for one in catalogue.indication]
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        product = next((one for one in loader.catalogue().product if one.id == cleaned.get("product")), None)
        if product and cleaned.get("route") and cleaned["route"] not in product.routes:
            self.add_error("route", f"{product.title} is not given this way. Possible: {', '.join(product.routes)}.")
        return cleaned

    def intended(self) -> Intended:
        return Intended(
            product=self.cleaned_data["product"],
            route=self.cleaned_data["route"],
            indication=self.cleaned_data["indication"],
        )


class OverrideForm(forms.Form):
    rule_id = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why go on",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="What you weighed. It stays in the record with your name.",
        error_messages={"required": "The reason is missing. Say what you weighed."},
    )


class DecisionForm(forms.Form):
    seen_sha256 = forms.CharField(widget=forms.HiddenInput, required=False)
    outcome = forms.ChoiceField(
        label="Decision",
        choices=[
            ("eligible", "Eligible"),
            ("conditional", "Eligible when conditions are met"),
            ("not eligible", "Not eligible"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Nothing is chosen."},
    )
    reasons = forms.CharField(label="Reasons", widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    conditions = forms.CharField(
        label="Conditions",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="What must be done first.",
    )
