"""One row a session, so that lists and boards need not read events. Derived: the events are the truth."""

from django.db import models

from ketachart.record.models import ChartedModel, ClinicModel
from ketachart.treatment.phases import PHASES

PHASE_LABELS = {
    "scheduled": "Scheduled",
    "preparing": "Preparing",
    "ready": "Ready to start",
    "dosing": "Dosing",
    "paused": "Paused",
    "recovery": "Recovery",
    "discharged": "Discharged, not signed",
    "signed": "Signed",
}
IN_THE_ROOM = ("preparing", "ready", "dosing", "paused", "recovery")


class TreatmentSession(ClinicModel):
    """`id` is the session's id and its stream's."""

    patient_id = models.UUIDField()
    course_id = models.UUIDField(null=True)
    plan_id = models.UUIDField(null=True)
    appointment_id = models.UUIDField(null=True)
    room_id = models.UUIDField(null=True)
    room = models.CharField(max_length=100, null=True)
    session_number = models.PositiveIntegerField(null=True)
    phase = models.CharField(max_length=12, choices=[(phase, PHASE_LABELS[phase]) for phase in PHASES])
    opened_at = models.DateTimeField()
    first_dose_at = models.DateTimeField(null=True)
    dosing_ended_at = models.DateTimeField(null=True)
    discharged_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at"]
        indexes = [
            models.Index(fields=["clinic", "phase"], name="treatment_session_phase"),
            models.Index(fields=["clinic", "patient_id"], name="treatment_session_patient"),
        ]

    def __str__(self) -> str:
        return f"session {self.id}"

    @property
    def is_in_the_room(self) -> bool:
        return self.phase in IN_THE_ROOM


class RemsTask(ClinicModel):
    """One patient monitoring form that is to be sent: opened when a Spravato session ends."""

    session = models.OneToOneField(TreatmentSession, on_delete=models.PROTECT, related_name="rems_task")
    patient_id = models.UUIDField(db_index=True)
    treated_on = models.DateField()
    due_on = models.DateField()
    sent_at = models.DateTimeField(null=True)
    sent_by_name = models.CharField(max_length=200, default="")

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["clinic", "sent_at", "due_on"], name="treatment_rems_queue")]

    def __str__(self) -> str:
        return f"form due {self.due_on}"


class RemsEntry(ChartedModel):
    """Answers given for a form, or the form as it was sent. Appended; the newest answer to a field holds."""

    task = models.ForeignKey(RemsTask, on_delete=models.PROTECT, related_name="entries")
    is_sent = models.BooleanField()

    class Meta:
        ordering = ["charted_at", "id"]

    def __str__(self) -> str:
        return "sent" if self.is_sent else "answers"
