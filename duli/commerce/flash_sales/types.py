from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from duli.base.errors import Conflict, DuliError, InvalidInput

MOST_ITEMS = 100
MOST_UNITS = 1_000_000
MOST_MINUTES = 7 * 24 * 60


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """A variant in a sale: what a unit costs (minor units by currency), how many there are, and how many a buyer."""

    variant_id: int
    amounts: Mapping[str, int]
    units: int
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class SaleDraft:
    """What a merchant plans; times are UTC."""

    name: str
    starts_at: datetime
    ends_at: datetime
    items: tuple[ItemDraft, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    is_listed: bool = True
    pay_minutes: int | None = None
    waiting_room: bool = False
    batch_size: int = 50
    batch_seconds: int = 10
    admission_minutes: int = 10


@dataclass(frozen=True, slots=True)
class Running:
    """An item that is sold at this moment, or will be: what page and cart have to know of it without asking again."""

    item_id: int
    sale_id: int
    variant_id: int
    product_id: int
    name: str
    titles: Mapping[str, str]
    units: int
    limit: int | None
    starts_at: datetime
    ends_at: datetime
    waiting_room: bool
    is_listed: bool
    pay_minutes: int | None
    amounts: Mapping[str, int] = field(default_factory=dict)

    def title(self, language: str) -> str:
        """Return what shoppers read, in their language."""
        return self.titles.get(language) or self.titles.get(language.split("-")[0]) or self.name

    def runs(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Hold:
    """What a cart may have of a running item: units that are left, those its buyer may still take (None: no limit),
    and whether it has to wait for its turn first.
    """

    item: Running
    left: int
    allowed: int | None
    waits: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in the line: `ahead` others come first; `until`: till when somebody who is in may buy.

    `state` is "waiting", "admitted", "over" (the time to buy ran out), "used" or "ended"; `seconds` until it is worth
    asking again; `is_empty`: nobody is let in, since nothing is left for now; `is_early`: the sale has
    not begun.
    """

    state: str
    number: int
    ahead: int
    seconds: int
    until: datetime | None = None
    is_empty: bool = False
    is_early: bool = False


class FlashSoldOut(DuliError):
    """No unit, or too few, are left of what was set aside."""

    code = "flash_sold_out"
    message = _("Of this flash sale %(available)s are left. Units come back if other buyers do not pay in time.")
    status = 409


class FlashLimitReached(DuliError):
    """The buyer has, or would have, more units than one buyer may have."""

    code = "flash_limit_reached"
    message = _("In this flash sale everybody may have %(limit)s. Orders that are not paid yet count as well.")
    status = 409


class NotYourTurn(DuliError):
    """The sale has a waiting room, and this cart was not let in, or its time to buy is over."""

    code = "flash_not_your_turn"
    message = _("Please wait for your turn in the line of this flash sale, then you can buy.")
    status = 409


class FlashStarted(Conflict):
    """Units or price of something that runs do not change this way."""

    code = "flash_started"
    message = _("The flash sale has started: its beginning and its goods stay as they are. A planned one is stopped.")


class FlashOver(Conflict):
    code = "flash_over"
    message = _("This flash sale is over.")


class AlreadyInSale(Conflict):
    """A variant is in another sale at that time."""

    code = "flash_already_in_sale"
    message = _("“%(title)s” is in another flash sale at that time.")


class NotForFlash(InvalidInput):
    """Bundles, gift cards and goods whose stock is not counted cannot be set aside."""

    code = "not_for_flash"
    message = _("“%(title)s” cannot be in a flash sale: bundles, gift cards and goods without counted stock cannot.")


class PriceMissing(InvalidInput):
    """A market has another currency, and no rate says what the price is there."""

    code = "flash_price_missing"
    message = _("A flash price in %(currency)s is missing: a market sells in it and no exchange rate is known.")


class AboveOrdinaryPrice(DuliError):
    """The flash price is higher than what the goods cost anyway."""

    code = "flash_price_above"
    message = _("“%(title)s” costs less in %(currency)s without this flash sale.")


class TooFewToSetAside(DuliError):
    """Ordinary stock has fewer free units than should be set aside."""

    code = "flash_too_few"
    message = _("Of “%(title)s” only %(available)s can be set aside.")
    status = 409


class AskedTooSoon(DuliError):
    """The form of the waiting room was sent faster than anybody reads, or so late that it is not valid any more."""

    code = "flash_asked_too_soon"
    message = _("That was too quick. Please press the button again in a moment.")
    status = 409


class AskedTooOften(DuliError):
    """One address asks for very many places."""

    code = "flash_asked_too_often"
    message = _("Too many places were asked for from here. Please wait a little, then press the button again.")
    status = 429


class TicketUnknown(DuliError):
    code = "flash_ticket_unknown"
    message = _("Your place in the line is not known here any more. Please join it again.")
    status = 404
