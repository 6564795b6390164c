from __future__ import annotations

from dataclasses import dataclass

from duli.base.errors import Conflict, DuliError


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class StockRequest:
    """`quantity` units of one variant."""

    variant_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Availability:
    """What shoppers can have of one variant over all active locations; None means without limit."""

    variant_id: int
    available: int | None

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


class BelowReserved(DuliError):
    """The new count would not cover what is already held for orders."""

    code = "below_reserved"
    message = _("%(reserved)s are held for orders; the count cannot be lower.")
    status = 409
