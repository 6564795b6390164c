"""Refunds, edits, holds and returns over the API: the room's own verbs, with the limits of the token's owner."""

from __future__ import annotations

from typing import Any

import pytest

from duli.base.errors import InvalidInput
from duli.commerce.orders import services
from duli.commerce.orders.editing import AddedLine
from duli.commerce.orders.models import Order, OrderRefund
from duli.commerce.orders.services import staff_complete_return
from duli.platform.accounts.models import Approval, User
from duli.platform.accounts.roles import RoleDraft
from duli.platform.accounts.services import save_role
from duli.platform.store.changes import reset_caches
from duli.platform.tokens.services import create_token
from tests import factories
from tests.web.api.test_admin_api import Call, call, owner

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def order(owner: User) -> Order:
    return factories.order(factories.variant_of(factories.product("茶杯", price=5000, stock=9)), quantity=3, paid=True)


def line_of(order: Order) -> int:
    return order.lines.get().pk


def test_a_refund_is_previewed_and_made_once(call: Call, order: Order) -> None:
    path, lines = f"/orders/{order.pk}/refunds", [{"order_line_id": line_of(order), "quantity": 1, "restock": True}]
    status, sums = call("POST", f"{path}/preview", {"lines": lines, "adjustment_minor": 100})
    assert (status, sums["amount_minor"], sums["goods_minor"]) == (200, 5100, 5000)
    body = {"lines": lines, "adjustment_minor": 100, "expected_minor": 5100, "note": "scratched"}
    assert call("POST", path, body)[0] == 400, "without a key"
    assert call("POST", path, body | {"expected_minor": 5000}, key="w")[0] == 409
    assert call("POST", path, {"lines": []}, key="x")[0] in {409, 422}
    status, whole = call("POST", path, body, key="r")
    assert (status, [row["amount_minor"] for row in whole["refunds"]]) == (200, [5100])
    assert call("POST", path, body, key="r")[1] == whole
    assert OrderRefund.objects.count() == 1
    refund = whole["refunds"][0]["id"]
    assert call("POST", f"{path}/{refund}/retry")[0] == 409, "nothing failed"
    assert call("POST", f"{path}/{refund + 1}/retry")[0] == 404
    assert call("POST", path, {"lines": [{"order_line_id": line_of(order), "quantity": 9}]}, key="y")[0] == 409


def test_above_the_limit_of_the_tokens_owner_a_second_person_decides(call: Call, order: Order) -> None:
    rights = frozenset({"orders.view", "orders.payments", "api.edit"})
    role = save_role(draft=RoleDraft(name="Clerk", permissions=rights, refund_limits={"CNY": 4000}), actor="system")
    reset_caches()
    clerk = User.objects.create_user(email="clerk@example.com", is_staff=True, role=role.code)
    token = create_token(by=clerk, name="till", scopes=["orders.view", "orders.payments"])[1]
    body = {"lines": [{"order_line_id": line_of(order), "quantity": 1}]}
    status, answer = call("POST", f"/orders/{order.pk}/refunds", body, token=token, key="r")
    assert (status, answer) == (202, {"waits_for_approval": True})
    assert not OrderRefund.objects.exists()
    assert Approval.objects.get().reference == order.reference


def test_an_edit_says_its_difference_and_refuses_an_old_version(call: Call, order: Order) -> None:
    path = f"/orders/{order.pk}/edit"
    wish = {"lines": [{"order_line_id": line_of(order), "quantity": 4}]}
    sums = call("POST", f"{path}/preview", wish)[1]
    assert (sums["difference_minor"], sums["total_minor"]) == (5000, order.total_minor + 5000)
    version = call("GET", f"/orders/{order.pk}")[1]["version"]
    assert call("POST", path, wish | {"version": version - 1})[0] == 409
    status, whole = call("POST", path, wish | {"version": version})
    assert (status, whole["total_minor"], whole["lines"][0]["quantity"]) == (200, order.total_minor + 5000, 4)
    assert call("POST", path, wish | {"version": version})[0] == 409
    wrong: dict[str, Any] = {"version": whole["version"], "lines": [{"order_line_id": 999_999, "quantity": 1}]}
    assert call("POST", path, wrong)[0] == 422


def test_an_order_is_held_released_found_safe_and_sent_elsewhere(call: Call, order: Order) -> None:
    assert call("POST", f"/orders/{order.pk}/hold", {"reason": ""})[0] == 422
    assert call("POST", f"/orders/{order.pk}/hold", {"reason": "address?"})[1]["hold_reason"] == "address?"
    body = {"lines": [{"order_line_id": line_of(order), "quantity": 1}]}
    assert call("POST", f"/orders/{order.pk}/parcels", body, key="p")[0] == 409
    assert call("POST", f"/orders/{order.pk}/release")[1]["hold_reason"] == ""
    assert call("POST", f"/orders/{order.pk}/safe")[0] == 200
    address = factories.ADDRESS.to_json() | {"name": "林晓"}
    assert call("PUT", f"/orders/{order.pk}/address", address)[1]["shipping_address"]["name"] == "林晓"
    assert call("PUT", f"/orders/{order.pk}/address", address | {"country": "ZZ"})[0] == 422
    for verb in ("hold", "release", "safe"):
        assert call("POST", f"/orders/999999/{verb}", {"reason": "x"})[0] == 404


