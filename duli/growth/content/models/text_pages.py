from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Page(models.Model):
    class Menu(models.TextChoices):
        HELP = "help", _("Help")
        ABOUT = "about", _("About us")
        NONE = "none", _("In no menu")

    handle = models.CharField(max_length=160, unique=True)
    title = models.CharField(max_length=200)
    body_html = models.TextField(blank=True)
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)
    menu = models.CharField(max_length=10, choices=Menu.choices, default=Menu.NONE)
    position = models.PositiveSmallIntegerField(default=0)
    is_published = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title
