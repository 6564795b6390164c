"""What each form of promotion takes off heaps of goods. Pure; whole minor units; it never takes more than is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from duli.base.rounding import allocate_whole
from duli.commerce.pricing.promotion_types import (
    WHOLE,
    AddOn,
    Amount,
    Benefit,
    Bundle,
    BuyGet,
    Ladder,
    Missing,
    Percent,
    PointsTimes,
    Price,
    PriceTable,
    Scope,
    ShippingOff,
    Step,
    Tiers,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What comes off, by heap, and off shipping; `missing` is what the next step needs.

    `points` are the per cent that a heap earns beyond a hundred, `weight` what that is worth beside others like it.
    """

    cuts: dict[int, int] = field(default_factory=dict)
    shipping: int = 0
    missing: Missing | None = None
    points: dict[int, int] = field(default_factory=dict)
    weight: int = 0

    @property
    def total(self) -> int:
        """What it gives: money, or of those that give points only, what they are worth beside each other."""
        return sum(self.cuts.values()) + self.shipping + self.weight


class Heaps:
    """Like units together: their facets, what one costs, how many there are, and what is left to pay for them.

    `bought` is how many of the kind are bought where one is looked at for its price: then the price is rounded, not
    what comes off it. `costs` is what a heap costs the merchant.
    """

    __slots__ = ("_places", "bought", "costs", "facets", "is_shelf", "left", "quantities", "shipping", "units")

    def __init__(
        self,
        *,
        facets: tuple[frozenset[str], ...],
        units: tuple[int, ...],
        quantities: tuple[int, ...],
        left: list[int],
        shipping: int,
        places: dict[Scope, tuple[int, ...]] | None = None,
        bought: tuple[int, ...] | None = None,
        costs: tuple[int | None, ...] = (),
    ) -> None:
        self.facets, self.units, self.quantities = facets, units, quantities
        self.bought, self.costs, self.is_shelf = quantities if bought is None else bought, costs, bought is not None
        self.left, self.shipping = left, shipping
        self._places: dict[Scope, tuple[int, ...]] = {} if places is None else places

    def copy(self) -> Heaps:
        """Return the same goods, from which something else may be taken."""
        return Heaps(
            facets=self.facets,
            units=self.units,
            quantities=self.quantities,
            left=list(self.left),
            shipping=self.shipping,
            places=self._places,
            bought=self.bought if self.is_shelf else None,
            costs=self.costs,
        )

    def of(self, scope: Scope) -> tuple[int, ...]:
        """Return the heaps that a scope means."""
        found = self._places.get(scope)
        if found is None:
            found = self._places[scope] = tuple(
                place
                for place, facets in enumerate(self.facets)
                if (not scope.any_of or not scope.any_of.isdisjoint(facets))
                and scope.none_of.isdisjoint(facets)
                and (scope.price_from is None or scope.price_from <= self.units[place])
                and (scope.price_to is None or self.units[place] <= scope.price_to)
            )
        return found

    def points_off(self, minor: int, points: int) -> int:
        """Return so many points of an amount; of a price on the page, what leaves the price rounded half up."""
        return minor - part_of(minor, WHOLE - points) if self.is_shelf else part_of(minor, points)

    def worth(self, place: int) -> Fraction:
        """Return what one unit of a heap still costs."""
        return Fraction(self.left[place], self.quantities[place])

    def take(self, result: Result) -> None:
        for place, amount in result.cuts.items():
            self.left[place] -= amount
        self.shipping -= result.shipping


def worth_of(benefit: Benefit, heaps: Heaps, floor: int | None = None) -> Result:
    """Return what `benefit` takes off the goods as they are now.

    With a `floor` it leaves each heap with its cost and so many points of it; what has no known cost is not bound.
    """
    result = _FORMS[type(benefit)](benefit, heaps)
    if floor is None or not heaps.costs:
        return result
    cuts = {}
    for place, amount in result.cuts.items():
        cost = heaps.costs[place]
        most = amount if cost is None else heaps.left[place] - (cost + part_of(cost, floor))
        if min(amount, most) > 0:
            cuts[place] = min(amount, most)
    return replace(result, cuts=cuts)


