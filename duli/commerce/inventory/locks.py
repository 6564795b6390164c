"""The only row locks of this room. Order everywhere: stock levels by primary key, last before commit."""

from __future__ import annotations

from collections.abc import Iterable

from duli.commerce.inventory.models import Reservation, StockLevel


def lock_levels(ids: Iterable[int]) -> dict[int, StockLevel]:
    """Lock levels in primary-key order and return them by id."""
    rows = StockLevel.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    return {level.pk: level for level in rows}


def lock_reservations(reference: str, states: Iterable[str]) -> list[Reservation]:
    """Lock the reservations of `reference` that are in one of `states`, ordered by stock level."""
    rows = Reservation.objects.select_for_update().filter(reference=reference, state__in=list(states))
    return list(rows.order_by("level_id", "pk"))
