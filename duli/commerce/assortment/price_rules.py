"""How a bulk change makes one price of another: by a percent or an amount, then rounded as prices are written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from duli.base.money import exponent


class Rounding(StrEnum):
    """NONE: to the minor unit. WHOLE: to whole units. NINES: to the nearest price that ends in 9 below a ten
    (199), or in .99 for small prices. FIVES: to the nearest five minor tens (0.50)."""

    NONE = "none"
    WHOLE = "whole"
    NINES = "nines"
    FIVES = "fives"


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
        after = max(self._rounded(raised), 0)
        if after == minor:
            return minor, former
        if self.keeps_former and after < minor:
            former = max(minor, former or 0)
        return after, former if former is not None and former > after else None

    def _rounded(self, raised: Decimal) -> int:
        unit: int = 10 ** exponent(self.currency)
        match self.rounding:
            case Rounding.WHOLE:
                return _nearest(raised, unit)
            case Rounding.FIVES:
                return _nearest(raised, max(unit // 2, 1))
            case Rounding.NINES:
                # 187.20 becomes 189, 12.34 becomes 11.99: what shoppers read as a price.
                if raised < 100 * unit:
                    return max(_nearest(raised + 1, unit) - 1, 0)
                # 103.00 becomes 99.99, not 99: that would be rounded again as a small price.
                return max(_nearest(raised + unit, 10 * unit) - unit, 100 * unit - 1)
        return _nearest(raised, 1)


def _nearest(value: Decimal, step: int) -> int:
    return int((value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step
