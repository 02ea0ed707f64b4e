"""What a prescriber types. Nothing clinical is filled in; a reason field appears when a finding asks for one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from ketachart.course.dose_limits import dose_knowledge
from ketachart.course.next_session_rules import CHOICES
from ketachart.course.queries import protocols
from ketachart.formulary.models import Product
from ketachart.knowledge.findings import Finding
from ketachart.knowledge.loader import catalogue
from ketachart.web.forms import DateTimeInput

EMPTY = [("", "Choose…")]


def indications() -> list[tuple[str, str]]:
    """What a course can be opened for: the indications that have a protocol."""
    with_protocol = {protocol.indication for protocol in dose_knowledge().protocols}
    return [(one.id, one.title) for one in catalogue().indication if one.id in with_protocol]


class MeasureField(forms.DecimalField):
    """A number with its unit, kept exactly as typed. Never pre-filled."""

    def __init__(self, *, unit: str, label: str, required: bool = True, help_text: str = "") -> None:
        self.unit = unit
        super().__init__(
            label=label,
            required=required,
            help_text=help_text,
            max_digits=9,
            decimal_places=3,
            min_value=Decimal("0.001"),
            error_messages={"invalid": "Not a number. Like 82.5, with a point.", "min_value": "More than 0."},
        )
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        self.widget.is_required = required


class ClinicTimeField(forms.DateTimeField):
    """A wall-clock time in the clinic's zone."""

    widget = DateTimeInput

    def __init__(self, *, zone: ZoneInfo | None = None, **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        with timezone.override(self.zone or timezone.get_current_timezone()):
            return super().to_python(value)


class CourseForm(forms.Form):
    indication = forms.ChoiceField(
        choices=lambda: EMPTY + indications(), label="What is treated?", help_text="Ketamine by vein is off-label here."
    )
    goal = forms.CharField(max_length=300, required=False, label="The person’s own goal", widget=forms.TextInput)


class PlanForm(forms.Form):
    protocol = forms.ChoiceField(label="Protocol")
    product = forms.ChoiceField(label="Product", help_text="What the pharmacy stocks for this route.")
    weight_kg = MeasureField(unit="kg", label="Weight")
    weight_measured_at = ClinicTimeField(label="Weighed at")
    second_weight_kg = MeasureField(
        unit="kg",
        label="Weighed a second time",
        required=False,
        help_text="No earlier weight is known, so a slip would not be seen otherwise.",
    )
    dose_mg_per_kg = MeasureField(unit="mg/kg", label="Dose of base", help_text="The protocol starts at 0.5.")
    infusion_minutes = MeasureField(unit="min", label="Infusion lasts")
    diluent = forms.ChoiceField(
        choices=[("bag", "Added to a bag"), ("undiluted", "Undiluted, in a syringe pump")],
        widget=forms.RadioSelect,
        label="How is it given?",
    )
    bag_volume_ml = MeasureField(
        unit="mL", label="Volume in the bag", required=False, help_text="What the label says; overfill is ignored."
    )
    sessions = forms.IntegerField(min_value=1, max_value=60, label="Sessions in this plan")
    titration = forms.CharField(
        required=False, max_length=500, label="When to change the dose", widget=forms.Textarea(attrs={"rows": 2})
    )
    confirmed_strength_mg_per_ml = MeasureField(
        unit="mg/mL",
        label="Strength on the vial",
        help_text="Take the vial and read it off. Do not copy it from above.",
    )
    reason_for_change = forms.CharField(
        required=False, max_length=300, label="Why is the plan changed?", widget=forms.TextInput
    )

    def __init__(
        self,
        data: Any = None,
        *,
        products: Sequence[Product],
        zone: ZoneInfo,
        is_first_version: bool,
        needs_second_weighing: bool,
        indication: str,
    ) -> None:
        super().__init__(data)
        self.products = {str(product.id): product for product in products}
        self.fields["protocol"].choices = EMPTY + protocols(indication)  # type: ignore[attr-defined]
        self.fields["product"].choices = EMPTY + [  # type: ignore[attr-defined]
            (key, f"{product.name} ({product.content_text})") for key, product in self.products.items()
        ]
        self.fields["weight_measured_at"].zone = zone  # type: ignore[attr-defined]
        self.fields["diluent"].choices_in_row = True  # type: ignore[attr-defined]
        self.fields["bag_volume_ml"].may_stay_open = True  # type: ignore[attr-defined]
        self.fields["second_weight_kg"].required = needs_second_weighing
        self.fields["second_weight_kg"].widget.is_required = needs_second_weighing
        if is_first_version:
            del self.fields["reason_for_change"]
        for name in self.reason_names():
            self.fields[name] = forms.CharField(required=False, max_length=500)

    def reason_names(self) -> list[str]:
        """The reason fields that came back with the form: they were drawn by the findings."""
        return [name for name in self.data if name.startswith("reason_DO") and len(name) == len("reason_DO00")]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (
            values.get("diluent") == "bag"
            and values.get("bag_volume_ml") is None
            and "bag_volume_ml" not in self.errors
        ):
            self.add_error("bag_volume_ml", "How much is in the bag? Enter mL.")
        return values

    @property
    def chosen_product(self) -> Product | None:
        return self.products.get(str(self.cleaned_data.get("product") or ""))

    @property
    def reasons(self) -> dict[str, str]:
        return {name.removeprefix("reason_"): self.cleaned_data.get(name, "") for name in self.reason_names()}


class CountersignForm(forms.Form):
    statement = forms.CharField(
        max_length=300,
        label="What you have checked",
        help_text="In your own words: the person, the weight, the dose, the reason.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why is the plan withdrawn?")


CHOICE_LABELS: dict[str, str] = {
    "continue": "Continue at this dose",
    "up": "Raise the dose",
    "down": "Lower the dose",
    "hold": "Hold: no dose until it is clear",
    "stop": "Stop the course",
    "switch": "Switch to another route or treatment",
}


class DecisionForm(forms.Form):
    choice = forms.ChoiceField(
        choices=[(choice, CHOICE_LABELS[choice]) for choice in CHOICES],
        widget=forms.RadioSelect,
        label="What comes next?",
    )
    reasons = forms.CharField(max_length=1000, label="Reasons", widget=forms.Textarea(attrs={"rows": 3}))
    next_mg_per_kg = MeasureField(
        unit="mg/kg", label="Next dose", required=False, help_text="When the dose goes up or down."
    )
    interval_days = forms.IntegerField(required=False, min_value=1, max_value=365, label="Days until the next session")
    switch_to = forms.CharField(required=False, max_length=200, label="Switch to")


class BaselineForm(forms.Form):
    response_id = forms.ChoiceField(label="Pin this score as the baseline")
    reason = forms.CharField(required=False, max_length=300, label="Why is the baseline replaced?")

    def __init__(self, data: Any = None, *, choices: Sequence[tuple[str, str]], is_pinned: bool) -> None:
        super().__init__(data)
        self.fields["response_id"].choices = EMPTY + list(choices)  # type: ignore[attr-defined]
        if not is_pinned:
            del self.fields["reason"]


def asks_reason(finding: Finding) -> bool:
    """A finding that a reason can carry, and that is not met."""
    return (
        finding.verdict != "met"
        and finding.overridable is not None
        and (finding.verdict == "not met" or finding.overridable.covers_missing)
    )
