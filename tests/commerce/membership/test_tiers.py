from __future__ import annotations

from datetime import timedelta

import pytest

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.commerce.checkout.selectors import checkout_view
from duli.commerce.membership import selectors, services
from duli.commerce.membership.models import Member, TierChange
from duli.commerce.membership.types import TierDraft, TierInUse
from duli.commerce.orders import services as orders
from duli.commerce.orders.types import RefundLine
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def test_a_paid_order_lifts_at_once_and_tells_why() -> None:
    people.rules()
    people.tier("银卡", 5000)
    gold = people.tier("金卡", 20000, names={"en": "Gold"})
    buyer = people.member()
    people.buy(buyer)
    assert Member.objects.get().tier is not None
    standing = selectors.standing_of(buyer.pk, "en")
    assert standing.tier is not None
    assert standing.next_tier is not None
    assert (standing.tier.name, standing.next_tier.name) == ("银卡", "Gold")
    assert (standing.value, standing.missing, standing.progress) == (11200, 8800, 56)
    people.buy(buyer)
    assert Member.objects.get().tier == gold
    assert [(row.before, row.after, row.reason) for row in TierChange.objects.order_by("pk")] == [
        ("", "银卡", "reached"),
        ("银卡", "金卡", "reached"),
    ]


def test_by_orders_and_within_the_window() -> None:
    people.rules(measure="orders", window_days=30, grace_days=10)
    silver = people.tier("银卡", 2)
    buyer = people.member()
    start = now()
    people.buy(buyer)
    with frozen(start + timedelta(days=20)):
        people.buy(buyer)
    assert Member.objects.get().tier == silver
    # The first one is out of the window now: days of grace begin, and end.
    with frozen(start + timedelta(days=31)):
        services.assess_all()
        member = Member.objects.get()
        assert member.tier == silver
        assert selectors.standing_of(buyer.pk, "en").leaves_at == now() + timedelta(days=10)
    with frozen(start + timedelta(days=40)):
        services.assess_all()
        assert Member.objects.get().tier == silver
    with frozen(start + timedelta(days=41, hours=1)):
        services.assess_all()
        assert Member.objects.get().tier is None
    assert TierChange.objects.first().reason == "lost"  # type: ignore[union-attr]


def test_what_is_bought_in_the_days_of_grace_keeps_the_tier() -> None:
    people.rules(measure="orders", window_days=30, grace_days=10)
    people.tier("银卡", 1)
    buyer = people.member()
    start = now()
    people.buy(buyer)
    with frozen(start + timedelta(days=31)):
        services.assess_all()
        assert Member.objects.get().below_since is not None
        people.buy(buyer)
        assert Member.objects.get().below_since is None


def test_a_refund_counts_against_the_tier_after_grace() -> None:
    people.rules(grace_days=0)
    people.tier("银卡", 10000)
    buyer = people.member()
    order = people.buy(buyer)
    assert Member.objects.get().tier is not None
    orders.refund(
        order_id=order.pk,
        lines=[RefundLine(order.lines.get().pk, 1)],
        actor=factories.ACTOR,
        idempotency_key="r",
    )
    factories.drain()
    assert Member.objects.get().tier is None


def test_an_order_that_came_back_whole_is_none_of_those_a_tier_needs() -> None:
    people.rules(measure="orders", grace_days=0)
    people.tier("银卡", 2)
    buyer = people.member()
    bought = [people.buy(buyer, quantity=2) for _ in range(2)]
    line = bought[0].lines.get()
    for key, still in (("half", True), ("rest", False)):
        orders.refund(order_id=bought[0].pk, lines=[RefundLine(line.pk, 1)], actor=factories.ACTOR, idempotency_key=key)
        factories.drain()
        assert (Member.objects.get().tier is not None) is still
    people.buy(buyer)
    assert Member.objects.get().tier is not None


def test_a_tier_by_hand_stays_until_its_end_unless_a_higher_one_is_reached() -> None:
    people.rules()
    silver, gold = people.tier("银卡", 5000), people.tier("金卡", 10000)
    buyer = people.member()
    until = now() + timedelta(days=30)
    services.set_tier(customer_id=buyer.pk, tier_id=silver.pk, reason="VIP", until=until, actor=factories.ACTOR)
    services.assess_all()
    assert Member.objects.get().tier == silver
    with frozen(until + timedelta(seconds=1)):
        services.assess_all()
        assert Member.objects.get().tier is None
        assert TierChange.objects.first().reason == "ended"  # type: ignore[union-attr]
    services.set_tier(customer_id=buyer.pk, tier_id=silver.pk, reason="VIP", actor=factories.ACTOR)
    people.buy(buyer)
    assert Member.objects.get().tier == gold
    assert not Member.objects.get().set_by_hand
    for reason, end in (("", None), ("x", now() - timedelta(days=1))):
        with pytest.raises(InvalidInput):
            services.set_tier(customer_id=buyer.pk, tier_id=silver.pk, reason=reason, until=end, actor=factories.ACTOR)


def test_a_tier_earns_more_from_the_next_order_on() -> None:
    people.rules()
    people.tier("银卡", 10000, points_percent=150)
    buyer = people.member()
    people.buy(buyer)
    assert Member.objects.get().points == 100
    people.buy(buyer)
    assert Member.objects.get().points == 250


def test_a_promotion_for_a_tier_counts_for_its_members_alone() -> None:
    people.rules()
    gold = people.tier("金卡", 10000)
    save_promotion(
        draft=PromotionDraft(
            name="Gold", rules={"kind": "percent", "points": 1000, "audience": {"tags": [f"tier:{gold.pk}"]}}
        ),
        actor=factories.ACTOR,
    )
    reset_caches()
    buyer, other = people.member(), people.member()
    services.set_tier(customer_id=buyer.pk, tier_id=gold.pk, reason="x", actor=factories.ACTOR)
    thing = factories.variant_of(factories.product(price=10000, stock=9))
    assert checkout_view(people.cart(buyer, thing).token).cart.quote.discount.minor == 1000
    assert checkout_view(people.cart(other, thing).token).cart.quote.discount.minor == 0


def test_a_tier_that_somebody_is_in_cannot_be_removed() -> None:
    people.rules()
    gold = people.tier("金卡", 10000)
    services.set_tier(customer_id=people.member().pk, tier_id=gold.pk, reason="x", actor=factories.ACTOR)
    with pytest.raises(TierInUse):
        services.delete_tier(tier_id=gold.pk, actor=factories.ACTOR)
    silver = people.tier("银卡", 500)
    services.delete_tier(tier_id=silver.pk, actor=factories.ACTOR)
    assert [row.pk for row in selectors.Tier.objects.all()] == [gold.pk]


@pytest.mark.parametrize(
    ("field", "values"),
    [("name", {"name": " "}), ("threshold", {"threshold": -1}), ("points_percent", {"points_percent": 0})],
)
def test_a_tier_that_makes_no_sense_is_refused(field: str, values: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as found:
        services.save_tier(
            draft=TierDraft(**{"name": "x", "threshold": 1, **values}),  # type: ignore[arg-type]
            actor=factories.ACTOR,
        )
    assert found.value.params["field"] == field


@pytest.mark.parametrize("people_count", [1, 30])
def test_the_list_of_members_costs_the_same_however_long(people_count: int, django_assert_num_queries: object) -> None:
    people.rules()
    for _ in range(people_count):
        people.member(5)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len([(row.customer.name, row.tier) for row in selectors.members()]) == people_count
