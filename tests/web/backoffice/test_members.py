"""Members at the desk."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.membership import selectors, services
from duli.commerce.membership.models import Member, PointsEntry, Program, Tier, TierChange
from duli.commerce.promotions.models import Promotion
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db

RULES = {
    "has_tiers": "on", "has_points": "on", "measure": "spent", "rounding": "down", "ready_from": "paid",
    "earn_minor": "1.00", "worth_minor": "1.00", "window_days": "365", "grace_days": "30", "earn_points": "2",
    "order_points": "0", "welcome_points": "0", "birthday_points": "0",
    "ready_days": "7", "expiry_months": "12", "notice_days": "30",
    "worth_points": "100", "most_percent": "50", "least_points": "0", "boost_percent": "100",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def test_rules_are_saved_and_what_is_out_of_range_is_marked(owner: Client) -> None:
    url = reverse("backoffice:member_rules")
    assert owner.get(url).status_code == 200
    assert owner.post(url, RULES).status_code == 302
    row = Program.objects.get()
    assert (row.has_points, row.earn_points, row.earn_minor, row.ready_days) == (True, 2, 100, 7)
    answer = owner.post(url, {**RULES, "most_percent": "101", "earn_minor": ""})
    assert answer.status_code == 422
    assert Program.objects.get().most_percent == 50
    later = owner.post(
        url, {**RULES, "boost_percent": "200", "boost_from": "2026-12-02T00:00", "boost_until": "2026-12-01T00:00"}
    )
    assert later.status_code == 422


def test_a_tier_is_made_changed_and_removed(owner: Client) -> None:
    people.rules()
    new = {"name": "金卡", "threshold": "5000", "points_percent": "150", "benefits": "专属优惠券", "name_en": "Gold"}
    assert owner.post(reverse("backoffice:tier", args=[0]), new).status_code == 302
    row = Tier.objects.get()
    assert (row.threshold, row.names["en"]) == (500_000, "Gold")
    assert owner.post(reverse("backoffice:tier", args=[0]), new).status_code == 422
    for threshold in ("", "x", "-1"):
        answer = owner.post(reverse("backoffice:tier", args=[row.pk]), {**new, "threshold": threshold})
        assert answer.status_code == 422
    assert owner.post(reverse("backoffice:tier_delete", args=[row.pk])).status_code == 302
    assert not Tier.objects.exists()


def test_points_are_changed_once_however_often_the_form_is_sent(owner: Client) -> None:
    people.rules()
    buyer = people.member()
    url = reverse("backoffice:member_adjust", args=[buyer.pk])
    values = {"points": "500", "note": "sorry", "key": "k1"}
    assert owner.post(url, values).status_code == 302
    assert owner.post(url, values).status_code == 302
    assert selectors.available_points(buyer.pk) == 500
    assert owner.post(url, {**values, "points": "-501", "key": "k2"}).status_code == 409
    assert owner.post(url, {**values, "note": " ", "key": "k3"}).status_code == 422
    assert PointsEntry.objects.count() == 1
    page = owner.get(reverse("backoffice:customer", args=[buyer.pk])).content.decode()
    assert 'id="member"' in page
    assert "sorry" in page


def test_a_tier_is_set_by_hand_with_a_reason(owner: Client) -> None:
    people.rules()
    gold = people.tier("金卡", 500_000)
    buyer = people.member()
    url = reverse("backoffice:member_tier", args=[buyer.pk])
    assert owner.post(url, {"tier": str(gold.pk), "reason": "VIP", "until": "2099-01-31"}).status_code == 302
    member = Member.objects.get()
    assert (member.tier, member.set_by_hand) == (gold, True)
    assert member.kept_until is not None
    assert member.kept_until.isoformat().startswith("2099-01-31T16:00")
    assert owner.post(url, {"tier": "999", "reason": "x"}).status_code == 422
    assert owner.post(url, {"tier": str(gold.pk), "reason": "x", "until": "2001-01-31"}).status_code == 422
    assert owner.post(url, {"tier": "0", "reason": "over"}).status_code == 302
    assert [row.note for row in TierChange.objects.all()] == ["over", "VIP"]


def test_the_list_narrows_by_tier_and_name(owner: Client) -> None:
    people.rules()
    gold = people.tier("金卡", 500_000)
    first, second = people.member(7), people.member(9)
    services.set_tier(customer_id=first.pk, tier_id=gold.pk, reason="x", actor=factories.ACTOR)
    url = reverse("backoffice:members")

    def shown(query: str) -> list[bool]:
        page = owner.get(f"{url}{query}").content.decode()
        return [reverse("backoffice:customer", args=[pk]) in page for pk in (first.pk, second.pk)]

    assert shown("") == [True, True]
    assert shown(f"?tier={gold.pk}") == [True, False]
    assert shown("?tier=none") == [False, True]
    assert shown("?tier=%00x&after=zz") == [True, True]


def test_a_discount_names_tiers_and_says_so(owner: Client) -> None:
    people.rules()
    gold = people.tier("金卡", 500_000, names={"en": "Gold"})
    reset_caches()
    url = reverse("backoffice:discount_new", args=["percent"])
    assert f'value="tier:{gold.pk}"' in owner.get(url).content.decode()
    values = {"name": "Gold days", "percent": "10", "tiers": f"tier:{gold.pk}", "stacking": "all", "priority": "100"}
    answer = owner.post(url, values)
    assert answer.status_code == 302
    row = Promotion.objects.get()
    assert row.rules["audience"] == {"tags": [f"tier:{gold.pk}"]}
    page = owner.get(reverse("backoffice:discount", args=[row.pk])).content.decode()
    assert f"tier:{gold.pk}" not in page.replace(f'value="tier:{gold.pk}"', "")
    assert "金卡" in page or "Gold" in page
