"""What one unit earns somebody who is known: as a cart with nothing but it in it would say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.checkout.offers import orders_of, tags_of
from duli.commerce.membership.models import Tier
from duli.commerce.membership.rules import EarnRule, earned
from duli.commerce.membership.selectors import program, tier_row_of, tier_view, weighed
from duli.commerce.membership.types import Because
from duli.commerce.pricing.promoting import promoted
from duli.commerce.pricing.promotion_types import Buyer, Offers, Outcome, PointsTimes, Snapshot, points_percents
from duli.commerce.pricing.types import LineInput, QuoteContext
from duli.commerce.promotions.selectors import facets_of, snapshot, spent
from duli.platform.store.types import MarketView

_UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Earning:
    """By what somebody earns points: the rule with their tier, and the promotions that give more of them."""

    rule: EarnRule
    offers: Offers
    tier: tuple[Because, ...] = ()
    tells_variants_apart: bool = False
    """Whether a promotion is for single variants: else those of one price earn alike, and are reckoned once."""
    _known: dict[object, tuple[int, list[Because]]] = field(default_factory=dict, compare=False, repr=False)

    def unit(self, product_id: int, variant_id: int, price: Money, *, is_reduced: bool) -> tuple[int, list[Because]]:
        """Return how many points one unit earns at this price, without what every order earns, and why it is more.

        Four queries for a product that is not in the process yet, else none.
        """
        key = (product_id, price, is_reduced, variant_id if self.tells_variants_apart else 0)
        if key not in self._known:
            self._known[key] = self._unit(product_id, variant_id, price, is_reduced)
        return self._known[key]

    def _unit(self, product_id: int, variant_id: int, price: Money, is_reduced: bool) -> tuple[int, list[Because]]:
        times, because = 100, list(self.tier)
        if self.offers.snapshot.promotions:
            facets = frozenset({*facets_of([product_id])[product_id], f"variant:{variant_id}"})
            line = LineInput(_UNIT, variant_id, 1, price, facets=facets, is_reduced=is_reduced)
            _lines, done = promoted([line], QuoteContext(price.currency, True, now(), offers=self.offers))
            times = points_percents(done.outcomes).get(_UNIT, times)
            because = [*because_of(done.outcomes), *because]
        points = earned(weighed({times: price}), self.rule) - self.rule.bonus if price.minor else 0
        return max(0, points), because if points > 0 else []


def earning_of(customer_id: int, market: MarketView, language: str) -> Earning | None:
    """Return by what a customer with an account earns now; None while the shop gives no points.

    One query for the tier, and few more where promotions ask who it is; their number does not depend on how many
    promotions there are. Codes are left out: nobody has entered one on the page of a product.
    """
    rules = program()
    if not rules.has_points:
        return None
    row = tier_row_of(customer_id)
    giving = tuple(
        entry
        for entry in snapshot(market.currency, language).ordered
        if isinstance(entry.benefit, PointsTimes) and not entry.needs_code
    )
    found = Snapshot(giving)
    buyer = Buyer(
        orders_of([customer_id]) if found.asks_for_orders else None,
        tags_of(customer_id) if found.asks_for_tags else frozenset(),
        market.code,
        "storefront",
        is_member=True,
    )
    offers = Offers(found, buyer, spent=spent(giving, [f"customer:{customer_id}"]))
    rule = rules.rule_for(row.points_percent if row else 100, now())
    apart = any(
        facet.startswith("variant:")
        for entry in giving
        for scope in entry.scopes
        for facet in (*scope.any_of, *scope.none_of)
    )
    return Earning(rule, offers, because_of_tier(row, language), apart)


def because_of_tier(row: Tier | None, language: str) -> tuple[Because, ...]:
    """Return the tier as a reason for more points, or for fewer; nothing where it changes nothing."""
    if row is None or row.points_percent == 100:
        return ()
    return (Because(tier_view(row, language).name, row.points_percent),)


def because_of(outcomes: Iterable[Outcome]) -> tuple[Because, ...]:
    """Return the promotions by which goods earn more, with how many per cent of their points they then earn."""
    return tuple(
        Because(entry.promotion.title, entry.promotion.benefit.percent)
        for entry in outcomes
        if entry.applied and entry.points and isinstance(entry.promotion.benefit, PointsTimes)
    )
