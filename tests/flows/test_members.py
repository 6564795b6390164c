"""A member uses points, staff change them, and both read what became of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.catalogue.models import Product
from duli.commerce.customers.models import Customer
from duli.commerce.customers.services import customer_for_user
from duli.commerce.membership import selectors, services
from duli.commerce.membership.models import Redemption
from duli.platform.accounts.models import User
from duli.platform.accounts.services import sign_up
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.membership import people
from tests.flows.conftest import PASSWORD
from tests.flows.test_every_screen import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]
Check = Callable[[Page], None]


def a_member() -> Customer:
    people.rules(most_percent=50)
    people.tier("银卡", 0, names={"en": "Silver"})
    people.tier("金卡", 100_000, names={"en": "Gold"}, points_percent=150)
    user = sign_up(email="lin@example.com", name="林晓", password=PASSWORD, language="zh-hans")
    found = customer_for_user(user_id=user.pk, name="林晓", email="lin@example.com", phone="", language="zh-hans")
    people.give(found, 3000)
    services.assess(customer_id=found.pk)
    look_now()
    return found


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("phone", [False, True])
def test_points_pay_part_of_a_purchase(open_page: Open, is_accessible: Check, phone: bool) -> None:
    member = a_member()
    page = open_page(phone=phone, color_scheme="dark" if phone else "light")
    assert member.user is not None
    enter(page, member.user)
    page.goto("/account/member")
    expect(page.get_by_text("再消费 ¥1,000 升级为金卡")).to_be_visible()
    is_accessible(page)
    item = Product.objects.get(title="龙井绿茶")
    page.goto(f"/products/{item.handle}")
    expect(page.get_by_text("您购买可得 88 积分")).to_be_visible()
    page.locator("[data-buy]:visible").first.click()
    expect(page.locator("[data-cart-count]:visible, .count:visible").first).to_be_visible()
    page.goto("/cart")
    page.locator("#f-points").fill("2000")
    page.locator("[name=points_use]").click()
    expect(page.get_by_text("积分抵扣（2000 积分）")).to_be_visible()
    is_accessible(page)
    page.goto("/checkout")
    expect(page.get_by_text("已使用 2000 积分")).to_be_visible()
    # Fewer, then more again: the total follows without the page being left.
    page.locator("[name=points_off]").click()
    expect(page.locator("#f-points")).to_have_value("3000")
    page.locator("[name=points_use]").click()
    expect(page.get_by_text("已使用 3000 积分")).to_be_visible()
    is_accessible(page)
    page.locator("[name=contact]").fill("lin@example.com")
    for name, value in factories.ADDRESS.to_json().items():
        box = page.locator(f"#f-{name}")
        if value and name != "country" and box.count():
            if box.evaluate("box => box.tagName") == "SELECT":
                box.select_option(value)
                page.wait_for_load_state("networkidle")
            else:
                box.fill(value)
    page.get_by_text("银行转账").first.click()
    page.locator("[data-place]").click()
    page.wait_for_url("**/orders/**")
    expect(page.get_by_text("积分抵扣（3000 积分）")).to_be_visible()
    is_accessible(page)
    assert Redemption.objects.get().points == 3000
    assert selectors.available_points(member.pk) == 0


def test_staff_decide_on_rules_and_change_points(open_page: Open, staff: User, is_accessible: Check) -> None:
    member = a_member()
    page = open_page()
    enter(page, staff)
    page.goto("/admin/customers/members/")
    is_accessible(page)
    page.get_by_role("link", name="规则与等级").click()
    page.locator("[name=earn_points]").fill("3")
    page.locator(".save-bar button.solid").click()
    expect(page.locator("[name=earn_points]")).to_have_value("3")
    look_now()
    assert selectors.program().earn_points == 3
    page.goto(f"/admin/customers/{member.pk}/")
    page.get_by_role("link", name="调整积分…").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=points]").fill("-500")
    dialog.locator("[name=note]").fill("退回活动积分")
    is_accessible(page)
    dialog.locator("button.solid, button[type=submit]").first.click()
    expect(page.locator("#member")).to_contain_text("2,500")
    assert selectors.available_points(member.pk) == 2500
