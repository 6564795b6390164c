from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from duli.base.clock import now
from duli.commerce.referrals.states import Kind, ReferralState, ReferrerState


class Program(models.Model):
    """The rules as the merchant set them; one row, made on first use. Amounts in the store's own currency."""

    class Reward(models.TextChoices):
        CREDIT = "credit", pgettext_lazy("referrals", "Store credit")
        COUPON = "coupon", pgettext_lazy("referrals", "A code for one order")

    friends_on = models.BooleanField(default=False)
    reward = models.CharField(max_length=6, choices=Reward.choices, default=Reward.CREDIT)
    reward_minor = models.BigIntegerField(default=0, help_text="The referrer's store credit.")
    reward_promotion = models.ForeignKey(
        "promotions.Promotion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The discount of which the referrer gets a code.",
    )  # fmt: skip
    least_minor = models.BigIntegerField(default=0, help_text="What the friend's goods have to cost.")
    partners_on = models.BooleanField(default=False)
    takes_applications = models.BooleanField(default=False)
    commission_points = models.PositiveIntegerField(default=1000, help_text="Hundredths of a per cent of the goods.")
    approves_itself = models.BooleanField(default=False, help_text="Commissions need no click once they waited.")
    wait_days = models.PositiveSmallIntegerField(default=14, help_text="From payment on: the time to return goods.")
    window_days = models.PositiveSmallIntegerField(default=30, help_text="How long a link that was followed counts.")
    asks_first = models.BooleanField(default=True, help_text="Nothing is kept in a browser before a click on yes.")
    most_a_day = models.PositiveSmallIntegerField(default=5, help_text="More orders of one referrer are looked at.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reward_minor__gte=0, least_minor__gte=0, commission_points__lte=10_000),
                name="referral_program_in_range",
            )
        ]


class Commission(models.Model):
    """Another commission for some goods; the narrowest that fits counts."""

    facet = models.CharField(max_length=40, unique=True, help_text='"product:3", "category:7", "collection:2", …')
    points = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(points__lte=10_000), name="commission_in_range")]

    def __str__(self) -> str:
        return self.facet


class Referrer(models.Model):
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="referrers")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    code = models.CharField(max_length=20, unique=True, help_text="The end of the link.")
    state = models.CharField(max_length=8, choices=ReferrerState.choices, default=ReferrerState.ACTIVE)
    points = models.PositiveIntegerField(null=True, blank=True, help_text="A commission of their own, on all goods.")
    about = models.CharField(max_length=500, blank=True, help_text="What a partner wrote on joining.")
    pay_to = models.CharField(max_length=300, blank=True, help_text="Where commissions are paid: an account.")
    device = models.CharField(max_length=32, blank=True, help_text="Keyed hash of the browser that asked for the link.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind"], name="referrer_once"),
            models.CheckConstraint(condition=Q(points__isnull=True) | Q(points__lte=10_000), name="referrer_in_range"),
        ]

    def __str__(self) -> str:
        return self.code


class Clicks(models.Model):
    """How often a link was opened on a day; nothing of who did."""

    referrer = models.ForeignKey(Referrer, on_delete=models.CASCADE, related_name="clicks")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referrer", "day"], name="clicks_once_a_day")]


class Visit(models.Model):
    """Somebody followed a link and agreed that it counts."""

    referrer = models.ForeignKey(Referrer, on_delete=models.CASCADE, related_name="visits")
    device = models.CharField(max_length=32, blank=True, help_text="Keyed hash of the browser, for some weeks.")
    visited_at = models.DateTimeField(db_index=True)


class Referral(models.Model):
    """An order that came by a referrer: what was promised for it, and how it stands."""

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="referral")
    referrer = models.ForeignKey(Referrer, on_delete=models.PROTECT, related_name="referrals")
    state = models.CharField(max_length=8, choices=ReferralState.choices, default=ReferralState.PENDING)
    checks = models.JSONField(default=list, blank=True, help_text="What looked odd: codes of states.CHECKS.")
    currency = models.CharField(max_length=3)
    promised = models.JSONField(default=dict, help_text="Commission by order line, or the reward: minor units.")
    earned_minor = models.BigIntegerField(default=0, help_text="The sum of what was earned and taken back.")
    paid_minor = models.BigIntegerField(default=0, help_text="Of that, paid out.")
    reward_code = models.CharField(max_length=40, blank=True, help_text="The code a referrer was given.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="When goods can be returned no more.")
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="referral_due"),
            models.Index(fields=["state", "-id"], name="referrals_by_state"),
            models.Index(fields=["referrer", "-id"], name="referrals_of_referrer"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(earned_minor__gte=0, paid_minor__gte=0), name="referral_not_negative")
        ]

    @property
    def is_due(self) -> bool:
        """Whether it waits for nothing but somebody's yes."""
        return self.state == ReferralState.PENDING and self.due_at is not None and self.due_at <= now()

    @property
    def owed_minor(self) -> int:
        """What is to be paid out, below zero where more was paid than the order still earns."""
        return self.earned_minor - self.paid_minor


class PayoutBatch(models.Model):
    currency = models.CharField(max_length=3)
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]


class Payout(models.Model):
    """What one partner is paid by a batch, and where to."""

    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="payouts")
    referrer = models.ForeignKey(Referrer, on_delete=models.PROTECT, related_name="payouts")
    amount_minor = models.BigIntegerField()
    pay_to = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "referrer"], name="payout_once_a_batch"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_positive"),
        ]


class Entry(models.Model):
    """One change of what a referral brings; never altered. Minor units of the referral's currency."""

    class Reason(models.TextChoices):
        EARNED = "earned", pgettext_lazy("referrals", "Earned")
        TAKEN_BACK = "taken_back", pgettext_lazy("referrals", "Taken back")
        PAID = "paid", pgettext_lazy("referrals", "Paid out")

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="entries")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    amount_minor = models.BigIntegerField(help_text="Above zero: owed to the referrer; below: taken off that.")
    payout = models.ForeignKey(Payout, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="referral_entry_not_zero")]
