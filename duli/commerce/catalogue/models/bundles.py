from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Bundle(models.Model):
    """What makes a variant a bundle: it has no stock of its own, its components' units are sold."""

    class PriceMode(models.TextChoices):
        OWN = "own", _("A price of its own")
        SUM = "sum", _("The sum of its parts, minus a percentage")

    variant = models.OneToOneField("catalogue.Variant", on_delete=models.CASCADE, related_name="bundle")
    price_mode = models.CharField(max_length=4, choices=PriceMode.choices, default=PriceMode.OWN)
    percent_off = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, help_text="Off the sum, where the price is the sum."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(percent_off__gte=0, percent_off__lt=100), name="bundle_percent")
        ]


class BundleComponent(models.Model):
    """`quantity` units of `variant` are in one unit of the bundle."""

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="components")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.PROTECT, related_name="part_of")
    quantity = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["bundle", "variant"], name="bundle_component_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bundle_component_positive"),
        ]
