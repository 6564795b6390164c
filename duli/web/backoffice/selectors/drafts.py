"""What the page of a draft looks up."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory.selectors import availability

SHOWN = 12


@dataclass(frozen=True, slots=True)
class FoundVariant:
    """Something that can be put into a draft; `available` is None where stock has no limit."""

    id: int
    title: str
    variant_title: str
    sku: str
    available: int | None


def variants_matching(text: str) -> list[FoundVariant]:
    """Return variants by SKU, barcode or a part of the product's title (two queries)."""
    rows = list(
        Variant.objects.filter(is_active=True)
        .filter(Q(sku__istartswith=text) | Q(barcode=text) | Q(product__title__icontains=text))
        .select_related("product")
        .only("sku", "title", "product__title")
        .order_by("sku", "pk")[:SHOWN]
    )
    units = availability([row.pk for row in rows])
    return [
        FoundVariant(
            row.pk, row.product.title, row.title, row.sku, units[row.pk].available if row.pk in units else None
        )
        for row in rows
    ]
