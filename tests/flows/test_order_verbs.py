"""Staff change an order, give part of it back and take goods back; the shopper asks for the return."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from duli.commerce.orders.models import Order, OrderRefund, OrderReturn
from duli.commerce.orders.services import fulfil
from duli.commerce.orders.types import FulfilLine
from duli.platform.accounts.models import User
from tests import factories
from tests.factories import drain
from tests.flows.test_merchant import confirm, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Open = Callable[..., Page]


def test_edit_and_partly_refund(open_page: Open, staff: User, is_accessible: Callable[[Page], None]) -> None:
    order = factories.order(factories.variant_of(factories.product(price=5000)), quantity=2, paid=True)
    line = order.lines.get()
    page = open_page()
    sign_in(page, staff)
    page.goto(f"/admin/orders/{order.pk}/edit/")
    is_accessible(page)
    page.get_by_label("数量").first.fill("1")
    page.get_by_label("数量").first.blur()
    expect(page.get_by_text("新合计")).to_be_visible()
    is_accessible(page)
    page.get_by_role("button", name="保存修改").click()
    expect(page).to_have_url(re.compile(f"/admin/orders/{order.pk}/$"))
    assert order.lines.get().quantity == 1
    is_accessible(page)
    page.goto(f"/admin/orders/{order.pk}/refund/")
    page.get_by_label(re.compile("数量")).fill("1")
    page.get_by_role("button", name="计算退款").click()
    page.get_by_role("button", name=re.compile(r"^退款 ¥50\.00")).click()
    expect(page).to_have_url(re.compile(f"/admin/orders/{order.pk}/$"))
    drain()
    assert OrderRefund.objects.get().lines.get().order_line_id == line.pk
    assert Order.objects.get(pk=order.pk).payment_collection.refunded_minor == 5000


def test_receive_a_return(open_page: Open, staff: User, is_accessible: Callable[[Page], None]) -> None:
    order = factories.order(factories.variant_of(factories.product(price=5000)), quantity=1, paid=True)
    fulfil(
        order_id=order.pk,
        lines=[FulfilLine(order.lines.get().pk, 1)],
        location_id=None,
        idempotency_key="p",
        actor="system",
    )
    Order.objects.filter(pk=order.pk).update(language="en")
    staff.language = "en"
    staff.save(update_fields=["language"])
    shopper = open_page(phone=True, locale="en-US")
    shopper.goto(f"/en/orders/{order.token}/return")
    is_accessible(shopper)
    shopper.get_by_label("Number (at most 1)").select_option("1")
    shopper.get_by_label("Why?").select_option("damaged")
    shopper.get_by_role("button", name="Ask for the return").click()
    expect(shopper.get_by_role("heading", name="Returns")).to_be_visible()
    is_accessible(shopper)
    row = OrderReturn.objects.get()
    page = open_page(phone=True, locale="zh-CN")
    sign_in(page, staff)
    for name, button in (("approve", "Approve"), ("receive", "Goods have arrived")):
        page.goto(f"/admin/returns/{row.pk}/{name}/")
        page.get_by_role("button", name=button).click()
        expect(page).to_have_url(re.compile(f"/admin/returns/{row.pk}/$"))
    is_accessible(page)
    page.get_by_role("link", name="Inspect").click()
    confirm(page, "Save the inspection")
    page.goto(f"/admin/returns/{row.pk}/settle/")
    page.get_by_role("button", name="Settle the return").click()
    expect(page).to_have_url(re.compile(f"/admin/returns/{row.pk}/$"))
    drain()
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("completed", "refund")
    assert Order.objects.get(pk=order.pk).payment_collection.refunded_minor == 5000
