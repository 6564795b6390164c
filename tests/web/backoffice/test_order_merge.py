"""Splitting, merging and the papers of an order, pressed on its page."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.orders.models import Document, Order
from duli.commerce.orders.services import hold
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db


def url(name: str, *keys: int) -> str:
    return reverse(f"backoffice:{name}", args=keys)


def bought(quantity: int = 2, *, paid: bool = True) -> Order:
    item = factories.variant_of(factories.product(price=5000, stock=9))
    return factories.order(item, quantity=quantity, paid=paid)


def test_a_paid_order_is_split_and_merged_again_on_its_page(owner: Client, sign_in: SignIn) -> None:
    order = bought()
    page = owner.get(url("order", order.pk)).content.decode()
    assert url("order_split", order.pk) in page
    assert url("order_merge", order.pk) not in page
    owner.post(url("order_split", order.pk), {f"line-{order.lines.get().pk}": "1"})
    other = Order.objects.get(origin=order)
    assert other.payment_state == "paid"
    shown = owner.get(url("order", other.pk)).content.decode()
    assert "¥50.00 of it was paid for order" in shown
    assert f"#{order.number}" in owner.get(url("order_merge", other.pk)).content.decode()
    answer = owner.post(url("order_merge", order.pk), {"orders": [other.pk]}, follow=True).content.decode()
    assert f"#{other.number} went into #{order.number}" in answer
    gone = owner.get(url("order", other.pk)).content.decode()
    assert "Its goods and payments belong to another order now" in gone
    assert url("order", order.pk) in gone
    emptied = owner.get(reverse("backoffice:orders"), {"q": other.number}).content.decode()
    assert re.search(r"0 items\s*<", emptied), "an emptied order has no first line to name"
    in_chinese = sign_in("viewer", "zh-hans").get(url("order", other.pk)).content.decode()
    assert f"已并入订单 #{order.number}" in in_chinese
    shopper = Client().get(f"/zh-hans/orders/{other.token}")
    shopper = shopper if shopper.status_code == 302 else Client().get(f"/orders/{other.token}")
    assert shopper.status_code == 302
    assert shopper["Location"].endswith(f"/orders/{order.token}")


def test_without_an_order_that_fits_there_is_nothing_to_press(owner: Client) -> None:
    order = bought()
    alone = owner.get(url("order_merge", order.pk)).content.decode()
    assert "This customer has no other open order." in alone
    assert "Goods, payments and held stock" not in alone
    assert 'type="submit">Merge' not in alone
    bought()
    assert 'type="submit">Merge' in owner.get(url("order_merge", order.pk)).content.decode()


def test_what_does_not_fit_is_shown_and_cannot_be_chosen(owner: Client) -> None:
    order, other = bought(), bought(paid=False)
    hold(order_id=other.pk, reason="wait", actor=factories.ACTOR)
    page = owner.get(url("order_merge", order.pk)).content.decode()
    assert re.search(rf'value="{other.pk}" disabled', page)
    assert "it is on hold" in page
    refused = owner.post(url("order_merge", order.pk), {"orders": [other.pk]})
    assert refused.status_code == 409
    assert f"Order #{other.number} cannot be merged: it is on hold." in refused.content.decode()
    for given in ({}, {"orders": ["x"]}, {"orders": ["9" * 30]}):
        assert owner.post(url("order_merge", order.pk), given).status_code == 422
    other.refresh_from_db()
    assert other.status == "open"


def test_every_paper_of_an_order_is_a_numbered_one(owner: Client) -> None:
    order = bought()
    page = owner.get(url("order", order.pk)).content.decode()
    assert "Issue invoice" in page
    owner.post(reverse("backoffice:orders_issue"), {"id": [order.pk]})
    page = owner.get(url("order", order.pk)).content.decode()
    paper = Document.objects.get()
    assert f"Print invoice {paper.label}" in page
    assert "Issue invoice" not in page
    # What was invoiced stays one order.
    refused = owner.post(url("order_split", order.pk), {f"line-{order.lines.get().pk}": "1"})
    assert refused.status_code == 409
