from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from duli.commerce.pricing.promotion_types import Stacking


class Promotion(models.Model):
    """What a merchant declared, as it stands now; its former wordings are `Version` rows."""

    class Combining(models.TextChoices):
        ALL = Stacking.ALL.value, _("With every other")
        GROUP = Stacking.GROUP.value, _("With all but its group: the best of the group counts")
        ALONE = Stacking.ALONE.value, _("With no other")

    name = models.CharField(max_length=120)
    titles = models.JSONField(default=dict, blank=True, help_text="What shoppers read, by language; else the name.")
    rules = models.JSONField(help_text="Benefit, needs and audience; see rules.py.")
    needs_code = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    stacking = models.CharField(max_length=5, choices=Combining.choices, default=Combining.ALL)
    group = models.CharField(max_length=40, blank=True)
    priority = models.PositiveIntegerField(default=100, help_text="Lower goes first.")
    limit_total = models.PositiveIntegerField(null=True, blank=True)
    limit_customer = models.PositiveIntegerField(null=True, blank=True)
    limit_day = models.PositiveIntegerField(null=True, blank=True)
    on_shelf = models.BooleanField(default=False, help_text="It is the price on the page, not a discount at the end.")
    is_listed = models.BooleanField(default=False, help_text="Its codes are in the coupon centre.")
    floor_points = models.PositiveIntegerField(
        null=True, blank=True, help_text="Goods keep their cost and so many hundredths of a per cent of it."
    )
    budget_minor = models.BigIntegerField(
        null=True, blank=True, help_text="It stops when it gave so much, in the store's own currency."
    )
    birthday_before = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Everybody is given a code so many days before their birthday; empty: nobody."
    )
    birthday_after = models.PositiveSmallIntegerField(
        default=30, help_text="That code is good for so many days after the birthday."
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="promotion_ends_after_start",
            ),
            models.CheckConstraint(condition=~Q(on_shelf=True) | Q(needs_code=False), name="shelf_price_without_code"),
            models.CheckConstraint(
                condition=Q(birthday_before=None) | Q(needs_code=True), name="birthday_promotion_needs_code"
            ),
            models.CheckConstraint(condition=~Q(stacking="group") | ~Q(group=""), name="promotion_group_named"),
        ]
        indexes = [models.Index(fields=["ends_at"], condition=Q(is_active=True), name="promotion_running")]

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """A promotion as it stood: orders name the version they were quoted with."""

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    data = models.JSONField()
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["promotion", "number"], name="promotion_version_once")]


class Code(models.Model):
    """What shoppers enter. `text` is written as it is compared: capitals, without blanks.

    One that was given to a `customer` is good for nobody else. `given_for` says what for ("birthday:2026:7:3"); the
    unique column is why nobody is given two.
    """

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="codes")
    text = models.CharField(max_length=40, unique=True)
    limit = models.PositiveIntegerField(null=True, blank=True, help_text="Orders it is good for; empty: no limit.")
    used = models.PositiveIntegerField(default=0)
    batch = models.ForeignKey("promotions.Batch", null=True, blank=True, on_delete=models.CASCADE, related_name="codes")
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.CASCADE, related_name="codes"
    )
    given_for = models.CharField(max_length=80, null=True, blank=True, unique=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(used__lte=F("limit")), name="code_used_within_limit"
            )
        ]
        indexes = [models.Index(fields=["promotion", "id"], name="codes_of_promotion")]

    def __str__(self) -> str:
        return self.text


class Taken(models.Model):
    """Somebody with an account took a code that is for all: their page of coupons shows it."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="taken_codes")
    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="takers")
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["customer", "code"], name="code_taken_once")]


class Batch(models.Model):
    """Codes that are made by a job: so many, each good for `limit` orders."""

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="batches")
    prefix = models.CharField(max_length=16, blank=True)
    wanted = models.PositiveIntegerField()
    made = models.PositiveIntegerField(default=0)
    length = models.PositiveSmallIntegerField(default=10)
    limit = models.PositiveIntegerField(default=1)
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(made__lte=F("wanted")), name="batch_made_within_wanted")]


class Counter(models.Model):
    """How often a promotion was used by everybody, on a day, or by one person; only where that is limited.

    The limit is checked by the statement that counts, so that no two orders share the last use.
    """

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="counters")
    key = models.CharField(
        max_length=60, help_text='"all", "budget", "day:2026-11-27", "customer:7" or "contact:<hash>".'
    )
    used = models.BigIntegerField(default=0, help_text='Orders; of the counter "budget" minor units.')

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promotion", "key"], name="promotion_counter_once")]


class Claim(models.Model):
    """Somebody's first order (or that of another number) got something for being it: no other one does meanwhile.

    Two orders at one instant are both the first for whoever counts orders; the unique row lets one of them be it.
    """

    number = models.PositiveIntegerField(help_text="Which of their orders it is.")
    key = models.CharField(max_length=60, help_text='"customer:7" or "contact:<hash>".')
    reference = models.CharField(max_length=80, db_index=True, help_text='Which order: "order:12".')

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number", "key"], name="promotion_claim_once")]


class Use(models.Model):
    """One order that used a promotion, with what it gave; append-only but for its return."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="uses")
    version = models.PositiveIntegerField()
    code = models.ForeignKey(Code, null=True, blank=True, on_delete=models.SET_NULL, related_name="uses")
    reference = models.CharField(max_length=80, help_text='Which order: "order:12".')
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.SET_NULL, related_name="promotion_uses"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Off goods and shipping together.")
    shipping_minor = models.BigIntegerField(default=0, help_text="Of that, off shipping.")
    is_price = models.BooleanField(default=False, help_text="It was in the prices, not taken off them.")
    total_minor = models.BigIntegerField(help_text="What the order came to.")
    counted = models.JSONField(default=list, blank=True, help_text="The counters it was counted by.")
    used_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True, blank=True, help_text="The order was cancelled or ran out.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["promotion", "reference"], name="promotion_use_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="promotion_use_not_negative"),
        ]
        indexes = [
            models.Index(fields=["reference"], name="promotion_uses_of_order"),
            models.Index(fields=["promotion", "-used_at"], name="promotion_uses_newest"),
        ]
