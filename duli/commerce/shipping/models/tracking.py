from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from duli.commerce.shipping.states import ParcelProgress


class CarrierAccount(models.Model):
    """What a merchant set up for a provider of tracking."""

    code = models.SlugField(max_length=40, unique=True)
    enabled = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="The first that follows a carrier is asked.")
    settings = models.JSONField(default=dict, blank=True, help_text="By the provider's fields; secrets are sealed.")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.code


class TrackedParcel(models.Model):
    """A number that is followed on behalf of somebody; the state is recomputed from the events."""

    reference = models.CharField(max_length=80, unique=True, help_text='What it is: "parcel:12".')
    label = models.CharField(max_length=40, blank=True, help_text="What people call it: the order number.")
    token = models.CharField(max_length=64, unique=True, help_text="Our name for it at the provider.")
    push_secret = models.CharField(max_length=64, help_text="What the provider signs messages about it with.")
    carrier = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=80, db_index=True)
    phone = models.CharField(max_length=40, blank=True, help_text="Some carriers tell only who knows it.")
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=12)
    provider = models.CharField(max_length=40, blank=True)
    provider_key = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=20, choices=ParcelProgress.choices, default=ParcelProgress.PENDING)
    said = models.CharField(max_length=20, choices=ParcelProgress.choices, blank=True)
    state_since = models.DateTimeField()
    last_event_at = models.DateTimeField(null=True, blank=True)
    expected_on = models.DateField(null=True, blank=True)
    problem = models.CharField(max_length=60, blank=True, help_text="Why the provider does not follow it.")
    problem_detail = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    poll_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-id"], name="parcels_by_state"),
            models.Index(fields=["next_poll_at"], condition=Q(next_poll_at__isnull=False), name="parcel_to_be_polled"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.number}"


class TrackingEvent(models.Model):
    """One sighting of a parcel; never changed."""

    parcel = models.ForeignKey(TrackedParcel, on_delete=models.CASCADE, related_name="events")
    provider = models.CharField(max_length=40, blank=True, help_text="Empty: entered by staff.")
    fingerprint = models.CharField(max_length=64, help_text="Of moment, place and text: told again, it is the same.")
    happened_at = models.DateTimeField()
    utc_offset = models.SmallIntegerField(null=True, blank=True, help_text="Minutes, where it happened.")
    state = models.CharField(max_length=20, choices=ParcelProgress.choices)
    code = models.CharField(max_length=60, blank=True, help_text="The provider's own word for the state.")
    text = models.CharField(max_length=500)
    place = models.CharField(max_length=160, blank=True)
    actor = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["parcel", "fingerprint"], name="tracking_event_once")]

    def __str__(self) -> str:
        return f"{self.happened_at:%Y-%m-%d %H:%M} {self.state}"


class CarrierMessage(models.Model):
    """What a provider sent us, raw; never changed but for its processing."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        UNKNOWN = "unknown", _("About no parcel of ours")

    provider = models.CharField(max_length=40)
    external_id = models.CharField(max_length=128)
    parcel = models.ForeignKey(TrackedParcel, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "external_id"], name="carrier_message_once")]
        indexes = [models.Index(fields=["received_at"], name="carrier_messages_by_age")]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"
