"""Goods that cannot go everywhere: named in cart and checkout, kept from an order, their methods not offered."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.base.errors import InvalidInput
from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.models import Category, Variant
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import checkout_view
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import preview_edit
from duli.commerce.shipping.models import Restriction
from duli.commerce.shipping.restrictions import blocks
from duli.commerce.shipping.services import delete_restriction, save_restriction
from duli.commerce.shipping.types import GoodsRestricted, RestrictionNameTaken, ShippingMethodUnavailable
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.inventory.test_bundles import bundle
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def perfume() -> Variant:
    factories.shop()
    above = catalogue.save_category(name="Care", actor=factories.ACTOR)
    below = catalogue.save_category(name="Scents", parent_id=above.pk, actor=factories.ACTOR)
    tag = catalogue.save_tag(name="Liquid", actor=factories.ACTOR)
    item = factories.product("Perfume", category_ids=[below.pk])
    item.tags.add(tag)
    return factories.variant_of(item)


def restrict(**values: Any) -> Restriction:
    row = save_restriction(**{"name": "Liquids", "actor": factories.ACTOR, **values})
    reset_caches()
    return row


def keys(variant: Variant) -> dict[str, int]:
    product = variant.product
    above = Category.objects.get(name="Care")
    return {"tag": product.tags.get().pk, "category": above.pk, "product": product.pk}


@pytest.mark.parametrize("by", ["tag", "category", "product"])
def test_what_cannot_be_sent_there_is_named_and_becomes_no_order(client: Client, perfume: Variant, by: str) -> None:
    row = restrict(**{f"{by}_ids": [keys(perfume)[by]]}, countries=["CN"], reason="含酒精")
    other = factories.variant_of(factories.product("Chair"))
    cart = factories.ready_cart(perfume, other)
    view = checkout_view(cart.token)
    assert (view.rates, [entry.title for entry in view.cart.restricted]) == ([], ["Perfume"])
    wish = PlaceOrder(cart_token=cart.token, shown_total=None, actor="guest")
    with pytest.raises(GoodsRestricted, match="Perfume"):
        checkout.place_order(request=wish)
    client.cookies["cart"] = cart.token
    for path in ("/cart", "/checkout"):
        page = client.get(path).content.decode()
        assert "“Perfume”无法寄往中国 (含酒精)" in page
        assert "“Chair”无法" not in page
    assert "无法寄往中国" in client.get(f"/products/{perfume.product.handle}").content.decode()
    delete_restriction(restriction_id=row.pk, actor=factories.ACTOR)
    reset_caches()
    assert checkout.place_order(request=wish).pk == Order.objects.get().pk


def test_a_method_that_cannot_take_it_is_not_offered(client: Client, perfume: Variant) -> None:
    restrict(tag_ids=[keys(perfume)["tag"]], method_codes=["express"])
    cart = factories.ready_cart(perfume)
    view = checkout_view(cart.token)
    assert [rate.code for rate in view.rates] == ["standard"]
    assert [entry.methods for entry in view.cart.restricted] == [("特快",)]
    client.cookies["cart"] = cart.token
    assert "“Perfume”不能用特快寄送" in client.get("/checkout").content.decode()
    assert checkout.place_order(request=PlaceOrder(cart_token=cart.token, shown_total=None, actor="guest")).pk


def test_a_bundle_cannot_go_where_one_of_its_parts_cannot(perfume: Variant) -> None:
    _made, box = bundle((perfume, 2))
    restrict(product_ids=[perfume.product_id], countries=["CN"])
    cart = factories.ready_cart(box)
    assert [entry.title for entry in checkout_view(cart.token).cart.restricted] == ["礼盒"]
    with pytest.raises(GoodsRestricted, match="礼盒"):
        checkout.place_order(request=PlaceOrder(cart_token=cart.token, shown_total=None, actor="guest"))


def test_staff_obey_it_too(perfume: Variant) -> None:
    chair = factories.variant_of(factories.product("Chair"))
    order = factories.order(chair)
    before = factories.order(perfume)
    draft = checkout.create_draft(market=factories.market(), language="zh-hans", actor=factories.ACTOR)
    checkout.set_draft_line(draft_id=draft.pk, variant_id=perfume.pk, quantity=1)
    checkout.save_draft(draft_id=draft.pk, details=Details(email="lin@example.com", shipping_address=factories.ADDRESS))
    checkout.ship_draft(draft_id=draft.pk, name="Van", price_minor=100)
    row = restrict(product_ids=[perfume.product_id], countries=["CN"])
    with pytest.raises(GoodsRestricted, match="Perfume"):
        checkout.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=factories.ACTOR)
    with pytest.raises(GoodsRestricted, match="Perfume"):
        preview_edit(order_id=order.pk, wish=EditWish(additions=(AddedLine(perfume.pk, 1),)))
    line = before.lines.get()
    with pytest.raises(GoodsRestricted, match="Perfume"):
        preview_edit(order_id=before.pk, wish=EditWish(quantities={line.pk: 2}))
    # What was bought before may become less dear.
    preview_edit(order_id=before.pk, wish=EditWish(prices={line.pk: 5000}))
    restrict(restriction_id=row.pk, product_ids=[perfume.product_id], method_codes=["express"])
    with pytest.raises(ShippingMethodUnavailable):
        preview_edit(order_id=before.pk, wish=EditWish(shipping_method_code="express"))
    assert checkout.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=factories.ACTOR).pk


def test_everywhere_but_there_and_nowhere(perfume: Variant) -> None:
    product_id = perfume.product_id
    row = restrict(product_ids=[product_id], countries=["CN"], is_elsewhere=True)
    assert [bool(blocks([product_id], country)) for country in ("CN", "US")] == [False, True]
    restrict(restriction_id=row.pk, product_ids=[product_id], is_active=False)
    blocks([product_id], "CN")
    with CaptureQueriesContext(connection) as queries:
        blocks([product_id], "CN")
    assert not len(queries)
    restrict(restriction_id=row.pk, product_ids=[product_id])
    assert [bool(blocks([product_id], country)) for country in ("CN", "US")] == [True, True]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({}, InvalidInput),
        ({"tag_ids": [999]}, InvalidInput),
        ({"product_ids": [1], "method_codes": ["nobody"]}, InvalidInput),
        ({"name": "", "product_ids": [1]}, InvalidInput),
        ({"name": "Taken", "product_ids": [1]}, RestrictionNameTaken),
    ],
)
def test_what_is_no_restriction_changes_nothing(perfume: Variant, values: dict[str, Any], error: type) -> None:
    restrict(name="Taken", product_ids=[perfume.product_id])
    with pytest.raises(error):
        restrict(**{name: [perfume.product_id] if value == [1] else value for name, value in values.items()})
    assert Restriction.objects.count() == 1


def test_the_page_of_restrictions(perfume: Variant, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    owner = Client()
    owner.force_login(member("owner"), backend="allauth.account.auth_backends.AuthenticationBackend")
    new, every = (reverse(f"backoffice:{name}") for name in ("settings_restriction_new", "settings_restrictions"))
    posted = {"name": "Liquids", "tags": "liquid", "where": "these", "countries": "us, JP", "is_active": "on"}
    assert owner.post(new, {**posted, "tags": "unknown"}).status_code == 422
    assert owner.post(new, {**posted, "tags": ""}).status_code == 422
    assert owner.post(new, {**posted, "countries": ""}).status_code == 422
    assert owner.post(new, {**posted, "countries": "日本, 亚特兰蒂斯"}).status_code == 422
    assert owner.post(new, {**posted, "countries": "us、日本"}).status_code == 302
    row = Restriction.objects.get()
    offered = owner.get(reverse("backoffice:restriction_goods"), {"q": "perf"}).content.decode()
    assert f'value="{perfume.product.handle}"' in offered
    assert (row.countries, row.tag_ids) == (["US", "JP"], [keys(perfume)["tag"]])
    page = owner.get(every).content.decode()
    assert all(words in page for words in ("Liquids", "Liquid", "Japan"))
    edit = reverse("backoffice:settings_restriction", args=[row.pk])
    assert 'value="US, JP"' in owner.get(edit).content.decode()
    assert owner.post(edit, {**posted, "where": "everywhere", "methods": ["express"]}).status_code == 302
    row.refresh_from_db()
    assert (row.countries, row.method_codes) == ([], ["express"])
    assert owner.post(reverse("backoffice:settings_restriction_delete", args=[row.pk])).status_code == 302
    assert not Restriction.objects.exists()
