"""The only row locks of this room."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.catalogue.models import Product


def lock_product(product_id: int) -> Product:
    """Lock and return a product, or raise NotFound."""
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise NotFound()
    return product
