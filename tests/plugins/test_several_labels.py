"""Labels for an order that leaves in several parcels, bought at a stand-in that takes money and may have too little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.services.several_labels import PackedParcel, ParcelOffer, ParcelOutcome
from duli.commerce.orders.types import FulfilLine, TooManyUnits
from duli.commerce.shipping.label_seller import Offer, Package
from duli.commerce.shipping.models import ShippingLabel
from duli.commerce.shipping.several import shared_ways
from duli.commerce.shipping.types import LabelOffers, LabelUnderWay, NoSharedWay, OfferGone
from duli.platform.jobs import worker
from tests import factories
from tests.plugins.carrier_world import CarrierWorld
from tests.plugins.label_shop import answers, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Any) -> Iterator[CarrierWorld]:
    world = CarrierWorld()
    world.offset = 0.0
    settings.PUBLIC_URL = world.mailbox.url
    yield world
    world.shut_down()


@pytest.fixture
def cup(world: CarrierWorld) -> Variant:
    return open_shop(world)


@pytest.fixture
def order(cup: Variant) -> Order:
    """Five cups to America, paid."""
    return factories.order(cup, quantity=5, market_code="int", paid=True)


def parcels(order: Order, *units: int) -> list[PackedParcel]:
    line = order.lines.get()
    return [PackedParcel([FulfilLine(line.pk, count)], Package(500 * count + 100)) for count in units]


def ask(order: Order, *units: int) -> tuple[LabelOffers, ...]:
    return orders.several_label_offers(
        order_id=order.pk, parcels=parcels(order, *units), location_id=factories.location().pk
    )


def buy(
    order: Order, asked: tuple[LabelOffers, ...], *units: int, key: str = "one", way: int = 0
) -> tuple[ParcelOutcome, ...]:
    chosen = shared_ways(asked)[way].offers
    wanted = [
        ParcelOffer(parcel.lines, entry.quote_id, offer)
        for parcel, entry, offer in zip(parcels(order, *units), asked, chosen, strict=True)
    ]
    return orders.buy_labels(
        order_id=order.pk, parcels=wanted, location_id=factories.location().pk, idempotency_key=key, actor="user:1"
    )


def sold(world: CarrierWorld) -> int:
    return sum(row["postage_label"] is not None for row in answers(world))


def test_each_parcel_leaves_with_its_label_at_the_price_that_was_shown(world: CarrierWorld, order: Order) -> None:
    asked = ask(order, 3, 2)
    assert not ShippingLabel.objects.exists()
    way = shared_ways(asked)[0]
    assert way.total == way.prices[0] + way.prices[1]
    assert way.prices[0].minor > way.prices[1].minor, "three weigh more than two"
    outcomes = buy(order, asked, 3, 2)
    assert [outcome.problem for outcome in outcomes] == ["", ""]
    labels = list(ShippingLabel.objects.order_by("pk"))
    assert [label.price_minor for label in labels] == [price.minor for price in way.prices]
    sent = list(Fulfilment.objects.order_by("pk"))
    assert [parcel.tracking_number for parcel in sent] == [label.number for label in labels]
    assert len({label.number for label in labels}) == 2
    assert [parcel.lines.get().quantity for parcel in sent] == [3, 2]
    order.refresh_from_db()
    assert (order.fulfilment_state, sold(world)) == ("fulfilled", 2)
    # What customs are told is what lies in each parcel.
    told = sorted(row["customs_info"]["customs_items"][0]["quantity"] for row in answers(world))
    assert told == [2, 3]


def test_the_same_key_buys_nothing_twice(world: CarrierWorld, order: Order) -> None:
    asked = ask(order, 3, 2)
    first = buy(order, asked, 3, 2)
    again = buy(order, asked, 3, 2)
    assert [outcome.parcel for outcome in again] == [outcome.parcel for outcome in first]
    assert (sold(world), Fulfilment.objects.count()) == (2, 2)


def test_one_that_is_refused_keeps_no_other_back_and_is_bought_anew(world: CarrierWorld, order: Order) -> None:
    asked = ask(order, 3, 2)
    way = shared_ways(asked)[0]
    world.world.credit = way.prices[0].minor
    outcomes = buy(order, asked, 3, 2)
    assert outcomes[0].parcel is not None
    assert (outcomes[1].parcel, outcomes[1].is_open) == (None, False)
    assert "Insufficient funds" in outcomes[1].problem
    assert [label.state for label in ShippingLabel.objects.order_by("pk")] == ["bought", "failed"]
    order.refresh_from_db()
    assert order.fulfilment_state == "partially_fulfilled"
    again = buy(order, asked, 3, 2)
    assert "Insufficient funds" in again[1].problem
    world.world.credit = None
    left = ask(order, 1, 1)
    assert all(outcome.parcel for outcome in buy(order, left, 1, 1, key="two"))
    order.refresh_from_db()
    assert (order.fulfilment_state, sold(world)) == ("fulfilled", 3)


def test_what_nobody_answers_is_found_out_by_the_job(world: CarrierWorld, order: Order) -> None:
    asked, others = ask(order, 3, 2), ask(order, 3, 2)
    world.fail("500")
    outcomes = buy(order, asked, 3, 2)
    assert [outcome.is_open for outcome in outcomes] == [True, True]
    with pytest.raises(LabelUnderWay):
        buy(order, others, 3, 2, key="two")
    world.fail("")
    with frozen(now() + timedelta(minutes=2)):
        worker.drain()
    assert (sold(world), Fulfilment.objects.count()) == (2, 2)
    assert all(outcome.parcel for outcome in buy(order, asked, 3, 2))
    assert sold(world) == 2


@pytest.mark.parametrize("units", [(5,), (1,) * 10, (3, 0), (0, 0)])
def test_how_many_parcels_there_may_be(world: CarrierWorld, order: Order, units: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput) as error:
        ask(order, *units)
    assert error.value.params["field"] == "parcels"
    assert answers(world) == []


def test_no_more_leaves_than_waits(world: CarrierWorld, order: Order) -> None:
    with pytest.raises(TooManyUnits):
        ask(order, 3, 3)
    asked = ask(order, 3, 2)
    with pytest.raises(OfferGone):
        buy(order, asked, 2, 3)
    with pytest.raises(OfferGone):
        buy(order, (asked[0], asked[0]), 3, 3 - 1)
    assert not ShippingLabel.objects.exists(), "all are written down, or none"
    orders.fulfil(
        order_id=order.pk, lines=[FulfilLine(order.lines.get().pk, 1)], location_id=None, idempotency_key="f",
        actor="user:1",
    )  # fmt: skip
    with pytest.raises(TooManyUnits):
        buy(order, asked, 3, 2)
    assert sold(world) == 0


def offer(name: str, service: str, minor: int, currency: str = "USD", days: int | None = 2) -> Offer:
    return Offer(f"{name}{service}{minor}", "ups", name, service, Money(minor, currency), days)


def test_only_services_that_take_all_are_offered() -> None:
    first = LabelOffers(1, "s", True, (offer("UPS", "Saver", 100), offer("USPS", "Ground", 50), offer("F", "X", 9)))
    second = LabelOffers(
        2, "s", True, (offer("UPS", "Saver", 300, days=None), offer("USPS", "Ground", 60), offer("F", "X", 9, "EUR"))
    )
    ways = shared_ways((first, second))
    assert [(way.name, way.total.minor, way.days) for way in ways] == [("USPS", 110, 2), ("UPS", 400, None)]
    assert shared_ways(()) == ()


def test_where_no_service_takes_all_it_is_said(
    world: CarrierWorld, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.parcels import easypost

    real = easypost.rates_for

    def by_weight(home: str, there: str, ounces: float) -> list[tuple[str, str, int, int | None]]:
        found = real(home, there, ounces)
        return found[:1] if ounces > 50 else found[1:]

    monkeypatch.setattr(easypost, "rates_for", by_weight)
    with pytest.raises(NoSharedWay):
        ask(order, 4, 1)
