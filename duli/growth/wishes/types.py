from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from duli.base.errors import DuliError
from duli.base.money import Money
from duli.platform.media.types import ImageView

MAXIMUM_WISHES = 100
MAXIMUM_OPEN_REQUESTS = 30
UNCONFIRMED_LIVES = timedelta(days=7)
"""A request whose owner never followed the link is forgotten."""
TOLD_LIVES = timedelta(days=30)
LISTS_LIVE = timedelta(days=400)
"""A browser's list that nobody touched; a customer's is kept."""


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class WishView:
    """Something saved, as it can be had now. No `price`: not in this currency. `available` None: not counted."""

    variant_id: int
    product_id: int
    product_handle: str
    title: str
    variant_title: str
    image: ImageView | None
    price: Money | None
    available: int | None
    quantity: int

    @property
    def can_be_bought(self) -> bool:
        return self.price is not None and self.available != 0


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as its page shows it; `state` is "unconfirmed", "waiting" or "told"."""

    token: str
    state: str
    email: str
    product_handle: str
    title: str
    variant_title: str
    variant_id: int
    language: str


class TooManyWishes(DuliError):
    code = "too_many_wishes"
    message = _("Your saved list is full: it holds %(maximum)s items. Remove some that you no longer want.")
    status = 409


class StillInStock(DuliError):
    """Nobody needs to be told of what can be bought now."""

    code = "still_in_stock"
    message = _("This is in stock: you can buy it now.")
    status = 409


class TooManyRequests(DuliError):
    code = "too_many_stock_requests"
    message = _("We already watch %(maximum)s products for this address. Cancel some of them first.")
    status = 409


class InvalidEmail(DuliError):
    code = "invalid_email"
    message = _("Write your e-mail address in full, like name@example.com.")
    status = 422
