"""Labels at the desk: prices, one press, print, give back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.services import fulfil, request_return
from duli.commerce.orders.types import FulfilLine, ReturnWish
from duli.commerce.shipping.labels import can_buy_labels
from duli.commerce.shipping.models import Method, ShippingLabel, Zone
from duli.commerce.shipping.services import save_account
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.plugins.carrier_world import CarrierWorld
from tests.plugins.label_shop import answers, open_shop
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Any) -> Iterator[CarrierWorld]:
    world = CarrierWorld()
    world.offset = 0.0
    settings.PUBLIC_URL = world.mailbox.url
    yield world
    world.shut_down()


@pytest.fixture
def order(world: CarrierWorld) -> Order:
    return factories.order(open_shop(world), quantity=2, market_code="int", paid=True)


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(member("owner"))
    return client


def packed(order: Order, **changes: Any) -> dict[str, Any]:
    line = order.lines.get()
    return {
        "location": factories.location().pk, "weight": 1100, "length": "30", "width": "20", "height": "10.5",
        f"line-{line.pk}": 2, **changes,
    }  # fmt: skip


def test_from_the_price_to_the_paper_and_back(world: CarrierWorld, order: Order, desk: Client) -> None:
    url = reverse("backoffice:order_label", args=[order.pk])
    assert url in desk.get(reverse("backoffice:order_fulfil", args=[order.pk])).content.decode()
    # Two cups and the box are weighed already.
    assert 'value="1100"' in desk.get(url).content.decode()
    page = desk.post(url, packed(order))
    form = page.context["form"]
    assert page.status_code == 200
    assert not ShippingLabel.objects.exists()
    assert answers(world)[0]["parcel"]["height"] == 4.2
    dearest = form.offer_rows()[-1]
    bought = {**packed(order), "quote_id": form["quote_id"].value(), "idempotency_key": "one", "offer": dearest["key"]}
    assert desk.post(url, bought).status_code == 302
    assert desk.post(url, bought).status_code == 302
    label, parcel = ShippingLabel.objects.get(), Fulfilment.objects.get()
    assert label.name == "DHLExpress"
    assert parcel.tracking_number == label.number
    words = desk.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    assert "DHL Express Express Worldwide" in words
    paper = desk.get(reverse("backoffice:label_file", args=[label.pk]))
    assert b"".join(paper).startswith(b"%PDF-")  # type: ignore[call-overload]
    printed = desk.get(reverse("backoffice:labels_print"), {"id": [parcel.pk, 10**9]})
    assert len(PdfReader(io.BytesIO(printed.content)).pages) == 1
    assert desk.post(reverse("backoffice:label_void", args=[label.pk])).status_code == 302
    parcel.refresh_from_db()
    assert parcel.tracking_number == ""
    assert desk.get(reverse("backoffice:labels_print"), {"id": [parcel.pk]}).status_code == 302


@pytest.mark.parametrize(
    "changes", [{"weight": 0}, {"weight": ""}, {"length": "-1"}, {"location": 10**9}, {"weight": "9" * 40}]
)
def test_what_cannot_be_packed(world: CarrierWorld, order: Order, desk: Client, changes: dict[str, Any]) -> None:
    url = reverse("backoffice:order_label", args=[order.pk])
    assert desk.post(url, packed(order, **changes)).status_code == 422
    assert answers(world) == []


def test_a_price_that_nobody_showed(world: CarrierWorld, order: Order, desk: Client) -> None:
    url = reverse("backoffice:order_label", args=[order.pk])
    for quote_id in ("1", "9" * 30, "x"):
        wish = {**packed(order), "quote_id": quote_id, "idempotency_key": "one", "offer": "rate_1"}
        assert desk.post(url, wish).status_code == 422
    assert not ShippingLabel.objects.exists()


def test_a_carrier_that_is_down_says_so(world: CarrierWorld, order: Order, desk: Client) -> None:
    world.fail("500")
    page = desk.post(reverse("backoffice:order_label", args=[order.pk]), packed(order))
    assert page.status_code == 409
    assert not Fulfilment.objects.exists()


def test_without_a_seller_nothing_is_offered(world: CarrierWorld, order: Order, desk: Client) -> None:
    save_account(code="easypost", enabled=False, values={})
    reset_caches()
    assert not can_buy_labels()
    url = reverse("backoffice:order_label", args=[order.pk])
    assert url not in desk.get(reverse("backoffice:order_fulfil", args=[order.pk])).content.decode()
    assert desk.post(url, packed(order)).status_code == 409


def test_a_method_takes_the_carriers_prices(world: CarrierWorld, desk: Client) -> None:
    open_shop(world)
    zone = Zone.objects.get(name="World")
    url = reverse("backoffice:settings_method_new", args=[zone.pk])
    asked = {
        "name": "Courier", "min_days": 3, "max_days": 6, "basis": "carrier", "seller": "easypost", "markup": "7.5",
        "fee_USD": "1.50", "live_services": "UPS/UPSSaver\nFedEx/INTERNATIONAL_ECONOMY", "is_active": "on",
    }  # fmt: skip
    assert desk.post(url, {**asked, "price_USD": "29", "seller": ""}).status_code == 422
    assert desk.post(url, asked).status_code == 422
    assert desk.post(url, {**asked, "price_USD": "29"}).status_code == 302
    method = Method.objects.get(name="Courier")
    assert (method.seller, method.markup_basis_points, method.handling) == ("easypost", 750, {"USD": 150})
    assert method.live_services == ["UPS/UPSSaver", "FedEx/INTERNATIONAL_ECONOMY"]
    page = desk.get(reverse("backoffice:settings_method", args=[method.pk])).content.decode()
    assert page.count('name="handling_days"') == page.count('name="fee_USD"') == 1
    assert 'value="7.5"' in page
    # Who changes something else through a page that knew nothing of it loses none of it.
    desk.post(reverse("backoffice:settings_method", args=[method.pk]), {"name": "Fast", "min_days": 1, "max_days": 2})
    method.refresh_from_db()
    assert (method.seller, method.handling) == ("easypost", {"USD": 150})


def in_two(order: Order, *units: int) -> dict[str, Any]:
    line = order.lines.get()
    packed: dict[str, Any] = {"location": factories.location().pk}
    for number, count in enumerate(units, 1):
        packed |= {f"weight-{number}": 600 * max(count, 1), f"line-{line.pk}-{number}": count}
    return packed


def test_several_parcels_are_bought_by_one_press(world: CarrierWorld, order: Order, desk: Client) -> None:
    url = reverse("backoffice:order_labels", args=[order.pk])
    assert url in desk.get(reverse("backoffice:order_label", args=[order.pk])).content.decode()
    shown = desk.get(url).content.decode()
    # One cup and its box in each, dealt out already.
    assert shown.count('value="600"') == 2
    asked = desk.post(url, in_two(order, 1, 1))
    form = asked.context["form"]
    row = form.way_rows()[-1]
    assert row["name"] == "DHL Express"
    assert row["parts"].count(" + ") == 1
    assert not ShippingLabel.objects.exists()
    quotes = {name: form[name].value() for name in ("quote_id-1", "quote_id-2")}
    bought = {**in_two(order, 1, 1), **quotes, "idempotency_key": "one", "offer": row["key"]}
    assert desk.post(url, bought).status_code == 302
    assert desk.post(url, bought).status_code == 302
    assert list(ShippingLabel.objects.values_list("name", "state")) == [("DHLExpress", "bought")] * 2
    assert Fulfilment.objects.count() == 2


def test_what_was_refused_of_several_is_told(world: CarrierWorld, order: Order, desk: Client) -> None:
    url = reverse("backoffice:order_labels", args=[order.pk])
    form = desk.post(url, in_two(order, 1, 1)).context["form"]
    quotes = {name: form[name].value() for name in ("quote_id-1", "quote_id-2")}
    world.world.credit = form.ways[0].prices[0].minor
    bought = {**in_two(order, 1, 1), **quotes, "idempotency_key": "one", "offer": form.ways[0].offers[0]}
    page = desk.post(url, bought, follow=True).content.decode()
    assert "1 of 2 parcels are on their way. Parcel 2:" in page
    assert "Insufficient funds" in page
    assert Fulfilment.objects.count() == 1


@pytest.mark.parametrize("query", ["", "?parcels=0", "?parcels=99", "?parcels=x", "?parcels=-1"])
def test_a_strange_number_of_parcels(world: CarrierWorld, order: Order, desk: Client, query: str) -> None:
    url = reverse("backoffice:order_labels", args=[order.pk]) + query
    assert desk.get(url).context["form"].count == 2
    assert desk.post(url, in_two(order, 2, 0)).status_code == 422
    for quote_id in ("1", "9" * 30, "x"):
        wish = {**in_two(order, 1, 1), "quote_id-1": quote_id, "idempotency_key": "one", "offer": "rate_1"}
        assert desk.post(url, wish).status_code == 422
    assert not ShippingLabel.objects.exists()


def box(**changes: Any) -> dict[str, Any]:
    return {
        "location": factories.location().pk,
        "weight": 1100,
        "length": "30",
        "width": "20",
        "height": "10",
        **changes,
    }


def chosen_in(html: str) -> dict[str, str]:
    """Return what a press on the last button sends: all hidden fields, and the cheapest price."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', html))
    offer = re.search(r'type="radio" name="offer" value="([^"]+)"', html)
    assert offer
    return {**fields, "offer": offer[1]}


