from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Location(models.Model):
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, default="CN")
    address = models.TextField(blank=True)
    priority = models.PositiveSmallIntegerField(default=0, help_text="Lowest is taken from first.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["priority", "pk"]

    def __str__(self) -> str:
        return self.name


class StockLevel(models.Model):
    """`available` is on_hand - reserved; it may go down to -backorder_limit, never further."""

    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="stock_levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    incoming = models.PositiveIntegerField(default=0)
    backorder_limit = models.PositiveIntegerField(default=0)
    low_stock_threshold = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty means the store's own threshold."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="stock_level_once"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_not_negative"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="on_hand_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand") + F("backorder_limit")), name="reserved_is_covered"
            ),
        ]

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class Reservation(models.Model):
    """Units held for a reference such as ``order:12``; row by row it expires, is allocated, shipped or released."""

    class State(models.TextChoices):
        HELD = "held", _("Held")
        ALLOCATED = "allocated", _("Allocated")
        SHIPPED = "shipped", _("Shipped")
        RELEASED = "released", _("Released")

    reference = models.CharField(max_length=60, db_index=True)
    level = models.ForeignKey(StockLevel, on_delete=models.CASCADE, related_name="reservations")
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_positive")]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="held"), name="reservation_expiry")]


class StockMovement(models.Model):
    """The ledger: every change of a level, why, by whom and for what. Never updated, never deleted."""

    class Reason(models.TextChoices):
        INITIAL = "initial", _("First count")
        RECEIVED = "received", _("Received")
        COUNTED = "counted", _("Counted")
        DAMAGED = "damaged", _("Damaged")
        LOST = "lost", _("Lost or stolen")
        RETURNED = "returned", _("Returned by a customer")
        CORRECTED = "corrected", _("Correction")
        IMPORTED = "imported", _("Import")
        RESERVED = "reserved", _("Held for an order")
        RELEASED = "released", _("Hold released")
        SHIPPED = "shipped", _("Shipped")
        RESTOCKED = "restocked", _("Put back after a cancellation")

    level = models.ForeignKey(StockLevel, on_delete=models.CASCADE, related_name="movements")
    on_hand_change = models.IntegerField(default=0)
    reserved_change = models.IntegerField(default=0)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    note = models.CharField(max_length=255, blank=True)
    actor = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=60, blank=True, db_index=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["level", "-id"])]
