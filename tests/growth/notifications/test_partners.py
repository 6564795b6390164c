"""Mails to who recommends the shop."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from duli.commerce.customers.services import customer_for_user
from duli.commerce.referrals import services
from duli.commerce.referrals.models import Referral, Referrer
from duli.platform.accounts.models import User
from duli.platform.mail.models import Mail
from tests import factories
from tests.commerce.referrals.referring import order_by, pay, program

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def account(email: str = "blog@example.com", language: str = "en") -> int:
    user = User.objects.create_user(email=email, name="Anna Blog")
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return customer_for_user(user_id=user.pk, name="Anna Blog", email=email, phone="", language=language).pk


def decided(customer_id: int, state: str = "active") -> Referrer:
    return services.save_referrer(customer_id=customer_id, kind="partner", state=state, points=None, actor="user:1")


def mails(template: str) -> list[Mail]:
    factories.drain()
    return list(Mail.objects.filter(template=template).order_by("pk"))


def test_who_asked_hears_that_they_are_a_partner_once() -> None:
    program()
    mine = account()
    row = services.apply_as_partner(customer_id=mine, about="blog", pay_to="")
    decided(mine)
    decided(mine, "paused")
    decided(mine)
    told = mails("partner_accepted")
    assert [mail.to for mail in told] == ["blog@example.com"]
    assert f"/r/{row.code}" in told[0].html
    assert "Welcome as a partner" in told[0].html


def test_a_partner_hears_of_all_commissions_of_an_hour_in_one_mail_and_of_the_payment() -> None:
    program(wait_days=0, approves_itself=True)
    mine = decided(account(language="zh-hans"))
    found = [pay(order_by(mine.code, email=f"b{number}@example.com")) for number in range(3)]
    services.settle_due()
    services.settle_due()
    told = mails("commission_approved")
    assert len(told) == 1
    sum_ = sum(row.earned_minor for row in found if row)
    assert f"¥{sum_ / 100:.2f}" in told[0].subject
    assert "3 笔订单" in told[0].html
    assert mails("commission_paid") == []
    services.pay_out(currency="CNY", actor=factories.ACTOR)
    paid = mails("commission_paid")
    assert [mail.to for mail in paid] == ["blog@example.com"]
    assert f"¥{sum_ / 100:.2f}" in paid[0].html


def test_what_staff_approve_is_told_too_and_what_they_decline_is_not() -> None:
    program(wait_days=0)
    mine = decided(account())
    yes, no = (pay(order_by(mine.code, email=f"b{number}@example.com")) for number in range(2))
    assert yes
    assert no
    services.decide(referral_id=yes.pk, approve=True, actor="user:1")
    services.decide(referral_id=no.pk, approve=False, actor="user:1")
    told = mails("commission_approved")
    assert len(told) == 1
    assert "number of orders: 1" in told[0].html
    assert Referral.objects.filter(state="declined").count() == 1


def test_a_friends_reward_is_told() -> None:
    program(wait_days=0)
    mine = services.invite(customer_id=account())
    pay(order_by(mine.code))
    services.settle_due()
    told = mails("friend_rewarded")
    assert [mail.to for mail in told] == ["blog@example.com"]
    assert "¥20.00" in told[0].html


def test_an_address_that_nobody_proved_gets_no_mail() -> None:
    program(wait_days=0, approves_itself=True)
    mine = decided(account())
    EmailAddress.objects.update(verified=False)
    pay(order_by(mine.code))
    services.settle_due()
    services.pay_out(currency="CNY", actor=factories.ACTOR)
    assert mails("commission_approved") == mails("commission_paid") == []
