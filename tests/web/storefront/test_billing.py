"""The billing address at the checkout: the delivery address unless somebody says otherwise, asked for once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from duli.commerce.checkout.models import Cart
from duli.commerce.orders.models import Order
from tests import factories
from tests.web.storefront.test_buying import AMERICA, CHINA, errors_in, fill

pytestmark = pytest.mark.django_db(transaction=True)

GERMANY = {
    "billing_country": "DE", "billing_name": "Lena Fischer", "billing_company": "Fischer GmbH",
    "billing_line1": "Hauptstraße 1", "billing_city": "Berlin", "billing_postal_code": "10115",
}  # fmt: skip


@pytest.fixture
def browser(shop: None) -> Client:
    """A visitor with something in the cart."""
    client = Client()
    client.post("/cart/add", {"variant": factories.variant_of(factories.product("茶", price=8800)).pk})
    return client


def names_in(html: str) -> list[str]:
    return re.findall(r'name="(billing_[^"]+)"', html)


def test_it_is_the_delivery_address_unless_somebody_says_otherwise(browser: Client) -> None:
    html = browser.get("/checkout").content.decode()
    assert re.search(r'name="billing_same" value="1"[^>]* checked', html)
    assert names_in(html) == ["billing_asked", "billing_same"]
    data = fill(browser, "", CHINA)
    assert browser.post("/checkout", {**data, "billing_asked": "1", "billing_same": "1"}).status_code == 303
    order = Order.objects.get()
    assert order.billing_address == order.shipping_address
    assert "账单地址" not in browser.get(f"/orders/{order.token}").content.decode()


def test_another_one_is_asked_for_as_its_country_writes_it(browser: Client) -> None:
    data = {**fill(browser, "", CHINA), "billing_asked": "1"}
    data.pop("place")
    html = browser.post("/checkout", {**data, "refresh": "billing"}).content.decode()
    assert {"billing_region", "billing_city", "billing_district"} <= set(names_in(html))
    assert "billing_phone" not in names_in(html)
    assert 'name="billing_name" type="text" value="林晓"' in html
    assert 'autocomplete="billing name"' in html
    chosen = {"billing_country": "DE", "billing_name": "林晓"}
    html = browser.post("/checkout", {**data, **chosen, "refresh": "billing"}).content.decode()
    assert "billing_postal_code" in names_in(html)
    assert "billing_region" not in names_in(html)
    # What was typed is still there after a reload.
    assert "billing_postal_code" in names_in(browser.get("/checkout").content.decode())


def test_it_stands_on_the_order_and_on_its_pages(browser: Client) -> None:
    data = {**fill(browser, "", CHINA), "billing_asked": "1", **GERMANY}
    assert browser.post("/checkout", data).status_code == 303
    order = Order.objects.get()
    assert order.billing_address["company"] == "Fischer GmbH"
    assert order.shipping_address["city"] == "杭州市"
    for path in (f"/orders/{order.token}", f"/orders/{order.token}/invoice"):
        html = browser.get(path).content.decode()
        assert "账单地址" in html
        assert "10115 Berlin" in html


def test_what_is_missing_is_named_beside_its_field(browser: Client) -> None:
    data = {**fill(browser, "/en", AMERICA), "billing_asked": "1", **GERMANY, "billing_city": ""}
    response = browser.post("/en/checkout", data)
    html = response.content.decode()
    assert response.status_code == 422
    assert errors_in(html) == ["Please fill in: City (billing address)"]
    assert 'href="#f-billing_city"' in html
    assert 'aria-describedby="e-billing_city"' in html
    assert "Fischer GmbH" in html
    assert not Order.objects.exists()


@pytest.mark.parametrize("country", ["", "XX", "中国", "x" * 5000])
def test_nonsense_is_refused(browser: Client, country: str) -> None:
    data = {**fill(browser, "", CHINA), "billing_asked": "1", **GERMANY, "billing_country": country}
    assert browser.post("/checkout", data).status_code == 422
    assert not Order.objects.exists()


def test_going_back_to_the_delivery_address_forgets_the_other(browser: Client) -> None:
    data = {**fill(browser, "", CHINA), "billing_asked": "1", **GERMANY}
    data.pop("place")
    browser.post("/checkout", {**data, "refresh": "billing"})
    assert Cart.objects.get().billing_address["city"] == "Berlin"
    html = browser.post("/checkout", {**data, "billing_same": "1", "refresh": "billing"}).content.decode()
    assert names_in(html) == ["billing_asked", "billing_same"]
    assert Cart.objects.get().billing_address is None
