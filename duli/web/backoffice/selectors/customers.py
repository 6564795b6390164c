"""Customers: who bought, how often, and how to reach them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from duli.base.money import Money
from duli.commerce.customers import selectors as customers
from duli.commerce.customers.models import Channel, ConsentRecord, Customer, CustomerTag, DuplicatePair
from duli.commerce.customers.types import Address, CustomerFilter, InvalidAddress
from duli.commerce.orders.services.value import paid_orders
from duli.platform.store.selectors import current_store
from duli.web.backoffice.kit import cursors, personal
from duli.web.backoffice.places import on_label

PAGE = 50
SORTS = {"newest": "-created_at", "spent": "-spent_minor", "orders": "-orders_count"}


@dataclass(frozen=True, slots=True)
class CustomerRow:
    id: int
    name: str
    email: str
    phone: str
    country: str
    orders: int
    spent: Money
    last_order_at: datetime | None
    created_at: datetime
    has_account: bool
    tags: tuple[str, ...]
    accepts: tuple[str, ...]


def name_of(customer: Customer) -> str:
    """Return what a customer is called on a page, whatever is known."""
    if customer.erased_at:
        return gettext("Erased customer")
    return str(customer) or gettext("Customer %(number)s") % {"number": customer.pk}


def _row(customer: Customer, currency: str, tags: Sequence[str]) -> CustomerRow:
    return CustomerRow(
        id=customer.pk,
        name=name_of(customer),
        email=customer.email,
        phone=customer.phone,
        country=customer.country,
        orders=customer.orders_count,
        spent=Money(customer.spent_minor, currency),
        last_order_at=customer.last_order_at,
        created_at=customer.created_at,
        has_account=customer.user_id is not None,
        tags=tuple(tags),
        accepts=tuple(channel for channel in Channel.values if getattr(customer, f"accepts_{channel}")),
    )


def customer_page(
    wanted: CustomerFilter, *, sort: str = "newest", after: str = "", limit: int = PAGE
) -> tuple[list[CustomerRow], str]:
    """Return one page of customers and the next cursor (two queries)."""
    found, cursor = cursors.page(
        customers.customers(wanted), order=SORTS.get(sort, "-created_at"), after=after, limit=limit
    )
    currency = current_store().default_currency
    tags: dict[int, list[str]] = {}
    rows = CustomerTag.objects.filter(customer__in=found).order_by("name").values_list("customer_id", "name")
    for customer_id, name in rows:
        tags.setdefault(customer_id, []).append(name)
    return [_row(customer, currency, tags.get(customer.pk, ())) for customer in found], cursor


@dataclass(frozen=True, slots=True)
class AddressOnPage:
    id: int
    lines: tuple[str, ...]
    phone: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class ConsentOnPage:
    """A way to reach the person: whether they agreed, and every word on it, the last first."""

    channel: str
    label: str
    given: bool
    records: tuple[ConsentRecord, ...]


@dataclass(frozen=True, slots=True)
class TwinOnPage:
    pair: DuplicatePair
    other: Customer
    name: str


@dataclass(frozen=True, slots=True)
class CustomerOnPage:
    customer: Customer
    row: CustomerRow
    addresses: tuple[AddressOnPage, ...]
    consents: tuple[ConsentOnPage, ...]
    twins: tuple[TwinOnPage, ...]
    average: Money | None
    refunded: Money


def written(data: dict[str, str]) -> tuple[str, ...]:
    try:
        return tuple(on_label(Address.from_json(data)))
    except InvalidAddress:
        return tuple(str(value) for value in data.values() if value)


def customer_on_page(customer_id: int) -> CustomerOnPage:
    """Return a customer with everything its page shows beside orders and timeline (seven queries). NotFound."""
    customer = customers.customer_by_id(customer_id)
    currency = current_store().default_currency
    records = customers.consents_of(customer.pk)
    consents = tuple(
        ConsentOnPage(
            channel.value,
            str(channel.label),
            getattr(customer, f"accepts_{channel}"),
            tuple(row for row in records if row.channel == channel),
        )
        for channel in Channel
    )
    twins = []
    for pair in customers.pairs(customer_id=customer.pk)[:5]:
        other = pair.second if pair.first_id == customer.pk else pair.first
        twins.append(TwinOnPage(pair, other, name_of(other)))
    row = _row(customer, currency, customers.tags_of(customer.pk))
    # What waits for its money is no part of what was spent.
    paid = paid_orders(customer_id) if row.spent.minor else 0
    average = Money(row.spent.minor // paid, currency) if paid else None
    addresses = tuple(
        AddressOnPage(entry.pk, personal.lines(written(entry.data)), str(entry.data.get("phone", "")), entry.is_default)
        for entry in customers.addresses_of(customer.pk)
    )
    return CustomerOnPage(
        customer, row, addresses, consents, tuple(twins), average, Money(customer.refunded_minor, currency)
    )
