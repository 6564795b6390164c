"""Writing the ledger, and what follows from a change of a level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from duli.base.clock import now
from duli.commerce.catalogue.selectors import bundles
from duli.commerce.inventory.events import StockBack, StockLow
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.platform.events.services import publish
from duli.platform.store.changes import mark
from duli.platform.store.prepared import insert_all
from duli.platform.store.selectors import current_store

# Whole catalogues arrive this way; nobody has been waiting for each of their products.
_FIRST = (StockMovement.Reason.INITIAL, StockMovement.Reason.IMPORTED)


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A level after a change, and how it changed."""

    level: StockLevel
    product_id: int
    on_hand_change: int = 0
    reserved_change: int = 0

    @property
    def available_before(self) -> int:
        return self.level.available - self.on_hand_change + self.reserved_change


def record(
    changes: Iterable[LevelChange], *, reason: str, actor: str = "", reference: str = "", note: str = ""
) -> None:
    """Append the ledger rows, mark what shoppers see, and publish `StockLow` and `StockBack`."""
    changes = list(changes)
    created_at = now()
    insert_all(
        [
            StockMovement(
                level=change.level,
                on_hand_change=change.on_hand_change,
                reserved_change=change.reserved_change,
                reason=reason,
                note=note,
                actor=actor,
                reference=reference,
                created_at=created_at,
            )
            for change in changes
        ]
    )
    default_threshold = current_store().low_stock_threshold
    within = bundles().products_with
    topics: set[str] = set()
    for change in changes:
        before, after = change.available_before, change.level.available
        if before == after:
            continue
        limit = change.level.backorder_limit
        if before + limit <= 0 < after + limit and reason not in _FIRST:
            publish(
                StockBack(change.level.variant_id, change.level.location_id, after),
                reference=f"variant:{change.level.variant_id}",
                actor=actor,
            )
        owners = {change.product_id}
        turned = (before > 0) != (after > 0) or (before + limit > 0) != (after + limit > 0)
        if change.level.variant_id in within:
            owners |= within[change.level.variant_id]
            # One unit can be too few for a bundle that takes two: it sells out before its component does.
            turned = True
        topics |= {f"stock:{pk}" for pk in owners}
        if turned:
            # A product that sells out or comes back also changes listings and their counts.
            topics |= {"catalogue", *(f"product:{pk}" for pk in owners)}
        threshold = change.level.low_stock_threshold
        threshold = default_threshold if threshold is None else threshold
        if after <= threshold < before:
            publish(
                StockLow(change.level.variant_id, change.level.location_id, after, threshold),
                reference=f"variant:{change.level.variant_id}",
                actor=actor,
            )
    if topics:
        mark(*sorted(topics))
