"""Webhooks: where other systems are told, and what came of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.growth.webhooks import selectors, services
from duli.growth.webhooks.models import Delivery, Endpoint
from duli.web.api.admin.gate import ERRORS, scope
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["webhooks"])
Json = dict[str, Any]


class EndpointIn(Schema):
    url: str = Field(max_length=500)
    description: str = Field("", max_length=120)
    kinds: list[str] = Field([], max_length=100)


class EndpointPut(EndpointIn):
    is_active: bool = True


def _endpoint(row: Endpoint) -> Json:
    return {
        "id": row.pk,
        "url": row.url,
        "description": row.description,
        "kinds": row.kinds,
        "is_active": row.is_active,
        "stopped_because": row.stopped_because,
        "failing_since": row.failing_since.isoformat() if row.failing_since else None,
    }


def _delivery(row: Delivery) -> Json:
    return {
        "id": row.pk,
        "message_id": row.message_id,
        "kind": row.kind,
        "reference": row.reference,
        "state": row.state,
        "attempt_count": row.attempt_count,
        "next_attempt_at": row.next_attempt_at.isoformat() if row.next_attempt_at else None,
        "created_at": row.created_at.isoformat(),
        "delivered_at": row.delivered_at.isoformat() if row.delivered_at else None,
    }


@router.get("", response={200: Json, **ERRORS})
@scope("api.view")
def list_endpoints(request: HttpRequest) -> Json:
    """Every address that is told, without its secret."""
    return {"endpoints": [_endpoint(row) for row in selectors.endpoints()]}


@router.post("", response={201: Json, **ERRORS})
@scope("api.edit", keeps_answer=False)
def create_endpoint(request: HttpRequest, body: EndpointIn) -> Status[Json]:
    """Tell one more address. The answer is the only place that shows its secret."""
    row, secret = services.create_endpoint(url=body.url, description=body.description, kinds=body.kinds)
    return Status(201, {**_endpoint(row), "secret": secret})


@router.put("/{int:endpoint_id}", response={200: Json, **ERRORS})
@scope("api.edit")
def save_endpoint(request: HttpRequest, endpoint_id: int, body: EndpointPut) -> Json:
    """Change an address, or switch it on and off."""
    return _endpoint(services.save_endpoint(endpoint_id=endpoint_id, **body.dict()))


@router.delete("/{int:endpoint_id}", response={200: Json, **ERRORS})
@scope("api.edit")
def delete_endpoint(request: HttpRequest, endpoint_id: int) -> Json:
    """Forget an address and its log."""
    services.delete_endpoint(endpoint_id=endpoint_id)
    return {"deleted": endpoint_id}


@router.get("/{int:endpoint_id}/deliveries", response={200: Json, **ERRORS})
@scope("api.view")
def list_deliveries(
    request: HttpRequest, endpoint_id: int, state: str = "", after: str = "", limit: int = PAGE
) -> Json:
    """What was sent to an address, newest first."""
    selectors.endpoint(endpoint_id)
    rows = Delivery.objects.filter(endpoint_id=endpoint_id).defer("body")
    found, cursor = page_by_id(rows.filter(state=state) if state else rows, after=after, limit=limit)
    return {"deliveries": [_delivery(row) for row in found], "next": cursor}


@router.post("/deliveries/{int:delivery_id}/send", response={200: Json, **ERRORS})
@scope("api.edit")
def send_again(request: HttpRequest, delivery_id: int) -> Json:
    """Send a message once more, under the same id."""
    return _delivery(services.send_again(delivery_id=delivery_id))
