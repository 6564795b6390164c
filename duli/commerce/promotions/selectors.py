"""Named reads of promotions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import CollectionProduct, Product, ProductCategory
from duli.commerce.pricing.promotion_types import Snapshot
from duli.commerce.pricing.selectors import conversion
from duli.commerce.promotions import rules
from duli.commerce.promotions.models import Promotion
from duli.platform.store.changes import ChangeCache

TOPICS = ("promotions", "prices", "store")
EMPTY = Snapshot()

_snapshots: ChangeCache[tuple[Snapshot, datetime]] = ChangeCache(64)
# What ended long before the snapshot was taken is not in it; it is taken anew before that could matter.
_KEEP = timedelta(hours=1)


def snapshot(currency: str, language: str) -> Snapshot:
    """Return every promotion that runs or will, in a currency and language: one query a change, none for a quote."""
    instant = now()
    kept = _snapshots.get((currency, language))
    if kept is not None and abs(kept[1] - instant) < _KEEP:
        return kept[0]
    generation = _snapshots.generation()
    found = _read(currency, language, instant)
    _snapshots.put((currency, language), (found, instant), TOPICS, generation=generation)
    return found


def _read(currency: str, language: str, instant: datetime) -> Snapshot:
    rows = Promotion.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=instant - 2 * _KEEP), is_active=True)
    found = []

    def convert(amounts: Mapping[str, int]) -> int | None:
        if currency in amounts:
            return amounts[currency]
        for base, minor in amounts.items():
            change = conversion(currency, instant, base)
            if change is not None:
                return change.money(Money(minor, base)).minor
        return None

    for row in rows:
        try:
            found.append(rules.read(row, language, convert))
        except rules.NoAmount:
            continue
    return Snapshot(tuple(found)) if found else EMPTY


def facets_of(product_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return by what promotions know each product: itself, its brand, collections, categories and tags."""
    wanted = list(dict.fromkeys(product_ids))
    found: dict[int, set[str]] = {pk: {f"product:{pk}"} for pk in wanted}
    for pk, brand_id in Product.objects.filter(pk__in=wanted, brand__isnull=False).values_list("pk", "brand_id"):
        found[pk].add(f"brand:{brand_id}")
    for kind, rows in (
        (
            "collection",
            CollectionProduct.objects.filter(product_id__in=wanted).values_list("product_id", "collection_id"),
        ),
        ("category", ProductCategory.objects.filter(product_id__in=wanted).values_list("product_id", "category_id")),
        ("tag", Product.tags.through.objects.filter(product_id__in=wanted).values_list("product_id", "tag_id")),
    ):
        for pk, other in rows:
            found[pk].add(f"{kind}:{other}")
    return found
