from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from duli.commerce.orders.search import PrefixIndex, Tail
from duli.commerce.orders.states import FulfilmentState, OrderStatus, ParcelState, PaymentState, ReturnState, RiskLevel
from duli.commerce.shipping.states import ParcelProgress


class Order(models.Model):
    """A sale, with everything that was shown when it was made; amounts in minor units of `currency`."""

    number = models.CharField(max_length=24, unique=True, null=True)  # noqa: DJ001 - unique, and unknown until the row has its key
    token = models.CharField(max_length=64, unique=True, help_text="Opens the status page without a login.")
    idempotency_key = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=10, choices=OrderStatus.choices, default=OrderStatus.OPEN)
    payment_state = models.CharField(max_length=20, choices=PaymentState.choices, default=PaymentState.UNPAID)
    fulfilment_state = models.CharField(
        max_length=20, choices=FulfilmentState.choices, default=FulfilmentState.UNFULFILLED
    )
    return_state = models.CharField(max_length=10, choices=ReturnState.choices, default=ReturnState.NONE)

    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="orders"
    )
    customer_name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True, db_index=True)
    phone = models.CharField(max_length=32, blank=True, db_index=True)
    language = models.CharField(max_length=12)
    market_code = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField()

    subtotal_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0, help_text="The value taken back, with tax, however it was paid.")
    credited_minor = models.BigIntegerField(default=0, help_text="Of all refunds, what became store credit.")
    offset_minor = models.BigIntegerField(default=0, help_text="Sum of the refunds' offsets.")
    quote = models.JSONField(help_text="The quote's explanation as it was shown.")
    tax_scheme = models.CharField(max_length=16, blank=True, default="", help_text="Why it is taxed as it is.")
    tax = models.JSONField(
        default=dict, blank=True, help_text="Place of the rates, the buyer's VAT id with its proof, duty."
    )

    shipping_address = models.JSONField(null=True, blank=True)
    billing_address = models.JSONField(null=True, blank=True)
    shipping_method_name = models.CharField(max_length=120, blank=True)
    shipping_method_code = models.CharField(max_length=40, blank=True)
    pickup_location = models.ForeignKey(
        "inventory.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="Where the shopper fetches it; empty: it is sent.",
    )  # fmt: skip
    pickup_ready_at = models.DateTimeField(null=True, blank=True, help_text="The shopper was told to come.")
    arrives_from = models.DateField(null=True, blank=True, help_text="As promised when it was placed.")
    arrives_by = models.DateField(null=True, blank=True)
    payment_method_code = models.CharField(max_length=40, blank=True)
    payment_collection = models.OneToOneField(
        "payments.PaymentCollection", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True, help_text="What the shopper wrote.")
    tags = models.JSONField(default=list, blank=True, help_text="As shown; filters read OrderTag.")
    country = models.CharField(max_length=2, blank=True, help_text="Of the shipping address, for filters.")
    source = models.CharField(max_length=40, default="storefront")

    placed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="Staff have accepted the order.")
    paid_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Unpaid orders are cancelled then.")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=40, blank=True)
    held_at = models.DateTimeField(null=True, blank=True, help_text="Nothing is shipped until it is released.")
    hold_reason = models.CharField(max_length=200, blank=True)
    risk = models.CharField(max_length=6, choices=RiskLevel.choices, default=RiskLevel.NONE)
    risk_reasons = models.JSONField(default=list, blank=True, help_text="Codes of the rules that spoke.")
    risk_cleared_at = models.DateTimeField(null=True, blank=True, help_text="Staff have looked and found it safe.")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="The shopper was reminded to pay.")
    origin = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="offshoots",
        help_text="The order that this one was split off from.",
    )  # fmt: skip
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="absorbed",
        help_text="The order that its goods and money belong to now; this one is cancelled and empty.",
    )  # fmt: skip
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("total_minor"), credited_minor__gte=0),
                name="not_more_refunded_than_sold",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False), name="cancelled_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=False) | Q(hold_reason=""), name="hold_reason_needs_a_hold"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(status="cancelled", total_minor=0), name="merged_is_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["status", "fulfilment_state", "payment_state", "-placed_at"]),
            models.Index(fields=["customer", "-placed_at"]),
            models.Index(
                fields=["expires_at"], condition=Q(expires_at__isnull=False, status="open"), name="order_expiry"
            ),
            # One look-up each for what people remember; `search.py` asks in exactly these words.
            PrefixIndex(Upper("number"), name="order_by_number"),
            PrefixIndex(Upper("email"), name="order_by_email"),
            PrefixIndex(Upper("customer_name"), name="order_by_name"),
            models.Index(Tail("customer_name", 2), name="order_by_given_name"),
            models.Index(Tail("phone", 8), name="order_by_phone"),
            models.Index(Tail("phone", 4), name="order_by_phone_end"),
            models.Index(fields=["payment_state", "-placed_at", "-id"], name="order_payment_newest"),
            models.Index(fields=["fulfilment_state", "-placed_at", "-id"], name="order_fulfilment_newest"),
            models.Index(fields=["country", "-placed_at", "-id"], name="order_country_newest"),
            models.Index(fields=["-placed_at", "-id"], condition=Q(status="cancelled"), name="order_cancelled_newest"),
            models.Index(
                fields=["-placed_at", "-id"],
                condition=Q(status="open", fulfilment_state__in=["unfulfilled", "partially_fulfilled"]),
                name="order_waiting_newest",
            ),
            models.Index(fields=["-placed_at", "-id"], condition=~Q(risk="none"), name="order_risky_newest"),
            models.Index(fields=["-placed_at", "-id"], condition=Q(held_at__isnull=False), name="order_held_newest"),
            models.Index(fields=["tax_scheme", "placed_at"], condition=~Q(tax_scheme=""), name="order_by_scheme"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def reference(self) -> str:
        """How lower rooms (payments, stock, events, mail) call this order."""
        return f"order:{self.pk}"


class OrderLine(models.Model):
    """A snapshot of what was bought; the variant may be gone one day, the line stays readable."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalogue.Variant", null=True, on_delete=models.SET_NULL, related_name="+")
    product_id = models.BigIntegerField(null=True, db_index=True)
    product_handle = models.CharField(max_length=160, blank=True)
    title = models.CharField(max_length=255)
    variant_title = models.CharField(max_length=255, blank=True)
    sku = models.CharField(max_length=100, blank=True, db_index=True)
    image = models.JSONField(null=True, blank=True, help_text="Fields of the asset: id, hash, width, height.")
    requires_shipping = models.BooleanField(default=True)
    weight_grams = models.PositiveIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)
    parts = models.JSONField(
        default=list, blank=True, help_text="What one unit of a bundle consisted of: fields of a NamedPart each."
    )
    backorder = models.JSONField(
        default=dict, blank=True, help_text="What was said of units that were not there: units, on (ISO date), words."
    )
    is_gift_card = models.BooleanField(default=False, help_text="Each unit becomes a gift card worth its price.")
    gift = models.JSONField(default=dict, blank=True, help_text="What the buyer said of it: fields of a Gift.")

    quantity = models.PositiveIntegerField()
    fulfilled_quantity = models.PositiveIntegerField(default=0)
    cancelled_quantity = models.PositiveIntegerField(
        default=0, help_text="Refunded before they were sent: never to be shipped."
    )
    refunded_quantity = models.PositiveIntegerField(default=0)
    unit_price_minor = models.BigIntegerField()
    subtotal_minor = models.BigIntegerField(help_text="unit price × quantity")
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(help_text="What the shopper pays for the line, tax included.")
    tax_rate = models.DecimalField(max_digits=7, decimal_places=5, default=0)
    tax_name = models.CharField(max_length=60, blank=True)
    taxes = models.JSONField(
        default=list, blank=True, help_text="Each tax on the line as it was sold: rule, name, rate, base and amount."
    )
    points_percent = models.PositiveIntegerField(
        default=100, help_text="What is paid for it earns so much of its points: 200 is twice as many."
    )
    refunded_minor = models.BigIntegerField(default=0, help_text="Of the total, with tax.")
    refunded_tax_minor = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_positive"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("fulfilled_quantity") + F("cancelled_quantity")),
                name="not_more_shipped_than_sold",
            ),
            models.CheckConstraint(
                condition=Q(
                    refunded_quantity__lte=F("quantity"),
                    refunded_minor__lte=F("total_minor"),
                    refunded_tax_minor__lte=F("tax_minor"),
                ),
                name="not_more_refunded_than_the_line",
            ),
        ]
        indexes = [models.Index(Upper("sku"), F("order").desc(), name="line_by_sku")]

    @property
    def is_charge(self) -> bool:
        """Whether it is no goods at all: the duty, or a service that staff wrote. It is paid for, and never counted."""
        return not (self.variant_id or self.product_id or self.sku or self.requires_shipping)

    @property
    def to_ship(self) -> int:
        """Units that are still to leave the house."""
        return self.quantity - self.fulfilled_quantity - self.cancelled_quantity


class Fulfilment(models.Model):
    """One parcel."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfilments")
    location = models.ForeignKey("inventory.Location", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=ParcelState.choices, default=ParcelState.SHIPPED)
    carrier = models.CharField(max_length=40, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True, db_index=True)
    tracking_url = models.URLField(max_length=500, blank=True)
    progress = models.CharField(
        max_length=20, choices=ParcelProgress.choices, blank=True, help_text="Where the carrier says that it is."
    )
    idempotency_key = models.CharField(max_length=80, unique=True)
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(Upper("tracking_number"), name="parcel_by_tracking"),
            models.Index(fields=["-shipped_at", "-id"], name="parcels_by_age"),
            models.Index(fields=["progress", "-shipped_at"], name="parcels_by_progress"),
        ]


class FulfilmentLine(models.Model):
    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="parcels")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fulfilment", "order_line"], name="parcel_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="parcel_line_positive"),
        ]
