"""Rules that find an order odd, each by a case that it must see and one that it must not."""

from __future__ import annotations

from typing import Any

import pytest

from duli.base.clock import now
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import order_list, timeline
from duli.commerce.orders.services import clear_risk
from duli.commerce.orders.services.risk import FEWEST_USUAL, assess_recent
from duli.commerce.orders.types import OrderFilter
from duli.commerce.payments.models import PaymentAttempt
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    factories.shop()
    return factories.order()


def failures(order: Order, count: int) -> None:
    for number in range(count):
        PaymentAttempt.objects.create(
            collection_id=order.payment_collection_id, gateway="x", token=f"t{number}", idempotency_key=f"k{number}",
            state="failed", amount_minor=1, created_at=now(),
        )  # fmt: skip


def again(order: Order, number: int, **values: Any) -> None:
    """A copy of the order, placed before it."""
    copy = Order.objects.get(pk=order.pk)
    copy.pk, copy.token, copy.idempotency_key, copy.number = None, f"t{number}", f"i{number}", f"N{number}"
    copy.payment_collection_id = None
    for name, value in values.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)


def reasons(order: Order) -> list[str]:
    assess_recent()
    order.refresh_from_db()
    return list(order.risk_reasons)


def test_an_ordinary_order_is_not_odd(order: Order) -> None:
    failures(order, 2)
    assert reasons(order) == []
    assert order.risk == "none"


def test_payments_that_fail_again_and_again(order: Order) -> None:
    failures(order, 3)
    assert reasons(order) == ["many_failures"]
    assert order.risk == "medium"


def test_an_invoice_to_another_country(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(billing_address={"country": "US"})
    assert reasons(order) == ["two_countries"]


def test_a_first_order_far_above_what_is_usual(order: Order) -> None:
    for number in range(FEWEST_USUAL):
        again(order, number)
    large = factories.order(factories.variant_of(factories.product(price=200_000)))
    stranger = Order.objects.filter(pk=large.pk)
    assert reasons(large) == []
    stranger.update(customer_id=None)
    assert reasons(large) == []
    from duli.commerce.customers.models import Customer

    stranger.update(customer_id=Customer.objects.create(name="New", created_at=now()).pk)
    assert reasons(large) == ["large_first_order"]


def test_several_buyers_with_one_phone(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(phone="+8613800138000")
    order.refresh_from_db()
    again(order, 1, email="b@example.com")
    assert reasons(order) == []
    again(order, 2, email="c@example.com", phone="013800138000")
    assert reasons(order) == ["many_buyers"]


def test_two_reasons_are_a_high_risk_until_somebody_finds_it_safe(order: Order) -> None:
    failures(order, 3)
    Order.objects.filter(pk=order.pk).update(billing_address={"country": "US"})
    assert reasons(order) == ["many_failures", "two_countries"]
    assert order.risk == "high"
    assert assess_recent() == 0
    risky = OrderFilter(risks=["medium", "high"])
    assert [row.id for row in order_list(risky).rows] == [order.pk]
    for _ in range(2):
        clear_risk(order_id=order.pk, actor=factories.ACTOR)
    assert order_list(risky).rows == []
    assert [row.risk for row in order_list(OrderFilter()).rows] == ["none"]
    assert assess_recent() == 0
    names = [entry.name for entry in timeline(order.pk)]
    assert (names.count("orders.risk_seen"), names.count("orders.risk_cleared")) == (1, 1)
