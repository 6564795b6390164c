"""Segments: who fits is in, told by the same rules for one customer and for all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.customers import services
from duli.commerce.customers.models import Customer, CustomerTag, Segment
from duli.commerce.customers.segments import filter_of, fits
from duli.commerce.customers.selectors import facts_of, groups_of, in_segment, tags_of
from duli.commerce.customers.types import SegmentInUse, TooManySegments
from duli.commerce.promotions import services as promotions
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(shop: None) -> list[Customer]:
    """Customers who differ in all that rules ask for."""
    days = (None, 0, 5, 40, 200)
    found = []
    for number in range(20):
        ago = days[number % 5]
        customer = Customer.objects.create(
            name=f"C{number}",
            email=f"c{number}@example.com",
            language=("zh-hans", "en", "")[number % 3],
            country=("CN", "US", "DE", "")[number % 4],
            orders_count=0 if ago is None else number % 6 + 1,
            spent_minor=0 if ago is None else number * 5000,
            last_order_at=None if ago is None else now() - timedelta(days=ago),
            accepts_email=number % 2 == 0,
            accepts_sms=number % 3 == 0,
            created_at=now() - timedelta(days=number * 20),
        )
        for name in ("vip", "b2b")[: number % 3]:
            CustomerTag.objects.create(customer=customer, name=name)
        found.append(customer)
    return found


RULES: list[dict[str, Any]] = [
    {"orders_from": 2},
    {"orders_to": 0},
    {"orders_from": 1, "orders_to": 3},
    {"spent_from_minor": 30000, "spent_to_minor": 60000},
    {"ordered_days": 30},
    {"quiet_days": 30},
    {"ordered_days": 100, "quiet_days": 10},
    {"last_order_from": "2020-01-01", "last_order_to": "2099-12-31"},
    {"joined_days": 90},
    {"tags": ["b2b"]},
    {"without_tags": ["vip"]},
    {"tags": ["vip"], "without_tags": ["b2b"]},
    {"countries": ["CN", "DE"]},
    {"languages": ["en"]},
    {"accepts": ["email", "sms"]},
    {"orders_from": 1, "accepts": ["email"], "countries": ["CN", "DE"], "quiet_days": 3},
]


@pytest.mark.parametrize("rules", RULES)
def test_one_customer_and_all_of_them_are_told_the_same(crowd: list[Customer], rules: dict[str, Any]) -> None:
    all_of_them = set(in_segment(rules).values_list("pk", flat=True))
    wanted = filter_of(rules, now())
    assert {row.pk for row in crowd if fits(wanted, facts_of(row, tags_of(row.pk)))} == all_of_them
    assert 0 < len(all_of_them) < len(crowd)


def segment(name: str = "常客", **rules: Any) -> Segment:
    row = services.save_segment(name=name, rules=rules or {"orders_from": 2}, actor=factories.ACTOR)
    reset_caches()
    return row


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({}, "rules"),
        ([], "rules"),
        ({"orders_from": 0}, "orders_from"),
        ({"orders_from": True}, "orders_from"),
        ({"orders_from": 3, "orders_to": 2}, "orders_to"),
        ({"spent_from_minor": 10**13}, "spent_from_minor"),
        ({"ordered_days": 10, "quiet_days": 10}, "quiet_days"),
        ({"last_order_from": "soon"}, "last_order_from"),
        ({"last_order_from": "2026-02-01", "last_order_to": "2026-01-01"}, "last_order_to"),
        ({"tags": "vip"}, "tags"),
        ({"tags": ["a\x00"]}, "tags"),
        ({"tags": [" vip"]}, "tags"),
        ({"order_from": 2, "tags": ["vip"]}, "rules"),
        ({"accepts": ["fax"]}, "accepts"),
    ],
)
def test_rules_that_make_no_sense_are_refused(shop: None, rules: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.save_segment(name="x", rules=rules, actor=factories.ACTOR)
    assert refused.value.params == {"field": field}
    assert not Segment.objects.exists()


def test_a_name_stands_for_one_segment_and_there_are_not_endlessly_many(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment("常客")
    with pytest.raises(InvalidInput):
        segment("常客")
    monkeypatch.setattr("duli.commerce.customers.services.segments.MOST_SEGMENTS", 1)
    with pytest.raises(TooManySegments):
        segment("新客")


def promise(row: Segment, **values: Any) -> int:
    rules = {"kind": "percent", "points": 1000, "audience": {"tags": [row.reference]}}
    made = promotions.save_promotion(draft=PromotionDraft(name="老客九折", rules=rules, **values), actor="user:1")
    reset_caches()
    return made.pk


def test_a_discount_follows_who_is_in_the_segment_from_one_quote_to_the_next(shop: None) -> None:
    promise(segment(orders_from=1, quiet_days=30))
    customer = people.member()
    tea = factories.variant_of(factories.product(price=10000))
    token = factories.cart(tea).token
    assert cart_view(token, factories.market(), "zh-hans").quote.discount.minor == 0
    Cart.objects.filter(token=token).update(customer=customer)
    assert cart_view(token, factories.market(), "zh-hans").quote.discount.minor == 0
    Customer.objects.filter(pk=customer.pk).update(orders_count=1, last_order_at=now())
    found = []
    for days in (0, 29, 30):
        with frozen(now() + timedelta(days=days, minutes=1)):
            found.append(cart_view(token, factories.market(), "zh-hans").quote.discount.minor)
    assert found == [0, 0, 1000]


def test_so_does_a_price_on_the_page(shop: None) -> None:
    promise(segment(orders_from=1), on_shelf=True)
    customer = people.member()
    tea = factories.variant_of(factories.product(price=10000))
    token = factories.cart(tea).token
    Cart.objects.filter(token=token).update(customer=customer)
    assert cart_view(token, factories.market(), "zh-hans").quote.subtotal.minor == 10000
    Customer.objects.filter(pk=customer.pk).update(orders_count=1)
    assert cart_view(token, factories.market(), "zh-hans").quote.subtotal.minor == 9000


def test_thirty_segments_cost_what_one_costs_and_none_costs_nothing(shop: None) -> None:
    customer = people.member()

    def queries() -> int:
        groups_of(customer.pk)
        with CaptureQueriesContext(connection) as found:
            groups_of(customer.pk)
        return len(found)

    without = queries()
    segment("0")
    one = queries()
    for number in range(1, 30):
        segment(f"{number}")
    assert queries() == one == without + 1


def test_what_a_discount_asks_for_is_not_removed(shop: None) -> None:
    row = segment()
    discount = promise(row)
    with pytest.raises(SegmentInUse) as refused:
        services.delete_segment(segment_id=row.pk, actor=factories.ACTOR)
    assert "老客九折" in str(refused.value.params)
    promotions.delete_promotion(promotion_id=discount, actor=factories.ACTOR)
    services.delete_segment(segment_id=row.pk, actor=factories.ACTOR)
    assert not Segment.objects.exists()


def test_who_was_forgotten_is_in_no_segment(shop: None) -> None:
    row = segment(orders_to=5)
    customer = people.member()
    assert row.reference in groups_of(customer.pk)
    Customer.objects.filter(pk=customer.pk).update(erased_at=now())
    assert row.reference not in groups_of(customer.pk)
