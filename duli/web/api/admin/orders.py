from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from duli.base.errors import NotFound
from duli.commerce.orders import selectors, services
from duli.commerce.orders.models import OrderRefund, OrderReturn
from duli.commerce.orders.types import FulfilLine, OrderFilter, OrderRow
from duli.growth.webhooks.payloads import order_data
from duli.web.api.admin.gate import ERRORS, actor_of, key_of, scope
from duli.web.api.admin.keys import Key
from duli.web.api.admin.paging import PAGE, page_by_id, size_of

router = Router(tags=["orders"])
Json = dict[str, Any]


class OrderLineIn(Schema):
    order_line_id: Key
    quantity: int = Field(ge=1, le=1_000_000)


class FulfilIn(Schema):
    lines: list[OrderLineIn] = Field(min_length=1, max_length=500)
    location_id: Key | None = None
    carrier: str = Field("", max_length=40)
    tracking_number: str = Field("", max_length=80)
    tracking_url: str = Field("", max_length=500)


class CancelIn(Schema):
    reason: str = Field(max_length=40)
    restock: bool = True


class TextIn(Schema):
    text: str = Field(max_length=5000)


class TagsIn(Schema):
    add: list[str] = Field([], max_length=50)
    remove: list[str] = Field([], max_length=50)


class TrackingIn(Schema):
    carrier: str = Field("", max_length=40)
    tracking_number: str = Field(max_length=80)


class ShippedIn(Schema):
    tracking_number: str = Field(max_length=80)
    carrier: str = Field("", max_length=40)
    location_id: Key | None = None


def _row(row: OrderRow) -> Json:
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "payment_state": row.payment_state,
        "fulfilment_state": row.fulfilment_state,
        "return_state": row.return_state,
        "customer_name": row.customer_name,
        "email": row.email,
        "phone": row.phone,
        "total_minor": row.total.minor,
        "currency": row.total.currency,
        "item_count": row.item_count,
        "market": row.market_code,
        "country": row.country,
        "tags": list(row.tags),
        "placed_at": row.placed_at.isoformat(),
    }


def whole_order(order_id: int) -> Json:
    """Return an order with all that happened to it. NotFound."""
    order = selectors.order_detail(order_id)
    return {
        **order_data(order),
        "version": order.version,
        "hold_reason": order.hold_reason,
        "refunds": [_refund(row) for row in order.refunds.all()],
        "returns": [_return(row) for row in selectors.returns_of(order_id)],
    }


def _refund(row: OrderRefund) -> Json:
    return {
        "id": row.pk,
        "state": row.state,
        "amount_minor": row.amount_minor,
        "credit_minor": row.credit_minor,
        "shipping_minor": row.shipping_minor,
        "adjustment_minor": row.adjustment_minor,
        "reason": row.reason,
    }


def _return(row: OrderReturn) -> Json:
    return {
        "id": row.pk,
        "number": row.number,
        "kind": row.kind,
        "state": row.state,
        "outcome": row.outcome,
        "note": row.note,
        "tracking_number": row.tracking_number,
        "requested_at": row.requested_at.isoformat(),
        "received_at": row.received_at.isoformat() if row.received_at else None,
        "completed_at": row.completed_at.isoformat() if row.completed_at else None,
        "lines": [
            {
                "id": line.pk,
                "order_line_id": line.order_line_id,
                "quantity": line.quantity,
                "reason": line.reason,
                "received_quantity": line.received_quantity,
                "condition": line.condition,
                "restocked_quantity": line.restocked_quantity,
            }
            for line in row.lines.all()
        ],
    }


@router.get("", response={200: Json, **ERRORS})
@scope("orders.view")
def list_orders(
    request: HttpRequest,
    q: str = "",
    status: list[str] = Query([]),  # noqa: B008
    payment_state: list[str] = Query([]),  # noqa: B008
    fulfilment_state: list[str] = Query([]),  # noqa: B008
    market: list[str] = Query([]),  # noqa: B008
    tag: list[str] = Query([]),  # noqa: B008
    placed_from: date | None = None,
    placed_to: date | None = None,
    to_ship: bool = False,
    after: str = "",
    limit: int = PAGE,
) -> Json:
    """Orders, newest first. `q` is a number, e-mail, phone, SKU or tracking number; dates are days of the store."""
    wanted = OrderFilter(
        query=q[:100],
        statuses=status,
        payment_states=payment_state,
        fulfilment_states=fulfilment_state,
        market_codes=market,
        tags=tag,
        placed_from=placed_from,
        placed_to=placed_to,
        to_ship=to_ship,
    )
    page = selectors.order_list(wanted, after=after[:200], limit=size_of(limit))
    return {"orders": [_row(row) for row in page.rows], "next": page.after}


