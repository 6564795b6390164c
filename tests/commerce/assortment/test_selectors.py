from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from duli.base.clock import frozen, now
from duli.commerce.assortment import selectors
from duli.commerce.assortment.types import Filters, Listing, Scope
from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import Product
from duli.commerce.catalogue.types import AttributeDraft, OptionDraft, OptionValueDraft, ProductDraft
from duli.commerce.inventory import services as inventory
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from duli.platform.store.changes import reset_caches
from duli.platform.store.translations import save_texts
from tests import factories
from tests.kept import kept

pytestmark = pytest.mark.django_db
COLOURS = ["红", "蓝", "绿"]
SIZES = ["S", "M", "L"]
BRANDS = ["Aalto", "Breuer", ""]
MATERIALS = ["木", "钢"]


def see_changes() -> None:
    """In a test's transaction nothing is ever committed, so the marks of change are followed by hand."""
    reset_caches()


def list_products(
    filters: Filters | None = None, *, scope: Scope | None = None, sort: str = "", page: int = 1, size: int = 24,
    language: str = "zh-hans", currency: str = "CNY",
) -> Listing:  # fmt: skip
    return selectors.listing(
        scope or Scope("all"),
        filters=filters or Filters(),
        sort=sort,
        page=page,
        language=language,
        currency=currency,
        page_size=size,
    )


@pytest.fixture
def shop() -> None:
    factories.shop()


class Row:
    """What a product is, kept beside it to count by brute force."""

    def __init__(
        self, pk: int, brand: str, colours: list[str], sizes: list[str], material: str, stock: int, price: int
    ):
        self.pk, self.brand, self.colours, self.sizes = pk, brand, colours, sizes
        self.material, self.stock, self.price = material, stock, price


_chairs: list[Row] = []


@kept
def chairs() -> None:
    factories.shop()
    chance = random.Random(7)
    _chairs.clear()
    services.save_attribute(code="material", name="材质", is_filterable=True)
    for _ in range(30):
        colours = chance.sample(COLOURS, chance.randint(1, 3))
        sizes = chance.sample(SIZES, chance.randint(1, 3))
        brand, material = chance.choice(BRANDS), chance.choice(MATERIALS)
        stock, price = chance.choice([0, 0, 3]), chance.randrange(1000, 90000, 500)
        product = services.save_product(
            draft=ProductDraft(
                title=f"椅 {price}",
                status="active",
                brand=brand,
                options=[
                    OptionDraft("颜色", [OptionValueDraft(name) for name in colours]),
                    OptionDraft("尺寸", [OptionValueDraft(name) for name in sizes]),
                ],
                attributes=[AttributeDraft("material", text=material)],
            ),
            actor="user:1",
        )
        ids = list(product.variants.values_list("pk", flat=True))
        pricing.set_prices(prices=[PriceInput(pk, "CNY", price) for pk in ids])
        for pk in ids:
            inventory.adjust(
                variant_id=pk, location_id=factories.location().pk, counted=stock, reason="initial", actor="user:1"
            )
        _chairs.append(Row(product.pk, brand, colours, sizes, material, stock, price))


@pytest.fixture
def rows() -> list[Row]:
    """Thirty chairs in a shop."""
    chairs()
    see_changes()
    return _chairs


def matches(row: Row, chosen: Filters, skip: str = "") -> bool:
    colours, sizes = chosen.options.get("颜色"), chosen.options.get("尺寸")
    materials = chosen.attributes.get("material")
    return all(
        [
            skip == "brand" or not chosen.brands or row.brand.lower() in chosen.brands,
            skip == "颜色" or not colours or bool(set(colours) & set(row.colours)),
            skip == "尺寸" or not sizes or bool(set(sizes) & set(row.sizes)),
            skip == "material" or not materials or row.material in materials,
            skip == "stock" or not chosen.in_stock or row.stock > 0,
            chosen.price_from is None or row.price >= chosen.price_from,
            chosen.price_to is None or row.price <= chosen.price_to,
        ]
    )


