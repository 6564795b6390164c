"""Drafts on their screens, and the link in a shopper's browser."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from duli.commerce.catalogue import services as catalogue
from duli.commerce.checkout.models import Draft
from duli.commerce.orders.models import Order
from tests import factories
from tests.factories import drain
from tests.web.backoffice.filled import filled

pytestmark = pytest.mark.django_db


def test_a_draft_from_the_first_click_to_the_paid_order(owner: Client, client: Client) -> None:
    variant = factories.variant_of(factories.product(title="Tea cup", price=10000))
    answer = owner.post(reverse("backoffice:draft_new"), {"market": "cn"})
    draft = Draft.objects.get()
    page = reverse("backoffice:draft", args=[draft.pk])
    assert answer["Location"] == page
    for found in (owner.get(page, {"find": "tea"}), owner.get(f"{page}find/", {"find": "tea"})):
        assert f'name="variant" value="{variant.pk}"' in found.content.decode()
    line = reverse("backoffice:draft_line", args=[draft.pk])
    owner.post(line, {"variant": variant.pk, "quantity": "2", "price": "88.00"})
    who = {
        "customer_name": "林晓",
        "email": "lin@example.com",
        "phone": "13800138000",
        "days": "7",
        "language": "zh-hans",
    }
    assert owner.post(page, who).status_code == 302
    shown = owner.get(page).content.decode()
    assert "176.00" in shown
    assert "Of which tax" in shown, "it is in the prices, and not on top of them"
    owner.post(reverse("backoffice:draft_send", args=[draft.pk]))
    assert f'data-copy="{settings.PUBLIC_URL}/drafts/{draft.cart.token}"' in owner.get(page).content.decode()
    assert "Link sent" in owner.get(reverse("backoffice:drafts")).content.decode()

    opened = client.get(f"/drafts/{draft.cart.token}")
    assert (opened.status_code, opened["Location"]) == (303, "/checkout")
    checkout = client.get("/checkout").content.decode()
    # What staff know of the buyer is filled in, whether or not they know the address.
    assert "lin@example.com" in checkout
    assert 'value="林晓"' in checkout
    assert 'value="13800138000"' in checkout
    assert "176.00" in checkout
    owner.post(page, {**who, "country": "CN", "region": "浙江省", "city": "杭州市", "line1": "文一路 1 号",
                      "district": "西湖区"})  # fmt: skip
    placed = owner.post(reverse("backoffice:draft_place", args=[draft.pk]), {"method": "bank_transfer"})
    order = Order.objects.get()
    assert placed["Location"] == reverse("backoffice:order", args=[order.pk])
    assert client.get(f"/drafts/{draft.cart.token}")["Location"] == f"/orders/{order.token}"
    shown = owner.get(page).content.decode()
    assert "Send the link" not in shown
    assert reverse("backoffice:order", args=[order.pk]) in shown


def test_goods_are_found_by_what_the_reader_calls_them_and_saving_moves_no_date(owner: Client) -> None:
    product = factories.product(title="原木小凳")
    catalogue.save_translations(kind="product", language="en", texts={product.pk: {"title": "Wooden stool"}})
    drain()
    owner.post(reverse("backoffice:draft_new"), {"market": "cn"})
    draft = Draft.objects.get()
    page = reverse("backoffice:draft", args=[draft.pk])
    for words in ("stool", "原木"):
        found = owner.get(f"{page}find/", {"find": words}).content.decode()
        assert f'name="variant" value="{factories.variant_of(product).pk}"' in found, words
    assert (
        owner.post(page, {**filled(owner.get(page).content.decode(), "email"), "email": ["a@example.com"]}).url == page
    )
    assert Draft.objects.get().expires_at == draft.expires_at


def test_broken_input_changes_nothing_and_says_why(owner: Client) -> None:
    owner.post(reverse("backoffice:draft_new"), {"market": "cn"})
    draft = Draft.objects.get()
    page, line = (reverse(f"backoffice:{name}", args=[draft.pk]) for name in ("draft", "draft_line"))
    variant = factories.variant_of(factories.product())
    for data in ({}, {"variant": "x", "quantity": "1"}, {"variant": variant.pk, "quantity": "1", "price": "-1"}):
        assert owner.post(line, data).status_code == 302
    assert owner.post(line, {"variant": "999999", "quantity": "1"}).status_code == 409
    assert not draft.cart.lines.exists()
    for data in ({"days": "0"}, {"days": "7", "email": "x"}, {"days": "9" * 30}, {"days": "7", "language": "xx"}):
        assert owner.post(page, data).status_code == 422
    assert owner.post(reverse("backoffice:draft_send", args=[draft.pk])).status_code == 422
    assert owner.post(reverse("backoffice:draft_new"), {"market": "zz"}).status_code == 422
    owner.post(line, {"variant": variant.pk, "quantity": "1"})
    refused = owner.post(reverse("backoffice:draft_place", args=[draft.pk]), {"method": "bank_transfer"})
    assert refused.status_code == 422
    # Whoever is told that something is missing is told what.
    assert "Fill in or correct there: E-mail or phone · " in refused.content.decode()
    assert owner.get(reverse("backoffice:draft", args=[draft.pk + 1])).status_code == 404


def test_an_order_becomes_a_draft_of_the_same_things(owner: Client, viewer: Client) -> None:
    order = factories.order(quantity=2)
    url = reverse("backoffice:order_duplicate", args=[order.pk])
    assert url in owner.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    answer = owner.post(url)
    assert re.search(r"/orders/drafts/\d+/$", answer["Location"])
    assert order.lines.get().title in owner.get(answer["Location"]).content.decode()
    assert "draft-line" in viewer.get(answer["Location"]).content.decode()
    assert 'name="price"' not in viewer.get(answer["Location"]).content.decode()


def test_an_unknown_link_opens_nothing(client: Client, shop: None) -> None:
    assert client.get("/drafts/" + "x" * 43).status_code == 404
    assert client.get("/drafts/1").status_code == 404


def test_discount_shipping_and_lines_of_ones_own_in_dialogs(owner: Client) -> None:
    owner.post(reverse("backoffice:draft_new"), {"market": "cn"})
    draft = Draft.objects.get()
    page = reverse("backoffice:draft", args=[draft.pk])
    custom = reverse("backoffice:draft_custom_new", args=[draft.pk])
    assert (
        owner.post(custom, {"title": "Engraving", "quantity": "2", "price": "15.00", "is_taxed": "on"}).status_code
        == 302
    )
    line = draft.cart.custom_lines.get()
    change = reverse("backoffice:draft_custom", args=[draft.pk, line.pk])
    assert 'value="15.00"' in owner.get(change).content.decode()
    owner.post(change, {"title": "Engraving", "quantity": "3", "price": "15.00", "discount": "5.00"})
    discount = reverse("backoffice:draft_discount", args=[draft.pk])
    refused = owner.post(discount, {"percent": "10"})
    assert refused.status_code == 422
    assert "Say what the discount is for" in refused.content.decode()
    assert owner.post(discount, {"percent": "10", "amount": "1", "reason": "x"}).status_code == 422
    assert owner.post(discount, {"percent": "10", "reason": "Old friend"}).status_code == 302
    shipping = reverse("backoffice:draft_shipping", args=[draft.pk])
    assert owner.post(shipping, {"method": "own"}).status_code == 422
    assert owner.post(shipping, {"method": "own", "price": "8.00", "name": "Courier"}).status_code == 302
    shown = owner.get(page).content.decode()
    # (3 × 15 − 5) less a tenth; nothing has to be sent, so shipping costs nothing.
    for words in ("Old friend", "not taxed", "¥36.00"):
        assert words in shown
    owner.post(change, {"title": "Engraving", "quantity": "3", "price": "15.00", "requires_shipping": "on"})
    assert "Courier" in owner.get(page).content.decode()
    for data in (
        {},
        {"title": "x", "quantity": "1", "price": "x"},
        {"title": "x" * 300, "quantity": "1", "price": "1"},
    ):
        assert owner.post(custom, data).status_code == 422
    assert owner.get(reverse("backoffice:draft_custom", args=[draft.pk, line.pk + 1])).status_code == 404
    copy = owner.post(reverse("backoffice:draft_duplicate", args=[draft.pk]))
    assert "Old friend" in owner.get(copy["Location"]).content.decode()


def test_a_customer_is_looked_for_and_chosen(owner: Client, viewer: Client) -> None:
    customer = factories.order().customer_id
    factories.drain()
    owner.post(reverse("backoffice:draft_new"), {"market": "cn"})
    draft = Draft.objects.get()
    people = reverse("backoffice:draft_people", args=[draft.pk])
    assert f'name="customer" value="{customer}"' in owner.get(people, {"who": "lin@"}).content.decode()
    assert "Nobody is called like that" in owner.get(people, {"who": "zzzz"}).content.decode()
    choose = reverse("backoffice:draft_customer", args=[draft.pk])
    assert owner.post(choose, {"customer": str(customer)}).status_code == 302
    shown = owner.get(reverse("backoffice:draft", args=[draft.pk])).content.decode()
    assert 'value="lin@example.com"' in shown
    assert reverse("backoffice:customer", args=[customer]) in shown
    assert owner.post(choose, {"customer": "9" * 30}).status_code == 404
    assert viewer.post(choose, {"customer": str(customer)}).status_code == 403
    owner.post(choose, {"customer": ""})
    draft.refresh_from_db()
    assert draft.customer_id is None
