from __future__ import annotations

from dataclasses import dataclass

from duli.base.errors import Conflict


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class StoreIdentity:
    """What every page needs of the store; a copy, safe to keep."""

    name: str
    tagline: str
    legal_name: str
    email: str
    phone: str
    address: str
    registration: str
    default_language: str
    default_currency: str
    time_zone: str
    accent: str
    order_prefix: str
    hold_minutes: int
    low_stock_threshold: int


@dataclass(frozen=True, slots=True)
class MarketView:
    """One market; a copy, safe to keep. An empty `countries` means every country no other market names.

    `checks_reductions` says that a former price obeys the lowest price of the 30 days before, and that it is named.
    """

    code: str
    name: str
    countries: tuple[str, ...]
    currency: str
    language: str
    prices_include_tax: bool
    is_default: bool
    checks_reductions: bool = False
    unit_prices: str = "whole"
    """For what quantity unit prices are told: a value of UnitPrices."""
    tax_rounding: str = "line"
    """Where tax becomes whole minor units: a value of TaxRounding."""


class DefaultMarket(Conflict):
    code = "default_market"
    message = _("This is the market of everybody who belongs to no other. Make another one the default first.")
