"""A check-in is work to do: its row changes as the work goes on. The answers are append-only."""

from django.db import models

from ketachart.record.models import ChartedModel, ClinicModel


class CheckIn(ClinicModel):
    patient_id = models.UUIDField(db_index=True)
    session_id = models.UUIDField()
    session_number = models.PositiveIntegerField(null=True)
    discharged_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    late_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by_name = models.CharField(max_length=200, blank=True)
    calls_tried = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["late_at"]
        constraints = [models.UniqueConstraint(fields=["clinic", "session_id"], name="aftercare_check_in_once")]
        indexes = [models.Index(fields=["clinic", "reviewed_at", "late_at"], name="aftercare_to_do")]

    def __str__(self) -> str:
        return f"check-in after {self.discharged_at:%Y-%m-%d}"


class CheckInResponse(ChartedModel):
    """One set of answers. A later one stands beside the earlier one; the newest is read first."""

    check_in = models.ForeignKey(CheckIn, on_delete=models.PROTECT, related_name="responses")
    patient_id = models.UUIDField(db_index=True)
    mode = models.CharField(max_length=10)

    class Meta:
        ordering = ["-charted_at"]

    def __str__(self) -> str:
        return f"answers of {self.charted_at:%Y-%m-%d}"
