"""Labels over the API, at a seller on a port: for what leaves, for parcels without a number, for what comes back."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from duli.commerce.orders import services
from duli.commerce.orders.models import Fulfilment, Order, OrderMessage, OrderReturn
from duli.commerce.orders.types import FulfilLine, ReturnWish
from duli.commerce.shipping.models import ShippingLabel
from duli.growth.webhooks.models import Delivery
from duli.growth.webhooks.services import create_endpoint
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.plugins.carrier_world import CarrierWorld
from tests.plugins.label_shop import answers, open_shop
from tests.web.api.test_admin_api import Call, call, owner

__all__ = ["call", "owner"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
BOX = {"weight_grams": 600, "length_mm": 300, "width_mm": 200, "height_mm": 100}


@pytest.fixture
def world(settings: Any) -> Iterator[CarrierWorld]:
    world = CarrierWorld()
    settings.PUBLIC_URL = world.mailbox.url
    yield world
    world.shut_down()


@pytest.fixture
def order(world: CarrierWorld) -> Order:
    """Two cups to America, paid."""
    return factories.order(open_shop(world), quantity=2, market_code="int", paid=True)


def bought(call: Call, target: dict[str, Any], key: str = "k") -> dict[str, Any]:
    place = {"location_id": factories.location().pk}
    status, asked = call("POST", "/labels/offers", {**target, **place, **BOX})
    assert status == 200, asked
    wish = {**target, **place, "quote_id": asked["quote_id"], "offer_key": asked["offers"][0]["key"]}
    status, made = call("POST", "/labels", wish, key=key)
    assert status == 200, made
    assert call("POST", "/labels", wish, key=key)[1] == made
    return made


def test_units_leave_with_a_label_and_others_are_told(call: Call, order: Order) -> None:
    create_endpoint(url="https://erp.example/hook", description="ERP", kinds=["label.bought", "label.voided"])
    reset_caches()
    line = order.lines.get()
    target = {"order_id": order.pk, "lines": [{"order_line_id": line.pk, "quantity": 1}]}
    made = bought(call, target)
    parcel = Fulfilment.objects.get()
    assert (made["shipment_id"], made["tracking_number"]) == (parcel.pk, parcel.tracking_number)
    status, whole = call("GET", f"/labels/{made['id']}")
    assert (status, base64.b64decode(whole["file_base64"])[:5]) == (200, b"%PDF-")
    assert call("POST", f"/labels/{made['id']}/void")[1]["state"] in {"voiding", "voided"}
    assert [row["id"] for row in call("GET", "/labels", order_id=order.pk)[1]["labels"]] == [made["id"]]
    factories.drain()
    assert [row.kind for row in Delivery.objects.order_by("pk")] == ["label.bought", "label.voided"]
    assert parcel.tracking_number in Delivery.objects.order_by("pk")[0].body


def test_a_parcel_without_a_number_gets_one_once(call: Call, order: Order) -> None:
    line = order.lines.get()
    parcel = services.fulfil(
        order_id=order.pk, lines=[FulfilLine(line.pk, 2)], location_id=factories.location().pk, idempotency_key="p",
        actor=factories.ACTOR,
    )  # fmt: skip
    made = bought(call, {"shipment_id": parcel.pk})
    parcel.refresh_from_db()
    assert (parcel.tracking_number, parcel.carrier) == (made["tracking_number"], made["carrier"])
    assert made["shipment_id"] == parcel.pk
    assert Fulfilment.objects.count() == 1
    again = {"shipment_id": parcel.pk, "location_id": factories.location().pk, **BOX}
    assert call("POST", "/labels/offers", again)[1]["code"] == "parcel_has_number"


def test_goods_come_back_with_a_label_that_the_shopper_prints(call: Call, world: CarrierWorld, order: Order) -> None:
    line = order.lines.get()
    services.fulfil(
        order_id=order.pk, lines=[FulfilLine(line.pk, 2)], location_id=factories.location().pk, idempotency_key="p",
        actor=factories.ACTOR,
    )  # fmt: skip
    row = services.request_return(
        order_id=order.pk, lines=[ReturnWish(line.pk, 1, "other")], idempotency_key="r", actor=factories.ACTOR
    )
    made = bought(call, {"return_id": row.pk})
    row = OrderReturn.objects.get()
    assert (row.state, row.tracking_number, made["return_id"]) == ("approved", made["tracking_number"], row.pk)
    assert row.number
    assert row.number in row.answer
    [told, *_rest] = answers(world)
    assert (told["from_address"]["country"], told["to_address"]["city"]) == ("US", "Hangzhou")
    # Whoever asks for another one is written to: the return is approved already.
    call("POST", f"/labels/{made['id']}/void")
    row.refresh_from_db()
    assert row.tracking_number == ""
    bought(call, {"return_id": row.pk}, key="k2")
    assert OrderMessage.objects.get().from_shopper is False
    services.receive_return(return_id=row.pk, units={row.lines.get().pk: 1}, actor=factories.ACTOR)
    late = {"return_id": row.pk, "location_id": factories.location().pk, **BOX}
    assert call("POST", "/labels/offers", late)[0] == 409
    assert ShippingLabel.objects.filter(parcel=f"return:{row.pk}").count() == 2


def test_one_thing_at_a_time(call: Call, order: Order) -> None:
    place = {"location_id": factories.location().pk, **BOX}
    assert call("POST", "/labels/offers", place)[0] == 422
    assert call("POST", "/labels/offers", {**place, "order_id": order.pk, "return_id": 1})[0] == 422
    assert call("POST", "/labels/offers", {**place, "return_id": 999_999})[0] == 404
    assert call("GET", "/labels/999999")[0] == 404
