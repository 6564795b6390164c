"""How a bulk change makes one price of another: by a percent or an amount, then rounded as prices are written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from duli.commerce.pricing.rounding import Rounding, rounded

__all__ = ["PriceRule", "Rounding"]


@dataclass(frozen=True, slots=True)
class PriceRule:
    """`percent` (-100 to 1000) and `amount` (minor units) are added to a price; `rounding` is applied after that.

    With `keeps_former` the price that was becomes the former one if the new one is lower; without it, a former
    price that is not higher than the new one goes.
    """

    currency: str
    percent: Decimal = Decimal(0)
    amount: int = 0
    rounding: Rounding = Rounding.NONE
    keeps_former: bool = False

    def applied(self, minor: int, former: int | None) -> tuple[int, int | None]:
        """Return the new price and former price, in minor units; never below zero."""
        raised = Decimal(minor) * (100 + self.percent) / 100 + self.amount
        after = max(rounded(raised, self.currency, self.rounding), 0)
        if after == minor:
            return minor, former
        if self.keeps_former and after < minor:
            former = max(minor, former or 0)
        return after, former if former is not None and former > after else None
