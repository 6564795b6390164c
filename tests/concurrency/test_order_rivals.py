"""Rivals around one order: money, parcels, returns, exchanges and customers that change in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from importlib import import_module

import pytest

from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Draft
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.customers import services as customers
from duli.commerce.customers.models import Customer
from duli.commerce.customers.services.merge import unite as unite_customers
from duli.commerce.customers.types import CustomerDraft
from duli.commerce.inventory.models import Reservation, StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders import locks, services
from duli.commerce.orders.models import Order, OrderReturn
from duli.commerce.orders.types import Finding, FulfilLine, ReturnWish
from duli.commerce.payments import services as payments
from tests import factories
from tests.concurrency.hands import HANDS, all_hands, at_once

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

drafts = import_module("duli.commerce.checkout.services.drafts")


def waiting() -> Order:
    """An order of two units that waits for its transfer."""
    factories.shop()
    order = factories.order(factories.variant_of(factories.product(price=5000, stock=20)), quantity=2)
    services.confirm(order_id=order.pk, actor="system")
    return order


def pay(order: Order) -> Callable[[], object]:
    return lambda: payments.mark_received(
        collection_id=order.payment_collection_id or 0,
        amount=Money(order.total_minor, order.currency),
        actor="system",
        idempotency_key="came",
    )


def ship(order: Order) -> Callable[[], object]:
    lines = [FulfilLine(line.pk, line.quantity) for line in order.lines.all()]
    return lambda: services.fulfil(
        order_id=order.pk, lines=lines, location_id=None, idempotency_key="p", actor="system"
    )


def cancel(order: Order) -> Callable[[], object]:
    return lambda: services.cancel(order_id=order.pk, reason="customer", actor="system")


def test_cancelled_paid_and_shipped_at_once_ends_in_one_story() -> None:
    order = waiting()
    outcomes = at_once(cancel(order), pay(order), ship(order), cancel(order), ship(order), pay(order))
    factories.drain()
    order.refresh_from_db()
    collection = order.payment_collection
    assert collection is not None
    held = sum(Reservation.objects.filter(state__in=["held", "allocated"]).values_list("quantity", flat=True))
    assert held == 0
    if order.status == "cancelled":
        # Two parcels and a second cancellation came too late; the money that came goes back, once.
        assert outcomes == {"done": 3, "order_closed": 3}
        assert not order.fulfilments.exists()
        assert order.payment_state in {"refunded", "voided"}
        assert collection.refunded_minor == collection.captured_minor
    else:
        assert outcomes == {"done": 4, "already_shipped": 2}
        assert (order.status, order.payment_state) == ("completed", "paid")
        assert order.fulfilments.count() == 1
        assert (collection.captured_minor, collection.refunded_minor) == (order.total_minor, 0)
    assert StockLevel.objects.get().on_hand == (20 if order.status == "cancelled" else 18)
    assert not integrity()


def test_without_the_lock_a_parcel_leaves_for_an_order_that_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: every one decides by the order as it was before anybody wrote."""
    order = waiting()
    stale = Order.objects.get(pk=order.pk)
    cancel(order)()
    monkeypatch.setattr(locks, "lock_order", lambda _pk: copy(stale))
    ship(order)()
    factories.drain()
    fresh = Order.objects.get(pk=order.pk)
    assert fresh.fulfilments.exists()
    assert fresh.cancelled_at is not None


def coming_back() -> OrderReturn:
    """A return of two units that may come."""
    order = waiting()
    pay(order)()
    factories.drain()
    ship(order)()
    row = services.request_return(
        order_id=order.pk, lines=[ReturnWish(order.lines.get().pk, 2, "other")], idempotency_key="r", actor="system"
    )
    return services.approve_return(return_id=row.pk, actor="system")


def receive(row: OrderReturn) -> Callable[[int], object]:
    line = row.lines.get().pk
    return lambda number: services.receive_return(return_id=row.pk, units={line: 1 + number % 2}, actor="system")


def inspect(row: OrderReturn) -> Callable[[int], object]:
    finding = Finding(row.lines.get().pk, "as_new", 2)
    return lambda _number: services.inspect_return(
        return_id=row.pk, findings=[finding], location_id=factories.location().pk, actor="system"
    )


def test_goods_that_came_back_are_received_once() -> None:
    row = coming_back()
    assert all_hands(receive(row)) == {"done": 1, "return_moved_on": HANDS - 1}


def test_and_go_back_into_stock_once() -> None:
    row = coming_back()
    receive(row)(1)
    assert all_hands(inspect(row)) == {"done": 1, "return_moved_on": HANDS - 1}
    assert StockLevel.objects.get().on_hand == 20
    assert not integrity()


def test_without_the_lock_they_go_back_into_stock_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    row = coming_back()
    receive(row)(1)
    order, stale = Order.objects.get(), OrderReturn.objects.get()
    monkeypatch.setattr(locks, "lock_return", lambda _pk: (copy(order), copy(stale)))
    all_hands(inspect(row))
    assert StockLevel.objects.get().on_hand > 20


