"""Referrals at the desk: rules, partners, decisions, payouts."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.commerce.customers.services import customer_for_user
from duli.commerce.promotions.models import Promotion
from duli.commerce.referrals import selectors, services
from duli.commerce.referrals.models import Payout, Program, Referral, Referrer
from duli.commerce.referrals.states import ReferralState
from duli.platform.accounts.models import User
from tests import factories
from tests.commerce.referrals.referring import order_by, partner, pay, program
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    factories.shop()
    client = Client()
    client.force_login(member("owner"))
    return client


RULES = {
    "friends_on": "on",
    "reward": "credit",
    "reward_minor": "20",
    "commission": "12.5",
    "wait_days": "10",
    "window_days": "30",
    "most_a_day": "5",
    "percent_1": "20",
}


def test_rules_are_saved_with_commissions_of_some_goods(desk: Client) -> None:
    item = factories.product()
    address = reverse("backoffice:referral_settings")
    assert desk.get(address).status_code == 200
    assert desk.post(address, {**RULES, "goods_1": f"product:{item.pk}"}).status_code == 302
    row = Program.objects.get()
    assert (row.reward_minor, row.commission_points, row.asks_first) == (2000, 1250, False)
    assert selectors.commissions() == {f"product:{item.pk}": 2000}
    assert "12.5" in desk.get(address).content.decode()
    for wrong in ({"reward_minor": ""}, {"commission": "101"}, {"window_days": "0"}, {"reward": "coupon"}):
        assert desk.post(address, {**RULES, **wrong}).status_code in {400, 422}, wrong
    assert Program.objects.get().reward_minor == 2000


def test_a_partner_is_taken_in_and_paid(desk: Client) -> None:
    program(wait_days=0)
    user = User.objects.create_user(email="blog@example.com", name="Blog")
    customer_for_user(user_id=user.pk, name="Blog", email="blog@example.com", phone="", language="en")
    address = reverse("backoffice:referral_partner_new")
    assert desk.post(address, {"email": "nobody@example.com", "state": "active"}).status_code == 422
    assert desk.post(address, {"email": "blog@example.com", "state": "active", "percent": "7.5"}).status_code == 302
    row = Referrer.objects.get()
    assert row.points == 750
    order = order_by(row.code)
    pay(order)
    found = Referral.objects.get(order=order)
    assert order.number in desk.get(reverse("backoffice:referrals")).content.decode()
    assert desk.post(reverse("backoffice:referral_approve", args=[found.pk])).status_code == 302
    found.refresh_from_db()
    assert found.state == ReferralState.APPROVED
    answer = desk.post(reverse("backoffice:referral_pay"), {"currency": "CNY"})
    payout = Payout.objects.get()
    assert answer.headers["Location"] == reverse("backoffice:referral_payout", args=[payout.batch_id])
    export = desk.get(reverse("backoffice:referral_payout_export", args=[payout.batch_id, "csv"]))
    assert row.code in b"".join(export.streaming_content).decode()  # type: ignore[attr-defined]
    assert desk.post(reverse("backoffice:referral_pay"), {"currency": "CNY"}).status_code == 422


def test_what_looks_odd_waits_for_somebody(desk: Client) -> None:
    program()
    mine = partner()
    order = order_by(mine.code, email="partner@example.com")
    found = Referral.objects.get(order=order)
    text = desk.get(reverse("backoffice:referrals"), {"state": "held"}).content.decode()
    assert order.number in text
    assert desk.post(reverse("backoffice:referral_decline", args=[found.pk])).status_code == 302
    assert desk.post(reverse("backoffice:referral_decline", args=[found.pk])).status_code == 409
    found.refresh_from_db()
    assert found.state == ReferralState.DECLINED


def test_the_editor_of_discounts_says_for_whom(desk: Client) -> None:
    program()
    values = {"name": "Welcome", "percent": "10", "stacking": "all", "priority": "100", "referrals": ["friend"]}
    assert desk.post(reverse("backoffice:discount_new", args=["percent"]), values).status_code == 302
    row = Promotion.objects.get()
    assert row.rules["audience"] == {"referrals": ["friend"]}
    page = desk.get(reverse("backoffice:discount_edit", args=[row.pk])).content.decode()
    assert 'value="friend"' in page


def test_lists_cost_the_same_with_many_rows(desk: Client) -> None:
    program(most_a_day=500)
    mine = partner()
    desk.get(reverse("backoffice:referrals"))
    counts = []
    thing = factories.variant_of(factories.product(stock=50))
    for round_ in range(2):
        for number in range(1 if not round_ else 3):
            order_by(mine.code, email=f"x{round_}{number}@example.com", thing=thing)
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse("backoffice:referrals"))
            desk.get(reverse("backoffice:referral_partners"))
            desk.get(reverse("backoffice:referral_partner", args=[mine.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert services.settle_due() == 0
