"""What happens to members. Published with reference ``customer:<id>``."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("membership.tier_changed")
@dataclass(frozen=True, slots=True)
class TierChanged:
    """Names as the store calls its tiers, "" for none; `is_higher` is good news. `reason` as in `TierChange`."""

    customer_id: int
    before: str
    after: str
    tier_id: int | None
    is_higher: bool
    reason: str


@event("membership.points_ending")
@dataclass(frozen=True, slots=True)
class PointsEnding:
    """So many points run out soon; the first of them at `at` (ISO)."""

    customer_id: int
    points: int
    at: str


@event("membership.points_adjusted")
@dataclass(frozen=True, slots=True)
class PointsAdjusted:
    """Staff gave points, or took some (`points` below zero)."""

    customer_id: int
    points: int
    note: str