def part_of(minor: int, points: int) -> int:
    """Return so many points of an amount, half up."""
    return (minor * points * 2 + WHOLE) // (WHOLE * 2)


def _spread(amount: int, places: Sequence[int], heaps: Heaps) -> dict[int, int]:
    left = [heaps.left[place] for place in places]
    amount = min(amount, sum(left))
    if amount <= 0:
        return {}
    return {place: part for place, part in zip(places, allocate_whole(amount, left), strict=True) if part}


def _percent(benefit: Percent, heaps: Heaps) -> Result:
    places = heaps.of(benefit.scope)
    off = heaps.points_off(sum(heaps.left[place] for place in places), benefit.points)
    return Result(_spread(min(off, benefit.most) if benefit.most else off, places, heaps))


def _amount(benefit: Amount, heaps: Heaps) -> Result:
    places = heaps.of(benefit.scope)
    if not benefit.each:
        return Result(_spread(benefit.minor, places, heaps))
    return Result(
        {place: off for place in places if (off := min(benefit.minor * heaps.quantities[place], heaps.left[place])) > 0}
    )


def _price(benefit: Price, heaps: Heaps) -> Result:
    return Result(
        {
            place: off
            for place in heaps.of(benefit.scope)
            if (off := heaps.left[place] - benefit.minor * heaps.quantities[place]) > 0
        }
    )


def _ladder(benefit: Ladder, heaps: Heaps) -> Result:
    places = heaps.of(benefit.scope)
    cost = sum(heaps.left[place] for place in places)
    has = sum(heaps.quantities[place] for place in places) if benefit.by_quantity else cost
    kind = "quantity" if benefit.by_quantity else "amount"
    if not places:
        return Result()
    if benefit.repeats:
        step = benefit.steps[0]
        times = has // step.at
        may_more = not benefit.most_times or times < benefit.most_times
        if benefit.most_times:
            times = min(times, benefit.most_times)
        following = Missing(kind, step.at * (times + 1) - has, step.minor) if may_more else None
        return Result(_spread(step.minor * times, places, heaps), missing=following)
    reached: Step | None = None
    missing = None
    for step in benefit.steps:
        if has < step.at:
            missing = Missing(kind, step.at - has, step.minor, step.points)
            break
        reached = step
    if reached is None:
        return Result(missing=missing)
    off = part_of(cost, reached.points) if reached.points else reached.minor
    return Result(_spread(off, places, heaps), missing=missing)


def _dearest(heaps: Heaps, places: Iterable[int]) -> list[int]:
    return sorted(places, key=lambda place: (-heaps.worth(place), place))


def _share(heaps: Heaps, place: int, units: int) -> int:
    """Return what so many units of a heap cost; all of them cost exactly what is left."""
    return (heaps.left[place] * units * 2 + heaps.quantities[place]) // (heaps.quantities[place] * 2)


def _bundle(benefit: Bundle, heaps: Heaps) -> Result:
    """The dearest units make up the first bundle, and so on while a bundle is cheaper than its parts."""
    free = list(heaps.quantities)
    used = [0] * len(free)
    orders = [(part.quantity, _dearest(heaps, heaps.of(part.scope))) for part in benefit.parts]
    times = 0
    while not benefit.most_times or times < benefit.most_times:
        taken: list[tuple[int, int]] = []
        for quantity, order in orders:
            wanted = quantity
            for place in order:
                units = min(wanted, free[place])
                if units:
                    free[place] -= units
                    taken.append((place, units))
                    wanted -= units
                if not wanted:
                    break
            if wanted:
                short = Missing("quantity", wanted) if times == 0 and len(taken) else None
                return _bundled(benefit, heaps, used, times, short)
        if sum(heaps.worth(place) * units for place, units in taken) <= benefit.minor:
            break
        for place, units in taken:
            used[place] += units
        times += 1
    return _bundled(benefit, heaps, used, times, None)


def _bundled(benefit: Bundle, heaps: Heaps, used: Sequence[int], times: int, short: Missing | None) -> Result:
    costs = {place: _share(heaps, place, units) for place, units in enumerate(used) if units}
    off = sum(costs.values()) - benefit.minor * times
    if off <= 0:
        return Result(missing=short)
    parts = allocate_whole(off, list(costs.values()))
    return Result({place: part for place, part in zip(costs, parts, strict=True) if part}, missing=short)


