"""Categories, collections, old addresses and customers, as programs keep them."""

from __future__ import annotations

from typing import Any

import pytest

from duli.commerce.catalogue.models import Category, Collection
from duli.commerce.orders.services import fulfil, request_return
from duli.commerce.orders.types import FulfilLine, ReturnWish
from duli.platform.redirects.models import Redirect
from tests import factories
from tests.web.api.test_admin_api import Call, call, owner

__all__ = ["call", "owner"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_categories_are_made_named_and_moved(call: Call) -> None:
    status, sofas = call("POST", "/categories", {"name": "Sofas", "texts": {"en": {"name": "Couches"}}}, key="a")
    assert (status, sofas["handle"], sofas["texts"]) == (201, "sofas", {"en": {"name": "Couches"}})
    _, low = call("POST", "/categories", {"name": "Low", "parent_id": sofas["id"]}, key="b")
    assert low["parent_id"] == sofas["id"]
    _, lamps = call("POST", "/categories", {"name": "Lamps"}, key="c")
    moved = call("POST", f"/categories/{low['id']}/move", {"target_id": lamps["id"], "position": "last-child"})[1]
    assert moved["parent_id"] == lamps["id"]
    changed = call("PATCH", f"/categories/{low['id']}", {"name": "Floor", "is_visible": False})[1]
    assert (changed["name"], changed["is_visible"], changed["handle"]) == ("Floor", False, "low")
    assert [row["parent_id"] for row in call("GET", "/categories")[1]["categories"]] == [None, None, lamps["id"]]
    assert call("DELETE", f"/categories/{lamps['id']}")[0] == 200
    assert list(Category.objects.values_list("name", flat=True)) == ["Sofas"]


def test_collections_by_hand_and_by_rules(call: Call) -> None:
    first, second = factories.product("甲"), factories.product("乙")
    _, made = call("POST", "/collections", {"title": "New"}, key="a")
    wanted = [second.pk, first.pk]
    assert call("PUT", f"/collections/{made['id']}/products", {"product_ids": wanted})[1] == {"product_ids": wanted}
    assert (
        list(Collection.objects.get().memberships.order_by("position").values_list("product_id", flat=True)) == wanted
    )
    rules = {"match": "all", "conditions": [{"field": "title", "operator": "contains", "value": "甲"}]}
    answer = call("PATCH", f"/collections/{made['id']}", {"kind": "rules", "rules": rules})[1]
    assert (answer["title"], answer["rules"]) == ("New", rules)
    assert list(Collection.objects.get().memberships.values_list("product_id", flat=True)) == [first.pk]
    assert call("GET", "/collections")[1]["collections"][0]["kind"] == "rules"
    assert call("DELETE", f"/collections/{made['id']}")[0] == 200


WRONG: list[tuple[str, str, Any, int]] = [
    ("PATCH", "/categories/{c}", {"name": ""}, 422),
    ("PATCH", "/categories/{c}", {"name": None}, 422),
    ("PATCH", "/categories/{c}", {"image_id": 99}, 422),
    ("PATCH", "/categories/{c}", {"texts": {"zh-hans": {"name": "x"}}}, 422),
    ("PATCH", "/categories/{c}", {"texts": {"en": {"handle": "x"}}}, 422),
    ("PATCH", "/categories/99999999999999999999", {"name": "x"}, 404),
    ("POST", "/categories/{c}/move", {"target_id": 99, "position": "left"}, 404),
    ("POST", "/categories/{c}/move", {"target_id": 1, "position": "beside"}, 422),
    ("PATCH", "/collections/{k}", {"kind": "rules", "rules": {}}, 422),
    ("PUT", "/collections/{k}/products", {"product_ids": [99]}, 422),
    ("PUT", "/redirects", {"source": "/old", "target": "javascript:alert(1)"}, 422),
    ("DELETE", "/redirects/99999999999999999999", None, 404),
]


def test_what_is_wrong_changes_nothing(call: Call) -> None:
    keys = {
        "c": call("POST", "/categories", {"name": "Sofas"}, key="c")[1]["id"],
        "k": call("POST", "/collections", {"title": "New"}, key="k")[1]["id"],
    }
    for method, path, body, status in WRONG:
        answer = call(method, path.format(**keys), body)
        assert answer[0] == status, (method, path, body, answer)
    assert (Category.objects.get().name, Collection.objects.get().kind) == ("Sofas", "manual")
    assert not Redirect.objects.exists()


def test_old_addresses_are_led_and_forgotten(call: Call) -> None:
    made = call("PUT", "/redirects", {"source": "https://old.example/tea?x=1", "target": "/products/tea"})[1]
    again = call("PUT", "/redirects", {"source": "/tea?x=1", "target": "/products/pot"})[1]
    assert (made["id"], again["target"]) == (again["id"], "/products/pot")
    assert call("GET", "/redirects")[1]["redirects"] == [again]
    assert call("DELETE", f"/redirects/{again['id']}")[0] == 200


def test_customers_are_noted_and_changed(call: Call) -> None:
    status, ann = call("POST", "/customers", {"name": "Ann", "email": "ann@x.example", "tags": ["vip"]}, key="a")
    assert (status, ann["tags"]) == (201, ["vip"])
    changed = call("PATCH", f"/customers/{ann['id']}", {"phone": "+14155550123", "tags": []})[1]
    assert (changed["name"], changed["phone"], changed["tags"]) == ("Ann", "+14155550123", [])
    assert call("POST", f"/customers/{ann['id']}/notes", {"text": "Likes blue."}, key="n")[0] == 201
    for wrong in ({"email": "", "phone": ""}, {"email": "no"}, {"language": "xx"}):
        assert call("PATCH", f"/customers/{ann['id']}", wrong)[0] == 422, wrong
    assert call("POST", "/customers", {"name": "Nobody"}, key="b")[0] == 422


def test_an_order_tells_its_returns(call: Call) -> None:
    order = factories.order(paid=True)
    line = order.lines.get()
    fulfil(
        order_id=order.pk,
        lines=[FulfilLine(line.pk, line.quantity)],
        location_id=None,
        idempotency_key="f",
        actor=factories.ACTOR,
    )
    wish = ReturnWish(line.pk, 1, "other")
    coming = request_return(order_id=order.pk, lines=[wish], idempotency_key="r", actor=factories.ACTOR)
    (told,) = call("GET", f"/orders/{order.pk}")[1]["returns"]
    assert (told["number"], told["state"]) == (coming.number, coming.state)
    assert [(row["order_line_id"], row["quantity"], row["reason"]) for row in told["lines"]] == [(line.pk, 1, "other")]
