"""What staff do to stock by hand."""

from __future__ import annotations

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.commerce.inventory import locks
from duli.commerce.inventory.models import Location, StockLevel, StockMovement
from duli.commerce.inventory.services.ledger import LevelChange, record
from duli.commerce.inventory.types import BelowReserved, StockConflict

MAXIMUM = 10_000_000


@transaction.atomic
def adjust(
    *,
    variant_id: int,
    location_id: int,
    reason: str,
    actor: str,
    change: int | None = None,
    counted: int | None = None,
    seen_on_hand: int | None = None,
    note: str = "",
    reference: str = "",
) -> StockLevel:
    """Change what is on hand by `change`, or set it to `counted`; exactly one of the two is given.

    `seen_on_hand` is the number the person saw when deciding: if it is not that any more, StockConflict.
    Raises InvalidInput (negative, unknown reason) and BelowReserved. Returns the level after the change.
    """
    if (change is None) == (counted is None):
        raise InvalidInput(field="quantity")
    if reason not in StockMovement.Reason.values:
        raise InvalidInput(field="reason")
    StockLevel.objects.get_or_create(variant_id=variant_id, location_id=location_id)
    pk = StockLevel.objects.values_list("pk", flat=True).get(variant_id=variant_id, location_id=location_id)
    level = locks.lock_levels([pk])[pk]
    if seen_on_hand is not None and seen_on_hand != level.on_hand:
        raise StockConflict(on_hand=level.on_hand)
    target = level.on_hand + change if change is not None else counted
    assert target is not None
    if not 0 <= target <= MAXIMUM:
        raise InvalidInput(field="quantity")
    if target + level.backorder_limit < level.reserved:
        raise BelowReserved(reserved=level.reserved)
    difference = target - level.on_hand
    if difference or reason == StockMovement.Reason.COUNTED:
        level.on_hand = target
        level.save(update_fields=["on_hand"])
        record(
            [LevelChange(level, level.variant.product_id, on_hand_change=difference)],
            reason=reason,
            actor=actor,
            note=note[:255],
            reference=reference,
        )
    return level


@transaction.atomic
def set_threshold(*, variant_id: int, location_id: int, threshold: int | None) -> None:
    """Set when a level counts as low; None means the store's own threshold."""
    StockLevel.objects.update_or_create(
        variant_id=variant_id, location_id=location_id, defaults={"low_stock_threshold": threshold}
    )


@transaction.atomic
def save_location(*, code: str, **values: object) -> Location:
    """Create or change the location called `code`."""
    location, _ = Location.objects.update_or_create(code=code, defaults=values)
    return location
