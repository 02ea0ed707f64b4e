"""Index rows of a course's events, and the decisions that are due."""

from datetime import datetime

from django.db import models

from ketachart.record.models import ChartedModel, ClinicModel


class Written(ChartedModel):
    """When it was written is the event's own time; `charted_at` is when the record received it."""

    class Meta:
        abstract = True

    @property
    def written_at(self) -> datetime:
        written_at: datetime = self.event.effective_at
        return written_at


class Course(Written):
    patient_id = models.UUIDField(db_index=True)
    indication = models.CharField(max_length=40)

    class Meta:
        ordering = ["charted_at"]

    def __str__(self) -> str:
        return f"{self.indication} course"


class RouteChoice(Written):
    """Which product by which route, chosen by a clinician on the route advice. The newest holds."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="route_choices")
    product = models.CharField(max_length=60)
    route = models.CharField(max_length=20)

    class Meta:
        ordering = ["charted_at"]

    def __str__(self) -> str:
        return f"{self.product} by {self.route}"


class Baseline(Written):
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="baselines")
    scale = models.CharField(max_length=20)

    class Meta:
        ordering = ["charted_at"]

    def __str__(self) -> str:
        return f"{self.scale} baseline"


class Plan(Written):
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="plans")
    patient_id = models.UUIDField(db_index=True)
    version = models.PositiveIntegerField()
    needs_second_signature = models.BooleanField()
    written_by = models.UUIDField(null=True)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["course", "version"], name="course_plan_version_once")]

    def __str__(self) -> str:
        return f"plan version {self.version}"


class PlanSignature(Written):
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="countersignature")

    def __str__(self) -> str:
        return f"countersigned by {self.charted_by_name}"


class PlanWithdrawal(Written):
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="withdrawal")

    def __str__(self) -> str:
        return f"withdrawn by {self.charted_by_name}"


class Decision(Written):
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="decisions")
    session_id = models.UUIDField(null=True, db_index=True)
    choice = models.CharField(max_length=20)

    class Meta:
        ordering = ["charted_at"]

    def __str__(self) -> str:
        return self.choice


class DecisionDue(ClinicModel):
    """A session has ended and someone has to say what comes next. Workflow: it closes when the decision is written."""

    patient_id = models.UUIDField(db_index=True)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="decisions_due", null=True)
    session_id = models.UUIDField()
    discharged_at = models.DateTimeField()
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        ordering = ["discharged_at"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "session_id"], name="course_decision_due_once"),
        ]

    def __str__(self) -> str:
        return f"decision after session of {self.discharged_at:%Y-%m-%d}"
