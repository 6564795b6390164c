"""Paid with a wallet, in a real browser: a code that a phone scans, WeChat from a phone's browser; and money back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from duli.base.money import Money
from duli.commerce.orders.models import Order
from duli.commerce.payments import selectors, services
from duli.commerce.payments.gateway import ShowQR
from duli.commerce.payments.models import PaymentCollection
from sandbox.wallet.delivery import post
from tests.factories import drain
from tests.flows.test_purchase import choose_place, fill_chinese_address, handle, paid_order
from tests.plugins.test_payment_alipay import AlipayProvider
from tests.plugins.test_payment_wechatpay import WeChatProvider
from tests.plugins.wallets import WalletProvider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]

Open = Callable[..., Page]
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


def offer(provider: WalletProvider, settings: Any, position: int = 0) -> None:
    """Put the wallet on sale; what it has to say goes to the shop under test."""
    provider.post = post  # type: ignore[method-assign]
    provider.app.delivery._post = post
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = [*directives["form-action"], provider.url]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, "form-action": allowed}}
    services.save_gateway(code=provider.code, enabled=True, values=provider.values(), position=position)


def buy(page: Page, method: str) -> None:
    page.goto("/products/" + handle("龙井绿茶"))
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(page.get_by_role("dialog", name="购物车")).to_be_visible()
    page.goto("/checkout")
    fill_chinese_address(page)
    choose_place(page)
    page.get_by_text(method, exact=True).click()
    page.get_by_role("button", name=re.compile("提交订单")).click()


def give_back(order: Order, amount: Money) -> PaymentCollection:
    assert order.payment_collection_id
    services.refund(
        collection_id=order.payment_collection_id,
        amount=amount,
        actor="user:1",
        idempotency_key="r1",
        reason="returned",
    )
    drain()
    return PaymentCollection.objects.get(pk=order.payment_collection_id)


def test_alipay_by_a_code_that_a_phone_scans(open_page: Open, settings: Any) -> None:
    provider = AlipayProvider(desktop="qr")
    offer(provider, settings)
    page = open_page()
    buy(page, "支付宝")
    expect(page).to_have_url(re.compile("/orders/"))
    expect(page.locator(".qr svg")).to_be_visible()
    order = Order.objects.get()
    step = selectors.current_step(order.payment_collection_id or 0)
    assert isinstance(step, ShowQR)
    phone = open_page(phone=True, user_agent=IPHONE)
    phone.goto(step.content)
    phone.get_by_role("button", name="确认付款").click()
    expect(phone.get_by_role("heading")).to_contain_text("已付款")
    assert provider.app.delivery.send_due() == 1
    drain()
    # The page beside the code learns of it without anybody's help.
    expect(page.get_by_role("main")).to_contain_text("谢谢", timeout=30_000)
    order = paid_order()
    collection = give_back(order, Money(order.total_minor, "CNY"))
    assert collection.refunded_minor == order.total_minor


def test_wechat_pay_on_a_phone(open_page: Open, settings: Any) -> None:
    provider = WeChatProvider()
    offer(provider, settings)
    page = open_page(phone=True, user_agent=IPHONE)
    buy(page, "微信支付")
    expect(page).to_have_url(re.compile(re.escape(provider.url)))
    page.get_by_role("button", name="让付款失败").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="确认付款").click()
    expect(page).to_have_url(re.compile("/orders/"))
    order = paid_order()
    assert [row["trade_type"] for row in provider.app.store.every("order")] == ["H5"]
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("谢谢")
    collection = give_back(order, Money(500, "CNY"))
    assert collection.refunded_minor == 500


def test_a_payment_that_the_bank_settles_later_is_seen_without_a_reload(open_page: Open, settings: Any) -> None:
    provider = WeChatProvider()
    offer(provider, settings)
    page = open_page(phone=True, user_agent=IPHONE)
    buy(page, "微信支付")
    page.get_by_role("button", name="付款，但银行处理较慢").click()
    expect(page).to_have_url(re.compile("/orders/"))
    expect(page.get_by_role("main")).to_contain_text("请勿重复付款")
    message = page.get_by_label("给我们留言")
    message.fill("什么时候发货？")
    provider.offset += 60
    provider.app.orders.settle()
    assert provider.app.delivery.send_due() == 1
    paid_order()
    # What is being written is not lost to a fresh page.
    with page.expect_response(re.compile("/state$")):
        pass
    expect(message).to_have_value("什么时候发货？")
    message.fill("")
    expect(page.get_by_role("main")).to_contain_text("谢谢", timeout=30_000)
