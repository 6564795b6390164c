"""Points, store credit, commissions and flash sales are added up again, and what does not agree is named."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from duli.base.money import Money
from duli.commerce.customers.models import StoreCreditEntry
from duli.commerce.customers.services import change_credit
from duli.commerce.flash_sales.models import Item
from duli.commerce.membership.models import Member
from duli.commerce.referrals.models import Referral
from tests import factories
from tests.commerce.flash_sales.made import sale
from tests.commerce.membership import people
from tests.commerce.referrals.referring import brought_and_paid
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    factories.shop()
    client = Client()
    client.force_login(member("owner"))
    return client


def page(desk: Client) -> str:
    return unescape(desk.get(reverse("backoffice:stock_integrity"), {"ledgers": "1"}).content.decode())


def test_all_agree_after_much_has_happened_and_each_difference_is_named(desk: Client) -> None:
    people.rules()
    mei = people.member(300)
    change_credit(customer_id=mei.pk, amount=Money(500, "CNY"), reason="goodwill", actor="a", idempotency_key="given")
    brought_and_paid()
    row = sale(factories.variant_of(factories.product(stock=9)), units=4)
    text = page(desk)
    assert text.count("Everything agrees") == 4
    assert "by the entries" not in text
    assert "ledgers=1" in desk.get(reverse("backoffice:stock_integrity")).content.decode()
    Member.objects.filter(pk=mei.pk).update(points=1)
    assert "kept: (1, 0), by the entries: (300, 0)" in page(desk)
    Item.objects.filter(sale=row).update(left=1)
    assert "Stock holds another number for it" in page(desk)
    Referral.objects.filter(paid_minor__gt=0).update(paid_minor=1)
    assert page(desk).count("by the entries") == 2
    StoreCreditEntry.objects.filter(customer=mei).update(amount_minor=-700)
    text = page(desk)
    assert "¥7.00" in text
    assert "Everything agrees" not in text


def test_who_may_not_see_customers_sees_nothing_of_their_points(desk: Client) -> None:
    client = Client()
    client.force_login(member("catalogue"))
    answer = client.get(reverse("backoffice:stock_integrity"), {"ledgers": "1"})
    assert answer.status_code == 200
    assert "Commissions and rewards" not in answer.content.decode()
