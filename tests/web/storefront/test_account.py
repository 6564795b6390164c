from __future__ import annotations

import re

import pytest
from django.test import Client

from duli.commerce.customers.models import CustomerAddress
from duli.commerce.customers.services import customer_for_user
from duli.commerce.orders.models import Order
from duli.platform.accounts.models import User
from tests import factories
from tests.web.storefront.test_buying import CHINA, value_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper(shop: None) -> User:
    return User.objects.create_user(email="lin@example.com", password="a-long-password-42", name="林晓")


@pytest.fixture
def browser(shopper: User) -> Client:
    client = Client()
    client.force_login(shopper)
    return client


@pytest.mark.parametrize("path", ["/account/", "/account/addresses", "/account/addresses/0", "/account/profile"])
def test_nobody_sees_these_rooms_without_signing_in(shop: None, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 302
    assert "/account/login/" in response.headers["Location"]


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", ["/account/", "/account/addresses", "/account/addresses/0", "/account/profile"])
def test_every_room_opens_in_both_languages(browser: Client, path: str, prefix: str) -> None:
    response = browser.get(prefix + path)
    assert response.status_code == 200
    assert f'<html lang="{"en" if prefix else "zh-Hans"}">' in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/account/login/", "/en/account/signup/", "/account/password/reset/"])
def test_the_doors_stand_in_the_shops_own_layout(shop: None, path: str) -> None:
    html = Client().get(path).content.decode()
    assert 'class="foot"' in html
    assert "account/account.css" in html
    assert html.count("<main") == 1
    assert f'<html lang="{"en" if path.startswith("/en") else "zh-Hans"}">' in html


def test_ones_own_orders_are_listed_and_no_others(browser: Client, shopper: User) -> None:
    own, other = factories.order(), factories.order()
    customer = customer_for_user(user_id=shopper.pk, name="", email="", phone="", language="zh-hans")
    Order.objects.filter(pk=own.pk).update(customer=customer)
    html = browser.get("/account/").content.decode()
    assert own.token in html
    assert other.token not in html


def test_an_address_is_added_changed_and_removed_without_javascript(browser: Client) -> None:
    form = browser.get("/account/addresses/0").content.decode()
    data = {**CHINA, "csrfmiddlewaretoken": value_of(form, "csrfmiddlewaretoken")}
    html = browser.post("/account/addresses/0", {**data, "district": "", "refresh": "1"}).content.decode()
    assert '<option value="西湖区">' in html
    assert not CustomerAddress.objects.exists()
    wrong = browser.post("/account/addresses/0", {**data, "line1": "", "save": "1"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.content.decode()
    assert browser.post("/account/addresses/0", {**data, "save": "1"}).status_code == 303
    row = CustomerAddress.objects.get()
    assert row.is_default
    browser.post(f"/account/addresses/{row.pk}", {**data, "line1": "别处 2 号", "save": "1"})
    row.refresh_from_db()
    assert row.data["line1"] == "别处 2 号"
    browser.post(f"/account/addresses/{row.pk}", {**data, "remove": "1"})
    assert not CustomerAddress.objects.exists()


def test_the_country_of_an_address_abroad_is_named_in_the_book_and_at_the_checkout(browser: Client) -> None:
    browser.post("/account/addresses/0", {**CHINA, "save": "1"})
    abroad = {"country": "DE", "name": "Anna Weber", "line1": "Lindenallee 1", "city": "Berlin", "postal_code": "10115"}
    assert browser.post("/account/addresses/0", {**abroad, "save": "1"}).status_code == 303
    cart = factories.cart(factories.variant_of(factories.product()))
    browser.cookies["cart"] = cart.token
    for path, country in (("/account/addresses", "德国"), ("/en/account/addresses", "Germany"), ("/checkout", "德国")):
        page = browser.get(path).content.decode()
        if path == "/checkout":
            page = page.split('name="use_address"')[1].split("</select>")[0]
        assert "Lindenallee 1" in page
        assert country in page
        assert "中国" not in page.split("<footer")[0].split("Lindenallee 1")[0].split("龙井路")[-1]


def test_whoever_is_signed_in_does_not_type_their_address_for_news_again(browser: Client, shopper: User) -> None:
    variant = factories.variant_of(factories.product())
    browser.post("/cart/add", {"variant": variant.pk})
    field = re.compile(r'name="contact"[^>]*value="([^"]*)"')
    found = field.search(browser.get("/checkout").content.decode())
    assert found
    assert found[1] == "lin@example.com"
    # What they type wins, and stays.
    page = browser.post("/checkout", {"country": "CN", "contact": "work@example.com", "refresh": "1"}).content.decode()
    for html in (page, browser.get("/checkout").content.decode()):
        assert (found := field.search(html))
        assert found[1] == "work@example.com"
    guest = Client()
    guest.post("/cart/add", {"variant": variant.pk})
    assert (found := field.search(guest.get("/checkout").content.decode())) is None or found[1] == ""


def test_somebody_elses_address_is_out_of_reach(browser: Client) -> None:
    other = User.objects.create_user(email="other@example.com", password="x")
    customer = customer_for_user(user_id=other.pk, name="", email="", phone="", language="zh-hans")
    from duli.commerce.customers.services import save_address

    row = save_address(customer_id=customer.pk, address=factories.ADDRESS)
    assert browser.get(f"/account/addresses/{row.pk}").status_code == 404
    assert browser.post(f"/account/addresses/{row.pk}", {**CHINA, "remove": "1"}).status_code == 404
    assert CustomerAddress.objects.filter(pk=row.pk).exists()


def test_name_and_language_can_be_changed(browser: Client, shopper: User) -> None:
    html = browser.get("/account/profile").content.decode()
    token = value_of(html, "csrfmiddlewaretoken")
    html = browser.post(
        "/account/profile", {"csrfmiddlewaretoken": token, "name": "林小晓", "language": "en"}
    ).content.decode()
    shopper.refresh_from_db()
    assert (shopper.name, shopper.language) == ("林小晓", "en")
    assert "已保存" in html
    assert re.search(r'value="en" selected', html)
    refused = browser.post("/account/profile", {"csrfmiddlewaretoken": token, "name": "x", "language": "xx"})
    assert refused.status_code == 422
