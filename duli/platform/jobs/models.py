from __future__ import annotations

from django.db import models


class ScheduledRun(models.Model):
    """A job was due at this instant and one process has enqueued it."""

    job = models.CharField(max_length=120)
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "due_at"], name="scheduled_once")]


class WorkerBeat(models.Model):
    """A worker lives: it writes here every few seconds."""

    worker_id = models.CharField(max_length=120, primary_key=True)
    seen_at = models.DateTimeField()
