from __future__ import annotations

import pytest

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.types import Filters, Listing, ProductDetail, Scope
from duli.commerce.catalogue import documents, selectors, services
from duli.commerce.catalogue.models import Attribute, Brand, Product, Tag
from duli.commerce.catalogue.types import AttributeDraft, OptionDraft, OptionValueDraft, ProductDraft
from duli.platform.store.changes import reset_caches
from duli.platform.store.models import Translation
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def oak_chairs() -> list[Product]:
    factories.shop()
    services.save_attribute(code="material", name="材质", is_filterable=True)
    return [
        factories.product(
            f"椅 {number}", brand="青竹", tags=["手工"], attributes=[AttributeDraft("material", text=material)],
            handle=f"chair-{number}",
        )
        for number, material in enumerate(["橡木", "橡木", "钢"])
    ]  # fmt: skip


def detail(language: str = "en") -> ProductDetail:
    reset_caches()
    found = assortment.product_detail("chair-0", language=language, currency="USD")
    assert found is not None
    return found


def listed(language: str = "en") -> Listing:
    reset_caches()
    return assortment.listing(Scope("all"), filters=Filters(), sort="", page=1, language=language, currency="USD")


def words(product: Product, language: str = "en") -> tuple[str, ...]:
    found = documents.documents_for([product.pk])
    return next(document.keywords for document in found if document.language == language)


def name_everything(item: Product) -> None:
    attribute = Attribute.objects.get(code="material")
    services.save_translations(kind="brand", language="en", texts={item.brand_id: {"name": "Green Bamboo"}})
    services.save_translations(kind="tag", language="en", texts={Tag.objects.get().pk: {"name": "Handmade"}})
    services.save_translations(kind="attribute", language="en", texts={attribute.pk: {"name": "Material"}})
    services.save_attribute_value_names(attribute_id=attribute.pk, names={"en": {"橡木": "Oak"}})


def test_one_name_of_a_value_serves_every_product(oak_chairs: list[Product]) -> None:
    name_everything(oak_chairs[0])
    page = detail()
    assert (page.brand, page.attributes[0].name, page.attributes[0].values) == ("Green Bamboo", "Material", ("Oak",))
    facets = {facet.kind: facet for facet in listed().facets}
    assert facets["attribute"].label == "Material"
    assert {value.label: value.count for value in facets["attribute"].values} == {"Oak": 2, "钢": 1}
    card = assortment.cards([oak_chairs[1].pk], language="en", currency="USD")[0]
    assert card.brand == "Green Bamboo"
    own = detail("zh-hans")
    assert (own.brand, own.attributes[0].name, own.attributes[0].values) == ("青竹", "材质", ("橡木",))


def test_a_filter_by_the_original_value_still_works(oak_chairs: list[Product]) -> None:
    name_everything(oak_chairs[0])
    reset_caches()
    found = assortment.listing(
        Scope("all"),
        filters=Filters(attributes={"material": ("橡木",)}),
        sort="",
        page=1,
        language="en",
        currency="USD",
    )
    assert found.total == 2


def test_search_knows_the_names(oak_chairs: list[Product]) -> None:
    name_everything(oak_chairs[0])
    assert set(words(oak_chairs[0])) == {"Green Bamboo", "青竹", "Handmade", "Oak"}
    assert set(words(oak_chairs[0], "zh-hans")) == {"青竹", "手工", "橡木"}


def test_names_survive_the_saving_of_a_product(oak_chairs: list[Product]) -> None:
    name_everything(oak_chairs[0])
    services.save_product(
        draft=ProductDraft(title="椅", status="active", attributes=[AttributeDraft("material", text="橡木")]),
        product_id=oak_chairs[0].pk,
        actor="user:1",
    )
    assert detail().attributes[0].values == ("Oak",)


def test_an_empty_text_shows_the_original_again(oak_chairs: list[Product]) -> None:
    name_everything(oak_chairs[0])
    attribute = Attribute.objects.get()
    services.save_attribute_value_names(attribute_id=attribute.pk, names={"en": {"橡木": " "}})
    services.save_translations(kind="brand", language="en", texts={oak_chairs[0].brand_id: {"name": ""}})
    page = detail()
    assert (page.brand, page.attributes[0].values) == ("青竹", ("橡木",))


def test_options_and_their_values(oak_chairs: list[Product]) -> None:
    item = factories.product("桌", sizes=["小", "大"], handle="table")
    option = item.options.get()
    small = option.values.get(name="小")
    services.save_translations(kind="option", language="en", texts={option.pk: {"name": "Size"}})
    services.save_translations(kind="option_value", language="en", texts={small.pk: {"name": "Small"}})
    reset_caches()
    page = assortment.product_detail("table", language="en", currency="USD")
    assert page is not None
    assert page.options[0].name == "Size"
    assert [value.name for value in page.options[0].values] == ["Small", "大"]
    assert page.variants[0].title == "Small"
    assert selectors.translations_of("option", [option.pk]) == {option.pk: {"en": {"name": "Size"}}}


def test_what_is_removed_takes_its_names_along(oak_chairs: list[Product]) -> None:
    options = [OptionDraft("尺寸", [OptionValueDraft("小", texts={"en": "Small"})], texts={"en": "Size"})]
    item = services.save_product(draft=ProductDraft(title="桌", options=options), actor="user:1")
    assert Translation.objects.filter(kind__in=["option", "option_value"]).count() == 2
    services.delete_product(product_id=item.pk, actor="user:1")
    assert not Translation.objects.filter(kind__in=["option", "option_value"]).exists()


def test_the_editor_reads_every_value_in_use_with_its_names(oak_chairs: list[Product]) -> None:
    name_everything(oak_chairs[0])
    found = selectors.attribute_value_names(Attribute.objects.get().pk)
    assert [(row.text, row.products, row.names) for row in found] == [("橡木", 2, {"en": "Oak"}), ("钢", 1, {})]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"kind": "order"}, InvalidInput),
        ({"language": "zh-hans"}, InvalidInput),
        ({"language": "tlh"}, InvalidInput),
        ({"field": "handle"}, InvalidInput),
        ({"text": "x" * 401}, InvalidInput),
        ({"pk": 10**12}, NotFound),
    ],
)
def test_nonsense_is_refused_and_nothing_saved(oak_chairs: list[Product], values: dict, problem: type) -> None:
    brand = Brand.objects.get()
    texts = {values.get("pk", brand.pk): {values.get("field", "name"): values.get("text", "Bamboo")}}
    with pytest.raises(problem):
        services.save_translations(
            kind=values.get("kind", "brand"),
            language=values.get("language", "en"),
            texts={brand.pk: {"name": "A"}} | texts,
        )
    assert not Translation.objects.exists()


def test_a_description_is_cleaned(oak_chairs: list[Product]) -> None:
    pk = oak_chairs[0].pk
    texts = {pk: {"description_html": "<p>Good</p><script>alert(1)</script>"}}
    services.save_translations(kind="product", language="en", texts=texts)
    assert detail().description_html == "<p>Good</p>"
