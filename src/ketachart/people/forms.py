"""What is typed about people. The commands decide; the forms only read."""

from __future__ import annotations

import zoneinfo
from datetime import date
from typing import Any

from django import forms

from ketachart.people import rules
from ketachart.people.models import Credential
from ketachart.people.rules import LANGUAGES, SEXES_AT_BIRTH, Details
from ketachart.record import clock
from ketachart.record.roles import ROLES, STAFF
from ketachart.web.forms import DateInput, judged

NOT_RECORDED = [("", "Not recorded")]
ZONES = sorted(
    zone
    for zone in zoneinfo.available_timezones()
    if zone.split("/")[0] in {"America", "Europe", "Asia", "Africa", "Australia", "Pacific", "Atlantic"}
)


class DetailsForm(forms.Form):
    given_name = forms.CharField(
        label="Given name",
        help_text="As on an identity document.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    family_name = forms.CharField(label="Family name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    birth_date = forms.DateField(label="Birth date", widget=DateInput)
    sex_at_birth = forms.ChoiceField(
        label="Sex recorded at birth",
        help_text="Used in dose and kinetics computations; not recorded stays not recorded.",
        choices=[*NOT_RECORDED, *SEXES_AT_BIRTH.items()],
        required=False,
    )
    gender_identity = forms.CharField(label="Gender", help_text="In the person's own words.", required=False)
    pronouns = forms.CharField(label="Pronouns", required=False)
    phone = forms.CharField(
        label="Telephone", required=False, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )
    email = forms.CharField(
        label="E-mail", required=False, widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"})
    )
    preferred_language = forms.ChoiceField(
        label="Language the person prefers", choices=[*NOT_RECORDED, *LANGUAGES.items()], required=False
    )
    timezone = forms.ChoiceField(
        label="Time zone",
        help_text="For reminders; empty means the clinic's.",
        choices=[("", "As the clinic"), *((zone, zone.replace("_", " ")) for zone in ZONES)],
        required=False,
    )

    # Each field is judged by itself, so that one answer names everything that is wrong.

    def clean_given_name(self) -> str:
        return judged(lambda: rules.checked_name(self.cleaned_data["given_name"], "given_name", "Given name"))

    def clean_family_name(self) -> str:
        return judged(lambda: rules.checked_name(self.cleaned_data["family_name"], "family_name", "Family name"))

    def clean_birth_date(self) -> date:
        return judged(lambda: rules.checked_birth_date(self.cleaned_data["birth_date"], clock.now().date()))

    def clean_phone(self) -> str | None:
        return judged(lambda: rules.checked_phone(self.cleaned_data["phone"], "phone"))

    def clean_email(self) -> str | None:
        return judged(lambda: rules.checked_email(self.cleaned_data["email"]))

    def details(self) -> Details:
        found: dict[str, Any] = {field: self.cleaned_data[field] or None for field in Details.__dataclass_fields__}
        return Details(**found)


class RegisterForm(DetailsForm):
    """The same, and once somebody similar is known: that this is another person."""

    another_person = forms.BooleanField(
        label="I have looked: this is another person", required=False, widget=forms.HiddenInput
    )
    looked_at = forms.CharField(required=False, widget=forms.HiddenInput)


class AmendForm(DetailsForm):
    reason = forms.CharField(label="Why is this changed?", help_text="Stays in the history with your name.")


class SupportPersonForm(forms.Form):
    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    relation = forms.CharField(label="Relation", help_text="Wife, friend, neighbour …")
    phone = forms.CharField(
        label="Telephone", required=False, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )
    may_be_told = forms.ChoiceField(
        label="May we speak with this person about the treatment?",
        help_text="Ask the patient.",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No"), ("not_asked", "Not asked yet")],
    )

    def may_be_told_answer(self) -> bool | None:
        answers: dict[str, bool | None] = {"yes": True, "no": False, "not_asked": None}
        return answers[self.cleaned_data["may_be_told"]]


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why?", help_text="Stays in the history with your name.")


class CredentialForm(forms.Form):
    kind = forms.ChoiceField(label="What", choices=list(Credential.KINDS.items()))
    number = forms.CharField(label="Number", required=False, max_length=60)
    issuer = forms.CharField(label="Issued by", required=False, max_length=120)
    valid_until = forms.DateField(
        label="Valid until", required=False, widget=DateInput, help_text="Without a date it is shown as missing one."
    )


class RoomForm(forms.Form):
    name = forms.CharField(label="Name of the room")
    chairs = forms.IntegerField(label="Chairs or beds", min_value=1, max_value=20)
    note = forms.CharField(label="Note", required=False, max_length=200)


class SignInForm(forms.Form):
    username = forms.CharField(
        label="Username",
        help_text="What the person will type to sign in; an e-mail address is easy to remember.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


class StaffForm(SignInForm):
    display_name = forms.CharField(
        label="Name that signs the record", help_text="With the title, as in Dr. A. Example."
    )
    role = forms.ChoiceField(
        label="Role", choices=[("", "Choose"), *((name, label) for name, label in ROLES.items() if name in STAFF)]
    )
