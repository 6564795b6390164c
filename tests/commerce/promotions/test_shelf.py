"""Promotions that are prices: the same on the page, in listings, in the cart and in the order, in the same second."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.shelf import shelved_cards, shelved_detail
from duli.commerce.catalogue.models import Product
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.customers.models import Customer, CustomerTag
from duli.commerce.pricing.history import shown_former
from duli.commerce.pricing.models import Cost, PriceChange
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Promotion, Use
from duli.commerce.promotions.services.history import write_price_history
from duli.commerce.promotions.shelf import Shopper, next_turn
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import look_now
from tests import factories

pytestmark = pytest.mark.django_db
TENTH = {"kind": "percent", "points": 1000}
SHOPPER = Shopper("cn", "CNY", "zh-hans")


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def save(rules: dict[str, Any], **values: Any) -> Promotion:
    draft = PromotionDraft(**{"name": "限时", "rules": rules, "on_shelf": True, **values})
    row = services.save_promotion(draft=draft, actor=factories.ACTOR)
    look_now()
    return row


def shown(item: Product, shopper: Shopper = SHOPPER) -> list[tuple[int, int | None]]:
    """Return price and former price on the product's page and on its card."""
    detail = assortment.product_detail(item.handle, language=shopper.language, currency=shopper.currency)
    assert detail is not None
    variant = shelved_detail(detail, shopper).variants[0]
    card = shelved_cards(assortment.cards([item.pk], language=shopper.language, currency=shopper.currency), shopper)[0]
    return [
        (view.price.minor if view.price else 0, view.compare_at.minor if view.compare_at else None)
        for view in (variant, card)
    ]


def in_cart(cart: Cart) -> tuple[int, int]:
    look_now()
    found = cart_view(cart.token, factories.market(), "zh-hans")
    return found.quote.subtotal.minor, found.quote.discount.minor


def test_page_card_cart_and_order_flip_in_the_same_second() -> None:
    tea = factories.product(price=10000)
    start = now() + timedelta(minutes=10)
    row = save(TENTH, starts_at=start, ends_at=start + timedelta(minutes=5))
    cart = factories.ready_cart(factories.variant_of(tea))
    seen = []
    for moment in (start - timedelta(seconds=1), start, start + timedelta(minutes=5)):
        with frozen(moment):
            seen.append((shown(tea), in_cart(cart)))
    plain = ([(10000, None)] * 2, (10000, 0))
    assert seen == [plain, ([(9000, 10000)] * 2, (9000, 0)), plain]
    with frozen(start):
        assert next_turn(SHOPPER) == row.ends_at
        order = factories.order(factories.variant_of(tea))
    assert (order.subtotal_minor, order.discount_minor, order.lines.get().unit_price_minor) == (9000, 0, 9000)
    # What it gave is counted like any other.
    assert Use.objects.values_list("promotion", "amount_minor").get() == (row.pk, 1000)
    assert order.quote["promotions"][0]["is_price"] is True


def test_a_discount_comes_off_the_sale_price_and_may_leave_reduced_goods_alone() -> None:
    tea, cup = factories.product(price=10000), factories.product(price=5000)
    save(TENTH | {"scope": {"any_of": [f"product:{tea.pk}"]}})
    cart = factories.cart(factories.variant_of(tea), factories.variant_of(cup))
    row = save({"kind": "percent", "points": 5000, "scope": {"none_of": ["price:reduced"]}}, on_shelf=False)
    assert in_cart(cart) == (14000, 2500)
    services.save_promotion(
        draft=PromotionDraft(name="x", rules={"kind": "percent", "points": 5000}),
        promotion_id=row.pk, actor=factories.ACTOR,
    )  # fmt: skip
    assert in_cart(cart) == (14000, 7000)


def test_prices_by_quantity_are_shown_and_reckoned_by_kind() -> None:
    tea = factories.product(price=10000)
    variant = factories.variant_of(tea)
    save({"kind": "tiers", "steps": [{"at": 3, "points": 1000}, {"at": 10, "amount": {"CNY": 7000}}]})
    assert shown(tea) == [(10000, None)] * 2
    detail = assortment.product_detail(tea.handle, language="zh-hans", currency="CNY")
    assert detail is not None
    tiers = shelved_detail(detail, SHOPPER).variants[0].tiers
    assert [(units, price.minor) for units, price in tiers] == [(1, 10000), (3, 9000), (10, 7000)]
    assert [in_cart(factories.cart(variant, quantity=count))[0] for count in (2, 3, 10)] == [20000, 27000, 70000]


