"""What a discount would give: orders of the last days, quoted once more with it and without, beside those that run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

from duli.base.clock import now
from duli.base.money import Money, total
from duli.commerce.customers.selectors import groups_of_many
from duli.commerce.membership.selectors import tier_groups_of_many
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.states import TEST_SOURCE, OrderStatus
from duli.commerce.pricing.promoting import promoted
from duli.commerce.pricing.promotion_types import Buyer, Offers, Outcome, Promotion, Snapshot
from duli.commerce.pricing.selectors import in_own_currency
from duli.commerce.pricing.types import LineInput, QuoteContext, ShippingInput
from duli.commerce.promotions.models import Promotion as Row
from duli.commerce.promotions.selectors import costs_of, facets_of, read_in, snapshot_at, spent
from duli.commerce.referrals.models import Referral
from duli.platform.store.days import day_of
from duli.platform.store.selectors import current_store

DAYS = 28
MOST_ORDERS = 1000
LEAST_ORDERS = 20
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Instead:
    """Another discount that would have given way, and for how many orders."""

    title: str
    orders: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """`reached` of `orders` would have got it. Money is of the store's own currency.

    `given` is what it would give itself; `more` by how much all discounts together would come to more than they do
    without it (below zero: to less), since others may give way (`instead`). `others` is how many were reckoned with.
    `goods` is what the goods of the orders it reaches came to. Margins are whole per cent of what is left of it without
    tax, without and with it; None where no cost is known. `known_percent` is the share of those goods whose cost is
    known. `cut`: there were more orders, and only the newest were looked at.
    """

    days: int
    orders: int
    reached: int
    given: Money
    more: Money
    others: int
    instead: tuple[Instead, ...]
    goods: Money
    margin_before: int | None
    margin_after: int | None
    known_percent: int
    more_points: bool
    cut: bool

    @property
    def less(self) -> Money:
        """By how much less all discounts together come to; below zero: more."""
        return -self.more


@dataclass(frozen=True, slots=True)
class _Tried:
    """An order without the discount and with it: lines, and what became of each discount."""

    outcome: Outcome
    inputs: Sequence[LineInput]
    before: Sequence[LineInput]
    after: Sequence[LineInput]
    former: Sequence[Outcome]
    latter: Sequence[Outcome]


class _Sums:
    def __init__(self) -> None:
        self.reached = self.given = self.more = self.goods = self.known = 0
        self.net_before = self.net_after = self.cost = 0
        self.more_points = False
        self.instead = Counter[str]()


def forecast(row: Row, language: str, *, seconds: float = SECONDS) -> Forecast:
    """Return what a discount, saved or not, would give on orders like those of the last 28 days.

    Each is quoted as if it were placed now, with the discounts that run now beside it, stacked as they say: those with
    a code where the order had entered it, those that are prices as the order's prices were. Everybody enters the code
    of the discount itself. Costs, groups and collections are those of today; its own time does not count, its limits
    do. It looks at the newest orders, at most a thousand, and at so many as it can quote in about so many seconds, but
    at twenty in any case. Nothing is written; the number of statements depends on what is asked for, not on how many
    orders there are.
    """
    instant, own = now(), current_store().default_currency
    wanted = Order.objects.filter(placed_at__gte=instant - timedelta(days=DAYS), placed_at__lte=instant)
    wanted = wanted.exclude(status=OrderStatus.CANCELLED).exclude(source=TEST_SOURCE)
    rows = list(wanted.select_related("customer").order_by("-placed_at", "-pk")[: MOST_ORDERS + 1])
    cut, rows = len(rows) > MOST_ORDERS, rows[:MOST_ORDERS]
    sample = _Sample(row, rows, language, instant)
    few = _as_many_as_fit(sample, rows, seconds)
    # Limits are used up by the oldest first, as they would be.
    cut, rows = cut or few < len(rows), rows[:few][::-1]
    sums, used = _Sums(), Counter[str]()
    for order in rows:
        promotion = sample.promotions[order.currency]
        if promotion is None or _is_spent(promotion, order, used):
            continue
        tried = sample.tried(order)
        if tried is not None:
            given = in_own_currency(tried.outcome.total)
            _count(promotion, order, given.minor, used)
            _add(sums, sample.lines[order.pk], tried, given.minor)
    return Forecast(
        days=DAYS,
        orders=len(rows),
        reached=sums.reached,
        given=Money(sums.given, own),
        more=Money(sums.more, own),
        others=len({entry.id for found in sample.others.values() for entry in found}),
        instead=tuple(Instead(title, count) for title, count in sums.instead.most_common()),
        goods=Money(sums.goods, own),
        margin_before=_share(sums.net_before - sums.cost, sums.net_before) if sums.known else None,
        margin_after=_share(sums.net_after - sums.cost, sums.net_after) if sums.known else None,
        known_percent=_share(sums.known, sums.goods) or 0,
        more_points=sums.more_points,
        cut=cut,
    )


class _Sample:
    """The orders with all that quoting them takes, read at once."""

    def __init__(self, row: Row, rows: Sequence[Order], language: str, instant: datetime) -> None:
        self.instant = instant
        self.lines: dict[int, list[OrderLine]] = defaultdict(list)
        for line in OrderLine.objects.filter(order__in=rows).order_by("pk"):
            self.lines[line.order_id].append(line)
        goods = [line for found in self.lines.values() for line in found if line.product_id]
        self.facets = facets_of(line.product_id for line in goods if line.product_id)
        currencies = dict.fromkeys(order.currency for order in rows)
        self.promotions = {currency: _read(row, currency, language) for currency in currencies}
        self.others = {currency: _others(row, currency, language, instant) for currency in currencies}
        asked = Snapshot(
            (
                *(entry for found in self.others.values() for entry in found),
                *(entry for entry in self.promotions.values() if entry is not None),
            )
        )
        self.buyers = _buyers(rows, asked)
        variants = {line.variant_id for line in goods if line.variant_id}
        self.costs = {currency: costs_of(variants, currency) for currency in currencies}
        self.spent = {currency: spent(found, ()) for currency, found in self.others.items()}

    def tried(self, order: Order) -> _Tried | None:
        """Return an order as it would be with the discount and without; None where that gives it nothing."""
        currency, promotion = order.currency, self.promotions[order.currency]
        if promotion is None:
            return None
        others, codes = self.others[currency], _codes(order)
        inputs = [_input(line, currency, self.facets, self.costs[currency]) for line in self.lines[order.pk]]
        own = {promotion.id: "-"} if promotion.needs_code else {}
        after, latter = self._quoted(order, inputs, (*others, promotion), codes | own)
        outcome = next((entry for entry in latter if entry.promotion is promotion and entry.gives), None)
        if outcome is None:
            return None
        before, former = self._quoted(order, inputs, others, codes)
        return _Tried(outcome, inputs, before, after, former, latter)

    def _quoted(
        self, order: Order, inputs: Sequence[LineInput], promotions: Sequence[Promotion], codes: Mapping[int, str]
    ) -> tuple[Sequence[LineInput], Sequence[Outcome]]:
        known = {entry.id for entry in promotions if entry.needs_code}
        entered = {pk: code for pk, code in codes.items() if pk in known}
        offers = Offers(Snapshot(tuple(promotions)), self.buyers[order.pk], entered, self.spent[order.currency])
        shipping = ShippingInput("forecast", "", Money(_shipping(order), order.currency))
        context = QuoteContext(order.currency, True, self.instant, shipping=shipping, offers=offers)
        lines, done = promoted(inputs, context)
        return lines, done.outcomes


def _as_many_as_fit(sample: _Sample, rows: Sequence[Order], seconds: float) -> int:
    """Return how many orders can be quoted in so many seconds, going by the newest."""
    if len(rows) <= LEAST_ORDERS:
        return len(rows)
    began = monotonic()
    for order in rows[:LEAST_ORDERS]:
        sample.tried(order)
    each = max((monotonic() - began) / LEAST_ORDERS, 1e-6)
    return max(LEAST_ORDERS, min(len(rows), int(seconds / each)))


def _others(row: Row, currency: str, language: str, instant: datetime) -> tuple[Promotion, ...]:
    """Return the discounts that run now beside this one; prices on pages are in the prices of the orders already."""
    found = snapshot_at(currency, language, instant).promotions
    return tuple(entry for entry in found if entry.id != row.pk and not entry.on_shelf and entry.is_on(instant))


def _codes(order: Order) -> dict[int, str]:
    """Return the codes that counted for an order, by the discount they belong to."""
    return {int(entry["id"]): str(entry["code"]) for entry in order.quote.get("promotions", []) if entry.get("code")}


def _shipping(order: Order) -> int:
    """Return what sending an order cost before discounts, in minor units."""
    return order.shipping_minor + sum(int(entry["shipping"]) for entry in order.quote.get("promotions", []))


def _read(row: Row, currency: str, language: str) -> Promotion | None:
    """Return a discount as a quote of this currency reads it, whenever it runs and wherever it shows."""
    found = read_in(row, currency, language)
    return replace(found, starts_at=None, ends_at=None, on_shelf=False) if found is not None else None


def _buyers(rows: Sequence[Order], asked: Snapshot) -> dict[int, Buyer]:
    """Return who bought each order, as far as any of these discounts asks."""
    ids = {order.customer_id for order in rows if order.customer_id}
    accounts = {order.customer.pk for order in rows if order.customer is not None and order.customer.user_id}
    groups: Mapping[int, Sequence[str]] = {}
    if asked.asks_for_tags:
        tiers = tier_groups_of_many(accounts)
        groups = {pk: [*found, *tiers.get(pk, ())] for pk, found in groups_of_many(accounts).items()}
    before = _orders_before(ids) if asked.asks_for_orders else {}
    came = dict(_referrals(rows)) if asked.asks_for_referrals else {}
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


def _counters(promotion: Promotion, order: Order) -> dict[str, int | None]:
    return {
        "all": promotion.limit_total,
        f"day:{_day(order.placed_at)}": promotion.limit_day,
        f"customer:{order.customer_id}": promotion.limit_customer,
        "budget": promotion.budget,
    }


def _day(moment: datetime) -> str:
    return day_of(moment).isoformat()


def _is_spent(promotion: Promotion, order: Order, used: Mapping[str, int]) -> bool:
    return any(limit is not None and used[key] >= limit for key, limit in _counters(promotion, order).items())


def _count(promotion: Promotion, order: Order, given: int, used: Counter[str]) -> None:
    for key in _counters(promotion, order):
        used[key] += given if key == "budget" else 1


def _add(sums: _Sums, lines: Sequence[OrderLine], tried: _Tried, given: int) -> None:
    sums.reached += 1
    sums.given += given
    sums.more += _all_given(tried.latter) - _all_given(tried.former)
    sums.more_points = sums.more_points or bool(tried.outcome.points)
    still = {entry.promotion.id for entry in tried.latter if entry.gives}
    sums.instead.update(
        entry.promotion.title for entry in tried.former if entry.gives and entry.promotion.id not in still
    )
    for line, entry, before, after in zip(lines, tried.inputs, tried.before, tried.after, strict=True):
        if entry.facets is None:
            continue
        price = entry.unit_price * entry.quantity
        worth = in_own_currency(price).minor
        sums.goods += worth
        if entry.cost is None or not price:
            continue
        # What is left of the price without tax, in the proportion in which the line was taxed.
        net, gross = line.total_minor - line.tax_minor, line.total_minor
        sums.known += worth
        for name, quoted in (("net_before", before), ("net_after", after)):
            left = in_own_currency(price - total((cut.amount for cut in quoted.discounts), price.currency)).minor
            setattr(sums, name, getattr(sums, name) + (left * net // gross if gross else left))
        sums.cost += in_own_currency(Money(entry.cost * entry.quantity, price.currency)).minor


def _all_given(outcomes: Iterable[Outcome]) -> int:
    return sum(in_own_currency(entry.total).minor for entry in outcomes if entry.applied)


def _share(part: int, whole: int) -> int | None:
    """Return a part in whole per cent, rounded half up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None
