from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Upload(models.Model):
    """A catalogue file that staff gave to import: checked first, run when they say so."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Could not be read")

    name = models.CharField(max_length=255)
    path = models.CharField(max_length=300, help_text="Below the data folder; outside of what the web serves.")
    images_path = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=60)
    language = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    done = models.PositiveIntegerField(default=0, help_text="Products so far.")
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name
