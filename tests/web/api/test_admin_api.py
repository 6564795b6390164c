from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput, PermissionDenied
from duli.commerce.catalogue.models import Product
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Fulfilment, Order
from duli.growth.webhooks.models import Endpoint
from duli.platform.accounts.models import User
from duli.platform.accounts.permissions import PERMISSIONS
from duli.platform.audit.models import AuditEntry
from duli.platform.events.models import Event
from duli.platform.tokens.models import ApiToken, IdempotentAnswer
from duli.platform.tokens.services import begin_call, create_token, prune, revoke_token
from duli.platform.tokens.types import StillAtWork
from duli.web.api.admin.gate import api
from duli.web.api.urls import urlpatterns
from tests import factories

pytestmark = pytest.mark.django_db
BASE = "/api/v1/admin"
Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def owner(db: None) -> User:
    factories.shop()
    return User.objects.create_user(email="owner@example.com", is_staff=True, role="owner")


def token_for(owner: User, *scopes: str) -> str:
    return create_token(by=owner, name="ERP", scopes=scopes or list(PERMISSIONS))[1]


@pytest.fixture
def call(owner: User) -> Call:
    """Return a function that makes a call with a token of every scope, or with the one given."""
    everything = token_for(owner)

    def one(
        method: str, path: str, body: Any = None, *, token: str | None = None, key: str = "", **query: Any
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {everything if token is None else token}"}
        if key:
            headers["Idempotency-Key"] = key
        response = Client(enforce_csrf_checks=True).generic(
            method,
            BASE + path,
            data=json.dumps(body) if body is not None else "",
            content_type="application/json",
            query_params=query,
            headers=headers,
        )
        return response.status_code, response.json()

    return one


def operations() -> Iterator[tuple[str, str, Any]]:
    assert urlpatterns, "the addresses bring the routers in"
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield method, f"{prefix}{path}", operation.view_func


def test_every_operation_declares_its_scope_and_refuses_a_token_without_it(owner: User, call: Call) -> None:
    found = list(operations())
    assert len(found) > 20
    others: dict[str, str] = {}
    for method, path, view in found:
        needed = getattr(view, "scope", None)
        assert needed in PERMISSIONS, f"{method} {path} declares no scope"
        if needed not in others:
            others[needed] = token_for(owner, *(scope for scope in PERMISSIONS if scope != needed))
        address = re.sub(r"\{int:\w+\}", "1", path)
        assert call(method, address, {}, token=others[needed], key="k")[0] == 403, f"{method} {path}"
        assert call(method, address, {}, token="")[0] == 401, f"{method} {path}"
    assert not Order.objects.exists()
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("token", ["", "duli_wrong", "x" * 5000, "密钥"])
def test_strangers_learn_nothing(call: Call, token: str) -> None:
    status, answer = call("GET", "/orders", token=token.encode().decode("latin-1"))
    assert (status, answer["code"]) == (401, "invalid_token")


def test_a_token_ends_when_it_is_revoked_or_runs_out(owner: User, call: Call) -> None:
    row, text = create_token(by=owner, name="Stock robot", scopes=["orders.view"], expires_at=now() + timedelta(days=1))
    assert text not in json.dumps(list(ApiToken.objects.values("hint", "digest")))
    assert call("GET", "/orders", token=text)[0] == 200
    row.refresh_from_db()
    assert row.last_used_at is not None
    with frozen(now() + timedelta(days=2)):
        assert call("GET", "/orders", token=text)[0] == 401
    revoke_token(by=owner, token_id=row.pk)
    assert call("GET", "/orders", token=text)[0] == 401
    assert set(AuditEntry.objects.filter(reference=f"token:{row.pk}").values_list("action", flat=True)) == {
        "created",
        "revoked",
    }


def test_nobody_gives_a_token_more_than_they_hold(owner: User) -> None:
    manager = User.objects.create_user(email="m@example.com", is_staff=True, role="manager")
    with pytest.raises(PermissionDenied):
        create_token(by=manager, name="x", scopes=["orders.view"])
    for values in (
        {"name": "", "scopes": ["orders.view"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["orders.explode"]},
        {"name": "x", "scopes": ["orders.view"], "expires_at": now()},
    ):
        with pytest.raises(InvalidInput):
            create_token(by=owner, **values)  # type: ignore[arg-type]
    assert not ApiToken.objects.exists()


def test_an_order_is_found_shipped_once_and_told_of(call: Call) -> None:
    order = factories.order(paid=True)
    status, page = call("GET", "/orders", q=order.number)
    assert (status, [row["number"] for row in page["orders"]], page["next"]) == (200, [order.number], "")
    _, whole = call("GET", f"/orders/{order.pk}")
    line = whole["lines"][0]
    assert (line["quantity"], whole["total_minor"]) == (1, order.total_minor)
    body = {
        "lines": [{"order_line_id": line["id"], "quantity": 1}],
        "location_id": factories.location().pk,
        "carrier": "sf",
        "tracking_number": "SF123",
    }
    assert call("POST", f"/orders/{order.pk}/parcels", body)[1]["code"] == "idempotency_key_missing"
    first = call("POST", f"/orders/{order.pk}/parcels", body, key="parcel-1")
    assert (first[0], first[1]["fulfilment_state"]) == (200, "fulfilled")
    assert call("POST", f"/orders/{order.pk}/parcels", body, key="parcel-1") == first
    # Even if the kept answer was lost, the deed is the same one.
    IdempotentAnswer.objects.all().delete()
    assert call("POST", f"/orders/{order.pk}/parcels", body, key="parcel-1")[0] == 200
    assert Fulfilment.objects.count() == 1
    event = Event.objects.get(name="orders.shipped")
    assert event.actor == f"token:{ApiToken.objects.get().pk}"
    parcel = Fulfilment.objects.get()
    assert call("PATCH", f"/orders/{order.pk}/parcels/{parcel.pk}", {"tracking_number": "SF9"})[0] == 200
    other = factories.order()
    assert call("POST", f"/orders/{other.pk}/parcels/{parcel.pk}/delivered")[0] == 404
    assert call("POST", f"/orders/{order.pk}/parcels/{parcel.pk}/delivered")[1]["fulfilment_state"] == "delivered"


def test_orders_are_paid_tagged_commented_and_cancelled(call: Call) -> None:
    order = factories.order()
    assert call("POST", f"/orders/{order.pk}/paid", key="p")[1]["payment_state"] == "paid"
    assert call("POST", f"/orders/{order.pk}/tags", {"add": ["VIP"]})[1]["tags"] == ["VIP"]
    assert call("POST", f"/orders/{order.pk}/comments", {"text": "Call first"})[0] == 200
    assert call("POST", f"/orders/{order.pk}/comments", {"text": " "})[0] == 422
    assert call("POST", f"/orders/{order.pk}/cancel", {"reason": "customer"})[1]["status"] == "cancelled"
    assert call("POST", f"/orders/{order.pk}/cancel", {"reason": "customer"})[0] == 409
    assert call("GET", "/orders/999999")[0] == 404


def test_a_key_belongs_to_one_call_and_a_running_one_is_not_begun_twice(call: Call) -> None:
    order = factories.order()
    assert call("POST", f"/orders/{order.pk}/comments", {"text": "a"}, key="c")[0] == 200
    assert call("POST", f"/orders/{order.pk}/comments", {"text": "a"}, key="c")[0] == 200
    assert Event.objects.filter(name="orders.commented").count() == 1
    status, answer = call("POST", f"/orders/{order.pk}/comments", {"text": "b"}, key="c")
    assert (status, answer["code"]) == (422, "idempotency_key_reused")
    assert call("POST", f"/orders/{order.pk}/comments", {"text": "b"}, key="k" * 81)[0] == 422
    token = ApiToken.objects.get()
    assert begin_call(token_id=token.pk, key="r", call=b"same") is None
    with pytest.raises(StillAtWork):
        begin_call(token_id=token.pk, key="r", call=b"same")
    with frozen(now() + timedelta(minutes=2)):
        assert begin_call(token_id=token.pk, key="r", call=b"same") is None
    with frozen(now() + timedelta(days=2)):
        assert prune() == 2


def test_a_refusal_that_may_pass_frees_its_key(call: Call) -> None:
    item = factories.variant_of(factories.product(stock=5))
    body = {
        "variant_id": item.pk, "location_id": factories.location().pk, "reason": "counted",
        "counted": 7, "seen_on_hand": 4,
    }  # fmt: skip
    assert call("POST", "/stock/adjustments", body, key="s")[0] == 409
    StockLevel.objects.filter(variant=item).update(on_hand=4)
    assert call("POST", "/stock/adjustments", body, key="s")[1]["on_hand"] == 7
    assert call("POST", "/stock/adjustments", body, key="s")[1]["on_hand"] == 7
    movement = StockMovement.objects.filter(level__variant=item).latest("pk")
    assert movement.actor == f"token:{ApiToken.objects.get().pk}"


def test_a_product_is_made_priced_and_changed(call: Call) -> None:
    body = {
        "title": "青瓷杯",
        "status": "active",
        "description_html": "<p>好</p><script>x</script>",
        "options": [{"name": "尺寸", "values": ["小", "大"]}],
        "variants": [{"option_values": ["小"], "sku": "CUP-S"}, {"option_values": ["大"], "sku": "CUP-L"}],
    }
    status, made = call("POST", "/products", body, key="p1")
    assert (status, [variant["sku"] for variant in made["variants"]]) == (201, ["CUP-S", "CUP-L"])
    assert "script" not in made["description_html"]
    assert call("POST", "/products", body, key="p1")[1]["id"] == made["id"]
    assert Product.objects.count() == 1
    prices = [{"variant_id": variant["id"], "currency": "CNY", "minor": 12800} for variant in made["variants"]]
    assert call("PUT", "/products/prices", {"prices": prices})[1] == {"changed": 2}
    assert call("PUT", "/products/prices", {"prices": [{**prices[0], "variant_id": 999}]})[0] == 404
    assert call("PUT", "/products/prices", {"prices": [{**prices[0], "minor": -1}]})[0] == 422
    status, changed = call("PATCH", f"/products/{made['id']}", {"title": "青瓷茶杯", "version": made["version"]})
    assert (status, changed["title"], changed["status"]) == (200, "青瓷茶杯", "active")
    assert changed["description_html"] == made["description_html"]
    assert [variant["prices"][0]["minor"] for variant in changed["variants"]] == [12800, 12800]
    assert call("PATCH", f"/products/{made['id']}", {"title": "x", "version": made["version"]})[0] == 409
    assert call("PATCH", f"/products/{made['id']}", {"title": None})[0] == 422
    assert [row["id"] for row in call("GET", "/products", sku="CUP-L")[1]["products"]] == [made["id"]]


def test_lists_are_read_by_a_cursor_at_a_constant_cost(call: Call, owner: User) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert call("GET", path)[0] == 200
        return len(queries)

    for _ in range(2):
        factories.order()
    paths = ["/products", "/stock", "/customers", "/orders", "/webhooks"]
    for path in paths:
        cost(path)
    few = [cost(path) for path in paths]
    for _ in range(8):
        factories.order()
    assert [cost(path) for path in paths] == few
    seen, after = [], ""
    for _ in range(4):
        page = call("GET", "/products", limit=3, after=after)[1]
        seen += [row["id"] for row in page["products"]]
        after = page["next"]
    assert after == ""
    assert seen == sorted(Product.objects.values_list("pk", flat=True), reverse=True)
    assert call("GET", "/products", after="x'")[0] == 422


def test_customers_are_found_with_their_addresses(call: Call) -> None:
    factories.order()
    factories.drain()
    found = call("GET", "/customers", q="linxiao")[1]["customers"]
    assert [row["email"] for row in found] == ["lin@example.com"]
    assert call("GET", f"/customers/{found[0]['id']}")[1]["orders_count"] == 1


def test_webhooks_are_set_up_and_their_secret_is_shown_once(call: Call) -> None:
    status, made = call("POST", "/webhooks", {"url": "https://erp.example.com/in", "kinds": ["order.paid"]}, key="w")
    assert status == 201
    assert made["secret"].startswith("whsec_")
    assert not IdempotentAnswer.objects.exists()
    assert "secret" not in json.dumps(call("GET", "/webhooks")[1])
    body = {"url": "https://erp.example.com/in", "is_active": False}
    assert call("PUT", f"/webhooks/{made['id']}", body)[1]["is_active"] is False
    assert call("GET", f"/webhooks/{made['id']}/deliveries")[1] == {"deliveries": [], "next": ""}
    assert call("POST", "/webhooks", {"url": "ftp://x"})[0] == 422
    assert call("DELETE", f"/webhooks/{made['id']}")[0] == 200
    assert call("GET", f"/webhooks/{made['id']}/deliveries")[0] == 404


def test_what_cannot_be_read_is_refused(call: Call) -> None:
    order = factories.order()
    assert call("POST", f"/orders/{order.pk}/comments", {"text": "x" * 10_000_000})[0] == 413
    assert call("GET", "/orders", status="nonsense")[1]["orders"] == []
    assert call("GET", f"/orders/{10**30}")[0] == 404
    assert call("GET", f"/products/{10**17}")[0] == 404


def test_the_description_names_every_operation_and_the_key(client: Client) -> None:
    description = client.get(f"{BASE}/openapi.json").json()
    assert "/api/v1/admin/orders/{order_id}/parcels" in description["paths"]
    assert description["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"


def test_parcels_are_listed_numbered_and_told_of(call: Call, owner: User) -> None:
    order = factories.order(paid=True)
    lines = [{"order_line_id": line.pk, "quantity": line.quantity} for line in order.lines.all()]
    call("POST", f"/orders/{order.pk}/parcels", {"lines": lines, "location_id": factories.location().pk}, key="p")
    _, page = call("GET", "/shipments", untracked=True)
    [row] = page["shipments"]
    assert (row["order_number"], row["tracking_number"], page["next"]) == (order.number, "", "")
    path = f"/shipments/{row['id']}"
    assert call("POST", f"{path}/events", {"state": "in_transit"})[0] == 404
    body = {"carrier": "sf", "tracking_number": "SF1234567890123"}
    assert call("PATCH", path, body)[1]["tracking_number"] == "SF1234567890123"
    factories.drain()
    assert call("POST", f"{path}/events", {"state": "stolen"})[0] == 422
    told = call("POST", f"{path}/events", {"state": "in_transit", "text": "Left Hangzhou", "place": "Hangzhou"})[1]
    assert [(event["state"], event["text"]) for event in told["events"]] == [("in_transit", "Left Hangzhou")]
    factories.drain()
    assert [row["progress"] for row in call("GET", "/shipments", progress="in_transit")[1]["shipments"]] == [
        "in_transit"
    ]
    assert call("GET", "/shipments", progress="delivered")[1]["shipments"] == []
    assert call("GET", "/shipments", after="x")[0] == 422
    assert call("GET", "/shipments/999999")[0] == 404
    reader = token_for(owner, "orders.view")
    assert call("PATCH", path, body, token=reader)[0] == 403


def test_an_erp_takes_what_waits_and_says_what_it_sent(call: Call, owner: User) -> None:
    first, second, third = (factories.order(paid=True) for _each in range(3))
    factories.order()
    orders.hold(order_id=third.pk, reason="look", actor=factories.ACTOR)
    _, page = call("GET", "/orders/to-ship", limit=1)
    assert [(row["number"], len(row["lines"]), row["pickup"]) for row in page["orders"]] == [(first.number, 1, None)]
    _, following = call("GET", "/orders/to-ship", limit=1, after=page["next"])
    assert ([row["number"] for row in following["orders"]], following["next"]) == ([second.number], "")
    body = {"carrier": "顺丰速运", "tracking_number": "SF1234567890123", "location_id": factories.location().pk}
    for _twice in range(2):
        status, told = call("POST", f"/orders/{first.pk}/shipped", body)
        assert status == 200
        assert [(row["carrier"], row["tracking_number"]) for row in told["parcels"]] == [("sf", "SF1234567890123")]
    for wrong in ({"tracking_number": " "}, {"tracking_number": "12", "carrier": "nobody"}):
        assert call("POST", f"/orders/{second.pk}/shipped", wrong)[0] == 422
    assert call("POST", f"/orders/{first.pk}/shipped", {**body, "tracking_number": "SF1234567890124"})[0] == 409
    assert [row["number"] for row in call("GET", "/orders/to-ship")[1]["orders"]] == [second.number]
    assert call("GET", "/orders/to-ship", after="x")[0] == 422
    assert call("POST", f"/orders/{second.pk}/shipped", body, token=token_for(owner, "orders.view"))[0] == 403
