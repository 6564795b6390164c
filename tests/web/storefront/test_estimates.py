"""What is told before the checkout: shipping to a country, how long goods are held, and who waits for them."""

from __future__ import annotations

import pytest
from django.test import Client

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view
from duli.growth.wishes.models import StockRequest
from duli.growth.wishes.selectors import waiting_page
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_market_for_everybody_else_has_an_estimate_too(client: Client) -> None:
    factories.shop()
    cart = factories.cart(factories.variant_of(factories.product()), market_code="int")
    view = cart_view(cart.token, factories.market("int"), "en")
    assert (view.country, view.shipping_is_estimate, view.quote.shipping.minor) == ("US", True, 1500)
    client.cookies["cart"] = cart.token
    page = client.get("/en/cart").content.decode()
    assert '<option value="US" selected>' in page
    client.post("/en/cart/destination", {"country": "DE"})
    view = cart_view(cart.token, factories.market("int"), "en")
    assert (view.country, view.shipping_is_estimate) == ("DE", False)
    assert '<option value="DE" selected>' in client.get("/en/cart").content.decode()


@pytest.mark.parametrize("country", ["", "ZZ", "CN", "x" * 100_000])
def test_only_a_country_that_is_served(client: Client, country: str) -> None:
    factories.shop()
    cart = factories.cart(factories.variant_of(factories.product()))
    client.cookies["cart"] = cart.token
    if country == "CN":
        checkout.set_destination(token=cart.token, country=country)
        return
    with pytest.raises(InvalidInput):
        checkout.set_destination(token=cart.token, country=country)
    assert client.post("/cart/destination", {"country": country}).status_code == 422


def test_one_country_leaves_nothing_to_choose(client: Client) -> None:
    factories.shop()
    client.cookies["cart"] = factories.cart(factories.variant_of(factories.product())).token
    assert 'name="country"' not in client.get("/cart").content.decode()


def test_an_unpaid_order_counts_down(client: Client) -> None:
    factories.shop()
    order = factories.order()
    assert order.expires_at is not None
    page = client.get(f"/orders/{order.token}").content.decode()
    assert f'data-until="{order.expires_at.isoformat()}"' in page
    paid = factories.order(paid=True)
    assert "data-until" not in client.get(f"/orders/{paid.token}").content.decode()


def wait(variant_id: int, *names: str, told: bool = False) -> None:
    for name in names:
        StockRequest.objects.create(
            variant_id=variant_id,
            email=f"{name}@example.com",
            language="en",
            token=f"{variant_id}-{name}",
            created_at=now(),
            confirmed_at=now(),
            told_at=now() if told else None,
        )


def test_who_waits_is_counted_most_wanted_first(django_assert_num_queries: object) -> None:
    factories.shop()
    first, second, third = (factories.variant_of(factories.product(stock=0)) for _number in range(3))
    wait(first.pk, "a")
    wait(second.pk, "a", "b", "c")
    wait(second.pk, "z", told=True)
    wait(third.pk, "y", told=True)
    StockRequest.objects.create(
        variant=third, email="n@example.com", language="en", token="unconfirmed", created_at=now()
    )
    rows = waiting_page()
    assert [(row.variant_id, row.waiting, row.told) for row in rows] == [(second.pk, 3, 1), (first.pk, 1, 0)]
    assert rows[0].last_told is not None
    assert [row.variant_id for row in waiting_page(after=(3, second.pk))] == [first.pk]
    assert waiting_page(query=first.sku)[0].variant_id == first.pk
    with django_assert_num_queries(2):  # type: ignore[operator]
        waiting_page()
