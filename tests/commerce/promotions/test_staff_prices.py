"""Goods that staff put into drafts and orders cost what the shopper would pay for them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.clock import now
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Draft
from duli.commerce.checkout.selectors import draft_view
from duli.commerce.customers.models import CustomerTag
from duli.commerce.orders import services as orders
from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.goods import goods, shopper_of
from duli.commerce.orders.services.edit import edit_reduction, preview_edit
from duli.commerce.promotions import services
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.flash_sales.made import sale
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def cut(points: int = 2000, **values: Any) -> int:
    audience = values.pop("audience", {})
    rules = {"kind": "percent", "points": points, "audience": audience}
    draft = PromotionDraft(name="限时八折", rules=rules, on_shelf=True, **values)
    row = services.save_promotion(draft=draft, actor=factories.ACTOR)
    reset_caches()
    return row.pk


def made(*variants: Any) -> Draft:
    draft = checkout.create_draft(market=factories.market(), language="zh-hans", actor=factories.ACTOR)
    for variant in variants:
        checkout.set_draft_line(draft_id=draft.pk, variant_id=variant.pk, quantity=2, actor=factories.ACTOR)
    return draft


def test_a_drafts_goods_have_the_prices_of_the_page_and_an_agreed_one_stays() -> None:
    tea, cup = (factories.variant_of(factories.product(price=10000)) for _ in range(2))
    draft = made(tea)
    checkout.set_draft_line(draft_id=draft.pk, variant_id=cup.pk, quantity=1, price_minor=9500, actor=factories.ACTOR)
    cut()
    lines = {line.variant_id: line for line in draft_view(draft.pk).cart.lines}
    prices = {pk: line.unit_price.minor for pk, line in lines.items() if line.unit_price}
    assert prices == {tea.pk: 8000, cup.pk: 9500}
    # What it costs without an agreement is the price of the page too.
    listed = lines[cup.pk].list_price
    assert listed is not None
    assert listed.minor == 8000
    quote = draft_view(draft.pk).cart.quote
    assert quote.subtotal.minor == 16000 + 9500
    # What it gave is known, as with any order.
    assert [entry.total.minor for entry in quote.outcomes] == [4000]
    # A sale is nothing that staff give away, so that nobody has to agree to it.
    assert draft_view(draft.pk).reduction == 0


def test_a_discount_on_a_drafts_line_is_never_more_than_it_costs() -> None:
    tea = factories.variant_of(factories.product(price=10000))
    draft = made()
    checkout.set_draft_line(
        draft_id=draft.pk, variant_id=tea.pk, quantity=1, discount_minor=9000, actor=factories.ACTOR
    )
    cut()
    quote = draft_view(draft.pk).cart.quote
    assert (quote.subtotal.minor, quote.discount.minor) == (8000, 8000)


def test_prices_for_groups_are_for_the_customer_of_the_draft() -> None:
    tea = factories.variant_of(factories.product(price=10000))
    draft = made(tea)
    cut(audience={"tags": ["vip"]})
    assert draft_view(draft.pk).cart.quote.subtotal.minor == 20000
    customer = people.member()
    CustomerTag.objects.create(customer=customer, name="vip")
    Draft.objects.filter(pk=draft.pk).update(customer=customer)
    assert draft_view(draft.pk).cart.quote.subtotal.minor == 16000


def test_an_edit_adds_goods_at_the_price_of_the_page_unless_another_is_named() -> None:
    tea, cup = (factories.variant_of(factories.product(price=10000, stock=None)) for _ in range(2))
    order = factories.order(tea)
    cut()
    wish = EditWish(additions=[AddedLine(cup.pk, 1)])
    assert preview_edit(order_id=order.pk, wish=wish).difference == 8000
    assert edit_reduction(order_id=order.pk, wish=wish) == 0
    named = EditWish(additions=[AddedLine(cup.pk, 1, 9000)])
    assert preview_edit(order_id=order.pk, wish=named).difference == 9000
    # What the order has already keeps its price.
    more = EditWish(quantities={order.lines.get().pk: 2})
    assert preview_edit(order_id=order.pk, wish=more).difference == 10000
    version = order.version
    changed = orders.edit_order(order_id=order.pk, wish=wish, version=version, actor=factories.ACTOR)
    assert changed.lines.get(variant=cup).unit_price_minor == 8000


def test_units_of_a_flash_sale_are_nothing_that_staff_give_away() -> None:
    tea = factories.variant_of(factories.product(price=10000))
    sale(tea)
    reset_caches()
    assert draft_view(made(tea).pk).cart.quote.subtotal.minor == 20000
    order = factories.order(factories.variant_of(factories.product()))
    found = goods([tea.pk], currency="CNY", language="zh-hans", at=now(), shopper=shopper_of(order))
    price = found[tea.pk].price
    assert price is not None
    assert price.minor == 10000


def test_thirty_goods_are_priced_with_the_statements_of_one() -> None:
    shopper = shopper_of(factories.order())
    cut()
    variants = [factories.variant_of(factories.product(price=10000)).pk for _ in range(30)]

    def queries(ids: list[int]) -> int:
        reset_caches()
        with CaptureQueriesContext(connection) as found:
            priced = goods(ids, currency="CNY", language="zh-hans", at=now(), shopper=shopper)
        assert {item.price.minor for item in priced.values() if item.price} == {8000}
        return len(found)

    assert queries(variants[:1]) == queries(variants)
