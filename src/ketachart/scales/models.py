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

    OPEN, STARTED, DONE, CANCELLED, MISSED = "open", "started", "done", "cancelled", "missed"
    STATUSES = {
        OPEN: "Not started",
        STARTED: "Started",
        DONE: "Answered",
        CANCELLED: "Withdrawn",
        MISSED: "Not answered in its time",
    }

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
    closes_at = models.DateTimeField(null=True)  # until when an answer counts for this time
    line_id = models.CharField(max_length=20, blank=True)  # of the schedule; empty: a person asked
    anchor_id = models.UUIDField(null=True)
    occurrence = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient_id", "status"], name="scales_assignment_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "line_id", "anchor_id", "occurrence"],
                condition=~models.Q(line_id=""),
                name="scales_assignment_once_a_line",
            )
        ]

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
    escalations = models.PositiveSmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True)
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


class ScheduleAnchor(ClinicModel):
    """What the schedule counts from: a course, a booked treatment, an ended session. Kept from the events of the parts
    above, so that this part need not know them."""

    KINDS = {"course": "Course opened", "appointment": "Treatment booked", "session": "Session ended"}

    patient_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=list(KINDS.items()))
    about_id = models.UUIDField()
    course_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    number = models.PositiveSmallIntegerField(null=True)
    sessions_planned = models.PositiveSmallIntegerField(null=True)
    indication = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)  # a cancelled appointment, a course that was stopped

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient_id"], name="scales_anchor_patient")]
        constraints = [models.UniqueConstraint(fields=["clinic", "kind", "about_id"], name="scales_anchor_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Reminder(ClinicModel):
    """One reminder that went out. Nothing of what the questionnaire is about is in it."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reminders")
    patient_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()
    sender = models.CharField(max_length=60)
    reference = models.CharField(max_length=200, blank=True)
    sent_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment", "number"], name="scales_reminder_once")]

    def __str__(self) -> str:
        return f"reminder {self.number}"