def test_a_parcel_that_was_packed_without_a_number_gets_a_label(
    world: CarrierWorld, order: Order, desk: Client
) -> None:
    parcel = fulfil(
        order_id=order.pk, lines=[FulfilLine(order.lines.get().pk, 2)], location_id=factories.location().pk,
        idempotency_key="p", actor=factories.ACTOR,
    )  # fmt: skip
    url, page = reverse("backoffice:parcel_label", args=[parcel.pk]), reverse("backoffice:shipment", args=[parcel.pk])
    assert url in desk.get(page).content.decode()
    assert 'value="1100"' in desk.get(url).content.decode()
    assert desk.post(url, box(weight="")).status_code == 422
    prices = desk.post(url, box())
    assert prices.status_code == 200
    assert desk.post(url, chosen_in(prices.content.decode())).status_code == 302
    parcel.refresh_from_db()
    assert parcel.tracking_number
    assert url not in desk.get(page).content.decode()
    assert desk.post(url, box()).status_code == 409


def test_a_return_label_is_printed_by_the_shopper(world: CarrierWorld, order: Order, desk: Client) -> None:
    line = order.lines.get()
    fulfil(
        order_id=order.pk, lines=[FulfilLine(line.pk, 2)], location_id=factories.location().pk,
        idempotency_key="p", actor=factories.ACTOR,
    )  # fmt: skip
    row = request_return(
        order_id=order.pk, lines=[ReturnWish(line.pk, 1, "other")], idempotency_key="r", actor=factories.ACTOR
    )
    url, page = reverse("backoffice:return_label", args=[row.pk]), reverse("backoffice:return", args=[row.pk])
    mine = f"/en/orders/{order.token}"
    paper = f"{mine}/return/{row.pk}/label"
    assert url in desk.get(page).content.decode()
    shopper = Client()
    assert shopper.get(paper).status_code == 404
    prices = desk.post(url, box()).content.decode()
    assert desk.post(url, chosen_in(prices)).status_code == 302
    label = ShippingLabel.objects.get()
    assert label.number in desk.get(page).content.decode()
    assert paper in shopper.get(mine).content.decode()
    answer = shopper.get(paper)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    # Nobody else's order opens it, and no label that was given back.
    other = factories.order(quantity=1, market_code="int")
    assert shopper.get(f"/en/orders/{other.token}/return/{row.pk}/label").status_code == 404
    assert desk.post(reverse("backoffice:label_void", args=[label.pk])).status_code == 302
    assert shopper.get(paper).status_code == 404
    assert desk.get(page).status_code == 200
