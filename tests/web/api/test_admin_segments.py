"""Segments over the API: declared, counted, read, changed by who saw them last, and removed."""

from __future__ import annotations

import pytest

from duli.commerce.customers.models import Customer, Segment
from duli.platform.accounts.models import User
from duli.platform.store.changes import reset_caches
from tests.commerce.membership import people
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db
RULES = {"orders_from": 2, "tags": ["vip"]}


def test_a_segment_is_declared_counted_changed_and_removed(call: Call) -> None:
    status, made = call("POST", "/segments", {"name": "常客", "rules": {"orders_from": 2}})
    assert (status, made["rules"]) == (201, {"orders_from": 2})
    assert made["reference"] == f"segment:{made['id']}"
    path = f"/segments/{made['id']}"
    customer = people.member()
    Customer.objects.filter(pk=customer.pk).update(orders_count=2)
    assert call("GET", path)[1]["customers"] == 1
    assert call("GET", f"{path}/customers")[1]["customers"] == [customer.pk]
    reset_caches()
    assert [row["name"] for row in call("GET", "/segments")[1]["segments"]] == ["常客"]
    body = {"name": "贵客", "rules": RULES, "updated_at": made["updated_at"]}
    assert call("PUT", path, body)[1]["rules"] == RULES
    # Who read it before that is told.
    assert call("PUT", path, {**body, "name": "别的"})[0] == 409
    assert call("PUT", path, {**body, "updated_at": None})[0] == 200
    assert call("DELETE", path)[0] == 200
    assert call("GET", path)[0] == 404
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "rules": {}},
        {"name": "x", "rules": {"orders_from": "2"}},
        {"name": "x", "rules": {"accepts": ["fax"]}},
        {"name": "", "rules": RULES},
        {"name": "x", "rules": []},
        {"name": "x"},
    ],
)
def test_rules_that_make_no_sense_are_refused(call: Call, body: dict[str, object]) -> None:
    assert call("POST", "/segments", body)[0] in {400, 422}
    assert not Segment.objects.exists()


def test_each_call_needs_its_scope(call: Call, owner: User) -> None:
    reader = token_for(owner, "customers.view")
    assert call("GET", "/segments", token=reader)[0] == 200
    assert call("POST", "/segments", {"name": "x", "rules": RULES}, token=reader)[0] == 403
    assert call("GET", "/segments", token=token_for(owner, "orders.view"))[0] == 403
