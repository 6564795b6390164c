"""A guest buys, in a real browser: on a phone, in English, without JavaScript, with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from duli.commerce.inventory.models import StockLevel
from duli.commerce.orders.models import Order
from duli.platform.mail.models import Mail
from tests.factories import drain
from tests.plugins.card_page import CardPageProvider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]

Open = Callable[..., Page]
Check = Callable[[Page], None]


def fill_chinese_address(page: Page) -> None:
    page.get_by_label("邮箱或手机号").fill("lin@example.com")
    page.get_by_label("收货人").fill("林晓")
    page.get_by_label("手机号", exact=True).fill("13800138000")
    page.get_by_label("详细地址").fill("龙井路 1 号")


def choose_place(page: Page, script: bool = True) -> None:
    """Province, city and district: each list follows from the one before."""
    for label, value in (("省份", "浙江省"), ("城市", "杭州市"), ("区县", "西湖区")):
        expect(page.get_by_label(label).locator("option", has_text=value)).to_be_attached()
        page.get_by_label(label).select_option(value)
        if not script and label != "区县":
            page.get_by_role("button", name="更新地区选项").click()


def paid_order() -> Order:
    drain()
    order = Order.objects.get()
    assert (order.payment_state, order.status) == ("paid", "open")
    return order


def test_on_a_phone_with_a_card(open_page: Open, card_page: CardPageProvider, is_accessible: Check) -> None:
    page = open_page(phone=True)
    page.goto("/")
    is_accessible(page)
    page.goto("/collections/all")
    is_accessible(page)
    page.get_by_role("link", name="青瓷茶杯").click()
    is_accessible(page)
    page.get_by_role("radio", name="大").check(force=True)
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    drawer = page.get_by_role("dialog", name="购物车")
    expect(drawer).to_contain_text("青瓷茶杯")
    page.goto("/cart")
    is_accessible(page)
    page.get_by_role("link", name="去结账").click()
    is_accessible(page)
    fill_chinese_address(page)
    choose_place(page)
    page.get_by_text("银行卡（练习）").click()
    page.get_by_role("button", name=re.compile("提交订单")).click()
    expect(page).to_have_url(re.compile(re.escape(card_page.url)))
    page.get_by_role("button", name=re.compile("支付成功$")).first.click()
    expect(page).to_have_url(re.compile("/orders/"))
    order = paid_order()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text(order.number or "")
    expect(page.get_by_role("main")).to_contain_text("谢谢")
    is_accessible(page)
    assert order.lines.get().variant_title == "大"
    assert StockLevel.objects.filter(variant=order.lines.get().variant, reserved=1).exists()
    drain()
    assert sorted(Mail.objects.filter(to="lin@example.com").values_list("template", flat=True)) == [
        "order_paid",
        "order_received",
    ]


def test_a_declined_card_is_tried_again_on_the_same_order(open_page: Open, card_page: CardPageProvider) -> None:
    page = open_page(phone=True)
    page.goto("/products/" + handle("龙井绿茶"))
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(page.get_by_role("dialog", name="购物车")).to_be_visible()
    page.goto("/checkout")
    fill_chinese_address(page)
    choose_place(page)
    page.get_by_text("银行卡（练习）").click()
    page.get_by_role("button", name=re.compile("提交订单")).click()
    expect(page).to_have_url(re.compile(re.escape(card_page.url)))
    page.get_by_role("button", name=re.compile("余额不足$")).click()
    page.get_by_role("button", name="取消并返回店铺").click()
    expect(page).to_have_url(re.compile("/orders/"))
    drain()
    assert Order.objects.get().payment_state == "unpaid"
    page.reload()
    page.get_by_role("button", name=re.compile("支付|付款")).first.click()
    page.get_by_role("button", name=re.compile("支付成功$")).first.click()
    expect(page).to_have_url(re.compile("/orders/"))
    paid_order()


def test_a_choice_made_while_the_total_is_on_its_way_is_kept(open_page: Open) -> None:
    page = open_page(phone=True)
    page.goto("/products/" + handle("龙井绿茶"))
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(page.get_by_role("dialog", name="购物车")).to_be_visible()
    page.goto("/checkout")
    fill_chinese_address(page)
    choose_place(page)
    expect(page.locator("#summary")).not_to_have_attribute("aria-busy", "true")
    held: list[Route] = []
    page.route("**/checkout", lambda route: held.append(route))
    page.get_by_label("区县").select_option("拱墅区")
    expect(page.locator("#summary")).to_have_attribute("aria-busy", "true")
    page.get_by_text("货到付款").click()
    held.pop().continue_()
    expect(page.locator("#summary")).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("radio", name=re.compile("货到付款"))).to_be_checked()
    page.unroute("**/checkout")
    page.get_by_role("button", name=re.compile("提交订单")).click()
    expect(page).to_have_url(re.compile("/orders/"))
    assert Order.objects.get().payment_method_code == "cash_on_delivery"


def handle(title: str) -> str:
    from duli.commerce.catalogue.models import Product

    return Product.objects.get(title=title).handle


def test_in_english_by_bank_transfer(open_page: Open, is_accessible: Check) -> None:
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name=re.compile("English")).first.click()
    expect(page).to_have_url(re.compile("/en/"))
    is_accessible(page)
    page.get_by_label("Search products").first.fill("tray")
    page.get_by_label("Search products").first.press("Enter")
    page.get_by_role("link", name="Bamboo tray").first.click()
    page.get_by_role("button", name="Add to cart", exact=True).first.click()
    expect(page.get_by_role("dialog", name=re.compile("cart", re.IGNORECASE))).to_contain_text("Bamboo tray")
    page.goto("/en/checkout")
    is_accessible(page)
    page.get_by_label("Country or region").select_option("US")
    page.get_by_label("E-mail or phone").fill("ann@example.com")
    page.get_by_label("Full name").fill("Ann Lee")
    page.get_by_label("Street and number").fill("350 Fifth Avenue")
    page.get_by_label("City").fill("New York")
    page.get_by_label("State").select_option("NY")
    page.get_by_label("ZIP code").fill("10118")
    page.get_by_text("Bank transfer").first.click()
    page.get_by_role("button", name=re.compile("Place order")).click()
    expect(page).to_have_url(re.compile("/en/orders/"))
    order = Order.objects.get()
    expect(page.get_by_role("main")).to_contain_text("6222 0000 1234")
    expect(page.get_by_role("main")).to_contain_text(order.number or "")
    is_accessible(page)
    assert (order.currency, order.language, order.payment_state) == ("USD", "en", "unpaid")


def test_without_javascript(open_page: Open) -> None:
    page = open_page(phone=True, java_script_enabled=False)
    page.goto("/products/" + handle("青瓷茶杯"))
    page.get_by_role("radio", name="大").check(force=True)
    page.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(page).to_have_url(re.compile("/cart"))
    page.get_by_label(re.compile("数量")).fill("2")
    page.get_by_role("button", name="更新").first.click()
    page.get_by_role("link", name="去结账").click()
    page.get_by_role("button", name=re.compile("提交订单")).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert not Order.objects.exists()
    fill_chinese_address(page)
    choose_place(page, script=False)
    page.get_by_text("货到付款").click()
    page.get_by_role("button", name=re.compile("提交订单")).click()
    expect(page).to_have_url(re.compile("/orders/"))
    order = Order.objects.get()
    assert (order.lines.get().quantity, order.lines.get().variant_title) == (2, "大")
    assert order.payment_method_code == "cash_on_delivery"


def walk_to(page: Page, name: re.Pattern[str] | str, role: str = "") -> None:
    """Press Tab until the focus is on what a screen reader calls `name`."""
    for _ in range(200):
        page.keyboard.press("Tab")
        found: dict[str, Any] = page.evaluate(
            """() => {
                const e = document.activeElement;
                const label = e.labels && e.labels[0] && e.labels[0].innerText;
                const text = e.getAttribute('aria-label') || label || e.innerText || '';
                return { text: text.trim(), tag: e.tagName.toLowerCase() };
            }"""
        )
        if re.search(name, found["text"]) and role in ("", found["tag"]):
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


def test_with_the_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    page.goto("/collections/all")
    walk_to(page, "龙井绿茶", "a")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/products/"))
    walk_to(page, "^加入购物车$", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="购物车")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto("/checkout")
    for label, text in (("邮箱或手机号", "lin@example.com"), ("收货人", "林晓"), ("^手机号", "13800138000")):
        walk_to(page, label, "input")
        page.keyboard.type(text)
    for label, text in (("省份", "浙江省"), ("城市", "杭州市"), ("区县", "西湖区")):
        walk_to(page, label, "select")
        expect(page.get_by_label(label).locator("option", has_text=text)).to_be_attached()
        for _ in range(60):
            if page.get_by_label(label).locator("option:checked").inner_text() == text:
                break
            page.keyboard.press("ArrowDown")
    walk_to(page, "详细地址", "input")
    page.keyboard.type("龙井路 1 号")
    # Enter in a field asks for the total again; only the button orders.
    with page.expect_response("**/checkout"):
        page.keyboard.press("Enter")
    expect(page.locator("#summary")).not_to_have_attribute("aria-busy", "true")
    assert not Order.objects.exists()
    walk_to(page, "提交订单", "button")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/orders/"))
    assert Order.objects.count() == 1
