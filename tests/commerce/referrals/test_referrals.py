from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Sum

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.customers.credit import credit_balances
from duli.commerce.customers.models import Customer
from duli.commerce.customers.selectors import person_of
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import cancel, refund
from duli.commerce.orders.types import RefundLine
from duli.commerce.promotions.models import Code
from duli.commerce.promotions.selectors import code_for, coupons_of
from duli.commerce.promotions.services import add_code, give_code, save_promotion
from duli.commerce.promotions.types import CodeOfSomebody, PromotionDraft
from duli.commerce.referrals import selectors, services
from duli.commerce.referrals.checks import device_key
from duli.commerce.referrals.holders import CommissionOwed, Referrals
from duli.commerce.referrals.models import Entry, Referral, Referrer
from duli.commerce.referrals.states import Kind, ReferralState, ReferrerState
from duli.commerce.referrals.types import NoReferrals, NotDueYet, NothingToPay, ReferralSettled
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.referrals.referring import customer, order_by, partner, pay, program

pytestmark = pytest.mark.django_db
LATER = timedelta(days=15)


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()
    program()
    look_now()


def referral_of(order: Order) -> Referral:
    return Referral.objects.get(order=order)


def sums() -> dict[int, int]:
    rows = Entry.objects.order_by().values_list("referral_id").annotate(sum=Sum("amount_minor"))
    return dict(rows)


def set_rules(**values: Any) -> None:
    program(**values)
    look_now()


def test_a_friends_first_order_brings_credit_once_its_goods_can_come_back_no_more() -> None:
    anna = customer()
    link = services.invite(customer_id=anna)
    assert services.invite(customer_id=anna).pk == link.pk
    order = order_by(link.code)
    assert referral_of(order).state == ReferralState.PENDING
    services.settle_due()
    assert credit_balances(anna) == []
    found = pay(order)
    assert found is not None
    assert found.due_at is not None
    services.settle_due()
    assert credit_balances(anna) == []
    with frozen(now() + LATER):
        services.settle_due()
        services.settle_due()
    assert [amount.minor for amount in credit_balances(anna)] == [2000]
    assert referral_of(order).state == ReferralState.APPROVED
    assert sums() == {found.pk: 0}


def test_a_friends_order_that_came_back_brings_nothing() -> None:
    anna = customer()
    order = order_by(services.invite(customer_id=anna).code)
    pay(order)
    line = order.lines.get()
    refund(order_id=order.pk, lines=[RefundLine(line.pk, 1)], idempotency_key="all", actor=factories.ACTOR)
    factories.drain()
    with frozen(now() + LATER):
        services.settle_due()
    assert credit_balances(anna) == []
    assert referral_of(order).state == ReferralState.DECLINED


def test_a_friend_may_bring_a_code_for_one_order() -> None:
    coupon = save_promotion(
        draft=PromotionDraft(name="Thanks", rules={"kind": "percent", "points": 1000}, needs_code=True),
        actor=factories.ACTOR,
    )
    set_rules(reward="coupon", reward_minor=0, reward_promotion_id=coupon.pk)
    anna = customer()
    order = order_by(services.invite(customer_id=anna).code)
    pay(order)
    with frozen(now() + LATER):
        services.settle_due()
        services.settle_due()
        look_now()
        mine = coupons_of(anna, "CNY", "en")
    code = Code.objects.get(promotion=coupon)
    assert (code.limit, code.customer_id, referral_of(order).reward_code) == (1, anna, code.text)
    assert [(one.code, one.state, one.is_own, one.reason) for one in mine] == [(code.text, "ready", True, "referral")]
    with pytest.raises(CodeOfSomebody):
        code_for(code.text, customer("berta@example.com"))


