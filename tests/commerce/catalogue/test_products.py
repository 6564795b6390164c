from __future__ import annotations

from dataclasses import replace

import pytest

from duli.base.errors import InvalidInput
from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import Category, Collection, HandleRedirect, Product
from duli.commerce.catalogue.types import (
    HandleTaken,
    InvalidVariants,
    OptionDraft,
    OptionValueDraft,
    ProductChangedMeanwhile,
    ProductDraft,
    SkuTaken,
    TooManyVariants,
    VariantDraft,
)
from duli.platform.search.selectors import search
from duli.platform.search.types import SearchQuery
from duli.platform.store.changes import ChangeCache
from duli.platform.store.translations import texts
from tests import factories
from tests.factories import ACTOR, drain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def options(**values: list[str]) -> list[OptionDraft]:
    return [OptionDraft(name, [OptionValueDraft(value) for value in given]) for name, given in values.items()]


def save(draft: ProductDraft, product: Product | None = None, **values: object) -> Product:
    return services.save_product(
        draft=draft,
        actor=ACTOR,
        product_id=product.pk if product else None,
        **values,  # type: ignore[arg-type]
    )


CUP = ProductDraft(title="青瓷杯", options=options(颜色=["青", "白"], 尺寸=["小", "大"]))


def titles(product: Product) -> list[str]:
    return list(product.variants.filter(is_active=True).values_list("title", flat=True))


def test_options_make_the_whole_matrix() -> None:
    product = save(CUP)
    assert product.handle == "qing-ci-bei"
    assert titles(product) == ["青 / 小", "青 / 大", "白 / 小", "白 / 大"]


def test_a_variant_keeps_its_identity_when_options_change() -> None:
    product = save(CUP)
    kept = product.variants.get(title="白 / 大")
    wider = replace(
        CUP,
        options=options(颜色=["白", "青", "黑"], 尺寸=["小", "大"]),
        variants=[VariantDraft(("白", "大"), sku="W-L"), VariantDraft(("黑", "小"))],
    )
    save(wider, product)
    assert titles(product) == ["白 / 大", "黑 / 小"]
    assert product.variants.get(sku="W-L").pk == kept.pk


@pytest.mark.parametrize(
    "variants",
    [
        [VariantDraft(("青", "小")), VariantDraft(("青", "小"))],
        [VariantDraft(("青",))],
        [VariantDraft(("红", "小"))],
    ],
)
def test_variants_that_do_not_fit_are_refused(variants: list[VariantDraft]) -> None:
    with pytest.raises(InvalidVariants):
        save(replace(CUP, variants=variants))
    assert not Product.objects.exists()


def test_two_thousand_variants_are_the_limit() -> None:
    many = [str(number) for number in range(45)]
    with pytest.raises(TooManyVariants):
        save(ProductDraft(title="x", options=options(a=many, b=many)))
    product = save(ProductDraft(title="x", options=options(a=many[:40], b=[str(n) for n in range(50)])))
    assert product.variants.count() == 2000


def test_an_sku_belongs_to_one_variant() -> None:
    save(ProductDraft(title="a", variants=[VariantDraft(sku="A-1")]))
    with pytest.raises(SkuTaken):
        save(ProductDraft(title="b", variants=[VariantDraft(sku="A-1")]))


def test_the_second_editor_is_told() -> None:
    product = save(CUP)
    seen = product.version
    save(replace(CUP, title="First"), product, expected_version=seen)
    with pytest.raises(ProductChangedMeanwhile):
        save(replace(CUP, title="Second"), product, expected_version=seen)
    product.refresh_from_db()
    assert product.title == "First"


@pytest.mark.parametrize("draft", [replace(CUP, title=" "), replace(CUP, title="x" * 256), replace(CUP, status="gone")])
def test_nonsense_is_refused(draft: ProductDraft) -> None:
    with pytest.raises(InvalidInput):
        save(draft)


def test_an_address_moves_and_the_old_one_is_remembered() -> None:
    product = save(CUP)
    save(replace(CUP, handle="celadon-cup"), product)
    assert HandleRedirect.objects.get(kind="product", handle="qing-ci-bei").object_id == product.pk
    save(replace(CUP, handle="qing-ci-bei"), product)
    assert not HandleRedirect.objects.filter(handle="qing-ci-bei").exists()
    with pytest.raises(HandleTaken):
        save(ProductDraft(title="other", handle="qing-ci-bei"))
    assert save(ProductDraft(title="青瓷杯")).handle == "qing-ci-bei-2"


def test_texts_of_other_languages_are_cleaned_and_kept() -> None:
    words = {"en": {"title": "Celadon cup", "description_html": "<p>Fine<script>x</script></p>"}}
    product = save(replace(CUP, texts=words))
    assert texts("product", [product.pk], "en")[product.pk] == {
        "title": "Celadon cup",
        "description_html": "<p>Fine</p>",
    }
    save(replace(CUP, texts={"en": {"title": ""}}), product)
    assert "title" not in texts("product", [product.pk], "en")[product.pk]


@pytest.mark.django_db(transaction=True)
def test_rules_and_search_follow_the_product() -> None:
    collection = services.save_collection(
        title="茶具",
        kind="rules",
        rules={"match": "all", "conditions": [{"field": "tag", "operator": "is", "value": "tea"}]},
        actor=ACTOR,
    )
    product = save(replace(CUP, tags=["tea"], status="active"))
    drain()
    assert list(Collection.objects.get(pk=collection.pk).memberships.values_list("product_id", flat=True)) == [
        product.pk
    ]
    query = SearchQuery("青瓷", "product", "zh-hans")
    assert search(query).ids == [product.pk]
    save(replace(CUP, tags=[], status="archived"), product)
    drain()
    assert not collection.memberships.exists()
    assert search(query).ids == []


def test_a_product_is_in_every_category_above_its_own() -> None:
    top = services.save_category(name="家居", actor=ACTOR)
    middle = services.save_category(name="茶具", parent_id=top.pk, actor=ACTOR)
    leaf = services.save_category(name="杯", parent_id=middle.pk, actor=ACTOR)
    elsewhere = services.save_category(name="礼品", actor=ACTOR)
    product = save(replace(CUP, category_ids=[leaf.pk]))

    def listed() -> set[int]:
        return set(product.category_links.values_list("category_id", flat=True))

    assert listed() == {top.pk, middle.pk, leaf.pk}
    services.move_category(category_id=middle.pk, target_id=elsewhere.pk, position="last-child", actor=ACTOR)
    assert listed() == {elsewhere.pk, middle.pk, leaf.pk}
    services.delete_category(category_id=middle.pk, actor=ACTOR)
    assert not Category.objects.filter(pk=leaf.pk).exists()
    assert Product.objects.filter(pk=product.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_caches_forget_a_changed_product() -> None:
    product = save(CUP)
    cache: ChangeCache[str] = ChangeCache(4)
    assert cache.get("page") is None
    cache.put("page", "old", [f"product:{product.pk}"])
    cache.put("other", "kept", ["product:999999"])
    assert cache.get("page") == "old"
    save(replace(CUP, title="New"), product)
    assert cache.get("page") is None
    assert cache.get("other") == "kept"
