"""What is typed to book one appointment or a series, to change a status."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms

from ketachart.people.models import Room
from ketachart.record.errors import Refused
from ketachart.record.models import User
from ketachart.record.roles import ROLES
from ketachart.schedule.rules import KIND_LABELS, USUAL_MINUTES, local_moment, series_days
from ketachart.web.forms import DateInput, TimeInput, refuse

EMPTY = [("", "Choose…")]
WEEKDAYS = [("0", "Mon"), ("1", "Tue"), ("2", "Wed"), ("3", "Thu"), ("4", "Fri"), ("5", "Sat"), ("6", "Sun")]


class PlaceForm(forms.Form):
    """Room and person, as they are today."""

    def __init__(self, *args: Any, rooms: list[Room], staff: list[User], zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["room"].choices = EMPTY + [(str(room.id), room.name) for room in rooms]  # type: ignore[attr-defined]
        self.fields["staff"].choices = EMPTY + [  # type: ignore[attr-defined]
            (str(user.id), f"{user.display_name or user.username}, {ROLES.get(user.role, user.role).lower()}")
            for user in staff
        ]

    def moment(self, day: date, at: time, field: str) -> datetime | None:
        found = local_moment(day, at, self.zone)
        if found is None:
            self.add_error(field, f"On {day:%-d %B} the clocks skip this time. Choose another.")
        return found

    @property
    def room_id(self) -> UUID | None:
        return UUID(self.cleaned_data["room"]) if self.cleaned_data.get("room") else None

    @property
    def staff_id(self) -> UUID | None:
        return UUID(self.cleaned_data["staff"]) if self.cleaned_data.get("staff") else None


class BookForm(PlaceForm):
    kind = forms.ChoiceField(choices=EMPTY + list(KIND_LABELS.items()), label="What for?")
    on = forms.DateField(widget=DateInput(), label="Date")
    starts_at = forms.TimeField(widget=TimeInput(), label="Time")
    minutes = forms.IntegerField(
        required=False,
        min_value=5,
        max_value=720,
        label="Minutes",
        help_text="Empty: " + ", ".join(f"{KIND_LABELS[k].lower()} {m}" for k, m in USUAL_MINUTES.items()) + ".",
    )
    room = forms.ChoiceField(required=False)
    staff = forms.ChoiceField(required=False, label="With")
    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Reason, if a rule of the course is not kept",
        help_text="Spravato’s weeks, gaps, benefit after week 4, more than the planned course.",
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("on") and values.get("starts_at"):
            values["moment"] = self.moment(values["on"], values["starts_at"], "starts_at")
        return values

    @property
    def length_minutes(self) -> int:
        return self.cleaned_data.get("minutes") or USUAL_MINUTES[self.cleaned_data["kind"]]


class SeriesForm(PlaceForm):
    """A whole series in one go: the protocol's rhythm, the clinic's days."""

    first_day = forms.DateField(widget=DateInput(), label="First treatment on")
    weekdays = forms.MultipleChoiceField(choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple, label="Weekdays")
    starts_at = forms.TimeField(widget=TimeInput(), label="Time")
    sessions = forms.IntegerField(min_value=2, max_value=30, label="Treatments")
    minutes = forms.IntegerField(
        required=False, min_value=30, max_value=720, label="Minutes", help_text=f"Empty: {USUAL_MINUTES['treatment']}."
    )
    room = forms.ChoiceField()
    staff = forms.ChoiceField(label="With")
    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Reason, if a rule of the course is not kept",
        help_text="Spravato’s weeks, gaps, benefit after week 4, more than the planned course.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["weekdays"].choices_in_row = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first_day") and values.get("starts_at") and values.get("sessions") and values.get("weekdays"):
            days = series_days(values["first_day"], [int(day) for day in values["weekdays"]], values["sessions"])
            if not days:
                weekday = f"{values['first_day']:%A}"
                refuse(
                    self,
                    Refused(
                        f"The first treatment falls on a {weekday}, which is not chosen.",
                        field="first_day",
                        fix="Choose that weekday too, or another first day.",
                    ),
                )
            moments = [self.moment(day, values["starts_at"], "starts_at") for day in days]
            values["moments"] = [moment for moment in moments if moment is not None]
        return values

    @property
    def length_minutes(self) -> int:
        return self.cleaned_data.get("minutes") or USUAL_MINUTES["treatment"]


class StatusForm(forms.Form):
    status = forms.CharField()
    reason = forms.CharField(required=False, max_length=300)
