from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from duli.commerce.orders.models.order import Order, OrderLine
from duli.commerce.orders.states import Condition, ReturnKind, ReturnOutcome, ReturnProgress


class OrderReturn(models.Model):
    """Goods on their way back, from the request to what became of it."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="returns")
    number = models.CharField(max_length=24, unique=True, null=True)  # noqa: DJ001 - unique, and unknown until the row has its key
    idempotency_key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=ReturnKind.choices, default=ReturnKind.RETURN)
    state = models.CharField(max_length=10, choices=ReturnProgress.choices, default=ReturnProgress.REQUESTED)
    outcome = models.CharField(max_length=10, choices=ReturnOutcome.choices, blank=True)
    note = models.TextField(blank=True, help_text="What the shopper wrote.")
    answer = models.TextField(blank=True, help_text="What the shopper was told: how to send it, or why not.")
    declarant = models.CharField(max_length=120, blank=True, help_text="Who declared the withdrawal.")
    receipt_to = models.EmailField(blank=True, help_text="Where the receipt of a withdrawal went.")
    tracking_number = models.CharField(max_length=80, blank=True)
    actor = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "-id"], name="return_by_state")]

    def __str__(self) -> str:
        return self.number or ""


class ReturnLine(models.Model):
    order_return = models.ForeignKey(OrderReturn, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.RESTRICT, related_name="return_lines")
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, blank=True, help_text="A code of `return_reasons`.")
    received_quantity = models.PositiveIntegerField(default=0)
    condition = models.CharField(max_length=10, choices=Condition.choices, blank=True)
    restocked_quantity = models.PositiveIntegerField(default=0, help_text="Put back on sale at the inspection.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order_return", "order_line"], name="return_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_positive"),
            models.CheckConstraint(
                condition=Q(received_quantity__lte=F("quantity")) & Q(restocked_quantity__lte=F("received_quantity")),
                name="not_more_received_than_sent_back",
            ),
        ]


class ReturnPhoto(models.Model):
    """A picture that the shopper added, for staff only: a private file of the media room."""

    order_return = models.ForeignKey(OrderReturn, on_delete=models.CASCADE, related_name="photos")
    file = models.ForeignKey("media.PrivateFile", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    mime = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class ReturnPolicy(models.Model):
    """What shoppers may do with an order themselves, as the merchant set it; one row, made on first use."""

    return_days = models.PositiveSmallIntegerField(default=30, help_text="After delivery; 0: no returns online.")
    withdrawal_days = models.PositiveSmallIntegerField(default=14, help_text="After delivery of the last parcel.")
    withdrawal_everywhere = models.BooleanField(
        default=False, help_text="Offer the withdrawal to buyers outside the European Union too."
    )
    may_cancel = models.BooleanField(default=True)
    may_change_address = models.BooleanField(default=True)
    reasons = models.JSONField(
        default=list, blank=True, help_text="Own reasons as (code, texts by language, hidden); empty: the usual ones."
    )
    instructions = models.TextField(
        blank=True, help_text="How goods are sent back; in the mail that approves a return."
    )
