"""Fetched, not sent: chosen in the checkout, taken from the stock of that place, laid ready, handed over."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import checkout_view
from duli.commerce.checkout.types import Details, InvalidDetails, PickupUnavailable, PlaceOrder
from duli.commerce.customers.types import Address
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Location, StockLevel
from duli.commerce.inventory.selectors import pickup_place
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import order_detail, order_list
from duli.commerce.orders.types import NotChangeable, NothingToCollect, NotPaidYet, OrderFilter, OrderHeld
from duli.commerce.shipping import services as shipping
from duli.commerce.shipping.models import Method, Zone
from duli.growth.webhooks.payloads import order_data
from duli.platform.events.models import Event
from duli.platform.mail.models import Mail
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop_place() -> Location:
    """A second place, at which shoppers fetch what they ordered, and the way to say so."""
    factories.shop()
    place = inventory.add_location(
        name="西湖店", country="CN", address="龙井路 1 号", is_pickup=True, pickup_hours="周一至周六 10:00–19:00",
        pickup_instructions="请走侧门", cutoff=time(15),
    )  # fmt: skip
    china = Zone.objects.get(name="China")
    shipping.save_method(
        zone_id=china.pk, code="pickup", name="到店自提", is_pickup=True, rates={"CNY": [{"from": 0, "minor": 0}]},
        position=9, min_days=0, max_days=0,
    )  # fmt: skip
    return place


@pytest.fixture
def cup(shop_place: Location) -> Variant:
    variant = factories.variant_of(factories.product(stock=10))
    inventory.adjust(
        variant_id=variant.pk, location_id=shop_place.pk, counted=2, reason="initial", actor=factories.ACTOR
    )
    return variant


def details(place: Location | None, *, name: str = "林晓") -> Details:
    return Details(
        email="lin@example.com",
        shipping_address=Address(country="CN", name=name, phone="13800138000", line1="forgotten"),
        shipping_method_id=Method.objects.get(code="pickup").pk,
        pickup_location_id=place.pk if place else None,
        payment_method_code="bank_transfer",
    )


def fetched(cup: Variant, place: Location, *, quantity: int = 1) -> Order:
    cart = factories.cart(cup, quantity=quantity)
    wish = PlaceOrder(cart_token=cart.token, shown_total=None, actor="guest", details=details(place))
    return checkout.place_order(request=wish)


def level(cup: Variant, place: Location) -> StockLevel:
    return StockLevel.objects.get(variant=cup, location=place)


def test_it_is_held_laid_ready_and_handed_over_at_its_place(cup: Variant, shop_place: Location) -> None:
    order = fetched(cup, shop_place, quantity=2)
    assert (order.pickup_location_id, order.shipping_minor, order.arrives_by is not None) == (shop_place.pk, 0, True)
    assert order.shipping_address["line1"] == ""
    assert (level(cup, shop_place).reserved, level(cup, factories.location()).reserved) == (2, 0)
    with pytest.raises(NotPaidYet):
        orders.ready_for_pickup(order_id=order.pk, actor=factories.ACTOR)
    for _twice in range(2):
        orders.ready_for_pickup(order_id=order.pk, actor=factories.ACTOR, allow_unpaid=True)
    factories.drain()
    mail = Mail.objects.get(template="pickup_ready")
    assert all(words in mail.text for words in ("西湖店", "龙井路 1 号", "10:00–19:00", "请走侧门"))
    assert level(cup, shop_place).on_hand == 2
    with pytest.raises(NotPaidYet):
        orders.collect(order_id=order.pk, idempotency_key="a", actor=factories.ACTOR)
    first, again = (
        orders.collect(order_id=order.pk, idempotency_key="a", actor=factories.ACTOR, allow_unpaid=True)
        for _twice in range(2)
    )
    factories.drain()
    order.refresh_from_db()
    assert (first.pk, order.fulfilment_state, first.state) == (again.pk, "delivered", "delivered")
    assert (level(cup, shop_place).on_hand, level(cup, factories.location()).on_hand) == (0, 10)
    assert not Mail.objects.filter(template__in=["order_shipped", "parcel_delivered"]).exists()
    with pytest.raises(NothingToCollect):
        orders.collect(order_id=order.pk, idempotency_key="b", actor=factories.ACTOR)


def test_only_where_all_of_it_lies(cup: Variant, shop_place: Location) -> None:
    cart = factories.cart(cup, quantity=3)
    view = checkout_view(cart.token)
    assert view.pickup is not None
    assert [(choice.place.id, choice.is_there) for choice in view.pickup.choices] == [(shop_place.pk, False)]
    # Nobody means to fetch it who did not say so, though it costs least.
    assert view.chosen_rate is not None
    assert not view.chosen_rate.is_pickup
    with pytest.raises(PickupUnavailable):
        checkout.place_order(
            request=PlaceOrder(cart_token=cart.token, shown_total=None, actor="guest", details=details(shop_place))
        )
    assert not Order.objects.exists()
    for wrong, field in ((details(None), "pickup_place"), (details(shop_place, name=""), "name")):
        with pytest.raises(InvalidDetails) as raised:
            checkout.place_order(
                request=PlaceOrder(cart_token=cart.token, shown_total=None, actor="guest", details=wrong)
            )
        assert list(raised.value.fields) == [field]
    Location.objects.filter(pk=shop_place.pk).update(is_pickup=False)
    reset_caches()
    assert all(not rate.is_pickup for rate in checkout_view(cart.token).rates)


def test_not_ready_after_all(cup: Variant, shop_place: Location) -> None:
    order = fetched(cup, shop_place)
    assert [row.number for row in order_list(OrderFilter(to_fetch=True)).rows] == [order.number]
    orders.ready_for_pickup(order_id=order.pk, actor=factories.ACTOR, allow_unpaid=True)
    told = order_data(order_detail(order.pk))["pickup"]
    assert (told["location_id"], told["name"], bool(told["ready_at"])) == (shop_place.pk, "西湖店", True)
    for _twice in range(2):
        orders.not_ready(order_id=order.pk, actor=factories.ACTOR)
    order.refresh_from_db()
    assert order.pickup_ready_at is None
    assert Event.objects.filter(name="orders.pickup_taken_back").count() == 1
    factories.drain()
    assert not Mail.objects.filter(template="pickup_ready").exists()
    orders.ready_for_pickup(order_id=order.pk, actor=factories.ACTOR, allow_unpaid=True)
    orders.collect(order_id=order.pk, idempotency_key="a", actor=factories.ACTOR, allow_unpaid=True)
    assert not order_list(OrderFilter(to_fetch=True)).rows


def test_its_hours_in_the_shoppers_language(cup: Variant, shop_place: Location) -> None:
    inventory.save_location(
        code=shop_place.code, words={"en": {"name": "West Lake shop", "pickup_hours": "Mon to Sat 10–19"}}
    )
    reset_caches()
    with translation.override("en"):
        place = pickup_place(shop_place.pk)
    assert place is not None
    assert (place.name, place.hours, place.instructions) == ("West Lake shop", ("Mon to Sat 10–19",), "请走侧门")
    with translation.override("zh-hans"):
        assert pickup_place(shop_place.pk).name == "西湖店"  # type: ignore[union-attr]


def test_what_is_held_or_sent_is_not_laid_ready(cup: Variant, shop_place: Location) -> None:
    order, sent = fetched(cup, shop_place), factories.order(cup, paid=True)
    with pytest.raises(NothingToCollect):
        orders.ready_for_pickup(order_id=sent.pk, actor=factories.ACTOR)
    orders.hold(order_id=order.pk, reason="look", actor=factories.ACTOR)
    with pytest.raises(OrderHeld):
        orders.ready_for_pickup(order_id=order.pk, actor=factories.ACTOR, allow_unpaid=True)


def test_from_the_checkout_to_the_counter(client: Client, cup: Variant, shop_place: Location, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    client.cookies["cart"] = factories.cart(cup).token
    settings.DEMO = True
    page = client.get("/checkout").content.decode()
    # News of a parcel are offered to whom one is sent.
    assert 'name="sms"' in page
    method = re.findall(r'name="pickup_method" value="(\d+)"', page)[0]
    posted = {
        "contact": "lin@example.com", "country": "CN", "name": "林晓", "phone": "", "line1": "kept",
        "handover": "pickup", "pickup_method": method, "payment_method": "bank_transfer",
    }  # fmt: skip
    page = client.post("/checkout", {**posted, "refresh": "1"}).content.decode()
    assert "西湖店" in page
    assert "不另填账单地址" in page
    assert 'name="sms"' not in page
    assert "与收货地址相同" not in page
    assert '<input type="hidden" name="line1" value="kept">' in page
    shown = re.findall(r'name="shown_total" value="(\d+)"', page)[0]
    placed = client.post(
        "/checkout", {**posted, "pickup_place": str(shop_place.pk), "shown_total": shown, "place": "1"}
    )
    assert placed.status_code == 303
    order = Order.objects.get()
    assert "周一至周六" in client.get(f"/orders/{order.token}").content.decode()
    staff = Client()
    staff.force_login(member("owner"), backend="allauth.account.auth_backends.AuthenticationBackend")
    ready, hand_over = (
        reverse(f"backoffice:{name}", args=[order.pk]) for name in ("order_pickup_ready", "order_collect")
    )
    assert ready in staff.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    assert staff.post(ready, {}).status_code == 409
    assert staff.post(ready, {"allow_unpaid": "on"}).status_code == 302
    assert "已备好" in client.get(f"/orders/{order.token}").content.decode()
    assert staff.post(hand_over, {"idempotency_key": "k", "allow_unpaid": "on"}).status_code == 302
    assert "已取货" in client.get(f"/orders/{order.token}").content.decode()


def test_what_is_fetched_has_no_address_to_change(client: Client, cup: Variant, shop_place: Location) -> None:
    order = fetched(cup, shop_place)
    with pytest.raises(NotChangeable):
        orders.change_address(order_id=order.pk, address=factories.ADDRESS, actor=factories.ACTOR)
    page = f"/orders/{order.token}"
    assert f"{page}/address" not in client.get(page).content.decode()
    assert client.get(f"{page}/address").status_code == 404
    assert order.shipping_address == Order.objects.get(pk=order.pk).shipping_address