def _buy_get(benefit: BuyGet, heaps: Heaps) -> Result:
    buy, get = set(heaps.of(benefit.buy.scope)), set(heaps.of(benefit.get.scope))
    count = heaps.quantities.__getitem__
    bought, others = sum(map(count, buy)), sum(map(count, get))
    together = sum(map(count, buy | get))
    need, give = benefit.buy.quantity, benefit.get.quantity
    times = min(bought // need, others // give, together // (need + give))
    if benefit.most_times:
        times = min(times, benefit.most_times)
    if not times:
        if not bought:
            return Result()
        short = need - bought if bought < need else max(give - others, need + give - together)
        return Result(missing=Missing("quantity", short, points=benefit.points))
    wanted = times * give
    # Units that could be either are bought first as far as the others do not suffice.
    may_give = sum(map(count, buy & get)) - max(0, times * need - sum(map(count, buy - get)))
    cuts: dict[int, int] = {}
    for place in reversed(_dearest(heaps, get)):
        units = min(wanted, heaps.quantities[place])
        if place in buy:
            units = min(units, may_give)
            may_give -= units
        if units:
            off = part_of(_share(heaps, place, units), benefit.points)
            if off:
                cuts[place] = off
            wanted -= units
        if not wanted:
            break
    return Result(cuts)


def _shipping(benefit: ShippingOff, heaps: Heaps) -> Result:
    if benefit.most and heaps.shipping > benefit.most:
        return Result()
    return Result(shipping=part_of(heaps.shipping, benefit.points))


def _add_on(benefit: AddOn, heaps: Heaps) -> Result:
    """The dearest that are there go first; what may still be added is what is missing."""
    free = benefit.quantity
    cuts: dict[int, int] = {}
    for place in _dearest(heaps, heaps.of(benefit.scope)):
        units = min(free, heaps.quantities[place])
        off = _share(heaps, place, units) - benefit.minor * units
        if off > 0:
            cuts[place] = off
        free -= units
        if not free:
            break
    return Result(cuts, missing=Missing("add_on", free, benefit.minor) if free else None)


def _tiers(benefit: Tiers, heaps: Heaps) -> Result:
    """Each kind of goods by itself: its units decide what one of them costs."""
    cuts: dict[int, int] = {}
    missing: Missing | None = None
    for place in heaps.of(benefit.scope):
        units, left = heaps.quantities[place], heaps.left[place]
        reached: Step | None = None
        for step in benefit.steps:
            if heaps.bought[place] < step.at:
                missing = missing or Missing("quantity", step.at - heaps.bought[place], 0, step.points)
                break
            reached = step
        if reached is None:
            continue
        off = heaps.points_off(left, reached.points) if reached.points else left - reached.minor * units
        if off > 0:
            cuts[place] = off
    return Result(cuts, missing=missing)


def _table(benefit: PriceTable, heaps: Heaps) -> Result:
    """Each variant by itself, at what the table says for as many as are bought; never more than it costs already."""
    cuts: dict[int, int] = {}
    for place in heaps.of(benefit.scope):
        reached = [step for step in benefit.steps_of(heaps.facets[place]) if step.at <= heaps.bought[place]]
        if reached and (off := heaps.left[place] - reached[-1].minor * heaps.quantities[place]) > 0:
            cuts[place] = off
    return Result(cuts)


def _points(benefit: PointsTimes, heaps: Heaps) -> Result:
    more = benefit.percent - 100
    places = [place for place in heaps.of(benefit.scope) if heaps.left[place] > 0]
    return Result(points=dict.fromkeys(places, more), weight=sum(heaps.left[place] for place in places) * more)


_FORMS: dict[type, Callable[[Any, Heaps], Result]] = {
    Percent: _percent,
    Amount: _amount,
    Price: _price,
    Ladder: _ladder,
    Bundle: _bundle,
    BuyGet: _buy_get,
    ShippingOff: _shipping,
    AddOn: _add_on,
    Tiers: _tiers,
    PriceTable: _table,
    PointsTimes: _points,
}
