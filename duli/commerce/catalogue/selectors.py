"""Named reads of the catalogue for every face; see `catalogue.listing` for how they work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from duli.base.clock import now
from duli.commerce.catalogue.listing.cards import cards
from duli.commerce.catalogue.listing.detail import product_detail, related_products
from duli.commerce.catalogue.listing.index import warm
from duli.commerce.catalogue.listing.navigation import (
    category_nodes,
    category_trail,
    collections,
    listing_head,
    moved_listing,
    moved_product,
    navigation,
)
from duli.commerce.catalogue.listing.orders import SORTS
from duli.commerce.catalogue.listing.query import listing
from duli.commerce.catalogue.models import Product

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
    "related_products",
    "warm",
]


def product_count() -> int:
    """Return how many products shoppers can see now."""
    return Product.objects.on_sale_at(now()).count()  # type: ignore[attr-defined, no-any-return]


def product_addresses(*, offset: int, limit: int) -> Iterator[tuple[str, datetime]]:
    """Yield (handle, last change) of visible products in a stable order, for the sitemap."""
    rows = Product.objects.on_sale_at(now()).order_by("pk")  # type: ignore[attr-defined]
    yield from rows.values_list("handle", "updated_at")[offset : offset + limit]
