"""Staff change an order, give part of it back and take goods back; the shopper asks for the return."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from duli.commerce.orders.models import Order, OrderRefund, OrderReturn
from duli.commerce.orders.services import fulfil
from duli.commerce.orders.types import FulfilLine
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.accounts.models import User
from tests import factories
from tests.factories import drain
from tests.flows.conftest import DESK_AND_PHONE, speak, words
from tests.flows.test_merchant import confirm, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


@DESK_AND_PHONE
def test_edit_and_partly_refund(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    order = factories.order(factories.variant_of(factories.product(price=5000)), quantity=2, paid=True)
    line = order.lines.get()
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto(f"/admin/orders/{order.pk}/edit/")
    is_accessible(page)
    page.get_by_label(say("Quantity")).first.fill("1")
    page.get_by_label(say("Quantity")).first.blur()
    expect(page.get_by_text(say("New total"))).to_be_visible()
    is_accessible(page)
    page.get_by_role("button", name=say("Save changes")).click()
    expect(page).to_have_url(re.compile(f"/admin/orders/{order.pk}/$"))
    assert order.lines.get().quantity == 1
    is_accessible(page)
    page.goto(f"/admin/orders/{order.pk}/refund/")
    page.get_by_label(re.compile(say("Quantity"))).fill("1")
    page.get_by_role("button", name=say("Compute the refund")).click()
    page.get_by_role("button", name=re.compile(rf"^{say('Refund')} .*50\.00")).click()
    expect(page).to_have_url(re.compile(f"/admin/orders/{order.pk}/$"))
    drain()
    assert OrderRefund.objects.get().lines.get().order_line_id == line.pk
    assert Order.objects.get(pk=order.pk).payment_collection.refunded_minor == 5000


@DESK_AND_PHONE
def test_an_edit_goes_on_in_a_price_list_and_a_typed_price_stays(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    order = factories.order(tea, paid=True)
    rows = [{"variant": tea.pk, "product": tea.product_id, "at": 10, "amount": {"CNY": 7000}}]
    save_promotion(draft=PromotionDraft(name="Bulk", rules={"kind": "table", "rows": rows}), actor=factories.ACTOR)
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto(f"/admin/orders/{order.pk}/edit/")
    quantity, price = (page.get_by_label(say(name)).first for name in ("Quantity", "Unit price"))
    quantity.fill("12")
    quantity.blur()
    told = page.get_by_text(say("Price for so many: %(lists)s") % {"lists": "Bulk"})
    expect(told).to_be_visible()
    expect(price).to_have_value("70.00")
    is_accessible(page)
    price.fill("95.00")
    price.blur()
    expect(told).to_have_count(0)
    expect(price).to_have_value("95.00")
    price.fill("70.00")
    price.blur()
    expect(told).to_be_visible()
    page.get_by_role("button", name=say("Save changes")).click()
    expect(page).to_have_url(re.compile(f"/admin/orders/{order.pk}/$"))
    changed = order.lines.get()
    assert (changed.quantity, changed.unit_price_minor) == (12, 7000)


@DESK_AND_PHONE
def test_receive_a_return(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    order = factories.order(factories.variant_of(factories.product(price=5000)), quantity=1, paid=True)
    fulfil(
        order_id=order.pk,
        lines=[FulfilLine(order.lines.get().pk, 1)],
        location_id=None,
        idempotency_key="p",
        actor="system",
    )
    Order.objects.filter(pk=order.pk).update(language="en")
    shopper = open_page(phone=True, locale="en-US")
    shopper.goto(f"/en/orders/{order.token}/return")
    is_accessible(shopper)
    shopper.get_by_label("Number (at most 1)").select_option("1")
    shopper.get_by_label("Why?").select_option("damaged")
    shopper.get_by_role("button", name="Ask for the return").click()
    expect(shopper.get_by_role("heading", name="Returns")).to_be_visible()
    # The answer stands at its place on the page, where the bar at the top covers half of what comes before it.
    shopper.evaluate("scrollTo(0, 0)")
    is_accessible(shopper)
    row = OrderReturn.objects.get()
    page = open_page(phone=phone)
    sign_in(page, staff)
    for name, button in (("approve", "Approve"), ("receive", "Goods have arrived")):
        page.goto(f"/admin/returns/{row.pk}/{name}/")
        page.get_by_role("button", name=say(button), exact=True).click()
        expect(page).to_have_url(re.compile(f"/admin/returns/{row.pk}/$"))
    is_accessible(page)
    page.get_by_role("link", name=say("Inspect")).click()
    confirm(page, say("Save the inspection"))
    page.goto(f"/admin/returns/{row.pk}/settle/")
    page.get_by_role("button", name=say("Settle the return")).click()
    expect(page).to_have_url(re.compile(f"/admin/returns/{row.pk}/$"))
    drain()
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("completed", "refund")
    assert Order.objects.get(pk=order.pk).payment_collection.refunded_minor == 5000


def tab_to(page: Page, place: Locator) -> None:
    """Press Tab until the place has the focus, as somebody without a mouse does."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if place.evaluate("(part) => part === document.activeElement"):
            return
    raise AssertionError(f"{page.url}: the keyboard does not reach {place}")


