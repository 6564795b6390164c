"""Unit prices in words: "500 g · €7.98 / kg"."""

from __future__ import annotations

from duli.base.money import Money
from duli.commerce.catalogue.units import Content
from duli.commerce.pricing.unit_price import unit_price
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.where import Where


def unit_note(price: Money | None, content: Content | None, here: Where) -> str:
    """Return the content and what a whole unit of it costs; "" where this market, or nobody, tells it."""
    found = unit_price(price, content, here.market.unit_prices)
    if found is None or content is None:
        return ""
    texts = theme_texts(here.language)
    inside = f"{format(content.amount.normalize(), 'f')} {texts(f'units.{content.unit}')}"
    unit = texts(f"units.{found.unit}")
    per = unit if found.quantity == 1 else f"{found.quantity} {unit}"
    return texts("units.note", content=inside, price=found.price.format(here.language), unit=per)
