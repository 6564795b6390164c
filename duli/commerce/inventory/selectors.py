"""Named reads of stock; each costs the same number of queries for one variant and for a thousand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory.models import Location, Reservation, StockLevel, StockMovement
from duli.commerce.inventory.types import Availability
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store

_free = Prepared(
    lambda variant_ids: (
        Variant.objects.filter(pk__in=variant_ids)
        .annotate(
            free=Sum(
                F("stock_levels__on_hand") + F("stock_levels__backorder_limit") - F("stock_levels__reserved"),
                filter=Q(stock_levels__location__is_active=True),
            )
        )
        .values_list("pk", "tracks_stock", "free")
        .order_by()
    )
)


def availability(variant_ids: Iterable[int]) -> dict[int, Availability]:
    """Return what can be sold of each variant over all active locations (one query).

    Variants that do not track stock have no limit; tracked variants without a level have none left.
    """
    rows = _free.rows(list(variant_ids))
    return {pk: Availability(pk, max(free or 0, 0) if tracks_stock else None) for pk, tracks_stock, free in rows}


def locations() -> list[Location]:
    return list(Location.objects.filter(is_active=True))


def low_levels() -> QuerySet[StockLevel]:
    """Levels at or below their threshold, scarcest first."""
    return (
        StockLevel.objects.filter(variant__is_active=True, variant__tracks_stock=True, location__is_active=True)
        .annotate(
            free=F("on_hand") - F("reserved"),
            threshold=Coalesce(F("low_stock_threshold"), current_store().low_stock_threshold),
        )
        .filter(free__lte=F("threshold"))
        .select_related("variant__product", "location")
        .order_by("free", "pk")
    )


def history(*, variant_id: int, location_id: int | None = None) -> QuerySet[StockMovement]:
    """The ledger of a variant, newest first."""
    rows = StockMovement.objects.filter(level__variant_id=variant_id).select_related("level__location")
    return (rows.filter(level__location_id=location_id) if location_id else rows).order_by("-pk")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A level whose stored numbers are not what its ledger and its reservations say."""

    level_id: int
    on_hand: int
    on_hand_by_ledger: int
    reserved: int
    reserved_by_ledger: int
    reserved_by_rows: int


def integrity() -> list[Discrepancy]:
    """Derive every level again from the ledger and from the open reservations; return those that differ."""
    sums = {
        level_id: (on_hand or 0, reserved or 0)
        for level_id, on_hand, reserved in StockMovement.objects.values_list("level_id")
        .annotate(on_hand=Sum("on_hand_change"), reserved=Sum("reserved_change"))
        .order_by()
    }
    open_states = [Reservation.State.HELD, Reservation.State.ALLOCATED]
    held = dict(
        Reservation.objects.filter(state__in=open_states)
        .values_list("level_id")
        .annotate(units=Sum("quantity"))
        .order_by()
    )
    return [
        Discrepancy(pk, on_hand, _pair(sums, pk)[0], reserved, _pair(sums, pk)[1], held.get(pk, 0))
        for pk, on_hand, reserved in StockLevel.objects.values_list("pk", "on_hand", "reserved").iterator()
        if (on_hand, reserved) != _pair(sums, pk) or reserved != held.get(pk, 0)
    ]


def _pair(sums: dict[int, tuple[int, int]], pk: int) -> tuple[int, int]:
    return sums.get(pk, (0, 0))
