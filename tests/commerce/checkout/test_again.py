"""Buying an order once more: today's prices, what is left, and a word about the rest."""

from __future__ import annotations

import pytest

from duli.commerce.catalogue.models import Product
from duli.commerce.checkout.models import CartLine
from duli.commerce.checkout.services import add_order
from duli.commerce.inventory import services as inventory
from duli.commerce.orders.models import OrderLine
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_can_be_had_goes_into_the_cart() -> None:
    factories.shop()
    cup, towel, gone, lost = (factories.product(name) for name in ("Cup", "Towel", "Gone", "Lost"))
    variants = [factories.variant_of(item) for item in (cup, towel, gone, lost)]
    order = factories.order(*variants, quantity=3)
    inventory.adjust(
        variant_id=variants[1].pk, location_id=factories.location().pk, counted=5, reason="counted", actor="user:1"
    )
    Product.objects.filter(pk=gone.pk).update(status="archived")
    OrderLine.objects.filter(order=order, variant=variants[3]).update(variant=None)
    there = factories.cart(variants[0])
    cart, missing, fewer = add_order(
        token=there.token, order_id=order.pk, market=factories.market(), language="zh-hans"
    )
    assert cart == there
    assert dict(CartLine.objects.filter(cart=there).values_list("variant_id", "quantity")) == {
        variants[0].pk: 4,
        variants[1].pk: 2,
    }
    assert (missing, fewer) == (("Gone", "Lost"), ("Towel",))
    # A second press fills up what is left, and says that the towel has come to its end.
    _cart, missing, fewer = add_order(
        token=there.token, order_id=order.pk, market=factories.market(), language="zh-hans"
    )
    assert CartLine.objects.get(cart=there, variant=variants[0]).quantity == 7
    assert (missing, fewer) == (("Towel", "Gone", "Lost"), ())


def test_nothing_of_it_is_left() -> None:
    factories.shop()
    cup = factories.product("Cup")
    order = factories.order(factories.variant_of(cup))
    Product.objects.filter(pk=cup.pk).update(status="archived")
    cart, missing, _fewer = add_order(token="", order_id=order.pk, market=factories.market(), language="en")
    assert (cart, missing) == (None, ("Cup",))
