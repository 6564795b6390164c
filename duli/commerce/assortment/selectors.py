"""Named reads of the catalogue for every face; see `catalogue.listing` for how they work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from duli.base.clock import now
from duli.commerce.assortment.cards import cards
from duli.commerce.assortment.detail import product_detail, product_preview, related_products
from duli.commerce.assortment.index import warm
from duli.commerce.assortment.navigation import (
    category_nodes,
    category_trail,
    collections,
    listing_head,
    moved_listing,
    moved_product,
    navigation,
)
from duli.commerce.assortment.orders import SORTS
from duli.commerce.assortment.query import listing
from duli.commerce.catalogue.models import Product, Variant
from duli.platform.store.prepared import Prepared

__all__ = [
    "SORTS",
    "cards",
    "category_nodes",
    "category_trail",
    "collections",
    "listing",
    "listing_head",
    "moved_listing",
    "moved_product",
    "navigation",
    "product_addresses",
    "product_count",
    "product_detail",
    "product_preview",
    "related_products",
    "variant_of",
    "warm",
]

_choices = Prepared(
    lambda product_id: Variant.objects.filter(product_id=product_id, is_active=True).values_list(
        "pk", "option_value_ids"
    )
)


def product_count() -> int:
    """Return how many products shoppers can see now."""
    return Product.objects.on_sale_at(now()).count()


def product_addresses(*, offset: int, limit: int) -> Iterator[tuple[str, datetime]]:
    """Yield (handle, last change) of visible products in a stable order, for the sitemap."""
    rows = Product.objects.on_sale_at(now()).order_by("pk")
    yield from rows.values_list("handle", "updated_at")[offset : offset + limit]


def variant_of(*, product_id: int, value_ids: Iterable[int]) -> int | None:
    """Return the active variant that is exactly this choice of option values, or None."""
    wanted = set(value_ids)
    return next((pk for pk, ids in _choices.rows(product_id) if set(ids) == wanted), None)
