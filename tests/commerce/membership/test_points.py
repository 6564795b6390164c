from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import checkout_view
from duli.commerce.checkout.types import PlaceOrder, PriceChanged
from duli.commerce.customers.holders import holders
from duli.commerce.customers.selectors import person_of
from duli.commerce.customers.services import merge_customers
from duli.commerce.membership import selectors, services
from duli.commerce.membership.models import Lot, Member, PointsEntry, Redemption, TierChange
from duli.commerce.membership.types import Because, NoMember, NotEnoughPoints
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.types import FulfilLine, RefundLine
from duli.commerce.pricing import services as pricing
from duli.commerce.promotions import services as promotions
from duli.commerce.promotions.models import Use
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.accounts.events import AddressProved
from duli.platform.accounts.models import User
from duli.platform.audit.models import AuditEntry
from duli.platform.events.services import publish
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def refund(order: Order, units: dict[int, int], key: str = "r1") -> None:
    orders.refund(
        order_id=order.pk,
        lines=[RefundLine(pk, quantity) for pk, quantity in units.items()],
        actor=factories.ACTOR,
        idempotency_key=key,
    )
    factories.drain()


def test_paid_goods_earn_and_shipping_does_not() -> None:
    people.rules(order_points=5)
    buyer = people.member()
    order = people.buy(buyer)
    assert order.shipping_minor == 1200
    assert selectors.available_points(buyer.pk) == 105
    assert selectors.differences() == []
    services.restate(order_id=order.pk)
    assert selectors.available_points(buyer.pk) == 105


def test_points_wait_until_the_days_are_over() -> None:
    people.rules(ready_days=14)
    buyer = people.member()
    people.buy(buyer)
    standing = selectors.standing_of(buyer.pk, "en")
    assert (standing.available, standing.pending) == (0, 100)
    with frozen(now() + timedelta(days=14, minutes=1)):
        assert selectors.available_points(buyer.pk) == 100


def test_points_after_delivery_wait_for_it() -> None:
    people.rules(ready_from="delivered", ready_days=7)
    buyer = people.member()
    order = people.buy(buyer)
    assert Lot.objects.get().available_at is None
    with frozen(now() + timedelta(days=100)):
        assert selectors.available_points(buyer.pk) == 0
    sent = orders.fulfil(
        order_id=order.pk,
        lines=[FulfilLine(line.pk, line.quantity) for line in order.lines.all()],
        location_id=factories.location().pk,
        actor=factories.ACTOR,
        idempotency_key="sent",
    )
    orders.mark_delivered(fulfilment_id=sent.pk, actor=factories.ACTOR)
    factories.drain()
    with frozen(now() + timedelta(days=6)):
        assert selectors.available_points(buyer.pk) == 0
    with frozen(now() + timedelta(days=7, minutes=1)):
        assert selectors.available_points(buyer.pk) == 100


def test_a_guest_earns_nothing() -> None:
    people.rules()
    factories.order(paid=True)
    assert not PointsEntry.objects.exists()


def test_gift_cards_earn_nothing_and_points_do_not_buy_them() -> None:
    people.rules()
    buyer = people.member(50_000)
    card = factories.variant_of(factories.product(price=20000, stock=None, is_gift_card=True))
    thing = factories.variant_of(factories.product(price=10000))
    view = checkout_view(people.cart(buyer, card, thing, points=50_000).token)
    assert view.cart.quote.discount == Money(10000, "CNY")
    assert view.cart.points is not None
    assert (view.cart.points.most, view.cart.points.chosen, view.cart.points.earns) == (10_000, 10_000, 0)


def test_points_cut_the_goods_before_tax_and_no_more_than_they_may() -> None:
    people.rules(most_percent=50)
    buyer = people.member(8000)
    filled = people.cart(buyer, factories.variant_of(factories.product(price=10000)), points=9_999)
    quoted = checkout_view(filled.token).cart.quote
    assert quoted.discount == Money(5000, "CNY")
    # 13 % are in what is left of the price: 50 of goods and 12 of shipping.
    assert quoted.tax == Money(round(5000 * 13 / 113) + round(1200 * 13 / 113), "CNY")
    order = people.place(buyer, filled)
    assert order.total_minor == 6200
    assert Redemption.objects.get().points == 5000
    assert selectors.available_points(buyer.pk) == 3000
    assert selectors.differences() == []


def test_the_least_number_of_points_holds() -> None:
    people.rules(least_points=500)
    buyer = people.member(400)
    view = checkout_view(people.cart(buyer, factories.variant_of(factories.product()), points=400).token)
    assert not view.cart.quote.discount
    assert view.cart.points is not None
    assert view.cart.points.most == 0


