"""Fapiao over the API: asked for, issued once, taken back and issued anew; and told to other systems."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from duli.base.clock import now
from duli.commerce.fapiao.models import Fapiao
from duli.commerce.fapiao.services import save_settings
from duli.growth.webhooks.models import Delivery
from duli.growth.webhooks.services import create_endpoint
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.api.test_admin_api import Call, call, owner

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db
BLUE, RED, NEW = "26117000000000000001", "26117000000000000002", "26117000000000000003"
COMPANY = {
    "title_kind": "company", "title": "杭州青舍家居有限公司", "tax_number": "91110000600037341L",
    "email": "cai@example.com",
}  # fmt: skip


def paper(number: str, **values: Any) -> dict[str, Any]:
    return {"number": number, "issued_on": now().date().isoformat(), **values}


def test_asked_issued_taken_back_and_issued_anew(call: Call) -> None:
    save_settings(is_offered=True, actor=factories.ACTOR)
    create_endpoint(url="https://erp.example/hook", description="ERP", kinds=["fapiao.asked", "fapiao.issued"])
    reset_caches()
    order = factories.order(paid=True)
    refused = call("POST", "/fapiao", {"order_id": order.pk, **COMPANY, "tax_number": "9"})
    assert (refused[0], refused[1]["fields"]) == (422, {"tax_number": "invalid"})
    assert call("POST", "/fapiao", {"order_id": 999_999, **COMPANY})[0] == 404
    status, asked = call("POST", "/fapiao", {"order_id": order.pk, **COMPANY})
    assert (status, asked["state"], asked["to_issue_minor"]) == (200, "to_issue", order.total_minor)
    path = f"/fapiao/{asked['id']}"
    file = {"file_name": "fapiao.pdf", "content_base64": base64.b64encode(b"%PDF-1.7").decode()}
    assert call("POST", f"{path}/issue", paper(BLUE, **file))[0] == 400, "without a key"
    for wrong in ({"content_base64": "no!"}, {"issued_on": "2001-01-01"}, {"number": "12"}, {"number": "9" * 50}):
        assert call("POST", f"{path}/issue", paper(BLUE) | wrong, key=str(wrong))[0] == 422
    status, issued = call("POST", f"{path}/issue", paper(BLUE, **file), key="i1")
    assert (status, issued["state"], [row["has_file"] for row in issued["papers"]]) == (200, "issued", [True])
    assert call("POST", f"{path}/issue", paper(BLUE, **file), key="i1")[1] == issued
    assert call("POST", f"{path}/issue", paper(NEW), key="i2")[0] == 409
    blue = issued["papers"][0]["id"]
    assert call("POST", f"/fapiao/papers/{blue}/red", paper(RED), key="r1")[0] == 409, "nothing was refunded"
    red = call("POST", f"/fapiao/papers/{blue}/red", paper(RED, whole=True), key="r2")[1]
    assert (red["state"], red["papers"][1]["corrects"]) == ("to_issue", blue)
    call("POST", "/fapiao", {"order_id": order.pk, "title": "林晓", "email": "lin@example.com"})
    anew = call("POST", f"{path}/issue", paper(NEW), key="i3")[1]
    assert [(row["title"], row["amount_minor"] > 0) for row in anew["papers"]] == [
        (COMPANY["title"], True), (COMPANY["title"], False), ("林晓", True),
    ]  # fmt: skip
    assert call("GET", path)[1] == anew
    assert [row["id"] for row in call("GET", "/fapiao", q=RED, state="issued")[1]["fapiao"]] == [asked["id"]]
    assert call("GET", "/fapiao", state="to_issue")[1] == {"fapiao": [], "next": ""}
    factories.drain()
    told = [row.body for row in Delivery.objects.order_by("pk")]
    assert len(told) == 5
    assert all(BLUE in body for body in told[1:]), "each tells of the request as it is now"


def test_declined_with_a_reason_and_only_with_the_scope(call: Call, owner: Any) -> None:
    from tests.web.api.test_admin_api import token_for

    row = factories.fapiao_request(factories.order())
    path = f"/fapiao/{row.pk}/decline"
    assert call("POST", path, {"reason": "x"}, token=token_for(owner, "orders.view"))[0] == 403
    assert call("POST", path, {"reason": ""})[0] == 422
    assert call("POST", path, {"reason": "税号与名称不符"})[1]["reason"] == "税号与名称不符"
    assert call("POST", path, {"reason": "again"})[0] == 409
    assert call("POST", "/fapiao/999999/decline", {"reason": "x"})[0] == 404
    assert call("GET", "/fapiao/999999")[0] == 404
    assert not Fapiao.objects.exists()
