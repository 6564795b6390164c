"""Saving for later: alone, out of the cart, into it again, and over a login."""

from __future__ import annotations

from typing import Any

import pytest

from duli.base.errors import NotFound
from duli.commerce.catalogue.models import Product
from duli.commerce.checkout.models import CartLine
from duli.commerce.checkout.types import NotForSale
from duli.commerce.customers import services as customers
from duli.commerce.customers.holders import Person, holders
from duli.commerce.inventory.types import InsufficientStock
from duli.growth.wishes import selectors, types
from duli.growth.wishes.models import Wish, WishList
from duli.growth.wishes.services import lists
from duli.platform.store.changes import reset_caches
from duli.platform.store.selectors import market_by_code
from duli.platform.store.types import MarketView
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> MarketView:
    factories.shop()
    found = market_by_code("cn")
    assert found is not None
    return found


def person(name: str = "林晓") -> int:
    return customers.customer_for_guest(name=name, email=f"{name}@example.com", phone="", language="en").pk


def test_a_list_starts_with_the_first_thing_saved_and_keeps_each_once(market: MarketView) -> None:
    cup, towel = factories.product("Cup"), factories.product("Towel")
    saved = lists.save(token="", variant_id=factories.variant_of(cup).pk)
    assert lists.save(token=saved.token, variant_id=factories.variant_of(towel).pk) == saved
    lists.save(token=saved.token, variant_id=factories.variant_of(cup).pk)
    assert selectors.saved_ids(saved.token) == [factories.variant_of(towel).pk, factories.variant_of(cup).pk]
    lists.remove(token=saved.token, variant_id=factories.variant_of(cup).pk)
    assert selectors.saved_ids(saved.token) == [factories.variant_of(towel).pk]
    # Somebody without the token reaches nothing.
    with pytest.raises(NotFound):
        lists.remove(token="guessed", variant_id=factories.variant_of(towel).pk)


def test_what_the_shop_does_not_show_cannot_be_saved(market: MarketView) -> None:
    hidden = factories.product("Hidden")
    Product.objects.filter(pk=hidden.pk).update(status="draft")
    for variant_id in (factories.variant_of(hidden).pk, 10**9):
        with pytest.raises(NotForSale):
            lists.save(token="", variant_id=variant_id)
    assert not WishList.objects.exists()


def test_a_list_has_an_end(market: MarketView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MAXIMUM_WISHES", 1)
    saved = lists.save(token="", variant_id=factories.variant_of(factories.product("Cup")).pk)
    with pytest.raises(types.TooManyWishes):
        lists.save(token=saved.token, variant_id=factories.variant_of(factories.product("Towel")).pk)


def test_a_line_is_put_aside_with_its_quantity_and_taken_up_again(market: MarketView) -> None:
    cup = factories.product("Cup", stock=10)
    cart = factories.cart(factories.variant_of(cup), quantity=3)
    line = CartLine.objects.get(cart=cart)
    saved, _cart = lists.set_aside(token="", cart_token=cart.token, line_id=line.pk)
    assert not CartLine.objects.filter(cart=cart).exists()
    (wish,) = selectors.wishes(saved.token, currency="CNY", language="zh-hans")
    assert (wish.quantity, wish.can_be_bought) == (3, True)
    lists.take(token=saved.token, cart_token=cart.token, variant_id=wish.variant_id, market=market, language="zh-hans")
    assert CartLine.objects.get(cart=cart).quantity == 3
    assert not Wish.objects.exists()


def test_what_is_sold_out_stays_saved(market: MarketView) -> None:
    cup = factories.product("Cup", stock=0)
    variant_id = factories.variant_of(cup).pk
    saved = lists.save(token="", variant_id=variant_id)
    with pytest.raises(InsufficientStock):
        lists.take(token=saved.token, cart_token="", variant_id=variant_id, market=market, language="zh-hans")
    (wish,) = selectors.wishes(saved.token, currency="CNY", language="zh-hans")
    assert not wish.can_be_bought


def test_somebody_elses_line_is_not_put_aside(market: MarketView) -> None:
    cart = factories.cart(factories.variant_of(factories.product("Cup")))
    other = factories.cart(factories.variant_of(factories.product("Towel")))
    with pytest.raises(NotFound):
        lists.set_aside(token="", cart_token=other.token, line_id=CartLine.objects.get(cart=cart).pk)
    assert CartLine.objects.filter(cart=cart).exists()
    assert not Wish.objects.exists()


def test_signing_in_loses_nothing(market: MarketView) -> None:
    cup, towel = (factories.variant_of(factories.product(name)).pk for name in ("Cup", "Towel"))
    customer = person()
    first = lists.save(token="", variant_id=cup)
    assert lists.merge(token=first.token, customer_id=customer) == first
    second = lists.save(token="", variant_id=cup)
    lists.save(token=second.token, variant_id=towel)
    assert lists.merge(token=second.token, customer_id=customer) == first
    assert set(selectors.saved_ids(first.token)) == {cup, towel}
    assert WishList.objects.count() == 1
    # With the token of somebody else's list nobody takes it over.
    other = person("王明")
    assert lists.merge(token=first.token, customer_id=other) is None
    assert WishList.objects.get().customer_id == customer


def test_merging_and_forgetting_customers_takes_their_lists_along(market: MarketView) -> None:
    cup, towel = (factories.variant_of(factories.product(name)).pk for name in ("Cup", "Towel"))
    kept, alias = person(), person("王明")
    for owner, variant_id in ((kept, cup), (alias, towel)):
        lists.merge(token=lists.save(token="", variant_id=variant_id).token, customer_id=owner)
    holder = holders.get("wishes")
    assert holder.count(alias) == 1
    assert holder.move(alias, kept) == 1
    assert set(selectors.saved_ids(WishList.objects.get().token)) == {cup, towel}
    whole = Person((kept,), None, (), (), ())
    assert len(holder.export(whole)["saved"]) == 2
    holder.erase(whole)
    assert not WishList.objects.exists()


def test_a_long_list_costs_no_more_queries(market: MarketView, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    products = [factories.product(f"Thing {number}") for number in range(12)]
    saved = lists.save(token="", variant_id=factories.variant_of(products[0]).pk)
    selectors.wishes(saved.token, currency="CNY", language="en")
    reset_caches()
    with CaptureQueriesContext(connection) as one:
        selectors.wishes(saved.token, currency="CNY", language="en")
    for product in products[1:]:
        lists.save(token=saved.token, variant_id=factories.variant_of(product).pk)
    reset_caches()
    with django_assert_num_queries(len(one)):
        assert len(selectors.wishes(saved.token, currency="CNY", language="en")) == 12
