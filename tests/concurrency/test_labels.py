"""Many press at once: a parcel gets one label, and what an order became gets one paper."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from copy import copy
from importlib import import_module
from typing import Any

import pytest

from duli.commerce.orders import locks
from duli.commerce.orders import services as orders
from duli.commerce.orders.editing import EditWish
from duli.commerce.orders.models import Document, Fulfilment, Order
from duli.commerce.orders.services.several_labels import PackedParcel, ParcelOffer
from duli.commerce.orders.types import FulfilLine, ParcelHasNumber
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.models import ShippingLabel
from duli.commerce.shipping.several import shared_ways
from duli.commerce.shipping.types import LabelOffers, LabelUnderWay
from tests import factories
from tests.concurrency.hands import HANDS, all_hands
from tests.plugins.carrier_world import CarrierWorld
from tests.plugins.label_shop import answers, lines_of, open_shop

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

all_together = import_module("duli.commerce.orders.services.several_labels")
buying = import_module("duli.commerce.orders.services.labels")
difference = import_module("duli.commerce.orders.services.difference")
selling = import_module("duli.commerce.shipping.services.labels")


@pytest.fixture
def world(settings: Any) -> Iterator[CarrierWorld]:
    world = CarrierWorld()
    world.offset = 0.0
    settings.PUBLIC_URL = world.mailbox.url
    yield world
    world.shut_down()


def packed(world: CarrierWorld) -> tuple[Fulfilment, list[LabelOffers]]:
    """A parcel without a number, and the prices that each of many staff asked for."""
    order = factories.order(open_shop(world), quantity=1, market_code="int", paid=True)
    parcel = orders.fulfil(
        order_id=order.pk, lines=lines_of(order), location_id=None, idempotency_key="packed", actor="user:1"
    )
    place = factories.location().pk
    asked = [
        orders.parcel_label_offers(fulfilment_id=parcel.pk, location_id=place, package=Package(600 + number))
        for number in range(HANDS)
    ]
    return parcel, asked


def buy(parcel: Fulfilment, asked: list[LabelOffers]) -> Callable[[int], object]:
    return lambda number: orders.buy_parcel_label(
        fulfilment_id=parcel.pk,
        quote_id=asked[number].quote_id,
        offer_key=asked[number].offers[0].key,
        idempotency_key=f"hand {number}",
        actor=f"user:{number + 1}",
    )


def bought(world: CarrierWorld) -> int:
    return sum(row["postage_label"] is not None for row in answers(world))


def test_a_parcel_gets_one_label_however_many_press(world: CarrierWorld) -> None:
    parcel, asked = packed(world)
    outcomes = all_hands(buy(parcel, asked))
    assert outcomes["done"] == 1
    assert outcomes["label_under_way"] + outcomes["parcel_has_number"] == HANDS - 1
    parcel.refresh_from_db()
    assert (bought(world), ShippingLabel.objects.get().number) == (1, parcel.tracking_number)


def test_nobody_buys_another_between_the_purchase_and_the_parcel(world: CarrierWorld) -> None:
    parcel, asked = packed(world)
    label = buying._open_for_parcel(parcel.pk, asked[0].quote_id, asked[0].offers[0].key, "first", "user:1")
    shipping.purchase(label_id=label.pk)
    with pytest.raises(LabelUnderWay):
        buy(parcel, asked)(1)
    orders.finish_label(label_id=label.pk)
    with pytest.raises(ParcelHasNumber):
        buy(parcel, asked)(1)
    assert bought(world) == 1


def test_without_the_look_at_what_is_under_way_each_buys_one(
    world: CarrierWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin without the guard: all have written theirs down before the first is on the parcel."""
    parcel, asked = packed(world)
    monkeypatch.setattr(selling, "label_under_way", lambda _reference: False)
    gate, finish = threading.Barrier(HANDS), buying.finish_label

    def together(*, label_id: int) -> Fulfilment | None:
        gate.wait(30)
        parcel: Fulfilment | None = finish(label_id=label_id)
        return parcel

    monkeypatch.setattr(buying, "finish_label", together)
    all_hands(buy(parcel, asked))
    assert bought(world) > 1


