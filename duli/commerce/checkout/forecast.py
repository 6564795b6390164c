"""What a discount would have given: the orders of the last days, quoted once more as if it had been the only one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.customers.selectors import groups_of_many
from duli.commerce.membership.selectors import tier_groups_of_many
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.states import TEST_SOURCE, OrderStatus
from duli.commerce.pricing.promoting import promoted
from duli.commerce.pricing.promotion_types import Buyer, Offers, Outcome, Promotion, Snapshot
from duli.commerce.pricing.selectors import in_own_currency
from duli.commerce.pricing.types import LineInput, QuoteContext, ShippingInput
from duli.commerce.promotions.models import Promotion as Row
from duli.commerce.promotions.selectors import costs_of, facets_of, read_in
from duli.commerce.referrals.models import Referral
from duli.platform.store.days import day_of
from duli.platform.store.selectors import current_store

DAYS = 28
MOST_ORDERS = 1000


@dataclass(frozen=True, slots=True)
class Forecast:
    """`reached` of `orders` would have got it. Money is of the store's own currency.

    `goods` is what the goods of those came to. Margins are whole per cent of what is left of it without tax, before and
    after; None where no cost is known. `known_percent` is the share of those goods whose cost is known. `cut`: there
    were more orders, and only the newest were looked at.
    """

    days: int
    orders: int
    reached: int
    given: Money
    goods: Money
    margin_before: int | None
    margin_after: int | None
    known_percent: int
    more_points: bool
    cut: bool


class _Sums:
    def __init__(self) -> None:
        self.reached = self.given = self.goods = self.known = 0
        self.net_before = self.net_after = self.cost = 0
        self.more_points = False


def forecast(row: Row, language: str) -> Forecast:
    """Return what a discount, saved or not, would have given on the orders of the last 28 days.

    As if everybody had entered its code, and no other discount had been there; prices are those of the orders, costs,
    groups and collections those of today. Its own time does not count, its limits do. Nothing is written; the number of
    statements depends on what it asks for, not on how many orders there are.
    """
    instant, own = now(), current_store().default_currency
    wanted = Order.objects.filter(placed_at__gte=instant - timedelta(days=DAYS), placed_at__lte=instant)
    wanted = wanted.exclude(status=OrderStatus.CANCELLED).exclude(source=TEST_SOURCE)
    rows = list(wanted.select_related("customer").order_by("-placed_at", "-pk")[: MOST_ORDERS + 1])
    cut, rows = len(rows) > MOST_ORDERS, rows[:MOST_ORDERS]
    # Limits are used up by the oldest first, as they would have been.
    rows.reverse()
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=rows).order_by("pk"):
        lines[line.order_id].append(line)
    goods = [line for found in lines.values() for line in found if line.product_id]
    facets = facets_of(line.product_id for line in goods if line.product_id)
    promotions = {order.currency: _read(row, order.currency, language) for order in rows}
    first = next(filter(None, promotions.values()), None)
    buyers = _buyers(rows, first) if first is not None else {}
    costs = {
        currency: costs_of({line.variant_id for line in goods if line.variant_id}, currency) for currency in promotions
    }
    sums, used = _Sums(), Counter[str]()
    for order in rows:
        promotion = promotions[order.currency]
        if promotion is None or _spent(promotion, order, used):
            continue
        known = costs[order.currency]
        inputs = [_input(line, order.currency, facets, known) for line in lines[order.pk]]
        outcome = _outcome(inputs, promotion, buyers[order.pk], order)
        if outcome is not None:
            given = in_own_currency(outcome.total)
            _count(promotion, order, given.minor, used)
            _add(sums, lines[order.pk], inputs, outcome, given.minor)
    return Forecast(
        days=DAYS,
        orders=len(rows),
        reached=sums.reached,
        given=Money(sums.given, own),
        goods=Money(sums.goods, own),
        margin_before=_share(sums.net_before - sums.cost, sums.net_before) if sums.known else None,
        margin_after=_share(sums.net_after - sums.cost, sums.net_after) if sums.known else None,
        known_percent=_share(sums.known, sums.goods) or 0,
        more_points=sums.more_points,
        cut=cut,
    )


def _read(row: Row, currency: str, language: str) -> Promotion | None:
    """Return a discount as a quote of this currency reads it, whenever it runs and wherever it shows."""
    found = read_in(row, currency, language)
    return replace(found, starts_at=None, ends_at=None, on_shelf=False) if found is not None else None


def _buyers(rows: Sequence[Order], promotion: Promotion) -> dict[int, Buyer]:
    """Return who bought each order, as far as the discount asks."""
    audience = promotion.audience
    ids = {order.customer_id for order in rows if order.customer_id}
    accounts = {order.customer.pk for order in rows if order.customer is not None and order.customer.user_id}
    groups: Mapping[int, Sequence[str]] = {}
    if audience.tags:
        tiers = tier_groups_of_many(accounts)
        groups = {pk: [*found, *tiers.get(pk, ())] for pk, found in groups_of_many(accounts).items()}
    before = _orders_before(ids) if audience.order_number else {}
    came = dict(_referrals(rows)) if audience.referrals else {}
    return {
        order.pk: Buyer(
            orders=before.get(order.pk, 0),
            tags=frozenset(groups.get(order.customer_id or 0, ())),
            market=order.market_code,
            source=order.source,
            payment=order.payment_method_code,
            is_member=order.customer_id in accounts,
            referral=came.get(order.pk, ""),
        )
        for order in rows
    }


def _orders_before(customer_ids: Iterable[int]) -> dict[int, int]:
    """Return by order how many its customer had placed before it (one query)."""
    rows = Order.objects.filter(customer_id__in=list(customer_ids)).exclude(status=OrderStatus.CANCELLED)
    seen, found = Counter[int](), {}
    for pk, customer_id in rows.order_by("placed_at", "pk").values_list("pk", "customer_id"):
        found[pk] = seen[customer_id]
        seen[customer_id] += 1
    return found


def _referrals(rows: Sequence[Order]) -> Iterable[tuple[int, str]]:
    return Referral.objects.filter(order__in=rows).values_list("order_id", "referrer__kind")


def _input(line: OrderLine, currency: str, facets: Mapping[int, frozenset[str]], costs: Mapping[int, int]) -> LineInput:
    known = None
    if line.product_id and not line.is_gift_card:
        known = frozenset({*facets.get(line.product_id, ()), f"variant:{line.variant_id}"})
    return LineInput(
        str(line.pk),
        line.variant_id or 0,
        line.quantity,
        Money(line.unit_price_minor, currency),
        facets=known,
        cost=costs.get(line.variant_id or 0),
    )


def _outcome(inputs: Sequence[LineInput], promotion: Promotion, buyer: Buyer, order: Order) -> Outcome | None:
    """Return what the order would have got; None for nothing."""
    offers = Offers(Snapshot((promotion,)), buyer, {promotion.id: "-"} if promotion.needs_code else {})
    shipping = ShippingInput("forecast", "", Money(order.shipping_minor, order.currency))
    _lines, done = promoted(
        inputs, QuoteContext(order.currency, True, order.placed_at, shipping=shipping, offers=offers)
    )
    return next((entry for entry in done.outcomes if entry.gives), None)


def _counters(promotion: Promotion, order: Order) -> dict[str, int | None]:
    return {
        "all": promotion.limit_total,
        f"day:{_day(order.placed_at)}": promotion.limit_day,
        f"customer:{order.customer_id}": promotion.limit_customer,
        "budget": promotion.budget,
    }


def _day(moment: datetime) -> str:
    return day_of(moment).isoformat()


def _spent(promotion: Promotion, order: Order, used: Mapping[str, int]) -> bool:
    return any(limit is not None and used[key] >= limit for key, limit in _counters(promotion, order).items())


def _count(promotion: Promotion, order: Order, given: int, used: Counter[str]) -> None:
    for key in _counters(promotion, order):
        used[key] += given if key == "budget" else 1


def _add(sums: _Sums, lines: Sequence[OrderLine], inputs: Sequence[LineInput], outcome: Outcome, given: int) -> None:
    sums.reached += 1
    sums.given += given
    sums.more_points = sums.more_points or bool(outcome.points)
    for line, entry in zip(lines, inputs, strict=True):
        if entry.facets is None:
            continue
        price = entry.unit_price * entry.quantity
        worth = in_own_currency(price).minor
        sums.goods += worth
        if entry.cost is None or not price:
            continue
        off = outcome.lines.get(entry.key, Money.zero(price.currency))
        left = in_own_currency(price - off).minor
        # What is left of the price without tax, in the proportion in which the line was taxed.
        net, total = line.total_minor - line.tax_minor, line.total_minor
        sums.known += worth
        sums.net_before += worth * net // total if total else worth
        sums.net_after += left * net // total if total else left
        sums.cost += in_own_currency(Money(entry.cost * entry.quantity, price.currency)).minor


def _share(part: int, whole: int) -> int | None:
    """Return a part in whole per cent, rounded half up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None
