from __future__ import annotations

from django.db import models
from django.db.models import Q


class ThemeSettings(models.Model):
    """What a merchant set differently from the theme's own files; one row per theme."""

    theme_code = models.SlugField(max_length=60, unique=True)
    is_active = models.BooleanField(default=False)
    values = models.JSONField(default=dict, blank=True, help_text="{setting: value} of config/settings.json.")
    pages = models.JSONField(
        default=dict, blank=True, help_text="{template: {sections, order}} in place of templates/*.json."
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="one_active_theme")
        ]

    def __str__(self) -> str:
        return self.theme_code


class ThemeFile(models.Model):
    """A file of a theme that a merchant edited; it stands in for the one in the folder."""

    theme_code = models.SlugField(max_length=60)
    path = models.CharField(max_length=200)
    source = models.TextField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["theme_code", "path"], name="theme_file_once")]
