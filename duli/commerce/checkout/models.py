from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Cart(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ORDERED = "ordered", _("Ordered")
        MERGED = "merged", _("Merged into another cart")

    token = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="carts"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    market_code = models.CharField(max_length=20)
    language = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)

    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    shipping_address = models.JSONField(null=True, blank=True)
    billing_address = models.JSONField(null=True, blank=True, help_text="Empty means the shipping address.")
    shipping_method_id = models.BigIntegerField(null=True, blank=True)
    payment_method_code = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    source = models.CharField(max_length=40, blank=True)

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_index=True)

    # Units in the cart, where the verb that returns it knows them anyway.
    item_count: int | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state="open", customer__isnull=False), name="one_open_cart"
            )
        ]


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    seen_price_minor = models.BigIntegerField(help_text="Unit price when it was added, to tell of a change.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_variant_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_line_positive"),
        ]
