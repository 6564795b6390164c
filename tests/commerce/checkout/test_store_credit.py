"""Store credit pays an order, wholly or in part; what is refunded is credit again."""

from __future__ import annotations

from typing import Any

import pytest

from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import checkout_view
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.customers.credit import credit_in
from duli.commerce.customers.models import Customer, StoreCreditEntry
from duli.commerce.customers.services import change_credit
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import cancel, mark_paid, refund
from duli.commerce.orders.types import RefundLine
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.services import issue_gift_card, renew_code
from duli.commerce.payments.store_credit import CreditSpent, paid_by_credit
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def give(customer: Customer, minor: int, currency: str = "CNY") -> None:
    change_credit(
        customer_id=customer.pk,
        amount=Money(minor, currency),
        reason="goodwill",
        actor=factories.ACTOR,
        idempotency_key=f"given {minor} {currency}",
    )


def cart_of(customer: Customer, price: int = 10000, quantity: int = 1, *, uses_credit: bool = True) -> Cart:
    thing = factories.variant_of(factories.product(price=price, stock=20))
    cart = factories.ready_cart(thing, quantity=quantity)
    Cart.objects.filter(pk=cart.pk).update(customer=customer)
    if uses_credit:
        checkout.use_credit(token=cart.token, wanted=True)
    cart.refresh_from_db()
    return cart


def place(cart: Cart, customer: Customer | None, **values: Any) -> Order:
    user_id = customer.user_id if customer else None
    order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest", user_id=user_id, **values))
    factories.drain()
    order.refresh_from_db()
    return order


def left(customer: Customer) -> int:
    return credit_in(customer.pk, "CNY").minor


def collection(order: Order) -> PaymentCollection:
    return PaymentCollection.objects.get(pk=order.payment_collection_id)


def test_it_pays_a_part_and_the_rest_is_paid_another_way() -> None:
    mei = people.member()
    give(mei, 3000)
    cart = cart_of(mei, uses_credit=False)
    view = checkout_view(cart.token)
    assert view.credit is not None
    assert (view.credit.there.minor, view.credit.pays.minor, view.credit.chosen) == (3000, 3000, False)
    whole = view.due
    assert whole is not None
    checkout.use_credit(token=cart.token, wanted=True)
    assert checkout_view(cart.token).due == whole - Money(3000, "CNY")
    order = place(cart, mei)
    assert (left(mei), order.payment_method_code, order.payment_state) == (0, "bank_transfer", "partially_paid")
    assert paid_by_credit(order.payment_collection_id, "CNY") == Money(3000, "CNY")
    mark_paid(order_id=order.pk, actor=factories.ACTOR, idempotency_key="rest")
    order.refresh_from_db()
    assert (order.payment_state, collection(order).captured_minor) == ("paid", order.total_minor)
    entry = StoreCreditEntry.objects.get(reason="spent")
    assert (entry.amount_minor, entry.reference) == (-3000, order.reference)


def test_it_pays_all_and_nothing_more_is_asked() -> None:
    mei = people.member()
    give(mei, 100_000)
    cart = cart_of(mei)
    view = checkout_view(cart.token)
    assert view.due is not None
    assert (view.due.minor, list(view.methods)) == (0, [])
    order = place(cart, mei, shown_due=Money(0, "CNY"))
    assert (order.payment_state, order.payment_method_code) == ("paid", "store_credit")
    assert left(mei) == 100_000 - order.total_minor


def test_a_refund_goes_back_to_it_before_anything_else() -> None:
    mei = people.member()
    give(mei, 3000)
    order = place(cart_of(mei, price=1000, quantity=10), mei)
    mark_paid(order_id=order.pk, actor=factories.ACTOR, idempotency_key="rest")
    line = order.lines.get()
    refund(order_id=order.pk, lines=[RefundLine(line.pk, 2)], idempotency_key="a", actor=factories.ACTOR)
    factories.drain()
    assert left(mei) == 2000
    assert paid_by_credit(order.payment_collection_id, "CNY") == Money(1000, "CNY")
    refund(order_id=order.pk, lines=[RefundLine(line.pk, 1)], idempotency_key="b", actor=factories.ACTOR)
    factories.drain()
    assert (left(mei), paid_by_credit(order.payment_collection_id, "CNY")) == (3000, None)
    refund(order_id=order.pk, lines=[RefundLine(line.pk, 7)], idempotency_key="c", actor=factories.ACTOR)
    factories.drain()
    assert left(mei) == 3000
    assert [row.amount_minor for row in StoreCreditEntry.objects.order_by("pk")] == [3000, -3000, 2000, 1000]


def test_cancelled_or_not_paid_in_time_all_of_it_is_back_once() -> None:
    mei = people.member()
    give(mei, 3000)
    order = place(cart_of(mei), mei)
    cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    factories.drain()
    factories.drain()
    assert left(mei) == 3000
    assert collection(order).refunded_minor == 3000


def test_gift_cards_pay_first_and_credit_what_they_leave() -> None:
    mei = people.member()
    give(mei, 100_000)
    cart = cart_of(mei)
    card = issue_gift_card(amount=Money(4000, "CNY"), actor=factories.ACTOR, language="en")
    checkout.apply_gift_card(token=cart.token, code=renew_code(card_id=card.pk, actor=factories.ACTOR))
    order = place(cart, mei)
    assert (order.payment_state, order.payment_method_code) == ("paid", "gift_card")
    assert left(mei) == 100_000 - order.total_minor + 4000
    cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    factories.drain()
    card.refresh_from_db()
    assert (left(mei), card.balance_minor) == (100_000, 4000)


def test_it_buys_no_gift_card_which_could_be_passed_on() -> None:
    mei = people.member()
    give(mei, 100_000)
    card = factories.variant_of(factories.product("Card", price=5000, is_gift_card=True))
    cart = factories.ready_cart(card)
    Cart.objects.filter(pk=cart.pk).update(customer=mei)
    checkout.use_credit(token=cart.token, wanted=True)
    view = checkout_view(cart.token)
    assert view.credit is not None
    assert view.credit.pays.minor == 0


def test_it_is_the_accounts_own() -> None:
    mei = people.member()
    give(mei, 3000)
    cart = cart_of(mei)
    with pytest.raises(CreditSpent):
        place(cart, None)
    with pytest.raises(CreditSpent):
        place(cart, people.member())
    assert left(mei) == 3000
    assert not Order.objects.exists()


def test_what_was_spent_meanwhile_is_told_before_anything_is_ordered() -> None:
    mei = people.member()
    give(mei, 3000)
    cart = cart_of(mei)
    shown = checkout_view(cart.token).due
    change_credit(
        customer_id=mei.pk, amount=Money(-1000, "CNY"), reason="correction", actor="a", idempotency_key="less"
    )
    with pytest.raises(CreditSpent):
        place(cart, mei, shown_due=shown)
    assert (left(mei), Order.objects.count()) == (2000, 0)


def test_money_in_another_currency_stays_where_it_is() -> None:
    mei = people.member()
    give(mei, 3000, "USD")
    cart = cart_of(mei)
    assert checkout_view(cart.token).credit is None
    assert place(cart, mei).payment_state == "unpaid"
    assert credit_in(mei.pk, "USD").minor == 3000
