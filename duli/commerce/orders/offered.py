"""In which ways an order may be paid: those its buyer could have chosen in the checkout."""

from __future__ import annotations

from functools import partial

from duli.base.money import Money
from duli.commerce.customers.selectors import groups_of
from duli.commerce.orders.models import Order
from duli.commerce.payments.selectors import methods_for
from duli.commerce.payments.types import MethodView


def methods_of(order: Order, *, amount: Money, language: str) -> list[MethodView]:
    """Return the ways to pay `amount` of the order, in the merchant's order; no query where its lines are known."""
    return methods_for(
        currency=order.currency,
        country=(order.shipping_address or {}).get("country", ""),
        amount=amount,
        language=language,
        needs_shipping=any(line.requires_shipping for line in order.lines.all()),
        market=order.market_code,
        groups=partial(groups_of, order.customer_id),
    )
