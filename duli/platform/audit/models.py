from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One change by one person. The database refuses to change it, and to delete it before a year is over."""

    area = models.CharField(max_length=30)
    action = models.CharField(max_length=30)
    reference = models.CharField(max_length=80, blank=True, help_text='What was changed: "role:order_desk".')
    label = models.CharField(max_length=200, blank=True, help_text="Its name at that time.")
    changes = models.JSONField(default=dict, help_text="Field → [before, after].")
    actor = models.CharField(max_length=60, blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=45, blank=True, help_text="Network address without its last part.")
    happened_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["reference", "-id"], name="audit_of_a_thing"),
            models.Index(fields=["area", "-id"], name="audit_by_area"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["happened_at"], name="audit_by_time"),
        ]
