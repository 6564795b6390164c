"""What was sold where and taxed how: for limits, and for the returns of the one-stop shops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.db.models import F, Q, Sum

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.orders.models import Order, OrderRefund
from duli.commerce.orders.states import TEST_SOURCE, OrderStatus
from duli.commerce.pricing.selectors import exchange_rate
from duli.commerce.taxes.types import Scheme

_NOT_COUNTED = (Scheme.REVERSE_CHARGE, Scheme.LOCAL, Scheme.OUTSIDE)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What was sold to one country at one rate; `base` without tax. Refunds count in the period they fall in."""

    country: str
    rate: Decimal
    base: Money
    tax: Money
    orders: int
    is_correction: bool = False


def _instant(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _sold(since: date, until: date | None) -> Q:
    found = Q(placed_at__gte=_instant(since)) & ~Q(status=OrderStatus.CANCELLED) & ~Q(source=TEST_SOURCE)
    return found & Q(placed_at__lt=_instant(until)) if until else found


def distance_sales(countries: Iterable[str], since: date) -> int:
    """Return what was sold to consumers in countries since a day, without tax, in cents of euros (one query).

    Money that went back counts no more. A currency without a rate of exchange is left out.
    """
    rows = (
        Order.objects.filter(_sold(since, None), country__in=list(countries))
        .exclude(tax_scheme__in=_NOT_COUNTED)
        .values("currency")
        .annotate(net=Sum(F("total_minor") - F("tax_minor") - F("refunded_minor")))
    )
    return sum(_euros(row["net"], row["currency"]) for row in rows)


def _euros(minor: int, currency: str) -> int:
    rate = exchange_rate(currency, "EUR", now())
    return Money.of(Money(minor, currency).amount * rate, "EUR").minor if rate else 0


def state_sales(country: str, since: date) -> dict[str, tuple[int, int]]:
    """Return what was sold to each region of a country since a day: minor units of the country's orders, and orders.

    By the region of the shipping address; amounts are added up in the currency they were sold in if it is one.
    """
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    rows = Order.objects.filter(_sold(since, None), country=country).values_list(
        "shipping_address__region", "currency", "total_minor", "tax_minor"
    )
    rates: dict[str, Decimal | None] = {}
    for region, currency, total, tax in rows.iterator(chunk_size=2000):
        if currency not in rates:
            rates[currency] = exchange_rate(currency, "USD", now())
        rate = rates[currency]
        value = Money.of(Money(total - tax, currency).amount * rate, "USD").minor if rate else 0
        before = sums[str(region or "")]
        sums[str(region or "")] = (before[0] + value, before[1] + 1)
    return dict(sums)


def report(scheme: str, first: date, last: date) -> list[ReportRow]:
    """Return a return's rows: by country and rate what was sold from the first to the day before `last`.

    What went back of orders of an earlier period is a correction of its own row. Amounts stay in the currency of sale;
    a row for each.
    """
    sums: dict[tuple[str, Decimal, str, bool], list[int]] = defaultdict(lambda: [0, 0, 0])
    sold = Order.objects.filter(_sold(first, last), tax_scheme=scheme)
    for order in sold.only("country", "currency", "quote").iterator(chunk_size=500):
        for entry in order.quote.get("taxes", []):
            found = sums[order.country, Decimal(entry["rate"]).normalize(), order.currency, False]
            found[0] += entry["net"]
            found[1] += entry["tax"]
            found[2] += 1
    refunds = OrderRefund.objects.filter(
        created_at__gte=_instant(first), created_at__lt=_instant(last), order__tax_scheme=scheme
    ).exclude(order__status=OrderStatus.CANCELLED, order__placed_at__gte=_instant(first))
    for refund in refunds.select_related("order").iterator(chunk_size=500):
        is_old = refund.order.placed_at < _instant(first)
        for entry in refund.taxes:
            rate = Decimal(entry["rate"]).normalize()
            if rate:
                found = sums[refund.order.country, rate, refund.order.currency, is_old]
                found[0] -= entry["net"]
                found[1] -= entry["tax"]
    return [
        ReportRow(country, rate, Money(net, currency), Money(tax, currency), orders, is_correction)
        for (country, rate, currency, is_correction), (net, tax, orders) in sorted(sums.items())
    ]
