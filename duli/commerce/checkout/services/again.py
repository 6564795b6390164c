"""Buying once more what an order had."""

from __future__ import annotations

from django.db import transaction

from duli.commerce.checkout.models import Cart, CartLine
from duli.commerce.checkout.services.cart import add_line
from duli.commerce.checkout.types import MAXIMUM_QUANTITY, InvalidQuantity, NotForSale, TooManyLines
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.orders.models import OrderLine
from duli.platform.store.types import MarketView


@transaction.atomic
def add_order(
    *, token: str, order_id: int, market: MarketView, language: str
) -> tuple[Cart | None, tuple[str, ...], tuple[str, ...]]:
    """Put everything of an order that can still be bought into the cart, at today's prices.

    Of what is scarce, as much as there is. Returns the cart (None if nothing could be added) and the titles of what
    is missing altogether and of what there is less of than the order had.
    """
    cart: Cart | None = None
    missing: list[str] = []
    fewer: list[str] = []
    for line in OrderLine.objects.filter(order_id=order_id).order_by("position", "pk"):
        wanted = min(line.quantity - line.cancelled_quantity, MAXIMUM_QUANTITY)
        if wanted <= 0:
            continue
        added = _add(cart.token if cart else token, line.variant_id, wanted, market, language)
        if added is None:
            missing.append(line.title)
            continue
        cart, units = added
        if units < wanted:
            fewer.append(line.title)
    return cart, tuple(missing), tuple(fewer)


def _add(token: str, variant_id: int | None, units: int, market: MarketView, language: str) -> tuple[Cart, int] | None:
    """Return the cart and how many units were added; None if there is nothing to be had."""
    if variant_id is None:
        return None
    try:
        return add_line(token=token, variant_id=variant_id, quantity=units, market=market, language=language), units
    except InsufficientStock as error:
        there = CartLine.objects.filter(cart__token=token, variant_id=variant_id).first()
        left = int(str(error.params["available"])) - (there.quantity if there else 0)
    except (InvalidQuantity, NotForSale, TooManyLines):
        return None
    if left <= 0:
        return None
    return add_line(token=token, variant_id=variant_id, quantity=left, market=market, language=language), left
