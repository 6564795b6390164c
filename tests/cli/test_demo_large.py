"""The large shop, at a thousandth of its size: whole, consistent, and read with as few statements as a small one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.cli.demo_large import load_large
from duli.commerce.catalogue.models import Product
from duli.commerce.customers.models import Customer, CustomerKey, CustomerSearch, DuplicatePair
from duli.commerce.customers.services.index import index_customers
from duli.commerce.orders.models import Order, OrderLine, OrderTag
from duli.commerce.orders.selectors import list_numbers, order_list
from duli.commerce.orders.services import settle
from duli.commerce.orders.services.settle import record_sales
from duli.commerce.orders.services.value import recount_customer
from duli.commerce.orders.types import OrderFilter
from duli.commerce.payments.models import PaymentCollection
from tests import factories

pytestmark = pytest.mark.django_db


def _indexes() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, "orders_order"))


def _derived() -> dict[str, list[tuple[Any, ...]]]:
    """Return what follows from other rows, of orders, customers and products."""
    order = ("pk", "status", "payment_state", "fulfilment_state", "paid_at", "expires_at", "cancelled_at", "country")
    value = ("orders_count", "spent_minor", "refunded_minor", "first_order_at", "last_order_at", "country")
    return {
        "orders": list(Order.objects.order_by("pk").values_list(*order)),
        "customers": list(Customer.objects.order_by("pk").values_list("pk", *value)),
        "found by": list(CustomerSearch.objects.order_by("pk").values_list("pk", "text")),
        "compared by": sorted(CustomerKey.objects.values_list("customer_id", "kind", "value")),
        "alike": list(DuplicatePair.objects.values_list("first_id", "second_id")),
        "sold": list(Product.objects.order_by("pk").values_list("pk", "sales_count")),
    }


def test_it_is_whole_and_costs_no_more_statements(client: Client) -> None:
    factories.shop()
    own = factories.order()
    before = _indexes()
    told: list[tuple[str, int, int]] = []
    load_large(0.001, lambda *said: told.append(said), index=False)
    assert _indexes() == before
    assert told[-1] == ("orders", 1000, 1000)
    assert (Product.objects.count(), Customer.objects.count(), Order.objects.count()) == (101, 301, 1001)
    goods = dict(OrderLine.objects.values_list("order_id").annotate(sum=Sum("total_minor")))
    for order in Order.objects.exclude(pk=own.pk):
        assert order.total_minor == goods[order.pk] + order.shipping_minor
        assert order.number == str(1000 + order.pk)
    assert not OrderLine.objects.filter(fulfilled_quantity__gt=F("quantity")).exists()
    assert PaymentCollection.objects.count() == 1001
    assert OrderTag.objects.count() == sum(len(tags) for tags in Order.objects.values_list("tags", flat=True))
    # The next order of a shopper takes the next key.
    assert factories.order().pk > 1000
    some = Order.objects.exclude(tags=[]).order_by("pk").last()
    assert some is not None
    for query in ("", some.number, some.email, some.phone, some.customer_name, some.lines.first().sku):  # type: ignore[union-attr]
        with CaptureQueriesContext(connection) as captured:
            page = order_list(OrderFilter(query=query or ""))
        assert page.rows
        # Beginnings of numbers are ranges of keys, one for each length a number may have, up to the newest order's.
        most = 14 if connection.vendor == "sqlite" else 4
        assert len(captured) <= (2 if not query else most), query
    numbers = list_numbers()
    assert numbers.to_ship > 0


def test_the_verbs_would_have_derived_the_same() -> None:
    """Everything that follows from other rows is as the shop's own verbs leave it: running them changes nothing."""
    factories.shop()
    load_large(0.0002, lambda *said: None)
    written = _derived()
    for order_id in Order.objects.values_list("pk", flat=True):
        settle(order_id=order_id)
    for customer_id in Customer.objects.values_list("pk", flat=True):
        recount_customer(customer_id=customer_id)
    index_customers(customer_ids=list(Customer.objects.values_list("pk", flat=True)))
    Product.objects.update(sales_count=0)
    for order in Order.objects.filter(paid_at__isnull=False):
        record_sales(order, 1)
    derived = _derived()
    for kind, rows in written.items():
        assert rows == derived[kind], kind
    assert {state for _pk, state, *_rest in written["orders"]} >= {"open", "completed", "cancelled"}
    assert any(customer[1] > 1 for customer in written["customers"])


def test_what_it_sells_has_a_page(client: Client) -> None:
    factories.shop()
    load_large(0.0001, lambda *said: None)
    assert Product.objects.filter(source__startswith="demo:large:").count() == 10
    assert client.get(reverse("storefront:product", args=["large-1"])).status_code == 200
