"""The price on the page: what promotions that are prices make of one unit. Pure; page, cart and order ask it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duli.commerce.pricing.benefits import Heaps
from duli.commerce.pricing.promoting import Run
from duli.commerce.pricing.promotion_types import REDUCED, Offers, PriceTable, Promotion, Tiers


@dataclass(frozen=True, slots=True)
class ShelfPrice:
    """What one unit costs, and which promotions took how much off it."""

    minor: int
    cuts: tuple[tuple[Promotion, int], ...] = ()


def shelf_price(
    minor: int,
    offers: Offers,
    instant: datetime,
    *,
    facets: frozenset[str],
    quantity: int = 1,
    is_reduced: bool = False,
    cost: int | None = None,
) -> ShelfPrice:
    """Return what one of `quantity` like units costs at a moment, for the buyer of `offers`."""
    own = facets | {REDUCED} if is_reduced else facets
    found = [entry for entry in offers.snapshot.shelf if not entry.facets or not entry.facets.isdisjoint(own)]
    if not found or not minor:
        return ShelfPrice(minor)
    heaps = Heaps(
        facets=(own,), units=(minor,), quantities=(1,), left=[minor], shipping=0, bought=(quantity,), costs=(cost,)
    )
    chosen = Run(heaps, offers, instant).best(found)
    cuts = tuple((entry, result.total) for entry, result in chosen.applied)
    return ShelfPrice(minor - sum(amount for _entry, amount in cuts), cuts)


def tier_prices(
    minor: int,
    offers: Offers,
    instant: datetime,
    *,
    facets: frozenset[str],
    is_reduced: bool = False,
    cost: int | None = None,
) -> tuple[tuple[int, int], ...]:
    """Return from how many units on a unit costs what, where that depends on how many are bought; lowest first."""
    own = facets | {REDUCED} if is_reduced else facets
    steps: set[int] = set()
    for entry in offers.snapshot.shelf:
        if entry.facets and entry.facets.isdisjoint(own):
            continue
        if isinstance(entry.benefit, Tiers):
            steps.update(step.at for step in entry.benefit.steps)
        elif isinstance(entry.benefit, PriceTable):
            steps.update(step.at for step in entry.benefit.steps_of(facets))
    if not steps:
        return ()
    found: list[tuple[int, int]] = []
    for units in sorted({1, *steps}):
        price = shelf_price(
            minor, offers, instant, facets=facets, quantity=units, is_reduced=is_reduced, cost=cost
        ).minor
        if not found or price != found[-1][1]:
            found.append((units, price))
    return tuple(found) if len(found) > 1 else ()
