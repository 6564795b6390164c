from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models


class ApiToken(models.Model):
    """A program's key. `hint` is the beginning of the token, to know it again; the rest is only a hash."""

    name = models.CharField(max_length=80)
    hint = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the nearest five minutes.")

    def __str__(self) -> str:
        return self.name

    def is_over(self, instant: datetime) -> bool:
        """Whether the token has ended by `instant` (UTC)."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= instant)


class IdempotentAnswer(models.Model):
    """What a call with an idempotency key was answered; without a status it is still at work."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, help_text="Of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)
    about = models.CharField(
        max_length=60, blank=True, db_index=True, help_text='Whose data it may hold: "customer:12".'
    )
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotent_answer_once")]
