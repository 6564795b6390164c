"""Labels for other programs: what sending costs, buying each once, its file, and giving it back."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from duli.base.errors import InvalidInput
from duli.commerce.orders import services
from duli.commerce.orders.types import FulfilLine
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.labels import label, labels_of
from duli.commerce.shipping.services import fetch_document
from duli.commerce.shipping.services.labels import file_reference
from duli.commerce.shipping.types import LabelOffers
from duli.growth.webhooks.payloads import label_data
from duli.platform.media.private import open_private, private_file
from duli.web.api.admin.gate import ERRORS, actor_of, key_of, scope
from duli.web.api.admin.keys import Key
from duli.web.api.admin.orders import OrderLineIn

router = Router(tags=["labels"])
Json = dict[str, Any]
TARGETS = ("order_id", "shipment_id", "return_id")


class TargetIn(Schema):
    """One of the three: units of an order that leave, a parcel without a number, or goods that come back."""

    order_id: Key | None = None
    shipment_id: Key | None = None
    return_id: Key | None = None
    lines: list[OrderLineIn] = Field([], max_length=500, description="What leaves, for an order.")
    location_id: Key = Field(description="From where it leaves, or where it comes back to.")
    allow_unpaid: bool = False


class OffersIn(TargetIn):
    weight_grams: int = Field(ge=1, le=1_000_000, description="With the box.")
    length_mm: int = Field(0, ge=0, le=10_000)
    width_mm: int = Field(0, ge=0, le=10_000)
    height_mm: int = Field(0, ge=0, le=10_000)


class BuyIn(TargetIn):
    quote_id: Key = Field(description="Of the prices that were asked for, up to half an hour ago.")
    offer_key: str = Field(max_length=80)


def _target(body: TargetIn) -> str:
    """Return which of the three is meant; InvalidInput where it is none or several."""
    named = [name for name in TARGETS if getattr(body, name) is not None]
    if len(named) != 1:
        raise InvalidInput(field="order")
    return named[0]


def _lines(body: TargetIn) -> list[FulfilLine]:
    return [FulfilLine(line.order_line_id, line.quantity) for line in body.lines]


def _offers(found: LabelOffers) -> Json:
    return {
        "quote_id": found.quote_id,
        "is_test": found.is_test,
        "offers": [
            {
                "key": offer.key,
                "carrier": offer.carrier,
                "name": offer.name,
                "service": offer.service,
                "price_minor": offer.price.minor,
                "currency": offer.price.currency,
                "days": offer.days,
            }
            for offer in found.offers
        ],
    }


@router.post("/offers", response={200: Json, **ERRORS})
@scope("orders.fulfil")
def ask_offers(request: HttpRequest, body: OffersIn) -> Json:
    """Ask all carriers what sending costs, the cheapest first; nothing is bought."""
    box = Package(body.weight_grams, body.length_mm, body.width_mm, body.height_mm)
    target = _target(body)
    if target == "shipment_id":
        found = services.parcel_label_offers(
            fulfilment_id=body.shipment_id or 0, location_id=body.location_id, package=box
        )
    elif target == "return_id":
        found = services.return_label_offers(return_id=body.return_id or 0, location_id=body.location_id, package=box)
    else:
        found = services.label_offers(
            order_id=body.order_id or 0,
            lines=_lines(body),
            location_id=body.location_id,
            package=box,
            allow_unpaid=body.allow_unpaid,
        )
    return _offers(found)


@router.post("", response={200: Json, **ERRORS})
@scope("orders.fulfil", needs_key=True)
def buy(request: HttpRequest, body: BuyIn) -> Json:
    """Buy one label at a price that was shown. An order's units leave with it, a parcel gets its number."""
    target = _target(body)
    key, actor = key_of(request), actor_of(request)
    wanted = {"quote_id": body.quote_id, "offer_key": body.offer_key, "idempotency_key": key, "actor": actor}
    if target == "return_id":
        row = services.buy_return_label(return_id=body.return_id or 0, **wanted)  # type: ignore[arg-type]
        return label_data(label(row.pk))
    if target == "shipment_id":
        parcel = services.buy_parcel_label(fulfilment_id=body.shipment_id or 0, **wanted)  # type: ignore[arg-type]
    else:
        parcel = services.buy_label(
            order_id=body.order_id or 0,
            lines=_lines(body),
            location_id=body.location_id,
            allow_unpaid=body.allow_unpaid,
            **wanted,  # type: ignore[arg-type]
        )
    return label_data(labels_of([f"parcel:{parcel.pk}"])[-1])


@router.get("", response={200: Json, **ERRORS})
@scope("orders.view")
def list_labels(request: HttpRequest, order_id: Key) -> Json:
    """The labels of an order, those of its returns included, oldest first."""
    return {"labels": [label_data(entry) for entry in labels_of([f"order:{order_id}"])]}


@router.get("/{int:label_id}", response={200: Json, **ERRORS})
@scope("orders.fulfil")
def get_label(request: HttpRequest, label_id: int) -> Json:
    """One label; its file is a PDF in Base64, empty where nothing was bought."""
    entry = label(label_id)
    content = b""
    if entry.may_be_printed:
        file = private_file(
            file_id=entry.file_id or fetch_document(label_id=label_id), reference=file_reference(label_id)
        )
        with open_private(file).stream as stream:
            content = stream.read()
    return {**label_data(entry), "file_base64": base64.b64encode(content).decode()}


@router.post("/{int:label_id}/void", response={200: Json, **ERRORS})
@scope("orders.fulfil")
def void(request: HttpRequest, label_id: int) -> Json:
    """Give a label back that was not used; carriers pay back at once or within weeks."""
    services.void_label(label_id=label_id, actor=actor_of(request))
    return label_data(label(label_id))
