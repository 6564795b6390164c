from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Program(models.Model):
    """The one row (key 1) of rules. Money is in minor units of the store's own currency."""

    class Measure(models.TextChoices):
        SPENT = "spent", _("Money spent")
        ORDERS = "orders", _("Number of orders")

    class Ready(models.TextChoices):
        PAID = "paid", _("after payment")
        DELIVERED = "delivered", _("after delivery")

    class Rounding(models.TextChoices):
        DOWN = "down", _("Down")
        NEAREST = "nearest", _("To the nearest")
        UP = "up", _("Up")

    has_tiers = models.BooleanField(default=False)
    measure = models.CharField(max_length=6, choices=Measure.choices, default=Measure.SPENT)
    window_days = models.PositiveIntegerField(default=365, help_text="0: everything there ever was.")
    grace_days = models.PositiveIntegerField(default=30, help_text="Days before a tier is lost.")

    has_points = models.BooleanField(default=False)
    earn_points = models.PositiveIntegerField(default=1, help_text="So many points…")
    earn_minor = models.PositiveBigIntegerField(default=100, help_text="…for every so much that is paid.")
    rounding = models.CharField(max_length=7, choices=Rounding.choices, default=Rounding.DOWN)
    order_points = models.PositiveIntegerField(default=0, help_text="For every order, beside those.")
    welcome_points = models.PositiveIntegerField(default=0, help_text="For an account whose address is proved.")
    birthday_points = models.PositiveIntegerField(default=0, help_text="For a birthday, once a year.")
    ready_from = models.CharField(max_length=9, choices=Ready.choices, default=Ready.PAID)
    ready_days = models.PositiveIntegerField(default=14)
    expiry_months = models.PositiveIntegerField(default=12, help_text="0: they never run out.")
    notice_days = models.PositiveIntegerField(default=30)
    worth_points = models.PositiveIntegerField(default=100, help_text="So many points…")
    worth_minor = models.PositiveBigIntegerField(default=100, help_text="…are worth so much in the checkout.")
    most_percent = models.PositiveIntegerField(default=50, help_text="Of the goods, that points may pay.")
    least_points = models.PositiveIntegerField(default=0, help_text="Fewer cannot be spent at once.")
    boost_percent = models.PositiveIntegerField(default=100, help_text="For a while: 200 is twice the points.")
    boost_from = models.DateTimeField(null=True, blank=True)
    boost_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="membership_program_is_one"),
            models.CheckConstraint(
                condition=Q(earn_points__gt=0, earn_minor__gt=0, worth_points__gt=0, worth_minor__gt=0),
                name="membership_rates_positive",
            ),
            models.CheckConstraint(condition=Q(most_percent__gte=1, most_percent__lte=100), name="points_share_whole"),
        ]


class Tier(models.Model):
    """A step of the program; who reaches a higher one has the lower ones' place no more."""

    name = models.CharField(max_length=60)
    names = models.JSONField(default=dict, blank=True, help_text="By language; else the name.")
    threshold = models.BigIntegerField(help_text="Minor units of the store's currency, or orders.")
    points_percent = models.PositiveIntegerField(default=100, help_text="150: half as many points again.")
    benefits = models.TextField(blank=True, help_text="What members read, one line each.")
    benefits_by_language = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["threshold", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["threshold"], name="tier_threshold_once"),
            models.CheckConstraint(condition=Q(threshold__gte=0, points_percent__gt=0), name="tier_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        return f"tier:{self.pk}"


class Member(models.Model):
    """What a customer has in the program. `points` repeats the sum of the entries, `owed` what a refund could not take
    back because it was spent: the next points settle it."""

    customer = models.OneToOneField(
        "customers.Customer", primary_key=True, on_delete=models.PROTECT, related_name="membership"
    )
    tier = models.ForeignKey(Tier, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    tier_since = models.DateTimeField(null=True, blank=True)
    below_since = models.DateTimeField(null=True, blank=True, help_text="What the tier asks for is not there since.")
    set_by_hand = models.BooleanField(default=False)
    kept_until = models.DateTimeField(null=True, blank=True, help_text="Of a tier set by hand; empty: for good.")
    points = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gte=0, owed__gte=0), name="member_points_not_negative")
        ]
        indexes = [models.Index(fields=["-points", "-customer"], name="member_by_points")]


