from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.commerce.catalogue import services as catalogue
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view, checkout_view
from duli.commerce.checkout.types import CartView, PlaceOrder, PriceChanged
from duli.commerce.customers.selectors import person_of
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import cancel, merge, split
from duli.commerce.orders.types import FulfilLine
from duli.commerce.promotions import services
from duli.commerce.promotions.holders import PromotionUses
from duli.commerce.promotions.models import Claim, Code, Counter, Promotion, Use
from duli.commerce.promotions.selectors import snapshot
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import look_now
from tests import factories

pytestmark = pytest.mark.django_db

TEN_PERCENT = {"kind": "percent", "points": 1000}
LADDER = {
    "kind": "ladder",
    "steps": [
        {"at": {"CNY": 20000}, "amount": {"CNY": 2000}},
        {"at": {"CNY": 30000}, "amount": {"CNY": 5000}},
    ],
}


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def save(rules: dict[str, Any], **values: Any) -> Promotion:
    name = values.pop("name", "秋季满减")
    return services.save_promotion(draft=PromotionDraft(name=name, rules=rules, **values), actor=factories.ACTOR)


def view(token: str) -> CartView:
    # In a test nothing is committed, so nobody is told that something changed.
    look_now()
    return cart_view(token, factories.market(), "zh-hans")


def test_a_cart_gets_it_at_once_and_is_told_what_is_missing() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=20))
    token = factories.cart(tea, quantity=2).token
    assert view(token).quote.discount.minor == 0
    row = save(LADDER)
    found = view(token).quote
    assert found.discount.minor == 2000
    assert [
        (entry.promotion.id, entry.promotion.version, entry.missing.short) for entry in found.outcomes if entry.missing
    ] == [(row.pk, 1, 10000)]
    services.save_promotion(draft=PromotionDraft(name="x", rules=TEN_PERCENT), promotion_id=row.pk, actor="user:1")
    assert view(token).quote.discount.minor == 2000
    assert view(token).quote.outcomes[0].promotion.version == 2
    services.set_active(promotion_id=row.pk, active=False, actor="user:1")
    assert view(token).quote.outcomes == ()


def test_only_goods_in_scope_count() -> None:
    tea, cup = factories.product(price=10000), factories.product(price=8000)
    shelf = catalogue.save_collection(title="茶", actor=factories.ACTOR)
    catalogue.set_collection_products(collection_id=shelf.pk, product_ids=[tea.pk], actor=factories.ACTOR)
    token = factories.cart(factories.variant_of(tea), factories.variant_of(cup)).token
    save({**TEN_PERCENT, "scope": {"any_of": [f"collection:{shelf.pk}"]}})
    assert view(token).quote.discount.minor == 1000


def test_it_flips_on_the_second_without_a_job() -> None:
    tea = factories.variant_of(factories.product(price=10000))
    token = factories.cart(tea).token
    start = now() + timedelta(minutes=10)
    save(TEN_PERCENT, starts_at=start, ends_at=start + timedelta(minutes=5))
    found = []
    for moment in (start - timedelta(seconds=1), start, start + timedelta(minutes=5)):
        with frozen(moment):
            found.append(view(token).quote.discount.minor)
    assert found == [0, 1000, 0]


def test_what_was_shown_a_second_before_the_end_is_not_ordered_at_another_price() -> None:
    tea = factories.variant_of(factories.product(price=10000))
    cart = factories.ready_cart(tea)
    end = now() + timedelta(minutes=1)
    save(TEN_PERCENT, ends_at=end)
    shown = checkout_view(cart.token).cart.quote.total
    with frozen(end), pytest.raises(PriceChanged):
        checkout.place_order(request=PlaceOrder(cart_token=cart.token, shown_total=shown, actor="guest"))


def test_an_order_keeps_what_it_was_given_line_by_line() -> None:
    tea = factories.variant_of(factories.product(price=9999))
    cup = factories.variant_of(factories.product(price=5001))
    row = save({"kind": "amount", "amount": {"CNY": 1000}})
    order = factories.order(tea, cup)
    assert (order.subtotal_minor, order.discount_minor, order.total_minor) == (15000, 1000, 15200)
    kept = order.quote["promotions"]
    assert [(entry["id"], entry["version"], entry["amount"]) for entry in kept] == [(row.pk, 1, 1000)]
    assert sorted(kept[0]["lines"].values()) == [333, 667]
    assert sorted(order.lines.values_list("discount_minor", flat=True)) == [333, 667]


def test_first_orders_only() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=9))
    save({**TEN_PERCENT, "audience": {"order_number": 1}})
    assert factories.order(tea).discount_minor == 1000
    assert factories.order(tea).discount_minor == 0


def test_another_currency_is_converted_or_has_its_own() -> None:
    tea = factories.variant_of(factories.product(price=70000))
    token = factories.cart(tea, market_code="int").token
    save({"kind": "amount", "amount": {"CNY": 7000}})
    international = factories.market("int")
    assert cart_view(token, international, "en").quote.discount.minor == 0
    save({"kind": "amount", "amount": {"CNY": 7000, "USD": 900}})
    look_now()
    assert cart_view(token, international, "en").quote.discount.minor == 900


def test_quoting_asks_the_database_nothing_about_promotions_that_need_nothing() -> None:
    tea = factories.variant_of(factories.product(price=10000))
    token = factories.cart(tea).token
    view(token)
    with CaptureQueriesContext(connection) as before:
        view(token)
    for number in range(5):
        save(TEN_PERCENT, name=f"P{number}")
    view(token)
    with CaptureQueriesContext(connection) as after:
        assert len(view(token).quote.outcomes) == 5
    assert len(after) == len(before)


