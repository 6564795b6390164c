"""Customers: who bought, how often, and how to reach them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.customers.addresses import lines
from duli.commerce.customers.models import Customer, CustomerAddress
from duli.commerce.customers.types import Address
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.platform.store.selectors import current_store
from duli.web.backoffice.kit import cursors

PAGE = 50


@dataclass(frozen=True, slots=True)
class CustomerRow:
    id: int
    name: str
    contact: str
    orders: int
    paid: Money
    last_order_at: datetime | None
    created_at: datetime
    has_account: bool


def matching(query: str) -> QuerySet[Customer]:
    """Customers by name, e-mail or the end of their phone number."""
    rows = Customer.objects.all()
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(email__icontains=query) | Q(phone__endswith=query.lstrip("+")))
    return rows


def customer_page(query: str, *, after: str = "", limit: int = PAGE) -> tuple[list[CustomerRow], str]:
    """Return one page of customers, the newest first, and the next cursor (two queries)."""
    found, cursor = cursors.page(matching(query), order="-created_at", after=after, limit=limit)
    currency = current_store().default_currency
    sums: dict[int, dict[str, Any]] = {
        row["customer_id"]: dict(row)
        for row in Order.objects.filter(customer_id__in=[customer.pk for customer in found])
        .exclude(status=OrderStatus.CANCELLED)
        .order_by()
        .values("customer_id")
        .annotate(
            orders=Count("pk"),
            paid=Sum("total_minor", filter=Q(currency=currency, paid_at__isnull=False)),
            last=Max("placed_at"),
        )
    }
    rows = []
    for customer in found:
        own = sums.get(customer.pk, {"orders": 0, "paid": 0, "last": None})
        rows.append(
            CustomerRow(
                id=customer.pk,
                name=str(customer),
                contact=customer.email or customer.phone,
                orders=own["orders"],
                paid=Money(own["paid"] or 0, currency),
                last_order_at=own["last"],
                created_at=customer.created_at,
                has_account=customer.user_id is not None,
            )
        )
    return rows, cursor


@dataclass(frozen=True, slots=True)
class CustomerOnPage:
    customer: Customer
    row: CustomerRow
    addresses: tuple[tuple[str, ...], ...]


def customer_on_page(customer_id: int) -> CustomerOnPage:
    """Return a customer with the sums of the list and the address book. NotFound."""
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise NotFound()
    currency = current_store().default_currency
    own = (
        Order.objects.filter(customer=customer)
        .exclude(status=OrderStatus.CANCELLED)
        .aggregate(
            orders=Count("pk"),
            paid=Sum("total_minor", filter=Q(currency=currency, paid_at__isnull=False)),
            last=Max("placed_at"),
        )
    )
    row = CustomerRow(
        id=customer.pk,
        name=str(customer),
        contact=customer.email or customer.phone,
        orders=own["orders"],
        paid=Money(own["paid"] or 0, currency),
        last_order_at=own["last"],
        created_at=customer.created_at,
        has_account=customer.user_id is not None,
    )
    addresses = tuple(
        tuple(lines(Address.from_json(entry.data))) for entry in CustomerAddress.objects.filter(customer=customer)
    )
    return CustomerOnPage(customer, row, addresses)
