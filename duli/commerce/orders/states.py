"""The states of an order as data, and the one function for each derived state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

TEST_SOURCE = "test"
"""Where an order came from that only tries the shop out; it counts in no numbers of sales."""


FIRST_NUMBER = 1000
"""What is added to the key of an order or a return to make its number."""


class OrderStatus(models.TextChoices):
    OPEN = "open", _("Open")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class PaymentState(models.TextChoices):
    UNPAID = "unpaid", _("Unpaid")
    AUTHORISED = "authorised", _("Authorised")
    PARTIALLY_PAID = "partially_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")
    REVIEW = "review", _("Needs review")
    VOIDED = "voided", _("Voided")


class FulfilmentState(models.TextChoices):
    UNFULFILLED = "unfulfilled", _("To ship")
    PARTIALLY_FULFILLED = "partially_fulfilled", _("Partly shipped")
    FULFILLED = "fulfilled", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    NOT_NEEDED = "not_needed", _("Nothing to ship")


class ReturnState(models.TextChoices):
    NONE = "none", _("None")
    REQUESTED = "requested", _("Return requested")
    UNDER_WAY = "under_way", _("Return under way")
    RETURNED = "returned", _("Returned")


class ReturnKind(models.TextChoices):
    RETURN = "return", _("Return")
    WITHDRAWAL = "withdrawal", _("Withdrawal")


class ReturnProgress(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    RECEIVED = "received", _("Received")
    INSPECTED = "inspected", _("Inspected")
    COMPLETED = "completed", _("Completed")
    REJECTED = "rejected", _("Rejected after inspection")
    CANCELLED = "cancelled", _("Cancelled")


# What may follow what; a return may be settled without waiting for the goods.
RETURN_MOVES: Mapping[str, frozenset[str]] = {
    ReturnProgress.REQUESTED: frozenset(
        {ReturnProgress.APPROVED, ReturnProgress.DECLINED, ReturnProgress.CANCELLED, ReturnProgress.COMPLETED}
    ),
    ReturnProgress.APPROVED: frozenset(
        {ReturnProgress.RECEIVED, ReturnProgress.CANCELLED, ReturnProgress.COMPLETED, ReturnProgress.REJECTED}
    ),
    ReturnProgress.RECEIVED: frozenset({ReturnProgress.INSPECTED, ReturnProgress.COMPLETED, ReturnProgress.REJECTED}),
    ReturnProgress.INSPECTED: frozenset({ReturnProgress.COMPLETED, ReturnProgress.REJECTED}),
}
RETURN_OPEN = (
    ReturnProgress.REQUESTED,
    ReturnProgress.APPROVED,
    ReturnProgress.RECEIVED,
    ReturnProgress.INSPECTED,
)
RETURN_COUNTS = (*RETURN_OPEN, ReturnProgress.COMPLETED)


class ReturnOutcome(models.TextChoices):
    REFUND = "refund", _("Refund")
    CREDIT = "credit", _("Store credit")
    EXCHANGE = "exchange", _("Exchange")
    REJECTED = "rejected", _("Nothing back")


class ReturnReason(models.TextChoices):
    TOO_SMALL = "too_small", _("Too small")
    TOO_LARGE = "too_large", _("Too large")
    NOT_AS_DESCRIBED = "not_as_described", _("Not as described")
    DEFECTIVE = "defective", _("Does not work or has a fault")
    DAMAGED = "damaged", _("Damaged on the way")
    WRONG_ITEM = "wrong_item", _("Not what I ordered")
    TOO_LATE = "too_late", _("Came too late")
    NO_LONGER_WANTED = "no_longer_wanted", _("I do not want it any more")
    OTHER = "other", _("Another reason")


class Condition(models.TextChoices):
    AS_NEW = "as_new", _("As new")
    OPENED = "opened", _("Opened, complete")
    USED = "used", _("Used")
    DAMAGED = "damaged", _("Damaged")


class RefundProgress(models.TextChoices):
    PENDING = "pending", _("On its way")
    SUCCEEDED = "succeeded", _("Refunded")
    FAILED = "failed", _("Failed")


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class RiskLevel(models.TextChoices):
    NONE = "none", _("No risk seen")
    MEDIUM = "medium", _("Look twice")
    HIGH = "high", _("High risk")


class ParcelState(models.TextChoices):
    SHIPPED = "shipped", _("On its way")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    DELIVERED = "delivered", _("Delivered")
    EXCEPTION = "exception", _("Problem on the way")


def payment_state_of(
    *,
    total: int,
    authorised: int,
    captured: int,
    refunded: int,
    offset: int = 0,
    review: bool = False,
    cancelled: bool = False,
) -> PaymentState:
    """Derive the payment state from sums in minor units of the order's currency.

    `refunded` counts store credit too; `offset` is what refunds left with the order to pay for other things in it.
    """
    if review:
        return PaymentState.REVIEW
    if captured and refunded >= captured:
        return PaymentState.REFUNDED
    covered = captured + offset >= total
    if refunded and (covered or cancelled):
        return PaymentState.PARTIALLY_REFUNDED
    if covered and (captured or not total):
        return PaymentState.PAID
    if captured:
        return PaymentState.PARTIALLY_PAID
    if cancelled:
        return PaymentState.VOIDED
    return PaymentState.AUTHORISED if authorised else PaymentState.UNPAID


def fulfilment_state_of(lines: Iterable[tuple[int, int]], parcels: Iterable[str]) -> FulfilmentState:
    """Derive the state from ``(quantity to ship, quantity shipped)`` per line and the parcels' states."""
    wanted = shipped = 0
    for quantity, done in lines:
        wanted += quantity
        shipped += done
    if not wanted:
        return FulfilmentState.NOT_NEEDED
    if shipped < wanted:
        return FulfilmentState.PARTIALLY_FULFILLED if shipped else FulfilmentState.UNFULFILLED
    states = list(parcels)
    if states and all(state == ParcelState.DELIVERED for state in states):
        return FulfilmentState.DELIVERED
    return FulfilmentState.FULFILLED


def return_state_of(states: Iterable[str]) -> ReturnState:
    """Derive the order's state from those of its returns: what waits for somebody comes first."""
    found = set(states)
    if ReturnProgress.REQUESTED in found:
        return ReturnState.REQUESTED
    if found & {ReturnProgress.APPROVED, ReturnProgress.RECEIVED, ReturnProgress.INSPECTED}:
        return ReturnState.UNDER_WAY
    return ReturnState.RETURNED if ReturnProgress.COMPLETED in found else ReturnState.NONE
