"""Store credit in a cart: the wish is kept with it, it is spent when the order is placed."""

from __future__ import annotations

from django.db import transaction

from duli.commerce.checkout import locks
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import DraftFixed


@transaction.atomic
def use_credit(*, token: str, wanted: bool) -> Cart:
    """Let the buyer's store credit pay as far as it reaches, or not. Nothing is held: who spends it elsewhere
    meanwhile is shown another sum. Raises CartNotFound, CartClosed, DraftFixed.
    """
    cart = locks.lock_open_cart(token)
    if cart.is_draft:
        raise DraftFixed()
    if cart.uses_credit != wanted:
        cart.uses_credit = wanted
        cart.save(update_fields=["uses_credit"])
    return cart
