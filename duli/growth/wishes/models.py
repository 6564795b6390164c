from __future__ import annotations

from django.db import models
from django.db.models import Q


class WishList(models.Model):
    """What one browser saved; a customer has one, whichever browser it is used from."""

    token = models.CharField(max_length=64, unique=True)
    customer = models.OneToOneField(
        "customers.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_index=True)


class Wish(models.Model):
    list = models.ForeignKey(WishList, on_delete=models.CASCADE, related_name="wishes")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(default=1, help_text="What the cart's line had when it was put aside.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["list", "variant"], name="wish_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="wish_quantity_positive"),
        ]


class StockRequest(models.Model):
    """Somebody wants to hear once when a variant can be bought again. Counts only once `confirmed_at` is set."""

    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(db_index=True)
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    language = models.CharField(max_length=12)
    token = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "email"], condition=Q(told_at__isnull=True), name="stock_request_open_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["variant", "id"],
                condition=Q(told_at__isnull=True, confirmed_at__isnull=False),
                name="stock_request_waiting",
            ),
        ]
