"""Discount codes in a cart: kept with it, used when the order is placed."""

from __future__ import annotations

from django.db import transaction

from duli.commerce.checkout import locks
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import DraftFixed
from duli.commerce.promotions.codes import normalised
from duli.commerce.promotions.selectors import code_for
from duli.commerce.promotions.types import MOST_IN_CART, CodeUnknown, TooManyCodes
from duli.commerce.referrals import services as referrals
from duli.commerce.referrals.selectors import came_by, carried
from duli.commerce.referrals.types import NoReferrals, OwnCode


@transaction.atomic
def apply_code(*, token: str, code: str, device: str = "") -> Cart:
    """Keep a code with the cart; entered twice it is there once. What it gives, or why nothing yet, the quote says.

    What no discount knows may be the code of somebody who recommends the shop: entering it is following their link,
    from the browser whose keyed hash is `device`.

    Raises CartNotFound, CartClosed, DraftFixed, CodeUnknown, CodeNotNow, CodeOfSomebody, CodeUsed, TooManyCodes,
    OwnCode.
    """
    cart = locks.lock_open_cart(token)
    if cart.is_draft:
        raise DraftFixed()
    try:
        found = code_for(code, cart.customer_id)
    except CodeUnknown:
        return _recommended(cart, normalised(code), device)
    if found.text not in cart.codes:
        if len(cart.codes) >= MOST_IN_CART:
            raise TooManyCodes(maximum=MOST_IN_CART)
        cart.codes = [*cart.codes, found.text]
        cart.save(update_fields=["codes"])
    return cart


def _recommended(cart: Cart, code: str, device: str) -> Cart:
    try:
        visit = referrals.follow(code=code, device=device)
    except NoReferrals:
        raise CodeUnknown() from None
    if not came_by(visit.pk, customer_id=cart.customer_id, email=cart.email, phone=cart.phone):
        raise OwnCode()
    cart.visit = visit
    cart.save(update_fields=["visit"])
    return cart


@transaction.atomic
def remove_code(*, token: str, code: str) -> Cart:
    """Take a code off the cart again, also that of who recommended the shop. CartNotFound, CartClosed."""
    cart = locks.lock_open_cart(token)
    gone = normalised(code)
    if gone in cart.codes:
        cart.codes = [text for text in cart.codes if text != gone]
        cart.save(update_fields=["codes"])
    elif gone and cart.visit_id and (visit := carried(cart.visit_id)) and visit.referrer.code.upper() == gone:
        cart.visit = None
        cart.save(update_fields=["visit"])
    return cart
