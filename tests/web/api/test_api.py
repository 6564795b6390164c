from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from duli.commerce.orders.models import Order
from tests import factories
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
