from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    EDITOR = "editor", _("Product page")
    BULK = "bulk", _("Bulk edit")
    IMPORT = "import", _("Import")
    RESTORE = "restore", _("Restored")
    UNDO = "undo", _("Taken back")


class ChangeSet(models.Model):
    """What one act changed: one save of the editor, one bulk edit, one import. It is taken back as one unit."""

    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    note = models.CharField(max_length=255, blank=True, help_text="What it was about, such as the file's name.")
    actor = models.CharField(max_length=60)
    undoes = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="undone_by",
        help_text="Taken back by it.",
    )
    report = models.JSONField(default=dict, help_text="Of an undo: what could not be taken back, and why.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]


class ProductRevision(models.Model):
    """A product as it was after a change; without a change set, as it was found before the first recorded one.

    `content` is compressed JSON (see `snapshots`). That of a product that was just created may be empty: it is
    filled in before the product's first change.
    """

    change_set = models.ForeignKey(ChangeSet, null=True, blank=True, on_delete=models.CASCADE, related_name="revisions")
    product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(help_text="Counts from 1 for each product.")
    version = models.PositiveIntegerField(help_text="The product's version that this is.")
    is_creation = models.BooleanField(default=False)
    digest = models.CharField(max_length=32, blank=True)
    content = models.BinaryField(default=bytes)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="revision_number_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="revision_number_from_one"),
        ]