class TierChange(models.Model):
    """Why somebody came into another tier; never altered."""

    class Reason(models.TextChoices):
        REACHED = "reached", _("Reached")
        LOST = "lost", pgettext_lazy("tier", "Not kept up")
        BY_HAND = "by_hand", pgettext_lazy("tier", "Set by staff")
        ENDED = "ended", pgettext_lazy("tier", "Time by hand ended")
        MERGED = "merged", pgettext_lazy("tier", "Customers merged")
        REMOVED = "removed", pgettext_lazy("tier", "Tier removed")

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="tier_changes")
    before = models.CharField(max_length=60, blank=True)
    after = models.CharField(max_length=60, blank=True)
    after_id = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=8, choices=Reason.choices)
    value = models.BigIntegerField(null=True, blank=True, help_text="What was measured then.")
    note = models.CharField(max_length=255, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]


class Lot(models.Model):
    """Points that came at once. `left` repeats the sum of its entries; the oldest are spent first."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="points_lots")
    points = models.BigIntegerField()
    left = models.BigIntegerField()
    reference = models.CharField(max_length=60, blank=True, db_index=True)
    available_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it is not known yet.")
    expires_at = models.DateTimeField(null=True, blank=True)
    noticed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["expires_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0, left__gte=0, left__lte=F("points")), name="lot_in_range")
        ]
        indexes = [
            models.Index(fields=["customer"], condition=Q(left__gt=0), name="lots_of_customer"),
            models.Index(fields=["expires_at"], condition=Q(left__gt=0), name="lots_by_end"),
        ]


class PointsEntry(models.Model):
    """One change of points, never altered: the balance is the sum of `change`, what is owed that of `owed`."""

    class Kind(models.TextChoices):
        EARNED = "earned", pgettext_lazy("points", "Earned")
        WELCOME = "welcome", pgettext_lazy("points", "Welcome")
        BIRTHDAY = "birthday", pgettext_lazy("points", "Birthday")
        SPENT = "spent", pgettext_lazy("points", "Spent")
        RETURNED = "returned", pgettext_lazy("points", "Given back")
        TAKEN_BACK = "taken_back", pgettext_lazy("points", "Taken back")
        EXPIRED = "expired", pgettext_lazy("points", "Run out")
        ADJUSTED = "adjusted", pgettext_lazy("points", "Changed by staff")
        OWED = "owed", pgettext_lazy("points", "Still to be taken back")
        SETTLED = "settled", pgettext_lazy("points", "Settled")

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="points_entries")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    change = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=60, blank=True, db_index=True)
    note = models.CharField(max_length=255, blank=True)
    actor = models.CharField(max_length=80)
    idempotency_key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(change=0, owed=0), name="points_entry_says_something"),
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=~Q(idempotency_key=""), name="points_entry_once"
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="points_of_customer")]


class Redemption(models.Model):
    """Points that an order spent, what came off its goods for them, and what those cost after it."""

    order = models.OneToOneField("orders.Order", primary_key=True, on_delete=models.PROTECT, related_name="redemption")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    points = models.BigIntegerField()
    returned = models.BigIntegerField(default=0, help_text="Of them, given back.")
    amount_minor = models.BigIntegerField(help_text="Minor units of the order's currency.")
    goods_minor = models.BigIntegerField(help_text="What the goods cost after it; before it, if `paid_all`.")
    paid_all = models.BooleanField(default=False, help_text="Nothing was left to be paid for goods.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, returned__gte=0, returned__lte=F("points")), name="redemption_in_range"
            )
        ]


class OrderPoints(models.Model):
    """By which rules an order earns: those of the day it was paid, so that a refund reckons with the same."""

    order = models.OneToOneField("orders.Order", primary_key=True, on_delete=models.PROTECT, related_name="earning")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    rule = models.JSONField(help_text="Fields of an EarnRule.")
    created_at = models.DateTimeField()
