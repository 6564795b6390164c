from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProductStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    ARCHIVED = "archived", _("Archived")


class CollectionKind(models.TextChoices):
    MANUAL = "manual", _("Manual")
    RULES = "rules", _("By rules")


class CollectionSort(models.TextChoices):
    MANUAL = "manual", _("As arranged")
    NEWEST = "newest", _("Newest first")
    BEST_SELLING = "best_selling", _("Best selling")
    PRICE_ASCENDING = "price_ascending", _("Price, low to high")
    PRICE_DESCENDING = "price_descending", _("Price, high to low")
    TITLE = "title", _("Name")


class AttributeKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    BOOLEAN = "boolean", _("Yes or no")
