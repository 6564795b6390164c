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
    """A file that staff gave to import: its columns are named, it is checked, and run when they say so."""

    class State(models.TextChoices):
        MAPPING = "mapping", _("Columns to be named")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Being imported")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Imported")
        CANCELLED = "cancelled", _("Stopped")
        REVERTING = "reverting", _("Being taken back")
        REVERTED = "reverted", _("Taken back")
        FAILED = "failed", _("Could not be read")

    class Kind(models.TextChoices):
        PRODUCTS = "products", _("Products")
        CUSTOMERS = "customers", _("Customers")
        ORDERS = "orders", _("Orders")
        REDIRECTS = "redirects", _("Old addresses")

    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PRODUCTS)
    path = models.CharField(max_length=300, help_text="Below the data folder; outside of what the web serves.")
    images_path = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=60)
    language = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    wish = models.CharField(max_length=6, blank=True, help_text='"pause" or "cancel", heard between two batches.')
    columns = models.JSONField(default=list, help_text="The titles of the file, if its columns have to be named.")
    mapping = models.JSONField(default=dict, help_text="Field → title.")
    done = models.PositiveIntegerField(default=0, help_text="Things so far.")
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    earlier = models.JSONField(default=dict, help_text="What was counted before the last pause.")
    change_sets = models.JSONField(default=list, help_text="Of products: what can be taken back as one.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """How the columns of files with these titles were named the last time."""

    kind = models.CharField(max_length=10, choices=Upload.Kind.choices)
    signature = models.CharField(max_length=64, help_text="Of the titles, in any order.")
    mapping = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "signature"], name="column_mapping_once")]


class ImportedThing(models.Model):
    """A customer, order or redirect that an import made or changed, so that it can be taken back.

    `before` is what it was (None: it was not there), `after` the digest of what the import made of it.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="things")
    object_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.CharField(max_length=64)
    reverted = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "object_id"], name="imported_thing_once")]
        indexes = [models.Index(fields=["object_id"], name="imported_thing_object")]
