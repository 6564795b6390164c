"""A guest pays with Stripe and with PayPal in a real browser, and staff give the money back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from duli.base.money import Money
from duli.commerce.orders.models import Order
from duli.commerce.payments import services as payments
from duli.commerce.payments.states import RefundState
from tests.factories import drain
from tests.flows.test_purchase import choose_place, fill_chinese_address, handle, paid_order
from tests.plugins.paypal import PayPalProvider
from tests.plugins.stripe import StripeProvider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]

Open = Callable[..., Page]


@pytest.fixture
def allow(settings: Any) -> Callable[[str], None]:
    """Let a loopback stand-in be framed, loaded and led to where the real one has an address of https."""

    def allow(url: str) -> None:
        before = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        form_action = [*before["form-action"], url]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**before, "form-action": form_action}}

    return allow


def order_with(page: Page, method: str) -> None:
    page.goto("/products/" + handle("龙井绿茶"))
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(page.get_by_role("dialog", name="购物车")).to_be_visible()
    page.goto("/checkout")
    fill_chinese_address(page)
    choose_place(page)
    page.get_by_text(method, exact=True).click()
    page.get_by_role("button", name=re.compile("提交订单")).click()


def gives_back(order: Order) -> None:
    """Return all of it the way it came."""
    collection_id = order.payment_collection_id
    assert collection_id is not None
    refund = payments.refund(
        collection_id=collection_id,
        amount=Money(order.total_minor, order.currency),
        actor="user:1",
        idempotency_key="all",
    )
    drain()
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED


def test_stripes_page_with_a_bank_that_asks(open_page: Open, allow: Callable[[str], None]) -> None:
    provider = StripeProvider()
    allow(provider.url)
    payments.save_gateway(code="stripe", enabled=True, values=provider.values(), position=0)
    page = open_page(phone=True)
    order_with(page, "银行卡、Apple Pay、Google Pay")
    expect(page).to_have_url(re.compile(re.escape(provider.url)))
    page.get_by_role("button", name=re.compile("3-D Secure")).click()
    page.get_by_role("button", name="同意付款").click()
    expect(page).to_have_url(re.compile("/orders/"))
    gives_back(paid_order())
    assert [entry["status"] for entry in provider.store.all("refund")] == ["succeeded"]


def test_stripes_frames_with_a_refused_card_and_a_bank_that_asks(open_page: Open, allow: Callable[[str], None]) -> None:
    provider = StripeProvider(form="element", publishable_key="pk_live_shop")
    allow(provider.url)
    payments.save_gateway(code="stripe", enabled=True, values=provider.values(), position=0)
    page = open_page()
    order_with(page, "银行卡、Apple Pay、Google Pay")
    expect(page).to_have_url(re.compile("/orders/"))
    frame = page.frame_locator("#payment-form iframe")
    frame.get_by_label(re.compile("余额不足")).check()
    page.get_by_role("button", name=re.compile("^支付 ¥")).click()
    expect(page.get_by_role("alert")).to_contain_text("余额不足")
    frame.get_by_label(re.compile("3-D Secure")).check()
    page.get_by_role("button", name=re.compile("^支付 ¥")).first.click()
    frame.get_by_role("button", name="同意付款").click()
    expect(page.get_by_role("main")).to_contain_text("谢谢")
    gives_back(paid_order())


def test_paypal(open_page: Open, allow: Callable[[str], None]) -> None:
    provider = PayPalProvider()
    allow(provider.url)
    payments.save_gateway(code="paypal", enabled=True, values=provider.values(), position=0)
    page = open_page(phone=True)
    order_with(page, "PayPal")
    expect(page).to_have_url(re.compile(re.escape(provider.url)))
    page.get_by_role("button", name="立即付款").click()
    expect(page).to_have_url(re.compile("/orders/"))
    gives_back(paid_order())
    assert [entry["status"] for entry in provider.store.all("refund")] == ["COMPLETED"]
