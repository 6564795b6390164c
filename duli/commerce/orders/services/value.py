from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from duli.commerce.customers import services as customers
from duli.commerce.customers.models import Customer
from duli.commerce.customers.types import CustomerValue
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import TEST_SOURCE, OrderStatus
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store


def _sums(customer_id: int, currency: str) -> QuerySet[Order, Any]:
    counts, own = ~Q(status=OrderStatus.CANCELLED), Q(currency=currency)
    return (
        Order.objects.filter(customer_id=customer_id)
        .exclude(source=TEST_SOURCE)
        .order_by()
        .values("customer_id")
        .annotate(
            count=Count("pk", filter=counts),
            spent=Sum("total_minor", filter=counts & own & Q(paid_at__isnull=False)),
            refunded=Sum("refunded_minor", filter=own),
            first=Min("placed_at", filter=counts),
            last=Max("placed_at", filter=counts),
        )
        .values_list("count", "spent", "refunded", "first", "last")
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


def value_of(customer_id: int) -> CustomerValue:
    """Return what a customer has bought, but for cancelled orders and tests; money in the store's currency."""
    found = _sums_of.first(customer_id, current_store().default_currency)
    count, spent, refunded, first, last = found or (0, 0, 0, None, None)
    return CustomerValue(
        orders=count,
        spent_minor=spent or 0,
        refunded_minor=refunded or 0,
        first_order_at=first,
        last_order_at=last,
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
