"""Discount codes in a cart: kept with it, used when the order is placed."""

from __future__ import annotations

from django.db import transaction

from duli.commerce.checkout import locks
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import DraftFixed
from duli.commerce.promotions.codes import normalised
from duli.commerce.promotions.selectors import code_for
from duli.commerce.promotions.types import MOST_IN_CART, TooManyCodes


@transaction.atomic
def apply_code(*, token: str, code: str) -> Cart:
    """Keep a code with the cart; entered twice it is there once. What it gives, or why nothing yet, the quote says.

    Raises CartNotFound, CartClosed, DraftFixed, CodeUnknown, CodeNotNow, CodeUsed, TooManyCodes.
    """
    cart = locks.lock_open_cart(token)
    if cart.is_draft:
        raise DraftFixed()
    found = code_for(code)
    if found.text not in cart.codes:
        if len(cart.codes) >= MOST_IN_CART:
            raise TooManyCodes(maximum=MOST_IN_CART)
        cart.codes = [*cart.codes, found.text]
        cart.save(update_fields=["codes"])
    return cart


@transaction.atomic
def remove_code(*, token: str, code: str) -> Cart:
    """Take a code off the cart again. CartNotFound, CartClosed."""
    cart = locks.lock_open_cart(token)
    gone = normalised(code)
    if gone in cart.codes:
        cart.codes = [text for text in cart.codes if text != gone]
        cart.save(update_fields=["codes"])
    return cart