CHOICES = [
    Filters(),
    Filters(options={"颜色": ("红",)}),
    Filters(options={"颜色": ("红", "蓝"), "尺寸": ("M",)}),
    Filters(brands=("aalto",), in_stock=True),
    Filters(attributes={"material": ("木",)}, price_from=10000, price_to=60000),
    Filters(brands=("breuer",), options={"尺寸": ("S",)}, attributes={"material": ("钢",)}, in_stock=True),
]


@pytest.mark.parametrize("chosen", CHOICES)
def test_facet_counts_are_those_of_counting_by_hand(rows: list[Row], chosen: Filters) -> None:
    found = list_products(chosen, size=100)
    assert set(found.product_ids) == {row.pk for row in rows if matches(row, chosen)}
    assert found.total == len(found.product_ids)
    assert found.in_stock_count == sum(row.stock > 0 for row in rows if matches(row, chosen, "stock"))
    facets = {facet.name or facet.kind: {value.value: value.count for value in facet.values} for facet in found.facets}
    for name, values_of in (
        ("颜色", lambda row: row.colours),
        ("尺寸", lambda row: row.sizes),
        ("material", lambda row: [row.material]),
        ("brand", lambda row: [row.brand.lower()] if row.brand else []),
    ):
        counted = Counter(value for row in rows if matches(row, chosen, name) for value in values_of(row))
        shown = {value: count for value, count in facets.get(name, {}).items() if count}
        assert shown == {value: counted[value] for value in shown}
        assert not facets.get(name) or shown == dict(counted)


def test_every_sort_puts_each_product_in_its_place_once(rows: list[Row]) -> None:
    ascending = list_products(sort="price_ascending", size=100).product_ids
    price_of = {row.pk: row.price for row in rows}
    assert [price_of[pk] for pk in ascending] == sorted(price_of.values())
    descending = list_products(sort="price_descending", size=100).product_ids
    assert [price_of[pk] for pk in descending] == sorted(price_of.values(), reverse=True)
    newest = list_products(sort="newest", size=100).product_ids
    assert list(newest) == sorted(price_of, reverse=True)
    pages = [list_products(sort="title", page=page, size=7).product_ids for page in range(1, 6)]
    assert sorted(pk for page in pages for pk in page) == sorted(price_of)


def test_a_page_beyond_the_last_is_the_last(rows: list[Row]) -> None:
    found = list_products(page=999, size=7)
    assert (found.page, found.pages, len(found.product_ids)) == (5, 5, 2)


def test_a_listing_costs_no_statement_once_the_index_is_read(rows: list[Row], django_assert_num_queries) -> None:
    list_products()
    with django_assert_num_queries(0):
        list_products(Filters(options={"颜色": ("绿",)}))


def test_a_category_lists_what_is_below_it(shop: None) -> None:
    home = services.save_category(name="家", actor="user:1")
    chairs = services.save_category(name="椅", parent_id=home.pk, actor="user:1")
    below = factories.product(category_ids=[chairs.pk])
    factories.product()
    see_changes()
    assert list_products(scope=Scope("category", home.pk)).product_ids == (below.pk,)
    facets = list_products().facets
    assert not [facet for facet in facets if facet.kind == "category"], "one category is no choice"


def test_a_collection_keeps_the_order_it_was_given(shop: None) -> None:
    items = [factories.product() for _ in range(4)]
    collection = services.save_collection(title="精选", actor="user:1")
    wanted = [items[2].pk, items[0].pk, items[3].pk]
    services.set_collection_products(collection_id=collection.pk, product_ids=wanted, actor="user:1")
    see_changes()
    assert list(list_products(scope=Scope("collection", collection.pk)).product_ids) == wanted


def test_search_results_keep_the_order_of_relevance(shop: None) -> None:
    items = [factories.product() for _ in range(3)]
    hidden = factories.product(status="draft")
    wanted = (items[1].pk, hidden.pk, items[0].pk)
    found = list_products(scope=Scope("search", product_ids=wanted))
    assert found.product_ids == (items[1].pk, items[0].pk)


