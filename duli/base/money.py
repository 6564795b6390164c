"""Exact money: integer minor units and a currency, never a float.

The exponent of a currency comes from CLDR (Babel). `Money × Decimal` rounds half-up in one place,
`_round`; splits use the largest remainder, so that parts always sum to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from functools import cache, lru_cache

from babel.numbers import format_currency, get_currency_precision, list_currencies

from duli.base.rounding import Allocation, Rounding, allocate_units, allocate_whole, round_units
from duli.base.text import cldr_locale


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""


@cache
def exponent(currency: str) -> int:
    """Return the number of decimals of `currency` (ISO 4217); ValueError if there is no such currency."""
    if currency not in list_currencies():
        raise ValueError(f"unknown currency {currency!r}")
    return get_currency_precision(currency)


def _round(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (cents, fen, yen) of `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("minor units are an int")

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str, mode: Rounding = Rounding.HALF_UP) -> Money:
        """Return the amount given in major units ("12.30"), rounded to the currency's exponent.

        ValueError for a text that is not a finite number or an unknown currency; RoundingNeeded if `mode` forbids
        to round.
        """
        try:
            value = Decimal(amount)
        except InvalidOperation:
            raise ValueError(f"not a number: {amount!r}") from None
        if not value.is_finite():
            raise ValueError(f"not a number: {amount!r}")
        return cls(round_units(Fraction(value) * 10 ** exponent(currency), mode), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __mul__(self, factor: int | Decimal) -> Money:
        if isinstance(factor, float):
            raise TypeError("money is never multiplied by a float")
        return Money(_round(Decimal(self.minor) * factor), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"

    def format(self, language: str) -> str:
        """Return the amount as readers of `language` ("zh-hans", "en") write it: ¥1,088.00, $12.00."""
        return format_money(self.minor, self.currency, language)

    def allocate(
        self,
        weights: Sequence[int | Decimal | Fraction],
        mode: Allocation = Allocation.TO_LARGEST_REMAINDER,
    ) -> list[Money]:
        """Split into parts in proportion to `weights`; the parts sum to the whole.

        All-zero weights split evenly. ValueError for no weights or a negative one.
        """
        if mode is Allocation.TO_LARGEST_REMAINDER and all(type(weight) is int for weight in weights):
            parts = allocate_whole(self.minor, [int(weight) for weight in weights])
        else:
            parts = allocate_units(self.minor, [Fraction(weight) for weight in weights], mode)
        return [Money(part, self.currency) for part in parts]

    def split(self, parts: int, mode: Allocation = Allocation.TO_FIRST) -> list[Money]:
        """Split into `parts` equal amounts; what cannot be split goes where `mode` says. ValueError below one."""
        return self.allocate([1] * parts, mode)

    def rounded_to(self, step: int, mode: Rounding = Rounding.HALF_UP) -> Money:
        """Return the nearest multiple of `step` minor units: 5 for Swiss cash."""
        return Money(round_units(Fraction(self.minor, step), mode) * step, self.currency)


@lru_cache(maxsize=8192)
def format_money(minor: int, currency: str, language: str) -> str:
    """Return `minor` units written for readers of `language`; whole amounts keep their decimals."""
    locale = cldr_locale(language)
    return format_currency(Decimal(minor).scaleb(-exponent(currency)), currency, locale=locale)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Return the sum of `amounts`, all of `currency`; nothing sums to zero."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result


@dataclass(frozen=True, slots=True)
class TaxedMoney:
    """An amount with its tax; net + tax = gross always holds."""

    net: Money
    tax: Money
    gross: Money

    def __post_init__(self) -> None:
        if self.net + self.tax != self.gross:
            raise ValueError(f"net {self.net} + tax {self.tax} is not gross {self.gross}")

    @classmethod
    def zero(cls, currency: str) -> TaxedMoney:
        return cls(Money.zero(currency), Money.zero(currency), Money.zero(currency))

    @classmethod
    def from_net(cls, net: Money, rate: Decimal) -> TaxedMoney:
        """Add tax of `rate` (0.13 for 13 %) on top of `net`."""
        tax = net * rate
        return cls(net, tax, net + tax)

    @classmethod
    def from_gross(cls, gross: Money, rate: Decimal) -> TaxedMoney:
        """Take the tax of `rate` out of `gross`."""
        net = Money(_round(Decimal(gross.minor) / (1 + rate)), gross.currency)
        return cls(net, gross - net, gross)

    def __add__(self, other: TaxedMoney) -> TaxedMoney:
        return TaxedMoney(self.net + other.net, self.tax + other.tax, self.gross + other.gross)

    def __sub__(self, other: TaxedMoney) -> TaxedMoney:
        return TaxedMoney(self.net - other.net, self.tax - other.tax, self.gross - other.gross)
