from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from duli.commerce.orders.models.order import Order, OrderLine
from duli.commerce.orders.states import RefundProgress


class OrderRefund(models.Model):
    """What is taken back of an order and where its money goes; minor units of the order's currency.

    ``goods + shipping + adjustment = amount = original + credit + offset``. `offset` stays with the order and pays
    for something else in it (an exchange); it is negative where money goes back without a line, because an edit
    made the order cheaper.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    order_return = models.ForeignKey(
        "orders.OrderReturn", null=True, blank=True, on_delete=models.SET_NULL, related_name="refunds"
    )
    idempotency_key = models.CharField(max_length=120, unique=True, help_text="The caller's, within its order.")
    state = models.CharField(max_length=10, choices=RefundProgress.choices, default=RefundProgress.PENDING)
    goods_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    shipping_tax_minor = models.BigIntegerField(default=0)
    adjustment_minor = models.BigIntegerField(default=0, help_text="Below zero: a fee that is kept.")
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)
    taxes = models.JSONField(default=list, help_text="Per rate: name, rate, gross, net and tax that went back.")
    original_minor = models.BigIntegerField(default=0, help_text="Back the way it was paid.")
    credit_minor = models.BigIntegerField(default=0, help_text="As store credit.")
    offset_minor = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["-id"], condition=Q(state="failed"), name="order_refund_failed")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, original_minor__gte=0, credit_minor__gte=0, goods_minor__gte=0)
                & Q(shipping_minor__gte=0),
                name="order_refund_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=F("goods_minor") + F("shipping_minor") + F("adjustment_minor")),
                name="order_refund_parts_sum_up",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=F("original_minor") + F("credit_minor") + F("offset_minor")),
                name="order_refund_is_divided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount_minor}"


class OrderRefundLine(models.Model):
    """Units of a line that were refunded; `total_minor` with tax, before any fee or goodwill."""

    refund = models.ForeignKey(OrderRefund, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.RESTRICT, related_name="refund_lines")
    quantity = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    restock = models.BooleanField(default=False)
    location = models.ForeignKey("inventory.Location", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "order_line"], name="refund_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, total_minor__gte=0, tax_minor__gte=0), name="refund_line_positive"
            ),
        ]


class RefundPayment(models.Model):
    """One part of a refund's money on its way through one payment; the row is there before anybody is asked."""

    refund = models.ForeignKey(OrderRefund, on_delete=models.CASCADE, related_name="payments")
    amount_minor = models.BigIntegerField()
    payment_refund = models.ForeignKey(
        "payments.Refund", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    error = models.CharField(max_length=500, blank=True, help_text="Why the payment room did not take it.")
    replaced = models.BooleanField(default=False, help_text="It failed, and another part was tried instead.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_payment_positive")]
