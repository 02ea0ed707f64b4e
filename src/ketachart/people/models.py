"""People and places. Their present details stand here; how they came to be stands in the events."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ketachart.people.rules import LANGUAGES, SEXES_AT_BIRTH, Details
from ketachart.record import clock
from ketachart.record.models import Clinic, ClinicModel, User


class Patient(ClinicModel):
    mrn = models.CharField(max_length=40)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    birth_date = models.DateField()
    sex_at_birth = models.CharField(max_length=10, choices=list(SEXES_AT_BIRTH.items()), null=True)
    gender_identity = models.CharField(max_length=60, null=True)
    pronouns = models.CharField(max_length=40, null=True)
    phone = models.CharField(max_length=40, null=True)
    email = models.EmailField(null=True)
    preferred_language = models.CharField(max_length=10, choices=list(LANGUAGES.items()), null=True)
    timezone = models.CharField(max_length=64, null=True)
    is_synthetic = models.BooleanField(default=False)
    registered_at = models.DateTimeField(default=clock.now)
    sort_key = models.CharField(max_length=210)
    search_text = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "mrn"], name="people_patient_mrn_once")]
        indexes = [
            models.Index(fields=["clinic", "sort_key", "id"], name="people_patient_sorted"),
            models.Index(fields=["clinic", "birth_date"], name="people_patient_born"),
        ]

    def __str__(self) -> str:
        return f"patient {self.id}"

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def details(self) -> Details:
        return Details(**{field: getattr(self, field) for field in Details.__dataclass_fields__})


class MrnCounter(models.Model):
    """The last record number given out in a clinic."""

    clinic = models.OneToOneField(Clinic, primary_key=True, on_delete=models.PROTECT, related_name="+")
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class SupportPerson(ClinicModel):
    """Someone beside the patient: who drives, who sits, who is called. Ended, never deleted."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="support_persons")
    name = models.CharField(max_length=200)
    relation = models.CharField(max_length=60)
    phone = models.CharField(max_length=40, null=True)
    may_be_told = models.BooleanField(null=True)  # may staff speak with them about treatment; null: not asked yet
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient"], name="people_support_patient")]

    def __str__(self) -> str:
        return f"support person {self.id}"


class Credential(ClinicModel):
    """A licence, registration or certificate of a member of staff, with its end."""

    KINDS = {
        "licence": "Professional licence",
        "dea": "DEA registration",
        "rems": "REMS enrolment",
        "bls": "Basic life support",
        "acls": "Advanced cardiac life support",
        "other": "Other",
    }

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=10, choices=list(KINDS.items()))
    number = models.CharField(max_length=60, null=True)
    issuer = models.CharField(max_length=120, null=True)
    valid_until = models.DateField(null=True)
    replaced_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"credential {self.id}"


class Room(ClinicModel):
    name = models.CharField(max_length=60)
    chairs = models.PositiveSmallIntegerField(default=1)
    note = models.CharField(max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["order", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "name"], condition=Q(closed_at__isnull=True), name="people_room_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
