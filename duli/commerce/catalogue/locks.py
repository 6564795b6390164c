"""The only row locks of this room."""

from __future__ import annotations

from collections.abc import Iterable

from duli.base.errors import NotFound
from duli.commerce.catalogue.models import Attribute, Product, Variant


def lock_product(product_id: int) -> Product:
    """Lock and return a product, or raise NotFound."""
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise NotFound()
    return product


def lock_variants(ids: Iterable[int]) -> dict[int, Variant]:
    """Lock variants in primary-key order and return them by id; unknown ones are absent."""
    rows = Variant.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).select_related("product")
    return {variant.pk: variant for variant in rows.order_by("pk")}


def lock_attribute(attribute_id: int) -> Attribute:
    """Lock and return an attribute, or raise NotFound."""
    attribute = Attribute.objects.select_for_update().filter(pk=attribute_id).first()
    if attribute is None:
        raise NotFound()
    return attribute
