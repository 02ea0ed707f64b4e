"""What is typed of a product and its lots. Nothing is filled in."""

from django import forms

from ketachart.formulary.rules import FORMS, MOLECULES, ROUTES, STATED_AS
from ketachart.web.forms import DateInput

EMPTY = [("", "Choose…")]


class ProductForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name on the label")
    molecule = forms.ChoiceField(choices=EMPTY + list(MOLECULES.items()))
    form = forms.ChoiceField(choices=EMPTY + list(FORMS.items()), label="Form")
    salt_or_base = forms.ChoiceField(
        choices=EMPTY + list(STATED_AS.items()),
        label="Strength is stated as",
        help_text="10 mg of ketamine base are 11.53 mg of the hydrochloride.",
    )
    strength_mg_per_ml = forms.DecimalField(required=False, max_digits=8, decimal_places=3, label="Strength of a vial")
    vial_volume_ml = forms.DecimalField(required=False, max_digits=8, decimal_places=3, label="Volume of a vial")
    unit_dose_mg = forms.DecimalField(
        required=False,
        max_digits=8,
        decimal_places=3,
        label="Dose of one device, spray, troche, capsule or suppository",
    )
    routes = forms.MultipleChoiceField(choices=list(ROUTES.items()), widget=forms.CheckboxSelectMultiple)
    unusual_strength_confirmed = forms.BooleanField(
        required=False, label="I have read this unusual strength off the vial myself"
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name, unit in (("strength_mg_per_ml", "mg/mL"), ("vial_volume_ml", "mL"), ("unit_dose_mg", "mg")):
            self.fields[name].unit = unit  # type: ignore[attr-defined]
            self.fields[name].widget.attrs.update(inputmode="decimal", step="any", autocomplete="off")


class RetireForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why is it no longer stocked?")


class LotForm(forms.Form):
    lot_number = forms.CharField(max_length=60, label="Lot number")
    expires_on = forms.DateField(widget=DateInput(), label="Expires on")
