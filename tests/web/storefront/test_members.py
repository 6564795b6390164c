"""Points and tiers on a shopper's pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duli.base.clock import frozen, now
from duli.base.money import Money
from duli.commerce.checkout.models import Cart
from duli.commerce.customers.models import Customer, CustomerTag
from duli.commerce.customers.services import change_credit
from duli.commerce.membership import selectors, services
from duli.commerce.membership.models import Redemption
from duli.commerce.orders.models import Order
from duli.commerce.pricing.services import save_exchange_rate
from duli.commerce.promotions.models import Counter
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.membership import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def browser_of(customer: Customer, filled: Cart | None = None) -> Client:
    browser = Client()
    browser.force_login(customer.user)  # type: ignore[arg-type]
    if filled is not None:
        browser.cookies["cart"] = filled.token
    return browser


def words_of(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_without_a_program_nobody_hears_of_it() -> None:
    thing = factories.product(price=12800)
    buyer = people.member()
    browser = browser_of(buyer)
    assert "积分" not in words_of(browser, f"/products/{thing.handle}")
    words_of(browser, "/account/member", 404)
    assert "/account/member" not in words_of(browser, "/account/")


def test_goods_say_what_they_earn_in_both_languages() -> None:
    save_exchange_rate(base="CNY", quote="USD", rate=Decimal("0.14"), valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    people.rules()
    thing = factories.product(price=12800)
    card = factories.product(price=20000, stock=None, is_gift_card=True)
    browser = Client()
    assert "会员购买可得 128 积分" in words_of(browser, f"/products/{thing.handle}")
    assert "Members earn" in words_of(browser, f"/en/products/{thing.handle}")
    assert "会员购买可得" not in words_of(browser, f"/products/{card.handle}")


def test_the_page_of_goods_says_what_cart_and_order_give_to_this_member_and_why() -> None:
    people.rules()
    save_promotion(
        draft=PromotionDraft(name="会员日", rules={"kind": "points", "times": 200, "audience": {"tags": ["vip"]}}),
        actor=factories.ACTOR,
    )
    gold = people.tier("金卡", 50000, names={"en": "Gold"}, points_percent=150)
    thing = factories.product(price=9999)
    buyer, plain = people.member(), people.member()
    CustomerTag.objects.create(customer=buyer, name="vip")
    services.set_tier(customer_id=buyer.pk, tier_id=gold.pk, reason="friend of the house", actor=factories.ACTOR)
    path = f"/products/{thing.handle}"
    # 99.99 twice are 199.98, one and a half times: 299.
    assert "您购买可得 299 积分 · 会员日 2 倍 · 金卡 1.5 倍" in words_of(browser_of(buyer), path)
    assert "您购买可得 99 积分<" in words_of(browser_of(plain), path)
    assert "会员购买可得 99 积分<" in words_of(Client(), path)
    filled = people.cart(buyer, factories.variant_of(thing))
    assert "本单可得 299 积分 · 会员日 2 倍 · 金卡 1.5 倍" in words_of(browser_of(buyer, filled), "/cart")
    people.pay(people.place(buyer, filled))
    assert selectors.available_points(buyer.pk) == 299


def test_each_variant_says_what_it_earns_and_a_multiple_that_is_used_up_is_none() -> None:
    people.rules()
    thing = factories.product(sizes=["S", "M"])
    small, medium = (factories.variant_of(thing, index) for index in range(2))
    scope = {"any_of": [f"variant:{small.pk}"]}
    row = save_promotion(
        draft=PromotionDraft(name="双倍", rules={"kind": "points", "times": 200, "scope": scope}, limit_customer=1),
        actor=factories.ACTOR,
    )
    reset_caches()
    buyer = people.member()
    page = words_of(browser_of(buyer), f"/products/{thing.handle}?variant={small.pk}")
    assert "双倍 2 倍" in page
    assert "双倍 2 倍</p>" not in words_of(browser_of(buyer), f"/products/{thing.handle}?variant={medium.pk}")
    Counter.objects.create(promotion=row, key=f"customer:{buyer.pk}", used=1)
    assert "双倍" not in words_of(browser_of(buyer), f"/products/{thing.handle}?variant={small.pk}")


def test_thirty_variants_cost_the_statements_of_one() -> None:
    people.rules()
    save_promotion(
        draft=PromotionDraft(name="双倍", rules={"kind": "points", "times": 200, "audience": {"tags": ["vip"]}}),
        actor=factories.ACTOR,
    )
    browser = browser_of(people.member())

    def statements(sizes: int) -> int:
        thing = factories.product(sizes=[f"{number}" for number in range(sizes)])
        reset_caches()
        words_of(browser, f"/products/{thing.handle}")
        with CaptureQueriesContext(connection) as found:
            words_of(browser, f"/products/{thing.handle}")
        return len(found)

    statements(2)
    assert statements(30) == statements(2)


def test_the_member_centre_tells_tier_way_points_and_history() -> None:
    people.rules(expiry_months=12)
    people.tier("银卡", 10000, benefits="专属优惠券")
    people.tier("金卡", 50000, names={"en": "Gold"}, points_percent=150)
    buyer = people.member(1234)
    people.buy(buyer)
    browser = browser_of(buyer)
    page = words_of(browser, "/account/member")
    for words in (
        "银卡",
        "再消费 ¥388 升级为金卡",
        "1,334",
        "专属优惠券",
        "1.5 倍积分",
        "店铺调整",
        "购物获得",
        "将于",
    ):
        assert words in page
    assert "¥388 more for Gold" in words_of(browser, "/en/account/member")
    assert 'aria-current="page"' in page
    guest = Client()
    assert guest.get("/account/member").status_code == 302


def test_points_are_used_and_taken_off_in_the_cart_without_scripts() -> None:
    people.rules(most_percent=50)
    buyer = people.member(8000)
    filled = people.cart(buyer, factories.variant_of(factories.product(price=10000)))
    browser = browser_of(buyer, filled)
    page = words_of(browser, "/cart")
    assert 'name="points"' in page
    assert 'value="5000"' in page
    assert browser.post("/cart/points", {"points": "3000", "points_use": "1"}).status_code == 303
    page = words_of(browser, "/cart")
    assert "积分抵扣（3000 积分）" in page
    assert "-¥30.00" in page
    assert browser.post("/cart/points", {"points_off": "1"}).status_code == 303
    assert "积分抵扣" not in words_of(browser, "/cart")


@pytest.mark.parametrize("given", ["-5", "abc", "1.5", "9" * 19, "x" * 100_000])
def test_what_is_no_number_of_points_is_said_so(given: str) -> None:
    people.rules()
    buyer = people.member(8000)
    browser = browser_of(buyer, people.cart(buyer, factories.variant_of(factories.product(price=10000))))
    answer = browser.post("/cart/points", {"points": given, "points_use": "1"})
    assert answer.status_code == 422
    assert 'id="e-points"' in answer.content.decode()


def test_a_guest_is_told_what_members_earn() -> None:
    people.rules()
    browser = Client()
    browser.cookies["cart"] = factories.ready_cart(factories.variant_of(factories.product(price=10000))).token
    page = words_of(browser, "/cart")
    assert "登录会员购买可得 100 积分" in page
    assert 'name="points"' not in page


def test_points_pay_in_the_checkout_and_the_order_tells_of_them() -> None:
    people.rules()
    buyer = people.member(5000)
    filled = people.cart(buyer, factories.variant_of(factories.product(price=10000)))
    browser = browser_of(buyer, filled)
    fields = {
        "contact": "lin@example.com", "country": "CN", **factories.ADDRESS.to_json(),
        "payment_method": "bank_transfer", "points": "5000", "points_use": "1",
    }  # fmt: skip
    page = browser.post("/checkout", fields).content.decode()
    assert "已使用 5000 积分" in page
    assert 'name="shown_total" value="6200"' in page
    placed = browser.post("/checkout", {**fields, "place": "1", "shown_total": "6200", "shown_due": "6200"})
    assert placed.status_code == 303
    order = Order.objects.get()
    assert Redemption.objects.get().points == 5000
    people.pay(order)
    page = words_of(browser, f"/orders/{order.token}")
    assert "积分抵扣（5000 积分）" in page
    assert "本单获得 50 积分" in page


def test_the_tier_that_is_in_danger_says_until_when() -> None:
    people.rules(window_days=30, grace_days=10)
    people.tier("银卡", 5000)
    buyer = people.member()
    people.buy(buyer)
    with frozen(now() + timedelta(days=31)):
        services.assess_all()
    assert "当前等级将失效" in words_of(browser_of(buyer), "/account/member")


def test_nobody_reads_the_points_of_another() -> None:
    people.rules()
    people.member(4321)
    other = people.member()
    assert "4,321" not in words_of(browser_of(other), "/account/member")


def test_store_credit_of_another_currency_is_shown_with_why_it_does_not_pay_here() -> None:
    buyer = people.member()
    for minor, currency in ((3000, "USD"), (2000, "CNY")):
        change_credit(
            customer_id=buyer.pk,
            amount=Money(minor, currency),
            reason="goodwill",
            actor=factories.ACTOR,
            idempotency_key=currency,
        )
    filled = people.cart(buyer, factories.variant_of(factories.product(price=10000)))
    browser = browser_of(buyer, filled)
    page = words_of(browser, "/checkout")
    assert "店铺余额 ¥20.00" in page
    assert "您的店铺余额 US$30.00 不能用于本单：余额币种为美元，本单以人民币结算。" in page
    page = words_of(browser, "/en/account/member")
    assert "For orders in US dollars" in page
    assert "For orders in Chinese yuan" in page
    # Of one currency, the shop's own, nothing has to be said.
    plain = people.member()
    change_credit(customer_id=plain.pk, amount=Money(100, "CNY"), reason="goodwill", actor="a", idempotency_key="plain")
    assert "用于人民币订单" not in words_of(browser_of(plain), "/account/member")
