"""A shopper chooses where to shop, and prices, tax and cart follow."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from duli.commerce.checkout.models import Cart
from duli.commerce.pricing import services
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()
    services.save_selling(
        code="eu",
        name="Europe",
        countries=["DE"],
        currency="EUR",
        language="en",
        prices_include_tax=True,
        position=2,
        rate=Decimal("0.13"),
        rounding="ends_99",
        actor="user:1",
    )
    reset_caches()


def test_the_page_of_one_market_is_never_shown_in_another() -> None:
    item = factories.product(price=12800)
    reset_caches()
    path = f"/en/products/{item.handle}"
    at_home = Client()
    assert "$18.28" in at_home.get(path).content.decode()
    abroad = Client()
    answer = abroad.post("/en/market", {"market": "eu", "next": f"/products/{item.handle}"})
    assert answer["Location"] == path
    page = abroad.get(path).content.decode()
    assert "€16.99" in page
    assert "$18.28" not in page
    assert '<option value="eu" selected>' in page
    # Kept pages: each again, in the other order.
    assert "€16.99" in abroad.get(path).content.decode()
    assert "$18.28" in at_home.get(path).content.decode()


def test_language_and_market_are_chosen_apart() -> None:
    item = factories.product(price=12800)
    reset_caches()
    client = Client()
    client.cookies["market"] = "eu"
    assert "16.99" in client.get(f"/products/{item.handle}").content.decode()


def test_the_cart_follows() -> None:
    variant = factories.variant_of(factories.product(price=12800))
    reset_caches()
    client = Client()
    client.post("/en/cart/add", {"variant": variant.pk})
    client.post("/en/market", {"market": "eu", "next": "/cart"})
    assert "€16.99" in client.get("/en/cart").content.decode()
    cart = Cart.objects.get()
    assert (cart.market_code, cart.currency) == ("eu", "EUR")


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example", "/\\evil", "/admin/", "x" * 100_000, ""])
def test_the_way_back_stays_in_the_shop(wanted: str) -> None:
    assert Client().post("/en/market", {"market": "eu", "next": wanted})["Location"] == "/en/"


@pytest.mark.parametrize("code", ["nowhere", "", "x" * 100_000, "\x00"])
def test_a_market_that_is_none_is_not_chosen(code: str) -> None:
    client = Client()
    assert not client.post("/en/market", {"market": code, "next": "/"}).cookies
    client.cookies["market"] = "nowhere"
    assert client.get("/en/").status_code == 200


def test_other_sites_choose_nothing() -> None:
    assert Client().post("/en/market", {"market": "eu"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
