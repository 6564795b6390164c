"""Prices and stock as listings need them, for many products at once."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from duli.base.clock import now
from duli.commerce.catalogue.models import BundleComponent, Variant
from duli.commerce.inventory.models import StockLevel
from duli.commerce.pricing.models import PriceRange
from duli.commerce.pricing.selectors import conversion_now, price_list_ids, price_ranges


def stocked_variants() -> QuerySet[Variant]:
    """Active variants of which at least one unit can be sold now; of a bundle, all its components have to be there."""
    free = Q(
        stock_levels__location__is_active=True,
        stock_levels__on_hand__gt=F("stock_levels__reserved") - F("stock_levels__backorder_limit"),
    )
    return Variant.objects.filter(Q(~Exists(_short_components()), tracks_stock=False) | free, is_active=True)


def _short_components() -> QuerySet[BundleComponent]:
    """Components of the outer variant of which there are fewer units than one bundle takes."""
    units = (
        StockLevel.objects.filter(variant=OuterRef("variant"), location__is_active=True)
        .values("variant")
        .annotate(units=Sum(F("on_hand") + F("backorder_limit") - F("reserved")))
        .values("units")
        .order_by()
    )
    short = Q(variant__is_active=False) | Q(variant__tracks_stock=True, free__lt=F("quantity"))
    return (
        BundleComponent.objects.filter(bundle__variant=OuterRef("pk"))
        .annotate(free=Coalesce(Subquery(units), 0))
        .filter(short)
        .order_by()
    )


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
