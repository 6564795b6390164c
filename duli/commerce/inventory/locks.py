"""The only row locks of this room. Order everywhere: papers (transfers, counts), then stock levels by primary key."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from duli.base.errors import NotFound
from duli.commerce.inventory.models import Location, Reservation, StockCount, StockLevel, StockTransfer
from duli.platform.store.prepared import Prepared


def lock_levels(ids: Iterable[int]) -> dict[int, StockLevel]:
    """Lock levels in primary-key order and return them by id."""
    rows = StockLevel.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    return {level.pk: level for level in rows}


def find_levels_at(location_id: int, variant_ids: Iterable[int]) -> list[StockLevel]:
    """Return the levels of variants at a location, making those that are missing; nothing is locked yet."""
    wanted = sorted(set(variant_ids))
    StockLevel.objects.bulk_create(
        [StockLevel(variant_id=pk, location_id=location_id) for pk in wanted], ignore_conflicts=True
    )
    return list(StockLevel.objects.filter(variant_id__in=wanted, location_id=location_id))


def lock_levels_at(location_id: int, variant_ids: Iterable[int]) -> dict[int, StockLevel]:
    """Lock the levels of variants at a location, making those that are missing; return them by variant."""
    ids = [level.pk for level in find_levels_at(location_id, variant_ids)]
    return {level.variant_id: level for level in lock_levels(ids).values()}


def lock_levels_of(places: Collection[tuple[int, int]]) -> dict[tuple[int, int], StockLevel]:
    """Lock the levels of (variant, location), making those that are missing; return them by place."""
    StockLevel.objects.bulk_create(
        [StockLevel(variant_id=variant_id, location_id=location_id) for variant_id, location_id in sorted(places)],
        ignore_conflicts=True,
        batch_size=500,
    )
    rows = StockLevel.objects.filter(
        variant_id__in={variant_id for variant_id, _ in places}, location_id__in={place for _, place in places}
    ).values_list("pk", "variant_id", "location_id")
    ids = [pk for pk, variant_id, location_id in rows if (variant_id, location_id) in places]
    return {(level.variant_id, level.location_id): level for level in lock_levels(ids).values()}


def lock_location(location_id: int) -> Location:
    """Lock and return a location, or raise NotFound."""
    location = Location.objects.select_for_update().filter(pk=location_id).first()
    if location is None:
        raise NotFound()
    return location


def lock_transfer(transfer_id: int) -> StockTransfer:
    """Lock and return a transfer, or raise NotFound."""
    transfer = StockTransfer.objects.select_for_update().filter(pk=transfer_id).first()
    if transfer is None:
        raise NotFound()
    return transfer


def lock_count(count_id: int) -> StockCount:
    """Lock and return a count sheet, or raise NotFound."""
    count = StockCount.objects.select_for_update().filter(pk=count_id).first()
    if count is None:
        raise NotFound()
    return count


_reservations = Prepared(
    lambda reference, states: (
        Reservation.objects.select_for_update().filter(reference=reference, state__in=states).order_by("level_id", "pk")
    )
)


def lock_reservations(reference: str, states: Iterable[str]) -> list[Reservation]:
    """Lock the reservations of `reference` that are in one of `states`, ordered by stock level."""
    return _reservations.rows(reference, [str(state) for state in states])
