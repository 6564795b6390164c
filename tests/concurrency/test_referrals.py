"""Two clicks on "pay out" at once: every commission is paid once, and the sum of the rows says so."""

from __future__ import annotations

import pytest
from django.db.models import F, Sum

from duli.commerce.referrals import services
from duli.commerce.referrals.models import Entry, Payout, Referral
from tests import factories
from tests.commerce.referrals.referring import customer, order_by, partner, pay, program
from tests.concurrency.hands import HANDS, all_hands

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
ORDERS = 3


def prepared() -> int:
    """Let a partner be owed for some orders; return how much."""
    factories.shop()
    program(approves_itself=True, wait_days=0, most_a_day=100)
    mine = partner()
    for number in range(ORDERS):
        pay(order_by(mine.code, email=f"b{number}@example.com"))
    services.settle_due()
    return sum(Referral.objects.values_list("earned_minor", flat=True))


def test_many_hands_pay_out_once() -> None:
    owed = prepared()
    outcomes = all_hands(lambda number: services.pay_out(currency="CNY", actor=f"user:{number}"))
    assert outcomes["done"] == 1
    assert set(outcomes) <= {"done", "nothing_to_pay_out", "paid_out_meanwhile"}
    assert Payout.objects.aggregate(sum=Sum("amount_minor"))["sum"] == owed
    assert Entry.objects.aggregate(sum=Sum("amount_minor"))["sum"] == 0


def test_without_the_claim_it_is_paid_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pay what was read before, whatever became of it: what the condition in the statement is there for."""
    owed = prepared()
    from duli.commerce.referrals.services import payout

    read = payout.owed_rows("CNY")

    def claim(row: Referral) -> bool:
        return bool(Referral.objects.filter(pk=row.pk).update(paid_minor=F("paid_minor") + row.owed_minor))

    monkeypatch.setattr(payout, "owed_rows", lambda currency: read)
    assert all_hands(lambda number: services.pay_out(currency="CNY", actor="a"))["paid_out_meanwhile"] == HANDS - 1
    monkeypatch.setattr(payout, "claim", claim)
    services.pay_out(currency="CNY", actor="a")
    assert Payout.objects.aggregate(sum=Sum("amount_minor"))["sum"] > owed


def test_many_hands_restate_a_refund_and_make_a_link_once() -> None:
    prepared()
    order = Referral.objects.order_by("pk")[0].order
    Referral.objects.filter(order=order).update(earned_minor=0)
    Entry.objects.filter(referral__order=order).delete()
    all_hands(lambda number: services.restate(order_id=order.pk))
    referral = Referral.objects.get(order=order)
    assert [row.amount_minor for row in referral.entries.all()] == [referral.earned_minor]
    anna = customer()
    program()
    outcomes = all_hands(lambda number: services.invite(customer_id=anna))
    assert (outcomes["done"], Referral.objects.count()) == (HANDS, ORDERS)
