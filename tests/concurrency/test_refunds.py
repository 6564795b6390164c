"""Many hands on one order at once: what goes back never exceeds what was paid, and no edit is lost."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders import services
from duli.commerce.orders.editing import EditWish
from duli.commerce.orders.models import Order, OrderRefund
from duli.commerce.orders.types import RefundLine
from tests import factories
from tests.concurrency.hands import HANDS, all_hands

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

# The package shows a verb of the same name; the module behind it is meant here.
refunds = import_module("duli.commerce.orders.services.refund")


def paid() -> Order:
    factories.shop()
    item = factories.variant_of(factories.product(price=5000, stock=20))
    return factories.order(item, quantity=3, paid=True)


def give_goodwill(order: Order) -> Callable[[int], object]:
    """Each gives back a little less than half of what was paid: only two fit."""
    part = order.total_minor * 45 // 100

    def act(number: int) -> object:
        return services.refund(
            order_id=order.pk, lines=[], adjustment_minor=part, idempotency_key=f"r{number}", actor="system"
        )

    return act


def test_refunds_at_once_never_exceed_what_was_paid() -> None:
    order = paid()
    outcomes = all_hands(give_goodwill(order))
    assert outcomes == {"done": 2, "refund_too_large": HANDS - 2}
    factories.drain()
    fresh = Order.objects.get(pk=order.pk)
    assert fresh.refunded_minor == sum(OrderRefund.objects.values_list("amount_minor", flat=True))
    assert fresh.payment_collection.refunded_minor == fresh.refunded_minor <= fresh.payment_collection.captured_minor


def test_without_the_lock_the_same_hands_promise_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: every one decides by what it read before anybody wrote."""
    order = paid()
    stale = refunds.standing_of(Order.objects.get(pk=order.pk))
    monkeypatch.setattr(refunds, "standing_of", lambda _order: stale)
    monkeypatch.setattr(refunds, "settle", lambda **_values: None)
    outcomes = all_hands(give_goodwill(order))
    promised = sum(OrderRefund.objects.values_list("original_minor", flat=True))
    # The last wall is a constraint of the database: it refuses what the code let through.
    assert promised > order.total_minor or outcomes["IntegrityError"]


def test_the_same_button_pressed_by_many_is_one_refund() -> None:
    order = paid()
    line = order.lines.get()

    def act(_number: int) -> object:
        return services.refund(
            order_id=order.pk, lines=[RefundLine(line.pk, 1, True)], idempotency_key="same", actor="system"
        )

    assert all_hands(act) == {"done": HANDS}
    assert OrderRefund.objects.count() == 1
    assert not integrity()


def test_of_many_edits_at_once_one_is_saved_and_the_others_are_told() -> None:
    order = paid()
    line = order.lines.get()
    version = Order.objects.get(pk=order.pk).version

    def act(number: int) -> object:
        wish = EditWish(quantities={line.pk: number + 4})
        return services.edit_order(order_id=order.pk, wish=wish, version=version, actor="system")

    assert all_hands(act) == {"done": 1, "stale_order": HANDS - 1}
    fresh = Order.objects.get(pk=order.pk)
    assert fresh.total_minor == fresh.lines.get().quantity * 5000 + fresh.shipping_minor
    assert not integrity()
