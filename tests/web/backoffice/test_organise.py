"""Categories, collections, brands, tags, types and attributes, as pages and through their verbs."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.base.errors import InvalidInput
from duli.commerce.catalogue import services
from duli.commerce.catalogue.models import (
    Attribute,
    Brand,
    Category,
    Collection,
    CollectionProduct,
    HandleRedirect,
    Product,
    ProductCategory,
    ProductType,
    SizeGuide,
    Tag,
)
from duli.commerce.catalogue.types import AttributeDraft
from duli.platform.events.models import Event
from duli.platform.store.models import Translation
from tests import factories
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db


def url(screen: str, *arguments: object, query: str = "") -> str:
    return reverse(f"backoffice:{screen}", args=arguments) + query


def page(client: Client, screen: str, *arguments: object, query: str = "") -> str:
    response = client.get(url(screen, *arguments, query=query))
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, screen: str, /, *arguments: object, query: str = "", **data: object) -> int:
    return client.post(url(screen, *arguments, query=query), data).status_code


def test_a_tree_grows_and_is_put_in_order(owner: Client) -> None:
    assert post(owner, "category_new", name="Home", name__en="Home (en)", shown="on") == 302
    home = Category.objects.get(name="Home")
    assert post(owner, "category_new", query=f"?parent={home.pk}", name="Chairs", handle="chairs") == 302
    assert post(owner, "category_new", name="Lamps") == 302
    chairs, lamps = Category.objects.get(name="Chairs"), Category.objects.get(name="Lamps")
    item = factories.product(category_ids=[chairs.pk])
    assert "1 product" in page(owner, "categories")
    assert post(owner, "category_move", home.pk, target=chairs.pk, position="last-child") == 422
    assert post(owner, "category_move", chairs.pk, target=lamps.pk, position="sideways") == 422
    assert post(owner, "category_move", chairs.pk, target=lamps.pk, position="last-child") == 302
    assert set(ProductCategory.objects.filter(product=item).values_list("category_id", flat=True)) == {
        chairs.pk,
        lamps.pk,
    }
    assert post(owner, "category", chairs.pk, name="Chairs", handle="seats", shown="on") == 302
    assert HandleRedirect.objects.get(kind="category", handle="chairs").object_id == chairs.pk
    assert Translation.objects.get(kind="category", object_id=home.pk).value == "Home (en)"
    assert post(owner, "category", chairs.pk, name="") == 422
    assert post(owner, "category", chairs.pk, name="Chairs", handle="home") == 409
    assert "Products that stay: 1" in page(owner, "category_delete", lamps.pk)
    assert post(owner, "category_delete", lamps.pk) == 302
    assert Product.objects.filter(pk=item.pk).exists()
    assert Category.objects.count() == 1


def test_moving_a_category_is_taken_back_by_the_toast(owner: Client) -> None:
    for name in ("A", "B", "C"):
        services.save_category(name=name, actor=ACTOR)
    top = {row.name: row.pk for row in Category.objects.all()}
    services.save_category(name="D", parent_id=top["A"], actor=ACTOR)
    d = Category.objects.get(name="D").pk
    services.save_category(name="E", parent_id=top["A"], actor=ACTOR)

    def tree() -> list[tuple[str, int]]:
        return list(Category.objects.order_by("path").values_list("name", "depth"))

    before = tree()
    for moved in (top["A"], top["B"], top["C"], d, Category.objects.get(name="E").pk):
        target = next(pk for pk in (top["C"], top["B"]) if pk != moved)
        post(owner, "category_move", moved, target=target, position="last-child")
        assert tree() != before
        shown = page(owner, "categories")
        toast = re.search(r'data-toast.*?action="([^"]+)"(.*?)</form>', shown, re.DOTALL)
        assert toast is not None
        fields = dict(re.findall(r'name="(target|position)" value="([^"]+)"', toast[2]))
        assert owner.post(toast[1], fields).status_code == 302
        assert tree() == before
        page(owner, "categories")


def test_the_tree_costs_the_same_for_one_and_for_thirty(owner: Client) -> None:
    def cost() -> int:
        page(owner, "categories")
        with CaptureQueriesContext(connection) as captured:
            page(owner, "categories")
        return sum("store_change" not in query["sql"] for query in captured)

    services.save_category(name="One", actor=ACTOR)
    one = cost()
    for number in range(30):
        services.save_category(name=f"More {number}", actor=ACTOR)
    assert cost() == one


def test_a_collection_by_rules_shows_what_it_matches_while_it_is_made(owner: Client) -> None:
    for title in ("Oak chair", "Oak table", "Bowl"):
        factories.product(title)
    rule = {"rule_field": ["title", "sku"], "rule_operator": ["contains", "is"], "rule_value": ["oak", ""]}
    preview = owner.post(url("collection_preview"), rule).content.decode()
    assert "Oak table" in preview
    assert "Bowl" not in preview
    assert "Fill in a rule" in owner.post(url("collection_preview"), {"rule_value": "x"}).content.decode()
    data = {"title": "Oak", "kind": "rules", "sort": "newest", "shown": "on", **rule}
    assert post(owner, "collection_new", **data) == 302
    collection = Collection.objects.get()
    assert collection.memberships.count() == 2
    assert "Oak chair" in page(owner, "collection", collection.pk)
    assert post(owner, "collection", collection.pk, **{**data, "rule_value": ["", ""]}) == 422
    assert post(owner, "collection", collection.pk, **{**data, "rule_field": ["secret", "sku"]}) == 422
    assert owner.get(url("collection_products", collection.pk)).status_code == 404
    assert post(owner, "collection_delete", collection.pk) == 302
    assert Product.objects.count() == 3


def test_a_collection_is_picked_and_put_in_order_by_hand(owner: Client) -> None:
    chair, table, bowl = (factories.product(title).pk for title in ("Chair", "Table", "Bowl"))
    assert post(owner, "collection_new", title="Gifts", kind="manual", sort="manual") == 302
    collection = Collection.objects.get().pk
    assert "Bowl" in page(owner, "collection_products", collection, query="?q=bowl")
    for pk in (chair, table, bowl):
        assert post(owner, "collection_products", collection, do=f"add:{pk}") == 302

    def order() -> list[int]:
        rows = CollectionProduct.objects.filter(collection_id=collection).order_by("position")
        return list(rows.values_list("product_id", flat=True))

    assert post(owner, "collection_products", collection, do=f"up:{bowl}") == 302
    assert order() == [chair, bowl, table]
    assert post(owner, "collection_products", collection, id=[table, chair]) == 302
    assert order() == [table, chair, bowl]
    assert post(owner, "collection_products", collection, do=f"remove:{chair}") == 302
    for wrong in ({"do": "add:999999"}, {"do": "eat:1"}, {"id": [chair]}, {"id": ["x"]}):
        assert post(owner, "collection_products", collection, **wrong) == 422
    assert order() == [table, bowl]


def test_brands_and_tags_are_renamed_merged_and_removed_and_products_follow(owner: Client) -> None:
    item = factories.product(brand="Kiln", tags=["Old", "Oak"])
    by_brand = services.save_collection(
        title="By brand",
        kind="rules",
        rules={"match": "all", "conditions": [{"field": "brand", "operator": "is", "value": "Kiln & Co"}]},
        actor=ACTOR,
    )
    brand = Brand.objects.get()
    events = Event.objects.filter(name="catalogue.products_changed").count()
    assert post(owner, "organise_edit", "brands", brand.pk, name="Kiln & Co", name__en="Kiln Company") == 302
    assert Event.objects.filter(name="catalogue.products_changed").count() == events + 1
    services.refresh_rule_collections(product_ids=[item.pk])
    assert by_brand.memberships.count() == 1
    assert post(owner, "organise_new", "brands", name="Kiln & Co") == 422
    old, oak = Tag.objects.get(name="Old"), Tag.objects.get(name="Oak")
    assert "1" in page(owner, "organise", "tags", query="?q=old")
    assert post(owner, "tag_merge", old.pk, into="Nothing such") == 404
    assert post(owner, "tag_merge", old.pk, into="Oak") == 302
    assert list(item.tags.values_list("name", flat=True)) == ["Oak"]
    assert post(owner, "organise_edit", "tags", oak.pk, name="Wood") == 302
    assert post(owner, "organise_delete", "tags", oak.pk) == 302
    assert post(owner, "organise_delete", "brands", brand.pk) == 302
    item.refresh_from_db()
    assert item.brand is None
    assert not Translation.objects.filter(kind="brand").exists()
    assert owner.get(url("organise", "planets")).status_code == 404


def test_attributes_and_types(owner: Client) -> None:
    data = {"name": "Width", "name__en": "Width", "kind": "number", "unit": "cm", "is_filterable": "on"}
    assert post(owner, "organise_new", "attributes", **data) == 302
    width = Attribute.objects.get()
    assert (width.kind, width.unit, width.is_filterable) == ("number", "cm", True)
    item = factories.product(attributes=[AttributeDraft(width.code, number=1)])  # type: ignore[arg-type]
    assert post(owner, "organise_edit", "attributes", width.pk, **{**data, "kind": "text"}) == 422
    assert (
        post(owner, "organise_new", "types", name="Chair", attributes=[width.pk], required_attributes=[width.pk]) == 302
    )
    kind = ProductType.objects.get()
    assert list(kind.required_attributes.all()) == [width]
    assert post(owner, "organise_new", "types", name="Chair") == 422
    with pytest.raises(InvalidInput):
        services.save_product_type(name="Lamp", attribute_ids=[10**9], actor=ACTOR)
    assert post(owner, "organise_delete", "attributes", width.pk) == 302
    assert not item.attribute_values.exists()
    assert post(owner, "organise_delete", "types", kind.pk) == 302


def test_size_guides(owner: Client) -> None:
    kind = services.save_product_type(name="Shoe", attribute_ids=[], actor="user:1")
    boot = factories.product("Boot", handle="boot")
    data = {
        "name": "Shoes",
        "measures": "EU | cm\n40 | 25.5",
        "advice": "Measure in the evening.",
        "product_types": [kind.pk],
        "products": "boot\n",
        "name__en": "Shoes",
        "measures__en": "",
        "advice__en": "",
    }
    assert post(owner, "organise_new", "guides", **data) == 302
    guide = SizeGuide.objects.get()
    assert (list(guide.product_types.all()), list(guide.products.all())) == ([kind], [boot])
    assert "Shoes" in page(owner, "organise", "guides")
    assert post(owner, "organise_new", "guides", **{**data, "name": "Other", "measures": "only a head"}) == 422
    assert post(owner, "organise_edit", "guides", guide.pk, **{**data, "products": "nowhere"}) == 422
    assert "25.5" in owner.get(url("organise_edit", "guides", guide.pk)).content.decode()
    assert post(owner, "organise_delete", "guides", guide.pk) == 302
    assert not SizeGuide.objects.exists()
