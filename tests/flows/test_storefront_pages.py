"""What a page does in a browser beyond its HTML: narrow screens, sticky bars, what was viewed, the way back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.catalogue.models import Product
from duli.commerce.orders.models import Order
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]

Open = Callable[..., Page]
Check = Callable[[Page], None]
# A window of 1280 pixels at 400 %, and of 640 at 200 %.
NARROW = {"width": 320, "height": 640}


def address_of(title: str) -> str:
    return f"/products/{Product.objects.get(title=title).handle}"


def assert_no_sideways(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"


def test_one_long_word_in_a_message_widens_no_page(open_page: Open) -> None:
    order = factories.order()
    page = open_page(phone=True)
    page.set_viewport_size(NARROW)
    page.goto(f"/orders/{order.token}")
    word = "https://example.com/" + "9" * 80
    page.get_by_label("给我们留言").fill(word)
    page.get_by_role("button", name="发送", exact=True).click()
    expect(page.locator("#messages")).to_contain_text(word)
    assert_no_sideways(page)


def test_a_purchase_with_another_billing_address_on_320_pixels(open_page: Open, is_accessible: Check) -> None:
    page = open_page(phone=True)
    page.set_viewport_size(NARROW)
    for path in ("/en/", "/en/collections/all", f"/en{address_of('青瓷茶杯')}", "/en/search?q=nothing-of-that"):
        page.goto(path)
        assert_no_sideways(page)
    page.goto(f"/en{address_of('龙井绿茶')}")
    page.get_by_role("button", name="Add to cart").first.click()
    expect(page.get_by_role("dialog", name="Cart")).to_be_visible()
    assert_no_sideways(page)
    page.goto("/en/cart")
    assert_no_sideways(page)
    page.goto("/en/checkout")
    page.get_by_label("E-mail or phone").fill("lena@example.com")
    address = page.locator("#address")
    address.get_by_label("Full name").fill("Lena Fischer")
    address.get_by_label("Street and number").fill("350 Fifth Avenue")
    address.get_by_label("City").fill("New York")
    address.get_by_label("ZIP code").fill("10118")
    address.get_by_label("State").select_option("NY")
    same = page.get_by_label("Same as the delivery address")
    expect(same).to_be_checked()
    same.uncheck()
    billing = page.locator("#billing")
    expect(billing.get_by_label("Full name")).to_have_value("Lena Fischer")
    billing.get_by_label("Country or region").select_option("DE")
    expect(billing.get_by_label("Postcode")).to_be_visible()
    billing.get_by_label("Company").fill("Fischer GmbH")
    billing.get_by_label("Street and number").fill("Hauptstraße 1")
    billing.get_by_label("City").fill("Berlin")
    billing.get_by_label("Postcode").fill("10115")
    assert_no_sideways(page)
    is_accessible(page)
    expect(page.get_by_role("radio", name=re.compile("Air mail"))).to_be_checked()
    page.get_by_role("radio", name=re.compile("transfer", re.IGNORECASE)).check()
    page.get_by_role("button", name=re.compile("Place order")).click()
    expect(page).to_have_url(re.compile("/orders/"))
    expect(page.get_by_text("Fischer GmbH")).to_be_visible()
    assert_no_sideways(page)
    order = Order.objects.get()
    assert (order.billing_address["country"], order.shipping_address["country"]) == ("DE", "US")


def test_what_was_viewed_is_shown_again_and_can_be_forgotten(open_page: Open) -> None:
    page = open_page()
    page.goto(address_of("龙井绿茶"))
    page.goto(address_of("竹茶盘"))
    seen = page.get_by_role("region", name="最近看过")
    page.locator(".foot").scroll_into_view_if_needed()
    expect(seen.get_by_role("link")).to_have_count(1)
    page.goto("/en/")
    page.locator(".foot").scroll_into_view_if_needed()
    seen = page.get_by_role("region", name="Recently viewed")
    expect(seen.get_by_role("heading", level=3)).to_have_text(["Bamboo tray", "Longjing green tea"])
    seen.get_by_role("button", name="Clear this list").click()
    expect(seen).to_have_count(0)
    assert page.evaluate("localStorage.getItem('recent')") is None


def test_the_buy_bar_hides_nothing_that_has_the_focus(open_page: Open) -> None:
    page = open_page(phone=True)
    page.goto(address_of("青瓷茶杯"))
    expect(page.locator(".buybar")).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => {
                const held = document.activeElement, bar = document.querySelector(".buybar");
                const edge = bar.getBoundingClientRect().top, place = held.getBoundingClientRect();
                return held !== document.body && !bar.contains(held) && place.top >= edge ? held.outerHTML : "";
            }"""
        )
        assert not hidden


def test_back_returns_to_where_one_was_in_the_list(open_page: Open) -> None:
    page = open_page()
    page.set_viewport_size({"width": 1280, "height": 420})
    page.goto("/collections/all")
    page.evaluate("scrollTo(0, 150)")
    page.locator("main").get_by_label("只看有货").check(force=True)
    expect(page).to_have_url(re.compile("in_stock=1"))
    expect(page.locator(".chips")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    page.go_back()
    expect(page.locator(".chips")).to_have_count(0)
    page.wait_for_function("scrollY === 150")


def test_a_page_of_goods_asks_for_nothing_that_is_not_there(open_page: Open) -> None:
    """Two scripts that call different things by one name asked for an address that is none, without a pause."""
    page = open_page()
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    page.goto(address_of("青瓷茶杯"))
    page.wait_for_load_state("networkidle")
    assert missing == []
