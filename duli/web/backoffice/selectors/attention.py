"""What waits for staff: the counts beside the navigation and the entries of the bell."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import ngettext

from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import to_ship
from duli.commerce.orders.states import OrderStatus, PaymentState
from duli.platform.store.prepared import PreparedCounts

MOST = 99
"""Counting stops here: beyond it the exact number says nothing, and costs more with every order."""


@dataclass(frozen=True, slots=True)
class Entry:
    words: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Attention:
    """`to_ship` counts up to 99."""

    to_ship: int
    entries: tuple[Entry, ...]


_waiting = PreparedCounts(
    lambda: (
        to_ship().order_by()[:MOST],
        Order.objects.filter(status=OrderStatus.OPEN, payment_state=PaymentState.REVIEW).order_by()[:MOST],
    )
)


def waiting(*, orders: bool) -> Attention:
    """Return what waits, of the areas the person may see (one short query)."""
    entries: list[Entry] = []
    ship = 0
    if orders:
        ship, review = _waiting()
        if review:
            words = ngettext("%(count)s payment to look at", "%(count)s payments to look at", review)
            url = f"{reverse('backoffice:orders')}?payment=review"
            entries.append(Entry(words % {"count": review}, url, "circle-dollar-sign"))
    return Attention(ship, tuple(entries))
