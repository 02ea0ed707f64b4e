"""One append-only row for every word on a value: set from a day on, or withdrawn from a day on."""

from django.db import models

from ketachart.record.models import ChartedModel


class PolicyEntry(ChartedModel):
    """`value` None: withdrawn. Which entry holds on which day is decided by `rules`, from all of them."""

    setting = models.CharField(max_length=80)
    value = models.JSONField(null=True)
    unit = models.CharField(max_length=20, null=True)
    reason = models.TextField()
    valid_from = models.DateField()
    backdated = models.BooleanField(default=False)

    class Meta:
        ordering = ["valid_from", "charted_at"]
        indexes = [models.Index(fields=["clinic", "setting", "valid_from"], name="policy_entry_of_setting")]

    def __str__(self) -> str:
        return f"{self.setting} from {self.valid_from}"