def test_only_what_is_on_sale_now_is_listed(shop: None) -> None:
    instant = now()
    later = factories.product(published_at=instant + timedelta(hours=1))
    ending = factories.product(unpublished_at=instant + timedelta(hours=2))
    factories.product(status="archived")
    see_changes()
    assert list_products().product_ids == (ending.pk,)
    with frozen(instant + timedelta(minutes=90)):
        assert set(list_products().product_ids) == {later.pk, ending.pk}
        assert {card.id for card in cards([later.pk, ending.pk])} == {later.pk, ending.pk}
    with frozen(instant + timedelta(minutes=150)):
        assert list_products().product_ids == (later.pk,)
        assert [card.id for card in cards([later.pk, ending.pk])] == [later.pk]


@pytest.mark.django_db(transaction=True)
def test_a_change_is_seen_at_once_by_reading_only_what_changed() -> None:
    factories.shop()
    item, other = factories.product(price=10000), factories.product(price=20000)
    assert list_products(sort="price_ascending").product_ids == (item.pk, other.pk)
    pricing.set_prices(prices=[PriceInput(factories.variant_of(item).pk, "CNY", 30000)])
    assert list_products(sort="price_ascending").product_ids == (other.pk, item.pk)
    assert str(cards([item.pk])[0].price) == "CNY 300.00"
    inventory.adjust(
        variant_id=factories.variant_of(other).pk, location_id=factories.location().pk, counted=0, reason="lost",
        actor="user:1",
    )  # fmt: skip
    assert list_products(Filters(in_stock=True)).product_ids == (item.pk,)
    assert not cards([other.pk])[0].in_stock
    services.set_product_status(product_ids=[item.pk], status="draft", actor="user:1")
    assert list_products().product_ids == (other.pk,)
    assert cards([item.pk]) == []
    services.delete_product(product_id=other.pk, actor="user:1")
    assert list_products().total == 0
    assert list_products(Filters(price_from=1)).total == 0


@pytest.mark.django_db(transaction=True)
def test_a_tag_given_later_is_filtered_by_at_once() -> None:
    factories.shop()
    item, _other = factories.product(), factories.product()
    assert list_products(Filters(tags=("linen",))).total == 0
    draft = ProductDraft(title=item.title, status="active", tags=["Linen"])
    services.save_product(draft=draft, product_id=item.pk, actor="user:1")
    assert list_products(Filters(tags=("linen",))).product_ids == (item.pk,)


def cards(ids: list[int], language: str = "zh-hans", currency: str = "CNY"):
    return selectors.cards(ids, language=language, currency=currency)


def test_cards_cost_the_same_for_one_and_for_thirty_products(shop: None) -> None:
    items = [factories.product(sizes=["S", "M"]) for _ in range(32)]
    cards([items[0].pk], language="en", currency="USD")
    with CaptureQueries() as one:
        cards([items[1].pk], language="en", currency="USD")
    with CaptureQueries() as thirty:
        cards([item.pk for item in items[2:]], language="en", currency="USD")
    assert len(one) == len(thirty) <= 8


def test_a_card_speaks_the_readers_language_and_currency(shop: None) -> None:
    item = factories.product("软垫单椅", price=70000)
    save_texts(kind="product", object_id=item.pk, language="en", values={"title": "Padded chair"})
    card = cards([item.pk], "en", "USD")[0]
    assert (card.title, str(card.price)) == ("Padded chair", "USD 100.00")
    assert cards([item.pk])[0].title == "软垫单椅"


def test_a_missing_price_is_converted_from_the_stores_own(shop: None) -> None:
    from decimal import Decimal

    pricing.save_exchange_rate(base="USD", quote="EUR", rate=Decimal("0.9"), valid_from=now() - timedelta(days=1))
    pricing.save_exchange_rate(base="CNY", quote="EUR", rate=Decimal("0.125"), valid_from=now() - timedelta(days=1))
    item = factories.product(price=80000)
    card = cards([item.pk], "en", "EUR")[0]
    assert str(card.price) == "EUR 100.00"
    detail = selectors.product_detail(item.handle, language="en", currency="EUR")
    assert detail
    assert str(detail.variants[0].price) == "EUR 100.00"
    assert list_products(currency="EUR").lowest == 10000


