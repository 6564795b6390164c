"""Changing many levels of one location at once: what transfers, counts and pasted lists have in common."""

from __future__ import annotations

from collections.abc import Mapping

from duli.base.errors import InvalidInput
from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory import locks
from duli.commerce.inventory.models import Location, StockLevel
from duli.commerce.inventory.services.ledger import LevelChange, record
from duli.commerce.inventory.types import CountBelowReserved, UnknownVariants

MAXIMUM = 10_000_000


def check_variants(variant_ids: set[int], *, counted_only: bool = True) -> dict[int, Variant]:
    """Return the variants, or raise UnknownVariants for those that do not exist or do not count their stock."""
    found = Variant.objects.in_bulk(variant_ids)
    missing = [str(pk) for pk in sorted(variant_ids) if pk not in found]
    uncounted = [
        variant.sku or str(pk) for pk, variant in sorted(found.items()) if counted_only and not variant.tracks_stock
    ]
    if missing or uncounted:
        raise UnknownVariants(field="lines", names=", ".join((missing + uncounted)[:10]))
    return found


def check_location(location_id: int, *, active: bool = True) -> Location:
    """Return a location, or raise InvalidInput."""
    location = Location.objects.filter(pk=location_id).first()
    if location is None or (active and not location.is_active):
        raise InvalidInput(field="location")
    return location


def change_on_hand(
    levels: Mapping[int, StockLevel],
    changes: Mapping[int, int],
    *,
    reason: str,
    actor: str,
    reference: str = "",
    note: str = "",
    keep_zero: bool = False,
) -> None:
    """Add `changes` (variant: units) to locked `levels` and write the ledger; `keep_zero` writes rows of no change too.

    Raises CountBelowReserved where the result would not cover what is held, InvalidInput beyond all measure.
    """
    variants = Variant.objects.in_bulk(list(changes))
    written = []
    for variant_id, change in sorted(changes.items(), key=lambda entry: levels[entry[0]].pk):
        level = levels[variant_id]
        target = level.on_hand + change
        if target > MAXIMUM:
            raise InvalidInput(field="quantity")
        if target < 0 or target + level.backorder_limit < level.reserved:
            raise CountBelowReserved(
                sku=variants[variant_id].sku or variants[variant_id].title, reserved=level.reserved
            )
        if not change and not keep_zero:
            continue
        level.on_hand = target
        written.append(LevelChange(level, variants[variant_id].product_id, on_hand_change=change))
    # The levels are locked: what was read is what is there, and one statement writes them all.
    StockLevel.objects.bulk_update(
        [entry.level for entry in written if entry.on_hand_change], ["on_hand"], batch_size=500
    )
    record(written, reason=reason, actor=actor, reference=reference, note=note[:255])


def change_incoming(location_id: int, changes: Mapping[int, int]) -> None:
    """Add `changes` (variant: units) to what is on its way to a location; never below zero."""
    for variant_id, level in locks.lock_levels_at(location_id, changes).items():
        level.incoming = max(level.incoming + changes[variant_id], 0)
        level.save(update_fields=["incoming"])
