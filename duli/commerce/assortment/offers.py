"""Prices and stock as listings need them, for many products at once."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import F, Q, QuerySet

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.pricing.models import PriceRange
from duli.commerce.pricing.selectors import convert, exchange_rate, price_list_ids
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store

_rates: ChangeCache[dict[str, Decimal | None]] = ChangeCache(16)


def conversion_rate(currency: str) -> Decimal | None:
    """Return how many `currency` one unit of the store's own currency is worth now; None if unknown."""
    own = current_store().default_currency
    if own == currency:
        return None
    # The hour is part of the key because a rate may begin to be valid without anything being saved.
    hour = now().replace(minute=0, second=0, microsecond=0)
    return _rates.get_or_make((own, currency, hour), lambda: {"rate": exchange_rate(own, currency, now())}, ["prices"])[
        "rate"
    ]


def converted(minor: int, rate: Decimal, own: str, currency: str) -> int:
    """Return minor units of `own` in `currency`, rounded half up."""
    return convert(Money(minor, own), currency, rate).minor


def stocked_variants() -> QuerySet[Variant]:
    """Active variants of which at least one unit can be sold now."""
    free = Q(
        stock_levels__location__is_active=True,
        stock_levels__on_hand__gt=F("stock_levels__reserved") - F("stock_levels__backorder_limit"),
    )
    return Variant.objects.filter(Q(tracks_stock=False) | free, is_active=True)


def _lowest(product_ids: list[int] | None, currency: str) -> Iterable[tuple[int, int]]:
    list_id = price_list_ids().get(currency)
    if list_id is None or product_ids == []:
        return []
    rows = PriceRange.objects.filter(price_list_id=list_id)
    if product_ids is not None:
        rows = rows.filter(product_id__in=product_ids)
    return rows.values_list("product_id", "minimum_minor")


def cheapest(product_ids: list[int] | None, currency: str) -> dict[int, int]:
    """Return the lowest price in minor units of `currency` per product (None: of all products)."""
    found = dict(_lowest(product_ids, currency))
    rate = conversion_rate(currency)
    if rate is not None:
        own = current_store().default_currency
        for pk, low in _lowest(product_ids, own):
            if pk not in found:
                found[pk] = converted(low, rate, own, currency)
    return found
