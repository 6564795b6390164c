"""What programs do with whole products, and the brands, tags and types they have."""

from __future__ import annotations

from typing import Any

import pytest

from duli.commerce.catalogue.models import Brand, Product, ProductType, Tag
from duli.commerce.pricing.models import Price
from duli.platform.accounts.models import User
from duli.platform.media.services import store_image
from tests import factories
from tests.platform.media.pictures import picture
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
HUGE = "99999999999999999999"


def test_products_are_copied_archived_scheduled_and_deleted(call: Call, owner: User) -> None:
    item = factories.product("青瓷杯")
    status, copy = call("POST", f"/products/{item.pk}/duplicate", {"title": "白瓷杯"}, key="d")
    assert (status, copy["title"], copy["status"], copy["variants"][0]["sku"]) == (201, "白瓷杯", "draft", "")
    assert [price["minor"] for price in copy["variants"][0]["prices"]][:1] == [10000]
    assert call("POST", f"/products/{item.pk}/duplicate", {"title": " "}, key="e")[0] == 422
    assert call("POST", f"/products/{HUGE}/duplicate", {"title": "x"}, key="f")[0] == 404
    both = [item.pk, copy["id"]]
    told = call("POST", "/products/statuses", {"product_ids": both, "status": "archived"})[1]
    assert (told["changed"], told["refused"], told["change_id"] is not None) == (2, [], True)
    assert call("POST", "/products/statuses", {"product_ids": [item.pk, 9999], "status": "active"})[0] == 422
    assert call("POST", "/products/statuses", {"product_ids": both, "status": "gone"})[0] == 422
    assert set(Product.objects.values_list("status", flat=True)) == {"archived"}
    undo = call("POST", f"/products/changes/{told['change_id']}/undo")
    factories.drain()
    assert (undo[0], set(Product.objects.values_list("status", flat=True))) == (202, {"active", "draft"})
    change = call("GET", f"/products/changes/{undo[1]['change_id']}")[1]
    assert (change["undoes"], change["report"]["whole"]) == (told["change_id"], 2)
    assert call("GET", f"/products/changes/{HUGE}")[0] == 404
    times = {"visible_from": "2030-01-02T08:00:00+08:00", "hidden_from": "2030-02-01T00:00:00Z"}
    assert call("POST", "/products/schedule", {"product_ids": both, **times})[1]["changed"] == 2
    item.refresh_from_db()
    assert item.published_at is not None
    assert (item.status, item.published_at.isoformat()) == ("active", "2030-01-02T00:00:00+00:00")
    backwards = {"visible_from": times["hidden_from"], "hidden_from": times["visible_from"]}
    assert call("POST", "/products/schedule", {"product_ids": both, **backwards})[0] == 422
    assert call("POST", "/products/schedule", {"product_ids": both, "hidden_from": "2030-02-01T00:00:00"})[0] == 422
    assert call("DELETE", f"/products/{copy['id']}", token=token_for(owner, "catalogue.view"))[0] == 403
    assert call("DELETE", f"/products/{copy['id']}")[0] == 200
    assert call("DELETE", f"/products/{copy['id']}")[0] == 404
    assert Product.objects.get() == item


def test_prices_are_changed_by_a_rule_and_remembered(call: Call) -> None:
    variant = factories.variant_of(factories.product(price=10000))
    body = {"product_ids": [variant.product_id], "currency": "CNY", "percent": "-10", "keeps_former": True}
    told = call("POST", "/products/price-changes", {**body, "only_preview": True}, key="a")[1]
    assert told == {
        "changes": 1,
        "prices": [
            {
                "product_id": variant.product_id, "variant": "",
                "before_minor": 10000, "minor": 9000, "compare_at_minor": 10000,
            }
        ],
    }  # fmt: skip
    cny = Price.objects.filter(variant=variant, price_list__currency="CNY")
    assert cny.get().minor == 10000
    for _again in range(2):
        assert call("POST", "/products/price-changes", body, key="b")[1]["changed"] == 1
    assert cny.get().minor == 9000
    refused: list[dict[str, Any]] = [{"percent": 0}, {"currency": "XXX"}, {"percent": -101}, {"product_ids": []}]
    for number, wrong in enumerate(refused):
        assert call("POST", "/products/price-changes", {**body, **wrong}, key=f"w{number}")[0] == 422, wrong
    assert call("POST", "/products/price-changes", body)[1]["code"] == "idempotency_key_missing"
    page = call("GET", f"/variants/{variant.pk}/prices")[1]["prices"]
    assert [row["minor"] for row in page if row["currency"] == "CNY"] == [9000, 10000]
    assert call("GET", f"/variants/{HUGE}/prices")[0] == 404


