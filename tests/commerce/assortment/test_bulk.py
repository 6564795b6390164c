from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.errors import InvalidInput
from duli.commerce.assortment import services
from duli.commerce.assortment.price_rules import PriceRule, Rounding
from duli.commerce.assortment.types import CellEdit
from duli.commerce.catalogue.models import Product
from duli.commerce.pricing.models import Price
from duli.commerce.revisions.services import undo_change_set
from tests import factories
from tests.factories import ACTOR

CNY = "CNY"


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (PriceRule(CNY, Decimal(-10)), (12800, None), (11520, None)),
        (PriceRule(CNY, Decimal("33.33")), (100, None), (133, None)),
        (PriceRule(CNY, amount=-500), (300, None), (0, None)),
        (PriceRule(CNY, Decimal(10), rounding=Rounding.NINES), (17020, None), (18900, None)),
        (PriceRule(CNY, Decimal(0), 34, Rounding.NINES), (1200, None), (1199, None)),
        (PriceRule(CNY, Decimal(5), rounding=Rounding.WHOLE), (999, None), (1000, None)),
        (PriceRule(CNY, Decimal(5), rounding=Rounding.FIVES), (999, None), (1050, None)),
        (PriceRule(CNY, Decimal(-20), keeps_former=True), (10000, None), (8000, 10000)),
        (PriceRule(CNY, Decimal(-20), keeps_former=True), (10000, 15000), (8000, 15000)),
        (PriceRule(CNY, Decimal(100)), (10000, 15000), (20000, None)),
        (PriceRule(CNY, rounding=Rounding.NINES), (10000, None), (9999, None)),
        (PriceRule("JPY", Decimal(10), rounding=Rounding.NINES), (1500, None), (1649, None)),
    ],
)
def test_a_rule_makes_one_price_of_another(
    rule: PriceRule, before: tuple[int, int | None], after: tuple[int, int | None]
) -> None:
    assert rule.applied(*before) == after


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 10**9),
    st.none() | st.integers(1, 10**9),
    st.decimals(-100, 1000, places=2),
    st.integers(-(10**6), 10**6),
    st.sampled_from(Rounding),
    st.booleans(),
)
def test_a_rule_never_makes_an_impossible_price(
    minor: int, over: int | None, percent: Decimal, amount: int, rounding: Rounding, keeps: bool
) -> None:
    former = minor + over if over else None
    after, then = PriceRule(CNY, percent, amount, rounding, keeps).applied(minor, former)
    assert after >= 0
    assert then is None or then > after
    if keeps and after < minor:
        assert then is not None
        assert then >= minor
    again, _ = PriceRule(CNY, rounding=rounding).applied(after, None)
    assert again == after, "rounding is not stable"


@pytest.fixture
def shop(db: None) -> None:
    factories.shop()


def prices(product: Product, currency: str = CNY) -> list[tuple[int, int | None]]:
    rows = Price.objects.filter(variant__product=product, price_list__currency=currency)
    return list(rows.order_by("variant__position").values_list("minor", "compare_at_minor"))


def test_prices_of_many_products_change_and_come_back(shop: None) -> None:
    products = [factories.product(price=minor, sizes=("S", "M")) for minor in (10000, 20000)]
    ids = [product.pk for product in products]
    rule = PriceRule(CNY, Decimal(-10), keeps_former=True)
    steps, count = services.preview_prices(product_ids=ids, rule=rule)
    assert (count, steps[0].variant, steps[0].before, steps[0].after) == (4, "S", 10000, 9000)
    dollars = prices(products[0], "USD")
    report = services.change_prices(product_ids=ids, rule=rule, actor=ACTOR)
    assert report.changed == 2
    assert prices(products[0]) == [(9000, 10000)] * 2
    assert prices(products[0], "USD") == dollars
    undo_change_set(change_set_id=report.change_set_id, actor=ACTOR)
    assert prices(products[0]) == [(10000, None)] * 2


