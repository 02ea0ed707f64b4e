"""What is chosen to read, and what is typed to set a value. Nothing is filled in."""

from typing import Any

from django import forms

from ketachart.knowledge.site_settings import SettingValue, SiteSetting
from ketachart.policy import reading
from ketachart.policy.rules import LONGEST_REASON
from ketachart.web.forms import DateInput

EVERY = ("", "All")


class ReadingForm(forms.Form):
    q = forms.CharField(required=False, max_length=200, label="Search")
    shelf = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    route = forms.ChoiceField(required=False, label="Route")
    indication = forms.ChoiceField(required=False, label="Indication")
    on = forms.DateField(required=False, widget=DateInput(), label="In force on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.input_type = "search"
        self.fields["route"].choices = [EVERY, *reading.choices("routes")]  # type: ignore[attr-defined]
        self.fields["indication"].choices = [EVERY, *reading.choices("indications")]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.may_stay_open = True  # type: ignore[attr-defined]


class DaysForm(forms.Form):
    """Two days to compare."""

    earlier = forms.DateField(widget=DateInput(), label="Earlier day")
    later = forms.DateField(widget=DateInput(), label="Later day")


class ValuesDayForm(forms.Form):
    on = forms.DateField(required=False, widget=DateInput(), label="In force on")
    known = forms.DateField(
        required=False, widget=DateInput(), label="As known on", help_text="Leaves out what was written later."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.may_stay_open = True  # type: ignore[attr-defined]


class _FromDayForm(forms.Form):
    valid_from = forms.DateField(widget=DateInput(), label="From this day on")
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Reason",
        help_text="The policy, the meeting or the source. It stays beside the value for good.",
    )
    past_day_meant = forms.BooleanField(
        required=False,
        label="This day is past, and that is meant",
        help_text="The record keeps that it was written afterwards.",
    )


class SetValueForm(_FromDayForm):
    """The box for the value fits the setting. Yes and no have no choice beforehand."""

    field_order = ["value", "valid_from", "past_day_meant", "reason"]

    def __init__(self, setting: SiteSetting, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = _value_field(setting)
        self.order_fields(self.field_order)

    @property
    def value(self) -> SettingValue:
        given = self.cleaned_data["value"]
        return given == "yes" if isinstance(self.fields["value"], YesNoField) else given


class WithdrawForm(_FromDayForm):
    field_order = ["valid_from", "past_day_meant", "reason"]


class YesNoField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect, **kwargs)
        self.choices_in_row = True


def _value_field(setting: SiteSetting) -> forms.Field:
    if setting.kind == "yes-no":
        return YesNoField(label=setting.title)
    if setting.kind == "choice":
        choices = [(one.id, one.title) for one in setting.choices]
        return forms.ChoiceField(label=setting.title, choices=choices, widget=forms.RadioSelect)
    if setting.kind == "text":
        return forms.CharField(label=setting.title, max_length=setting.longest)
    field = forms.FloatField(label=setting.title)
    field.unit = setting.unit  # type: ignore[attr-defined]
    field.widget.attrs.update(inputmode="decimal", step="any", autocomplete="off")
    return field
