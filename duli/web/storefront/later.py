"""Goods that are sold ahead: what shoppers are told of them, before they buy and on their order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from duli.commerce.assortment.types import VariantView
from duli.commerce.checkout.types import CartLineView
from duli.commerce.inventory.selectors import promise_words
from duli.commerce.payments.gift_cards import today
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.when import day
from duli.web.storefront.where import Where


def terms(on: date | None, words: str, here: Where) -> str:
    """Return when it is sent: the day, unless it is over, and what the merchant says besides."""
    texts = theme_texts(here.language)
    when = texts("later.from", when=day(on, here)) if on is not None and on >= today() else ""
    return " · ".join(filter(None, [when, words])) or texts("later.soon")


def variant_later(variant: VariantView, here: Where) -> str:
    """Return what the product page says where nothing of a variant is there and it can be bought all the same."""
    if variant.promise is None or variant.at_hand or not variant.available:
        return ""
    return terms(variant.promise.on, promise_words(variant.promise, here.language), here)


def line_later(line: CartLineView, here: Where) -> str:
    """Return what the cart says of units that are not there."""
    if line.promise is None or not line.later_units:
        return ""
    said = terms(line.promise.on, promise_words(line.promise, here.language), here)
    return _counted(line.later_units, line.quantity, said, here)


def order_later(backorder: Mapping[str, Any], quantity: int, here: Where) -> str:
    """Return what the order says, as it was when it was placed."""
    if not backorder.get("units"):
        return ""
    on = date.fromisoformat(backorder["on"]) if backorder.get("on") else None
    texts = theme_texts(here.language)
    when = texts("later.from", when=day(on, here)) if on else ""
    said = " · ".join(filter(None, [when, str(backorder.get("words", ""))])) or texts("later.soon")
    return _counted(min(int(backorder["units"]), quantity), quantity, said, here)


def _counted(units: int, quantity: int, said: str, here: Where) -> str:
    return said if units >= quantity else theme_texts(here.language)("later.units", count=units, said=said)
