"""What a discount would have given: the orders of the last days, quoted once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.forecast import Forecast, Instead, forecast
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.customers.services import save_segment
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.pricing.services import set_costs
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db
TEN = {"kind": "percent", "points": 1000}


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def told(rules: dict[str, Any], **values: Any) -> Forecast:
    reset_caches()
    return forecast(services.drafted(draft=PromotionDraft(name="x", rules=rules, **values)), "zh-hans")


def test_it_says_how_many_orders_would_have_got_how_much_and_saves_nothing() -> None:
    tea, cup = (factories.variant_of(factories.product(price=price, stock=None)) for price in (10000, 3000))
    factories.order(tea)
    factories.order(tea, cup)
    gone = factories.order(tea)
    orders.cancel(order_id=gone.pk, reason="customer", actor="user:1")
    old = factories.order(tea)
    Order.objects.filter(pk=old.pk).update(placed_at=now() - timedelta(days=29))
    found = told({**TEN, "needs": [{"amount": {"CNY": 12000}}]})
    assert (found.orders, found.reached, found.given, found.goods) == (2, 1, Money(1300, "CNY"), Money(13000, "CNY"))
    assert (found.margin_before, found.known_percent, found.cut) == (None, 0, False)
    # Its own time, its code and its being a price do not matter.
    later = now() + timedelta(days=9)
    assert told(TEN, needs_code=True, starts_at=later).given.minor == 2300
    assert told({**TEN, "scope": {"any_of": [f"product:{tea.product_id}"]}}, on_shelf=True).given.minor == 2000
    assert told({"kind": "shipping"}).given.minor == 2400
    assert not Promotion.objects.exists()


def test_it_says_what_is_left_of_the_margin() -> None:
    tea, cup = (factories.variant_of(factories.product(price=10000, stock=None)) for _ in range(2))
    set_costs(costs={tea.pk: Money(6000, "CNY")})
    factories.order(tea, cup)
    found = told(TEN)
    assert (found.given.minor, found.known_percent) == (2000, 50)
    line = Order.objects.get().lines.get(variant=tea)
    net = line.total_minor - line.tax_minor
    assert found.margin_before == round((net - 6000) * 100 / net)
    after = 9000 * net // line.total_minor
    assert found.margin_after == round((after - 6000) * 100 / after)


def test_limits_hold_as_they_would_have() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    for _ in range(3):
        factories.order(tea)
    assert told(TEN, limit_total=2).reached == 2
    assert told(TEN, limit_customer=1).reached == 1
    assert told(TEN, limit_day=1).reached == 1
    # The order that reaches the budget still gets all of it, as in the cart.
    assert told(TEN, budget_minor=1500).given.minor == 2000


def test_it_knows_for_whom_it_is() -> None:
    people.rules(has_tiers=True)
    gold = people.tier("金卡", 0)
    buyer = people.member()
    people.buy(buyer)
    people.buy(buyer)
    factories.order()
    segment = save_segment(name="常客", rules={"orders_from": 2}, actor=factories.ACTOR)
    for audience, reached in (
        ({}, 3),
        ({"members": True}, 2),
        ({"order_number": 1}, 2),
        ({"order_number": 2}, 1),
        ({"tags": [segment.reference]}, 2),
        ({"tags": [gold.reference]}, 2),
        ({"tags": ["vip"]}, 0),
        ({"markets": ["int"]}, 0),
        ({"sources": ["storefront"]}, 3),
        ({"payments": ["bank_transfer"]}, 3),
        ({"referrals": ["friend"]}, 0),
    ):
        assert told({**TEN, "audience": audience}).reached == reached, audience
    points = told({"kind": "points", "times": 200})
    assert (points.reached, points.given.minor, points.more_points) == (2, 0, True)


def test_thirty_orders_are_read_with_the_statements_of_one() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    save_segment(name="常客", rules={"orders_from": 1}, actor=factories.ACTOR)
    rules = {**TEN, "audience": {"order_number": 1, "tags": ["vip"], "referrals": ["friend"]}}

    def queries() -> int:
        row = services.drafted(draft=PromotionDraft(name="x", rules=rules))
        forecast(row, "en")
        with CaptureQueriesContext(connection) as found:
            forecast(row, "en")
        return len(found)

    people.buy(people.member(), tea)
    one = queries()
    for _ in range(8):
        people.buy(people.member(), tea)
    assert queries() == one


def running(name: str, rules: dict[str, Any], **values: Any) -> Promotion:
    return services.save_promotion(draft=PromotionDraft(name=name, rules=rules, **values), actor=factories.ACTOR)


def test_it_reckons_with_what_runs_beside_it() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    set_costs(costs={tea.pk: Money(2000, "CNY")})
    factories.order(tea)
    factories.order(tea)
    alone = told(TEN)
    assert (alone.given.minor, alone.more.minor, alone.others, alone.instead) == (2000, 2000, 0, ())
    running("满减", {"kind": "amount", "amount": {"CNY": 5000}}, priority=1)
    running("明天", TEN, starts_at=now() + timedelta(days=1))
    running("昨天", TEN, ends_at=now() - timedelta(days=1))
    beside = told(TEN)
    # It comes after the other and sees what is left; margins are those with the other before and after.
    assert (beside.given.minor, beside.more.minor, beside.others) == (1000, 1000, 1)
    assert beside.margin_before is not None
    assert alone.margin_before is not None
    assert beside.margin_before < alone.margin_before


def test_what_gives_way_is_named_and_taken_off() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    factories.order(tea)
    other = running("八折", {"kind": "percent", "points": 2000}, stacking="group", group="sale")
    better = told({"kind": "percent", "points": 3000}, stacking="group", group="sale")
    assert (better.reached, better.given.minor, better.more.minor) == (1, 3000, 1000)
    assert better.instead == (Instead("八折", 1),)
    assert told(TEN, stacking="group", group="sale").reached == 0
    # The stored one is not held against itself.
    reset_caches()
    again = forecast(other, "zh-hans")
    assert (again.others, again.given.minor, again.instead) == (0, 2000, ())


def test_codes_count_where_they_were_entered_and_shipping_is_what_it_was_before() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    coded = running("口令", {"kind": "shipping"}, needs_code=True)
    services.add_code(promotion_id=coded.pk, text="FREE", actor=factories.ACTOR)
    reset_caches()
    cart = factories.ready_cart(tea)
    checkout.apply_code(token=cart.token, code="FREE")
    order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    assert order.shipping_minor == 0
    factories.order(tea)
    found = told({"kind": "shipping"})
    # One order had it free already.
    assert (found.reached, found.given.minor, found.others) == (1, 1200, 1)


def test_time_bounds_how_many_orders_are_looked_at_but_never_below_twenty() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    for _ in range(22):
        factories.order(tea)
    row = services.drafted(draft=PromotionDraft(name="x", rules=TEN))
    reset_caches()
    hurried = forecast(row, "zh-hans", seconds=0)
    assert (hurried.orders, hurried.reached, hurried.cut) == (20, 20, True)
    whole = forecast(row, "zh-hans", seconds=60)
    assert (whole.orders, whole.cut) == (22, False)
