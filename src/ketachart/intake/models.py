"""Inquiries and services are logistics and change; history, decisions and consents are append-only indexes of events."""

from __future__ import annotations

from django.db import models

from ketachart.record.models import ChartedModel, ClinicModel


class Service(ClinicModel):
    """Something this clinic offers, will offer, or no longer offers."""

    STATES = {
        "planned": "Planned",
        "waiting list": "Waiting list only",
        "open": "Open",
        "paused": "Paused",
        "retired": "No longer offered",
    }

    code = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, choices=list(STATES.items()))
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "code"], name="intake_service_once")]
        ordering = ["place", "title"]

    def __str__(self) -> str:
        return self.title

    @property
    def takes_bookings(self) -> bool:
        return self.state == "open"

    @property
    def takes_names(self) -> bool:
        return self.state in ("planned", "waiting list", "paused")


class Inquiry(ClinicModel):
    """What a visitor sent from the public page."""

    NEW, CONTACTED, REGISTERED, DECLINED, LINKED = "new", "contacted", "registered", "declined", "linked"
    STATUSES = {
        NEW: "New",
        CONTACTED: "Contacted",
        REGISTERED: "Now a patient",
        DECLINED: "Declined",
        LINKED: "Same person as another",
    }
    PREFERS = {"phone": "Telephone", "text": "Text message", "email": "E-mail"}

    received_at = models.DateTimeField()
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    email = models.CharField(max_length=254, null=True)
    phone = models.CharField(max_length=40, null=True)
    prefers = models.CharField(max_length=10, choices=list(PREFERS.items()), null=True)
    message = models.TextField(null=True)
    services = models.ManyToManyField(Service, through="WaitingListEntry", related_name="inquiries")
    agreed_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=list(STATUSES.items()), default=NEW)
    handled_at = models.DateTimeField(null=True)
    handled_by_name = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    patient_id = models.UUIDField(null=True)
    same_as = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="duplicates")

    class Meta:
        indexes = [models.Index(fields=["clinic", "status", "received_at"], name="intake_inquiry_inbox")]

    def __str__(self) -> str:
        return f"inquiry {self.id}"

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def is_open(self) -> bool:
        return self.status in (self.NEW, self.CONTACTED)


class WaitingListEntry(ClinicModel):
    """One person waiting for one service."""

    STATUSES = {"waiting": "Waiting", "offered": "Offered a place", "left": "Left the list"}

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="entries")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="entries")
    joined_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=list(STATUSES.items()), default="waiting")
    changed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inquiry", "service"], name="intake_waiting_once")]
        indexes = [models.Index(fields=["clinic", "service", "status", "joined_at"], name="intake_waiting_list")]

    def __str__(self) -> str:
        return f"waiting {self.id}"


class HistorySection(ChartedModel):
    """One version of one section of a person's history."""

    patient_id = models.UUIDField()
    section = models.CharField(max_length=20)
    version = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "patient_id", "section", "version"], name="intake_history_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.version}"


class FindingOverride(ChartedModel):
    """A finding set aside by a named person, for what was intended."""

    patient_id = models.UUIDField()
    product = models.CharField(max_length=40)
    route = models.CharField(max_length=10)
    indication = models.CharField(max_length=20)
    rule_id = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient_id"], name="intake_override_patient")]

    def __str__(self) -> str:
        return f"override of {self.rule_id}"


class SecondSignature(ChartedModel):
    """The second prescriber who stands behind an override."""

    override = models.OneToOneField(FindingOverride, on_delete=models.PROTECT, related_name="second")

    def __str__(self) -> str:
        return f"second signature {self.override_id}"


class EligibilityDecision(ChartedModel):
    patient_id = models.UUIDField()
    product = models.CharField(max_length=40)
    route = models.CharField(max_length=10)
    indication = models.CharField(max_length=20)
    outcome = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient_id", "-charted_at"], name="intake_decision_patient")]

    def __str__(self) -> str:
        return self.outcome


class Consent(ChartedModel):
    patient_id = models.UUIDField()
    product = models.CharField(max_length=40)
    route = models.CharField(max_length=10)
    indication = models.CharField(max_length=20)
    text_id = models.CharField(max_length=60)
    text_version = models.CharField(max_length=20)
    text_sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["clinic", "patient_id", "-signed_at"], name="intake_consent_patient")]

    def __str__(self) -> str:
        return f"{self.text_id} {self.text_version}"


class ConsentWithdrawal(ChartedModel):
    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="withdrawal")
    withdrawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"withdrawn {self.consent_id}"
