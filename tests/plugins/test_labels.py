"""Labels from the price to the parcel and back, at a seller on a port that speaks as the real one does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from duli.base import clock
from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import checkout_view
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.orders import services as orders
from duli.commerce.orders.editing import EditWish
from duli.commerce.orders.jobs import finish_label
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.services.labels import _open as open_row
from duli.commerce.orders.types import CustomsFactsMissing
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.carrier import CarrierRefused, CarrierUnavailable
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.models import CarrierQuote, Method, ShippingLabel, TrackedParcel, Zone
from duli.commerce.shipping.types import LabelNotReady, LabelUnderWay, NotVoidable, OfferGone
from duli.commerce.taxes.services import put_registration, save_profile
from duli.platform.jobs import worker
from duli.platform.media.models import PrivateFile
from duli.platform.store.changes import reset_caches
from sandbox.parcels import easypost as other_end
from tests import factories
from tests.plugins.carrier_world import CarrierWorld
from tests.plugins.label_shop import answers, lines_of, open_shop, set_up

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
BOX = Package(600, 300, 200, 100)


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> Iterator[CarrierWorld]:
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
    """Two cups to America, paid."""
    return factories.order(cup, quantity=2, market_code="int", paid=True)


def offers(order: Order, package: Package = BOX) -> Any:
    return orders.label_offers(
        order_id=order.pk, lines=lines_of(order), location_id=factories.location().pk, package=package
    )


def buy(order: Order, asked: Any, key: str = "one") -> Fulfilment:
    return orders.buy_label(
        order_id=order.pk,
        lines=lines_of(order),
        location_id=factories.location().pk,
        quote_id=asked.quote_id,
        offer_key=asked.offers[0].key,
        idempotency_key=key,
        actor="user:1",
    )


def test_a_label_is_bought_and_its_parcel_sent(world: CarrierWorld, order: Order) -> None:
    shipping.save_account(
        code="aftership", enabled=True, values={"key": "k", "webhook_secret": "s", "base_url": f"{world.url}/aftership"}
    )
    asked = offers(order)
    assert [(entry.name, entry.carrier) for entry in asked.offers] == [
        ("FedEx", "fedex"), ("UPS", "ups"), ("DHLExpress", "dhl"),
    ]  # fmt: skip
    assert asked.is_test
    assert [entry.price.minor for entry in asked.offers] == sorted(entry.price.minor for entry in asked.offers)
    parcel = buy(order, asked)
    label = ShippingLabel.objects.get()
    assert (label.state, label.parcel, label.number) == ("bought", f"parcel:{parcel.pk}", parcel.tracking_number)
    assert (label.price_minor, label.currency) == (asked.offers[0].price.minor, "USD")
    assert (parcel.carrier, parcel.state) == ("fedex", "shipped")
    order.refresh_from_db()
    assert order.fulfilment_state == "fulfilled"
    paper = PrivateFile.objects.get(reference=f"label:{label.pk}")
    assert paper.mime == "application/pdf"
    worker.drain()
    # The seller follows what it sold, by the same account.
    assert TrackedParcel.objects.get().provider == "easypost"
    assert TrackedParcel.objects.get().registered_at


def test_customs_are_told_which_country_gave_out_the_ioss_number(world: CarrierWorld, order: Order) -> None:
    """The goods leave from China; the number is Irish. One without a number is no number."""
    save_profile(country="CN", actor="system")
    put_registration(kind="ioss", country="DE", valid_from=date(2024, 1, 1), actor="system")
    put_registration(kind="ioss", country="IE", number="IM3720000000", valid_from=date(2024, 1, 1), actor="system")
    reset_caches()
    offers(order)
    assert "tax_identifiers" not in answers(world)[0]
    Order.objects.update(tax_scheme="ioss")
    offers(order)
    assert answers(world)[0]["tax_identifiers"] == [
        {"entity": "SENDER", "tax_id": "IM3720000000", "tax_id_type": "IOSS", "issuing_country": "IE"}
    ]


def test_customs_are_told_what_is_inside(world: CarrierWorld, order: Order) -> None:
    offers(order)
    [told] = answers(world)
    line = order.lines.get()
    assert told["customs_info"]["customs_items"] == [
        {
            "description": "Cup", "quantity": 2, "value": str(Money(line.total_minor - line.tax_minor, "USD").amount),
            "currency": "USD", "weight": 35.3, "hs_tariff_number": "691110", "origin_country": "CN",
        }
    ]  # fmt: skip
    assert (told["customs_info"]["customs_signer"], told["options"]["incoterm"]) == ("Lin Xiao", "DDU")
    assert told["parcel"] == {"weight": 21.2, "length": 11.9, "width": 7.9, "height": 4.0}
    assert told["to_address"]["country"] == "US"
    assert told["from_address"]["city"] == "Hangzhou"


def test_goods_without_customs_facts_are_named(world: CarrierWorld, order: Order) -> None:
    Product.objects.update(hs_code="")
    with pytest.raises(CustomsFactsMissing) as refusal:
        offers(order)
    assert "Cup" in str(refusal.value)
    assert answers(world) == []


def test_nothing_weighs_nothing(world: CarrierWorld, order: Order) -> None:
    with pytest.raises(InvalidInput):
        offers(order, Package(0))


def test_pressed_twice_one_label_is_bought(world: CarrierWorld, order: Order) -> None:
    asked = offers(order)
    assert buy(order, asked).pk == buy(order, asked).pk
    with pytest.raises(OfferGone):
        shipping.open_label(
            reference="order:0",
            about="",
            quote_id=asked.quote_id,
            offer_key=asked.offers[0].key,
            plan={},
            idempotency_key="another",
            actor="user:1",
        )
    assert ShippingLabel.objects.count() == 1


def test_a_lost_answer_is_found_again(world: CarrierWorld, order: Order) -> None:
    asked = offers(order)
    real = world.server.parcels._easypost

    def lose(method: str, parts: list[str], *args: Any) -> Any:
        world.world.lose_answer = parts[-1] == "buy"
        return real(method, parts, *args)

    world.server.parcels._easypost = lose  # type: ignore[method-assign]
    with pytest.raises(CarrierUnavailable):
        buy(order, asked)
    assert [row["postage_label"] is not None for row in answers(world)] == [True]
    assert ShippingLabel.objects.get().state == "asked"
    # Nobody buys another one meanwhile.
    later = offers(order)
    with pytest.raises(LabelUnderWay):
        buy(order, later, key="two")
    finish_label(label_id=ShippingLabel.objects.get().pk)
    finish_label(label_id=ShippingLabel.objects.get().pk)
    label = ShippingLabel.objects.get()
    assert label.state == "bought"
    assert Fulfilment.objects.get().tracking_number == label.number
    assert sum(row["postage_label"] is not None for row in answers(world)) == 1


def test_keys_that_were_exchanged_do_not_undo_a_purchase(world: CarrierWorld, order: Order) -> None:
    label = opened(order, offers(order))
    set_up(world, test_key="EZTKanother")
    with pytest.raises(CarrierUnavailable):
        orders.finish_label(label_id=label.pk)
    set_up(world)
    finish_label(label_id=label.pk)
    assert ShippingLabel.objects.get().state == "bought"


def test_what_is_refused_is_not_bought(world: CarrierWorld, order: Order) -> None:
    asked = offers(order)
    shipment = CarrierQuote.objects.get(pk=asked.quote_id).shipment_key
    world.world.change_shipment(shipment, lambda row: {**row, "customs_info": None})
    with pytest.raises(CarrierRefused) as refusal:
        buy(order, asked)
    assert refusal.value.reason == "CUSTOMS_INFO.INVALID"
    assert ShippingLabel.objects.get().state == "failed"
    assert not Fulfilment.objects.exists()


def test_prices_grow_old(world: CarrierWorld, order: Order) -> None:
    asked = offers(order)
    with clock.frozen(clock.now() + timedelta(hours=1)), pytest.raises(OfferGone):
        buy(order, asked)


def test_a_label_that_came_too_late_stays_loose_and_goes_back(world: CarrierWorld, order: Order) -> None:
    asked = offers(order)
    label = opened(order, asked)
    orders.fulfil(
        order_id=order.pk,
        lines=lines_of(order),
        location_id=None,
        idempotency_key="by hand",
        actor="user:2",
    )
    finish_label(label_id=label.pk)
    label.refresh_from_db()
    assert (label.state, label.parcel, label.problem) == ("bought", "", "too_many_units")
    assert orders.void_label(label_id=label.pk, actor="user:1").state == "voiding"


def opened(order: Order, asked: Any) -> ShippingLabel:
    """Write down that a label is to be bought, as far as that goes before the seller is asked."""
    place, key = factories.location().pk, asked.offers[0].key
    return open_row(order.pk, lines_of(order), place, asked.quote_id, key, "one", "user:1", False)


def test_a_price_counts_for_what_it_was_asked_for(world: CarrierWorld, cup: Variant, order: Order) -> None:
    asked = offers(order)
    elsewhere = replace(factories.US_ADDRESS, line1="1 Other Street")
    orders.change_address(order_id=order.pk, address=elsewhere, actor="user:2")
    with pytest.raises(OfferGone):
        buy(order, asked)
    asked = offers(order)
    other = factories.order(cup, quantity=1, market_code="int", paid=True)
    with pytest.raises(OfferGone):
        buy(other, asked)
    assert not ShippingLabel.objects.exists()
    assert buy(order, asked).order_id == order.pk


def test_while_a_label_is_bought_the_address_stays(world: CarrierWorld, order: Order) -> None:
    label = opened(order, offers(order))
    elsewhere = replace(factories.US_ADDRESS, line1="1 Other Street")
    with pytest.raises(LabelUnderWay):
        orders.change_address(order_id=order.pk, address=elsewhere, actor="user:2")
    finish_label(label_id=label.pk)
    assert Fulfilment.objects.count() == 1


def test_a_loose_label_that_was_given_back_is_stuck_to_nothing(world: CarrierWorld, order: Order) -> None:
    label = opened(order, offers(order))
    orders.hold(order_id=order.pk, reason="address?", actor="user:2")
    finish_label(label_id=label.pk)
    orders.void_label(label_id=label.pk, actor="user:2")
    orders.release(order_id=order.pk, actor="user:2")
    finish_label(label_id=label.pk)
    assert not Fulfilment.objects.exists()
    with pytest.raises(LabelNotReady):
        shipping.stick(label_id=label.pk, parcel="parcel:1")


def test_a_label_given_back_takes_its_number_off(world: CarrierWorld, order: Order) -> None:
    parcel = buy(order, offers(order))
    label = orders.void_label(label_id=ShippingLabel.objects.get().pk, actor="user:1")
    assert label.state == "voiding"
    assert orders.void_label(label_id=label.pk, actor="user:1").state == "voiding"
    parcel.refresh_from_db()
    assert parcel.tracking_number == ""
    assert shipping.follow_up_labels() == 0
    other_end.settle_refunds(world.world)
    assert shipping.follow_up_labels() == 1
    label.refresh_from_db()
    assert label.state == "voided"


def test_a_label_on_its_way_is_not_taken_back(world: CarrierWorld, order: Order) -> None:
    parcel = buy(order, offers(order))
    world.offset += 60
    world.server.parcels.advance(f"easypost-{parcel.tracking_number}", 1, 0)
    label = orders.void_label(label_id=ShippingLabel.objects.get().pk, actor="user:1")
    assert label.state == "void_rejected"
    parcel.refresh_from_db()
    assert parcel.tracking_number == label.number
    with pytest.raises(NotVoidable):
        orders.void_label(label_id=label.pk, actor="user:1")


def test_samples_and_real_ones_are_kept_apart(world: CarrierWorld, order: Order) -> None:
    buy(order, offers(order))
    set_up(world, mode="live")
    # Bought with the other key: it is given back with that one.
    label = ShippingLabel.objects.get()
    assert label.mode == "test"
    assert orders.void_label(label_id=label.pk, actor="user:1").state == "voiding"


def live_method(**values: Any) -> Method:
    zone = Zone.objects.get(name="World")
    Method.objects.filter(zone=zone).delete()
    method = shipping.save_method(
        zone_id=zone.pk,
        code="live",
        name="Courier",
        basis=Method.Basis.CARRIER,
        seller="easypost",
        rates={"USD": [{"from": 0, "minor": 9900}]},
        **values,
    )
    reset_caches()
    return method


def details() -> Details:
    return Details(email="lin@example.com", shipping_address=factories.US_ADDRESS, payment_method_code="bank_transfer")


def price(token: str) -> Money:
    return checkout_view(token).rates[0].price


def test_a_method_costs_what_its_carrier_asks(world: CarrierWorld, cup: Variant) -> None:
    live_method(markup_basis_points=1000, handling={"USD": 150})
    token = factories.cart(cup, market_code="int").token
    checkout.save_details(token=token, details=details(), draft=True)
    assert price(token) == Money(9900, "USD")
    checkout.ask_carriers(token=token, details=details())
    [asked] = answers(world)
    assert "name" not in asked["to_address"]
    assert "street1" not in asked["to_address"]
    cheapest = min(round(float(rate["rate"]) * 100) for rate in asked["rates"])
    wanted = Money((cheapest * 110 + 50) // 100 + 150, "USD")
    assert price(token) == wanted
    checkout.ask_carriers(token=token, details=details())
    assert len(answers(world)) == 1
    order = checkout.place_order(
        request=PlaceOrder(cart_token=token, shown_total=None, actor="guest", details=details())
    )
    assert order.shipping_minor == wanted.minor


def test_only_the_services_that_are_wanted(world: CarrierWorld, cup: Variant) -> None:
    live_method(live_services=["DHLExpress/ExpressWorldwide"])
    token = factories.cart(cup, market_code="int").token
    checkout.save_details(token=token, details=details(), draft=True)
    checkout.ask_carriers(token=token, details=details())
    rates = {rate["carrier"]: rate["rate"] for rate in answers(world)[0]["rates"]}
    assert str(price(token).amount) == rates["DHLExpress"]


@pytest.mark.parametrize("fault", ["500", "429"])
def test_nobody_waits_for_a_carrier_that_is_down(world: CarrierWorld, cup: Variant, fault: str) -> None:
    live_method()
    token = factories.cart(cup, market_code="int").token
    checkout.save_details(token=token, details=details(), draft=True)
    world.fail(fault)
    checkout.ask_carriers(token=token, details=details())
    assert price(token) == Money(9900, "USD")
    world.fail("")
    # For half a minute it is left alone.
    checkout.ask_carriers(token=token, details=details())
    assert answers(world) == []
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        checkout.ask_carriers(token=token, details=details())
        assert price(token) != Money(9900, "USD")
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert shipping.prune_quotes() == 2


def test_an_edit_costs_what_the_carrier_asks_for_the_new_weight(world: CarrierWorld, cup: Variant) -> None:
    order = factories.order(cup, quantity=1, market_code="int", paid=True)
    live_method()
    wish = EditWish(quantities={order.lines.get().pk: 4}, shipping_method_code="live")
    # Nobody asked yet, or nobody answered: the method's own price.
    assert orders.preview_edit(order_id=order.pk, wish=wish).quote.shipping.minor == 9900
    orders.ask_carriers_about_edit(order_id=order.pk, wish=wish)
    [asked] = answers(world)
    one = order.lines.get().weight_grams
    assert asked["parcel"]["weight"] == round((4 * one + 100) / 28.349523125 + 0.04999, 1)
    assert "name" not in asked["to_address"]
    cheapest = min(round(float(rate["rate"]) * 100) for rate in asked["rates"])
    assert orders.preview_edit(order_id=order.pk, wish=wish).quote.shipping.minor == cheapest
    orders.ask_carriers_about_edit(order_id=order.pk, wish=wish)
    assert len(answers(world)) == 1
    order.refresh_from_db()
    edited = orders.edit_order(order_id=order.pk, wish=wish, version=order.version, actor="user:1")
    assert edited.shipping_minor == cheapest


def test_an_edit_waits_for_no_carrier_that_is_down(world: CarrierWorld, cup: Variant) -> None:
    order = factories.order(cup, quantity=1, market_code="int", paid=True)
    live_method()
    wish = EditWish(shipping_method_code="live")
    world.fail("500")
    orders.ask_carriers_about_edit(order_id=order.pk, wish=wish)
    assert orders.preview_edit(order_id=order.pk, wish=wish).quote.shipping.minor == 9900
