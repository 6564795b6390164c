"""The large shop, at a thousandth of its size: whole, consistent, and read with as few statements as a small one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F, Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.cli.demo_large import load_large
from duli.commerce.catalogue.models import Product
from duli.commerce.customers.models import Customer
from duli.commerce.orders.models import Order, OrderLine, OrderTag
from duli.commerce.orders.selectors import list_numbers, order_list
from duli.commerce.orders.types import OrderFilter
from duli.commerce.payments.models import PaymentCollection
from tests import factories

pytestmark = pytest.mark.django_db


def _indexes() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, "orders_order"))


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
        most = 10 if connection.vendor == "sqlite" else 3
        assert len(captured) <= (2 if not query else most), query
    numbers = list_numbers()
    assert numbers.to_ship > 0


def test_what_it_sells_has_a_page(client: Client) -> None:
    factories.shop()
    load_large(0.0001, lambda *said: None)
    assert Product.objects.filter(source__startswith="demo:large:").count() == 10
    assert client.get(reverse("storefront:product", args=["large-1"])).status_code == 200
