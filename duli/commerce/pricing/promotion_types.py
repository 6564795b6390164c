"""Promotions as a quote reads them: frozen, in minor units of the quote's currency."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from duli.base.money import Money

WHOLE = 10_000
"""A hundred per cent in points: percentages are whole numbers of a hundredth of a per cent."""


class Stacking(StrEnum):
    """What a promotion may be combined with: every other, the others but those of its group, or none at all."""

    ALL = "all"
    GROUP = "group"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which goods are meant, by their facets ("product:3", "collection:7", "tag:sale"); none named: all.

    `price_from` and `price_to` are what one unit may cost.
    """

    any_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()
    price_from: int | None = None
    price_to: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """So many units, or goods for so much, must be in the cart."""

    scope: Scope = Scope()
    quantity: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Percent:
    """Some points off the goods, at most `most` (0: no limit)."""

    scope: Scope
    points: int
    most: int = 0


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum off the goods together, or with `each` off every unit."""

    scope: Scope
    minor: int
    each: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """Every unit costs this, where it costs more otherwise."""

    scope: Scope
    minor: int


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on (units or minor units), so much or so many points off."""

    at: int
    minor: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class Ladder:
    """The highest step that is reached counts; with `repeats` the only step counts as often as it is reached.

    `by_quantity` says that steps are units, otherwise what the goods cost.
    """

    scope: Scope
    steps: tuple[Step, ...]
    by_quantity: bool = False
    repeats: bool = False
    most_times: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Units of a bundle."""

    scope: Scope
    quantity: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """These parts together cost `minor`, as often as they are in the cart."""

    parts: tuple[Part, ...]
    minor: int
    most_times: int = 0


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Whoever buys so many units has so many others, the cheapest there are, for some points less (all: free)."""

    buy: Part
    get: Part
    points: int = WHOLE
    most_times: int = 0


@dataclass(frozen=True, slots=True)
class ShippingOff:
    """Some points off shipping, which may cost at most `most` (0: whatever it costs)."""

    points: int = WHOLE
    most: int = 0


@dataclass(frozen=True, slots=True)
class AddOn:
    """Up to `quantity` units of these cost `minor` each (0: a gift), for whoever meets the needs."""

    scope: Scope
    minor: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Tiers:
    """What one unit costs from so many units of the same kind on: `minor` each, or some points off."""

    scope: Scope
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class PriceTable:
    """What a unit of each variant costs from so many units on; `rows` are facets ("variant:3") with their steps.

    `scope` names the goods in which those variants are, so that others are never looked at. It only ever lowers.
    """

    scope: Scope
    rows: tuple[tuple[str, tuple[Step, ...]], ...]

    @cached_property
    def steps(self) -> Mapping[str, tuple[Step, ...]]:
        return dict(self.rows)

    def steps_of(self, facets: frozenset[str]) -> tuple[Step, ...]:
        """Return the steps of the variant that goods with these facets are; none for one that is not in the table."""
        for facet in facets:
            if facet.startswith("variant:") and facet in self.steps:
                return self.steps[facet]
        return ()


@dataclass(frozen=True, slots=True)
class PointsTimes:
    """What is paid for these goods earns so many per cent of the points it would earn otherwise: 200 is twice as many.

    It takes nothing off. Several that apply add what each gives beyond a hundred.
    """

    scope: Scope
    percent: int


Benefit = Percent | Amount | Price | Ladder | Bundle | BuyGet | ShippingOff | AddOn | Tiers | PriceTable | PointsTimes
ON_SHELF = (Percent, Amount, Price, Tiers, PriceTable)
"""The forms that can be the price on the page: they look at one kind of goods alone."""
REDUCED = "price:reduced"
"""The facet of goods that cost less than they did already."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom it is for; what is empty is for everybody. `order_number` is which order of theirs it is (1: the first);
    `members` have an account."""

    order_number: int = 0
    members: bool = False
    tags: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    payments: frozenset[str] = frozenset()
    referrals: frozenset[str] = frozenset()
    """By whose link they came: "friend", "partner"."""


