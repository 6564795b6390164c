"""The ways to pay that a cart is offered."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from duli.base.money import Money, total
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.snapshot import draft_of
from duli.commerce.checkout.types import CreditOffer
from duli.commerce.customers.credit import credit_balances
from duli.commerce.customers.selectors import groups_of
from duli.commerce.payments.gift_cards import CardUse
from duli.commerce.payments.selectors import methods_for
from duli.commerce.payments.types import MethodView


def credit_offer(cart: Cart, coverable: Money, cards: Iterable[CardUse]) -> CreditOffer | None:
    """Return what the buyer's store credit may pay beside gift cards; None without any (one query for an account).

    Money in another currency than the cart's stays where it is (`credit_elsewhere`).
    """
    there = next((amount for amount in _credit(cart) if amount.currency == cart.currency), None)
    if there is None:
        return None
    left = coverable - total((use.amount for use in cards), cart.currency)
    return CreditOffer(there, min(there, left), cart.uses_credit)


def credit_elsewhere(cart: Cart) -> tuple[Money, ...]:
    """Return the buyer's store credit that cannot pay this cart, since it is in other currencies than the cart is.

    Money of one currency is never changed into another to pay: what somebody was given back is owed as it was paid.
    """
    return tuple(amount for amount in _credit(cart) if amount.currency != cart.currency)


def _credit(cart: Cart) -> list[Money]:
    """Return the buyer's store credit by currency; it is read once for a page, and again when the order is placed."""
    if not cart.customer_id or cart.is_draft:
        return []
    if not hasattr(cart, "credit_there"):
        balances = credit_balances(cart.customer_id)
        cart.credit_there = [amount for amount in balances if amount.minor > 0]  # type: ignore[attr-defined]
    found: list[Money] = cart.credit_there  # type: ignore[attr-defined]
    return found


def ways_to_pay(cart: Cart, due: Money, *, country: str, needs_shipping: bool) -> list[MethodView]:
    """Return how `due` may be paid from `country` ("": not known yet), by the rules for its market and person.

    The person is the one that staff chose, where the cart is a draft.
    """

    def groups() -> Collection[str]:
        draft = draft_of(cart)
        return groups_of(draft.customer_id if draft and draft.customer_id else cart.customer_id)

    return methods_for(
        currency=cart.currency,
        country=country,
        amount=due,
        language=cart.language,
        needs_shipping=needs_shipping,
        market=cart.market_code,
        groups=groups,
    )
