"""What is typed about devices. Nothing is filled in."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from ketachart.devices.models import DEVICE_KINDS
from ketachart.people.models import Room
from ketachart.treatment.models import TreatmentSession


class DeviceForm(forms.Form):
    name = forms.CharField(max_length=80, label="Name", help_text="As people here call it: Monitor 3, Pump blue.")
    kind = forms.ChoiceField(choices=[("", "Choose…"), *DEVICE_KINDS.items()], label="What it is")
    application = forms.CharField(
        max_length=200, label="Sending application", help_text="MSH-3, exactly as the device sends it."
    )
    facility = forms.CharField(
        max_length=200, required=False, label="Sending facility", help_text="MSH-4. Leave it empty if the device does."
    )
    address = forms.GenericIPAddressField(
        label="Address", help_text="The IP address from which it connects: its own, or that of its gateway."
    )
    equipment = forms.CharField(
        max_length=200,
        required=False,
        label="Unit behind a gateway",
        help_text="OBX-18 or PV1-3, when several devices share one gateway.",
    )
    timezone = forms.CharField(
        max_length=64,
        required=False,
        label="Time zone of its clock",
        help_text="Only if its times name no zone and it does not run on the clinic’s time: America/New_York.",
    )


class PlaceForm(forms.Form):
    room = forms.ChoiceField(label="Room")

    def __init__(self, *args: object, rooms: Sequence[Room], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [("", "Choose…"), *((str(room.id), room.name) for room in rooms), ("none", "In no room")]
        self.fields["room"].choices = choices  # type: ignore[attr-defined]


class RetireForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why does it no longer send here?")


class MatchForm(forms.Form):
    session = forms.ChoiceField(label="Session")

    def __init__(self, *args: object, sessions: Sequence[tuple[TreatmentSession, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [("", "Choose…"), *((str(session.id), words) for session, words in sessions)]
        self.fields["session"].choices = choices  # type: ignore[attr-defined]


class DismissForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Whose is it not, and why?")
