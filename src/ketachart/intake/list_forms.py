"""The sections that are lists, row by row: medicines, allergies, earlier treatments, tests and results."""

from __future__ import annotations

from typing import Any

from django import forms

from ketachart.intake.form_fields import BLANK, asked
from ketachart.intake.history_forms import SectionForm
from ketachart.intake.kinds import (
    Allergies,
    Allergy,
    Medicine,
    Medicines,
    ResultEntry,
    Results,
    Treatment,
    Treatments,
)
from ketachart.knowledge import loader
from ketachart.web.forms import DateInput, DateTimeInput, QuantityField

STATED = [("listed", "There are some, listed below"), ("none", "There are none")]


class ListForm(SectionForm):
    stated = forms.ChoiceField(
        label="Are there any?",
        choices=STATED,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether there are any: an empty list is not the same as none."},
    )
    rows: Any = None


class MedicineRow(forms.Form):
    ingredient = forms.CharField(
        label="Ingredient",
        max_length=120,
        required=False,
        help_text="or the brand on the box",
        widget=forms.TextInput(attrs={"list": "ingredients", "autocomplete": "off"}),
    )
    dose = forms.CharField(label="Dose", max_length=60, required=False)
    how_often = forms.CharField(label="How often", max_length=60, required=False)
    last_taken_at = forms.DateTimeField(label="Last taken", required=False, widget=DateTimeInput)
    what_for = forms.CharField(label="What for", max_length=120, required=False)


class AllergyRow(forms.Form):
    substance = forms.CharField(label="Substance", max_length=120, required=False)
    reaction = forms.CharField(label="Reaction", max_length=200, required=False)


class TreatmentRow(forms.Form):
    name = forms.CharField(label="Treatment", max_length=120, required=False)
    kind = forms.ChoiceField(
        label="Kind",
        required=False,
        choices=[
            BLANK,
            ("medicine", "Medicine"),
            ("added medicine", "Medicine added to another"),
            ("talking therapy", "Talking therapy"),
            ("ECT", "ECT"),
            ("TMS", "TMS"),
            ("ketamine", "Ketamine"),
            ("other", "Other"),
        ],
    )
    dose = forms.CharField(label="Highest dose", max_length=60, required=False)
    weeks = QuantityField(label="At that dose for", unit="weeks", required=False, min_value=0, max_value=2000)
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[
            BLANK,
            ("no benefit", "No benefit"),
            ("not enough benefit", "Not enough benefit"),
            ("good benefit, later lost", "Good benefit, later lost"),
            ("good benefit", "Good benefit"),
            ("not known", "Not known"),
        ],
    )
    best_change_percent = QuantityField(
        label="Best improvement", unit="%", decimals=0, required=False, min_value=-100, max_value=100
    )
    why_stopped = forms.CharField(label="Why stopped", max_length=200, required=False)
    adequate = forms.ChoiceField(
        label="Adequate trial?",
        required=False,
        choices=[
            BLANK,
            ("adequate", "Adequate dose and length"),
            ("not adequate", "Not adequate"),
            ("cannot be known", "Cannot be known"),
        ],
    )


class ResultRow(forms.Form):
    test = forms.ChoiceField(label="Test", required=False)
    done_on = forms.DateField(label="Done on", required=False, widget=DateInput)
    judged = forms.ChoiceField(
        label="What was found",
        required=False,
        choices=[
            BLANK,
            ("acceptable", "Acceptable"),
            ("not acceptable", "Not acceptable"),
            ("not needed", "Not needed"),
        ],
    )
    value = forms.CharField(label="Value", max_length=120, required=False)
    note = forms.CharField(label="Note", max_length=300, required=False, help_text="If not needed: why")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tests = [(one.id, one.label) for one in loader.data_items().values() if one.section == "results"]
        test = self.fields["test"]
        assert isinstance(test, forms.ChoiceField)
        test.choices = [BLANK, *tests]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not any(cleaned.values()):
            return cleaned
        if not cleaned.get("judged"):
            self.add_error("judged", "Say what was found, or that the test is not needed.")
        elif cleaned["judged"] == "not needed":
            if not cleaned.get("note"):
                self.add_error("note", "Say why it is not needed.")
        elif not cleaned.get("done_on"):
            self.add_error("done_on", "When was it done? A result without a date says nothing.")
        return cleaned


MedicineRows = forms.formset_factory(MedicineRow, extra=4, max_num=60, absolute_max=60)
AllergyRows = forms.formset_factory(AllergyRow, extra=3, max_num=40, absolute_max=40)
TreatmentRows = forms.formset_factory(TreatmentRow, extra=3, max_num=60, absolute_max=60)
ResultRows = forms.formset_factory(ResultRow, extra=4, max_num=40, absolute_max=40)


def filled(rows: Any, key: str) -> list[dict[str, Any]]:
    """The rows that say something, blanks as None."""
    found = []
    for row in rows.cleaned_data:
        values = {name: (None if value == "" else value) for name, value in row.items()}
        if any(value is not None for value in values.values()):
            if not values.get(key):
                raise forms.ValidationError(f"A row has details but no {key}. Name it, or empty the row.")
            found.append(values)
    return found


class MedicinesForm(ListForm):
    def section(self) -> Medicines:
        rows = tuple(Medicine(**row) for row in filled(self.rows, "ingredient"))
        return Medicines(**self.common(), stated=self.cleaned_data["stated"], medicines=rows)


class AllergiesForm(ListForm):
    reaction_to_ketamine = asked(
        "Has there ever been an allergic reaction to ketamine, esketamine or one of their ingredients?"
    )

    def section(self) -> Allergies:
        rows = tuple(Allergy(**row) for row in filled(self.rows, "substance"))
        return Allergies(
            **self.common(),
            stated=self.cleaned_data["stated"],
            allergies=rows,
            reaction_to_ketamine=self.value("reaction_to_ketamine"),
        )


class TreatmentsForm(ListForm):
    def section(self) -> Treatments:
        rows = tuple(Treatment(**row) for row in filled(self.rows, "name"))
        return Treatments(**self.common(), stated=self.cleaned_data["stated"], treatments=rows)


class ResultsForm(SectionForm):
    rows: Any = None

    def section(self) -> Results:
        found = filled(self.rows, "test")
        if not found:
            raise forms.ValidationError("No test is entered. Enter at least one, or leave the page.")
        return Results(**self.common(), results=tuple(ResultEntry(**row) for row in found))
