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


def test_more_goods_than_rows_are_picked_and_left_out_again(open_page: Open, staff: User) -> None:
    skus = [
        factories.variant_of(factories.product(f"白瓷碗{number}", price=3000 + number, stock=4)).sku
        for number in range(6)
    ]
    desk = open_page(phone=True)
    enter(desk, staff)
    desk.goto("/admin/flash-sales/new/")
    for place, sku in enumerate(skus):
        desk.get_by_label("查找商品").fill(sku)
        desk.locator(f"[data-sku='{sku}']").click()
        desk.locator(f"[name=price_{place}_CNY]").fill("20")
        desk.locator(f"[name=price_{place}_USD]").fill("3")
        if place:
            desk.locator(f"[name=units_{place}]").fill("2")
    desk.get_by_role("group", name="白瓷碗1").get_by_role("button", name="移除").click()
    start = localtime(now() + timedelta(hours=1))
    desk.locator("[name=name]").fill("白瓷")
    desk.locator("[name=starts_at]").fill(start.strftime("%Y-%m-%dT%H:%M"))
    desk.locator("[name=ends_at]").fill((start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    desk.locator(".save-bar button").click()
    # What is missing is said, and the rest stays as it was picked.
    expect(desk.get_by_role("group", name="白瓷碗0")).to_contain_text("此项也要填写")
    expect(desk.locator("[data-goods-row]:visible")).to_have_count(5)
    desk.locator("[name=units_0]").fill("2")
    desk.locator(".save-bar button").click()
    expect(desk).to_have_url(re.compile(r"/flash-sales/\d+/$"))
    chosen = Item.objects.order_by("pk").values_list("variant__sku", "amounts__CNY", "units")
    assert list(chosen) == [(sku, 2000, 2) for sku in skus if sku != skus[1]]


def test_from_the_desk_through_the_line_to_the_order(open_page: Open, staff: User, is_accessible: Check) -> None:
    item = Product.objects.get(title="龙井绿茶")
    variant = factories.variant_of(item)
    desk = open_page()
    enter(desk, staff)
    desk.goto("/admin/flash-sales/new/")
    # What is sold is found by its name and gets a row of its own; Enter takes the first.
    desk.get_by_label("查找商品").fill("龙井")
    expect(desk.locator("[data-sku]")).to_have_count(1)
    desk.get_by_label("查找商品").press("Enter")
    expect(desk.locator("[name=sku_0]")).to_have_value(variant.sku)
    expect(desk.get_by_role("group", name="龙井绿茶")).to_be_visible()
    expect(desk.locator("[data-goods-row]:visible")).to_have_count(1)
    is_accessible(desk)
    start = localtime(now() - timedelta(minutes=5))
    for name, value in {
        "name": "抢鲜",
        "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
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
    expect(page.get_by_role("timer")).to_be_visible()
    order = Order.objects.get()
    assert order.lines.get().unit_price_minor == 5000
    assert Claim.objects.get().reference == order.reference
    # What is left follows on pages that are open.
    other = open_page()
    other.goto(f"/products/{item.handle}")
    expect(other.locator("[data-flash-left]")).to_have_text("仅剩 2 件")
    # Who comes while nobody is let in stays on the page, sees the place, and is taken further when the turn comes.
    FlashSale.objects.update(batch_seconds=3600)
    other.goto("/flash-sales")
    other.get_by_role("link", name="排队抢购").click()
    other.get_by_role("button", name="排队抢购").focus()
    other.keyboard.press("Enter")
    expect(other.locator("[data-place]")).to_have_text("马上轮到您")
    expect(other.locator("[data-more]")).to_contain_text("您的号码是 2")
    expect(other.get_by_role("button", name="排队抢购")).to_have_count(0)
    expect(other.get_by_role("heading", level=1)).to_be_focused()
    is_accessible(other)
    FlashSale.objects.update(batch_seconds=1)
    expect(other.locator("[data-place]")).to_have_text("轮到您了", timeout=15_000)
    desk.reload()
    expect(desk.locator("[data-label='待付款']").first).to_have_text("1")
    desk.locator("a[href$='/stop/']").click()
    desk.locator("dialog[open] button[type=submit], dialog[open] button.danger, dialog[open] button.solid").last.click()
    expect(desk.locator("a[href$='/stop/']")).to_have_count(0)
    assert FlashSale.objects.get().closed_at is not None
