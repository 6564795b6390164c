"""Store credit as a way to pay: what the shop owes a customer pays as far as it reaches, and refunds go back to it."""

from __future__ import annotations

from django.db.models import Sum

from duli.base.errors import Conflict
from duli.base.money import Money
from duli.commerce.payments.gift_cards import GIFT_CARD
from duli.commerce.payments.models import PaymentAttempt, Refund
from duli.commerce.payments.states import RefundState

STORE_CREDIT = "store_credit"
"""The gateway's place in attempts and events that store credit paid; there is no plugin of this name."""
OWN_MONEY = frozenset({GIFT_CARD, STORE_CREDIT})
"""What pays without a provider: money that the shop has had, and owes until it is spent."""


def _(message: str) -> str:
    return message


class CreditSpent(Conflict):
    """Less store credit is left than was shown: it was spent somewhere else meanwhile."""

    code = "store_credit_spent"
    message = _("Less store credit is left than was shown. Please check the total and order again.")


def paid_by_credit(collection_id: int | None, currency: str) -> Money | None:
    """Return what store credit paid of a collection, less what went back to it; None for nothing (two queries)."""
    attempts = PaymentAttempt.objects.filter(collection_id=collection_id or 0, gateway=STORE_CREDIT)
    paid = attempts.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    if not paid:
        return None
    back = Refund.objects.filter(attempt__in=attempts, state=RefundState.SUCCEEDED)
    left = paid - (back.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    return Money(left, currency) if left > 0 else None
