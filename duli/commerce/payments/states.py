"""The states of a collection, an attempt and a refund, as data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CollectionState(models.TextChoices):
    OPEN = "open", _("Awaiting payment")
    AUTHORISED = "authorised", _("Authorised")
    PARTLY_CAPTURED = "partly_captured", _("Partly paid")
    CAPTURED = "captured", _("Paid")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")
    REVIEW = "review", _("Needs review")
    CLOSED = "closed", _("Closed")


class AttemptState(models.TextChoices):
    CREATED = "created", _("Not answered yet")
    PENDING = "pending", _("Waiting for the shopper")
    AUTHORISED = "authorised", _("Authorised")
    CAPTURED = "captured", _("Paid")
    FAILED = "failed", _("Failed")
    CLOSED = "closed", _("Closed")


OPEN_ATTEMPT_STATES = (AttemptState.CREATED, AttemptState.PENDING)


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    PENDING = "pending", _("Refund on its way")
    SUCCEEDED = "succeeded", _("Refunded")
    FAILED = "failed", _("Failed")


class EventKind(models.TextChoices):
    AUTHORISED = "authorised", _("Authorised")
    CAPTURED = "captured", _("Captured")
    REVERSED = "reversed", _("Taken off again")
    FAILED = "failed", _("Failed")
    CLOSED = "closed", _("Closed")
    REFUNDED = "refunded", _("Refunded")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    INQUIRED = "inquired", _("The payer's bank asks about it")
    DISPUTED = "disputed", _("Disputed by the payer")
    DISPUTE_WON = "dispute_won", _("Dispute won")
    DISPUTE_LOST = "dispute_lost", _("Dispute lost")
    CHANGED = "changed", _("Something happened, the provider was asked")
    IGNORED = "ignored", _("Only noted")


class Problem(models.TextChoices):
    NONE = "", _("None")
    UNKNOWN_ATTEMPT = "unknown_attempt", _("Belongs to no payment of this shop")
    AMOUNT_MISMATCH = "amount_mismatch", _("Another amount than asked for")
    CURRENCY_MISMATCH = "currency_mismatch", _("Another currency than asked for")
    ACCOUNT_MISMATCH = "account_mismatch", _("Paid to another merchant account")


class DisputeState(models.TextChoices):
    INQUIRY = "inquiry", pgettext_lazy("dispute", "Asked about")
    OPEN = "open", _("Needs an answer")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Resolution(models.TextChoices):
    NONE = "", _("Not decided yet")
    ACCEPTED = "accepted", _("Accepted")
    DISMISSED = "dismissed", _("Dismissed")
