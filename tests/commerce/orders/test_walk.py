"""An order's walk through the house, by the public verbs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput, NotFound
from duli.base.money import Money
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders import selectors, services
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.types import (
    AlreadyShipped,
    FulfilLine,
    NothingToShip,
    NotPaidYet,
    OrderClosed,
    TooManyUnits,
)
from duli.commerce.payments import services as payments
from duli.platform.events.models import Event
from tests import factories
from tests.factories import ACTOR, drain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def level(order: Order) -> StockLevel:
    return StockLevel.objects.get(variant_id=order.lines.get().variant_id)


def names(order: Order) -> list[str]:
    return list(Event.objects.filter(reference=order.reference).order_by("pk").values_list("name", flat=True))


def ship_all(order: Order, key: str = "parcel", **values: object) -> Fulfilment:
    return services.fulfil(
        order_id=order.pk,
        lines=[FulfilLine(line.pk, line.quantity - line.fulfilled_quantity) for line in order.lines.all()],
        location_id=factories.location().pk,
        idempotency_key=key,
        actor=ACTOR,
        **values,  # type: ignore[arg-type]
    )


@pytest.mark.django_db(transaction=True)
def test_a_paid_order_is_shipped_and_delivered() -> None:
    order = factories.order(factories.variant_of(factories.product(stock=5)), quantity=2)
    assert (order.status, order.payment_state, order.fulfilment_state) == ("open", "unpaid", "unfulfilled")
    assert (level(order).on_hand, level(order).reserved) == (5, 2)
    services.mark_paid(order_id=order.pk, actor=ACTOR, idempotency_key="k")
    drain()
    order.refresh_from_db()
    assert order.payment_state == "paid"
    assert order.expires_at is None
    parcel = ship_all(order, carrier="sf", tracking_number="SF1234567890123")
    assert "SF1234567890123" in parcel.tracking_url
    order.refresh_from_db()
    assert (order.status, order.fulfilment_state) == ("completed", "fulfilled")
    assert (level(order).on_hand, level(order).reserved) == (3, 0)
    services.mark_delivered(fulfilment_id=parcel.pk, actor=ACTOR)
    services.mark_delivered(fulfilment_id=parcel.pk, actor=ACTOR)
    order.refresh_from_db()
    assert order.fulfilment_state == "delivered"
    seen = names(order)
    for name in ("orders.placed", "orders.paid", "orders.shipped", "orders.delivered"):
        assert seen.count(name) == 1
    assert not integrity()


@pytest.mark.django_db(transaction=True)
def test_marking_paid_twice_takes_the_money_once() -> None:
    order = factories.order()
    for _ in range(3):
        services.mark_paid(order_id=order.pk, actor=ACTOR, idempotency_key="same")
    drain()
    order.refresh_from_db()
    assert order.payment_collection.captured_minor == order.total_minor
    assert names(order).count("orders.paid") == 1


@pytest.mark.django_db(transaction=True)
def test_part_of_the_money_does_not_pay_the_order() -> None:
    order = factories.order()
    payments.mark_received(
        collection_id=order.payment_collection_id,
        amount=Money(order.total_minor - 1, "CNY"),
        actor=ACTOR,
        idempotency_key="short",
    )
    drain()
    order.refresh_from_db()
    assert order.payment_state == "partially_paid"
    assert order.paid_at is None
    with pytest.raises(NotPaidYet):
        ship_all(order)


def test_an_unpaid_order_ships_only_when_somebody_said_so() -> None:
    order = factories.order(method="cash_on_delivery")
    assert order.expires_at is None
    with pytest.raises(NotPaidYet):
        ship_all(order)
    services.confirm(order_id=order.pk, actor=ACTOR)
    ship_all(order)
    order.refresh_from_db()
    assert order.fulfilment_state == "fulfilled"
    assert order.status == "open"


@pytest.mark.django_db(transaction=True)
def test_several_parcels() -> None:
    variant = factories.variant_of(factories.product(stock=9))
    order = factories.order(variant, quantity=5, paid=True)
    line = order.lines.get()

    def send(quantity: int, key: str) -> Fulfilment:
        return services.fulfil(
            order_id=order.pk,
            lines=[FulfilLine(line.pk, quantity)],
            location_id=None,
            idempotency_key=key,
            actor=ACTOR,
        )

    first = send(2, "a")
    assert send(2, "a").pk == first.pk
    order.refresh_from_db()
    assert order.fulfilment_state == "partially_fulfilled"
    with pytest.raises(TooManyUnits):
        send(4, "b")
    send(3, "b")
    order.refresh_from_db()
    assert order.fulfilment_state == "fulfilled"
    assert (level(order).on_hand, level(order).reserved) == (4, 0)
    services.mark_delivered(fulfilment_id=first.pk, actor=ACTOR)
    order.refresh_from_db()
    assert order.fulfilment_state == "fulfilled"
    assert not integrity()


def test_a_parcel_needs_something_of_this_order_in_it() -> None:
    order = factories.order(method="cash_on_delivery")
    other = factories.order(method="cash_on_delivery")
    services.confirm(order_id=order.pk, actor=ACTOR)

    def send(lines: list[FulfilLine]) -> None:
        services.fulfil(order_id=order.pk, lines=lines, location_id=None, idempotency_key="x", actor=ACTOR)

    with pytest.raises(NothingToShip):
        send([FulfilLine(order.lines.get().pk, 0)])
    with pytest.raises(InvalidInput):
        send([FulfilLine(other.lines.get().pk, 1)])
    with pytest.raises(InvalidInput):
        send([FulfilLine(order.lines.get().pk, -1)])
    assert not Fulfilment.objects.exists()


def test_cancelling_puts_the_units_back_on_sale() -> None:
    order = factories.order(factories.variant_of(factories.product(stock=5)), quantity=2)
    services.cancel(order_id=order.pk, reason="customer", restock=True, actor=ACTOR)
    order.refresh_from_db()
    assert (order.status, order.payment_state) == ("cancelled", "voided")
    assert (level(order).on_hand, level(order).reserved) == (5, 0)
    with pytest.raises(OrderClosed):
        services.cancel(order_id=order.pk, reason="customer", actor=ACTOR)
    with pytest.raises(OrderClosed):
        services.mark_paid(order_id=order.pk, actor=ACTOR, idempotency_key="k")
    assert not integrity()


def test_cancelling_without_restock_writes_the_units_off() -> None:
    order = factories.order(factories.variant_of(factories.product(stock=5)), quantity=2)
    services.cancel(order_id=order.pk, reason="damaged", restock=False, actor=ACTOR)
    assert (level(order).on_hand, level(order).reserved) == (3, 0)
    assert not integrity()


@pytest.mark.django_db(transaction=True)
def test_cancelling_a_paid_order_gives_the_money_back_once() -> None:
    order = factories.order(paid=True)
    services.cancel(order_id=order.pk, reason="customer", actor=ACTOR)
    drain()
    order.refresh_from_db()
    assert order.payment_collection.refunded_minor == order.total_minor
    assert order.payment_state == "refunded"
    assert order.payment_collection.refunds.count() == 1


def test_what_has_left_cannot_be_cancelled() -> None:
    order = factories.order(method="cash_on_delivery")
    services.confirm(order_id=order.pk, actor=ACTOR)
    ship_all(order)
    with pytest.raises(AlreadyShipped):
        services.cancel(order_id=order.pk, reason="customer", actor=ACTOR)


@pytest.mark.django_db(transaction=True)
def test_unpaid_orders_run_out_of_time_and_give_their_stock_back() -> None:
    order = factories.order(factories.variant_of(factories.product(stock=1)))
    assert order.expires_at is not None
    with frozen(order.expires_at - timedelta(seconds=1)):
        assert services.expire_unpaid() == 0
    with frozen(order.expires_at + timedelta(seconds=1)):
        assert services.expire_unpaid() == 1
        assert services.expire_unpaid() == 0
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("cancelled", "expired")
    assert level(order).reserved == 0
    drain()


def pay_late(order: Order) -> None:
    payments.mark_received(
        collection_id=order.payment_collection_id,
        amount=Money(order.total_minor, order.currency),
        actor=ACTOR,
        idempotency_key="late",
    )
    drain()
    order.refresh_from_db()


def expire(order: Order) -> None:
    assert order.expires_at is not None
    with frozen(order.expires_at + timedelta(seconds=1)):
        services.expire_unpaid()
    drain()


@pytest.mark.django_db(transaction=True)
def test_late_money_revives_the_order_while_the_goods_are_there() -> None:
    order = factories.order(factories.variant_of(factories.product(stock=1)))
    expire(order)
    pay_late(order)
    assert (order.status, order.payment_state) == ("open", "paid")
    assert level(order).reserved == 1
    assert not integrity()


@pytest.mark.django_db(transaction=True)
def test_late_money_goes_back_when_the_goods_are_gone() -> None:
    variant = factories.variant_of(factories.product(stock=1))
    order = factories.order(variant)
    expire(order)
    factories.order(variant)
    pay_late(order)
    drain()
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert order.payment_collection.refunded_minor == order.total_minor
    assert level(order).reserved == 1
    assert "orders.late_payment" in names(order)


@pytest.mark.django_db(transaction=True)
def test_money_for_an_order_that_people_cancelled_goes_back() -> None:
    order = factories.order()
    services.cancel(order_id=order.pk, reason="customer", actor=ACTOR)
    drain()
    pay_late(order)
    drain()
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert order.payment_collection.refunded_minor == order.total_minor


def test_comments_and_tracking_are_on_the_timeline() -> None:
    order = factories.order(method="cash_on_delivery")
    services.comment(order_id=order.pk, text="  Gift wrap\x00 please ", actor=ACTOR)
    services.confirm(order_id=order.pk, actor=ACTOR)
    services.confirm(order_id=order.pk, actor=ACTOR)
    parcel = ship_all(order, tracking_number="A", carrier="other")
    services.change_tracking(fulfilment_id=parcel.pk, carrier="ups", tracking_number="B", actor=ACTOR)
    entries = selectors.timeline(order.pk)
    assert [entry.name for entry in entries] == [
        "orders.tracking_changed",
        "orders.shipped",
        "orders.confirmed",
        "orders.commented",
        "orders.placed",
    ]
    assert entries[3].data["text"] == "Gift wrap please"
    for text in ("", "  ", "x" * 5001):
        with pytest.raises(InvalidInput):
            services.comment(order_id=order.pk, text=text, actor=ACTOR)


def test_nothing_happens_to_what_does_not_exist() -> None:
    for verb in (
        lambda: services.confirm(order_id=999, actor=ACTOR),
        lambda: services.cancel(order_id=999, reason="x", actor=ACTOR),
        lambda: services.mark_delivered(fulfilment_id=999, actor=ACTOR),
        lambda: selectors.order_by_token("nobody's"),
        lambda: selectors.order_detail(999),
    ):
        with pytest.raises(NotFound):
            verb()


def test_the_order_keeps_what_was_shown() -> None:
    item = factories.product("青瓷杯", price=8800, sizes=["小", "大"])
    order = factories.order(factories.variant_of(item, 1), quantity=3)
    item.title = "Renamed"
    item.save()
    line = order.lines.get()
    assert (line.title, line.variant_title, line.unit_price_minor, line.total_minor) == ("青瓷杯", "大", 8800, 26400)
    assert order.total_minor == 26400 + 1200
    assert order.quote["total"] == order.total_minor
    assert order.number == str(1000 + order.pk)
    assert now() >= order.placed_at
