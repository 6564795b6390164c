"""How prices are written: the endings and steps that a computed price is rounded to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from duli.base.money import Money, exponent


class Rounding(StrEnum):
    """NONE: to the minor unit. WHOLE: to whole units. NINES: to the nearest price that ends in 9 below a ten
    (199), or in .99 for small prices. FIVES: to the nearest five minor tens (0.50). ENDS_99, ENDS_95: to the nearest
    price with this ending (19.99; of a currency without decimals 1,999). TO_5, TO_10: to 5 or 10 whole units."""

    NONE = "none"
    WHOLE = "whole"
    NINES = "nines"
    FIVES = "fives"
    ENDS_99 = "ends_99"
    ENDS_95 = "ends_95"
    TO_5 = "to_5"
    TO_10 = "to_10"


CONVERTED = (Rounding.NONE, Rounding.ENDS_99, Rounding.ENDS_95, Rounding.WHOLE, Rounding.TO_5, Rounding.TO_10)
"""The rules for prices that are converted: with each of them what was dearer stays at least as dear."""


def rounded(amount: Decimal, currency: str, rule: Rounding) -> int:
    """Return `amount` (minor units of `currency`) by the rule, in minor units; never below zero.

    What costs something stays above zero under every rule of `CONVERTED`.
    """
    unit: int = 10 ** exponent(currency)
    match rule:
        case Rounding.WHOLE:
            return _on_grid(amount, unit)
        case Rounding.FIVES:
            return max(_nearest(amount, max(unit // 2, 1)), 0)
        case Rounding.NINES:
            # 187.20 becomes 189, 12.34 becomes 11.99: what shoppers read as a price.
            if amount < 100 * unit:
                return max(_nearest(amount + 1, unit) - 1, 0)
            # 103.00 becomes 99.99, not 99: that would be rounded again as a small price.
            return max(_nearest(amount + unit, 10 * unit) - unit, 100 * unit - 1)
        case Rounding.ENDS_99 | Rounding.ENDS_95:
            step = unit if unit > 1 else 100
            return _on_grid(amount, step, below=step * (1 if rule is Rounding.ENDS_99 else 5) // 100)
        case Rounding.TO_5 | Rounding.TO_10:
            return _on_grid(amount, unit * (5 if rule is Rounding.TO_5 else 10))
    return max(_nearest(amount, 1), 1 if amount > 0 else 0)


def _on_grid(amount: Decimal, step: int, below: int = 0) -> int:
    """Return the nearest of step - below, 2 × step - below, …; zero only for zero."""
    return max(_nearest(amount + below, step), step) - below if amount > 0 else 0


def _nearest(value: Decimal, step: int) -> int:
    return int((value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one currency to another: 1 unit of `base` is `rate` units of `currency`, then the list's rounding."""

    base: str
    currency: str
    rate: Decimal
    rounding: Rounding = Rounding.NONE

    def minor(self, minor: int) -> int:
        """Return minor units of `base` in minor units of `currency`; what is dearer stays at least as dear."""
        shift = exponent(self.currency) - exponent(self.base)
        return rounded(Decimal(minor) * self.rate.scaleb(shift), self.currency, self.rounding)

    def money(self, amount: Money) -> Money:
        return Money(self.minor(amount.minor), self.currency)

    def reduction(self, minor: int, former: int | None) -> tuple[int, int | None]:
        """Return a price and its former one; that goes if rounding leaves no difference."""
        after = self.minor(minor)
        before = self.minor(former) if former is not None else None
        return after, before if before is not None and before > after else None