def _a_brand_has_a_logo_and_descriptions(call: Call, path: str) -> None:
    logo = store_image(content=picture(9, 9), name="logo.png", actor="user:1").pk
    words = {"description_texts": {"en": "<p>Tea</p><script>x</script>"}, "logo_id": logo}
    told = call("PATCH", path, words)[1]
    assert (told["logo_id"], told["description_texts"], told["texts"]) == (
        logo,
        {"en": "<p>Tea</p>"},
        {"en": "Yan Tea"},
    )
    assert call("PATCH", path, {"name": "Yan"})[1] == told
    assert call("PATCH", path, {"logo_id": 9999})[1]["fields"] == {"logo_id": "invalid_input"}
    assert call("PATCH", path, {"description_texts": {"xx": "x"}})[1]["fields"] == {
        "description_texts": "invalid_input"
    }
    assert call("PATCH", path, {"logo_id": None})[1] == {**told, "logo_id": None}


def test_brands_tags_and_types_are_kept(call: Call) -> None:
    status, brand = call("POST", "/brands", {"name": "Yan", "texts": {"en": "Yan Tea"}}, key="b")
    assert (status, brand["handle"], brand["texts"]) == (201, "yan", {"en": "Yan Tea"})
    changed = call("PATCH", f"/brands/{brand['id']}", {"description_html": "<p>Old</p><script>x</script>"})[1]
    assert (changed["name"], changed["description_html"]) == ("Yan", "<p>Old</p>")
    _a_brand_has_a_logo_and_descriptions(call, f"/brands/{brand['id']}")
    one, two = (call("POST", "/tags", {"name": name}, key=name)[1] for name in ("new", "sale"))
    assert call("POST", "/tags", {"name": "new"}, key="again")[1]["id"] == one["id"]
    factories.product(tags=["new"])
    assert call("PUT", f"/tags/{two['id']}", {"name": "offer"})[1]["name"] == "offer"
    assert call("POST", f"/tags/{one['id']}/merge", {"tag_id": two["id"]})[1]["id"] == two["id"]
    assert list(Product.objects.get().tags.values_list("name", flat=True)) == ["offer"]
    assert call("POST", f"/tags/{two['id']}/merge", {"tag_id": two["id"]})[0] == 422
    kind = call("POST", "/product-types", {"name": "Cups"}, key="k")[1]
    assert call("PATCH", f"/product-types/{kind['id']}", {"name": "Mugs"})[1]["name"] == "Mugs"
    for method, path, body, wanted in (
        ("PATCH", f"/brands/{brand['id']}", {"name": ""}, 422),
        ("PATCH", f"/brands/{brand['id']}", {"name": None}, 422),
        ("PATCH", f"/brands/{brand['id']}", {"texts": {"xx": "x"}}, 422),
        ("PATCH", f"/product-types/{kind['id']}", {"attribute_ids": [9999]}, 422),
        ("POST", f"/tags/{HUGE}/merge", {"tag_id": two["id"]}, 404),
        ("DELETE", f"/brands/{HUGE}", None, 404),
    ):
        assert call(method, path, body)[0] == wanted, (method, path, body)
    for path, name in (("/brands", "brands"), ("/tags", "tags"), ("/product-types", "product_types")):
        (row,) = call("GET", path)[1][name]
        assert call("DELETE", f"{path}/{row['id']}")[0] == 200
    assert not Brand.objects.exists()
    assert not Tag.objects.exists()
    assert not ProductType.objects.exists()