def test_tags_categories_collections_and_brands_are_given(shop: None) -> None:
    from duli.commerce.catalogue.services import save_category, save_collection

    products = [factories.product(tags=["old", "tea"]), factories.product(brand="Celadon")]
    category = save_category(name="Cups", actor=ACTOR)
    collection = save_collection(title="Gifts", actor=ACTOR)
    ids = [product.pk for product in products]
    report = services.organise_products(
        product_ids=ids, actor=ACTOR, add_tags=["gift"], remove_tags=["old"], add_category_id=category.pk,
        add_collection_id=collection.pk, brand="Celadon",
    )  # fmt: skip
    assert report.changed == 2
    assert sorted(products[0].tags.values_list("name", flat=True)) == ["gift", "tea"]
    assert set(category.product_links.values_list("product_id", flat=True)) == set(ids)
    assert set(collection.memberships.values_list("product_id", flat=True)) == set(ids)
    assert Product.objects.filter(brand__name="Celadon").count() == 2
    undo_change_set(change_set_id=report.change_set_id, actor=ACTOR)
    assert sorted(products[0].tags.values_list("name", flat=True)) == ["old", "tea"]
    with pytest.raises(InvalidInput):
        services.organise_products(product_ids=ids, actor=ACTOR, add_category_id=999)


def test_products_are_scheduled(shop: None) -> None:
    product = factories.product(status="draft")
    first, last = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
    services.schedule_products(product_ids=[product.pk], visible_from=first, hidden_from=last, actor=ACTOR)
    product.refresh_from_db()
    assert (product.status, product.published_at, product.unpublished_at) == ("active", first, last)
    with pytest.raises(InvalidInput):
        services.schedule_products(product_ids=[product.pk], visible_from=last, hidden_from=first, actor=ACTOR)


def test_a_cell_somebody_changed_meanwhile_refuses_its_product_alone(shop: None) -> None:
    first, second = factories.product("甲", price=100), factories.product("乙", price=100)
    edits = [
        CellEdit(first.pk, ("product", "title"), "甲甲", "另一个"),
        CellEdit(second.pk, ("product", "title"), "乙乙", "乙"),
        CellEdit(second.pk, ("variant", str(factories.variant_of(second).pk), "sku"), "NEW", "stale"),
    ]
    report = services.edit_cells(edits=edits, actor=ACTOR)
    assert (report.changed, [entry.error.code for entry in report.refused]) == (0, ["cell_changed"] * 2)
    report = services.edit_cells(edits=edits[1:2], actor=ACTOR)
    assert report.changed == 1
    second.refresh_from_db()
    assert (second.title, second.version) == ("乙乙", 2)


def test_a_taken_sku_refuses_its_product_and_not_the_others(shop: None) -> None:
    first, second = factories.product(), factories.product()
    taken = factories.variant_of(factories.product()).sku
    edits = []
    for product, sku in ((first, taken), (second, "FREE")):
        variant = factories.variant_of(product)
        edits.append(CellEdit(product.pk, ("variant", str(variant.pk), "sku"), sku, variant.sku))
    report = services.edit_cells(edits=edits, actor=ACTOR)
    assert (report.changed, report.refused[0].error.code) == (1, "sku_taken")
    assert factories.variant_of(second).sku == "FREE"
    assert factories.variant_of(first).sku != taken


def test_deleting_several_leaves_the_orders(shop: None) -> None:
    order = factories.order()
    ids = list(Product.objects.values_list("pk", flat=True))
    assert services.delete_products(product_ids=[*ids, 9999], actor=ACTOR) == len(ids)
    assert order.lines.count() == 1


def test_prices_of_many_products_cost_the_statements_of_a_few(shop: None) -> None:
    products = [factories.product(price=10_000) for _ in range(12)]
    rule = PriceRule(CNY, Decimal(-10))

    def cost(rows: list[Product]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert services.change_prices(product_ids=[row.pk for row in rows], rule=rule, actor=ACTOR).changed == len(
                rows
            )
        return len(queries)

    cost(products[:2])
    few = cost(products[:2])
    assert cost(products[2:]) <= few + 2


def test_one_impossible_price_keeps_no_other_from_being_saved(shop: None) -> None:
    first, second = factories.product(price=10_000), factories.product(price=20_000)
    edits = [
        CellEdit(row.pk, ("variant", str(row.variants.get().pk), "price", CNY), value, [seen, None])
        for row, seen, value in ((first, 10_000, [-1, None]), (second, 20_000, [7, None]))
    ]
    report = services.edit_cells(edits=edits, actor=ACTOR)
    assert (report.changed, [entry.product_id for entry in report.refused]) == (1, [first.pk])
    assert list(Price.objects.filter(price_list__currency=CNY).order_by("pk").values_list("minor", flat=True)) == [
        10_000,
        7,
    ]
