"""The only row locks of this room. Order: the sale, then its items by primary key, then stock."""

from __future__ import annotations

from collections.abc import Iterable

from duli.base.errors import NotFound
from duli.commerce.flash_sales.models import FlashSale, Item


def lock_sale(sale_id: int) -> FlashSale:
    """Lock and return a sale. NotFound."""
    found = FlashSale.objects.select_for_update().filter(pk=sale_id).first()
    if found is None:
        raise NotFound()
    return found


def lock_items(ids: Iterable[int]) -> list[Item]:
    """Lock items in the order of their keys."""
    return list(Item.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk"))
