"""What staff do to stock by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.inventory import locks
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.inventory.services.changes import MAXIMUM, change_on_hand, check_location, check_variants
from duli.commerce.inventory.services.ledger import LevelChange, record
from duli.commerce.inventory.types import BackordersTaken, BelowReserved, CellCount, StockConflict
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, compare
from duli.platform.store.translations import save_texts


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
def adjust_many(
    *, location_id: int, counts: Mapping[int, int], reason: str, actor: str, note: str = "", reference: str = ""
) -> int:
    """Set what is on hand of many variants at a location, all or none; return how many numbers changed.

    Raises InvalidInput (numbers, reason, place), UnknownVariants and CountBelowReserved.
    """
    if not counts or not all(0 <= units <= MAXIMUM for units in counts.values()):
        raise InvalidInput(field="quantity")
    if reason not in StockMovement.Reason.values:
        raise InvalidInput(field="reason")
    check_location(location_id, active=False)
    check_variants(set(counts))
    levels = locks.lock_levels_at(location_id, counts)
    changes = {pk: units - levels[pk].on_hand for pk, units in counts.items()}
    change_on_hand(
        levels,
        changes,
        reason=reason,
        actor=actor,
        note=note,
        reference=reference,
        keep_zero=reason == StockMovement.Reason.COUNTED,
    )
    return sum(1 for change in changes.values() if change)


@transaction.atomic
def adjust_cells(*, cells: Sequence[CellCount], reason: str, actor: str) -> int:
    """Set what is on hand of many variants at many locations, all or none; return how many numbers changed.

    A cell that says what was seen there must still find it, else StockConflict; one that saw nothing is the first
    count, and the ledger says so instead of `reason`. A cell named twice counts as it was named last. The same few
    statements for one cell and for hundreds. Raises InvalidInput (numbers, reason, place), UnknownVariants and
    BelowReserved.
    """
    if reason not in StockMovement.Reason.values:
        raise InvalidInput(field="reason")
    if not all(0 <= cell.counted <= MAXIMUM for cell in cells):
        raise InvalidInput(field="quantity")
    wanted = {(cell.variant_id, cell.location_id): cell for cell in cells}
    if not wanted:
        return 0
    variants = check_variants({cell.variant_id for cell in cells}, counted_only=False)
    for location_id in {cell.location_id for cell in cells}:
        check_location(location_id, active=False)
    levels = locks.lock_levels_of(wanted)
    written: dict[str, list[LevelChange]] = {}
    for place, level in sorted(levels.items(), key=lambda entry: entry[1].pk):
        cell = wanted[place]
        if cell.seen is not None and cell.seen != level.on_hand:
            raise StockConflict(on_hand=level.on_hand)
        if cell.counted + level.backorder_limit < level.reserved:
            raise BelowReserved(reserved=level.reserved)
        why = reason if cell.seen is not None else StockMovement.Reason.INITIAL
        difference = cell.counted - level.on_hand
        if difference or why == StockMovement.Reason.COUNTED:
            level.on_hand = cell.counted
            change = LevelChange(level, variants[cell.variant_id].product_id, on_hand_change=difference)
            written.setdefault(why, []).append(change)
    changed = [entry.level for entries in written.values() for entry in entries if entry.on_hand_change]
    StockLevel.objects.bulk_update(changed, ["on_hand"], batch_size=500)
    for why, entries in written.items():
        record(entries, reason=why, actor=actor)
    return len(changed)


@transaction.atomic
def set_level_rules(
    *,
    variant_id: int,
    location_id: int,
    threshold: int | None,
    backorder_limit: int = 0,
    promise: str = "",
    seen: Seen | None = None,
    promised_on: date | None = None,
    texts: Mapping[str, str] | None = None,
) -> None:
    """Say when a level counts as low (None: by the store's own threshold), and what may be sold beyond what is there.

    `backorder_limit` units can be ordered although they are not on hand; `promised_on` is the day from which they are
    sent, and `promise` what shoppers are told besides (`texts`: in other languages).
    Raises InvalidInput and BackordersTaken (more than that are sold ahead already).
    """
    if not 0 <= backorder_limit <= MAXIMUM or not 0 <= (threshold or 0) <= MAXIMUM:
        raise InvalidInput(field="backorder_limit")
    check_variants({variant_id})
    level = locks.lock_levels_at(location_id, [variant_id])[variant_id]
    compare(seen)
    if level.reserved > level.on_hand + backorder_limit:
        raise BackordersTaken(field="backorder_limit", units=level.reserved - level.on_hand)
    level.low_stock_threshold = threshold
    level.backorder_limit, level.backorder_promise = backorder_limit, one_line(promise, 120)
    level.backorder_on = promised_on
    level.save(update_fields=["low_stock_threshold", "backorder_limit", "backorder_promise", "backorder_on"])
    for language, words in (texts or {}).items():
        save_texts(kind="stock_level", object_id=level.pk, language=language, values={"promise": one_line(words, 120)})
    mark(f"promise:{level.pk}")
    mark("catalogue", f"product:{level.variant.product_id}")
