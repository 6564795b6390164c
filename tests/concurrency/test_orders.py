"""Rivals around one order: merging against shipping, and two people who decide on one request."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from duli.commerce.inventory.models import Reservation
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders import locks, services
from duli.commerce.orders.models import Order, OrderRefund
from duli.commerce.orders.types import FulfilLine, RefundLine
from duli.platform.accounts.models import Approval, User
from duli.platform.accounts.roles import RoleDraft
from duli.platform.accounts.services import approve, save_role
from duli.platform.events.models import Event
from tests import factories
from tests.concurrency.hands import at_once

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

approvals = import_module("duli.platform.accounts.services.approvals")


def two_orders() -> tuple[Order, Order]:
    factories.shop()
    item = factories.variant_of(factories.product(price=5000, stock=20))
    return factories.order(item, quantity=2, paid=True), factories.order(item, quantity=3, paid=True)


def shipping(order: Order) -> Callable[[], object]:
    line = order.lines.get().pk
    return lambda: services.fulfil(
        order_id=order.pk, lines=[FulfilLine(line, 1)], location_id=None, idempotency_key="p", actor="system"
    )


def merging(order: Order, other: Order) -> Callable[[], object]:
    return lambda: services.merge(order_id=order.pk, other_ids=[other.pk], actor="system")


def test_what_is_merged_is_not_shipped_and_what_is_shipped_is_not_merged() -> None:
    kept, other = two_orders()
    outcomes = at_once(shipping(other), merging(kept, other), shipping(other), merging(kept, other))
    kept.refresh_from_db(), other.refresh_from_db()
    if other.merged_into_id:
        assert outcomes["done"] == 1
        assert not other.fulfilments.exists()
        assert kept.total_minor == kept.payment_collection.captured_minor
        assert sum(kept.lines.values_list("quantity", flat=True)) == 5
    else:
        # The same parcel was sent once, by whoever came first.
        assert (outcomes["done"], outcomes["not_mergeable"]) == (2, 2)
        assert other.lines.get().fulfilled_quantity == 1
    held = Reservation.objects.filter(state__in=["held", "allocated"]).values_list("quantity", flat=True)
    assert sum(held) == (5 if other.merged_into_id else 4)
    assert not integrity()


def test_each_into_the_other_at_once_leaves_one() -> None:
    first, second = two_orders()
    outcomes = at_once(merging(first, second), merging(second, first))
    assert (outcomes["done"], outcomes["not_mergeable"]) == (1, 1)
    assert sorted(Order.objects.values_list("status", flat=True)) == ["cancelled", "open"]
    assert not integrity()


def test_without_the_lock_a_parcel_ends_in_an_order_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, other = two_orders()
    stale = {row.pk: row for row in Order.objects.all()}
    shipping(other)()
    monkeypatch.setattr(locks, "lock_orders", lambda ids: {pk: stale[pk] for pk in ids})
    merging(kept, other)()
    other.refresh_from_db()
    assert other.status == "cancelled"
    assert other.fulfilments.exists()


def asked() -> tuple[Order, int, list[str]]:
    """Return an order, a request to refund it that waits, and two owners."""
    kept, _other = two_orders()
    owners = [
        User.objects.create_user(email=f"o{number}@staff.example", name="O", is_staff=True, role="owner").pk
        for number in range(2)
    ]
    role = save_role(
        draft=RoleDraft(
            name="Clerk", permissions=frozenset({"orders.view", "orders.payments"}), refund_limits={"CNY": 0}
        ),
        actor=f"user:{owners[0]}",
    )
    clerk = User.objects.create_user(email="c@staff.example", name="C", is_staff=True, role=role.code)
    lines = [RefundLine(kept.lines.get().pk, 1)]
    assert services.staff_refund(order_id=kept.pk, lines=lines, idempotency_key="k", actor=f"user:{clerk.pk}") is None
    return kept, Approval.objects.get().pk, [f"user:{pk}" for pk in owners]


def test_two_people_decide_at_once_and_it_happens_once() -> None:
    order, approval_id, owners = asked()
    outcomes = at_once(*(lambda who=who: approve(approval_id=approval_id, actor=who) for who in owners * 2))  # type: ignore[misc]
    assert outcomes["done"] == 1
    assert OrderRefund.objects.get().amount_minor == 5000
    assert Event.objects.filter(name="accounts.approval_decided").count() == 1
    order.refresh_from_db()
    assert order.refunded_minor == 5000


def test_without_the_lock_it_is_decided_twice_and_the_key_still_pays_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _order, approval_id, owners = asked()
    rows = [Approval.objects.get(pk=approval_id) for _ in owners]
    monkeypatch.setattr(approvals, "_waiting", lambda _pk: rows.pop())
    for who in owners:
        approve(approval_id=approval_id, actor=who)
    assert Event.objects.filter(name="accounts.approval_decided").count() == 2
    assert OrderRefund.objects.count() == 1
