"""Forms of preparation, discharge and signing. Every clinical field starts empty."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from ketachart.knowledge.loader import TimeOutItem, arrival_questions
from ketachart.record.identity import id_from, new_id
from ketachart.treatment import kinds
from ketachart.treatment.due import Gap
from ketachart.treatment.limits import VITAL_LABELS
from ketachart.treatment.protocol import session_protocol
from ketachart.web.forms import DateTimeInput, QuantityField

YES_NO = [("yes", "Yes"), ("no", "No")]
GAP_CAUSES = [
    ("patient asleep, left undisturbed", "Patient asleep, left undisturbed"),
    ("patient declined", "Patient declined"),
    ("equipment failure", "Equipment failure"),
    ("measured, not written down", "Measured, not written down"),
    ("staff called away", "Staff called away"),
    ("unobtainable", "Unobtainable"),
    ("other", "Other (say what)"),
]


class YesNoField(forms.ChoiceField):
    """Yes, no, or not answered: three different things."""

    choices_in_row = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=YES_NO, widget=forms.RadioSelect, required=False, **kwargs)

    def clean(self, value: Any) -> bool | None:
        return {"yes": True, "no": False}.get(super().clean(value))


class ChartForm(forms.Form):
    """Carries the id of the entry it makes, so that sending it twice makes one."""

    event_id = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("event_id", str(new_id()))
        kwargs.setdefault("auto_id", f"id_{type(self).__name__.removesuffix('Form').lower()}_%s")
        super().__init__(*args, **kwargs)

        for field in self.fields.values():
            field.may_stay_open = not field.required  # type: ignore[attr-defined]  # not charted is not "optional"

    @property
    def entry_id(self) -> UUID | None:
        return id_from(self.cleaned_data.get("event_id") or "")


class FastingForm(ChartForm):
    last_solids_at = forms.DateTimeField(label="Last solid food", widget=DateTimeInput, required=False)
    last_clear_fluids_at = forms.DateTimeField(label="Last clear fluids", widget=DateTimeInput, required=False)
    not_known_reason = forms.CharField(
        label="If it cannot be known: why", max_length=200, required=False, help_text="The prescriber then decides."
    )

    def content(self) -> kinds.FastingCharted:
        data = self.cleaned_data
        return kinds.FastingCharted(
            last_solids_at=data["last_solids_at"],
            last_clear_fluids_at=data["last_clear_fluids_at"],
            not_known_reason=data["not_known_reason"] or None,
        )


class EscortForm(ChartForm):
    name = forms.CharField(label="Who takes the patient home", max_length=120, required=False)
    relation = forms.CharField(label="Relation", max_length=80, required=False)
    phone = forms.CharField(
        label="Telephone", max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    confirmed = YesNoField(label="Reached today, and will come")

    def content(self) -> kinds.EscortCharted:
        data = self.cleaned_data
        return kinds.EscortCharted(
            name=data["name"] or None,
            relation=data["relation"] or None,
            phone=data["phone"] or None,
            confirmed=data["confirmed"],
        )


class ArrivalVitalsForm(ChartForm):
    systolic_mmhg = QuantityField(label="Systolic pressure", unit="mmHg", decimals=0, required=False)
    diastolic_mmhg = QuantityField(label="Diastolic pressure", unit="mmHg", decimals=0, required=False)
    heart_rate_per_min = QuantityField(label="Heart rate", unit="/min", decimals=0, required=False)
    spo2_percent = QuantityField(label="SpO₂", unit="%", decimals=0, required=False)
    respiratory_rate_per_min = QuantityField(label="Breathing rate", unit="/min", decimals=0, required=False)
    temperature_c = QuantityField(label="Temperature", unit="°C", required=False)
    sedation = forms.TypedChoiceField(
        label="Alertness (MOAA/S)",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "Not scored"),
            (5, "5: answers readily to the name"),
            (4, "4: lethargic answer to the name"),
            (3, "3: only after loud or repeated name"),
            (2, "2: only after mild prodding or shaking"),
            (1, "1: only after a painful squeeze"),
            (0, "0: no response"),
        ],
    )
    unusual_is_right = forms.BooleanField(label="The unusual values were measured again and are right", required=False)

    def unusual(self) -> list[str]:
        bounds = session_protocol().vital_limits
        data = self.cleaned_data
        return [
            name
            for name in VITAL_LABELS
            if name in bounds and data.get(name) is not None and bounds[name].asks_confirmation(data[name])
        ]

    def vitals(self) -> kinds.VitalsCharted | None:
        data = self.cleaned_data
        values = {name: data[name] for name in VITAL_LABELS if data.get(name) is not None}
        if not values:
            return None
        confirmed = tuple(self.unusual()) if data["unusual_is_right"] else ()
        return kinds.VitalsCharted(**values, confirmed_unusual=confirmed)

    def alertness(self) -> kinds.SedationScored | None:
        value = self.cleaned_data["sedation"]
        return None if value is None else kinds.SedationScored(value=value)


class RescreenForm(ChartForm):
    def __init__(self, *args: Any, sex: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in arrival_questions(sex):
            self.fields[question.id] = YesNoField(label=question.question)
            self.fields[question.id].may_stay_open = True  # type: ignore[attr-defined]

    def content(self) -> kinds.RescreenCharted:
        return kinds.RescreenCharted(
            answers={name: value for name, value in self.cleaned_data.items() if name != "event_id"}
        )


class TimeOutForm(ChartForm):
    """`items` are those of this route and molecule."""

    second_person = forms.CharField(label="Second person", max_length=120, required=False)

    def __init__(self, *args: Any, items: Sequence[TimeOutItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[item.id] = forms.BooleanField(label=item.text, required=False)
            self.fields[item.id].may_stay_open = True  # type: ignore[attr-defined]
        self.order_fields([item.id for item in items])

    def content(self, first_person: str) -> kinds.TimeOutCompleted:
        data = self.cleaned_data
        second = data["second_person"].strip()
        return kinds.TimeOutCompleted(
            items=tuple(
                kinds.TimeOutItem(id=item.id, confirmed=True if data[item.id] else None) for item in self.items
            ),
            participants=(first_person, second) if second else (first_person,),
        )


class AssessmentForm(ChartForm):
    oriented = YesNoField(label="Knows person, place and time")
    ambulation_at_baseline = YesNoField(label="Walks as on arrival")
    nausea_controlled = YesNoField(label="Nausea under control")
    risk_screen_not_worse = YesNoField(
        label="Asked about suicidal thoughts, agitation and psychosis: not worse than on arrival"
    )
    instructions_given = YesNoField(label="Written instructions given and repeated back")

    def content(self) -> kinds.DischargeAssessed:
        return kinds.DischargeAssessed(
            **{name: value for name, value in self.cleaned_data.items() if name != "event_id"}
        )


class EscortMetForm(ChartForm):
    name = forms.CharField(label="Who is here to take the patient home", max_length=120, required=False)
    relation = forms.CharField(label="Relation", max_length=80, required=False)
    identified = YesNoField(label="Identified (asked for the name, or an identity document)")

    def content(self) -> kinds.EscortMet:
        data = self.cleaned_data
        return kinds.EscortMet(
            name=data["name"] or None, relation=data["relation"] or None, identified=data["identified"]
        )


class GapsForm(ChartForm):
    """Several gaps may have one cause; each becomes an entry of its own."""

    gaps = forms.MultipleChoiceField(
        label="Missing readings",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    cause = forms.ChoiceField(label="Why they are missing", choices=[("", "Choose"), *GAP_CAUSES])
    note = forms.CharField(label="Note", max_length=500, required=False)

    def __init__(self, *args: Any, gaps: Sequence[Gap], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_key = {f"{gap.item} {gap.due_at.isoformat()}": gap for gap in gaps}
        self.fields["gaps"].choices = [  # type: ignore[attr-defined]
            (key, f"{gap.label}, due {timezone.localtime(gap.due_at):%H:%M}") for key, gap in self.by_key.items()
        ]

    def chosen(self) -> list[Gap]:
        return [self.by_key[key] for key in self.cleaned_data["gaps"]]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("cause") == "other" and not data.get("note"):
            self.add_error("note", "Say what it was.")
        return data


class OverrideForm(ChartForm):
    findings = forms.MultipleChoiceField(
        label="Set aside", widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose at least one."}
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    second_signer_username = forms.CharField(
        label="Second clinician: user name",
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    second_signer_password = forms.CharField(
        label="Second clinician: password",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["findings"].choices = choices  # type: ignore[attr-defined]


class DischargeForm(ChartForm):
    pass


class SignForm(ChartForm):
    statement = forms.CharField(
        label="Statement",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        help_text="What you sign for, in your words. After this, only addenda can be written.",
    )


class AddendumForm(ChartForm):
    text = forms.CharField(label="Addendum", widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)


class OpenForm(ChartForm):
    room = forms.ChoiceField(label="Room", required=False)

    def __init__(self, *args: Any, rooms: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].choices = [("", "No room yet"), *rooms]  # type: ignore[attr-defined]


class AbandonForm(ChartForm):
    reason = forms.CharField(label="Why no dose is given today", max_length=500)
