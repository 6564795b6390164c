"""Home's numbers stay few and short, however many orders there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import now
from duli.commerce.orders import selectors
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import home_numbers, list_numbers
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def test_days_that_are_over_are_summed_once_and_today_is_always_what_it_is() -> None:
    item = factories.variant_of(factories.product(price=10_000))
    old, fresh = factories.order(item), factories.order(item)
    Order.objects.filter(pk=old.pk).update(placed_at=now() - timedelta(days=7))
    found = home_numbers()
    assert (found.today.orders, found.same_day_last_week.orders) == (1, 1)
    assert found.same_day_last_week.revenue.minor == old.total_minor
    assert [day.orders for day in found.days] == [0] * 6 + [1] + [0] * 6 + [1]
    assert len(found.days) == 14
    Order.objects.filter(pk=fresh.pk).update(status="cancelled", cancelled_at=now())
    with CaptureQueriesContext(connection) as queries:
        again = home_numbers()
    assert (again.today.orders, again.same_day_last_week.orders) == (0, 1)
    assert len(queries) == 2


def test_what_waits_is_counted_up_to_a_limit() -> None:
    item = factories.variant_of(factories.product(stock=100))
    for _ in range(3):
        factories.order(item)
    with CaptureQueriesContext(connection) as queries:
        assert (list_numbers().unpaid, home_numbers().unpaid) == (3, 3)
    counts = [query["sql"] for query in queries if "counted" in query["sql"]]
    assert len(counts) == 2
    assert all(text.count(f"LIMIT {selectors.MOST_COUNTED + 1}") == 3 for text in counts)