def test_what_comes_back_is_asked_for_received_looked_at_and_paid_for(call: Call, order: Order) -> None:
    line = line_of(order)
    parcel = {"lines": [{"order_line_id": line, "quantity": 3}]}
    call("POST", f"/orders/{order.pk}/parcels", parcel, key="p")
    path = f"/orders/{order.pk}/returns"
    wish = {"lines": [{"order_line_id": line, "quantity": 2, "reason": "defective"}], "note": "chipped"}
    assert (
        call("POST", path, {"lines": [{"order_line_id": line, "quantity": 9, "reason": "defective"}]}, key="z")[0]
        == 409
    )
    status, whole = call("POST", path, wish, key="q")
    assert status == 200, whole
    row = whole["returns"][0]
    here = f"{path}/{row['id']}"
    assert call("POST", f"{here}/decline", {})[0] == 422, "refusing needs a reason"
    assert call("POST", f"{here}/approve", {"answer": "Send it to Hangzhou."})[1]["returns"][0]["state"] == "approved"
    piece = row["lines"][0]["id"]
    received = call("POST", f"{here}/receive", {"lines": [{"return_line_id": piece, "quantity": 2}]})[1]
    assert received["returns"][0]["state"] == "received"
    finding = {"return_line_id": piece, "condition": "damaged", "restock": 0}
    assert call("POST", f"{here}/inspect", {"lines": [finding | {"condition": "eaten"}]})[0] == 422
    assert call("POST", f"{here}/inspect", {"lines": [finding]})[1]["returns"][0]["state"] == "inspected"
    assert call("POST", f"{here}/complete", {"outcome": "refund", "expected_minor": 1})[0] == 409
    done = call("POST", f"{here}/complete", {"outcome": "refund", "expected_minor": 10000})[1]
    assert [(entry["outcome"], entry["state"]) for entry in done["returns"]] == [("refund", "completed")]
    assert [entry["amount_minor"] for entry in done["refunds"]] == [10000]
    assert call("POST", f"{here}/reject", {"answer": "no"})[0] == 409
    assert call("POST", f"{here}/cancel")[0] == 409
    assert call("POST", f"/orders/{factories.order().pk}/returns/{row['id']}/cancel")[0] == 404


def came_back(call: Call, order: Order) -> tuple[str, int]:
    """Send the whole order, and have one unit of it back; return the return's path and key."""
    line = line_of(order)
    call("POST", f"/orders/{order.pk}/parcels", {"lines": [{"order_line_id": line, "quantity": 3}]}, key="sent")
    wish = {"lines": [{"order_line_id": line, "quantity": 1, "reason": "defective"}]}
    row = call("POST", f"/orders/{order.pk}/returns", wish, key="back")[1]["returns"][0]
    path = f"/orders/{order.pk}/returns/{row['id']}"
    call("POST", f"{path}/approve", {})
    call("POST", f"{path}/receive", {"lines": [{"return_line_id": row["lines"][0]["id"], "quantity": 1}]})
    return path, row["id"]


def clerk_of(refunds: int) -> tuple[User, str]:
    rights = frozenset({"orders.view", "orders.payments", "api.edit"})
    draft = RoleDraft(name="Clerk", permissions=rights, refund_limits={"CNY": refunds}, discount_limit=0)
    role = save_role(draft=draft, actor="system")
    reset_caches()
    clerk = User.objects.create_user(email="clerk@example.com", is_staff=True, role=role.code)
    return clerk, create_token(by=clerk, name="till", scopes=["orders.view", "orders.payments"])[1]


def test_an_exchange_is_no_way_round_the_limit_of_discounts(call: Call, order: Order) -> None:
    path, return_id = came_back(call, order)
    dear = factories.variant_of(factories.product("紫砂壶", price=90000, stock=3))
    clerk, token = clerk_of(9000)
    free = {"variant_id": dear.pk, "quantity": 1, "unit_price_minor": 0}
    body = {"outcome": "exchange", "replacements": [free]}
    status, whole = call("POST", f"{path}/complete", body, token=token)
    assert status == 200
    assert [line["total_minor"] for line in whole["lines"]] == [15000, 90000]
    with pytest.raises(InvalidInput):
        staff_complete_return(
            return_id=return_id,
            outcome="exchange",
            replacements=[AddedLine(dear.pk, 1, unit_price_minor=0)],
            actor=f"user:{clerk.pk}",
        )


def test_who_agrees_to_a_return_agrees_to_its_amount(call: Call, order: Order) -> None:
    path, _return_id = came_back(call, order)
    _clerk, token = clerk_of(1000)
    assert call("POST", f"{path}/complete", {"outcome": "refund"}, token=token)[0] == 202
    asked = Approval.objects.get()
    assert (asked.value["minor"], asked.intent["shown_minor"]) == (5000, 5000)
    assert call("POST", f"{path}/complete", {"outcome": "refund", "expected_minor": 1}, token=token)[0] == 409
    body = {"lines": [{"order_line_id": line_of(order), "quantity": 1}], "expected_minor": 4999}
    assert call("POST", f"/orders/{order.pk}/refunds", body, token=token, key="r")[0] == 409
    assert Approval.objects.count() == 1


def test_a_number_that_was_corrected_since_is_free_for_what_is_sent_later(call: Call, order: Order) -> None:
    body = {"carrier": "sf", "tracking_number": "SF1234567890123"}
    parcel = call("POST", f"/orders/{order.pk}/shipped", body)[1]["parcels"][0]["id"]
    call("PATCH", f"/orders/{order.pk}/parcels/{parcel}", body | {"tracking_number": "SF9999999990123"})
    version = call("GET", f"/orders/{order.pk}")[1]["version"]
    more = {"version": version, "additions": [{"variant_id": order.lines.get().variant_id, "quantity": 1}]}
    assert call("POST", f"/orders/{order.pk}/edit", more)[0] == 200
    services.mark_paid(order_id=order.pk, actor="user:1", idempotency_key="rest")
    status, whole = call("POST", f"/orders/{order.pk}/shipped", body)
    assert (status, {row["tracking_number"] for row in whole["parcels"]}) == (
        200,
        {"SF1234567890123", "SF9999999990123"},
    )