def test_members_see_and_pay_their_own_price() -> None:
    tea = factories.product(price=10000)
    save(TENTH | {"audience": {"tags": ["vip"]}})
    member = Shopper("cn", "CNY", "zh-hans", is_member=True, tags=frozenset({"vip"}))
    assert (shown(tea), shown(tea, member)) == ([(10000, None)] * 2, [(9000, 10000)] * 2)
    cart = factories.cart(factories.variant_of(tea))
    assert in_cart(cart) == (10000, 0)
    customer = Customer.objects.create(email="lin@example.com", created_at=now())
    CustomerTag.objects.create(customer=customer, name="vip")
    Cart.objects.filter(pk=cart.pk).update(customer=customer)
    assert in_cart(cart) == (9000, 0)


def test_it_never_goes_below_the_cost_and_the_margin() -> None:
    tea = factories.product(price=10000)
    Cost.objects.create(variant=factories.variant_of(tea), currency="CNY", minor=8000)
    save({"kind": "percent", "points": 5000}, floor_points=1000)
    assert shown(tea)[0] == (8800, 10000)
    cart = factories.cart(factories.variant_of(tea))
    save({"kind": "percent", "points": 5000}, on_shelf=False, floor_points=500)
    assert in_cart(cart) == (8800, 400)


@pytest.mark.parametrize(
    "draft",
    [
        {"rules": {"kind": "amount", "amount": {"CNY": 100}}},
        {"rules": TENTH | {"needs": [{"quantity": 2}]}},
        {"rules": TENTH | {"audience": {"order_number": 1}}},
        {"rules": TENTH, "needs_code": True},
        {"rules": TENTH, "limit_total": 5},
    ],
)
def test_what_a_page_cannot_know_is_no_price(draft: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        save(**draft)
    assert refused.value.params == {"field": "on_shelf"}


def test_listings_ask_nothing_while_no_promotion_is_a_price_and_little_else() -> None:
    ids = [factories.product(price=1000 * number).pk for number in range(1, 9)]
    cards = assortment.cards(ids, language="zh-hans", currency="CNY")
    shelved_cards(cards, SHOPPER)
    with CaptureQueriesContext(connection) as none:
        assert shelved_cards(cards, SHOPPER) == cards
    assert len(none) == 0
    save(TENTH)
    first = shelved_cards(cards, SHOPPER)
    with CaptureQueriesContext(connection) as again:
        second = shelved_cards(cards, SHOPPER)
    assert len(again) == 0
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_a_budget_stops_it_and_comes_back_with_a_cancelled_order() -> None:
    from duli.commerce.orders import services as orders

    tea = factories.variant_of(factories.product(price=10000, stock=None))
    save(TENTH, on_shelf=False, budget_minor=1500)
    first, second = factories.order(tea), factories.order(tea)
    assert (first.discount_minor, second.discount_minor) == (1000, 1000)
    look_now()
    assert in_cart(factories.cart(tea)) == (10000, 0)
    orders.cancel(order_id=second.pk, reason="customer", actor="user:1")
    assert in_cart(factories.cart(tea)) == (10000, 1000)


def test_sales_leave_rows_in_the_history_of_prices_and_the_next_one_is_measured_by_them() -> None:
    tea = factories.product(price=10000)
    variant = factories.variant_of(tea)
    start = now() + timedelta(days=1)
    save({"kind": "percent", "points": 3000}, starts_at=start, ends_at=start + timedelta(days=2))
    save(TENTH | {"audience": {"members": True}})
    later = start + timedelta(days=5)
    for moment in (now(), start + timedelta(minutes=3), start + timedelta(minutes=9), start + timedelta(days=2)):
        with frozen(moment):
            write_price_history()
    rows = PriceChange.objects.filter(variant=variant, price_list__currency="CNY").order_by("changed_at", "pk")
    assert list(rows.values_list("minor", "changed_at"))[1:] == [(7000, start), (10000, start + timedelta(days=2))]
    save(TENTH, starts_at=later)
    with frozen(later):
        detail = assortment.product_detail(tea.handle, language="zh-hans", currency="CNY")
        assert detail is not None
        found = shelved_detail(detail, SHOPPER).variants[0]
        assert found.lowest_before is not None
        assert (found.price, found.lowest_before.minor) == (Money(9000, "CNY"), 7000)
        # Where reductions are checked, nothing is struck through: it was cheaper only just now.
        assert shown_former(found.price, found.compare_at, found.lowest_before, checked=True) is None


def test_what_the_page_promises_for_more_units_the_cart_keeps_to() -> None:
    tea = factories.product(price=10000, stock=50)
    Cost.objects.create(variant=factories.variant_of(tea), currency="CNY", minor=8000)
    steps = [{"at": 5, "points": 1000}, {"at": 10, "points": 5000}]
    save({"kind": "tiers", "steps": steps}, floor_points=0)
    detail = assortment.product_detail(tea.handle, language="zh-hans", currency="CNY")
    assert detail is not None
    promised = [(units, price.minor) for units, price in shelved_detail(detail, SHOPPER).variants[0].tiers]
    assert promised == [
        (units, in_cart(factories.cart(factories.variant_of(tea), quantity=units))[0] // units)
        for units, _price in promised
    ]
