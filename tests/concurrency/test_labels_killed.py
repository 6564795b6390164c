"""Our process is killed with -9 while it buys a label: whoever comes after it finds one label and one parcel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from duli.commerce.orders import services as orders
from duli.commerce.orders.jobs import finish_label
from duli.commerce.orders.models import Fulfilment
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.models import ShippingLabel
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
