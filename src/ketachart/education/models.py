"""Append-only indexes: what was handed out, and what was read."""

from __future__ import annotations

from django.db import models

from ketachart.record.models import ChartedModel


class HandOut(ChartedModel):
    patient_id = models.UUIDField()
    text_id = models.CharField(max_length=60)
    text_version = models.CharField(max_length=20)

    class Meta:
        ordering = ["-charted_at"]
        indexes = [models.Index(fields=["clinic", "patient_id", "-charted_at"], name="education_hand_out_patient")]

    def __str__(self) -> str:
        return f"{self.text_id} {self.text_version}"


class Reading(ChartedModel):
    """One patient went through one version of one text."""

    patient_id = models.UUIDField()
    text_id = models.CharField(max_length=60)
    text_version = models.CharField(max_length=20)

    class Meta:
        ordering = ["-charted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "patient_id", "text_id", "text_version"], name="education_read_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.text_id} {self.text_version}"
