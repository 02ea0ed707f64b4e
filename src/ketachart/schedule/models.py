"""Appointments: logistics, so a row may change; each change is an event too."""

from django.db import models
from django.db.models import F, Q

from ketachart.people.models import Room
from ketachart.record.models import ClinicModel
from ketachart.schedule.rules import KIND_LABELS, STATUS_LABELS


class Appointment(ClinicModel):
    patient_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=20, choices=list(KIND_LABELS.items()))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="+")
    staff_id = models.UUIDField(null=True)
    staff_name = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=20, choices=list(STATUS_LABELS.items()), default="booked")
    status_at = models.DateTimeField()
    status_reason = models.CharField(max_length=300, blank=True)
    course_id = models.UUIDField(null=True)
    series_number = models.PositiveSmallIntegerField(null=True)
    series_of = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["starts_at"]
        indexes = [
            models.Index(fields=["clinic", "starts_at"], name="schedule_by_time"),
            models.Index(fields=["clinic", "patient_id", "starts_at"], name="schedule_of_patient"),
        ]
        constraints = [
            models.CheckConstraint(name="schedule_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)
