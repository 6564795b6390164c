"""The merchant sees the order, takes the money, ships it, and the shopper follows the parcel."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.orders.models import Order
from duli.platform.accounts.models import User
from duli.platform.mail.models import Mail
from tests import factories
from tests.factories import drain
from tests.flows.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


def sign_in(page: Page, staff: User) -> None:
    page.goto("/admin/")
    page.get_by_label(re.compile("邮箱|E-mail")).fill(staff.email or "")
    page.get_by_label(re.compile("^(密码|Password)$")).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^(登录|Sign in)$")).click()
    expect(page).to_have_url(re.compile("/admin/$"))


@pytest.mark.parametrize("phone", [False, True])
def test_from_the_order_to_the_parcel(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], phone: bool
) -> None:
    order = factories.order(quantity=2)
    drain()
    page = open_page(phone=phone)
    sign_in(page, staff)
    is_accessible(page)
    page.goto("/admin/orders/")
    is_accessible(page)
    page.get_by_role("link", name=re.compile(order.number or "")).first.click()
    is_accessible(page)
    page.goto(f"/admin/orders/{order.pk}/")
    page.get_by_role("link", name="标记为已付款").first.click()
    confirm(page, "标记为已付款")
    drain()
    order.refresh_from_db()
    assert order.payment_state == "paid"
    page.goto(f"/admin/orders/{order.pk}/")
    page.get_by_role("main").get_by_role("link", name="发货", exact=True).first.click()
    page.get_by_label("承运商").select_option("sf")
    page.get_by_label("运单号").fill("SF1234567890123")
    is_accessible(page)
    confirm(page, "发货")
    drain()
    order = Order.objects.get()
    assert order.fulfilment_state == "fulfilled"
    shopper = open_page(phone=True)
    shopper.goto(f"/orders/{order.token}")
    expect(shopper.get_by_role("main")).to_contain_text("SF1234567890123")
    is_accessible(shopper)
    assert Mail.objects.filter(template="order_shipped", text__contains="SF1234567890123").count() == 1


def confirm(page: Page, name: str) -> None:
    """Press the verb inside the open dialog, or on the page it led to."""
    page.get_by_role("dialog").get_by_role("button", name=re.compile(name)).last.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_load_state("networkidle")
