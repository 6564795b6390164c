"""The states of an order as data, and the one function for each derived state."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    RETURNED = "returned", _("Returned")


class ParcelState(models.TextChoices):
    SHIPPED = "shipped", _("On its way")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    DELIVERED = "delivered", _("Delivered")
    EXCEPTION = "exception", _("Problem on the way")


def payment_state_of(
    *, total: int, authorised: int, captured: int, refunded: int, review: bool = False, cancelled: bool = False
) -> PaymentState:
    """Derive the payment state from sums in minor units of the order's currency."""
    if review:
        return PaymentState.REVIEW
    if captured and refunded >= captured:
        return PaymentState.REFUNDED
    if refunded:
        return PaymentState.PARTIALLY_REFUNDED
    if captured >= total and (captured or not total):
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