def test_a_code_for_the_same_friend_is_given_once_and_none_to_who_was_erased() -> None:
    coupon = save_promotion(
        draft=PromotionDraft(name="Thanks", rules={"kind": "percent", "points": 1000}, needs_code=True),
        actor=factories.ACTOR,
    )
    anna, gone = customer(), customer("gone@example.com")
    Customer.objects.filter(pk=gone).update(erased_at=now())
    given = [
        give_code(promotion_id=coupon.pk, customer_id=pk, given_for=f"referral:{number}", actor="system")
        for pk, number in ((anna, 1), (anna, 1), (anna, 2), (gone, 3))
    ]
    assert [code.pk if code else None for code in given][3] is None
    assert len({code.pk for code in given if code}) == 2
    with pytest.raises(NotFound):
        give_code(promotion_id=0, customer_id=anna, given_for="referral:9", actor="system")


def test_codes_of_before_are_kept_with_the_coupons_of_whom_they_were_given_to() -> None:
    coupon = save_promotion(
        draft=PromotionDraft(name="Thanks", rules={"kind": "percent", "points": 1000}, needs_code=True),
        actor=factories.ACTOR,
    )
    anna = customer()
    order = order_by(services.invite(customer_id=anna).code)
    add_code(promotion_id=coupon.pk, text="BEFORE", limit=1, actor=factories.ACTOR)
    Referral.objects.filter(order=order).update(reward_code="BEFORE")
    keep = import_module("duli.commerce.referrals.migrations.0002_rewards_among_coupons").keep
    keep(apps, None)
    keep(apps, None)
    look_now()
    assert [(one.code, one.state, one.is_own) for one in coupons_of(anna, "CNY", "en")] == [("BEFORE", "ready", False)]
    assert code_for("BEFORE", customer("berta@example.com")).text == "BEFORE"


def test_a_friend_gets_the_offer_that_is_for_friends_and_nobody_else_does() -> None:
    save_promotion(
        draft=PromotionDraft(
            name="Welcome", rules={"kind": "percent", "points": 1000, "audience": {"referrals": ["friend"]}}
        ),
        actor=factories.ACTOR,
    )
    look_now()
    anna = customer()
    link = services.invite(customer_id=anna)
    thing = factories.variant_of(factories.product(price=10000, stock=9))
    cart = factories.cart(thing)
    off = [cart_view(cart.token, factories.market(), "en").quote.discount.minor]
    checkout.note_visit(token=cart.token, visit_id=services.follow(code=link.code).pk)
    off.append(cart_view(cart.token, factories.market(), "en").quote.discount.minor)
    with frozen(now() + timedelta(days=31)):
        off.append(cart_view(cart.token, factories.market(), "en").quote.discount.minor)
    cart.refresh_from_db()
    cart.email = "anna@example.com"
    cart.save()
    off.append(cart_view(cart.token, factories.market(), "en").quote.discount.minor)
    assert off == [0, 1000, 0, 0]


def test_a_link_counts_for_the_days_the_rules_say_and_the_last_one_wins() -> None:
    first, second = partner("one@example.com"), partner("two@example.com")
    thing = factories.variant_of(factories.product(price=10000, stock=9))
    cart = factories.ready_cart(thing)
    for referrer in (first, second):
        checkout.note_visit(token=cart.token, visit_id=services.follow(code=referrer.code).pk)
    from duli.commerce.checkout.types import PlaceOrder

    order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    assert referral_of(order).referrer_id == second.pk
    late = factories.ready_cart(thing)
    checkout.note_visit(token=late.token, visit_id=services.follow(code=first.code).pk)
    with frozen(now() + timedelta(days=31)):
        order = checkout.place_order(request=PlaceOrder(late.token, None, "guest"))
    assert not Referral.objects.filter(order=order).exists()


def test_a_partners_commission_is_reckoned_without_tax_by_the_narrowest_that_fits() -> None:
    special = factories.variant_of(factories.product(price=10000, stock=9))
    set_rules(commissions={f"product:{special.product_id}": 2000})
    mine = partner()
    orders = [order_by(mine.code, thing=special), order_by(mine.code, email="b@example.com")]
    for order in orders:
        pay(order)
    lines = [order.lines.get() for order in orders]
    nets = [line.total_minor - line.tax_minor for line in lines]
    assert nets[0] < 10000
    assert [referral_of(order).earned_minor for order in orders] == [round(nets[0] * 0.2), round(nets[1] * 0.1)]
    own = partner("own@example.com", points=500)
    order = order_by(own.code, email="c@example.com", thing=special)
    pay(order)
    assert referral_of(order).earned_minor == (nets[0] * 5 + 50) // 100


