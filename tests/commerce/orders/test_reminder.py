"""An unpaid order: reminded of once, then cancelled, its stock free again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duli.base.clock import frozen, now
from duli.commerce.inventory.models import StockLevel
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import expire_unpaid, remind_unpaid
from duli.platform.mail.models import Mail
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    factories.shop()
    made = factories.order()
    assert made.expires_at is not None
    return made


def test_the_shopper_is_reminded_once_and_then_the_order_goes(order: Order) -> None:
    expires = order.expires_at
    assert expires is not None
    assert remind_unpaid() == 0
    with frozen(expires - timedelta(hours=20)):
        assert remind_unpaid() == 1
        assert remind_unpaid() == 0
        factories.drain()
        mail = Mail.objects.get(template="order_unpaid")
        assert order.number is not None
        assert order.number in mail.subject
    with frozen(expires + timedelta(minutes=1)):
        assert remind_unpaid() == 0
        assert expire_unpaid() == 1
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("cancelled", "expired")
    assert StockLevel.objects.get(variant=order.lines.get().variant_id).reserved == 0


def test_a_short_time_to_pay_is_reminded_of_in_its_last_third(order: Order) -> None:
    start = now()
    Order.objects.filter(pk=order.pk).update(placed_at=start, expires_at=start + timedelta(minutes=60))
    with frozen(start + timedelta(minutes=30)):
        assert remind_unpaid() == 0
    with frozen(start + timedelta(minutes=41)):
        assert remind_unpaid() == 1


def test_who_has_paid_meanwhile_is_left_in_peace(order: Order) -> None:
    assert order.expires_at is not None
    with frozen(order.expires_at - timedelta(hours=1)):
        remind_unpaid()
        Order.objects.filter(pk=order.pk).update(payment_state="paid")
        factories.drain()
    assert not Mail.objects.filter(template="order_unpaid").exists()
