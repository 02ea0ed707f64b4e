"""Assignments and open matters change as work goes on; answers and responses are append-only indexes of events."""

from __future__ import annotations

from typing import Any

from django.db import models

from ketachart.instruments.loader import instrument
from ketachart.instruments.model import Instrument
from ketachart.record.models import ChartedModel, ClinicModel

MODES = {"self": "Answered by the person", "staff": "Read out and entered by staff"}


class PointsField(models.FloatField):  # type: ignore[type-arg]
    """Points of a scale. Whole numbers come back as whole numbers; means, indexes and T scores keep their decimals."""

    def from_db_value(self, value: float | None, *_: Any) -> float | None:
        return int(value) if value is not None and value == int(value) else value


class Assignment(ClinicModel):
    """One form that one person is asked to answer."""

    OPEN, STARTED, DONE, CANCELLED = "open", "started", "done", "cancelled"
    STATUSES = {OPEN: "Not started", STARTED: "Started", DONE: "Answered", CANCELLED: "Withdrawn"}

    patient_id = models.UUIDField()
    instrument_id = models.CharField(max_length=40)
    instrument_version = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    purpose = models.CharField(max_length=120)
    assigned_at = models.DateTimeField()
    assigned_by_name = models.CharField(max_length=200)
    due_at = models.DateTimeField(null=True)
    session_id = models.UUIDField(null=True)
    status = models.CharField(max_length=12, choices=list(STATUSES.items()), default=OPEN)

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient_id", "status"], name="scales_assignment_patient")]

    @property
    def instrument(self) -> Instrument | None:
        """The shipped scale, for its title."""
        return instrument(self.instrument_id)

    def __str__(self) -> str:
        return f"{self.instrument_id} ({self.status})"


class Answer(ChartedModel):
    """One answer to one item. The newest of an item is the one that stands."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="answers")
    item_id = models.CharField(max_length=20)
    value = models.SmallIntegerField(null=True)
    place = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment", "place"], name="scales_answer_place")]

    def __str__(self) -> str:
        return f"item {self.item_id}"


class Response(ChartedModel):
    """A submitted form. `total` is null when it is incomplete, and for scales that give a level instead."""

    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="response")
    patient_id = models.UUIDField()
    instrument_id = models.CharField(max_length=40)
    instrument_version = models.CharField(max_length=20)
    mode = models.CharField(max_length=10, choices=list(MODES.items()))
    answered_at = models.DateTimeField()
    purpose = models.CharField(max_length=120)
    total = PointsField(null=True)
    level = models.CharField(max_length=20, null=True)
    band = models.CharField(max_length=40, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["clinic", "patient_id", "instrument_id", "answered_at"], name="scales_response_trend")
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.answered_at:%Y-%m-%d}"

    @property
    def instrument(self) -> Instrument | None:
        """The shipped scale, for its title and range."""
        return instrument(self.instrument_id)

    @property
    def level_words(self) -> str:
        return (self.level or "").replace("_", " ")

    @property
    def is_complete(self) -> bool:
        return self.total is not None or self.level not in {None, "indeterminate"}


class StruckResponse(ChartedModel):
    """A response taken out of the trend, with the reason. It stays readable."""

    response = models.OneToOneField(Response, on_delete=models.PROTECT, related_name="struck")
    reason = models.CharField(max_length=500)

    def __str__(self) -> str:
        return f"struck {self.response_id}"


class LicensedText(ChartedModel):
    """The wording of a scale that this clinic holds a licence for. The newest of a scale and language is in force."""

    instrument_id = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    licence_holder = models.CharField(max_length=200)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["clinic", "instrument_id", "charted_at"], name="scales_licensed_text")]

    def __str__(self) -> str:
        return f"{self.instrument_id} ({self.language})"


class PackSwitch(ChartedModel):
    """A pack of scales turned on or off, with who and why. The newest stands; without any it is off."""

    pack = models.CharField(max_length=40)
    on = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.pack} {'on' if self.on else 'off'}"


class AttentionItem(ClinicModel):
    """Something that a person must act on. It never closes by itself."""

    OPEN, TAKEN, CLOSED = "open", "taken", "closed"
    STATUSES = {OPEN: "Nobody has taken it", TAKEN: "Taken", CLOSED: "Closed"}

    patient_id = models.UUIDField()
    rule_id = models.CharField(max_length=60)
    about_id = models.UUIDField()
    title = models.CharField(max_length=200)
    meaning = models.TextField()
    action = models.TextField()
    source = models.CharField(max_length=400)
    seen = models.CharField(max_length=200)
    urgent = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    owner_role = models.CharField(max_length=20)
    owner_id = models.UUIDField(null=True)
    owner_name = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=list(STATUSES.items()), default=OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=200, blank=True)
    what_was_done = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["clinic", "status", "-urgent", "opened_at"], name="scales_attention_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "rule_id", "about_id"],
                condition=~models.Q(status="closed"),
                name="scales_attention_once_open",
            ),
            models.CheckConstraint(
                name="scales_attention_closed_by_someone",
                condition=~models.Q(status="closed") | (~models.Q(closed_by_name="") & ~models.Q(what_was_done="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.status})"
