from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from duli.commerce.orders.models import Order
from duli.commerce.promotions.services import add_code, save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.referrals.referring import partner, program
from tests.factories import ADDRESS, drain

pytestmark = pytest.mark.django_db(transaction=True)

BASE = "/api/v1"


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def call(method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
    response = Client(enforce_csrf_checks=True).generic(
        method,
        BASE + path,
        data=json.dumps(body) if body is not None else "",
        content_type="application/json",
        query_params=query,
    )
    return response.status_code, response.json()


def test_a_guest_buys_by_api_alone() -> None:
    item = factories.product("龙井茶", price=10000, stock=3)
    drain()
    status, found = call("GET", "/products", q="龙井")
    assert status == 200
    assert [entry["handle"] for entry in found["products"]] == [item.handle]
    status, detail = call("GET", f"/products/{item.handle}")
    assert (status, detail["variants"][0]["price"]["text"]) == (200, "¥100.00")
    status, cart = call("POST", "/carts/lines", {"variant_id": detail["variants"][0]["id"], "quantity": 2})
    assert (status, cart["totals"]["total"]["minor"]) == (201, 21200)
    token = cart["token"]
    status, page = call("GET", f"/carts/{token}/checkout")
    assert status == 200
    assert page["address_form"]["country"] == "CN"
    details = {
        "email": "lin@example.com",
        "shipping_address": ADDRESS.to_json(),
        "payment_method_code": "bank_transfer",
    }
    status, page = call("PUT", f"/carts/{token}/details", details)
    assert status == 200
    body = {"shown_total_minor": page["cart"]["totals"]["total"]["minor"]}
    status, order = call("POST", f"/carts/{token}/order", body)
    assert (status, order["payment_state"]) == (200, "unpaid")
    assert call("POST", f"/carts/{token}/order", body)[1]["number"] == order["number"]
    status, step = call("POST", f"/orders/{order['token']}/payment")
    assert (status, step["kind"]) == (200, "instructions")
    assert call("GET", f"/orders/{order['token']}")[1]["total"]["minor"] == 21200
    assert Order.objects.count() == 1


def test_the_other_market_is_one_parameter_away() -> None:
    item = factories.product(price=70000)
    status, store = call("GET", "/store", language="en")
    assert (status, store["currency"], store["prices_include_tax"]) == (200, "USD", False)
    assert call("GET", f"/products/{item.handle}", language="en")[1]["variants"][0]["price"]["text"] == "$100.00"
    assert call("GET", "/store", language="xx")[1]["currency"] == "CNY"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/products/nothing", None, 404),
        ("GET", "/products?collection=nothing", None, 404),
        ("GET", "/products?page=x", None, 422),
        ("GET", "/carts/guess", None, 404),
        ("GET", "/orders/guess", None, 404),
        ("GET", "/orders/%00", None, 404),
        ("POST", "/carts/lines", {"variant_id": 10**30}, 409),
        ("POST", "/carts/lines", {"variant_id": 1, "quantity": -5}, 422),
        ("POST", "/carts/lines", {"quantity": 1}, 422),
        ("POST", "/carts/guess/order", {"shown_total_minor": 1}, 404),
        ("PATCH", "/carts/guess/lines/1", {"quantity": 1}, 404),
    ],
)
def test_what_makes_no_sense_is_told_with_a_code(method: str, path: str, body: Any, expected: int) -> None:
    status, answer = call(method, path, body)
    assert status == expected
    assert answer["code"]
    assert answer["message"]


def test_broken_bodies_are_refused() -> None:
    client = Client()
    for data in (b"\xff\xfe", b"{", b"[]", b'{"variant_id": "' + b"x" * 3_000_000 + b'"}'):
        response = client.post(f"{BASE}/carts/lines", data=data, content_type="application/json")
        assert 400 <= response.status_code < 500, data[:10]
    assert not Order.objects.exists()


def test_the_price_that_was_shown_is_checked_and_told_in_the_readers_language() -> None:
    cart = factories.ready_cart(factories.variant_of(factories.product()))
    status, answer = call("POST", f"/carts/{cart.token}/order", {"shown_total_minor": 1}, language="en")
    assert (status, answer["code"]) == (409, "price_changed")
    assert answer["message"].startswith("The total has changed")
    assert not Order.objects.exists()


def test_the_description_covers_every_address_and_has_examples() -> None:
    status, description = call("GET", "/openapi.json")
    assert status == 200
    assert len(description["paths"]) >= 12
    assert "examples" in json.dumps(description["components"]["schemas"]["LineIn"])


def parameters_of(description: Any, path: str, method: str = "get") -> dict[str, Any]:
    return {entry["name"]: entry for entry in description["paths"][f"{BASE}{path}"][method]["parameters"]}


def test_every_operation_says_that_it_takes_a_language() -> None:
    _status, description = call("GET", "/openapi.json")
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert "language" in [entry["name"] for entry in operation["parameters"]], (method, path)
            assert "429" in operation["responses"], (method, path)


