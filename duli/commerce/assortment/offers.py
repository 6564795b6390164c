"""Prices and stock as listings need them, for many products at once."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q, QuerySet

from duli.base.clock import now
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.selectors import bundles
from duli.commerce.inventory.selectors import availability
from duli.commerce.pricing.models import PriceRange
from duli.commerce.pricing.rounding import Conversion
from duli.commerce.pricing.selectors import conversion, price_list_ids, price_ranges
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store

_conversions: ChangeCache[dict[str, Conversion | None]] = ChangeCache(16)


def conversion_now(currency: str) -> Conversion | None:
    """Return how the store's own prices become prices in `currency` now; None if they need not or cannot."""
    own = current_store().default_currency
    if own == currency:
        return None
    # The hour is part of the key because a rate may begin to be valid without anything being saved.
    hour = now().replace(minute=0, second=0, microsecond=0)
    return _conversions.get_or_make((own, currency, hour), lambda: {"known": conversion(currency, now())}, ["prices"])[
        "known"
    ]


def stocked_variants() -> QuerySet[Variant]:
    """Active variants of which at least one unit can be sold now; one more statement if the shop has bundles."""
    free = Q(
        stock_levels__location__is_active=True,
        stock_levels__on_hand__gt=F("stock_levels__reserved") - F("stock_levels__backorder_limit"),
    )
    rows = Variant.objects.filter(Q(tracks_stock=False) | free, is_active=True)
    made_of = bundles().components
    if not made_of:
        return rows
    return rows.exclude(pk__in=[pk for pk, found in availability(made_of).items() if not found.in_stock])


def _lowest(product_ids: list[int] | None, currency: str) -> Iterable[tuple[int, int, int]]:
    list_id = price_list_ids().get(currency)
    if list_id is None or product_ids == []:
        return []
    rows = PriceRange.objects.filter(price_list_id=list_id)
    if product_ids is not None:
        rows = rows.filter(product_id__in=product_ids)
    return rows.values_list("product_id", "minimum_minor", "variant_count")


def cheapest(product_ids: list[int] | None, currency: str) -> dict[int, int]:
    """Return the lowest price in minor units of `currency` per product (None: of all products)."""
    listed = {pk: (low, count) for pk, low, count in _lowest(product_ids, currency)}
    found = {pk: low for pk, (low, _) in listed.items()}
    change = conversion_now(currency)
    if change is None:
        return found
    partly = []
    for pk, low, count in _lowest(product_ids, change.base):
        if pk not in listed:
            found[pk] = change.minor(low)
        elif listed[pk][1] < count:
            partly.append(pk)
    if partly:
        found.update((pk, span[0].minor) for pk, span in price_ranges(partly, currency, now()).items())
    return found
