"""A product never changes: another strength is another product. Only whether it is still stocked may change."""

from django.db import models

from ketachart.formulary.rules import FORMS, MOLECULES, STATED_AS
from ketachart.record.models import ClinicModel


class Product(ClinicModel):
    name = models.CharField(max_length=120)
    molecule = models.CharField(max_length=40, choices=list(MOLECULES.items()))
    form = models.CharField(max_length=20, choices=list(FORMS.items()))
    salt_or_base = models.CharField(max_length=20, choices=list(STATED_AS.items()))
    strength_mg_per_ml = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    vial_volume_ml = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    unit_dose_mg = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    routes = models.JSONField(default=list)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="formulary_product_name_once"),
            models.CheckConstraint(
                name="formulary_vial_has_strength",
                condition=~models.Q(form="vial") | models.Q(strength_mg_per_ml__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def content_text(self) -> str:
        """What one unit holds, with base or salt said: 50 mg/mL base, 10 mL."""
        if self.strength_mg_per_ml is not None:
            text = f"{plain(self.strength_mg_per_ml)} mg/mL {self.salt_or_base}"
            return f"{text}, {plain(self.vial_volume_ml)} mL" if self.vial_volume_ml is not None else text
        return f"{plain(self.unit_dose_mg)} mg {self.salt_or_base}" if self.unit_dose_mg is not None else ""


class Lot(ClinicModel):
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lots")
    lot_number = models.CharField(max_length=60)
    expires_on = models.DateField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["expires_on"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "product", "lot_number"], name="formulary_lot_once"),
        ]

    def __str__(self) -> str:
        return self.lot_number


def plain(value: object) -> str:
    """A decimal without trailing zeros."""
    text = f"{value:f}" if value is not None else ""
    return text.rstrip("0").rstrip(".") if "." in text else text