def edited() -> Order:
    """An order that became cheaper after its invoice, whose difference nobody has written yet."""
    factories.shop()
    order = factories.order(quantity=3, paid=True)
    orders.issue_invoice(order_id=order.pk, actor="user:1")
    orders.edit_order(
        order_id=order.pk,
        wish=EditWish(quantities={order.lines.get().pk: 1}),
        version=Order.objects.get(pk=order.pk).version,
        actor="user:1",
    )
    return Order.objects.get(pk=order.pk)


def test_a_difference_gets_one_paper_however_many_ask() -> None:
    order = edited()
    assert all_hands(lambda number: orders.issue_difference(order_id=order.pk, actor=f"user:{number}")) == {
        "done": HANDS
    }
    assert sorted(Document.objects.values_list("kind", flat=True)) == ["credit_note", "invoice"]


def test_without_the_lock_it_is_credited_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: a second one compares with the papers as they were before the first wrote."""
    order = edited()
    papers = difference._papers(order)
    monkeypatch.setattr(locks, "lock_order", lambda _pk: copy(order))
    monkeypatch.setattr(difference, "_papers", lambda _order: papers)
    all_hands(lambda number: orders.issue_difference(order_id=order.pk, actor=f"user:{number}"))
    assert Document.objects.filter(kind="credit_note").count() > 1


def several(world: CarrierWorld) -> tuple[Order, list[list[ParcelOffer]]]:
    """An order of four, and the prices of two parcels that each of many staff asked for."""
    order = factories.order(open_shop(world), quantity=4, market_code="int", paid=True)
    line, place = order.lines.get(), factories.location().pk
    wishes = []
    for number in range(HANDS):
        packed = [PackedParcel([FulfilLine(line.pk, 2)], Package(1100 + number)) for _parcel in range(2)]
        asked = orders.several_label_offers(order_id=order.pk, parcels=packed, location_id=place)
        chosen = shared_ways(asked)[0].offers
        wishes.append(
            [
                ParcelOffer(parcel.lines, entry.quote_id, offer)
                for parcel, entry, offer in zip(packed, asked, chosen, strict=True)
            ]
        )
    return order, wishes


def buy_all(order: Order, wishes: list[list[ParcelOffer]]) -> Callable[[int], object]:
    return lambda number: orders.buy_labels(
        order_id=order.pk,
        parcels=wishes[number],
        location_id=factories.location().pk,
        idempotency_key=f"hand {number}",
        actor=f"user:{number + 1}",
    )


def test_several_parcels_get_one_label_each_however_many_press(world: CarrierWorld) -> None:
    order, wishes = several(world)
    outcomes = all_hands(buy_all(order, wishes))
    assert outcomes["done"] == 1
    assert outcomes["label_under_way"] + outcomes["too_many_units"] == HANDS - 1
    assert (bought(world), ShippingLabel.objects.count(), order.fulfilments.count()) == (2, 2, 2)


def test_without_the_look_at_what_is_under_way_several_are_bought_by_each(
    world: CarrierWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin without the guard: all have written theirs down before the first has left."""
    order, wishes = several(world)
    monkeypatch.setattr(selling, "label_under_way", lambda _reference: False)
    gate, finish = threading.Barrier(HANDS), all_together.finish_label
    waited = threading.local()

    def together(*, label_id: int) -> Fulfilment | None:
        if not getattr(waited, "once", False):
            waited.once = True
            gate.wait(30)
        parcel: Fulfilment | None = finish(label_id=label_id)
        return parcel

    monkeypatch.setattr(all_together, "finish_label", together)
    all_hands(buy_all(order, wishes))
    assert bought(world) > 2
