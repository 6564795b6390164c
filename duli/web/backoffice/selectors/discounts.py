"""What discounts gave in a time, held against the orders of the same time; and which run on which days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Min, Q, Sum

from duli.base.money import Money
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.commerce.promotions.models import Promotion, Use
from duli.platform.store.selectors import current_store

MOST = 500


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What one discount did: orders, what it took off, what they came to, and how much was sold for each unit given."""

    promotion_id: int
    name: str
    orders: int
    given: Money
    sold: Money
    times: str


@dataclass(frozen=True, slots=True)
class Report:
    """The discounts of one currency. `off_orders` is what orders themselves say was taken off goods; of that
    `by_discounts` came from discounts and `by_others` from staff. `in_prices` and `off_shipping` stand beside it.
    """

    currency: str
    rows: Sequence[ReportRow]
    orders: int
    off_orders: Money
    by_discounts: Money
    by_others: Money
    in_prices: Money
    off_shipping: Money


def zone() -> ZoneInfo:
    return ZoneInfo(current_store().time_zone)


def begin_of(day: date) -> datetime:
    return datetime.combine(day, time.min, zone())


def discount_report(first: date, last: date) -> list[Report]:
    """Return a report for each currency of the orders placed on these days, in the store's zone (three queries)."""
    start, end = begin_of(first), begin_of(last + timedelta(days=1))
    placed = Order.objects.filter(placed_at__gte=start, placed_at__lt=end).exclude(status=OrderStatus.CANCELLED)
    sums = placed.order_by().values_list("currency").annotate(Count("pk"), Sum("discount_minor"))
    known = {currency: (count, off) for currency, count, off in sums}
    uses = Use.objects.filter(used_at__gte=start, used_at__lt=end, returned_at__isnull=True).order_by()
    rows: dict[str, list[ReportRow]] = {}
    for pk, name, currency, count, given, sold in (
        uses.values_list("promotion_id", "promotion__name", "currency")
        .annotate(count=Count("pk"), given=Sum("amount_minor"), sold=Sum("total_minor"))
        .order_by("-given", "promotion_id")[:MOST]
    ):
        times = f"{sold / given:.1f}" if given else ""
        rows.setdefault(currency, []).append(
            ReportRow(pk, name, count, Money(given, currency), Money(sold, currency), times)
        )
    parts = uses.values_list("currency").annotate(
        prices=Sum("amount_minor", filter=Q(is_price=True), default=0),
        shipping=Sum("shipping_minor", default=0),
        goods=Sum(F("amount_minor") - F("shipping_minor"), filter=Q(is_price=False), default=0),
    )
    split = {currency: (prices, shipping, goods) for currency, prices, shipping, goods in parts}
    found = []
    for currency in sorted({*known, *split}):
        count, off = known.get(currency, (0, 0))
        prices, shipping, goods = split.get(currency, (0, 0, 0))
        found.append(
            Report(
                currency,
                rows.get(currency, ()),
                count,
                Money(off, currency),
                Money(goods, currency),
                Money(off - goods, currency),
                Money(prices, currency),
                Money(shipping, currency),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A discount and the days of a month on which it runs; `days` are (day, whether it runs)."""

    promotion: Promotion
    days: Sequence[tuple[int, bool]]


def discount_calendar(month: date) -> list[CalendarRow]:
    """Return the discounts that run on some day of a month, what begins first first (one query).

    A flash sale, whose goods have a discount each, stands there once.
    """
    count = monthrange(month.year, month.month)[1]
    edges = [begin_of(month + timedelta(days=number)) for number in range(count + 1)]
    rows = Promotion.objects.filter(
        Q(starts_at__lt=edges[-1]) | Q(starts_at__isnull=True, created_at__lt=edges[-1]),
        Q(ends_at__isnull=True) | Q(ends_at__gt=edges[0]),
        is_active=True,
    )
    rows = rows.annotate(sale=Min("flash_items__sale_id")).order_by(F("starts_at").asc(nulls_first=True), "pk")
    once: dict[str, Promotion] = {}
    for row in rows[:MOST]:
        once.setdefault(f"sale:{row.sale}" if row.sale else f"promotion:{row.pk}", row)
    return [
        CalendarRow(
            row,
            [
                (
                    number + 1,
                    (row.starts_at or row.created_at) < edges[number + 1]
                    and (row.ends_at is None or row.ends_at > edges[number]),
                )
                for number in range(count)
            ],
        )
        for row in once.values()
    ]
