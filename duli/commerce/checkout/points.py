"""Points in a cart: taken off its goods after every promotion, before taxes; gift cards and shipping stay whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.translation import ngettext

from duli.base.clock import now
from duli.base.money import Money, total
from duli.commerce.checkout.earning import because_of, because_of_tier
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import CartLineView
from duli.commerce.membership.rules import ProgramRules, earned, needed, spendable, worth
from duli.commerce.membership.selectors import available_points, program, tier_row_of, weighed
from duli.commerce.membership.types import PointsOffer
from duli.commerce.pricing.promotion_types import points_percents
from duli.commerce.pricing.quote import spread
from duli.commerce.pricing.rounding import Conversion
from duli.commerce.pricing.selectors import conversion_now
from duli.commerce.pricing.types import LineDiscount, LineInput, Quote
from duli.platform.store.selectors import current_store

CODE = "points:"
"""How a discount by points is called in a quote, with their number."""


def with_points(cart: Cart, lines: list[LineInput], whole: Collection[str]) -> list[LineInput]:
    """Return the lines with what the buyer's points take off them, in proportion to what each still costs."""
    if not cart.points or cart.is_draft or not cart.customer_id or not program().has_points:
        return lines
    goods = [line for line in lines if line.key not in whole]
    cost = sum(_cost(line) for line in goods)
    points, minor = _spendable(cart.points, _available(cart), cost, cart.currency)
    if not points:
        return lines
    words = ngettext("%(points)s point", "%(points)s points", points) % {"points": points}
    cut = spread(LineDiscount(f"{CODE}{points}", words, Money(minor, cart.currency)), goods)
    by_key = {line.key: line for line in cut}
    return [by_key.get(line.key, line) for line in lines]


def _cost(line: LineInput) -> int:
    return (line.unit_price * line.quantity).minor - sum(cut.amount.minor for cut in line.discounts)


def _available(cart: Cart) -> int:
    """Return what the cart's buyer may spend now; it is read once for a page, and again when the order is placed."""
    if not hasattr(cart, "points_there"):
        cart.points_there = available_points(cart.customer_id or 0)  # type: ignore[attr-defined]
    found: int = cart.points_there  # type: ignore[attr-defined]
    return found


def _spendable(wanted: int, available: int, goods_minor: int, currency: str) -> tuple[int, int]:
    """Return (points, what they take off in minor units of `currency`) of goods that cost so much there."""
    rules = program()
    most = goods_minor * rules.most_percent // 100
    own = current_store().default_currency
    if currency == own:
        points, minor = spendable(wanted, available, most, rules.worth_points, rules.worth_minor)
    else:
        change = conversion_now(currency)
        if change is None:
            return 0, 0
        there = Conversion(own, currency, change.rate)
        points, minor = _converted(wanted, available, most, rules, there)
    return (points, minor) if points and points >= rules.least_points else (0, 0)


def _converted(wanted: int, available: int, most: int, rules: ProgramRules, change: Conversion) -> tuple[int, int]:
    """As `spendable`, with the points worth what the store's own money is worth in another currency."""
    back = Conversion(change.currency, change.base, 1 / change.rate)
    limit = needed(back.minor(most), rules.worth_points, rules.worth_minor)
    points = max(0, min(wanted, available, limit))
    minor = min(most, change.minor(worth(points, rules.worth_points, rules.worth_minor)))
    return (points, minor) if minor > 0 else (0, 0)


def points_in(quoted: Quote) -> int:
    """Return how many points a quote spends."""
    found = next((entry.code for entry in quoted.adjustments if entry.code.startswith(CODE)), "")
    return int(found.removeprefix(CODE)) if found else 0


def points_worth(quoted: Quote) -> Money:
    """Return what points take off in a quote."""
    return total((-entry.amount for entry in quoted.adjustments if entry.code.startswith(CODE)), quoted.currency)


def points_offer(cart: Cart, lines: Sequence[CartLineView], quoted: Quote) -> PointsOffer | None:
    """Return what the cart's page says of points; None where the shop gives none, or staff put the cart together."""
    rules = program()
    if not rules.has_points or cart.is_draft or not lines:
        return None
    bought = {str(line.id) for line in lines if line.is_gift_card}
    goods = [line for line in quoted.lines if line.key not in bought and line.variant_id]
    times = points_percents(quoted.outcomes)
    paid: dict[int, Money] = {}
    for line in goods:
        percent = times.get(line.key, 100)
        paid[percent] = paid.get(percent, Money.zero(cart.currency)) + line.total
    off = points_worth(quoted)
    member = bool(cart.customer_id)
    tier = tier_row_of(cart.customer_id)
    rule = rules.rule_for(tier.points_percent if tier else 100, now())
    cost = sum(line.subtotal.minor - line.discount.minor for line in goods) + off.minor
    available = _available(cart) if member else 0
    most, minor = _spendable(available, available, cost, cart.currency)
    return PointsOffer(
        available=available,
        most=most,
        most_worth=Money(minor, cart.currency),
        least=rules.least_points,
        chosen=points_in(quoted),
        chosen_worth=off,
        earns=earned(weighed(paid), rule),
        is_member=member,
        because=(*because_of(quoted.outcomes), *because_of_tier(tier, cart.language)),
    )
