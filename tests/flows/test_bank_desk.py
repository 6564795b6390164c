"""A statement pays an order, staff give the money back, and a bill is explained: by hand, and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.orders.models import Order
from duli.commerce.payments.references import transfer_reference
from duli.commerce.reconciliation import services
from duli.commerce.reconciliation.models import BillDifference, StatementLine, StatementMatch
from duli.platform.accounts.models import User
from tests import factories
from tests.factories import drain
from tests.flows.conftest import DESK_AND_PHONE, speak, words
from tests.flows.test_every_screen import enter
from tests.flows.test_merchant import sign_in
from tests.flows.test_order_verbs import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


@DESK_AND_PHONE
def test_a_statement_pays_an_order_and_the_money_goes_back(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    order = factories.order(factories.variant_of(factories.product(price=5000)))
    reference = transfer_reference(order.payment_collection_id or 0)
    statement = f"Date,Amount,Name,Details\n2026-11-02,{order.total_minor / 100:.2f},Lin Xiao,{reference}\n"
    drain()
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto("/admin/transfers/")
    is_accessible(page)
    page.get_by_role("link", name=say("Import a statement")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Statement"), exact=True).set_input_files(
        {"name": "bank.csv", "mimeType": "text/csv", "buffer": statement.encode()}
    )
    is_accessible(page)
    dialog.get_by_role("button", name=say("Import"), exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Lin Xiao")
    expect(page.get_by_role("main")).to_contain_text(order.number or "")
    is_accessible(page)
    # Accepted without a mouse.
    tab_to(page, page.get_by_role("button", name=say("Accept all sure ones")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).not_to_contain_text("Lin Xiao")
    drain()
    assert Order.objects.get(pk=order.pk).payment_state == "paid"
    page.goto("/admin/transfers/?view=matched")
    page.get_by_role("link", name="Lin Xiao").first.click()
    expect(page.get_by_role("main")).to_contain_text(order.number or "")
    is_accessible(page)
    page.goto(f"/admin/orders/{order.pk}/refund/")
    page.get_by_label(re.compile(say("Quantity"))).fill("1")
    page.get_by_role("button", name=say("Compute the refund")).click()
    page.get_by_role("button", name=re.compile(rf"^{say('Refund')} .*50\.00")).click()
    expect(page).to_have_url(re.compile(f"/admin/orders/{order.pk}/$"))
    drain()
    assert Order.objects.get(pk=order.pk).payment_collection.refunded_minor == 5000


@DESK_AND_PHONE
def test_a_difference_is_explained_without_a_mouse(
    open_page: Open, staff: User, is_accessible: Callable[[Page], None], language: str, phone: bool
) -> None:
    say = words(language)
    speak(staff, language)
    difference = factories.bill_difference()
    page = open_page(phone=phone)
    sign_in(page, staff)
    page.goto("/admin/bills/")
    is_accessible(page)
    tab_to(page, page.get_by_role("link", name="2026-03-10").first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/admin/bills/{difference.bill_id}/$"))
    is_accessible(page)
    cell = page.locator(f'[data-name="{say("In the bill")}"]')
    shown = cell.evaluate("(part) => getComputedStyle(part, '::before').content")
    assert (say("In the bill") in shown) is phone
    tab_to(page, page.get_by_role("link", name=say("Explain…")))
    page.keyboard.press("Enter")
    field = page.get_by_role("dialog").get_by_label(say("Why it is right"))
    expect(field).to_be_focused()
    is_accessible(page)
    page.keyboard.type("Taken by hand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("Taken by hand")
    assert BillDifference.objects.get().state == "explained"


def test_looking_for_a_second_order_keeps_the_amount_beside_the_first(open_page: Open, staff: User) -> None:
    speak(staff, "en")
    first, second = (factories.order(factories.variant_of(factories.product(price=5000))) for _ in range(2))
    body = "Date,Amount,Name,Details\n2026-11-02,1.00,Somebody,rent\n"
    services.read_statement(content=body.encode(), name="bank.csv", actor="user:1", currency="CNY")
    page = open_page()
    enter(page, staff)
    page.goto(f"/admin/transfers/{StatementLine.objects.get().pk}/")
    for order in (first, second):
        page.get_by_label("Look for an order").fill(order.number or "")
        page.keyboard.press("Enter")
        beside = page.get_by_label(f"Amount for #{order.number}")
        expect(beside).to_be_visible()
        expect(page.get_by_label("Look for an order")).to_be_focused()
        beside.fill("0.50")
    expect(page.get_by_label(f"Amount for #{first.number}")).to_have_value("0.50")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/admin/transfers/$"))
    assert StatementMatch.objects.filter(amount_minor=50).count() == 2
