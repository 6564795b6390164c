"""One order becomes two, and nothing is lost or gained: units, sums, tax per rate, what is owed, what is held."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.errors import InvalidInput
from duli.commerce.inventory.models import Reservation
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.selectors import timeline
from duli.commerce.orders.services import hold, issue_invoice, mark_paid, refund, settle, split
from duli.commerce.orders.types import (
    AlreadyInvoiced,
    FulfilLine,
    LineIsFixed,
    NotDivisible,
    RefundLine,
    TooManyUnits,
)
from duli.commerce.payments.models import PaymentCollection
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def _shop() -> None:
    factories.shop()


def _sums(orders: list[Order]) -> Counter[str]:
    found: Counter[str] = Counter()
    for order in orders:
        for name in ("subtotal", "discount", "shipping", "tax", "total"):
            found[name] += getattr(order, f"{name}_minor")
            found[f"quote {name}"] += order.quote[name]
        for tax in order.quote["taxes"]:
            rate = Decimal(tax["rate"])
            found[f"net {rate}"] += tax["net"]
            found[f"tax {rate}"] += tax["tax"]
        for line in order.lines.all():
            found[f"units {line.variant_id}"] += line.quantity
            found["lines"] += line.total_minor
            found["line tax"] += line.tax_minor
    return found


def _held() -> Counter[int]:
    rows = Reservation.objects.filter(state__in=["held", "allocated"]).values_list("level__variant_id", "quantity")
    found: Counter[int] = Counter()
    for variant_id, quantity in rows:
        found[variant_id] += quantity
    return found


@pytest.mark.usefixtures("_shop")
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.tuples(st.integers(7, 99_999), st.integers(0, 5)), min_size=1, max_size=3),
    quantity=st.integers(2, 5),
    market=st.sampled_from(["cn", "int"]),
)
def test_both_parts_are_together_what_the_one_was(lines: list[tuple[int, int]], quantity: int, market: str) -> None:
    items = [factories.variant_of(factories.product(price=price, stock=50)) for price, _units in lines]
    order = factories.order(*items, quantity=quantity, market_code=market)
    before, held = _sums([order]), _held()
    wanted = [
        FulfilLine(row.pk, min(units, quantity)) for row, (_p, units) in zip(order.lines.all(), lines, strict=True)
    ]
    moved = sum(entry.quantity for entry in wanted)
    if not 0 < moved < quantity * len(lines):
        with pytest.raises(InvalidInput):
            split(order_id=order.pk, lines=wanted, actor=ACTOR)
        return
    other = split(order_id=order.pk, lines=wanted, actor=ACTOR)
    parts = [Order.objects.get(pk=order.pk), Order.objects.get(pk=other.pk)]
    assert _sums(parts) == before
    assert _held() == held
    for part in parts:
        assert part.total_minor == sum(row.total_minor for row in part.lines.all()) + (
            before["total"] - before["lines"] if part.pk == order.pk else 0
        )
        collection = PaymentCollection.objects.get(pk=part.payment_collection_id)
        assert collection.amount_minor == part.total_minor
        units = part.lines.aggregate(sum=Sum("quantity"))["sum"]
        holds = Reservation.objects.filter(reference=part.reference, state="held").aggregate(sum=Sum("quantity"))
        assert holds["sum"] == units
    assert not integrity()


@pytest.mark.usefixtures("_shop")
def test_each_part_is_paid_and_told_of_by_itself() -> None:
    items = [factories.variant_of(factories.product()) for _ in range(2)]
    order = factories.order(*items)
    other = split(order_id=order.pk, lines=[FulfilLine(order.lines.all()[0].pk, 1)], actor=ACTOR)
    assert (other.number, other.origin_id) == (f"{order.number}-1", order.pk)
    mark_paid(order_id=other.pk, actor=ACTOR, idempotency_key="k")
    order.refresh_from_db(), other.refresh_from_db()
    assert (order.payment_state, other.payment_state) == ("unpaid", "paid")
    assert other.number in [entry.data["other_number"] for entry in timeline(order.pk) if entry.name == "orders.split"]
    hold(order_id=order.pk, reason="wait", actor=ACTOR)


@pytest.mark.usefixtures("_shop")
def test_nothing_is_moved_twice_and_what_was_refunded_or_invoiced_stays() -> None:
    other_order, open_order = factories.order(quantity=2, paid=True), factories.order(quantity=2)
    line = open_order.lines.get().pk
    for lines, error in (
        ([FulfilLine(line, 3)], TooManyUnits), ([FulfilLine(line, 2)], InvalidInput),
        ([FulfilLine(line, -1)], InvalidInput), ([FulfilLine(other_order.lines.get().pk, 1)], InvalidInput),
        ([], InvalidInput),
    ):  # fmt: skip
        with pytest.raises(error):
            split(order_id=open_order.pk, lines=lines, actor=ACTOR)
    assert OrderLine.objects.count() == 2
    paid_line = other_order.lines.get().pk
    refund(order_id=other_order.pk, lines=[RefundLine(paid_line, 1)], idempotency_key="k", actor=ACTOR)
    with pytest.raises(LineIsFixed):
        split(order_id=other_order.pk, lines=[FulfilLine(paid_line, 1)], actor=ACTOR)
    issue_invoice(order_id=open_order.pk, actor=ACTOR)
    with pytest.raises(AlreadyInvoiced):
        split(order_id=open_order.pk, lines=[FulfilLine(line, 1)], actor=ACTOR)
    collection = PaymentCollection.objects.filter(pk=open_order.payment_collection_id)
    collection.update(state="review")
    settle(order_id=open_order.pk)
    with pytest.raises(NotDivisible):
        split(order_id=open_order.pk, lines=[FulfilLine(line, 1)], actor=ACTOR)