def test_in_another_currency_points_are_worth_what_the_money_is() -> None:
    pricing.save_exchange_rate(
        base="CNY", quote="USD", rate=Decimal("0.14"), valid_from=datetime(2020, 1, 1, tzinfo=UTC)
    )
    people.rules()
    reset_caches()
    buyer = people.member(1000)
    filled = people.cart(buyer, factories.variant_of(factories.product(price=14000)), points=1000, market_code="int")
    # 1000 points are 10 yuan, which are 1.40 dollars.
    assert checkout_view(filled.token).cart.quote.discount == Money(140, "USD")
    order = people.place(buyer, filled)
    assert Redemption.objects.get(order=order).points == 1000


def test_when_the_points_are_gone_the_total_that_was_shown_is_not_charged() -> None:
    people.rules()
    buyer = people.member(5000)
    filled = people.cart(buyer, factories.variant_of(factories.product(price=10000)), points=5000)
    shown = checkout_view(filled.token).cart.quote.total
    people.give(buyer, -5000)
    with pytest.raises(PriceChanged):
        checkout.place_order(request=PlaceOrder(filled.token, shown, "guest", user_id=buyer.user_id))
    assert not Order.objects.exists()


def test_nobody_spends_the_points_of_a_cart_that_is_somebody_elses() -> None:
    people.rules()
    buyer, thief = people.member(5000), people.member()
    filled = people.cart(buyer, factories.variant_of(factories.product(price=10000)), points=5000)
    for user_id in (None, thief.user_id):
        with pytest.raises(NotEnoughPoints):
            checkout.place_order(request=PlaceOrder(filled.token, None, "guest", user_id=user_id))
    assert selectors.available_points(buyer.pk) == 5000


def test_points_that_pay_for_everything_come_back_in_proportion() -> None:
    people.rules()
    buyer = people.member(30_000)
    free = factories.product(price=5000, stock=9)
    filled = people.cart(buyer, factories.variant_of(free), quantity=3, points=30_000)
    order = people.place(buyer, filled)
    assert order.total_minor == 1200
    assert Redemption.objects.get().points == 15_000
    people.pay(order)
    refund(order, {order.lines.get().pk: 1})
    assert selectors.available_points(buyer.pk) == 20_000


def test_cancelling_gives_every_point_back() -> None:
    people.rules()
    buyer = people.member(5000)
    order = people.place(buyer, people.cart(buyer, factories.variant_of(factories.product()), points=5000))
    assert selectors.available_points(buyer.pk) == 0
    orders.cancel(order_id=order.pk, reason="changed_mind", actor=factories.ACTOR)
    factories.drain()
    assert selectors.available_points(buyer.pk) == 5000
    services.restate(order_id=order.pk)
    assert selectors.available_points(buyer.pk) == 5000
    assert selectors.differences() == []


def test_a_refund_takes_back_what_was_earned_and_gives_back_what_was_spent() -> None:
    people.rules()
    buyer = people.member(3000)
    order = people.buy(buyer, factories.variant_of(factories.product(price=1111)), quantity=3, points=1000)
    # 33.33 less 10.00 were paid.
    assert selectors.points_of_order(order.pk) == (23, 1000, 0, True)
    line = order.lines.get()
    refund(order, {line.pk: 1}, "r1")
    assert Redemption.objects.get().returned == 333
    refund(order, {line.pk: 1}, "r2")
    refund(order, {line.pk: 1}, "r3")
    assert selectors.points_of_order(order.pk)[0] == 0
    assert Redemption.objects.get().returned == 1000
    assert selectors.available_points(buyer.pk) == 3000
    assert selectors.differences() == []


def test_what_was_spent_before_the_refund_is_owed_and_settled_by_the_next_points() -> None:
    people.rules()
    buyer = people.member()
    order = people.buy(buyer)
    people.buy(buyer, factories.variant_of(factories.product(price=100)), points=100)
    assert selectors.available_points(buyer.pk) == 0
    refund(order, {order.lines.get().pk: 1})
    assert (Member.objects.get().points, Member.objects.get().owed) == (0, 100)
    people.give(buyer, 130)
    assert (Member.objects.get().points, Member.objects.get().owed) == (30, 0)
    assert selectors.differences() == []