def person(name: str) -> Customer:
    return customers.save_customer(
        customer_id=None, draft=CustomerDraft(name=name, email=f"{name}@example.com", phone=""), actor="system"
    )


def two_people() -> tuple[Customer, Customer]:
    factories.shop()
    kept, alias = person("mei"), person("lin")
    # The one that was there first is kept.
    assert kept.created_at <= alias.created_at
    return kept, alias


def unite(kept: Customer, alias: Customer) -> Callable[[], object]:
    return lambda: unite_customers(kept_id=kept.pk, alias_id=alias.pk, actor="system")


def buying(alias: Customer, *, drafted: bool) -> Callable[[], object]:
    """An order of the one who is merged away: as a guest at the till, or as a draft that staff made for her."""
    item = factories.variant_of(factories.product(stock=50))
    if not drafted:
        cart = factories.ready_cart(item)
        return lambda: checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    draft = checkout.create_draft(market=factories.market(), language="en", actor="system")
    checkout.set_draft_line(draft_id=draft.pk, variant_id=item.pk, quantity=1)
    checkout.choose_customer(draft_id=draft.pk, customer_id=alias.pk)
    cart = Draft.objects.get(pk=draft.pk).cart
    factories.checkout.save_details(
        token=cart.token,
        details=factories.Details(
            email="lin@example.com", shipping_address=factories.ADDRESS, payment_method_code="bank_transfer"
        ),
    )
    return lambda: checkout.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor="system")


@pytest.mark.parametrize("drafted", [False, True])
def test_an_order_that_comes_in_while_customers_are_merged_is_nobodys_alias(drafted: bool) -> None:
    kept, alias = two_people()
    acts = [buying(alias, drafted=drafted) for _ in range(5)]
    outcomes = at_once(*acts[:2], unite(kept, alias), *acts[2:], unite(kept, alias))
    assert outcomes == {"done": 7}
    factories.drain()
    owners = set(Order.objects.values_list("customer_id", flat=True))
    assert not Customer.objects.filter(pk__in=owners, merged_into__isnull=False).exists()
    for row in Customer.objects.filter(merged_into=None):
        assert row.orders_count == Order.objects.filter(customer=row).count()
    assert sum(Customer.objects.values_list("orders_count", flat=True)) == 5


def test_without_the_lock_an_order_stays_with_somebody_who_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, alias = two_people()
    order = buying(alias, drafted=False)
    stale = Customer.objects.get(pk=alias.pk)
    unite(kept, alias)()
    monkeypatch.setattr("duli.commerce.customers.services.people.lock_guest", lambda **_values: stale)
    order()
    assert Order.objects.get().customer == alias


def draft_of() -> Draft:
    factories.shop()
    item = factories.variant_of(factories.product(price=10000, stock=50))
    draft = checkout.create_draft(market=factories.market(), language="en", actor="system")
    checkout.set_draft_line(draft_id=draft.pk, variant_id=item.pk, quantity=1)
    checkout.save_details(
        token=draft.cart.token,
        details=factories.Details(
            email="lin@example.com", shipping_address=factories.ADDRESS, payment_method_code="bank_transfer"
        ),
    )
    return draft


def reduce(draft: Draft, minor: int) -> Callable[[], object]:
    item = draft.cart.lines.get().variant_id
    return lambda: checkout.set_draft_line(draft_id=draft.pk, variant_id=item, quantity=1, discount_minor=minor)


def test_a_discount_given_while_the_draft_is_placed_is_in_the_order_or_refused() -> None:
    draft = draft_of()
    outcomes = at_once(
        reduce(draft, 3000),
        lambda: checkout.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor="system"),
        reduce(draft, 3000),
    )
    order = Order.objects.get()
    line = draft.cart.lines.get()
    assert outcomes["done"] + outcomes["draft_closed"] == 3
    assert order.lines.get().discount_minor == order.discount_minor == line.discount_minor
    assert order.total_minor == 10000 - line.discount_minor + order.shipping_minor


def note(draft: Draft, text: str) -> Callable[[], object]:
    cart = draft.cart
    details = factories.Details(email=cart.email, shipping_address=factories.ADDRESS)
    return lambda: checkout.save_draft(draft_id=draft.pk, details=details, staff_note=text)


def tag(draft: Draft) -> Callable[[], object]:
    details = factories.Details(email=draft.cart.email, shipping_address=factories.ADDRESS)
    return lambda: checkout.save_draft(draft_id=draft.pk, details=details, tags=["vip"])


def test_what_one_writes_on_a_draft_another_does_not_take_off() -> None:
    draft = draft_of()
    assert at_once(tag(draft), *(note(draft, f"{number}") for number in range(5))) == {"done": 6}
    draft.refresh_from_db()
    assert draft.tags == ["vip"]


def test_read_before_the_lock_the_tags_are_gone_again(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = draft_of()
    stale = Draft.objects.select_related("cart").get(pk=draft.pk)
    tag(draft)()
    monkeypatch.setattr(drafts, "open_draft", lambda _pk: (copy(stale), stale.cart))
    note(draft, "Calls on Monday")()
    draft.refresh_from_db()
    assert draft.tags == []
