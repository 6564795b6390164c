from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from duli.commerce.payments.states import (
    OPEN_ATTEMPT_STATES,
    AttemptState,
    CollectionState,
    DisputeState,
    EventKind,
    Problem,
    RefundState,
    Resolution,
)


class PaymentCollection(models.Model):
    """An amount asked for under a reference; the sums are recomputed from the events, in minor units."""

    reference = models.CharField(max_length=80, unique=True, help_text='What it is for: "order:12".')
    label = models.CharField(max_length=40, blank=True, help_text="What people call it: the order number.")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    authorised_minor = models.BigIntegerField(default=0)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    disputed_minor = models.BigIntegerField(default=0, help_text="The payer's bank is deciding about it.")
    charged_back_minor = models.BigIntegerField(default=0, help_text="The payer's bank took it back.")
    state = models.CharField(max_length=20, choices=CollectionState.choices, default=CollectionState.OPEN)
    method_code = models.CharField(max_length=40, blank=True)
    return_url = models.CharField(max_length=500, blank=True, help_text="Where the shopper is sent afterwards.")
    language = models.CharField(max_length=12)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text="Nobody should pay any more.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="collection_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(authorised_minor__gte=0, captured_minor__gte=0, refunded_minor__gte=0),
                name="collection_sums_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__lte=F("captured_minor")), name="collection_refunded_within_captured"
            ),
            models.CheckConstraint(
                condition=Q(disputed_minor__gte=0, charged_back_minor__gte=0), name="collection_disputes_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["state", "-created_at"])]

    def __str__(self) -> str:
        return self.reference


class PaymentAttempt(models.Model):
    """One try to pay through one gateway. The row is there before the gateway is called."""

    collection = models.ForeignKey(PaymentCollection, on_delete=models.PROTECT, related_name="attempts")
    gateway = models.CharField(max_length=40)
    token = models.CharField(
        max_length=64, unique=True, help_text="Our name for it at the provider: reference and idempotency key."
    )
    idempotency_key = models.CharField(max_length=120, unique=True, help_text="The caller's, within its collection.")
    state = models.CharField(max_length=20, choices=AttemptState.choices, default=AttemptState.CREATED)
    amount_minor = models.BigIntegerField()
    capture_minor = models.BigIntegerField(
        null=True, blank=True, help_text="What staff asked to be taken of an authorised amount; stored before the call."
    )
    device = models.CharField(max_length=10, blank=True, help_text="What the shopper pays on.")
    test_mode = models.BooleanField(default=False, help_text="Made with the keys for trying out.")
    details = models.JSONField(default=dict, blank=True, help_text="Card brand, last four, payer's account.")
    email_key = models.CharField(max_length=24, blank=True, help_text="Keyed hash of the shopper's e-mail address.")
    address_key = models.CharField(max_length=24, blank=True, help_text="Keyed hash of their network address.")
    card_key = models.CharField(max_length=24, blank=True, help_text="Keyed hash of the card's fingerprint.")
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    step = models.JSONField(null=True, blank=True, help_text="What the shopper has to do, as the gateway answered.")
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    poll_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="attempt_amount_positive"),
            models.UniqueConstraint(
                fields=["collection"], condition=Q(state__in=OPEN_ATTEMPT_STATES), name="one_open_attempt"
            ),
        ]
        indexes = [
            models.Index(fields=["next_poll_at"], condition=Q(next_poll_at__isnull=False), name="attempt_to_be_polled"),
            # Whole, not only where there is a key: SQLite uses no part of an index for a value it does not know.
            models.Index(fields=["email_key", "-created_at"], name="attempt_by_email_key"),
            models.Index(fields=["address_key", "-created_at"], name="attempt_by_address_key"),
            models.Index(fields=["card_key", "-created_at"], name="attempt_by_card_key"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.token}"


class TryLimits(models.Model):
    """How often one may try to pay within an hour, as the merchant set it; one row, made on first use. 0: no limit."""

    order_tries = models.PositiveSmallIntegerField(default=10)
    order_failures = models.PositiveSmallIntegerField(default=4)
    email_tries = models.PositiveSmallIntegerField(default=15)
    email_failures = models.PositiveSmallIntegerField(default=5)
    address_tries = models.PositiveSmallIntegerField(default=40)
    address_failures = models.PositiveSmallIntegerField(default=10)
    card_failures = models.PositiveSmallIntegerField(default=4)
    refuse_factor = models.PositiveSmallIntegerField(
        default=3, help_text="At so many times a limit nobody may go on; below, a person has to show that they are one."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="try_limits_once"),
            models.CheckConstraint(condition=Q(refuse_factor__gte=1), name="try_limits_refuse_some_time"),
        ]

    def __str__(self) -> str:
        return "limits"


