from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class DownloadFile(models.Model):
    """A file that buyers of a variant get; `stored` is its name in the private folder, never seen outside."""

    variant = models.ForeignKey("catalogue.Variant", null=True, on_delete=models.SET_NULL, related_name="downloads")
    name = models.CharField(max_length=200, help_text="What it is called when it arrives.")
    stored = models.CharField(max_length=80, unique=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: the shop's own; 0: without end.")
    most = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: the shop's own; 0: without limit.")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True, help_text="False: no new buyer gets it, former ones still do.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.CheckConstraint(condition=Q(size__gte=0), name="download_size")]

    def __str__(self) -> str:
        return self.name


class DownloadGrant(models.Model):
    """The right of an order line's buyer to a file; `version` makes the links before it worthless."""

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="+")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.CASCADE, related_name="+")
    file = models.ForeignKey(DownloadFile, on_delete=models.PROTECT, related_name="grants")
    version = models.PositiveIntegerField(default=1)
    most = models.PositiveIntegerField(default=0, help_text="0: without limit.")
    used = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "file"], name="download_grant_once"),
            models.CheckConstraint(condition=Q(most=0) | Q(used__lte=F("most")), name="download_within_limit"),
        ]
        indexes = [models.Index(fields=["order"], name="download_of_order")]


class DownloadUse(models.Model):
    """One download that counted, by whom; its continued parts belong to it."""

    grant = models.ForeignKey(DownloadGrant, on_delete=models.CASCADE, related_name="uses")
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]


class DownloadRules(models.Model):
    """How long and how often files may be downloaded where a file says nothing else (one row, pk 1)."""

    days = models.PositiveIntegerField(default=30, help_text="0: without end.")
    most = models.PositiveIntegerField(default=5, help_text="0: without limit.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="download_rules_are_one")]
