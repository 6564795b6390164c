from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("inventory.low")
@dataclass(frozen=True, slots=True)
class StockLow:
    """A level fell to its threshold or below; published once per fall."""

    variant_id: int
    location_id: int
    available: int
    threshold: int


@event("inventory.back")
@dataclass(frozen=True, slots=True)
class StockBack:
    """A level from which nothing could be sold has units again. A product's very first count says nothing."""

    variant_id: int
    location_id: int
    available: int
