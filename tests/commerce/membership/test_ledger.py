"""Whatever happens in whatever order: sums are what entries say, nothing is below zero, and all that was spent for
orders that are gone is back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from duli.base.clock import frozen
from duli.base.errors import DuliError
from duli.commerce.membership import selectors, services
from duli.commerce.membership.models import Lot, Member, PointsEntry, Redemption
from duli.commerce.membership.rules import EarnRule, earned, kept_back, months_later, spendable, worth
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.commerce.orders.types import RefundLine
from tests import factories
from tests.commerce.membership import people

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["give", "take", "buy", "refund", "cancel", "wait", "expire"]),
        st.integers(1, 400),
        st.integers(1, 3),
    ),
    min_size=3,
    max_size=9,
)


class TestLedger(TestCase):
    @settings(max_examples=12)
    @given(steps=STEPS)
    def test_every_sum_can_be_derived_again(self, steps: list[tuple[str, int, int]]) -> None:
        factories.shop()
        people.rules(expiry_months=2, ready_days=5, order_points=3)
        buyer = people.member()
        thing = factories.variant_of(factories.product(price=777, stock=None))
        moment = START
        for number, (what, size, units) in enumerate(steps):
            with frozen(moment):
                self._do(what, size, units, buyer.pk, buyer, thing, f"{number}")
            if what == "wait":
                moment += timedelta(days=size / 10)
            assert selectors.differences() == []
            member = Member.objects.filter(pk=buyer.pk).first()
            assert member is None or (member.points >= 0 and member.owed >= 0)
            with frozen(moment):
                assert 0 <= selectors.available_points(buyer.pk) <= (member.points if member else 0)
        for row in Redemption.objects.select_related("order"):
            if row.order.status == OrderStatus.CANCELLED:
                assert row.returned == row.points
            spent = PointsEntry.objects.filter(reference=f"order:{row.pk}", kind="spent").aggregate(s=Sum("change"))
            assert spent["s"] == -row.points
        assert not Lot.objects.filter(left__lt=0).exists()

    def _do(self, what: str, size: int, units: int, pk: int, buyer: object, thing: object, key: str) -> None:
        newest = Order.objects.order_by("-pk").first()
        try:
            if what in {"give", "take"}:
                people.give(buyer, size if what == "give" else -size, f"p{key}")  # type: ignore[arg-type]
            elif what == "buy":
                people.buy(buyer, thing, quantity=units, points=size)  # type: ignore[arg-type]
            elif what == "refund" and newest is not None:
                line = newest.lines.get()
                orders.refund(
                    order_id=newest.pk, lines=[RefundLine(line.pk, 1)], actor="user:1", idempotency_key=f"r{key}"
                )
            elif what == "cancel" and newest is not None:
                orders.cancel(order_id=newest.pk, reason="x", actor="user:1")
            elif what == "expire":
                services.end_points()
        except DuliError:
            pass
        factories.drain()


@given(
    points=st.integers(1, 10**6),
    parts=st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
)
def test_parts_that_go_back_bring_every_point_exactly_once(points: int, parts: list[int]) -> None:
    goods, gone, before = sum(parts), 0, points
    for part in parts:
        gone += part
        kept = kept_back(points, goods, goods - gone)
        assert 0 <= kept <= before
        before = kept
    assert before == 0


@given(
    wanted=st.integers(0, 10**7), there=st.integers(0, 10**7), most=st.integers(0, 10**7),
    points=st.integers(1, 1000), minor=st.integers(1, 1000),
)  # fmt: skip
def test_nobody_spends_more_than_there_is_or_for_nothing(
    wanted: int, there: int, most: int, points: int, minor: int
) -> None:
    spent, off = spendable(wanted, there, most, points, minor)
    assert 0 <= spent <= min(wanted, there)
    assert 0 <= off <= most
    assert bool(spent) == bool(off)
    assert worth(spent, points, minor) >= off


@given(paid=st.integers(0, 10**9), back=st.integers(0, 10**9), percent=st.integers(1, 500))
def test_paying_less_never_earns_more(paid: int, back: int, percent: int) -> None:
    for rounding in ("down", "nearest", "up"):
        rule = EarnRule(1, 100, percent, 0, rounding)
        assert earned(max(0, paid - back), rule) <= earned(paid, rule)


@pytest.mark.parametrize(("rounding", "points"), [("down", 1), ("nearest", 2), ("up", 2)])
def test_rounding(rounding: str, points: int) -> None:
    assert earned(150, EarnRule(1, 100, 100, 0, rounding)) == points


def test_months_end_where_the_month_ends() -> None:
    assert months_later(datetime(2026, 11, 30, tzinfo=UTC), 3) == datetime(2027, 2, 28, tzinfo=UTC)
