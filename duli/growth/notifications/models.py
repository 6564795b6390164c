from __future__ import annotations

from django.db import models
from django.db.models import Q

from duli.platform.accounts.models import User


class Notice(models.Model):
    """Something that staff see at the bell: one row for everybody who holds `permission`, or for one person."""

    key = models.CharField(max_length=80, unique=True, help_text="The same key is the same notice.")
    kind = models.CharField(max_length=30)
    permission = models.CharField(max_length=40, blank=True)
    for_user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    by = models.CharField(max_length=60, blank=True, help_text="Who caused it: they are not told what they did.")
    reference = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(for_user__isnull=False) | ~Q(permission=""), name="notice_is_for_somebody"
            )
        ]


class NoticeSeen(models.Model):
    """Up to which notice a person has looked at the bell."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    last_id = models.BigIntegerField(default=0)
