"""Tags and holds."""

from __future__ import annotations

import pytest

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.orders.models import Order, OrderTag
from duli.commerce.orders.selectors import order_list, timeline, to_ship
from duli.commerce.orders.services import fulfil, hold, release, tag
from duli.commerce.orders.types import FulfilLine, OrderClosed, OrderFilter, OrderHeld, TooManyTags
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def order() -> Order:
    factories.shop()
    return factories.order(paid=True)


def ship(order: Order) -> None:
    fulfil(
        order_id=order.pk,
        lines=[FulfilLine(line.pk, line.quantity) for line in order.lines.all()],
        location_id=None,
        idempotency_key="k",
        actor=ACTOR,
    )


def test_a_held_order_is_not_shipped_until_it_is_released(order: Order) -> None:
    assert to_ship().count() == 1
    hold(order_id=order.pk, reason="Address looks odd", actor=ACTOR)
    assert to_ship().count() == 0
    assert [row.is_held for row in order_list(OrderFilter(held=True)).rows] == [True]
    with pytest.raises(OrderHeld):
        ship(order)
    release(order_id=order.pk, actor=ACTOR)
    release(order_id=order.pk, actor=ACTOR)
    ship(order)
    names = [entry.name for entry in timeline(order.pk)]
    assert names.count("orders.released") == 1
    assert names.count("orders.held") == 1
    with pytest.raises(OrderClosed):
        hold(order_id=order.pk, reason="late", actor=ACTOR)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_a_hold_says_why(order: Order, reason: str) -> None:
    with pytest.raises(InvalidInput):
        hold(order_id=order.pk, reason=reason, actor=ACTOR)
    order.refresh_from_db()
    assert order.held_at is None


def test_tags_are_rows_and_words_at_once(order: Order) -> None:
    other = factories.order()
    ids = [order.pk, other.pk]
    assert tag(order_ids=ids, add=["gift", "  VIP ", "gift"], actor=ACTOR) == 2
    assert tag(order_ids=ids, add=["gift"], actor=ACTOR) == 0
    assert tag(order_ids=[order.pk], add=["new"], remove=["gift", "unknown"], actor=ACTOR) == 1
    order.refresh_from_db()
    assert order.tags == ["VIP", "new"]
    assert set(OrderTag.objects.filter(order=order).values_list("name", flat=True)) == {"VIP", "new"}
    assert [row.id for row in order_list(OrderFilter(tags=["gift"])).rows] == [other.pk]
    assert len(order_list(OrderFilter(tags=["gift", "VIP"])).rows) == 2


def test_tags_are_bounded_and_all_or_nothing(order: Order) -> None:
    with pytest.raises(InvalidInput):
        tag(order_ids=[order.pk], add=["x" * 41], actor=ACTOR)
    with pytest.raises(TooManyTags):
        tag(order_ids=[order.pk], add=[str(number) for number in range(31)], actor=ACTOR)
    with pytest.raises(NotFound):
        tag(order_ids=[order.pk, 10**9], add=["a"], actor=ACTOR)
    order.refresh_from_db()
    assert order.tags == []
    assert not OrderTag.objects.exists()
