"""What is said of promotions in prices: which, until when, and what more units would cost."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from duli.base.text import cldr_locale
from duli.commerce.assortment.types import ProductDetail, VariantView
from duli.platform.store.selectors import current_store
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.drops import OfferDrop, TierDrop
from duli.web.storefront.flash import flash_drop
from duli.web.storefront.where import Where


def offer_drops(detail: ProductDetail, chosen: VariantView | None, here: Where) -> tuple[OfferDrop, ...]:
    """Return what is said of each variant that has a promotion in its price."""
    texts = theme_texts(here.language)
    found = []
    for variant in detail.variants:
        if not variant.offer and not variant.tiers:
            continue
        ends, ends_ms = "", 0
        if variant.offer_ends is not None:
            ends_ms = int(variant.offer_ends.timestamp() * 1000)
            there = variant.offer_ends.astimezone(ZoneInfo(current_store().time_zone))
            ends = texts("offer.until", when=format_datetime(there, "short", locale=cldr_locale(here.language)))
        tiers = tuple(
            TierDrop(texts("offer.from_units", count=units), here.money(price)) for units, price in variant.tiers
        )
        flash = flash_drop(variant.id, here)
        found.append(
            OfferDrop(variant.id, variant.offer, ends, ends_ms, texts("offer.left"), tiers, variant == chosen, flash)
        )
    return tuple(found)