def type_over(page: Page, place: Locator, text: str) -> None:
    tab_to(page, place)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def press(page: Page, place: Locator) -> None:
    tab_to(page, place)
    page.keyboard.press("Enter")


def test_edit_and_partly_refund_with_the_keyboard_alone(open_page: Open, staff: User) -> None:
    order = factories.order(factories.variant_of(factories.product(price=5000)), quantity=2, paid=True)
    home = f"/admin/orders/{order.pk}/"
    page = open_page()
    sign_in(page, staff)
    page.goto("/admin/orders/")
    expect(page.locator("[data-check-all]")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#list-search")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text(re.compile("1$"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{home}$"))
    menu = page.get_by_role("main").locator("details.menu > summary").first
    press(page, menu)
    press(page, page.locator(f"a.menu-item[href='{home}edit/']"))
    expect(page).to_have_url(re.compile("/edit/$"))
    type_over(page, page.get_by_label("数量").first, "1")
    expect(page.get_by_text("新合计")).to_be_visible()
    page.wait_for_load_state("networkidle")
    press(page, page.get_by_role("button", name="保存修改"))
    expect(page).to_have_url(re.compile(f"{home}$"))
    assert order.lines.get().quantity == 1
    press(page, menu)
    press(page, page.locator(f"a.menu-item[href='{home}refund/']"))
    quantity = page.get_by_role("dialog").get_by_label(re.compile("数量"))
    expect(quantity).to_be_visible()
    type_over(page, quantity, "1")
    press(page, page.get_by_role("button", name="计算退款"))
    give = page.get_by_role("button", name=re.compile(r"^退款 ¥50\.00"))
    expect(give).to_be_visible()
    press(page, give)
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Whoever acted goes on at the verb they chose, and not at the top of the navigation.
    expect(menu).to_be_focused()
    page.wait_for_load_state("networkidle")
    drain()
    assert Order.objects.get(pk=order.pk).payment_collection.refunded_minor == 5000


def test_the_orders_that_a_filter_leaves_are_exported_from_the_list(open_page: Open, staff: User) -> None:
    paid, other = factories.order(paid=True), factories.order()
    speak(staff, "en")
    page = open_page()
    sign_in(page, staff)
    page.goto("/admin/orders/")
    page.locator("summary").filter(has_text="Payment").click()
    page.locator("details[open]").get_by_text("Paid", exact=True).click()
    expect(page.get_by_role("link", name=f"#{other.number}")).to_have_count(0)
    page.locator(".head-verbs summary").click()
    page.get_by_text("Export this list…").click()
    page.locator("dialog[open]").get_by_role("button", name="Export").click()
    expect(page).to_have_url(re.compile("/admin/orders/exports/"))
    drain()
    file = page.locator("#exports a").first
    with page.expect_download() as fetched:
        file.click()
    written = Path(fetched.value.path()).read_bytes()
    assert written.startswith(b"\xef\xbb\xbf"), "Excel takes it for UTF-8 by its first three bytes"
    assert paid.number.encode() in written
    assert other.number.encode() not in written
