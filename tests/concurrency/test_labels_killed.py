"""Our process is killed with -9 while it buys a label: whoever comes after it finds one label and one parcel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from duli.commerce.orders import services as orders
from duli.commerce.orders.jobs import finish_label
from duli.commerce.orders.models import Fulfilment
from duli.commerce.orders.services.several_labels import PackedParcel, ParcelOffer
from duli.commerce.orders.types import FulfilLine
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.models import ShippingLabel
from duli.commerce.shipping.several import shared_ways
from tests import factories
from tests.concurrency.killing import in_another_process
from tests.plugins.carrier_world import CarrierWorld
from tests.plugins.label_shop import answers, lines_of, open_shop

pytestmark = [pytest.mark.concurrency, pytest.mark.one_database, pytest.mark.django_db(transaction=True)]
MOST_CALLS = 8


@pytest.fixture
def world(settings: Any) -> Iterator[CarrierWorld]:
    world = CarrierWorld()
    world.offset = 0.0
    settings.PUBLIC_URL = world.mailbox.url
    yield world
    world.shut_down()


def test_killed_at_each_call_one_label_is_bought(world: CarrierWorld) -> None:
    order = factories.order(open_shop(world), quantity=1, market_code="int", paid=True)
    place = factories.location().pk
    asked = orders.label_offers(order_id=order.pk, lines=lines_of(order), location_id=place, package=Package(600))

    def buy() -> None:
        orders.buy_label(
            order_id=order.pk,
            lines=lines_of(order),
            location_id=place,
            quote_id=asked.quote_id,
            offer_key=asked.offers[0].key,
            idempotency_key="one",
            actor="user:1",
        )

    dead = 0
    # First the look whether it was bought, then the purchase, then its picture: killed when each came back.
    while not in_another_process(buy, kill_at=dead + 1, calls_only=True):
        dead += 1
        assert dead < MOST_CALLS
        assert ShippingLabel.objects.count() == 1
    assert dead >= 2
    finish_label(label_id=ShippingLabel.objects.get().pk)
    label, parcel = ShippingLabel.objects.get(), Fulfilment.objects.get()
    assert (label.state, parcel.tracking_number) == ("bought", label.number)
    assert [row["postage_label"] is not None for row in answers(world)] == [True]


def test_killed_while_it_buys_several_each_is_bought_once(world: CarrierWorld) -> None:
    order = factories.order(open_shop(world), quantity=2, market_code="int", paid=True)
    line, place = order.lines.get(), factories.location().pk
    packed = [PackedParcel([FulfilLine(line.pk, 1)], Package(600)) for _parcel in range(2)]
    asked = orders.several_label_offers(order_id=order.pk, parcels=packed, location_id=place)
    wanted = [
        ParcelOffer(parcel.lines, entry.quote_id, offer)
        for parcel, entry, offer in zip(packed, asked, shared_ways(asked)[0].offers, strict=True)
    ]

    def buy() -> None:
        orders.buy_labels(order_id=order.pk, parcels=wanted, location_id=place, idempotency_key="one", actor="user:1")

    # After the first purchase came back: one label is bought, the other is only written down.
    assert not in_another_process(buy, kill_at=2, calls_only=True)
    assert sorted(ShippingLabel.objects.values_list("state", flat=True)) == ["asked", "asked"]
    dead = 0
    while not in_another_process(buy, kill_at=dead + 1, calls_only=True):
        dead += 1
        assert dead < 2 * MOST_CALLS
    for label in ShippingLabel.objects.all():
        finish_label(label_id=label.pk)
    assert [row["postage_label"] is not None for row in answers(world)] == [True, True]
    assert (ShippingLabel.objects.filter(state="bought").count(), order.fulfilments.count()) == (2, 2)
