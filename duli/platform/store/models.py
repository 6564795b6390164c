from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Store(models.Model):
    """The one row that says who the shop is (pk 1)."""

    name = models.CharField(max_length=120, default="Duli")
    tagline = models.CharField(max_length=200, blank=True)
    legal_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    registration = models.CharField(max_length=120, blank=True, help_text="Company or ICP number shown in the footer.")
    default_language = models.CharField(max_length=12, default="zh-hans")
    default_currency = models.CharField(max_length=3, default="CNY")
    time_zone = models.CharField(max_length=60, default="Asia/Shanghai")
    accent = models.CharField(max_length=7, default="#2f6f62")
    order_prefix = models.CharField(max_length=12, blank=True)
    hold_minutes = models.PositiveIntegerField(
        default=60, help_text="How long an order keeps its stock while a payment online is open."
    )
    low_stock_threshold = models.PositiveIntegerField(default=5)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="store_is_one")]

    def __str__(self) -> str:
        return self.name


class UnitPrices(models.TextChoices):
    """For what quantity unit prices are told. The EU's directive 98/6 and the German PAngV ask for the whole unit."""

    WHOLE = "whole", _("Per kg, l, m, m² or piece")
    HUNDRED = "hundred", _("Per 100 g or 100 ml, else per m, m² or piece")
    NONE = "none", _("Not shown")


class TaxRounding(models.TextChoices):
    """Where tax is rounded to whole cents; see `pricing.types.TaxRounding`."""

    UNIT = "unit", _("For each unit")
    LINE = "line", _("For each line")
    TOTAL = "total", _("Once for each rate of the order")


class Market(models.Model):
    """Where and how the shop sells: countries, currency, language, and how prices show tax."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    countries = models.JSONField(default=list, help_text="ISO 3166 codes; empty means everywhere else.")
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=12)
    prices_include_tax = models.BooleanField(default=True)
    checks_reductions = models.BooleanField(
        null=True,
        blank=True,
        help_text="Former prices obey the lowest price of 30 days; empty: where the law asks for it.",
    )
    unit_prices = models.CharField(
        max_length=8,
        choices=UnitPrices.choices,
        default=UnitPrices.WHOLE,
        help_text="For what quantity prices of goods sold by measure are told beside their own.",
    )
    tax_rounding = models.CharField(
        max_length=5,
        choices=TaxRounding.choices,
        default=TaxRounding.LINE,
        help_text="Where tax becomes whole minor units.",
    )
    is_default = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_market")
        ]

    def __str__(self) -> str:
        return self.name


class SetupStep(models.Model):
    """A step on the way to opening the shop that somebody went through, or left out."""

    step = models.SlugField(max_length=20, primary_key=True)
    skipped = models.BooleanField(default=False)
    passed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.step


class Translation(models.Model):
    """One text of one thing in one language other than the store's own."""

    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    language = models.CharField(max_length=12)
    field = models.CharField(max_length=40)
    value = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "language", "field"], name="one_translation")
        ]


class Change(models.Model):
    """Says that something shown to shoppers changed; caches in every process follow these rows.

    Append-only, so that writers never wait for each other; old rows are pruned by a schedule.
    """

    topic = models.CharField(max_length=80)
    happened_at = models.DateTimeField(db_index=True)


class LastingSecret(models.Model):
    """The one row (pk 1) with the secret that outlives the secret key; see `lasting`."""

    sealed = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="lasting_secret_is_one")]

    def __str__(self) -> str:
        return "lasting secret"
