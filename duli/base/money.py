"""Exact money: integer minor units and a currency, never a float.

The exponent of a currency comes from CLDR (Babel). `Money × Decimal` rounds half-up in one place,
`_round`; splits use the largest remainder, so that parts always sum to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision, list_currencies


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""


@lru_cache(maxsize=None)
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
    def of(cls, amount: Decimal | str | int, currency: str) -> Money:
        """Return the amount given in major units ("12.30"); rounds half-up to the currency's exponent."""
        return cls(_round(Decimal(amount).scaleb(exponent(currency))), currency)

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

    def allocate(self, weights: Sequence[int | Decimal]) -> list[Money]:
        """Split into parts in proportion to `weights` by largest remainder; the parts sum to the whole.

        All-zero weights split evenly. ValueError for no weights or a negative one.
        """
        if not weights or any(weight < 0 for weight in weights):
            raise ValueError("weights must be non-negative and at least one")
        total = sum(Decimal(weight) for weight in weights)
        shares = [Decimal(weight) for weight in weights] if total else [Decimal(1)] * len(weights)
        total = total or Decimal(len(weights))
        sign = -1 if self.minor < 0 else 1
        whole = abs(self.minor)
        exact = [whole * share / total for share in shares]
        parts = [int(value) for value in exact]
        by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
        for index in by_remainder[: whole - sum(parts)]:
            parts[index] += 1
        return [Money(sign * part, self.currency) for part in parts]


@lru_cache(maxsize=8192)
def format_money(minor: int, currency: str, language: str) -> str:
    """Return `minor` units written for readers of `language`; whole amounts keep their decimals."""
    locale = "zh_Hans_CN" if language.lower().startswith("zh") else language.replace("-", "_")
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
