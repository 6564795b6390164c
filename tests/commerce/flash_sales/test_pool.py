"""Whatever happens to a sale in whatever order, its pool, the stock and the orders add up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.errors import DuliError
from duli.commerce.flash_sales import monitor, services
from duli.commerce.flash_sales.models import Claim, Entry, FlashSale, Item
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import cancel, mark_paid
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.flash_sales.made import item_of, sale

pytestmark = pytest.mark.django_db
STOCK, UNITS = 12, 5
ACTS = ("buy", "buy", "pay", "cancel", "expire", "top_up", "stop")


def act(row: FlashSale, item: Item, orders: list[Order], what: str, number: int) -> None:
    """Do one thing; what the rules refuse changes nothing."""
    chosen = orders[number % len(orders)] if orders else None
    with suppress(DuliError):
        if what == "buy":
            orders.append(factories.order(item.variant, quantity=1 + number % 3))
        elif what == "top_up":
            services.top_up(sale_id=row.pk, item_id=item.pk, units=1 + number % 4, actor=factories.ACTOR)
        elif what == "stop":
            services.stop_sale(sale_id=row.pk, actor=factories.ACTOR)
        elif chosen is not None and what == "pay":
            mark_paid(order_id=chosen.pk, actor=factories.ACTOR, idempotency_key="k")
        elif chosen is not None:
            cancel(order_id=chosen.pk, reason="expired" if what == "expire" else "customer", actor=factories.ACTOR)
    factories.drain()
    look_now()


def check(row: FlashSale, item: Item, orders: Sequence[Order]) -> None:
    item.refresh_from_db()
    told = Entry.objects.filter(item=item).aggregate(sum=Sum("change"))["sum"]
    assert item.left == told >= 0
    found = monitor.figures(row.pk)
    assert found.agrees, [entry.problems for entry in found.items]
    # Ordinary stock, the pool, and what orders hold are together what there was.
    level = StockLevel.objects.get(variant=item.variant)
    free = level.on_hand - level.reserved
    live = Order.objects.filter(pk__in=[order.pk for order in orders]).exclude(status="cancelled")
    ordered = live.aggregate(sum=Sum("lines__quantity"))["sum"] or 0
    assert free + item.left + ordered == level.on_hand == STOCK
    taken = Claim.objects.filter(item=item, returned_at__isnull=True).aggregate(sum=Sum("units"))["sum"] or 0
    assert taken <= ordered


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 11)), min_size=1, max_size=14))
def test_the_pool_is_always_what_its_entries_say(acts: list[tuple[str, int]], shop: None) -> None:
    variant = factories.variant_of(factories.product(price=8000, stock=STOCK))
    row = sale(variant, units=UNITS, limit=None)
    item, orders = item_of(row), list[Order]()
    check(row, item, orders)
    for what, number in acts:
        act(row, item, orders, what, number)
        check(row, item, orders)
    assert not integrity()


@pytest.fixture
def shop() -> None:
    factories.shop()
