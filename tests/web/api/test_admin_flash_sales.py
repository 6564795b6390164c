"""Flash sales over the API: read, started, topped up and stopped, each call only with its scope."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duli.base.clock import now
from duli.platform.accounts.models import User
from tests import factories
from tests.commerce.flash_sales.made import HOUR, item_of, sale
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db


def test_a_sale_is_read_started_topped_up_extended_and_stopped(call: Call) -> None:
    variant = factories.variant_of(factories.product(stock=10))
    row = sale(variant, units=4, begins=HOUR)
    path = f"/flash-sales/{row.pk}"
    assert [entry["state"] for entry in call("GET", "/flash-sales")[1]["flash_sales"]] == ["coming"]
    started = call("POST", f"{path}/start", {})
    assert (started[0], started[1]["state"]) == (200, "running")
    assert call("POST", f"{path}/start", {})[0] == 409
    item = f"{path}/items/{item_of(row).pk}/units"
    assert call("POST", item, {"units": 2})[1]["items"][0]["left"] == 6
    assert call("POST", item, {"units": 100})[0] == 409
    assert call("POST", item, {"units": 0})[0] in {400, 422}
    assert call("POST", f"{path}/items/99999/units", {"units": 1})[0] == 404
    later = (now() + timedelta(hours=9)).isoformat()
    assert call("POST", f"{path}/end", {"ends_at": later})[0] == 200
    assert call("POST", f"{path}/end", {"ends_at": (now() - HOUR).isoformat()})[0] in {400, 422}
    stopped = call("POST", f"{path}/stop", {})[1]
    assert (stopped["state"], stopped["agrees"], stopped["items"][0]["left"]) == ("ended", True, 0)
    assert call("POST", f"{path}/stop", {})[0] == 409
    assert call("GET", "/flash-sales/99999")[0] == 404


def test_each_call_needs_its_scope(call: Call, owner: User) -> None:
    row = sale(factories.variant_of(factories.product(stock=10)), begins=HOUR)
    reader = token_for(owner, "promotions.view")
    assert call("GET", f"/flash-sales/{row.pk}", token=reader)[0] == 200
    assert call("POST", f"/flash-sales/{row.pk}/start", {}, token=reader)[0] == 403
    assert call("GET", "/flash-sales", token=token_for(owner, "orders.view"))[0] == 403


def test_the_price_of_a_sale_is_changed_with_the_sale_alone(call: Call) -> None:
    row = sale(factories.variant_of(factories.product(stock=10)), units=4)
    promotion = item_of(row).promotion_id
    path = f"/discounts/{promotion}"
    found = call("GET", path)[1]
    for method, address, body in (
        ("PUT", path, {"name": "Mine", "rules": {"kind": "percent", "points": 1000}}),
        ("POST", f"{path}/switch", {"active": False}),
        ("DELETE", path, None),
    ):
        status, told = call(method, address, body)
        assert (status, told["code"], told["fields"]) == (409, "promotion_owned", {"flash_sale": str(row.pk)})
        assert row.name in told["message"]
    assert call("GET", path)[1] == found
    # The sale's own verbs still change it.
    assert call("POST", f"/flash-sales/{row.pk}/stop", {})[0] == 200
    assert call("GET", path)[1]["state"] == "off"
