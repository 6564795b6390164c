from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One thing that happened to `reference` ("order:12"), caused by `actor` ("user:3", "guest", "system")."""

    name = models.CharField(max_length=80)
    data = models.JSONField()
    reference = models.CharField(max_length=60, blank=True)
    actor = models.CharField(max_length=60, blank=True)
    happened_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["reference", "id"]),
            models.Index(fields=["name", "id"]),
        ]


class Receipt(models.Model):
    """The subscriber has dealt with the event."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="receipts")
    subscriber = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="delivered_once")]
