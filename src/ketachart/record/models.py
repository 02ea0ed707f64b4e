"""Tables that every part stands on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import models

from ketachart.record import clock
from ketachart.record.frames import first_hash
from ketachart.record.identity import new_id
from ketachart.record.roles import ROLES

if TYPE_CHECKING:
    from ketachart.record.actor import Actor
    from ketachart.record.kinds import Content

SOURCES = {"person": "Person", "monitor": "Monitor", "pump": "Pump", "import": "Import"}


class Clinic(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    timezone = models.CharField(max_length=64)
    is_synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Someone who signs in: staff, or a patient on their own phone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, null=True, blank=True, on_delete=models.PROTECT, related_name="users")
    role = models.CharField(max_length=20, choices=list(ROLES.items()), blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    patient_id = models.UUIDField(null=True, blank=True, db_index=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                name="record_user_patient_role_names_patient",
                condition=~models.Q(role="patient") | models.Q(patient_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username


class ClinicQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        """Only rows of the actor's clinic: every query starts here."""
        return self.filter(clinic_id=actor.clinic_id)


class ClinicModel(models.Model):
    """A row that belongs to one clinic."""

    clinic_id: UUID
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")

    objects = ClinicQuerySet.as_manager()

    class Meta:
        abstract = True


class Stream(models.Model):
    """One chain of events: a session, a patient, or the clinic itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    patient_id = models.UUIDField(null=True, blank=True)
    head_number = models.PositiveBigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, editable=False)
    opened_at = models.DateTimeField(default=clock.now)

    objects = ClinicQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient_id"], name="record_stream_patient")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.head_hash = first_hash(self.id, self.clinic_id, self.kind, self.patient_id)
        super().save(*args, **kwargs)


class ClinicPosition(models.Model):
    """How many events and checkpoints a clinic has: neither has gaps, so a missing one is seen."""

    clinic = models.OneToOneField(Clinic, primary_key=True, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveBigIntegerField(default=0)
    checkpoints = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.clinic_id} at {self.position}"


class Event(models.Model):
    """What was charted. Written by ``record.append`` only, never changed (triggers refuse it)."""

    append_only = True

    pk = models.CompositePrimaryKey("clinic_id", "position")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveBigIntegerField()
    id = models.UUIDField()
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="events", db_index=False)
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=80)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    frame = models.TextField()
    hash = models.CharField(max_length=64)

    objects = ClinicQuerySet.as_manager()

    class Meta:
        # Every index is written with every event: these and the key, no others.
        constraints = [
            models.UniqueConstraint(fields=["clinic", "id"], name="record_event_once"),
            models.UniqueConstraint(fields=["stream", "number", "clinic"], name="record_event_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def content(self) -> Content:
        from ketachart.record.kinds import content_of

        return content_of(self)


class ChartedModel(ClinicModel):
    """An append-only index row of one event. The clinical content stays in the event."""

    append_only = True

    event_id = models.UUIDField(unique=True, editable=False)
    charted_at = models.DateTimeField()
    charted_by_name = models.CharField(max_length=200)

    class Meta:
        abstract = True

    @property
    def event(self) -> Event:
        cached: Event | None = self.__dict__.get("_event")
        if cached is None:
            cached = Event.objects.get(clinic_id=self.clinic_id, id=self.event_id)
            self.__dict__["_event"] = cached
        return cached

    @property
    def content(self) -> Any:
        cached = self.__dict__.get("_content")
        if cached is None:
            cached = self.event.content
            self.__dict__["_content"] = cached
        return cached


Charted = TypeVar("Charted", bound=ChartedModel)


def load_contents(rows: Iterable[Charted]) -> list[Charted]:
    """Attach each row's event in one query, so that ``row.content`` costs none."""
    listed = list(rows)
    if not listed:
        return listed
    wanted: Sequence[UUID] = [row.event_id for row in listed]
    clinics = {row.clinic_id for row in listed}
    events = {event.id: event for event in Event.objects.filter(clinic_id__in=clinics, id__in=wanted)}
    for row in listed:
        row.__dict__["_event"] = events[row.event_id]
    return listed


class Checkpoint(models.Model):
    """The heads of all streams that moved since the last checkpoint, chained: a cut-off tail is seen."""

    append_only = True

    pk = models.CompositePrimaryKey("clinic_id", "number")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    position = models.PositiveBigIntegerField()
    heads = models.TextField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"checkpoint {self.number}"


class AccessEntry(models.Model):
    """Who read which patient's record, when, and what of it."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient_id = models.UUIDField()
    user_id = models.UUIDField(null=True)
    user_name = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    what = models.CharField(max_length=120)
    at = models.DateTimeField()

    objects = ClinicQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient_id", "at"], name="record_access_patient")]

    def __str__(self) -> str:
        return f"{self.user_name}: {self.what}"