def test_parts_of_a_split_order_share_what_it_earned_and_spent() -> None:
    people.rules(order_points=7)
    buyer = people.member(1000)
    first, second = (factories.variant_of(factories.product(price=10000)) for _ in range(2))
    order = people.buy(buyer, first, second, points=1000)
    got = selectors.available_points(buyer.pk)
    assert got == 190 + 7
    moved = order.lines.all()[1]
    other = orders.split(order_id=order.pk, lines=[FulfilLine(moved.pk, 1)], actor=factories.ACTOR)
    factories.drain()
    assert selectors.available_points(buyer.pk) == got
    refund(Order.objects.get(pk=other.pk), {moved.pk: 1})
    assert selectors.available_points(buyer.pk) == got - 95 + 500
    assert selectors.differences() == []


def test_twice_the_points_for_a_while() -> None:
    start = now()
    people.rules(boost_percent=200, boost_from=start - timedelta(days=1), boost_until=start + timedelta(days=1))
    buyer = people.member()
    people.buy(buyer)
    assert selectors.available_points(buyer.pk) == 200
    with frozen(start + timedelta(days=2)):
        people.buy(buyer)
    assert Member.objects.get().points == 300


def more_points(**values: object) -> int:
    rules = {"kind": "points", "times": 300, **values}
    made = promotions.save_promotion(draft=PromotionDraft(name="会员日", rules=rules), actor=factories.ACTOR)
    reset_caches()
    return made.pk


def test_a_promotion_gives_more_points_for_its_goods_and_a_refund_takes_them_back_in_proportion() -> None:
    people.rules()
    tea, cup = (factories.variant_of(factories.product(price=10000)) for _ in range(2))
    pk = more_points(scope={"any_of": [f"product:{tea.product_id}"]})
    buyer = people.member()
    cart = people.cart(buyer, tea, cup, quantity=2)
    offer = checkout_view(cart.token).cart.points
    assert offer is not None
    assert (offer.earns, offer.because) == (800, (Because("会员日", 300),))
    order = people.pay(people.place(buyer, cart))
    assert order.discount_minor == 0
    assert {line.variant_id: line.points_percent for line in order.lines.all()} == {tea.pk: 300, cup.pk: 100}
    assert [entry["points"] for entry in order.quote["promotions"]] == [{str(cart.lines.get(variant=tea).pk): 200}]
    assert selectors.available_points(buyer.pk) == 800
    # It is counted, though it takes no money off; and switched off afterwards it takes nothing back.
    assert Use.objects.filter(promotion_id=pk, reference=order.reference, amount_minor=0).exists()
    promotions.set_active(promotion_id=pk, active=False, actor=factories.ACTOR)
    lines = {line.variant_id: line.pk for line in order.lines.all()}
    refund(order, {lines[tea.pk]: 1})
    assert selectors.available_points(buyer.pk) == 500
    refund(order, {lines[cup.pk]: 1}, "r2")
    assert selectors.available_points(buyer.pk) == 400
    refund(order, {lines[tea.pk]: 1, lines[cup.pk]: 1}, "r3")
    assert selectors.available_points(buyer.pk) == 0
    assert selectors.differences() == []


def test_more_points_travel_with_goods_that_are_split_off() -> None:
    people.rules()
    tea = factories.variant_of(factories.product(price=10000))
    more_points()
    buyer = people.member()
    order = people.buy(buyer, tea, quantity=3)
    assert selectors.available_points(buyer.pk) == 900
    other = orders.split(order_id=order.pk, lines=[FulfilLine(order.lines.get().pk, 1)], actor=factories.ACTOR)
    factories.drain()
    assert selectors.available_points(buyer.pk) == 900
    assert other.lines.get().points_percent == 300
    orders.cancel(order_id=other.pk, reason="customer", actor=factories.ACTOR)
    factories.drain()
    assert selectors.available_points(buyer.pk) == 600


def test_a_guest_is_told_that_more_points_need_an_account_and_uses_nothing_up() -> None:
    people.rules()
    pk = more_points()
    order = people.pay(factories.order())
    assert not Use.objects.filter(promotion_id=pk).exists()
    assert {line.points_percent for line in order.lines.all()} == {100}


@pytest.mark.parametrize("times", [100, 10_001, "2", None, True])
def test_a_multiple_of_points_is_more_than_one(times: object) -> None:
    with pytest.raises(InvalidInput):
        more_points(times=times)


def test_points_run_out_the_oldest_first_and_by_the_clock() -> None:
    people.rules(expiry_months=12)
    buyer = people.member(100)
    start = now()
    with frozen(start + timedelta(days=60)):
        people.give(buyer, 50)
        people.buy(buyer, factories.variant_of(factories.product(price=100)), points=30)
    # Spent were those that run out first.
    with frozen(start + timedelta(days=366)):
        assert selectors.available_points(buyer.pk) == 50 + 0
        assert Member.objects.get().points == 70 + 50
        assert services.end_points() == 70
        assert services.end_points() == 0
        assert Member.objects.get().points == 50
    assert selectors.differences() == []