def test_the_examples_of_the_description_are_taken() -> None:
    """What a developer copies out of the description must be understood, whatever the shop sells."""
    _status, description = call("GET", "/openapi.json")
    schemas = description["components"]["schemas"]

    def example(name: str) -> dict[str, Any]:
        found = {}
        for field, facts in schemas[name]["properties"].items():
            if "examples" in facts:
                found[field] = facts["examples"][0]
            elif refers := json.dumps(facts).partition("#/components/schemas/")[2]:
                found[field] = example(refers.partition('"')[0])
        return found

    for path in ("/products", "/search/suggest"):
        for name, facts in parameters_of(description, path).items():
            shown = facts.get("example") or (facts["schema"].get("examples") or [None])[0]
            if shown is not None and name != "collection":
                value = shown[0] if isinstance(shown, list) else str(shown)
                status, _answer = call("GET", path, **({"q": "tea"} | {name: value}))
                assert status == 200, (path, name)
    variant = factories.variant_of(factories.product())
    status, cart = call("POST", "/carts/lines", example("LineIn") | {"variant_id": variant.pk})
    assert status == 201
    line = cart["lines"][0]["id"]
    status, _cart = call("PATCH", f"/carts/{cart['token']}/lines/{line}", example("QuantityIn"))
    assert status == 200
    status, checkout = call("PUT", f"/carts/{cart['token']}/details", example("DetailsIn"))
    assert status == 200
    place = example("PlaceIn") | {"shown_total_minor": checkout["cart"]["totals"]["total"]["minor"]}
    status, order = call("POST", f"/carts/{cart['token']}/order", place)
    assert status == 200
    assert call("POST", f"/orders/{order['token']}/payment")[0] == 200


def test_what_a_facet_offers_can_be_asked_for() -> None:
    factories.product("小凳", sizes=["大", "小"])
    factories.product("长椅", sizes=["小", "中"])
    _status, answer = call("GET", "/products")
    assert answer["total"] == 2
    facet = next(entry for entry in answer["facets"] if entry["kind"] == "option")
    status, answer = call("GET", "/products", option=f"{facet['name']}:大")
    assert (status, [card["title"] for card in answer["products"]]) == (200, ["小凳"])
    assert call("GET", "/products", option="大")[0] == 422
    assert call("GET", "/products", sort="cheapest")[0] == 422
    assert call("GET", "/products", page="0")[0] == 422
    assert call("GET", "/products", price_from=str(10**20))[0] == 422


def test_suggestions_name_words_categories_and_products() -> None:
    from duli.commerce.catalogue import services as catalogue

    chairs = catalogue.save_category(name="椅子", handle="chairs", actor=factories.ACTOR)
    factories.product("椅子套", category_ids=[chairs.pk])
    drain()
    status, answer = call("GET", "/search/suggest", q="椅子")
    assert status == 200
    assert answer["categories"] == [{"handle": "chairs", "name": "椅子"}]
    assert [card["title"] for card in answer["products"]] == ["椅子套"]
    assert call("GET", "/search/suggest")[0] == 422


@pytest.mark.parametrize("path", ["/nothing", "/carts", "/products/a/b"])
def test_an_address_that_is_none_is_told_as_data(path: str) -> None:
    status, answer = call("GET", path, language="en")
    assert (status, answer["code"]) == (404, "not_found")


def test_codes_are_entered_told_and_taken_off() -> None:
    row = save_promotion(
        draft=PromotionDraft(name="Spring", rules={"kind": "percent", "points": 1000}, needs_code=True),
        actor=factories.ACTOR,
    )
    add_code(promotion_id=row.pk, text="SPRING", actor=factories.ACTOR)
    program()
    mine = partner()
    look_now()
    variant = factories.variant_of(factories.product("龙井茶", price=10000, stock=3))
    token = call("POST", "/carts/lines", {"variant_id": variant.pk})[1]["token"]
    path = f"/carts/{token}/codes"
    status, cart = call("POST", path, {"code": " spring "})
    assert (status, cart["codes"]) == (200, [{"code": "SPRING", "applied": True, "why": ""}])
    assert cart["totals"]["discount"]["minor"] == 1000
    cart = call("POST", path, {"code": mine.code}, language="en")[1]
    assert cart["codes"][1] == {"code": mine.code.upper(), "applied": True, "why": "Recommended by Anna"}
    assert call("POST", path, {"code": "nothing"})[0] == 422
    assert call("POST", path, {"code": "x" * 999})[0] == 422
    assert call("POST", "/carts/nobody/codes", {"code": "SPRING"})[0] == 404
    assert len(call("DELETE", f"{path}/spring")[1]["codes"]) == 1
    assert call("DELETE", f"{path}/{mine.code}")[1]["codes"] == []
