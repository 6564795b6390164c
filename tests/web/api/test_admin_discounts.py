"""Discounts and codes over the API, each call only with its scope."""

from __future__ import annotations

from typing import Any

import pytest

from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.promotions.models import Code, Promotion
from duli.platform.accounts.models import User
from tests import factories
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db
TEN: dict[str, Any] = {"name": "Ten", "rules": {"kind": "percent", "points": 1000}, "needs_code": True}


def test_a_discount_is_declared_changed_given_codes_used_and_switched_off(call: Call) -> None:
    status, made = call("POST", "/discounts", TEN)
    assert (status, made["state"], made["version"]) == (201, "running", 1)
    path = f"/discounts/{made['id']}"
    changed = call("PUT", path, TEN | {"rules": {"kind": "percent", "points": 2000}, "limit_total": 5})[1]
    assert (changed["version"], changed["rules"]["points"], changed["limit_total"]) == (2, 2000, 5)
    assert call("POST", f"{path}/codes", {"code": "save", "limit": 3})[0] == 201
    assert call("POST", f"{path}/codes", {"code": "SAVE"})[0] == 409
    assert call("POST", f"{path}/batches", {"wanted": 20, "beginning": "VIP-"})[0] == 400
    assert call("POST", f"{path}/batches", {"wanted": 20, "beginning": "VIP-"}, key="b1")[0] == 201
    factories.drain()
    assert call("GET", f"{path}/batches")[1]["batches"][0]["made"] == 20
    codes = call("GET", f"{path}/codes", limit=200)[1]["codes"]
    assert len(codes) == 21
    cart = factories.ready_cart(factories.variant_of(factories.product(price=10000)))
    checkout.apply_code(token=cart.token, code="SAVE")
    checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    assert call("GET", path)[1]["usage"][0]["given_minor"] == 2000
    assert call("DELETE", path)[0] == 409
    one = Code.objects.get(text="SAVE")
    assert call("POST", f"{path}/codes/{one.pk}/switch", {"active": False})[1]["active"] is False
    assert call("POST", f"/discounts/99999/codes/{one.pk}/switch", {"active": True})[0] == 404
    assert call("POST", f"{path}/switch", {"active": False})[1]["state"] == "off"
    assert [row["id"] for row in call("GET", "/discounts")[1]["discounts"]] == [made["id"]]


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"rules": {"kind": "magic"}}, {"rules": {}}, {"stacking": "x"}, {"priority": -1},
     {"on_shelf": True}, {"limit_total": 10**18}, {"titles": {"en": 5}}, {"starts_at": "2026-11-27T08:00:00"},
     {"starts_at": "2026-11-28T08:00:00Z", "ends_at": "2026-11-27T08:00:00Z"}],
)  # fmt: skip
def test_nonsense_is_refused_and_changes_nothing(call: Call, wrong: dict[str, Any]) -> None:
    assert call("POST", "/discounts", TEN | wrong)[0] == 422
    assert not Promotion.objects.exists()


def test_looking_is_not_changing(call: Call, owner: User) -> None:
    looking = token_for(owner, "promotions.view")
    assert call("GET", "/discounts", token=looking)[0] == 200
    assert call("POST", "/discounts", TEN, token=looking)[0] == 403
    assert call("GET", "/discounts", token=token_for(owner, "orders.view"))[0] == 403


def test_nobody_overwrites_what_they_have_not_read(call: Call) -> None:
    made = call("POST", "/discounts", TEN)[1]
    path = f"/discounts/{made['id']}"
    assert call("PUT", path, TEN | {"version": 1, "limit_total": 5})[1]["version"] == 2
    assert call("PUT", path, TEN | {"version": 1})[0] == 409
    assert call("GET", path)[1]["limit_total"] == 5
