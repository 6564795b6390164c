from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from duli.commerce.reconciliation.states import DifferenceKind, DifferenceState, LineState, StatementState


class StatementMapping(models.Model):
    """Which column of a bank's table means what, remembered by the table's own headings."""

    signature = models.CharField(max_length=64, unique=True, help_text="Hash of the headings.")
    columns = models.JSONField(help_text="Our field → headings of the table.")
    account = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3, blank=True)

    def __str__(self) -> str:
        return self.signature


class Statement(models.Model):
    """A file of a bank as somebody brought it."""

    name = models.CharField(max_length=255)
    format = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=StatementState.choices, default=StatementState.READ)
    account = models.CharField(max_length=60, blank=True, help_text="As given by hand; the file's own wins.")
    currency = models.CharField(max_length=3, blank=True)
    text = models.TextField(blank=True, help_text="The table, until somebody has said what its columns mean.")
    added = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="Lines that were there already.")
    outgoing = models.PositiveIntegerField(default=0, help_text="Lines that went out, which are left aside.")
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class StatementLine(models.Model):
    """Money that came in on a bank account; never changed but for what it was matched to."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    fingerprint = models.CharField(max_length=64, unique=True, help_text="The same line of another file has the same.")
    account = models.CharField(max_length=60, blank=True)
    booked_on = models.DateField()
    amount_minor = models.BigIntegerField()
    matched_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    payer = models.CharField(max_length=160, blank=True)
    payer_account = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=500, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="How the bank calls this line.")
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.OPEN)
    note = models.CharField(max_length=255, blank=True, help_text="Why it was left aside.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="statement_line_came_in"),
            models.CheckConstraint(
                condition=Q(matched_minor__gte=0, matched_minor__lte=F("amount_minor")),
                name="statement_line_matched_once",
            ),
            models.CheckConstraint(
                condition=~Q(state=LineState.MATCHED) | Q(matched_minor=F("amount_minor")),
                name="statement_line_matched_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=LineState.IGNORED) | Q(matched_minor=0), name="statement_line_ignored_unmatched"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-booked_on", "-id"], name="statement_line_by_state"),
            models.Index(fields=["-booked_on", "-id"], name="statement_line_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_minor} {self.currency}"

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.matched_minor


class StatementMatch(models.Model):
    """Money of a line that counts for an order; undone ones stay."""

    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="matches")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    due_minor = models.BigIntegerField(help_text="What the order still owed before.")
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="statement_match_positive")]

    def __str__(self) -> str:
        return f"{self.line_id} → {self.order_id}: {self.amount_minor}"


class PaymentProof(models.Model):
    """A picture or PDF by which a shopper shows that they have transferred the money."""

    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="+")
    file = models.ForeignKey("media.PrivateFile", on_delete=models.CASCADE, related_name="+")
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"proof {self.pk}"


class ProviderBill(models.Model):
    """What a payment provider says it moved on one day, in the provider's own time zone."""

    gateway = models.CharField(max_length=40)
    day = models.DateField()
    test_mode = models.BooleanField(default=False, help_text="Fetched with the keys for trying out.")
    movements_count = models.PositiveIntegerField(default=0)
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "test_mode", "day"], name="one_bill_a_day")]
        indexes = [models.Index(fields=["-day", "-id"], name="provider_bill_newest")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.day}"


class BillMovement(models.Model):
    """One line of a bill; `amount_minor` without its sign, which `kind` (captured, refunded, refund_failed) says."""

    bill = models.ForeignKey(ProviderBill, on_delete=models.CASCADE, related_name="movements")
    kind = models.CharField(max_length=15)
    token = models.CharField(max_length=64, blank=True, db_index=True, help_text="Ours: an attempt's or a refund's.")
    transaction_id = models.CharField(max_length=255, blank=True, db_index=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField(default=0, help_text="What the provider kept; below zero: gave back.")
    fee_currency = models.CharField(max_length=3, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.transaction_id}"


class BillDifference(models.Model):
    """What a bill and the shop do not agree about; an open one that a later comparison no longer finds is deleted."""

    bill = models.ForeignKey(ProviderBill, on_delete=models.CASCADE, related_name="differences")
    key = models.CharField(max_length=280, help_text="The movement it is about; compared again it is the same.")
    kind = models.CharField(max_length=15, choices=DifferenceKind.choices)
    movement_kind = models.CharField(max_length=15)
    transaction_id = models.CharField(max_length=255, blank=True)
    token = models.CharField(max_length=64, blank=True)
    theirs_minor = models.BigIntegerField(null=True, blank=True)
    theirs_currency = models.CharField(max_length=3, blank=True)
    ours_minor = models.BigIntegerField(null=True, blank=True)
    ours_currency = models.CharField(max_length=3, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text='What the money is for: "order:12".')
    label = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=DifferenceState.choices, default=DifferenceState.OPEN)
    note = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=80, blank=True)
    explained_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "key"], name="difference_once"),
            models.CheckConstraint(
                condition=~Q(state=DifferenceState.EXPLAINED) | ~Q(note=""), name="difference_explained_in_words"
            ),
        ]
        indexes = [models.Index(fields=["bill"], condition=Q(state=DifferenceState.OPEN), name="difference_open")]

    def __str__(self) -> str:
        return self.key