@dataclass(frozen=True)
class Promotion:
    """One promotion as it stands at some version. A lower `priority` goes first; later ones see what is left."""

    id: int
    version: int
    title: str
    benefit: Benefit
    needs: tuple[Need, ...] = ()
    audience: Audience = Audience()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    needs_code: bool = False
    stacking: Stacking = Stacking.ALL
    group: str = ""
    priority: int = 100
    limit_total: int | None = None
    limit_day: int | None = None
    limit_customer: int | None = None
    on_shelf: bool = False
    """Whether it is the price on the page, in the cart and in the order; not something taken off at the end."""
    since: datetime | None = None
    """When it was first in force, or declared if nobody said when it shall start."""
    floor: int | None = None
    """What goods must still bring over their cost, in points of the cost; None: no floor."""
    budget: int | None = None
    """How much it may give to all orders together, in minor units of the store's own currency."""

    @property
    def key(self) -> str:
        """How discounts of it are called in a quote."""
        return f"promotion:{self.id}:{self.version}"

    @cached_property
    def facets(self) -> frozenset[str]:
        """One of these must be in the cart for anything to happen; empty: anything may be."""
        benefit = self.benefit
        if isinstance(benefit, Bundle):
            return benefit.parts[0].scope.any_of
        if isinstance(benefit, BuyGet):
            return benefit.buy.scope.any_of
        if isinstance(benefit, ShippingOff | AddOn):
            # What may be added is not there yet.
            return self.needs[0].scope.any_of if self.needs else frozenset()
        return benefit.scope.any_of

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        benefit = self.benefit
        own: tuple[Scope, ...]
        if isinstance(benefit, Bundle):
            own = tuple(part.scope for part in benefit.parts)
        elif isinstance(benefit, BuyGet):
            own = (benefit.buy.scope, benefit.get.scope)
        elif isinstance(benefit, ShippingOff):
            own = ()
        else:
            own = (benefit.scope,)
        return (*own, *(need.scope for need in self.needs))

    @property
    def is_limited(self) -> bool:
        return (self.limit_total, self.limit_day, self.limit_customer, self.budget) != (None, None, None, None)

    def limit_of(self, counter: str) -> int | None:
        """Return how far a counter goes ("all", "budget", "day:…", or one of a buyer); None: it is not counted."""
        if counter == "all":
            return self.limit_total
        if counter == "budget":
            return self.budget
        return self.limit_day if counter.startswith("day:") else self.limit_customer

    def is_on(self, at: datetime) -> bool:
        """Say whether it runs: from its first second on, and in its last one no more."""
        return (self.starts_at is None or self.starts_at <= at) and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class Snapshot:
    """All promotions that a quote may meet, with an index by what has to be in the cart."""

    promotions: tuple[Promotion, ...] = ()

    @cached_property
    def ordered(self) -> tuple[Promotion, ...]:
        return _in_order(entry for entry in self.promotions if not entry.on_shelf)

    @cached_property
    def shelf(self) -> tuple[Promotion, ...]:
        """Those that make the price on the page."""
        return _in_order(entry for entry in self.promotions if entry.on_shelf)

    @cached_property
    def tells_variants_apart(self) -> bool:
        """Whether a price on the page may depend on more than the product and its price."""
        return any(
            isinstance(entry.benefit, PriceTable) or any(facet.startswith("variant:") for facet in _facets_in(entry))
            for entry in self.shelf
        )

    @cached_property
    def _anywhere(self) -> tuple[int, ...]:
        return tuple(place for place, entry in enumerate(self.ordered) if not entry.facets and not entry.needs_code)

    @cached_property
    def _by_facet(self) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, list[int]] = {}
        for place, entry in enumerate(self.ordered):
            if not entry.needs_code:
                for facet in entry.facets:
                    found.setdefault(facet, []).append(place)
        return {facet: tuple(places) for facet, places in found.items()}

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {entry.id: place for place, entry in enumerate(self.ordered)}

    @cached_property
    def asks_for_facets(self) -> bool:
        """Whether any promotion tells goods apart."""
        return any(scope.any_of or scope.none_of for entry in self.promotions for scope in entry.scopes)

    @cached_property
    def asks_for_orders(self) -> bool:
        return any(entry.audience.order_number for entry in self.promotions)

    @cached_property
    def asks_for_tags(self) -> bool:
        return any(entry.audience.tags for entry in self.promotions)

    @cached_property
    def asks_for_referrals(self) -> bool:
        return any(entry.audience.referrals for entry in self.promotions)

    @cached_property
    def asks_for_cost(self) -> bool:
        return any(entry.floor is not None for entry in self.promotions)

    @cached_property
    def _turns(self) -> tuple[datetime, ...]:
        return tuple(sorted({turn for entry in self.promotions for turn in (entry.starts_at, entry.ends_at) if turn}))

    def candidates(self, facets: frozenset[str], coded: Mapping[int, str]) -> list[Promotion]:
        """Return those that goods with these facets, or entered codes, may meet, in their order."""
        places = set(self._anywhere)
        for facet in self._by_facet.keys() & facets:
            places.update(self._by_facet[facet])
        places.update(self._places[pk] for pk in coded if pk in self._places)
        return [self.ordered[place] for place in sorted(places)]

    def next_turn(self, at: datetime) -> datetime | None:
        """Return when the next promotion begins or ends."""
        place = bisect_right(self._turns, at)
        return self._turns[place] if place < len(self._turns) else None

    def last_turn(self, at: datetime) -> datetime | None:
        """Return when a promotion began or ended last."""
        place = bisect_right(self._turns, at)
        return self._turns[place - 1] if place else None

    def turns_before(self, at: datetime) -> int:
        """Return how often anything began or ended until then: between two turns no price changes by itself."""
        return bisect_right(self._turns, at)


