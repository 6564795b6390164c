"""Bundles from the shelf to the refund: what is sold, held, shipped and put back are the components."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.assortment.cards import cards
from duli.commerce.assortment.selectors import product_detail
from duli.commerce.assortment.services import dissolve_bundle, save_bundle
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.services import delete_product
from duli.commerce.catalogue.types import Component, InvalidBundle, PartOfBundle
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.checkout.snapshot import parcel_of
from duli.commerce.inventory.models import Reservation, StockLevel
from duli.commerce.inventory.selectors import availability, integrity
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.orders import services as orders
from duli.commerce.orders.goods import goods
from duli.commerce.orders.types import FulfilLine, RefundLine
from duli.commerce.pricing.models import Price, PriceChange
from duli.commerce.pricing.services import set_prices
from duli.commerce.pricing.types import PriceInput
from duli.platform.store.changes import reset_caches
from duli.web.backoffice.selectors.order_papers import pick_list
from tests import factories

pytestmark = pytest.mark.django_db


def bundle(
    *parts: tuple[Variant, int], mode: str = "own", percent: str = "0", price: int = 20000
) -> tuple[Product, Variant]:
    made = factories.product("礼盒", price=price, stock=None)
    variant = factories.variant_of(made)
    save_bundle(
        variant_id=variant.pk,
        components=[Component(part.pk, units) for part, units in parts],
        price_mode=mode,
        percent_off=Decimal(percent),
        actor=factories.ACTOR,
    )
    reset_caches()
    return made, variant


@pytest.fixture
def cup_and_plate() -> tuple[Variant, Variant]:
    factories.shop()
    cup = factories.variant_of(factories.product("杯", price=3000, stock=10))
    plate = factories.variant_of(factories.product("盘", price=5000, stock=3))
    return cup, plate


def numbers(variant: Variant) -> tuple[int, int]:
    level = StockLevel.objects.get(variant=variant)
    return level.on_hand, level.reserved


def test_there_are_as_many_as_the_scarcest_component_allows(cup_and_plate: Sequence[Variant]) -> None:
    cup, plate = cup_and_plate
    _, box = bundle((cup, 4), (plate, 1))
    assert availability([box.pk])[box.pk].available == 2
    Variant.objects.filter(pk=plate.pk).update(is_active=False)
    assert availability([box.pk])[box.pk].available == 0


def test_from_the_order_to_the_return_the_components_move(cup_and_plate: Sequence[Variant]) -> None:
    cup, plate = cup_and_plate
    _, box = bundle((cup, 2), (plate, 1))
    order = factories.order(box, quantity=2, paid=True)
    assert (numbers(cup), numbers(plate)) == ((10, 4), (3, 2))
    line = order.lines.get()
    assert [(part["variant_id"], part["quantity"]) for part in line.parts] == [(cup.pk, 2), (plate.pk, 1)]
    assert {(pick.title, pick.quantity) for shelf in pick_list([order.pk]) for pick in shelf.picks} == {
        ("杯", 4),
        ("盘", 2),
    }
    # What is in a bundle may change afterwards; this order was promised what it was.
    dissolve_bundle(variant_id=box.pk, actor=factories.ACTOR)
    orders.fulfil(
        order_id=order.pk,
        lines=[FulfilLine(line.pk, 1)],
        location_id=factories.location().pk,
        idempotency_key="one",
        actor=factories.ACTOR,
    )
    assert (numbers(cup), numbers(plate)) == ((8, 2), (2, 1))
    orders.refund(
        order_id=order.pk,
        lines=[RefundLine(line.pk, 2, restock=True)],
        idempotency_key="back",
        actor=factories.ACTOR,
        location_id=factories.location().pk,
    )
    assert (numbers(cup), numbers(plate)) == ((10, 0), (3, 0))
    assert not integrity()


def test_an_order_that_is_cancelled_frees_the_components(cup_and_plate: Sequence[Variant]) -> None:
    cup, plate = cup_and_plate
    _, box = bundle((cup, 2), (plate, 1))
    order = factories.order(box)
    orders.cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    assert (numbers(cup), numbers(plate)) == ((10, 0), (3, 0))
    assert not Reservation.objects.filter(state__in=["held", "allocated"]).exists()


def test_a_bundle_and_its_component_share_what_there_is(cup_and_plate: Sequence[Variant]) -> None:
    cup, plate = cup_and_plate
    _, box = bundle((cup, 2), (plate, 1))
    cart = factories.ready_cart(box, plate, quantity=2)
    lines = cart_view(cart.token, factories.market(), "zh-hans").lines
    assert [(line.available, line.problem) for line in lines] == [(3, ""), (1, "too_many")]
    with pytest.raises(InsufficientStock):
        factories.checkout.place_order(request=factories.PlaceOrder(cart.token, None, "guest"))
    assert (numbers(cup), numbers(plate)) == ((10, 0), (3, 0))


def test_the_sum_minus_a_percentage_follows_its_components(cup_and_plate: Sequence[Variant]) -> None:
    cup, plate = cup_and_plate
    made, box = bundle((cup, 2), (plate, 1), mode="sum", percent="15")

    def price() -> int:
        return Price.objects.get(variant=box, price_list__currency="CNY").minor

    assert price() == 9350  # (2 × 30.00 + 50.00) − 15 %
    set_prices(prices=[PriceInput(cup.pk, "CNY", 3333)])
    assert price() == 9916  # 116.66 − 15 % = 99.161
    set_prices(prices=[PriceInput(box.pk, "CNY", 1)])
    assert price() == 9916
    changes = PriceChange.objects.filter(variant=box, price_list__currency="CNY").order_by("pk")
    assert list(changes.values_list("minor", flat=True)) == [20000, 9350, 9916]
    detail = product_detail(made.handle, language="zh-hans", currency="CNY")
    assert detail is not None
    assert detail.variants[0].parts_price is not None
    assert detail.variants[0].parts_price.minor == 11666
    order = factories.order(box)
    assert order.lines.get().unit_price_minor == 9916


@pytest.mark.parametrize("components", [[], [(0, 0)], [(0, 1001)], [(0, 1), (0, 2)], [(-1, 1)], [("self", 1)]])
def test_nonsense_makes_no_bundle(cup_and_plate: Sequence[Variant], components: list[tuple[object, int]]) -> None:
    cup, _ = cup_and_plate
    other = factories.variant_of(factories.product())
    ids = {0: cup.pk, -1: 10**12, "self": other.pk}
    with pytest.raises(InvalidInput):
        save_bundle(
            variant_id=other.pk,
            components=[Component(ids[key], units) for key, units in components],  # type: ignore[index]
            price_mode="own",
            percent_off=Decimal(0),
            actor=factories.ACTOR,
        )
    assert not hasattr(Variant.objects.get(pk=other.pk), "bundle")


def test_bundles_do_not_lie_in_each_other(cup_and_plate: Sequence[Variant]) -> None:
    cup, plate = cup_and_plate
    _, box = bundle((cup, 1))
    with pytest.raises(InvalidBundle):
        bundle((box, 1))
    with pytest.raises(PartOfBundle):
        save_bundle(
            variant_id=cup.pk,
            components=[Component(plate.pk, 1)],
            price_mode="own",
            percent_off=Decimal(0),
            actor=factories.ACTOR,
        )
    with pytest.raises(PartOfBundle):
        delete_product(product_id=cup.product_id, actor=factories.ACTOR)
    with pytest.raises(NotFound):
        dissolve_bundle(variant_id=plate.pk, actor=factories.ACTOR)


def test_a_dissolved_bundle_counts_its_own_stock_again(cup_and_plate: Sequence[Variant]) -> None:
    cup, _ = cup_and_plate
    made, box = bundle((cup, 1))
    dissolve_bundle(variant_id=box.pk, actor=factories.ACTOR)
    reset_caches()
    assert availability([box.pk])[box.pk].available == 0
    delete_product(product_id=made.pk, actor=factories.ACTOR)
    delete_product(product_id=cup.product_id, actor=factories.ACTOR)


def test_a_sold_out_component_takes_the_bundle_off_sale(cup_and_plate: Sequence[Variant]) -> None:
    cup, plate = cup_and_plate
    made, _box = bundle((cup, 1), (plate, 2))
    factories.order(plate, quantity=2)
    reset_caches()
    detail = product_detail(made.handle, language="zh-hans", currency="CNY")
    assert detail is not None
    assert not detail.variants[0].in_stock
    assert not cards([made.pk], language="zh-hans", currency="CNY")[0].in_stock


def test_a_bundle_weighs_what_its_parts_do_unless_it_says_otherwise(cup_and_plate: tuple[Variant, Variant]) -> None:
    cup, plate = cup_and_plate
    Variant.objects.filter(pk=cup.pk).update(weight_grams=300)
    Variant.objects.filter(pk=plate.pk).update(weight_grams=500)
    _made, box = bundle((cup, 2), (plate, 1))
    Variant.objects.filter(pk=box.pk).update(weight_grams=0)
    lines = cart_view(factories.ready_cart(box).token, factories.market(), "zh-hans").lines
    assert parcel_of(lines, "CNY").weight_grams == 1100
    order = factories.order(box)
    line = order.lines.get()
    assert line.weight_grams == 1100
    assert all("weight_grams" not in part for part in line.parts)
    assert goods([box.pk], currency="CNY", language="en", at=now())[box.pk].weight_grams == 1100
    Variant.objects.filter(pk=box.pk).update(weight_grams=1250)
    reset_caches()
    assert factories.order(box).lines.get().weight_grams == 1250
