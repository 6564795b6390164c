from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from duli.base.money import Money
from duli.commerce.customers import services as customers
from duli.commerce.customers.models import Customer
from duli.commerce.customers.types import CustomerValue
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import TEST_SOURCE, OrderStatus
from duli.commerce.pricing.selectors import in_own_currency
from duli.platform.store.prepared import Prepared


def _sums(customer_id: int) -> QuerySet[Order, Any]:
    counts = ~Q(status=OrderStatus.CANCELLED)
    return (
        Order.objects.filter(customer_id=customer_id)
        .exclude(source=TEST_SOURCE)
        .order_by()
        .values("currency")
        .annotate(
            count=Count("pk", filter=counts),
            spent=Sum("total_minor", filter=counts & Q(paid_at__isnull=False)),
            refunded=Sum("refunded_minor"),
            first=Min("placed_at", filter=counts),
            last=Max("placed_at", filter=counts),
        )
        .values_list("currency", "count", "spent", "refunded", "first", "last")
    )


_sums_of = Prepared(_sums)
_last_address = Prepared(
    lambda customer_id: (
        Order.objects.filter(customer_id=customer_id).order_by("-placed_at").values_list("shipping_address")[:1]
    )
)
_same_buyer = Prepared(
    lambda order_id: (
        Order.objects.filter(customer_id__in=Order.objects.filter(pk=order_id).values("customer_id"))
        .order_by("-placed_at")
        .values_list("customer_id", "shipping_address")[:1]
    )
)


def paid_orders(customer_id: int) -> int:
    """Return how many orders what a customer spent is the sum of: paid, not cancelled, no tests (one query)."""
    rows = Order.objects.filter(customer_id=customer_id, paid_at__isnull=False)
    return rows.exclude(status=OrderStatus.CANCELLED).exclude(source=TEST_SOURCE).count()


def value_of(customer_id: int) -> CustomerValue:
    """Return what a customer has bought, but for cancelled orders and tests.

    Money is in the store's own currency; orders in others count by the rate of today.
    """
    rows = _sums_of.rows(customer_id)
    return CustomerValue(
        orders=sum(row[1] for row in rows),
        spent_minor=sum(in_own_currency(Money(row[2] or 0, row[0])).minor for row in rows),
        refunded_minor=sum(in_own_currency(Money(row[3] or 0, row[0])).minor for row in rows),
        first_order_at=min((row[4] for row in rows if row[4]), default=None),
        last_order_at=max((row[5] for row in rows if row[5]), default=None),
    )


def recount_customer(*, customer_id: int) -> Customer:
    """Keep beside the customer what it has bought so far, and where the latest order went. NotFound."""
    (address,) = _last_address.first(customer_id) or (None,)
    return _record(customer_id, address)


def recount_buyer(*, order_id: int) -> Customer | None:
    """As `recount_customer`, for whoever bought this order; return the customer, None if nobody is known."""
    customer_id, address = _same_buyer.first(order_id) or (None, None)
    return _record(customer_id, address) if customer_id is not None else None


def _record(customer_id: int, address: dict[str, Any] | None) -> Customer:
    country = str((address or {}).get("country", ""))[:2]
    return customers.record_value(customer_id=customer_id, read=value_of, country=country)
