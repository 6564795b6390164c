"""Saving for later. Like a cart, a list is reached only by its token, or by its customer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import new_token
from duli.commerce.catalogue.selectors import is_on_sale
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart, CartLine
from duli.commerce.checkout.types import NotForSale
from duli.commerce.inventory.selectors import availability
from duli.growth.wishes import locks
from duli.growth.wishes.models import Wish, WishList
from duli.growth.wishes.types import LISTS_LIVE, MAXIMUM_WISHES, TooManyWishes
from duli.platform.store.types import MarketView


@transaction.atomic
def save(*, token: str, variant_id: int, quantity: int = 1) -> WishList:
    """Save a variant; a token that opens no list starts a new one. What is saved already stays as it is.

    Raises NotForSale (no such thing is shown in the shop; sold out may be saved), TooManyWishes.
    """
    instant = now()
    if not is_on_sale(variant_id, instant):
        raise NotForSale()
    return _add(locks.lock_list(token) or _new(instant), variant_id, quantity, instant)


@transaction.atomic
def remove(*, token: str, variant_id: int) -> WishList:
    """Forget a saved variant; one that is not saved is no error. Raises NotFound (no such list)."""
    saved = locks.lock_list(token)
    if saved is None:
        raise NotFound()
    Wish.objects.filter(list=saved, variant_id=variant_id).delete()
    return _touched(saved, now())


@transaction.atomic
def set_aside(*, token: str, cart_token: str, line_id: int) -> tuple[WishList, Cart]:
    """Take a line out of the cart and save it for later, quantity included; both happen or neither.

    Raises what `checkout.set_quantity` raises, and TooManyWishes.
    """
    instant = now()
    saved = locks.lock_list(token) or _new(instant)
    line = CartLine.objects.filter(cart__token=cart_token, pk=line_id).first()
    cart = checkout.set_quantity(token=cart_token, line_id=line_id, quantity=0)
    if line is None:
        raise NotFound()
    return _add(saved, line.variant_id, line.quantity, instant), cart


@transaction.atomic
def take(*, token: str, cart_token: str, variant_id: int, market: MarketView, language: str) -> tuple[WishList, Cart]:
    """Put a saved variant into the cart, as many as it was saved with and are there, and off the list.

    Raises NotFound (not on this list) and what `checkout.add_line` raises; then the list stays as it is.
    """
    saved = locks.lock_list(token)
    wish = Wish.objects.filter(list=saved, variant_id=variant_id).first() if saved else None
    if saved is None or wish is None:
        raise NotFound()
    stock = availability([variant_id]).get(variant_id)
    units = wish.quantity if stock is None or stock.available is None else min(wish.quantity, max(stock.available, 1))
    cart = checkout.add_line(token=cart_token, variant_id=variant_id, quantity=units, market=market, language=language)
    wish.delete()
    return _touched(saved, now()), cart


@transaction.atomic
def merge(*, token: str, customer_id: int) -> WishList | None:
    """Make a browser's list the customer's on login, together with what the account has; None if there is neither.

    Nothing is lost: where both together are more than fit, the newest are let go of.
    """
    instant = now()
    found = locks.lock_lists(token=token, customer_id=customer_id)
    own = next((row for row in found if row.customer_id == customer_id), None)
    guest = next((row for row in found if row.token == token and row.customer_id is None), None)
    if guest is None:
        return own
    if own is None:
        guest.customer_id = customer_id
        guest.save(update_fields=["customer"])
        return guest
    there = set(Wish.objects.filter(list=own).values_list("variant_id", flat=True))
    fresh = [row for row in Wish.objects.filter(list=guest).order_by("pk") if row.variant_id not in there]
    Wish.objects.bulk_create(
        [
            Wish(list=own, variant_id=row.variant_id, quantity=row.quantity, created_at=row.created_at)
            for row in fresh[: max(MAXIMUM_WISHES - len(there), 0)]
        ]
    )
    guest.delete()
    return _touched(own, instant)


def forget_old() -> int:
    """Delete the lists of browsers that nobody touched for long; return how many."""
    return WishList.objects.filter(customer=None, updated_at__lt=now() - LISTS_LIVE).delete()[0]


def _new(instant: datetime) -> WishList:
    return WishList.objects.create(token=new_token(), created_at=instant, updated_at=instant)


def _add(saved: WishList, variant_id: int, quantity: int, instant: datetime) -> WishList:
    if not Wish.objects.filter(list=saved, variant_id=variant_id).exists():
        if Wish.objects.filter(list=saved).count() >= MAXIMUM_WISHES:
            raise TooManyWishes(maximum=MAXIMUM_WISHES)
        Wish.objects.create(list=saved, variant_id=variant_id, quantity=max(quantity, 1), created_at=instant)
    return _touched(saved, instant)


def _touched(saved: WishList, instant: datetime) -> WishList:
    saved.updated_at = instant
    saved.save(update_fields=["updated_at"])
    return saved
