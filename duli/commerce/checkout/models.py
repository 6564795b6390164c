from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Cart(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ORDERED = "ordered", _("Ordered")
        MERGED = "merged", _("Merged into another cart")
        WITHDRAWN = "withdrawn", _("Draft withdrawn or out of date")

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
    pickup_location_id = models.BigIntegerField(null=True, blank=True, help_text="Where it is to be fetched.")
    payment_method_code = models.CharField(max_length=40, blank=True)
    gift_card_ids = models.JSONField(default=list, blank=True, help_text="Cards whose codes were entered, in order.")
    codes = models.JSONField(default=list, blank=True, help_text="Discount codes that were entered, in order.")
    points = models.PositiveBigIntegerField(default=0, help_text="Points that the shopper wants to spend, at most.")
    uses_credit = models.BooleanField(default=False, help_text="Store credit pays as far as it reaches.")
    note = models.TextField(blank=True)
    visit = models.ForeignKey(
        "referrals.Visit", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="By whose link the buyer came.",
    )  # fmt: skip
    vat_id = models.CharField(max_length=20, blank=True, default="", help_text="Of a company that buys.")
    source = models.CharField(max_length=40, blank=True)
    is_draft = models.BooleanField(default=False, help_text="Put together by staff: the shopper pays, changes no line.")

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
    price_minor = models.BigIntegerField(null=True, blank=True, help_text="A price that staff agreed, in a draft.")
    discount_minor = models.BigIntegerField(default=0, help_text="Off the whole line, in a draft.")
    gift = models.JSONField(default=dict, blank=True, help_text="For whom a gift card is: fields of a Gift.")
    gift_key = models.CharField(max_length=32, blank=True, default="", help_text="Tells such lines apart.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant", "gift_key"], name="cart_variant_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_line_positive"),
            models.CheckConstraint(
                condition=Q(price_minor__isnull=True) | Q(price_minor__gte=0), name="cart_line_price_not_negative"
            ),
            models.CheckConstraint(condition=Q(discount_minor__gte=0), name="cart_line_discount_not_negative"),
        ]


class CustomLine(models.Model):
    """Something in a draft that is not in the catalogue: an engraving, a deposit, work by the hour."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="custom_lines")
    title = models.CharField(max_length=255)
    quantity = models.PositiveIntegerField()
    price_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0, help_text="Off the whole line.")
    is_taxed = models.BooleanField(default=True)
    requires_shipping = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, price_minor__gte=0, discount_minor__gte=0), name="custom_line_not_negative"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Draft(models.Model):
    """An order that staff prepare for somebody: a cart that only staff change, with a link to pay it."""

    cart = models.OneToOneField(Cart, on_delete=models.PROTECT, related_name="draft")
    customer_name = models.CharField(max_length=120, blank=True)
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Whom staff picked; without one the order finds its customer by the address.",
    )  # fmt: skip
    staff_note = models.TextField(blank=True, help_text="Only staff read it.")
    discount_minor = models.BigIntegerField(default=0, help_text="Off all lines together.")
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0, help_text="Instead of a sum.")
    discount_reason = models.CharField(max_length=120, blank=True, help_text="The buyer reads it.")
    shipping_minor = models.BigIntegerField(null=True, blank=True, help_text="An agreed price of sending it.")
    shipping_name = models.CharField(max_length=120, blank=True)
    tags = models.JSONField(default=list, blank=True, help_text="Put on the order.")
    reserves_stock = models.BooleanField(default=False, help_text="Its units are held until it runs out.")
    order_id = models.BigIntegerField(null=True, blank=True, help_text="The order it became.")
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(help_text="Its prices are good until then.")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["expires_at"], condition=Q(order_id__isnull=True), name="draft_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_minor__gte=0, discount_percent__gte=0, discount_percent__lte=100),
                name="draft_discount_in_range",
            )
        ]

    def __str__(self) -> str:
        return f"Draft {self.pk}"

    @property
    def reference(self) -> str:
        """How stock calls what is held for it, and events the draft."""
        return f"draft:{self.pk}"
