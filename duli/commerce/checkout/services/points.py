"""Points in a cart: the wish is kept with it, they are spent when the order is placed."""

from __future__ import annotations

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.commerce.checkout import locks
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import DraftFixed
from duli.commerce.membership.rules import MOST_POINTS


@transaction.atomic
def use_points(*, token: str, points: int) -> Cart:
    """Let the buyer's points pay part of the goods: at most so many, as far as they reach and are allowed; 0 ends it.

    Nothing is held: who spends them elsewhere meanwhile is shown another total. Raises CartNotFound, CartClosed,
    DraftFixed, InvalidInput.
    """
    if not 0 <= points <= MOST_POINTS:
        raise InvalidInput(field="points")
    cart = locks.lock_open_cart(token)
    if cart.is_draft:
        raise DraftFixed()
    if cart.points != points:
        cart.points = points
        cart.save(update_fields=["points"])
    return cart
