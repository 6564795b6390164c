"""What becomes of a cart when somebody signs in or out."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout.models import Cart
from duli.platform.accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password-42"


@pytest.fixture
def tea(shop: None) -> Variant:
    return factories.variant_of(factories.product("龙井", price=8800))


@pytest.fixture
def cup(shop: None) -> Variant:
    return factories.variant_of(factories.product("茶杯", price=12800))


@pytest.fixture
def shopper(shop: None) -> User:
    user = User.objects.create_user(email="lin@example.com", password=PASSWORD, name="林晓")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(browser: Client) -> None:
    answer = browser.post("/account/login/", {"login": "lin@example.com", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")


def put(browser: Client, variant: Variant) -> None:
    assert browser.post("/cart/add", {"variant": variant.pk}).status_code == 303


def test_both_carts_become_one_and_somebody_is_told_once(shopper: User, tea: Variant, cup: Variant) -> None:
    first = Client()
    sign_in(first)
    put(first, tea)
    other = Client()
    put(other, cup)
    sign_in(other)
    assert other.cookies["cart"].value == first.cookies["cart"].value
    assert other.cookies["cart_count"].value == "2"
    notice = "您账户购物车里原有的商品已一并加入"
    assert notice in other.get("/account/").content.decode()
    html = other.get("/cart").content.decode()
    assert notice not in html
    assert "龙井" in html
    assert "茶杯" in html
    assert Cart.objects.filter(state="open").count() == 1


def test_a_cart_waits_in_the_account_for_another_browser(shopper: User, tea: Variant) -> None:
    first = Client()
    put(first, tea)
    sign_in(first)
    other = Client()
    sign_in(other)
    html = other.get("/cart").content.decode()
    assert "您上次放进购物车的商品已经恢复" in html
    assert "龙井" in html


def test_signing_in_with_nothing_else_says_nothing(shopper: User, tea: Variant) -> None:
    browser = Client()
    put(browser, tea)
    sign_in(browser)
    html = browser.get("/cart").content.decode()
    assert 'class="flash"' not in html
    assert "龙井" in html


def test_whoever_sits_here_next_does_not_see_the_cart(shopper: User, tea: Variant) -> None:
    browser = Client()
    put(browser, tea)
    sign_in(browser)
    browser.post("/account/logout/")
    assert browser.cookies["cart"].value == ""
    assert (
        "购物车还空着" in browser.get("/cart").content.decode() or "龙井" not in browser.get("/cart").content.decode()
    )
    sign_in(browser)
    assert "龙井" in browser.get("/cart").content.decode()


def test_a_guests_cart_outlives_a_failed_attempt(shopper: User, tea: Variant) -> None:
    browser = Client()
    put(browser, tea)
    browser.post("/account/login/", {"login": "lin@example.com", "password": "wrong"})
    assert Cart.objects.get().customer_id is None
    assert "龙井" in browser.get("/cart").content.decode()


def test_somebody_elses_cart_is_not_taken_over(shopper: User, tea: Variant) -> None:
    browser = Client()
    put(browser, tea)
    sign_in(browser)
    stranger = User.objects.create_user(email="wang@example.com", password=PASSWORD)
    EmailAddress.objects.create(user=stranger, email=stranger.email, verified=True, primary=True)
    thief = Client()
    thief.cookies["cart"] = browser.cookies["cart"].value
    thief.post("/account/login/", {"login": "wang@example.com", "password": PASSWORD})
    assert "龙井" not in thief.get("/cart").content.decode()
    assert Cart.objects.get().customer.user_id == shopper.pk
