from __future__ import annotations

from django.db import models


class GeneratedText(models.Model):
    """The mark of a text that a language model suggested: a digest of what its reader sees, never the text itself."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]
