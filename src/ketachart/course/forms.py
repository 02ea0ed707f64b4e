"""What a prescriber types. Nothing clinical is filled in; a reason field appears when a finding asks for one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from ketachart.course.next_session_rules import CHOICES
from ketachart.course.queries import protocols
from ketachart.formulary.models import Product
from ketachart.knowledge.catalogue import Administration
from ketachart.knowledge.findings import Finding
from ketachart.knowledge.loader import catalogue
from ketachart.web.forms import DateTimeInput

EMPTY = [("", "Choose…")]


def indications() -> list[tuple[str, str]]:
    """What a course can be opened for. Research only: it can be opened and talked about; a routine plan is refused."""
    return [
        (one.id, one.title if one.standing == "routine" else f"{one.title} (research only: no routine plan)")
        for one in catalogue().indication
    ]


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
        choices=lambda: EMPTY + indications(),
        label="What is treated?",
        help_text="Every use but Spravato in its two approved indications is off-label.",
    )
    goal = forms.CharField(max_length=300, required=False, label="The person’s own goal", widget=forms.TextInput)


FIELDS_OF_WAY: dict[str, tuple[str, ...]] = {
    "infusion": ("dose_mg_per_kg", "infusion_minutes", "diluent", "bag_volume_ml", "confirmed_strength_mg_per_ml"),
    "injection": (
        "dose_mg_per_kg",
        "second_part_mg_per_kg",
        "second_after_minutes",
        "confirmed_strength_mg_per_ml",
    ),
    "devices": ("devices", "confirmed_unit_mg"),
    "units": ("units", "confirmed_unit_mg"),
    "held units": ("units", "hold_minutes", "then", "confirmed_unit_mg"),
}
WEIGHT_FIELDS = ("weight_kg", "weight_measured_at", "second_weight_kg")
DOSE_FIELDS = frozenset(name for names in FIELDS_OF_WAY.values() for name in names)
NO_PROTOCOL_CHOICE = ("none", "No protocol: within the limits, with a reason")


def kind_of(way: Administration) -> str:
    """Which boxes a plan by this way has."""
    if way.route == "IV":
        return "infusion"
    if way.route in ("IM", "SC"):
        return "injection"
    if way.product == "spravato":
        return "devices"
    return "held units" if way.route == "sublingual" else "units"


class PlanForm(forms.Form):
    """One form for every way; a way that has no such thing has no such box."""

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
    dose_mg_per_kg = MeasureField(unit="mg/kg", label="Dose of base")
    infusion_minutes = MeasureField(unit="min", label="Infusion lasts")
    diluent = forms.ChoiceField(
        choices=[("bag", "Added to a bag"), ("undiluted", "Undiluted, in a syringe pump")],
        widget=forms.RadioSelect,
        label="How is it given?",
    )
    bag_volume_ml = MeasureField(
        unit="mL", label="Volume in the bag", required=False, help_text="What the label says; overfill is ignored."
    )
    second_part_mg_per_kg = MeasureField(
        unit="mg/kg",
        label="Of this, in a second injection",
        required=False,
        help_text="Leave empty for one injection. The second can be withheld.",
    )
    second_after_minutes = MeasureField(unit="min", label="Second injection not before", required=False)
    devices = forms.TypedChoiceField(
        choices=[("1", "1 device, 28 mg"), ("2", "2 devices, 56 mg"), ("3", "3 devices, 84 mg")],
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        label="Devices",
        help_text="Five minutes between two devices. A later device can be withheld.",
    )
    units = forms.IntegerField(
        min_value=1, max_value=60, label="Units", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    hold_minutes = MeasureField(unit="min", label="Held in the mouth for")
    then = forms.ChoiceField(
        choices=[("spit out", "Spat out"), ("swallow", "Swallowed")],
        widget=forms.RadioSelect,
        label="And then what is left is",
        help_text="Swallowing adds mostly norketamine and a longer effect.",
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
    confirmed_unit_mg = MeasureField(
        unit="mg",
        label="Strength on the label, of one",
        help_text="Take the package and read it off. Do not copy it from above.",
    )
    reason_for_change = forms.CharField(
        required=False, max_length=300, label="Why is the plan changed?", widget=forms.TextInput
    )

    def __init__(
        self,
        data: Any = None,
        *,
        way: Administration,
        products: Sequence[Product],
        zone: ZoneInfo,
        is_first_version: bool,
        needs_second_weighing: bool,
        indication: str,
    ) -> None:
        super().__init__(data)
        self.way = way
        self.kind = kind_of(way)
        self.products = {str(product.id): product for product in products}
        for name in DOSE_FIELDS - set(FIELDS_OF_WAY[self.kind]):
            del self.fields[name]
        if self.kind == "devices":
            for name in WEIGHT_FIELDS:
                del self.fields[name]
        else:
            self.fields["weight_measured_at"].zone = zone  # type: ignore[attr-defined]
            self.fields["second_weight_kg"].required = needs_second_weighing
            self.fields["second_weight_kg"].widget.is_required = needs_second_weighing
        self.fields["protocol"].choices = [  # type: ignore[attr-defined]
            *EMPTY,
            *protocols(indication, way.product, way.route),
            NO_PROTOCOL_CHOICE,
        ]
        self.fields["product"].choices = EMPTY + [  # type: ignore[attr-defined]
            (key, f"{product.name} ({product.content_text})") for key, product in self.products.items()
        ]
        for name in ("diluent", "devices", "then"):
            if name in self.fields:
                self.fields[name].choices_in_row = True  # type: ignore[attr-defined]
        if "bag_volume_ml" in self.fields:
            self.fields["bag_volume_ml"].may_stay_open = True  # type: ignore[attr-defined]
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
        if values.get("second_part_mg_per_kg") is not None and values.get("second_after_minutes") is None:
            self.add_error("second_after_minutes", "After how many minutes at the earliest? Enter them.")
        return values

    @property
    def chosen_product(self) -> Product | None:
        return self.products.get(str(self.cleaned_data.get("product") or ""))

    @property
    def reasons(self) -> dict[str, str]:
        return {name.removeprefix("reason_"): self.cleaned_data.get(name, "") for name in self.reason_names()}


class RouteForm(forms.Form):
    """The choice itself is drawn in the table; this is what is said about it."""

    way = forms.CharField(required=False, widget=forms.HiddenInput)
    reasons = forms.CharField(
        max_length=1000,
        label="Why this way?",
        help_text="What the person wants, what speaks for it, what was weighed against it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    person_agrees = forms.ChoiceField(
        choices=[("yes", "Yes, we have talked it through"), ("no", "Not yet")],
        widget=forms.RadioSelect,
        label="Does the person agree?",
    )


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
    next_dose_mg = MeasureField(
        unit="mg", label="Next dose, in mg", required=False, help_text="For devices, troches and capsules."
    )
    interval_days = forms.IntegerField(required=False, min_value=1, max_value=365, label="Days until the next session")
    switch_to = forms.CharField(required=False, max_length=200, label="Switch to")

    def __init__(self, data: Any = None, *, by_weight: bool | None = None) -> None:
        """The next dose is asked in the unit of the plan. No plan: both boxes."""
        super().__init__(data)
        if by_weight is not None:
            del self.fields["next_dose_mg" if by_weight else "next_mg_per_kg"]


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