class CaptureQueries(CaptureQueriesContext):
    def __init__(self) -> None:
        from django.db import connection

        super().__init__(connection)

    def __len__(self) -> int:
        """Count statements without the look for marks of change, which happens by the clock."""
        return sum("store_change" not in query["sql"] for query in self.captured_queries)


def matrix(count: int) -> Product:
    names = [f"{number:03}" for number in range(count)]
    return factories.product(sizes=names)


def test_a_products_page_costs_the_same_for_one_and_for_three_hundred_variants(shop: None) -> None:
    small, large = matrix(1), matrix(300)
    see_changes()
    selectors.product_detail(matrix(2).handle, language="en", currency="USD")
    with CaptureQueries() as few:
        selectors.product_detail(small.handle, language="en", currency="USD")
    with CaptureQueries() as many:
        detail = selectors.product_detail(large.handle, language="en", currency="USD")
    assert len(few) == len(many) <= 8
    assert detail
    assert len(detail.variants) == 300
    assert {variant.available for variant in detail.variants} == {10}


def test_a_detail_knows_its_way_and_its_facts(shop: None) -> None:
    home = services.save_category(name="家", actor="user:1", texts={"en": {"name": "Home"}})
    chairs = services.save_category(name="椅", parent_id=home.pk, actor="user:1")
    services.save_attribute(code="seats", name="座位", kind="number", unit="人")
    from decimal import Decimal

    item = factories.product(category_ids=[chairs.pk], attributes=[AttributeDraft("seats", number=Decimal("2.0"))])
    see_changes()
    detail = selectors.product_detail(item.handle, language="en", currency="USD")
    assert detail
    assert [crumb.name for crumb in detail.breadcrumb] == ["Home", "椅"]
    assert [(entry.name, entry.values) for entry in detail.attributes] == [("座位", ("2 人",))]


def test_what_is_not_on_sale_has_no_page(shop: None) -> None:
    draft = factories.product(status="draft")
    assert selectors.product_detail(draft.handle, language="zh-hans", currency="CNY") is None


def test_related_products_are_others_that_can_be_bought(shop: None) -> None:
    category = services.save_category(name="椅", actor="user:1")
    item, mate, sold_out = (factories.product(category_ids=[category.pk], stock=stock) for stock in (5, 5, 0))
    factories.product()
    see_changes()
    detail = selectors.product_detail(item.handle, language="zh-hans", currency="CNY")
    assert detail
    assert selectors.related_products(detail, currency="CNY") == [mate.pk]
    assert sold_out.pk


def test_a_hidden_category_hides_what_is_below_it(shop: None) -> None:
    home = services.save_category(name="家", actor="user:1", is_visible=False)
    services.save_category(name="椅", parent_id=home.pk, actor="user:1")
    see_changes()
    assert selectors.navigation("zh-hans") == ()
    assert selectors.listing_head("jia", "zh-hans") is None


def test_the_old_address_of_a_product_and_of_a_category_leads_to_the_new_one(shop: None) -> None:
    item = factories.product("椅子")
    services.save_product(
        draft=ProductDraft(title="椅子", handle="new-chair", status="active"), product_id=item.pk, actor="user:1"
    )
    assert selectors.moved_product(item.handle) == "new-chair"
    category = services.save_category(name="家", handle="home", actor="user:1")
    services.save_category(name="家", handle="house", category_id=category.pk, actor="user:1")
    assert selectors.moved_listing("home") == "house"
    assert selectors.moved_listing("nothing") is None


def test_a_choice_of_values_names_its_variant(shop: None) -> None:
    item = factories.product(sizes=["S", "M"])
    variant = factories.variant_of(item, 1)
    assert selectors.variant_of(product_id=item.pk, value_ids=variant.option_value_ids) == variant.pk
    assert selectors.variant_of(product_id=item.pk, value_ids=[]) is None
