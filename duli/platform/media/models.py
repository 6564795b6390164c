from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AssetKind(models.TextChoices):
    IMAGE = "image", _("Picture")
    VIDEO = "video", _("Video")
    LINK = "link", _("Link")


class Asset(models.Model):
    """A picture or film in the media folder, or a link to one elsewhere.

    `file` is a path below MEDIA_ROOT; the same content is stored once (`content_hash`, SHA-256 in hex). The
    focal point says which part must stay visible when a layout crops: 0, 0 is top left and 1, 1 bottom right.
    """

    kind = models.CharField(max_length=8, choices=AssetKind.choices)
    file = models.CharField(max_length=200, blank=True)
    url = models.URLField(max_length=1000, blank=True)
    original_name = models.CharField(max_length=255, blank=True)
    mime = models.CharField(max_length=60, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    alt = models.CharField(max_length=255, blank=True)
    focal_x = models.FloatField(default=0.5)
    focal_y = models.FloatField(default=0.5)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_hash"], condition=~Q(content_hash=""), name="asset_content_once"),
            models.CheckConstraint(
                condition=Q(focal_x__gte=0, focal_x__lte=1, focal_y__gte=0, focal_y__lte=1),
                name="asset_focal_point_inside",
            ),
            models.CheckConstraint(
                condition=Q(kind="link", file="") & ~Q(url="")
                | ~Q(kind="link") & Q(url="") & ~Q(file="") & ~Q(content_hash=""),
                name="asset_is_file_or_link",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name or self.url or self.file


class PrivateFile(models.Model):
    """A file for a few eyes only: no address leads to it, a face checks who asks and streams it.

    `reference` is what it belongs to ("order:12"); its name in the store is random and not told to anybody.
    """

    reference = models.CharField(max_length=80, db_index=True)
    file = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=255)
    mime = models.CharField(max_length=60)
    bytes = models.PositiveBigIntegerField()
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")
