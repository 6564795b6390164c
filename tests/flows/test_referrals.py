"""From a friend's link, or their code, to the reward in the account, in a real browser and both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from duli.base.clock import frozen, now
from duli.commerce.checkout.models import Cart
from duli.commerce.customers.credit import credit_in
from duli.commerce.customers.models import Customer
from duli.commerce.customers.services import customer_for_user
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import mark_paid
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.commerce.referrals.models import Referral
from duli.commerce.referrals.services import settle_due
from duli.platform.accounts.models import User
from duli.platform.accounts.services import sign_up
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.referrals.referring import program
from tests.flows.conftest import DESK_AND_PHONE, PASSWORD
from tests.flows.test_every_screen import enter
from tests.flows.test_purchase import choose_place, fill_chinese_address, handle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
Open = Callable[..., Page]
Check = Callable[[Page], None]


def anna(language: str) -> User:
    """Somebody who invites friends, in a shop that thanks for it with store credit after ten days."""
    program(wait_days=10)
    save_promotion(
        draft=PromotionDraft(
            name="欢迎", rules={"kind": "percent", "points": 1000, "audience": {"referrals": ["friend"]}}
        ),
        actor=factories.ACTOR,
    )
    look_now()
    user = sign_up(email="anna@example.com", name="Anna Lin", password=PASSWORD, language=language)
    customer_for_user(user_id=user.pk, name="Anna Lin", email="anna@example.com", phone="", language=language)
    return user


def link_of(page: Page, prefix: str, is_accessible: Check) -> str:
    """Copy the link with the keyboard, and hear that it is copied."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{prefix}/account/invite")
    is_accessible(page)
    field = page.locator("input[id^=link-]").first
    field.focus()
    page.keyboard.press("Tab")
    button = page.locator("[data-copy]").first
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(button).to_have_text("已复制" if not prefix else "Copied")
    expect(page.locator("#status")).to_have_text("已复制" if not prefix else "Copied")
    assert page.evaluate("navigator.clipboard.readText()") == field.input_value()
    return field.input_value()


def buy_in_chinese(page: Page) -> None:
    fill_chinese_address(page)
    choose_place(page)
    page.get_by_text("银行转账").first.click()
    page.get_by_role("button", name=re.compile("提交订单")).click()


def buy_in_english(page: Page) -> None:
    page.get_by_label("Country or region").select_option("US")
    page.get_by_label("E-mail or phone").fill("ann@example.com")
    page.get_by_label("Full name").fill("Ann Lee")
    page.get_by_label("Street and number").fill("350 Fifth Avenue")
    page.get_by_label("City").fill("New York")
    page.get_by_label("State").select_option("NY")
    page.get_by_label("ZIP code").fill("10118")
    page.get_by_text("Bank transfer").first.click()
    page.get_by_role("button", name=re.compile("Place order")).click()


@DESK_AND_PHONE
def test_from_the_link_to_the_reward(open_page: Open, is_accessible: Check, language: str, phone: bool) -> None:
    prefix, locale = ("", "zh-CN") if language == "zh-hans" else ("/en", "en-GB")
    scheme = "dark" if phone else "light"
    owner = open_page(phone=phone, color_scheme=scheme, locale=locale)
    enter(owner, anna(language))
    link = link_of(owner, prefix, is_accessible)
    # Another browser: one's own would be looked at by staff.
    friend = open_page(phone=phone, color_scheme=scheme, locale=locale, user_agent="Mozilla/5.0 (a friend's)")
    friend.goto(link)
    expect(friend.get_by_role("heading", level=1)).to_contain_text("Anna")
    is_accessible(friend)
    assert [cookie["name"] for cookie in friend.context.cookies() if cookie["name"] == "referral"] == []
    friend.locator("form button.btn").click()
    friend.goto(f"{prefix}/products/{handle('龙井绿茶')}")
    friend.locator("[data-buy]:visible").first.click()
    expect(friend.get_by_role("dialog").first).to_be_visible()
    friend.goto(f"{prefix}/cart")
    expect(friend.locator(".codes")).to_contain_text("由 Anna 推荐" if not prefix else "Recommended by Anna")
    is_accessible(friend)
    friend.goto(f"{prefix}/checkout")
    if prefix:
        buy_in_english(friend)
    else:
        buy_in_chinese(friend)
    expect(friend).to_have_url(re.compile("/orders/"))
    order = Order.objects.get()
    assert order.discount_minor
    mark_paid(order_id=order.pk, actor=factories.ACTOR, idempotency_key="k")
    factories.drain()
    owner.reload()
    expect(owner.locator(".referred")).to_contain_text("待确认" if not prefix else "Waiting")
    # Before its goods can be returned no more nothing is given; then it is.
    settle_due()
    assert Referral.objects.get().state == "pending"
    with frozen(now() + timedelta(days=11)):
        settle_due()
    owner.reload()
    expect(owner.locator(".referred")).to_contain_text("已确认" if not prefix else "Approved")
    is_accessible(owner)
    owner.goto(f"{prefix}/account/member")
    expect(owner.get_by_role("main")).to_contain_text("推荐奖励" if not prefix else "Thanks for a recommendation")
    expect(owner.get_by_role("main")).to_contain_text("20.00")
    is_accessible(owner)
    if prefix:
        # It is money of the shop's own currency: in another one it waits.
        return
    owner.goto(f"/products/{handle('龙井绿茶')}")
    owner.locator("[data-buy]:visible").first.click()
    expect(owner.get_by_role("dialog").first).to_be_visible()
    owner.goto("/checkout")
    owner.get_by_role("button", name="用余额支付 ¥20.00").click()
    expect(owner.locator(".totals.cards")).to_contain_text("-¥20.00")
    owner.get_by_role("button", name="不使用店铺余额").click()
    owner.get_by_role("button", name="用余额支付 ¥20.00").click()
    expect(owner.locator(".totals.cards")).to_contain_text("-¥20.00")
    is_accessible(owner)
    buy_in_chinese(owner)
    expect(owner).to_have_url(re.compile("/orders/"))
    factories.drain()
    owner.reload()
    expect(owner.get_by_role("main")).to_contain_text("店铺余额支付")
    is_accessible(owner)
    assert credit_in(Customer.objects.get(user__email="anna@example.com").pk, "CNY").minor == 0


@DESK_AND_PHONE
def test_a_code_that_a_friend_read_out_is_typed_and_taken_off(
    open_page: Open, is_accessible: Check, language: str, phone: bool
) -> None:
    prefix, locale = ("", "zh-CN") if language == "zh-hans" else ("/en", "en-GB")
    owner = open_page(phone=phone, locale=locale)
    enter(owner, anna(language))
    owner.goto(f"{prefix}/account/invite")
    code = owner.locator("input[id^=link-]").first.input_value().rsplit("/", 1)[-1]
    page = open_page(phone=phone, color_scheme="dark" if phone else "light", locale=locale)
    page.goto(f"{prefix}/products/{handle('龙井绿茶')}")
    page.locator("[data-buy]:visible").first.click()
    expect(page.get_by_role("dialog").first).to_be_visible()
    page.goto(f"{prefix}/checkout")
    # With the keyboard alone.
    page.locator("details.more-fields summary", has=page.locator("xpath=following-sibling::*//*[@id='f-code']")).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#f-code")).to_be_focused()
    page.keyboard.type(code.upper())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".codes")).to_contain_text("由 Anna 推荐" if not prefix else "Recommended by Anna")
    is_accessible(page)
    assert Cart.objects.get().visit_id
    page.locator("[name=code_off]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".codes")).to_have_count(0)
    assert Cart.objects.get().visit_id is None
