"""Parcels for other programs: which there are, where they are, and their numbers, from an ERP or a warehouse."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from duli.base.errors import NotFound
from duli.commerce.orders import services
from duli.commerce.orders.following import parcel, parcel_progress, parcels
from duli.commerce.orders.models import Fulfilment
from duli.commerce.shipping.services import add_sighting
from duli.commerce.shipping.types import ProgressView
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.orders import TrackingIn
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["shipments"])
Json = dict[str, Any]


class SightingIn(Schema):
    state: str = Field(max_length=20)
    text: str = Field("", max_length=500)
    place: str = Field("", max_length=160)


def _shipment(row: Fulfilment, progress: ProgressView | None) -> Json:
    return {
        "id": row.pk,
        "order_id": row.order_id,
        "order_number": row.order.number or "",
        "state": row.state,
        "progress": row.progress,
        "carrier": row.carrier,
        "tracking_number": row.tracking_number,
        "tracking_url": row.tracking_url,
        "location_id": row.location_id,
        "shipped_at": row.shipped_at,
        "delivered_at": row.delivered_at,
        "last_event_at": progress.last_event_at if progress else None,
        "expected_on": progress.expected_on if progress else None,
        "problem": progress.problem if progress else "",
        "lines": [{"order_line_id": line.order_line_id, "quantity": line.quantity} for line in row.lines.all()],
    }


def _whole(shipment_id: int) -> Json:
    row = parcel(shipment_id)
    progress = parcel_progress([row.pk]).get(row.pk)
    events = [
        {
            "happened_at": entry.happened_at,
            "state": entry.state,
            "code": entry.code,
            "text": entry.text,
            "place": entry.place,
        }
        for entry in (progress.sightings if progress else ())
    ]
    return {**_shipment(row, progress), "events": events}


@router.get("", response={200: Json, **ERRORS})
@scope("orders.view")
def list_shipments(
    request: HttpRequest,
    progress: list[str] = Query([]),  # noqa: B008
    untracked: bool = False,
    after: str = "",
    limit: int = PAGE,
) -> Json:
    """Parcels, newest first. `progress` is where the carrier says they are; `untracked` are those without a number."""
    rows, following = page_by_id(parcels(states=progress, untracked=untracked), after=after, limit=limit)
    known = parcel_progress([row.pk for row in rows])
    return {"shipments": [_shipment(row, known.get(row.pk)) for row in rows], "next": following}


@router.get("/{int:shipment_id}", response={200: Json, **ERRORS})
@scope("orders.view")
def get_shipment(request: HttpRequest, shipment_id: int) -> Json:
    """One parcel with all that its carrier told."""
    return _whole(shipment_id)


@router.patch("/{int:shipment_id}", response={200: Json, **ERRORS})
@scope("orders.fulfil")
def change_shipment(request: HttpRequest, shipment_id: int, body: TrackingIn) -> Json:
    """Give a parcel its carrier and number; it is followed from then on."""
    services.change_tracking(
        fulfilment_id=shipment_id, carrier=body.carrier, tracking_number=body.tracking_number, actor=actor_of(request)
    )
    return _whole(shipment_id)


@router.post("/{int:shipment_id}/events", response={200: Json, **ERRORS})
@scope("orders.fulfil")
def add_event(request: HttpRequest, shipment_id: int, body: SightingIn) -> Json:
    """Say where a parcel with a number is, for carriers of your own."""
    progress = parcel_progress([parcel(shipment_id).pk]).get(shipment_id)
    if progress is None:
        raise NotFound()
    add_sighting(parcel_id=progress.id, state=body.state, text=body.text, place=body.place, actor=actor_of(request))
    return _whole(shipment_id)
