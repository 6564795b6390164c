"""Referrals over the API, each call only with its scope."""

from __future__ import annotations

import json
from typing import Any

import pytest

from duli.commerce.customers.services import customer_for_user
from duli.commerce.referrals.models import Entry, Payout, Program, Referral, Referrer
from duli.platform.accounts.models import User
from duli.platform.tokens.models import IdempotentAnswer
from tests.commerce.referrals.referring import customer, order_by, partner, pay, program
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = pytest.mark.django_db


def account(email: str = "blog@example.com") -> int:
    user = User.objects.create_user(email=email, name="Blog")
    return customer_for_user(user_id=user.pk, name="Blog", email=email, phone="", language="en").pk


def test_the_rules_are_read_and_made(call: Call) -> None:
    rules = {"partners_on": True, "commission_points": 1250, "commissions": {"product:3": 2000}, "wait_days": 0}
    assert call("PUT", "/referrals/program", rules)[0] == 200
    told = call("GET", "/referrals/program")[1]
    assert (told["commission_points"], told["commissions"], told["friends_on"]) == (1250, {"product:3": 2000}, False)


@pytest.mark.parametrize(
    "wrong",
    [{"reward": "gold"}, {"wait_days": 999}, {"commission_points": 10_001}, {"commissions": {"x": 1}},
     {"commissions": {"product:3": 10_001}}, {"friends_on": True}, {"friends_on": True, "reward": "coupon"},
     {"reward_minor": -1}, {"most_a_day": 0}],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused(call: Call, wrong: dict[str, Any]) -> None:
    assert call("PUT", "/referrals/program", wrong)[0] == 422
    assert not Program.objects.filter(commission_points=10_001).exists()


def test_a_partner_is_made_brings_an_order_and_is_paid_once(call: Call) -> None:
    program(wait_days=0)
    body = {"customer_id": account(), "state": "active", "commission_points": 750}
    status, made = call("POST", "/referrals/partners", body)
    assert (status, made["commission_points"], made["orders"]) == (201, 750, 0)
    referral = pay(order_by(made["code"]))
    assert referral is not None
    found = call("GET", "/referrals/orders", state="pending")[1]["referrals"]
    assert [(row["id"], row["earned_minor"]) for row in found] == [(referral.pk, referral.earned_minor)]
    assert call("GET", "/referrals/orders", partner=made["id"])[1]["referrals"] == found
    assert call("GET", "/referrals/orders", partner=made["id"] + 1)[1]["referrals"] == []
    path = f"/referrals/orders/{referral.pk}"
    assert call("POST", f"{path}/approve", key="a")[1]["state"] == "approved"
    assert call("POST", f"{path}/approve", key="b")[0] == 409
    assert call("GET", "/referrals/payouts")[1]["owed"] == [{"currency": "CNY", "minor": referral.earned_minor}]
    assert call("POST", "/referrals/payouts", {"currency": "cny"})[0] == 400
    status, batch = call("POST", "/referrals/payouts", {"currency": "cny"}, key="p")
    assert (status, batch["partners"], batch["minor"]) == (201, 1, referral.earned_minor)
    assert call("POST", "/referrals/payouts", {"currency": "cny"}, key="p") == (201, batch)
    assert call("POST", "/referrals/payouts", {"currency": "CNY"}, key="q")[0] == 409
    assert Payout.objects.count() == 1
    paid = call("GET", f"/referrals/payouts/{batch['id']}")[1]["payments"]
    assert [(row["partner_id"], row["minor"]) for row in paid] == [(made["id"], referral.earned_minor)]
    # Taken back after it was paid: it is owed to the shop now, and set off next time.
    assert call("POST", f"{path}/decline", key="d")[1]["earned_minor"] == 0
    assert sum(Entry.objects.values_list("amount_minor", flat=True)) == -referral.earned_minor
    earned = call("GET", f"/referrals/partners/{made['id']}")[1]["earned"]
    assert earned == [
        {
            "currency": "CNY",
            "waiting_minor": 0,
            "approved_minor": -referral.earned_minor,
            "paid_minor": referral.earned_minor,
        }
    ]


def test_what_is_held_waits_and_what_is_too_early_is_refused(call: Call) -> None:
    program()
    mine = partner()
    odd = Referral.objects.get(order=order_by(mine.code, email="partner@example.com"))
    assert call("GET", f"/referrals/orders/{odd.pk}")[1]["checks"] == ["same_email", "same_customer"][::-1]
    assert call("POST", f"/referrals/orders/{odd.pk}/approve", key="a")[1]["state"] == "pending"
    assert call("POST", f"/referrals/orders/{odd.pk}/approve", key="b")[0] == 409


def test_bad_input_is_refused(call: Call) -> None:
    program()
    guest = customer("guest@example.com")
    friend = Referrer.objects.create(customer_id=guest, kind="friend", code="abcdefg", created_at="2026-01-01T00:00Z")
    for body in ({"state": "active"}, {"customer_id": guest, "state": "active"}):
        assert call("POST", "/referrals/partners", body)[0] == 422
    assert call("POST", "/referrals/partners", {"customer_id": 999_999, "state": "active"})[0] == 404
    assert call("POST", "/referrals/partners", {"customer_id": account(), "state": "king"})[0] == 422
    # Who invites friends is no partner.
    assert call("PUT", f"/referrals/partners/{friend.pk}", {"state": "active"})[0] == 404
    for query in ({"state": "x"}, {"kind": "x"}, {"partner": "x"}, {"partner": 2**70}, {"after": "x"}):
        assert call("GET", "/referrals/orders", **query)[0] == 422
    assert call("GET", "/referrals/partners", state="x")[0] == 422
    assert call("POST", "/referrals/payouts", {"currency": "x" * 99}, key="k")[0] == 422


def test_only_who_pays_sees_accounts_and_no_answer_that_is_kept_has_one(call: Call, owner: User) -> None:
    program(wait_days=0, approves_itself=True)
    mine = partner()
    Referrer.objects.filter(pk=mine.pk).update(pay_to="IBAN DE00")
    referral = pay(order_by(mine.code))
    assert referral is not None
    call("POST", f"/referrals/orders/{referral.pk}/approve", key="a")
    looking = token_for(owner, "promotions.view")
    told = call("GET", f"/referrals/partners/{mine.pk}", token=looking)[1]
    assert "IBAN" not in json.dumps(told)
    batch = call("POST", "/referrals/payouts", {"currency": "CNY"}, key="p")[1]
    assert call("GET", f"/referrals/payouts/{batch['id']}", token=looking)[0] == 403
    assert call("GET", f"/referrals/payouts/{batch['id']}")[1]["payments"][0]["pay_to"] == "IBAN DE00"
    kept = json.dumps([row.body for row in IdempotentAnswer.objects.all()], default=str)
    assert "IBAN" not in kept
