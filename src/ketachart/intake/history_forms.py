"""The sections of the history that are answered one by one."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from django import forms

from ketachart.intake.facts import MEASURED
from ketachart.intake.form_fields import BLANK, asked, text
from ketachart.intake.kinds import Conditions, Goals, Measurements, Preferences, Pregnancy, Section, Support
from ketachart.knowledge import loader
from ketachart.web.forms import DateInput, DateTimeInput, QuantityField


class SectionForm(forms.Form):
    """Common to all sections: which version was on the screen, and whom the answers came from."""

    follows_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    asked_of = forms.ChoiceField(
        label="Who answered",
        required=False,
        choices=[BLANK, ("the person", "The person"), ("relative", "A relative"), ("records", "Earlier records")],
    )

    @abstractmethod
    def section(self) -> Section:
        """What was answered, as the record keeps it."""

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
    contraception = asked("Where pregnancy is possible: is contraception used?")

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
            contraception=self.value("contraception"),
        )


class MeasurementsForm(SectionForm):
    measured_at = forms.DateTimeField(label="Measured at", widget=DateTimeInput, help_text="In the clinic's time.")
    systolic_mmhg = QuantityField(label="Blood pressure, upper", unit="mmHg", decimals=0, required=False)
    diastolic_mmhg = QuantityField(label="Blood pressure, lower", unit="mmHg", decimals=0, required=False)
    heart_rate_per_min = QuantityField(label="Heart rate", unit="/min", decimals=0, required=False)
    spo2_percent = QuantityField(label="Oxygen saturation on air", unit="%", decimals=0, required=False)
    respiratory_rate_per_min = QuantityField(label="Breathing rate", unit="/min", decimals=0, required=False)
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
        confirmed = tuple(self.data.get("unusual", "").split()) if self.data.get("confirmed") else ()
        values: dict[str, Any] = {name: self.cleaned_data.get(name) for name in MEASURED}
        return Measurements(
            **self.common(),
            measured_at=self.cleaned_data["measured_at"],
            confirmed_unusual=tuple(name for name in confirmed if name in MEASURED),
            **values,
        )
