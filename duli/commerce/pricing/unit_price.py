"""The price of a whole unit of measure beside a price (directive 98/6/EC; in Germany the PAngV)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from duli.base.money import Money
from duli.commerce.catalogue.units import BASES, Content
from duli.platform.store.models import UnitPrices

_HUNDREDS = {"kg": ("g", Decimal("0.1")), "l": ("ml", Decimal("0.1"))}


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """`price` is what `quantity` (1 or 100) of `unit` costs: "kg", "g", "l", "ml", "m", "m2" or "pc"."""

    price: Money
    quantity: int
    unit: str


def unit_price(price: Money | None, content: Content | None, mode: str) -> UnitPrice | None:
    """Return the price per unit of measure, rounded half up once; None where none is owed.

    None is owed without a content, in a market that shows none, and where it is the price itself.
    """
    if price is None or content is None or mode == UnitPrices.NONE:
        return None
    base, factor = BASES[content.unit]
    unit, wanted, quantity = base, Decimal(1), 1
    if mode == UnitPrices.HUNDRED and base in _HUNDREDS:
        unit, wanted = _HUNDREDS[base]
        quantity = 100
    inside = content.amount * factor
    if inside == wanted:
        return None
    return UnitPrice(price * (wanted / inside), quantity, unit)