def test_what_comes_back_takes_its_share_of_the_commission_along() -> None:
    order = order_by(partner().code, quantity=4)
    earned = pay(order)
    assert earned is not None
    line = order.lines.get()
    refund(order_id=order.pk, lines=[RefundLine(line.pk, 1)], idempotency_key="one", actor=factories.ACTOR)
    factories.drain()
    assert referral_of(order).earned_minor == round(earned.earned_minor * 3 / 4)
    refund(order_id=order.pk, lines=[], adjustment_minor=line.total_minor // 4, idempotency_key="two", actor="staff")
    factories.drain()
    assert referral_of(order).earned_minor == round(earned.earned_minor / 2)
    services.restate(order_id=order.pk)
    assert sums() == {earned.pk: referral_of(order).earned_minor}


def test_a_cancelled_order_earns_nothing() -> None:
    order = order_by(partner().code)
    pay(order)
    cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    factories.drain()
    assert referral_of(order).earned_minor == 0


def test_commissions_are_approved_by_a_click_and_paid_out_once() -> None:
    mine = partner()
    services.save_pay_to(customer_id=mine.customer_id, pay_to="Alipay 138")
    order = order_by(mine.code)
    found = pay(order)
    assert found is not None
    with pytest.raises(NotDueYet):
        services.decide(referral_id=found.pk, approve=True, actor="user:1")
    with frozen(now() + LATER):
        services.settle_due()
        assert referral_of(order).state == ReferralState.PENDING
        with pytest.raises(NothingToPay):
            services.pay_out(currency="CNY", actor="user:1")
        services.decide(referral_id=found.pk, approve=True, actor="user:1")
        assert [amount.minor for amount in selectors.owed_by_currency()] == [found.earned_minor]
        batch = services.pay_out(currency="CNY", actor="user:1")
        with pytest.raises(NothingToPay):
            services.pay_out(currency="CNY", actor="user:1")
    payout = selectors.payouts_of(batch.pk).get()
    assert (payout.amount_minor, payout.pay_to) == (found.earned_minor, "Alipay 138")
    assert sums() == {found.pk: 0}
    (earned,) = selectors.earned_by(mine)
    assert (earned.waiting.minor, earned.approved.minor, earned.paid.minor) == (0, 0, found.earned_minor)


def test_what_comes_back_after_it_was_paid_is_set_off_against_the_next_payment() -> None:
    set_rules(approves_itself=True)
    mine = partner()
    first = order_by(mine.code)
    found = pay(first)
    assert found is not None
    before = found.earned_minor
    with frozen(now() + LATER):
        services.settle_due()
        services.pay_out(currency="CNY", actor="user:1")
        cancel(order_id=first.pk, reason="customer", actor=factories.ACTOR)
        factories.drain()
        with pytest.raises(NothingToPay):
            services.pay_out(currency="CNY", actor="user:1")
        second = order_by(mine.code, email="d@example.com", price=30000)
        pay(second)
    with frozen(now() + LATER * 2):
        services.settle_due()
        batch = services.pay_out(currency="CNY", actor="user:1")
    paid = selectors.payouts_of(batch.pk).get().amount_minor
    assert paid == referral_of(second).earned_minor - before > 0
    assert sum(sums().values()) == 0


def test_who_refers_themselves_is_looked_at() -> None:
    anna = customer()
    seen = device_key(user_agent="Firefox", network="10.0.0.1")
    link = services.invite(customer_id=anna, device=seen)
    order = order_by(link.code, email="anna@example.com", device=seen, address=factories.ADDRESS)
    found = referral_of(order)
    assert found.state == ReferralState.HELD
    assert set(found.checks) >= {"same_customer", "same_email", "same_device"}
    again = order_by(link.code, email="other@example.com", address=factories.ADDRESS)
    assert referral_of(again).checks == ["same_address"]
    pay(order)
    with frozen(now() + LATER):
        services.settle_due()
        assert credit_balances(anna) == []
        services.decide(referral_id=found.pk, approve=False, actor="user:1")
        with pytest.raises(ReferralSettled):
            services.decide(referral_id=found.pk, approve=True, actor="user:1")
    assert sums().get(found.pk) == 0


def test_an_old_customer_and_a_rush_of_orders_are_looked_at() -> None:
    set_rules(most_a_day=2)
    link = services.invite(customer_id=customer())
    states = [referral_of(order_by(link.code, email=f"f{number}@example.com")).checks for number in range(3)]
    assert states == [[], [], ["too_many"]]
    other = services.invite(customer_id=customer("ben@example.com"))
    assert referral_of(order_by(other.code, email="f0@example.com")).checks == ["not_first"]


def test_staff_may_let_a_held_one_count_and_it_waits_like_the_others() -> None:
    anna = customer()
    order = order_by(services.invite(customer_id=anna).code, email="anna@example.com")
    services.decide(referral_id=referral_of(order).pk, approve=True, actor="user:1")
    assert referral_of(order).state == ReferralState.PENDING
    pay(order)
    with frozen(now() + LATER):
        services.settle_due()
    assert [amount.minor for amount in credit_balances(anna)] == [2000]


def test_a_link_of_nobody_or_of_who_is_paused_leads_nowhere() -> None:
    mine = partner()
    services.save_referrer(
        customer_id=mine.customer_id, kind=Kind.PARTNER, state=ReferrerState.PAUSED, points=None, actor="user:1"
    )
    for code in (mine.code, "nobody", "", "x" * 300, "a\x00b"):
        with pytest.raises(NoReferrals):
            services.follow(code=code)
    set_rules(friends_on=False)
    with pytest.raises(NoReferrals):
        services.invite(customer_id=customer())


def test_a_customer_asks_to_become_a_partner() -> None:
    anna = customer()
    with pytest.raises(InvalidInput):
        services.apply_as_partner(customer_id=anna, about=" ", pay_to="")
    row = services.apply_as_partner(customer_id=anna, about="I write about tea", pay_to="IBAN")
    assert row.state == ReferrerState.APPLIED
    with pytest.raises(NoReferrals):
        services.follow(code=row.code)


@pytest.mark.parametrize(
    "wrong",
    [
        {"commission_points": 10_001},
        {"window_days": 0},
        {"reward_minor": 0},
        {"reward": "gold"},
        {"reward": "coupon", "reward_promotion_id": 7},
        {"commissions": {"price:reduced": 100}},
        {"least_minor": -1},
    ],
)
def test_rules_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        program(**wrong)


def test_clicks_are_counted_by_day_and_devices_forgotten() -> None:
    mine = partner()
    for _ in range(3):
        services.count_click(code=mine.code)
    assert selectors.clicks_of([mine.pk]) == {mine.pk: 3}
    services.follow(code=mine.code, device="abc")
    with frozen(now() + timedelta(days=100)):
        assert services.forget_devices() == 1


def test_a_partner_is_exported_and_forgotten_once_nothing_is_owed() -> None:
    set_rules(approves_itself=True)
    mine = partner()
    services.save_pay_to(customer_id=mine.customer_id, pay_to="IBAN DE00")
    pay(order_by(mine.code))
    person, holder = person_of(mine.customer_id), Referrals()
    assert holder.export(person)["referral_links"][0]["pay_to"] == "IBAN DE00"
    with frozen(now() + LATER):
        services.settle_due()
        with pytest.raises(CommissionOwed):
            holder.check_erasable(person)
        services.pay_out(currency="CNY", actor="user:1")
    holder.check_erasable(person)
    holder.erase(person)
    assert Referrer.objects.get(pk=mine.pk).pay_to == ""
    assert "DE00" not in str(holder.export(person))


def test_what_one_customer_brought_goes_to_whom_it_is_merged_into() -> None:
    old, kept = partner("old@example.com"), partner("kept@example.com")
    order = order_by(old.code)
    assert Referrals().move(old.customer_id, kept.customer_id) == 1
    assert referral_of(order).referrer_id == kept.pk
