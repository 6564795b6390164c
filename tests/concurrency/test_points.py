"""One customer, the same points, many orders at once: they are spent once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy

import pytest
from django.db import transaction

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.membership import locks, selectors, services
from duli.commerce.membership.models import Lot, Member, Redemption
from tests import factories
from tests.commerce.membership import people
from tests.concurrency.hands import HANDS, all_hands

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
POINTS = 5000


def rush(before: Callable[[], None] = lambda: None) -> Counter[str]:
    """Let orders of one buyer, in as many transactions, spend all the points at once."""
    factories.shop()
    people.rules()
    buyer = people.member(POINTS)
    thing = factories.variant_of(factories.product(price=10000, stock=None))
    orders = [people.place(buyer, people.cart(buyer, thing)) for _ in range(HANDS)]
    before()

    def spend(number: int) -> None:
        with transaction.atomic():
            services.spend(
                order=orders[number],
                customer_id=buyer.pk,
                points=POINTS,
                amount=Money(POINTS, "CNY"),
                actor=factories.ACTOR,
            )

    return all_hands(spend)


def test_the_same_points_are_spent_once() -> None:
    outcomes = rush()
    assert outcomes == {"done": 1, "not_enough_points": HANDS - 1}
    assert sum(Redemption.objects.values_list("points", flat=True)) == POINTS
    assert Member.objects.get().points == 0
    assert selectors.differences() == []


def test_without_the_lock_they_are_spent_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide by what was read before: what locking the member is there for."""

    def unguard() -> None:
        member, lots = Member.objects.get(), list(Lot.objects.filter(available_at__lte=now()))
        monkeypatch.setattr(locks, "lock_member", lambda _pk: copy(member))
        monkeypatch.setattr(
            "duli.commerce.membership.services.orders.open_lots", lambda _pk, _at: [copy(lot) for lot in lots]
        )

    outcomes = rush(unguard)
    assert outcomes["done"] > 1
    assert selectors.differences() != []
