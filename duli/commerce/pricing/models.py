from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from duli.commerce.pricing.rounding import Rounding


class PriceList(models.Model):
    """Prices in one currency. Markets of that currency use its default list."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    is_default = models.BooleanField(default=True, help_text="The list markets of this currency read.")
    rounding = models.CharField(
        max_length=10, default=Rounding.NONE.value, help_text="Of prices that are converted because this list has none."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["currency"], condition=Q(is_default=True), name="one_default_list_per_currency"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """Minor units of the list's currency; `compare_at_minor` is the former price, if it is a sale.

    `lowest_before_minor` is what the history says to that: the lowest price in the 30 days before the reduction.
    """

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="prices")
    minor = models.BigIntegerField()
    compare_at_minor = models.BigIntegerField(null=True, blank=True)
    lowest_before_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "price_list"], name="price_once"),
            models.CheckConstraint(condition=Q(minor__gte=0), name="price_not_negative"),
            models.CheckConstraint(
                condition=Q(compare_at_minor__isnull=True) | Q(compare_at_minor__gt=F("minor")),
                name="compare_at_is_higher",
            ),
        ]


class PriceChange(models.Model):
    """The history: every price from the moment it was in force. Never updated, never deleted by a verb."""

    class Origin(models.TextChoices):
        OPENING = "opening", _("Before the history began")
        IMPORTED = "imported", _("Import")
        SET = "set", _("Set in the shop")
        PROMOTION = "promotion", _("A sale began or ended")

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="changes")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="price_changes")
    minor = models.BigIntegerField()
    compare_at_minor = models.BigIntegerField(null=True, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.SET)
    actor = models.CharField(max_length=60, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["variant", "price_list", "changed_at", "id"], name="price_history")]
        constraints = [models.CheckConstraint(condition=Q(minor__gte=0), name="past_price_not_negative")]


class Cost(models.Model):
    """What one unit of a variant costs the merchant, in minor units; never shown to shoppers."""

    variant = models.OneToOneField("catalogue.Variant", on_delete=models.CASCADE, related_name="cost")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(minor__gte=0), name="cost_not_negative")]


class ExchangeRate(models.Model):
    """1 unit of `base` is `rate` units of `quote`; used where a currency has no price of its own."""

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    valid_from = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["base", "quote", "valid_from"], name="exchange_rate_once")]


class TaxRate(models.Model):
    """Tax on one class of goods in one place; with validity. `tax_rates.resolve` says which wins."""

    country = models.CharField(max_length=2, help_text='"*" is every country without a rate of its own.')
    region = models.CharField(max_length=20, blank=True)
    postcodes = models.CharField(max_length=500, blank=True, help_text='"90210;902*;35000...38999"; empty means all.')
    city = models.CharField(max_length=80, blank=True)
    tax_class = models.SlugField(max_length=40, default="standard")
    name = models.CharField(max_length=60)
    rate = models.DecimalField(max_digits=7, decimal_places=5, help_text="0.13 for 13 %.")
    priority = models.PositiveSmallIntegerField(default=1, help_text="Rates of different priorities add up.")
    compound = models.BooleanField(default=False, help_text="On the price with the taxes of lower priorities.")
    included = models.BooleanField(
        null=True, blank=True, help_text="Prices contain it, or do not; empty: as prices of the market do."
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "region", "tax_class", "priority", "valid_from", "city", "postcodes"],
                name="tax_rate_once",
            ),
            models.CheckConstraint(condition=Q(rate__gte=0), name="tax_rate_not_negative"),
        ]


class PriceRange(models.Model):
    """Cheapest and dearest active variant of a product in one list; kept by `services`, read by listings."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="ranges")
    product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="price_ranges")
    minimum_minor = models.BigIntegerField()
    maximum_minor = models.BigIntegerField()
    compare_at_minor = models.BigIntegerField(null=True, help_text="Of the cheapest variant.")
    lowest_before_minor = models.BigIntegerField(null=True, help_text="Of the cheapest variant.")
    variant_count = models.PositiveIntegerField(default=0, help_text="Variants that have a price in this list.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "price_list"], name="price_range_once")]
        indexes = [models.Index(fields=["price_list", "minimum_minor", "product"])]
