from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """One run of an import over one file, with its report; a run that was killed stays "running"."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Failed")

    name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64, db_index=True)
    source = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    actor = models.CharField(max_length=80)
    report = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]


class ImportedRecord(models.Model):
    """What an imported product was made of, so that the same rows again change nothing.

    `source` and `key` name the product in the file's world ("shopify", its handle). `variants` maps a
    combination to [checksum, stock as imported], `images` the address in the file to the asset it became;
    `facts` are numbers that another file of the same source needs.
    """

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    checksum = models.CharField(max_length=64)
    object_id = models.BigIntegerField(db_index=True)
    variants = models.JSONField(default=dict)
    images = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="imported_record_once")]


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
