"""The ways to pay that a cart is offered."""

from __future__ import annotations

from functools import partial

from duli.base.money import Money
from duli.commerce.checkout.models import Cart
from duli.commerce.customers.selectors import groups_of
from duli.commerce.payments.selectors import methods_for
from duli.commerce.payments.types import MethodView


def ways_to_pay(cart: Cart, due: Money, *, country: str, needs_shipping: bool) -> list[MethodView]:
    """Return how `due` may be paid from `country` ("": not known yet), by the rules for its market and person."""
    return methods_for(
        currency=cart.currency,
        country=country,
        amount=due,
        language=cart.language,
        needs_shipping=needs_shipping,
        market=cart.market_code,
        groups=partial(groups_of, cart.customer_id),
    )