class PaymentAlarm(models.Model):
    """Somebody was refused because of too many tries; one row for each hour and kind, so that staff are told once."""

    key = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, blank=True, help_text="What was tried too often: order, email, …")
    count = models.PositiveIntegerField(default=0, help_text="The most tries of one that were refused in this hour.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Refund(models.Model):
    """Money on its way back. The row is there before the gateway is called."""

    collection = models.ForeignKey(PaymentCollection, on_delete=models.PROTECT, related_name="refunds")
    attempt = models.ForeignKey(PaymentAttempt, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    token = models.CharField(max_length=64, unique=True, help_text="Our idempotency key at the provider.")
    idempotency_key = models.CharField(max_length=120, unique=True, help_text="The caller's, within its collection.")
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=RefundState.choices, default=RefundState.REQUESTED)
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    reason = models.CharField(max_length=255, blank=True)
    actor = models.CharField(max_length=80)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_positive")]


class Dispute(models.Model):
    """A payer asks their bank for the money back. Restated from the provider's events, in minor units."""

    collection = models.ForeignKey(PaymentCollection, on_delete=models.PROTECT, related_name="disputes")
    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, related_name="disputes")
    external_id = models.CharField(max_length=255)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN)
    reason = models.CharField(max_length=60, blank=True)
    respond_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["attempt", "external_id"], name="dispute_once")]
        indexes = [models.Index(fields=["respond_by"], condition=Q(state=DisputeState.OPEN), name="dispute_to_answer")]

    def __str__(self) -> str:
        return self.external_id


class Reassignment(models.Model):
    """Paid money that belongs to another collection now, because orders were split or merged; never changed.

    Its refund goes back through `attempt`, which stays with the collection it was made for; None: taken in by hand.
    """

    source = models.ForeignKey(PaymentCollection, on_delete=models.PROTECT, related_name="given")
    target = models.ForeignKey(PaymentCollection, on_delete=models.PROTECT, related_name="taken")
    attempt = models.ForeignKey(PaymentAttempt, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="reassignment_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="reassignment_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}: {self.amount_minor}"


