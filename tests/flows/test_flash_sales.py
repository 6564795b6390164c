"""A flash sale from the desk to the order, in a real browser: planned, queued for, bought, watched."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils.timezone import localtime
from playwright.sync_api import Page, expect

from duli.base.clock import now
from duli.commerce.catalogue.models import Product
from duli.commerce.flash_sales.models import Claim, FlashSale, Item
from duli.commerce.orders.models import Order
from duli.platform.accounts.models import User
from tests import factories
from tests.flows.test_every_screen import enter
from tests.flows.test_purchase import choose_place, fill_chinese_address

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
Open = Callable[..., Page]
Check = Callable[[Page], None]


def test_from_the_desk_through_the_line_to_the_order(open_page: Open, staff: User, is_accessible: Check) -> None:
    item = Product.objects.get(title="龙井绿茶")
    variant = factories.variant_of(item)
    desk = open_page()
    enter(desk, staff)
    desk.goto("/admin/flash-sales/new/")
    is_accessible(desk)
    start = localtime(now() - timedelta(minutes=5))
    for name, value in {
        "name": "抢鲜",
        "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
        "sku_0": variant.sku,
        "price_0_CNY": "50",
        "price_0_USD": "7",
        "units_0": "3",
        "limit_0": "1",
        "batch_seconds": "1",
    }.items():
        desk.locator(f"[name={name}]").fill(value)
    desk.locator("[name=waiting_room]").check()
    desk.locator(".save-bar button").click()
    expect(desk).to_have_url(re.compile(r"/flash-sales/\d+/$"))
    desk.locator("a[href$='/plan/']").click()
    desk.locator("dialog[open] button.solid").click()
    expect(desk.locator(".banner.ok")).to_be_visible()
    is_accessible(desk)
    assert Item.objects.get().left == 3

    page = open_page(phone=True)
    page.goto(f"/products/{item.handle}")
    expect(page.locator("[data-flash-left]")).to_have_text("仅剩 3 件")
    is_accessible(page)
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(page.get_by_role("dialog", name="购物车")).to_contain_text("排队")
    page.goto("/flash-sales")
    is_accessible(page)
    page.get_by_role("link", name="排队抢购").click()
    is_accessible(page)
    page.get_by_role("button", name="排队抢购").click()
    expect(page.locator("[data-place]")).to_have_text("轮到您了")
    is_accessible(page)
    page.get_by_role("link", name="龙井绿茶").first.click()
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(page.get_by_role("dialog", name="购物车")).to_contain_text("¥50")
    page.goto("/checkout")
    fill_chinese_address(page)
    choose_place(page)
    page.get_by_text("银行转账").click()
    page.get_by_role("button", name=re.compile("提交订单")).click()
    expect(page).to_have_url(re.compile("/orders/"))
    order = Order.objects.get()
    assert order.lines.get().unit_price_minor == 5000
    assert Claim.objects.get().reference == order.reference
    # What is left follows on pages that are open.
    other = open_page()
    other.goto(f"/products/{item.handle}")
    expect(other.locator("[data-flash-left]")).to_have_text("仅剩 2 件")
    desk.reload()
    expect(desk.locator("[data-label='待付款']").first).to_have_text("1")
    desk.locator("a[href$='/stop/']").click()
    desk.locator("dialog[open] button[type=submit], dialog[open] button.danger, dialog[open] button.solid").last.click()
    expect(desk.locator("a[href$='/stop/']")).to_have_count(0)
    assert FlashSale.objects.get().closed_at is not None