def test_what_ended_long_ago_is_not_read() -> None:
    row = save(TEN_PERCENT)
    Promotion.objects.filter(pk=row.pk).update(ends_at=now() - timedelta(days=1), starts_at=None)
    services.set_active(promotion_id=save(TEN_PERCENT).pk, active=False, actor="user:1")
    assert snapshot("CNY", "zh-hans").promotions == ()


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"kind": "magic"}, "kind"),
        ([], "rules"),
        ({"kind": "percent", "points": 10001}, "percent"),
        ({"kind": "percent", "points": True}, "percent"),
        ({"kind": "percent", "points": 5, "scope": {"any_of": ["product:0"]}}, "scope"),
        ({"kind": "percent", "points": 5, "scope": {"any_of": "product:1"}}, "scope"),
        ({"kind": "amount", "amount": {"CNY": -1}}, "amount"),
        ({"kind": "amount", "amount": {"CNY": 0}}, "amount"),
        ({"kind": "amount", "amount": {"XXQ": 5}}, "currency"),
        ({"kind": "amount", "amount": {"CNY": 10**13}}, "amount"),
        ({"kind": "ladder", "steps": []}, "steps"),
        ({"kind": "ladder", "steps": [*reversed(LADDER["steps"])]}, "steps"),
        ({"kind": "ladder", "repeats": True, "steps": LADDER["steps"]}, "steps"),
        ({"kind": "bundle", "parts": [], "amount": {"CNY": 1}}, "parts"),
        ({"kind": "buy_get", "buy": {"quantity": 0}, "get": {}}, "quantity"),
        ({**TEN_PERCENT, "audience": {"tags": ["a\x00"]}}, "tags"),
        ({**TEN_PERCENT, "needs": "all"}, "needs"),
    ],
)
def test_rules_that_make_no_sense_are_refused_and_change_nothing(rules: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save(rules)
    assert refused.value.params == {"field": field}
    assert not Promotion.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"stacking": "group"}, "group"),
        ({"stacking": "never"}, "stacking"),
        ({"limit_total": 0}, "most"),
        ({"priority": -1}, "priority"),
    ],
)
def test_so_are_other_values(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save(TEN_PERCENT, **values)
    assert refused.value.params == {"field": field}


def test_whoever_is_forgotten_leaves_what_all_share_to_be_given_back() -> None:
    row = services.save_promotion(
        draft=PromotionDraft(name="九折", rules={"kind": "percent", "points": 1000}, limit_total=5, limit_customer=1),
        actor=factories.ACTOR,
    )
    look_now()
    order = factories.order()
    used = {counter.key.partition(":")[0]: counter.used for counter in Counter.objects.filter(promotion=row)}
    assert used == {"all": 1, "contact": 1}
    PromotionUses().erase(person_of(order.customer_id or 0))
    assert Use.objects.get().counted == ["all"]
    services.give_back(reference=order.reference)
    assert [(counter.key, counter.used) for counter in Counter.objects.filter(promotion=row)] == [("all", 0)]


def once_and_divided() -> tuple[Order, Order]:
    """An order that used a code good for one order, and the half that was split off."""
    row = save(TEN_PERCENT, needs_code=True, limit_customer=1)
    services.add_code(promotion_id=row.pk, text="ONCE", limit=1, actor=factories.ACTOR)
    things = [factories.variant_of(factories.product(price=10000, stock=9)) for _ in range(2)]
    cart = factories.ready_cart(*things)
    checkout.apply_code(token=cart.token, code="ONCE")
    order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    line = order.lines.all()[0]
    return order, split(order_id=order.pk, lines=[FulfilLine(line.pk, 1)], actor=factories.ACTOR)


@pytest.mark.parametrize("first", [0, 1])
def test_half_of_a_divided_order_gives_nothing_back_and_the_last_half_does(first: int) -> None:
    halves = once_and_divided()
    code = Code.objects.get()
    cancel(order_id=halves[first].pk, reason="customer", actor=factories.ACTOR)
    code.refresh_from_db()
    assert (code.used, Use.objects.get().returned_at) == (1, None)
    cancel(order_id=halves[1 - first].pk, reason="customer", actor=factories.ACTOR)
    code.refresh_from_db()
    assert code.used == 0
    assert set(Counter.objects.values_list("used", flat=True)) == {0}


def test_a_half_that_went_into_another_order_still_uses_it() -> None:
    one, other = once_and_divided()
    third = factories.order(factories.variant_of(factories.product(price=5000, stock=9)))
    merge(order_id=third.pk, other_ids=[other.pk], actor=factories.ACTOR)
    cancel(order_id=one.pk, reason="customer", actor=factories.ACTOR)
    assert Code.objects.get().used == 1
    cancel(order_id=third.pk, reason="customer", actor=factories.ACTOR)
    assert Code.objects.get().used == 0


def test_who_had_the_price_of_a_first_order_is_told_so_before_ordering() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=9))
    save({**TEN_PERCENT, "audience": {"order_number": 1}})
    order = factories.order(tea)
    assert order.discount_minor == 1000
    token = factories.ready_cart(tea).token
    # Somebody whose number or address is another by now is found by what was claimed.
    Order.objects.filter(pk=order.pk).update(customer=None)
    assert view(token).quote.discount.minor == 0
    cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    assert view(token).quote.discount.minor == 1000


def test_claims_go_with_whom_they_are_of() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=9))
    save({**TEN_PERCENT, "audience": {"order_number": 1}})
    order = factories.order(tea)
    assert Claim.objects.count() == 1
    assert order.customer_id
    PromotionUses().erase(person_of(order.customer_id))
    assert not Claim.objects.exists()
