from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProductStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("On sale")
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
    CHOICE = "choice", _("Choice from a list")
    COLOUR = "colour", _("Colour")


LISTED = (AttributeKind.CHOICE, AttributeKind.COLOUR)
"""Kinds whose values are a list of the merchant's; products have no other."""
WORDED = (AttributeKind.TEXT, *LISTED)
"""Kinds whose values are words: one may become another while products have values."""


class ContentUnit(models.TextChoices):
    """In what the content of a variant is told; `units.py` says how they hang together."""

    MILLIGRAM = "mg", "mg"
    GRAM = "g", "g"
    KILOGRAM = "kg", "kg"
    MILLILITRE = "ml", "ml"
    CENTILITRE = "cl", "cl"
    LITRE = "l", "l"
    MILLIMETRE = "mm", "mm"
    CENTIMETRE = "cm", "cm"
    METRE = "m", "m"
    SQUARE_METRE = "m2", "m²"
    PIECE = "pc", _("pieces")