def _in_order(found: Iterable[Promotion]) -> tuple[Promotion, ...]:
    # One that is not saved yet (0) will be the newest.
    return tuple(sorted(found, key=lambda entry: (entry.priority, not entry.id, entry.id)))


def _facets_in(entry: Promotion) -> Iterator[str]:
    for scope in entry.scopes:
        yield from scope.any_of
        yield from scope.none_of


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, as far as promotions ask: orders so far (None: nobody knows who it is) and tags."""

    orders: int | None = None
    tags: frozenset[str] = frozenset()
    market: str = ""
    source: str = ""
    payment: str = ""
    is_member: bool = False
    referral: str = ""
    """By whose link they came: "friend" or "partner"; "" for nobody's."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What a quote has to know of promotions. `codes` are those entered, by the promotion they belong to; `spent` are
    promotions that this buyer, or all together, have used up. `explains_all`: tell of those out of reach as well.
    """

    snapshot: Snapshot
    buyer: Buyer = Buyer()
    codes: Mapping[int, str] = field(default_factory=dict)
    spent: frozenset[int] = frozenset()
    explains_all: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """What would have to be added (`kind` "amount" in minor units, "quantity" in units) and what it would bring."""

    kind: str
    short: int
    minor: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one promotion. `amount` came off the goods (by line key in `lines`), `shipping` off shipping.

    `reason` is "" where it applies, else why not: "not_now", "not_here", "not_for_you", "used_up", "missing",
    "account" (points are for who has one), "nothing" (no such goods, or nothing left to take off), "others" (another of
    its group, or those it may not be combined with, give more). `points` says by line key how many per cent more of
    the points what is paid for it earns.
    """

    promotion: Promotion
    amount: Money
    shipping: Money
    lines: Mapping[str, Money] = field(default_factory=dict)
    reason: str = ""
    missing: Missing | None = None
    code: str = ""
    points: Mapping[str, int] = field(default_factory=dict)

    @property
    def applied(self) -> bool:
        return not self.reason

    @property
    def total(self) -> Money:
        return self.amount + self.shipping

    @property
    def gives(self) -> bool:
        """Whether it did anything: money off, or more points."""
        return self.applied and bool(self.total or self.points)


def points_percents(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Return by line key how many per cent of its points a line earns, where that is not a hundred."""
    found: dict[str, int] = {}
    for entry in outcomes:
        for key, more in entry.points.items():
            found[key] = found.get(key, WHOLE // 100) + more
    return found
