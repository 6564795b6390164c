"""What people are told when something happens to an order, through the events that the verbs publish."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress

from duli.base.clock import frozen, now
from duli.base.money import Money
from duli.commerce.inventory import services as inventory
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.types import FulfilLine
from duli.commerce.payments import services as payments
from duli.platform.accounts.services import create_staff
from duli.platform.events.models import Event
from duli.platform.events.services import deliver, replay
from duli.platform.mail.models import Mail
from duli.platform.sms.services import agree
from duli.platform.store.changes import reset_caches
from duli.platform.store.services import save_store
from tests import factories
from tests.factories import ACTOR, drain

# Payments ask their gateway outside of any transaction, and so do these tests.
pytestmark = pytest.mark.django_db(transaction=True)

SUBSCRIBERS = {
    "orders.placed": ["notifications.order_received", "notifications.new_order"],
    "orders.paid": ["notifications.order_paid"],
    "orders.shipped": ["notifications.order_shipped"],
    "orders.cancelled": ["notifications.order_cancelled"],
}


@pytest.fixture(autouse=True)
def _shop(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = "https://celadon.example"
    factories.shop()
    save_store(email="shop@celadon.example")
    reset_caches()


def told(template: str) -> Mail:
    return Mail.objects.get(template=template)


def ship(order: Order, quantity: int, key: str = "parcel") -> None:
    orders.fulfil(
        order_id=order.pk,
        lines=[FulfilLine(order.lines.get().pk, quantity)],
        location_id=factories.location().pk,
        carrier="sf",
        tracking_number="SF1234567890123",
        idempotency_key=key,
        actor=ACTOR,
    )
    drain()


def test_an_order_is_confirmed_with_the_bank_details() -> None:
    order = factories.order(factories.variant_of(factories.product("青瓷茶杯")), quantity=2)
    drain()

    mail = told("order_received")
    assert (mail.to, mail.language, mail.reference) == ("lin@example.com", "zh-hans", order.reference)
    assert str(order.number) in mail.subject
    for expected in (
        "青瓷茶杯 × 2",
        "¥200.00",
        "6222 0000 1234",
        "浙江省",
        f"https://celadon.example/orders/{order.token}",
    ):
        assert expected in mail.text
    assert "收到您的付款后" in mail.text


def test_what_was_promised_of_goods_that_are_not_there_is_said_again() -> None:
    variant = factories.variant_of(factories.product(stock=0))
    inventory.set_level_rules(
        variant_id=variant.pk,
        location_id=factories.location().pk,
        threshold=None,
        backorder_limit=9,
        promise="手工烧制",
        promised_on=date(2047, 1, 31),
    )
    factories.order(variant)
    drain()
    assert "2047年1月31日起发货 · 手工烧制" in told("order_received").text


def test_cash_on_delivery_is_not_waited_for() -> None:
    factories.order(method="cash_on_delivery")
    drain()
    assert "收到您的付款后" not in told("order_received").text
    assert "货到付款" in told("order_received").text


def test_the_shopper_is_written_to_in_the_language_of_the_order() -> None:
    order = factories.order(market_code="int")
    drain()

    mail = told("order_received")
    assert mail.language == "en"
    assert f"https://celadon.example/en/orders/{order.token}" in mail.text
    assert "$" in mail.text
    assert "Bank transfer" in mail.text
    assert told("new_order").language == "zh-hans"


def test_staff_learn_of_a_new_order() -> None:
    order = factories.order()
    drain()

    mail = told("new_order")
    assert mail.to == "shop@celadon.example"
    assert f"https://celadon.example/admin/orders/{order.pk}/" in mail.text


def test_without_an_address_of_the_store_its_owners_are_told() -> None:
    save_store(email="")
    reset_caches()
    create_staff(email="boss@example.com", password="celadon-cup-81", language="en")
    create_staff(email="viewer@example.com", password="celadon-cup-81", role="viewer")
    factories.order()
    drain()

    mail = told("new_order")
    assert (mail.to, mail.language) == ("boss@example.com", "en")
    assert EmailAddress.objects.filter(email=mail.to).exists()


def test_a_payment_is_confirmed() -> None:
    order = factories.order(paid=True)
    mail = told("order_paid")
    assert str(order.number) in mail.subject
    assert "正在为您备货" in mail.text


def test_a_payment_after_delivery_promises_no_parcel() -> None:
    order = factories.order(method="cash_on_delivery")
    orders.confirm(order_id=order.pk, actor=ACTOR)
    ship(order, 1)
    payments.mark_received(
        collection_id=order.payment_collection_id,  # type: ignore[arg-type]
        amount=Money(order.total_minor, order.currency),
        actor=ACTOR,
        idempotency_key="cash",
    )
    drain()
    assert "正在为您备货" not in told("order_paid").text


def test_each_parcel_is_announced_with_its_tracking() -> None:
    order = factories.order(quantity=3, paid=True)
    ship(order, 2, "first")
    mail = told("order_shipped")
    assert "SF1234567890123" in mail.text
    assert "sf-express.com" in mail.text
    assert "顺丰" in mail.text
    assert "× 2" in mail.text
    assert "其余商品将另行发出" in mail.text

    ship(order, 1, "second")
    assert Mail.objects.filter(template="order_shipped").count() == 2


def test_a_whole_order_in_one_parcel_promises_no_second() -> None:
    order = factories.order(quantity=2, paid=True)
    ship(order, 2)
    assert "其余商品" not in told("order_shipped").text


def test_a_cancelled_order_says_what_goes_back() -> None:
    order = factories.order(paid=True)
    orders.cancel(order_id=order.pk, reason="customer", actor=ACTOR)
    drain()
    assert "¥112.00 将按原付款方式退还" in told("order_cancelled").text


def test_nobody_is_asked_to_pay_for_an_order_that_is_cancelled_already() -> None:
    order = factories.order()
    orders.cancel(order_id=order.pk, reason="customer", actor=ACTOR)
    drain()
    assert not Mail.objects.filter(template="order_received").exists()
    assert Mail.objects.filter(template="order_cancelled").count() == 1


def test_an_order_that_was_not_paid_in_time_says_so() -> None:
    factories.order()
    with frozen(now() + timedelta(days=30)):
        orders.expire_unpaid()
        drain()
    mail = told("order_cancelled")
    assert "未在规定时间内收到付款" in mail.text
    assert "未产生任何扣款" in mail.text


def test_somebody_with_a_phone_only_gets_text_messages() -> None:
    order = factories.order()
    Order.objects.filter(pk=order.pk).update(email="", phone="138 0013 8000")
    drain()

    mail = told("order_received")
    assert (mail.channel, mail.to, mail.html) == ("sms", "+8613800138000", "")
    assert str(order.number) in mail.text
    assert order.token in mail.text


def test_nobody_to_tell_is_no_failure() -> None:
    order = factories.order()
    Order.objects.filter(pk=order.pk).update(email="", phone="12")
    drain()
    assert not Mail.objects.filter(template="order_received").exists()
    assert Mail.objects.filter(template="new_order").exists()


def test_every_event_is_told_once_however_often_it_is_dealt_with() -> None:
    order = factories.order(quantity=2, paid=True)
    ship(order, 2)
    second = factories.order()
    drain()
    orders.cancel(order_id=second.pk, reason="customer", actor=ACTOR)
    drain()
    before = sorted(Mail.objects.values_list("key", flat=True))
    assert len(before) == 2 * 2 + 1 + 1 + 1

    for event in Event.objects.filter(name__in=SUBSCRIBERS):
        for subscriber in SUBSCRIBERS[event.name]:
            deliver(event_id=event.pk, subscriber=subscriber)
    for subscribers in SUBSCRIBERS.values():
        for subscriber in subscribers:
            replay(subscriber=subscriber, again=True)
    drain()
    assert sorted(Mail.objects.values_list("key", flat=True)) == before


def test_a_name_cannot_write_html_into_a_mail() -> None:
    order = factories.order()
    Order.objects.filter(pk=order.pk).update(customer_name='<img src=x onerror="alert(1)">')
    drain()
    assert "<img" not in told("order_received").html
    assert "<img" not in told("new_order").html


def test_low_stock_is_told_once_with_the_way_to_the_shelf() -> None:
    variant = factories.variant_of(factories.product("青瓷茶杯", stock=10))
    inventory.adjust(
        variant_id=variant.pk, location_id=factories.location().pk, counted=3, reason="counted", actor=ACTOR
    )
    drain()

    mail = told("low_stock")
    assert mail.to == "shop@celadon.example"
    assert "青瓷茶杯" in mail.subject
    assert variant.sku in mail.text
    assert "/admin/stock/" in mail.text


def test_a_parcel_is_told_of_by_text_message_too_where_that_was_asked_for() -> None:
    asked, silent = factories.order(paid=True), factories.order(paid=True)
    Order.objects.update(email="lin@example.com", phone="13800138000")
    agree(reference=asked.reference, source="checkout", wording="Text me", language="en")
    ship(asked, 1, "first")
    ship(silent, 1, "second")
    texts = Mail.objects.filter(channel="sms")
    assert [(mail.template, mail.to, mail.reference) for mail in texts] == [
        ("order_shipped", "+8613800138000", asked.reference)
    ]
    assert Mail.objects.filter(channel="email", template="order_shipped").count() == 2
