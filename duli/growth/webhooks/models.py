from __future__ import annotations

from django.db import models
from django.db.models import Q


class Endpoint(models.Model):
    """One address of another system. Secrets are sealed; times in UTC."""

    url = models.URLField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    kinds = models.JSONField(default=list, help_text="Types of events; empty means every one.")
    sealed_secret = models.TextField()
    sealed_former_secret = models.TextField(blank=True, help_text="Signs as well until former_secret_ends.")
    former_secret_ends = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    stopped_because = models.CharField(max_length=20, blank=True, help_text="Why the shop itself switched it off.")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first failure since the last success.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.description or self.url


class Delivery(models.Model):
    """One message to one endpoint; `body` is sent byte for byte each time, so that its signature can be checked."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=60)
    reference = models.CharField(max_length=60, blank=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # The receiver knows a message by its id: the same event never becomes two messages.
            models.UniqueConstraint(fields=["endpoint", "message_id"], name="webhook_message_once"),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False), name="webhook_delivered_has_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "-id"]),
            models.Index(fields=["next_attempt_at"], condition=Q(state="waiting"), name="webhook_due"),
        ]


class Attempt(models.Model):
    """One try: what the other side answered, or why there was no answer."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text="The first thousand characters of the answer.")
    problem = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="webhook_attempt_once")]
