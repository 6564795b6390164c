from __future__ import annotations

from django.db.models import Count, Max, Min, Q, Sum

from duli.commerce.customers import services as customers
from duli.commerce.customers.types import CustomerValue
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.platform.store.selectors import current_store


def value_of(customer_id: int) -> CustomerValue:
    """Return what a customer has bought: orders that were not cancelled; money that came, in the store's currency."""
    currency = current_store().default_currency
    own = Q(currency=currency)
    sums = (
        Order.objects.filter(customer_id=customer_id)
        .exclude(status=OrderStatus.CANCELLED)
        .aggregate(
            orders=Count("pk"),
            first=Min("placed_at"),
            last=Max("placed_at"),
            spent=Sum("total_minor", filter=own & Q(paid_at__isnull=False)),
        )
    )
    refunded = Order.objects.filter(own, customer_id=customer_id).aggregate(refunded=Sum("refunded_minor"))["refunded"]
    return CustomerValue(
        orders=sums["orders"],
        spent_minor=sums["spent"] or 0,
        refunded_minor=refunded or 0,
        first_order_at=sums["first"],
        last_order_at=sums["last"],
    )


def recount_customer(*, customer_id: int) -> None:
    """Keep beside the customer what it has bought so far, and where the latest order went. NotFound."""
    latest = Order.objects.filter(customer_id=customer_id).order_by("-placed_at").first()
    address = latest.shipping_address if latest else None
    customers.record_value(customer_id=customer_id, read=value_of, country=str((address or {}).get("country", ""))[:2])
