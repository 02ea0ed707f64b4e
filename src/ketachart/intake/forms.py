"""Forms of intake. No clinical field has an initial value."""

from __future__ import annotations

from typing import Any

from django import forms

from ketachart.intake.kinds import (
    Allergies,
    Allergy,
    Conditions,
    Goals,
    Intended,
    Measurements,
    Medicine,
    Medicines,
    Preferences,
    Pregnancy,
    Section,
    Support,
    Treatment,
    Treatments,
)
from ketachart.intake.models import Inquiry, Service
from ketachart.knowledge import loader
from ketachart.people.rules import SEXES_AT_BIRTH
from ketachart.web.forms import DateInput, DateTimeInput, QuantityField

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


class SectionForm(forms.Form):
    """Common to all sections: which version was on the screen, and whom the answers came from."""

    follows_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    asked_of = forms.ChoiceField(
        label="Who answered",
        required=False,
        choices=[BLANK, ("the person", "The person"), ("relative", "A relative"), ("records", "Earlier records")],
    )

    def section(self) -> Section:
        raise NotImplementedError

    def common(self) -> dict[str, Any]:
        return {"version": 0, "follows": None, "asked_of": self.cleaned_data.get("asked_of") or None}

    def value(self, name: str) -> Any:
        """What was entered, or None when nothing was."""
        found = self.cleaned_data.get(name)
        return None if found == "" else found


class ConditionsForm(SectionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups: list[tuple[str, list[str]]] = []
        for item in loader.data_items().values():
            if item.section != "conditions":
                continue
            choices = (
                [(one, one[:1].upper() + one[1:]) for one in (*item.choices, "not known")] if item.choices else None
            )
            self.fields[item.id] = asked(item.question, item.label, choices)
            if not self.groups or self.groups[-1][0] != item.group:
                self.groups.append((item.group, []))
            self.groups[-1][1].append(item.id)
        self.fields["note"] = text("Anything else", rows=3)

    def grouped(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.groups]

    def section(self) -> Conditions:
        names = [name for _, group in self.groups for name in group]
        answers = {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}
        return Conditions(**self.common(), answers=answers, note=self.value("note"))


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
        help_text="sertraline, not a brand",
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


MedicineRows = forms.formset_factory(MedicineRow, extra=4, max_num=60, absolute_max=60)
AllergyRows = forms.formset_factory(AllergyRow, extra=3, max_num=40, absolute_max=40)
TreatmentRows = forms.formset_factory(TreatmentRow, extra=3, max_num=60, absolute_max=60)


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


class GoalsForm(SectionForm):
    goals = forms.CharField(
        label="What should be different?",
        help_text="In the person's own words; these goals are looked at again later.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    hardest_now = text("What is hardest now?", rows=3)

    def section(self) -> Goals:
        return Goals(**self.common(), goals=self.cleaned_data["goals"], hardest_now=self.value("hardest_now"))


class SupportForm(SectionForm):
    who_supports = text("Who supports this person?", rows=2, help_text="Names and numbers belong under Details.")
    can_bring_home = asked("Is there somebody who can bring them home after a session?")
    coping = text("What helps in hard times?", rows=3)
    what_helps_in_crisis = text("What helps in a crisis, and what does not?", rows=3)

    def section(self) -> Support:
        names = ("who_supports", "can_bring_home", "coping", "what_helps_in_crisis")
        return Support(**self.common(), **{name: self.value(name) for name in names})


class PreferencesForm(SectionForm):
    needle_aversion = asked("Is it hard for this person to have needles?")
    prefers_home = asked("Would they rather be treated at home?")
    drives_after = asked("Do they depend on driving the day after?")
    music_and_room = text("Music, light, company", rows=2)
    note = text("Other wishes", rows=2)

    def section(self) -> Preferences:
        names = ("needle_aversion", "prefers_home", "drives_after", "music_and_room", "note")
        return Preferences(**self.common(), **{name: self.value(name) for name in names})


class PregnancyForm(SectionForm):
    status = asked(
        "Pregnancy",
        choices=[
            ("not possible", "Not possible"),
            ("test negative", "Possible, test negative"),
            ("possible, not tested", "Possible, not tested"),
            ("pregnant", "Pregnant"),
        ],
    )
    tested_on = forms.DateField(label="Tested on", required=False, widget=DateInput)
    breastfeeding = asked("Breastfeeding?")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("status") == "test negative" and not cleaned.get("tested_on"):
            self.add_error("tested_on", "When was the test? A negative test without a date says nothing.")
        return cleaned

    def section(self) -> Pregnancy:
        return Pregnancy(
            **self.common(),
            status=self.value("status"),
            tested_on=self.cleaned_data.get("tested_on"),
            breastfeeding=self.value("breastfeeding"),
        )


class MeasurementsForm(SectionForm):
    measured_at = forms.DateTimeField(label="Measured at", widget=DateTimeInput, help_text="In the clinic's time.")
    systolic_mmhg = QuantityField(label="Blood pressure, upper", unit="mmHg", decimals=0, required=False)
    diastolic_mmhg = QuantityField(label="Blood pressure, lower", unit="mmHg", decimals=0, required=False)
    heart_rate_per_min = QuantityField(label="Heart rate", unit="/min", decimals=0, required=False)
    spo2_percent = QuantityField(label="Oxygen saturation on air", unit="%", decimals=0, required=False)
    weight_kg = QuantityField(label="Weight", unit="kg", required=False)
    height_cm = QuantityField(label="Height", unit="cm", required=False, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_to_confirm: tuple[str, ...] = ()

    def confirm(self, names: tuple[str, ...]) -> None:
        """Ask for a word that the unusual values are right; the box appears only when it is needed."""
        labels = ", ".join(str(self.fields[name].label) for name in names)
        self.fields["confirmed"] = forms.BooleanField(
            label=f"I have measured again, and this is right: {labels}", required=False
        )
        self.ask_to_confirm = names

    def section(self) -> Measurements:
        names = ("systolic_mmhg", "diastolic_mmhg", "heart_rate_per_min", "spo2_percent", "weight_kg", "height_cm")
        confirmed = tuple(self.data.get("unusual", "").split()) if self.data.get("confirmed") else ()
        return Measurements(
            **self.common(),
            measured_at=self.cleaned_data["measured_at"],
            confirmed_unusual=tuple(name for name in confirmed if name in names),
            systolic_mmhg=self.cleaned_data.get("systolic_mmhg"),
            diastolic_mmhg=self.cleaned_data.get("diastolic_mmhg"),
            heart_rate_per_min=self.cleaned_data.get("heart_rate_per_min"),
            spo2_percent=self.cleaned_data.get("spo2_percent"),
            weight_kg=self.cleaned_data.get("weight_kg"),
            height_cm=self.cleaned_data.get("height_cm"),
        )


SECTION_FORMS: dict[str, type[SectionForm]] = {
    "conditions": ConditionsForm,
    "medicines": MedicinesForm,
    "allergies": AllergiesForm,
    "measurements": MeasurementsForm,
    "treatments": TreatmentsForm,
    "pregnancy": PregnancyForm,
    "goals": GoalsForm,
    "support": SupportForm,
    "preferences": PreferencesForm,
}

ROWS: dict[str, Any] = {"medicines": MedicineRows, "allergies": AllergyRows, "treatments": TreatmentRows}


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
