from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def every_day() -> list[int]:
    return list(range(1, 8))


class Location(models.Model):
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, default="CN")
    address = models.TextField(blank=True)
    city = models.CharField(max_length=80, blank=True, help_text="As the sender's on labels, like the two below.")
    postal_code = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    region = models.CharField(max_length=60, blank=True, help_text="State or province, for taxes on what is fetched.")
    is_pickup = models.BooleanField(default=False, help_text="Shoppers may fetch orders here.")
    pickup_hours = models.CharField(max_length=500, blank=True, help_text="When it is open, a line for each.")
    pickup_instructions = models.CharField(max_length=1000, blank=True, help_text="Where to go, what to bring.")
    cutoff = models.TimeField(null=True, blank=True, help_text="What is ordered before then leaves the same day.")
    working_days = models.JSONField(default=every_day, help_text="ISO weekdays on which parcels leave.")
    closed = models.JSONField(default=list, blank=True, help_text="Pairs of ISO dates: first and last day.")
    priority = models.PositiveSmallIntegerField(default=0, help_text="Lowest is taken from first.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["priority", "pk"]

    def __str__(self) -> str:
        return self.name


class StockLevel(models.Model):
    """`available` is on_hand - reserved; it may go down to -backorder_limit, never further.

    `incoming` are the units on their way in transfers and deliveries that are sent and not yet received.
    """

    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="stock_levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    incoming = models.PositiveIntegerField(default=0)
    backorder_limit = models.PositiveIntegerField(default=0)
    backorder_on = models.DateField(null=True, blank=True, help_text="From when they are sent, as shoppers are told.")
    backorder_promise = models.CharField(
        max_length=120, blank=True, help_text="What shoppers are told when they buy what is not there yet."
    )
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
        MOVED_OUT = "moved_out", _("Sent to another location")
        MOVED_IN = "moved_in", _("Received from another location")
        REPAIRED = "repaired", _("Numbers set right")

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


class StockTransfer(models.Model):
    """Units on their way to a location: from another one (a transfer), or from outside (a delivery)."""

    class Kind(models.TextChoices):
        TRANSFER = "transfer", _("Transfer")
        DELIVERY = "delivery", _("Delivery")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENT = "sent", _("On its way")
        RECEIVED = "received", _("Received")
        CANCELLED = "cancelled", _("Cancelled")

    class Difference(models.TextChoices):
        LOST = "lost", _("Lost on the way")
        RETURNED = "returned", _("Back at the sender")
        NOT_SENT = "not_sent", _("Never sent by the supplier")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TRANSFER)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    source = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, related_name="outgoing")
    target = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="arriving")
    supplier = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=255, blank=True)
    expected_on = models.DateField(null=True, blank=True)
    difference = models.CharField(max_length=10, choices=Difference.choices, blank=True)
    difference_note = models.CharField(max_length=255, blank=True)
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="transfer", source__isnull=False) | Q(kind="delivery", source__isnull=True),
                name="only_transfers_have_a_source",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True) | ~Q(source=F("target")), name="transfer_goes_elsewhere"
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="transfer_state")]

    @property
    def reference(self) -> str:
        return f"{self.kind}:{self.pk}"


class StockTransferLine(models.Model):
    """`received` may exceed `quantity` if more came than was announced."""

    transfer = models.ForeignKey(StockTransfer, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="transfer_lines")
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["transfer", "variant"], name="transfer_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_line_positive"),
        ]

    @property
    def open(self) -> int:
        return max(self.quantity - self.received, 0)


class StockCount(models.Model):
    """A sheet on which what lies at a location is written down, compared and then applied at once."""

    class State(models.TextChoices):
        OPEN = "open", _("Being counted")
        APPLIED = "applied", _("Applied")
        CANCELLED = "cancelled", _("Cancelled")

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="counts")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    name = models.CharField(max_length=120)
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    closed_by = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="count_state")]

    @property
    def reference(self) -> str:
        return f"count:{self.pk}"


class StockCountLine(models.Model):
    """`expected` was on hand when the sheet was made, `on_hand_then` when it was counted; the two differ by sales."""

    count = models.ForeignKey(StockCount, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="count_lines")
    expected = models.IntegerField()
    counted = models.PositiveIntegerField(null=True, blank=True)
    on_hand_then = models.IntegerField(null=True, blank=True)
    counted_by = models.CharField(max_length=60, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["count", "variant"], name="count_line_once"),
            models.CheckConstraint(
                condition=Q(counted__isnull=True) | Q(on_hand_then__isnull=False), name="counted_against_something"
            ),
        ]

    @property
    def difference(self) -> int:
        """How many more (or fewer) were found than the shop thought at that moment; 0 until it is counted."""
        if self.counted is None or self.on_hand_then is None:
            return 0
        return self.counted - self.on_hand_then


class DailyDemand(models.Model):
    """Units of a variant ordered on one day of the store; what days of cover are reckoned from."""

    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="daily_demand")
    day = models.DateField()
    units = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["variant", "day"], name="demand_once_a_day")]
        indexes = [models.Index(fields=["day"], name="demand_day")]


class StockCheck(models.Model):
    """One examination of all numbers: how many levels differ, and the first of them."""

    requested_by = models.CharField(max_length=60, blank=True)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    levels = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