@router.get("/to-ship", response={200: Json, **ERRORS})
@scope("orders.view")
def orders_to_ship(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Whole orders with something left to send, the oldest first, for an ERP or a warehouse.

    What is unpaid, held or cancelled is not among them, and neither is what was sent: whoever has reached the end
    begins anew without `after`.
    """
    rows, following = page_by_id(selectors.to_ship_whole(), after=after, limit=limit, oldest=True)
    return {"orders": [order_data(row) for row in rows], "next": following}


@router.post("/{int:order_id}/shipped", response={200: Json, **ERRORS})
@scope("orders.fulfil")
def shipped(request: HttpRequest, order_id: int, body: ShippedIn) -> Json:
    """Say that all that is left was sent with this number. The same number again changes nothing.

    `carrier` is its code or its name; without one the number has to tell.
    """
    services.mark_shipped(
        order_id=order_id,
        tracking_number=body.tracking_number,
        carrier=body.carrier,
        location_id=body.location_id,
        actor=actor_of(request),
    )
    return whole_order(order_id)


@router.get("/{int:order_id}", response={200: Json, **ERRORS})
@scope("orders.view")
def get_order(request: HttpRequest, order_id: int) -> Json:
    """One order with its lines, parcels, refunds and returns."""
    return whole_order(order_id)


@router.post("/{int:order_id}/confirm", response={200: Json, **ERRORS})
@scope("orders.manage")
def confirm(request: HttpRequest, order_id: int) -> Json:
    """Accept an order, such as one paid on delivery."""
    services.confirm(order_id=order_id, actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/paid", response={200: Json, **ERRORS})
@scope("orders.payments", needs_key=True)
def mark_paid(request: HttpRequest, order_id: int) -> Json:
    """Record that everything still owed has arrived by hand."""
    services.mark_paid(order_id=order_id, actor=actor_of(request), idempotency_key=key_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/parcels", response={200: Json, **ERRORS})
@scope("orders.fulfil", needs_key=True)
def fulfil(request: HttpRequest, order_id: int, body: FulfilIn) -> Json:
    """Send a parcel: its units leave the stock and the shopper is told."""
    services.fulfil(
        order_id=order_id,
        lines=[FulfilLine(line.order_line_id, line.quantity) for line in body.lines],
        location_id=body.location_id,
        carrier=body.carrier,
        tracking_number=body.tracking_number,
        tracking_url=body.tracking_url,
        idempotency_key=key_of(request),
        actor=actor_of(request),
    )
    return whole_order(order_id)


@router.patch("/{int:order_id}/parcels/{int:parcel_id}", response={200: Json, **ERRORS})
@scope("orders.fulfil")
def change_tracking(request: HttpRequest, order_id: int, parcel_id: int, body: TrackingIn) -> Json:
    """Give a parcel another tracking number."""
    _parcel_of(order_id, parcel_id)
    services.change_tracking(
        fulfilment_id=parcel_id, carrier=body.carrier, tracking_number=body.tracking_number, actor=actor_of(request)
    )
    return whole_order(order_id)


@router.post("/{int:order_id}/parcels/{int:parcel_id}/delivered", response={200: Json, **ERRORS})
@scope("orders.fulfil")
def delivered(request: HttpRequest, order_id: int, parcel_id: int) -> Json:
    """Note that a parcel has arrived."""
    _parcel_of(order_id, parcel_id)
    services.mark_delivered(fulfilment_id=parcel_id, actor=actor_of(request))
    return whole_order(order_id)


def _parcel_of(order_id: int, parcel_id: int) -> None:
    if parcel_id not in {parcel.pk for parcel in selectors.order_detail(order_id).fulfilments.all()}:
        raise NotFound()


@router.post("/{int:order_id}/cancel", response={200: Json, **ERRORS})
@scope("orders.cancel")
def cancel(request: HttpRequest, order_id: int, body: CancelIn) -> Json:
    """Cancel an order of which nothing has been shipped; what was paid goes back."""
    services.cancel(order_id=order_id, reason=body.reason, restock=body.restock, actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/comments", response={200: Json, **ERRORS})
@scope("orders.comment")
def comment(request: HttpRequest, order_id: int, body: TextIn) -> Json:
    """Add a comment for staff to the timeline."""
    services.comment(order_id=order_id, text=body.text, actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/tags", response={200: Json, **ERRORS})
@scope("orders.manage")
def tags(request: HttpRequest, order_id: int, body: TagsIn) -> Json:
    """Add and remove tags."""
    services.tag(order_ids=[order_id], add=body.add, remove=body.remove, actor=actor_of(request))
    return whole_order(order_id)
