from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Zone(models.Model):
    """Countries (and, within them, regions) that are served alike."""

    name = models.CharField(max_length=120)
    countries = models.JSONField(default=list, help_text='ISO 3166 codes; "*" is everywhere else.')
    regions = models.JSONField(default=list, blank=True, help_text="Region codes or names; empty means all of them.")
    position = models.PositiveSmallIntegerField(default=0, help_text="The first zone that matches is taken.")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Method(models.Model):
    class Basis(models.TextChoices):
        FLAT = "flat", _("Flat")
        WEIGHT = "weight", _("By weight")
        PRICE = "price", _("By order value")
        QUANTITY = "quantity", _("By number of items")
        CARRIER = "carrier", _("What the carrier asks for this parcel")

    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="methods")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=255, blank=True)
    carrier = models.SlugField(max_length=40, blank=True)
    tax_class = models.SlugField(
        max_length=40, blank=True, help_text="How its price is taxed; empty: as the goods are, by their value."
    )
    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.FLAT)
    rates = models.JSONField(
        default=dict,
        help_text='{"CNY": [{"from": 0, "minor": 1200}, …]}: `from` in grams, minor units or items, ascending. Of a '
        "method that costs what the carrier asks: its price while nobody knows that.",
    )
    free_over = models.JSONField(default=dict, blank=True, help_text='{"CNY": 50000}: minor units of goods.')
    seller = models.SlugField(max_length=40, blank=True, help_text="Whose rates it takes, by their price.")
    live_services = models.JSONField(
        default=list, blank=True, help_text='"USPS/Priority": only these services; empty: the cheapest of all.'
    )
    markup_basis_points = models.PositiveIntegerField(default=0, help_text="On the carrier's price: 1000 is 10 %.")
    handling = models.JSONField(default=dict, blank=True, help_text='{"CNY": 500}: added to the carrier\'s price.')
    is_pickup = models.BooleanField(default=False, help_text="Shoppers fetch it at a place of the shop.")
    cutoff = models.TimeField(null=True, blank=True, help_text="Instead of the hour of the place it leaves from.")
    handling_days = models.PositiveSmallIntegerField(default=0, help_text="Working days until it leaves.")
    on_weekdays = models.BooleanField(default=False, help_text="Its days are Monday to Friday.")
    min_days = models.PositiveSmallIntegerField(default=1)
    max_days = models.PositiveSmallIntegerField(default=3)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["zone", "code"], name="method_code_once"),
            models.CheckConstraint(condition=Q(max_days__gte=models.F("min_days")), name="method_days_in_order"),
        ]

    def __str__(self) -> str:
        return self.name


class Restriction(models.Model):
    """Goods that cannot go somewhere, or not by some methods: by tag, category or one by one."""

    name = models.CharField(max_length=120, unique=True)
    reason = models.CharField(max_length=255, blank=True, help_text="Shoppers read it.")
    tag_ids = models.JSONField(default=list, blank=True)
    category_ids = models.JSONField(default=list, blank=True, help_text="With all categories below them.")
    product_ids = models.JSONField(default=list, blank=True)
    countries = models.JSONField(default=list, blank=True, help_text="ISO 3166 codes; empty is everywhere.")
    is_elsewhere = models.BooleanField(default=False, help_text="All countries but those.")
    method_codes = models.JSONField(default=list, blank=True, help_text="Empty: it cannot be sent there at all.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
