"""Members over the API, each call only with its scope."""

from __future__ import annotations

import pytest
from django.test import Client

from duli.commerce.membership.models import Member, PointsEntry
from duli.platform.accounts.models import User
from tests import factories
from tests.commerce.membership import people
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def test_points_are_changed_once_a_key_and_told(call: Call) -> None:
    people.rules()
    buyer = people.member()
    path = f"/members/{buyer.pk}/points"
    body = {"points": 120, "note": "sorry"}
    assert call("POST", path, body)[0] == 400
    status, made = call("POST", path, body, key="p1")
    assert (status, made["available_points"]) == (201, 120)
    assert call("POST", path, body, key="p1")[1] == made
    assert PointsEntry.objects.count() == 1
    assert call("POST", path, {**body, "points": -121}, key="p2")[0] == 409
    assert call("POST", path, {**body, "points": 0}, key="p3")[0] == 422
    assert call("POST", "/members/999999/points", body, key="p4")[0] == 404
    found = call("GET", f"/members/{buyer.pk}")[1]
    assert [(entry["kind"], entry["change"], entry["note"]) for entry in found["entries"]] == [
        ("adjusted", 120, "sorry")
    ]


def test_a_tier_is_set_and_the_list_narrows(call: Call) -> None:
    people.rules()
    gold = people.tier("金卡", 500_000)
    buyer = people.member(5)
    people.member(6)
    path = f"/members/{buyer.pk}/tier"
    assert call("PUT", path, {"tier_id": gold.pk, "reason": "VIP"})[1]["tier_id"] == gold.pk
    assert [row["customer_id"] for row in call("GET", f"/members?tier={gold.pk}")[1]["members"]] == [buyer.pk]
    assert call("PUT", path, {"tier_id": 999_999, "reason": "VIP"})[0] == 404
    assert call("PUT", path, {"tier_id": gold.pk, "reason": "VIP", "until": "2001-01-01T00:00:00Z"})[0] == 422
    assert call("PUT", path, {"tier_id": None, "reason": "over"})[1]["tier_id"] is None
    assert Member.objects.get(pk=buyer.pk).tier is None
    guest = factories.order().customer_id
    assert call("PUT", f"/members/{guest}/tier", {"tier_id": gold.pk, "reason": "x"})[0] == 409


def test_who_may_only_look_changes_nothing(owner: User) -> None:
    people.rules()
    buyer = people.member(5)
    token = token_for(owner, "customers.view")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    address = f"/api/v1/admin/members/{buyer.pk}"
    assert Client().get(address, headers=headers).status_code == 200
    body = {"points": 1, "note": "x"}
    answer = Client().post(f"{address}/points", body, content_type="application/json", headers=headers)
    assert answer.status_code == 403
