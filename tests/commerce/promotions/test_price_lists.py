"""A price list: prices of some variants, by quantity, for a group or a market; page, cart and order agree."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.errors import InvalidInput
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.customers.models import CustomerTag
from duli.commerce.customers.services import customer_for_guest
from duli.commerce.orders import services as orders
from duli.commerce.orders.editing import AddedLine, EditResult, EditWish
from duli.commerce.orders.services.edit import edit_reduction, preview_edit
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Promotion
from duli.commerce.promotions.rules import MOST_ROWS
from duli.commerce.promotions.shelf import Shopper, shelf_views
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def row(variant: Variant, minor: int, at: int = 1) -> dict[str, Any]:
    return {"variant": variant.pk, "product": variant.product_id, "at": at, "amount": {"CNY": minor}}


def save(rows: list[dict[str, Any]], **audience: Any) -> Promotion:
    draft = PromotionDraft(name="批发价", rules={"kind": "table", "rows": rows, "audience": audience})
    found = services.save_promotion(draft=draft, actor=factories.ACTOR)
    look_now()
    return found


def on_page(variant: Variant, *tags: str, market: str = "cn") -> tuple[int, tuple[tuple[int, int], ...]]:
    shopper = Shopper(market, "CNY", "zh-hans", bool(tags), frozenset(tags))
    view = shelf_views([variant.product_id], shopper).get(variant.product_id, {}).get(variant.pk)
    return (view.price.price.minor, tuple((at, price.minor) for at, price in view.tiers)) if view else (0, ())


def in_cart(variant: Variant, quantity: int, customer_id: int | None = None) -> int:
    cart = factories.cart(variant, quantity=quantity)
    cart.customer_id = customer_id
    cart.save()
    (line,) = cart_view(cart.token, factories.market(), "zh-hans").lines
    checkout.remove_line(token=cart.token, line_id=line.id)
    cart.delete()
    return line.unit_price.minor if line.unit_price else 0


def test_page_cart_and_order_ask_the_price_of_the_list_by_quantity() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=500))
    pot = factories.variant_of(factories.product(price=30000, stock=500))
    row_ = save([row(tea, 9000), row(tea, 7000, 10), row(tea, 6000, 50)])
    assert row_.on_shelf
    assert on_page(tea) == (9000, ((1, 9000), (10, 7000), (50, 6000)))
    assert on_page(pot) == (0, ())
    assert [in_cart(tea, quantity) for quantity in (1, 9, 10, 50)] == [9000, 9000, 7000, 6000]
    assert in_cart(pot, 10) == 30000
    filled = factories.ready_cart(tea, quantity=10)
    order = checkout.place_order(request=PlaceOrder(filled.token, None, "guest"))
    assert order.lines.get().unit_price_minor == 7000


def test_a_list_is_for_its_group_alone() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=500))
    save([row(tea, 8000)], tags=["批发"])
    mei = customer_for_guest(name="梅", email="mei@example.com", phone="", language="zh-hans")
    assert (in_cart(tea, 1), in_cart(tea, 1, mei.pk), on_page(tea)) == (10000, 10000, (0, ()))
    CustomerTag.objects.create(customer=mei, name="批发")
    assert (in_cart(tea, 1), in_cart(tea, 1, mei.pk)) == (10000, 8000)
    assert on_page(tea, "批发") == (8000, ())


def test_a_list_is_for_its_market_alone() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=500))
    save([row(tea, 8000)], markets=["cn"])
    assert (on_page(tea)[0], on_page(tea, market="intl")[0]) == (8000, 0)


def test_a_list_tells_variants_apart_and_never_raises_a_price() -> None:
    chair = factories.product(price=10000, sizes=["小", "大"], stock=9)
    small, large = factories.variant_of(chair), factories.variant_of(chair, 1)
    save([row(small, 8000), row(large, 12000)])
    assert (on_page(small)[0], on_page(large)[0]) == (8000, 0)
    assert in_cart(large, 1) == 10000


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"variant": 1, "at": 1, "amount": {"CNY": 1}}],
        [{"variant": 0, "product": 1, "at": 1, "amount": {"CNY": 1}}],
        [{"variant": 1, "product": 1, "at": 0, "amount": {"CNY": 1}}],
        [{"variant": 1, "product": 1, "at": 1, "amount": {"CNY": -1}}],
        [{"variant": 1, "product": 1, "at": 1, "amount": {"XXQ": 1}}],
        [{"variant": 1, "product": 1, "at": 1, "amount": {"CNY": 1}}] * 2,
        [{"variant": n, "product": 1, "at": 1, "amount": {"CNY": 1}} for n in range(1, MOST_ROWS + 2)],
        "rows",
    ],
)
def test_tables_that_are_none_are_refused(rows: Any) -> None:
    with pytest.raises(InvalidInput):
        save(rows)


def test_a_long_list_costs_no_query_more_than_a_short_one() -> None:
    goods = [factories.variant_of(factories.product(price=10000)) for _ in range(3)]
    counts = []
    for many in (1, 1, 3):
        Promotion.objects.all().delete()
        save([row(variant, 9000) for variant in goods[:many]])
        with CaptureQueriesContext(connection) as queries:
            views = shelf_views([variant.product_id for variant in goods], Shopper("cn", "CNY", "zh-hans"))
        assert len(views) == many
        counts.append(len(queries))
    assert counts[1] == counts[2]


def each(result: EditResult) -> list[int]:
    return [line.unit_price.minor for line in result.quote.lines]


def test_an_edit_goes_on_in_the_list_up_and_down_and_nobody_gives_anything_away() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    order = factories.order(tea)
    line = order.lines.get()
    save([row(tea, 7000, 10), row(tea, 6000, 50)])
    wish = EditWish(quantities={line.pk: 12})
    found = preview_edit(order_id=order.pk, wish=wish)
    assert each(found) == [7000]
    assert found.listed[str(line.pk)].because == ("批发价",)
    assert edit_reduction(order_id=order.pk, wish=wish) == 0
    changed = orders.edit_order(order_id=order.pk, wish=wish, version=order.version, actor=factories.ACTOR)
    assert changed.lines.get().unit_price_minor == 7000
    assert each(preview_edit(order_id=order.pk, wish=EditWish(quantities={line.pk: 50}))) == [6000]
    assert each(preview_edit(order_id=order.pk, wish=EditWish(quantities={line.pk: 2}))) == [10000]


def test_what_is_added_counts_together_with_what_is_there() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    order = factories.order(tea)
    save([row(tea, 7000, 10)])
    wish = EditWish(additions=[AddedLine(tea.pk, 9)])
    found = preview_edit(order_id=order.pk, wish=wish)
    # What is there and does not change keeps what it cost.
    assert each(found) == [10000, 7000]
    assert found.listed["new:0"].because == ("批发价",)
    assert edit_reduction(order_id=order.pk, wish=wish) == 0
    assert each(preview_edit(order_id=order.pk, wish=EditWish(additions=[AddedLine(tea.pk, 8)]))) == [10000, 10000]


def test_a_price_that_somebody_named_stays() -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    order = factories.order(tea)
    line = order.lines.get()
    save([row(tea, 7000, 10)])
    kept = EditWish(quantities={line.pk: 12}, prices={line.pk: 10000})
    assert each(preview_edit(order_id=order.pk, wish=kept)) == [10000]
    orders.edit_order(order_id=order.pk, wish=EditWish(prices={line.pk: 11000}), version=order.version, actor="staff")
    assert each(preview_edit(order_id=order.pk, wish=EditWish(quantities={line.pk: 12}))) == [11000]
    low = EditWish(quantities={line.pk: 12}, prices={line.pk: 5000})
    assert edit_reduction(order_id=order.pk, wish=low) > 0


def test_a_list_for_a_group_is_for_its_orders_alone_and_thirty_lines_cost_the_statements_of_one() -> None:
    teas = [factories.variant_of(factories.product(price=10000, stock=None)) for _ in range(30)]
    save([row(tea, 7000, 10) for tea in teas], tags=["批发"])
    order = factories.order(*teas)
    (first, *_rest) = order.lines.all()
    assert each(preview_edit(order_id=order.pk, wish=EditWish(quantities={first.pk: 12})))[0] == 10000
    buyer = people.member()
    CustomerTag.objects.create(customer=buyer, name="批发")
    order.customer = buyer
    order.save(update_fields=["customer"])

    def statements(lines: list[Any]) -> int:
        look_now()
        with CaptureQueriesContext(connection) as found:
            result = preview_edit(order_id=order.pk, wish=EditWish(quantities={line.pk: 12 for line in lines}))
        assert each(result).count(7000) == len(lines)
        return len(found)

    lines = list(order.lines.all())
    statements(lines)  # what a process asks for once
    assert statements(lines[:1]) == statements(lines)
