"""The merchant makes a product of 3 × 4 × 5 variants from nothing, a shopper buys one, and it is edited on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.inventory.models import StockLevel
from duli.commerce.orders.models import Order
from duli.platform.accounts.models import User
from tests.factories import drain
from tests.flows.conftest import DESK_AND_PHONE, speak, words
from tests.flows.test_merchant import Open, sign_in
from tests.flows.test_purchase import choose_place, fill_chinese_address

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OPTIONS = {"颜色": "青，白，黑", "尺寸": "小，中，大，特大", "材质": "瓷，陶，竹，木，铁"}


def add_options(page: Page) -> None:
    for place, (name, values) in enumerate(OPTIONS.items()):
        page.locator(".option-list > button").click()
        page.locator(f'[data-focus="name-{place}"]').fill(name)
        entry = page.locator(f'[data-focus="entry-{place}"]')
        entry.fill(values)
        with page.expect_response(re.compile("/products/grid/")):
            entry.press("Enter")


def fill_column(page: Page, say: Callable[[str], str], heading: str, value: str) -> None:
    page.locator("sheet-grid thead").get_by_text(heading).click()
    page.get_by_label(say("Value for the selected cells")).fill(value)
    page.get_by_role("button", name=say("Set"), exact=True).click()


@DESK_AND_PHONE
def test_from_nothing_to_sixty_variants_and_one_of_them_sold(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    page = open_page(phone=phone, color_scheme="dark" if phone else "light")
    sign_in(page, staff)
    page.goto("/admin/products/new/")
    page.get_by_label(say("Title"), exact=True).first.fill("六十种杯子")
    page.get_by_label(say("Status"), exact=True).select_option("active")
    add_options(page)
    expect(page.locator(".grid-preview")).to_contain_text("60")
    fill_column(page, say, say("Price, %(code)s") % {"code": "CNY"}, "128")
    fill_column(page, say, "Main warehouse", "3")
    is_accessible(page)
    page.get_by_role("button", name=say("Save"), exact=True).click()
    expect(page).to_have_url(re.compile(r"/admin/products/\d+/$"))
    expect(page.locator(".save-bar")).not_to_have_class(re.compile("dirty"))
    product = Product.objects.get(title="六十种杯子")
    assert Variant.objects.filter(product=product, is_active=True).count() == 60
    assert StockLevel.objects.filter(variant__product=product, on_hand=3).count() == 60
    is_accessible(page)
    drain()

    shopper = open_page(phone=True)
    shopper.goto(f"/products/{product.handle}")
    shopper.get_by_role("radio", name="特大").check(force=True)
    shopper.get_by_role("radio", name="铁").check(force=True)
    shopper.get_by_role("button", name="加入购物车", exact=True).first.click()
    expect(shopper.get_by_role("dialog", name="购物车")).to_contain_text("特大")
    chosen = Variant.objects.get(product=product, title="青 / 特大 / 铁")
    shopper.goto("/checkout")
    fill_chinese_address(shopper)
    choose_place(shopper)
    shopper.get_by_text("货到付款").click()
    shopper.get_by_role("button", name=re.compile("提交订单")).click()
    expect(shopper).to_have_url(re.compile("/orders/"))
    assert Order.objects.get().lines.get().variant_id == chosen.pk


def test_a_phone_edits_one_cell_and_takes_it_back(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None]
) -> None:
    speak(staff, "en")
    product = Product.objects.get(title="青瓷茶杯")
    first = Variant.objects.filter(product=product, is_active=True)[0]
    page = open_page(phone=True, locale="en-GB")
    sign_in(page, staff)
    page.goto(f"/admin/products/{product.pk}/")
    cell = page.locator('sheet-grid td[data-r="0"]').first
    cell.tap()
    page.locator("sheet-grid td.editing input").fill("99")
    page.locator("sheet-grid td.editing input").press("Enter")
    expect(page.locator(".save-bar")).to_have_class(re.compile("dirty"))
    is_accessible(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".save-bar")).not_to_have_class(re.compile("dirty"))
    assert [price.minor for price in first.prices.filter(price_list__currency="CNY")] == [9900]
    page.goto(f"/admin/products/{product.pk}/history/2/")
    expect(page.get_by_role("main")).to_contain_text("99.00 CNY")
    is_accessible(page)