def test_points_that_come_back_may_be_spent_for_a_month_at_least() -> None:
    people.rules(expiry_months=12)
    buyer = people.member(100)
    start = now()
    with frozen(start + timedelta(days=360)):
        order = people.place(buyer, people.cart(buyer, factories.variant_of(factories.product(price=500)), points=100))
    with frozen(start + timedelta(days=370)):
        orders.cancel(order_id=order.pk, reason="x", actor=factories.ACTOR)
        factories.drain()
        services.end_points()
        assert selectors.available_points(buyer.pk) == 100
    with frozen(start + timedelta(days=401)):
        assert selectors.available_points(buyer.pk) == 0


def test_members_are_told_once_of_points_that_run_out() -> None:
    people.rules(expiry_months=12, notice_days=30)
    people.member(100)
    assert services.tell_of_endings() == 0
    with frozen(now() + timedelta(days=340)):
        assert services.tell_of_endings() == 1
        assert services.tell_of_endings() == 0


def test_staff_give_and_take_points_with_a_reason_once() -> None:
    people.rules()
    buyer = people.member()
    for _ in range(2):
        left = services.adjust_points(
            customer_id=buyer.pk, points=40, note="gift", actor=factories.ACTOR, idempotency_key="a"
        )
    assert left == 40
    with pytest.raises(NotEnoughPoints):
        people.give(buyer, -41)
    for note, points in (("", 5), ("x", 0), ("x", 10**13), ("\x00", 5)):
        with pytest.raises(InvalidInput):
            services.adjust_points(
                customer_id=buyer.pk, points=points, note=note, actor=factories.ACTOR, idempotency_key="b"
            )
    guest = Order.objects.get(pk=factories.order().pk).customer
    assert guest is not None
    with pytest.raises(NoMember):
        people.give(guest, 5)
    told = AuditEntry.objects.filter(area="membership", action="points_adjusted").get()
    assert told.changes["points"] == [0, 40]


def test_an_account_is_welcomed_once_when_its_address_is_proved() -> None:
    people.rules(welcome_points=88)
    first = people.tier("青瓷", 0)
    user = User.objects.create_user(email="new@example.com", password="x")
    for _ in range(2):
        publish(AddressProved(user.pk), reference=f"user:{user.pk}", actor=f"user:{user.pk}")
        factories.drain()
    member = Member.objects.get(customer__user=user)
    assert (member.points, member.tier) == (88, first)
    clerk = User.objects.create_user(email="clerk@example.com", password="x", is_staff=True)
    assert services.welcome(user_id=clerk.pk) == 0


def test_what_is_kept_of_a_person_is_handed_out_and_forgotten() -> None:
    people.rules()
    gold = people.tier("金卡", 500_000)
    buyer = people.member()
    note = "called 138 0000 0000"
    services.adjust_points(customer_id=buyer.pk, points=9, note=note, actor="user:1", idempotency_key="n")
    services.set_tier(customer_id=buyer.pk, tier_id=gold.pk, reason=note, actor="user:1")
    holder, person = holders.get("membership"), person_of(buyer.pk)
    told = holder.export(person)
    assert (told["points"][0]["change"], told["points"][0]["note"], told["tiers"][0]["after"]) == (9, note, "金卡")
    assert holder.erase(person) == 2
    assert (PointsEntry.objects.get().note, TierChange.objects.get().note) == ("", "")
    assert selectors.differences() == []


def test_merging_moves_the_points() -> None:
    people.rules()
    buyer = people.member(70)
    guest = Order.objects.get(pk=factories.order().pk).customer
    assert guest is not None
    kept = merge_customers(first_id=guest.pk, second_id=buyer.pk, actor=factories.ACTOR, checked=True)
    assert kept.pk == buyer.pk
    assert selectors.available_points(buyer.pk) == 70
    assert selectors.differences() == []


def test_a_cart_of_somebody_without_the_program_asks_nothing(django_assert_num_queries: object) -> None:
    buyer = people.member()
    filled = factories.ready_cart(factories.variant_of(factories.product()))
    Cart.objects.filter(pk=filled.pk).update(customer=buyer, points=500)
    view = checkout_view(filled.token)
    assert view.cart.points is None
    assert not view.cart.quote.discount