class PaymentEvent(models.Model):
    """What a provider or a member of staff told us; never changed but for its processing."""

    provider = models.CharField(max_length=40)
    external_id = models.CharField(max_length=255)
    collection = models.ForeignKey(
        PaymentCollection, null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    attempt = models.ForeignKey(PaymentAttempt, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    attempt_token = models.CharField(max_length=64, blank=True, help_text="As the provider named it back to us.")
    transaction_id = models.CharField(
        max_length=255, blank=True, help_text="The provider's charge or refund; told twice, it counts once."
    )
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    account_matches = models.BooleanField(default=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=80)
    note = models.CharField(max_length=500, blank=True)
    body = models.BinaryField(blank=True, default=b"", help_text="Raw, as it was received.")
    headers = models.JSONField(default=dict, blank=True)
    respond_by = models.DateTimeField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=30, choices=Problem.choices, blank=True, default=Problem.NONE)
    resolution = models.CharField(max_length=20, choices=Resolution.choices, blank=True, default=Resolution.NONE)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="payment_event_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payment_event_not_negative"),
        ]
        indexes = [
            models.Index(
                fields=["received_at"], condition=Q(processed_at__isnull=True), name="payment_event_unprocessed"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"


class GatewaySetting(models.Model):
    """A payment method as the merchant set it up; secrets inside `settings` are encrypted."""

    code = models.CharField(max_length=40, unique=True)
    enabled = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    settings = models.JSONField(default=dict, blank=True)
    test_settings = models.JSONField(default=dict, blank=True, help_text="The keys for trying out.")
    test_mode = models.BooleanField(default=False, help_text="Shoppers pay with the keys for trying out.")
    rules = models.JSONField(default=dict, blank=True, help_text="Where, to whom and for how much it is offered.")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.code


class GiftCard(models.Model):
    """Money somebody may spend by a code; the code itself is not kept, only its hash and its last four signs.

    `balance_minor` is the sum of its entries. A card without a hash has not been handed over yet.
    """

    code_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - unique, and unknown until then
    last4 = models.CharField(max_length=4, blank=True, db_index=True)
    currency = models.CharField(max_length=3)
    initial_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField(default=0)
    language = models.CharField(max_length=12)
    recipient_email = models.EmailField(blank=True, db_index=True)
    recipient_name = models.CharField(max_length=120, blank=True)
    sender_name = models.CharField(max_length=120, blank=True)
    message = models.TextField(blank=True)
    deliver_on = models.DateField(null=True, blank=True, help_text="Sent on that day; empty: at once.")
    delivered_at = models.DateTimeField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True, help_text="The last day; empty: without end.")
    disabled_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=255, blank=True, help_text="Only staff read it.")
    reference = models.CharField(
        max_length=60, blank=True, db_index=True, help_text='What it was bought by: "order:12".'
    )
    source_key = models.CharField(max_length=80, unique=True, null=True)  # noqa: DJ001 - unique where it was bought
    code_version = models.PositiveSmallIntegerField(
        default=0, help_text="Above 0: it was bought, and its code follows from the shop's secret and this number."
    )
    created_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(initial_minor__gt=0), name="gift_card_is_worth_something"),
            models.CheckConstraint(condition=Q(balance_minor__gte=0), name="gift_card_not_below_nothing"),
        ]
        indexes = [
            models.Index(fields=["deliver_on"], condition=Q(delivered_at__isnull=True), name="gift_card_to_be_sent")
        ]

    def __str__(self) -> str:
        return f"gift card {self.pk}"

    @property
    def own_reference(self) -> str:
        return f"gift_card:{self.pk}"


class GiftCardLife(models.Model):
    """How long gift cards can be spent that were bought in a market; without a row, and by default, without end."""

    market_code = models.CharField(max_length=20, unique=True)
    years = models.PositiveSmallIntegerField(default=0, help_text="0: without end.")
    to_year_end = models.BooleanField(default=False, help_text="Until the end of the last year, as by German law.")

    def __str__(self) -> str:
        return self.market_code


class GiftCardEntry(models.Model):
    """One change of a card's balance, never altered; minor units of the card's currency."""

    class Reason(models.TextChoices):
        ISSUED = "issued", _("Issued")
        SPENT = "spent", _("Spent")
        RETURNED = "returned", _("Refunded to the card")
        CORRECTED = "corrected", _("Corrected by staff")
        WITHDRAWN = "withdrawn", _("Taken back with its purchase")

    card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, related_name="entries")
    amount_minor = models.BigIntegerField(help_text="Above zero: given; below: taken.")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    reference = models.CharField(max_length=60, blank=True, db_index=True, help_text='What it is for: "order:12".')
    actor = models.CharField(max_length=80)
    idempotency_key = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="gift_card_entry_not_zero")]
