"""The only row lock of this room; a cart is the first thing that is ever locked."""

from __future__ import annotations

from duli.base.ids import is_token
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import CartClosed, CartNotFound
from duli.platform.store.prepared import Prepared

_cart = Prepared(lambda token: Cart.objects.select_for_update().filter(token=token))


def lock_cart(token: str) -> Cart:
    """Lock and return the cart of `token` in whatever state it is, or raise CartNotFound."""
    cart = _cart.first(token) if is_token(token) else None
    if cart is None:
        raise CartNotFound()
    return cart


def lock_if_open(token: str) -> Cart | None:
    """Lock and return the open cart of `token`, if there is one."""
    if not is_token(token):
        return None
    return Cart.objects.select_for_update().filter(token=token, state=Cart.State.OPEN).first()


def lock_cart_of(customer_id: int) -> Cart | None:
    """Lock and return a customer's own open cart, if there is one."""
    return Cart.objects.select_for_update().filter(customer_id=customer_id, state=Cart.State.OPEN).first()


def lock_open_cart(token: str) -> Cart:
    """Lock and return an open cart; CartNotFound, CartClosed."""
    cart = lock_cart(token)
    if cart.state != Cart.State.OPEN:
        raise CartClosed()
    return cart
