"""Flash sales to test with, made through the shop's own verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from duli.base.clock import now
from duli.commerce.catalogue.models import Variant
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.models import FlashSale, Item
from duli.commerce.flash_sales.types import ItemDraft, SaleDraft
from duli.platform.store.changes import look_now
from tests import factories

HOUR = timedelta(hours=1)


def draft(
    *variants: Variant,
    price: int = 5000,
    units: int = 5,
    limit: int | None = 1,
    begins: timedelta = -HOUR,
    **values: Any,
) -> SaleDraft:
    """A sale that began an hour ago and ends in an hour, if nothing else is said."""
    start = now() + begins
    return SaleDraft(
        **{
            "name": "双十一秒杀",
            "starts_at": start,
            "ends_at": start + 2 * HOUR,
            "items": tuple(
                ItemDraft(variant.pk, {"CNY": price, "USD": price // 7}, units, limit) for variant in variants
            ),
            **values,
        }
    )


def sale(*variants: Variant, planned: bool = True, **values: Any) -> FlashSale:
    row = services.save_sale(draft=draft(*variants, **values), actor=factories.ACTOR)
    if planned:
        services.plan_sale(sale_id=row.pk, actor=factories.ACTOR)
    look_now()
    return row


def item_of(row: FlashSale, index: int = 0) -> Item:
    return list(Item.objects.filter(sale=row).order_by("pk"))[index]
