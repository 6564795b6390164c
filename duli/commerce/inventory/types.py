from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from duli.base.errors import Conflict, DuliError, InvalidInput


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class PickupPlace:
    """A place of the shop at which orders are fetched; `hours` a line each."""

    id: int
    name: str
    country: str
    region: str
    address: tuple[str, ...]
    hours: tuple[str, ...]
    instructions: str


@dataclass(frozen=True, slots=True)
class StockRequest:
    """`quantity` units of one variant."""

    variant_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a bundle: units of it in one bundle, and how many are free (None: without limit)."""

    variant_id: int
    quantity: int
    available: int | None


@dataclass(frozen=True, slots=True)
class Promise:
    """What shoppers are told of units that are sold ahead: from when they are sent, or words, or neither.

    `level_id` names the stock level whose words these are, for their translations (kind "stock_level").
    """

    on: date | None
    words: str
    level_id: int

    def to_json(self, units: int, words: str) -> dict[str, Any]:
        """Return what an order's line keeps of it; `words` in the buyer's language."""
        return {"units": units, "on": self.on.isoformat() if self.on else "", "words": words}


@dataclass(frozen=True, slots=True)
class Availability:
    """What shoppers can have of one variant over all active locations; None means without limit.

    A bundle has as many as its scarcest component allows; its `parts` say what each unit of it takes. Of `available`,
    `at_hand` units are there; what is beyond them is sold ahead, on the terms of `promise`.
    """

    variant_id: int
    available: int | None
    parts: tuple[Part, ...] = ()
    at_hand: int | None = None
    promise: Promise | None = None

    @property
    def in_stock(self) -> bool:
        return self.available is None or self.available > 0


class InsufficientStock(DuliError):
    """Fewer units are free than were asked for; nothing was held. `available` counts those that are."""

    code = "insufficient_stock"
    message = _("Only %(available)s left.")
    status = 409

    def __init__(self, *, variant_id: int, available: int) -> None:
        super().__init__(variant_id=variant_id, available=max(available, 0))


class StockConflict(Conflict):
    """The level is not what the caller saw when deciding."""

    code = "stock_conflict"
    message = _("The stock changed in the meantime: it is %(on_hand)s now.")


@dataclass(frozen=True, slots=True)
class CellCount:
    """Units counted of a variant at a location; `seen` is the number that stood there (None: none)."""

    variant_id: int
    location_id: int
    counted: int
    seen: int | None = None


class BelowReserved(DuliError):
    """The new count would not cover what is already held for orders."""

    code = "below_reserved"
    message = _("%(reserved)s are held for orders; the count cannot be lower.")
    status = 409


@dataclass(frozen=True, slots=True)
class Counted:
    """What somebody found of a variant; None takes a count back. `seen` is what stood on the sheet before."""

    variant_id: int
    counted: int | None
    seen: int | None = None


class UnknownVariants(InvalidInput):
    """Some lines name variants that do not exist or do not count their stock."""

    code = "unknown_variants"
    message = _("These cannot be counted here: %(names)s.")


class WrongState(Conflict):
    """Somebody has sent, received, applied or cancelled it in the meantime."""

    code = "stock_paper_state"
    message = _("This is not possible any more: it is “%(state)s” now.")


class CountConflict(Conflict):
    """Somebody else wrote another number into the same line."""

    code = "count_conflict"
    message = _("Somebody else counted %(sku)s in the meantime and wrote %(counted)s. Look again before you save.")


class NotEnoughHere(DuliError):
    """What is not held for orders is less than what should leave."""

    code = "not_enough_here"
    message = _("%(sku)s: only %(free)s can leave, the rest is held for orders.")
    status = 409


class CountBelowReserved(DuliError):
    """A counted number would not cover what is held for orders."""

    code = "count_below_reserved"
    message = _("%(sku)s: more is held for orders (%(reserved)s) than would be left. Ship or cancel those first.")
    status = 409


class BackordersTaken(DuliError):
    """More units are sold ahead than the new limit allows."""

    code = "backorders_taken"
    message = _("%(units)s units are sold ahead already; the limit cannot be lower.")
    status = 409


class LocationInUse(DuliError):
    """Stock lies there, or is on its way there."""

    code = "location_in_use"
    message = _("There is still stock at %(name)s or on its way there. Move it first.")
    status = 409


class LastLocation(DuliError):
    code = "last_location"
    message = _("The shop needs one active location.")
    status = 409
