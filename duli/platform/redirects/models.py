from __future__ import annotations

from django.db import models


class Redirect(models.Model):
    """`source` is a path of this shop ("/product/old-tea", "/?p=12"); `target` a path of it or a whole address."""

    source = models.CharField(max_length=500, unique=True)
    target = models.CharField(max_length=1000)
    hits = models.PositiveIntegerField(default=0)
    last_hit_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    reference = models.CharField(max_length=40, blank=True, help_text='What made it, to be taken back: "changes:12".')

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="redirect_newest"),
            models.Index(fields=["reference"], condition=~models.Q(reference=""), name="redirect_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
