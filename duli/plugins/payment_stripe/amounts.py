"""Amounts as Stripe writes them: its smallest units are not everywhere those of CLDR."""

from __future__ import annotations

from duli.base.money import Money, exponent

_WHOLE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def _decimals(currency: str) -> int:
    return 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2


def to_stripe(amount: Money) -> int:
    """Return `amount` in Stripe's units; ValueError if it cannot be charged to the last digit."""
    shift = _decimals(amount.currency) - exponent(amount.currency)
    minor, rest = (amount.minor * 10**shift, 0) if shift >= 0 else divmod(amount.minor, 10**-shift)
    if rest or (amount.currency in _THOUSANDTHS and minor % 10):
        raise ValueError("Stripe does not charge this to the last digit")
    return minor


def from_stripe(minor: object, currency: object) -> Money:
    """Return an amount as Stripe tells it; ValueError if it is none."""
    if not isinstance(minor, int) or isinstance(minor, bool) or not isinstance(currency, str):
        raise ValueError("amounts are whole units of a currency")
    code = currency.upper()
    shift = exponent(code) - _decimals(code)
    whole, rest = (minor * 10**shift, 0) if shift >= 0 else divmod(minor, 10**-shift)
    if rest:
        raise ValueError("a fraction of the smallest unit")
    return Money(whole, code)
