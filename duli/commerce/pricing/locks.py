"""The only row locks of this room: prices by primary key."""

from __future__ import annotations

from collections.abc import Iterable

from duli.commerce.pricing.models import Price


def lock_prices(*, variant_ids: Iterable[int], list_ids: Iterable[int]) -> dict[tuple[int, int], Price]:
    """Lock the prices of variants in price lists and return them by (price list, variant)."""
    rows = Price.objects.select_for_update().filter(variant_id__in=list(variant_ids), price_list_id__in=list(list_ids))
    return {(price.price_list_id, price.variant_id): price for price in rows.order_by("pk")}
