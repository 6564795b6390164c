"""Mails to members."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from duli.base.clock import frozen, now
from duli.commerce.customers.models import Customer
from duli.commerce.membership import services
from duli.platform.mail.models import Mail
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def proved(customer: Customer) -> Customer:
    EmailAddress.objects.create(user=customer.user, email=customer.email, verified=True, primary=True)
    return customer


def mails(template: str) -> list[Mail]:
    factories.drain()
    return list(Mail.objects.filter(template=template))


def test_a_member_hears_of_a_tier_that_was_reached_and_not_of_one_that_was_lost() -> None:
    people.rules()
    gold = people.tier("金卡", 10000, benefits="专属优惠券")
    buyer = proved(people.member())
    people.buy(buyer)
    told = mails("tier_reached")
    assert [mail.to for mail in told] == [buyer.email]
    assert "金卡" in told[0].subject
    assert "专属优惠券" in told[0].html
    services.set_tier(customer_id=buyer.pk, tier_id=None, reason="x", actor=factories.ACTOR)
    assert len(mails("tier_reached")) == 1
    assert gold.name == "金卡"


def test_a_member_hears_of_points_that_run_out_soon() -> None:
    people.rules(expiry_months=12, notice_days=30)
    buyer = proved(people.member(1500))
    with frozen(now() + timedelta(days=340)):
        services.tell_of_endings()
        told = mails("points_ending")
    assert len(told) == 1
    assert "1,500" in told[0].subject
    assert "¥15" in told[0].html
    assert told[0].reference == buyer.reference


def test_an_address_that_nobody_proved_gets_no_mail() -> None:
    people.rules()
    people.tier("金卡", 10000)
    people.buy(people.member())
    assert mails("tier_reached") == []
