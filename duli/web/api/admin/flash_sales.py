"""Flash sales: how they stand, and the verbs of their monitor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from duli.base.clock import now
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.models import FlashSale
from duli.commerce.flash_sales.monitor import Figures, figures
from duli.commerce.flash_sales.states import state_of
from duli.commerce.flash_sales.types import MOST_UNITS
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["flash-sales"])
Json = dict[str, Any]


class EndIn(Schema):
    ends_at: datetime


class UnitsIn(Schema):
    units: int = Field(ge=1, le=MOST_UNITS)


def _sale(row: FlashSale) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "state": state_of(row, now()),
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "waiting_room": row.waiting_room,
    }


def _figures(found: Figures) -> Json:
    return {
        **_sale(found.sale),
        "agrees": found.agrees,
        "waiting": found.waiting,
        "admitted": found.admitted,
        "items": [
            {
                "id": entry.item.pk,
                "variant_id": entry.item.variant_id,
                "sku": entry.item.variant.sku,
                "amounts": entry.item.amounts,
                "units": entry.item.units,
                "left": entry.item.left,
                "limit": entry.item.limit,
                "reserved": entry.reserved,
                "paid": entry.paid,
                "expired": entry.expired,
                "cancelled": entry.cancelled,
            }
            for entry in found.items
        ],
    }


@router.get("", response={200: Json, **ERRORS})
@scope("promotions.view")
def list_flash_sales(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Flash sales, newest first."""
    found, cursor = page_by_id(FlashSale.objects.all(), after=after, limit=limit)
    return {"flash_sales": [_sale(row) for row in found], "next": cursor}


@router.get("/{int:sale_id}", response={200: Json, **ERRORS})
@scope("promotions.view")
def get_flash_sale(request: HttpRequest, sale_id: int) -> Json:
    """One flash sale with what is left, ordered and paid; `agrees` is false where pool, stock and orders differ."""
    return _figures(figures(sale_id))


@router.post("/{int:sale_id}/start", response={200: Json, **ERRORS})
@scope("promotions.edit")
def start_flash_sale(request: HttpRequest, sale_id: int) -> Json:
    """Let a planned flash sale begin now; 409 for one that has started or is over."""
    services.start_now(sale_id=sale_id, actor=actor_of(request))
    return _figures(figures(sale_id))


@router.post("/{int:sale_id}/stop", response={200: Json, **ERRORS})
@scope("promotions.edit")
def stop_flash_sale(request: HttpRequest, sale_id: int) -> Json:
    """End a flash sale now: what is left is on ordinary sale again."""
    services.stop_sale(sale_id=sale_id, actor=actor_of(request))
    return _figures(figures(sale_id))


@router.post("/{int:sale_id}/end", response={200: Json, **ERRORS})
@scope("promotions.edit")
def extend_flash_sale(request: HttpRequest, sale_id: int, body: EndIn) -> Json:
    """Let a flash sale end at another time."""
    services.extend_sale(sale_id=sale_id, ends_at=body.ends_at, actor=actor_of(request))
    return _figures(figures(sale_id))


@router.post("/{int:sale_id}/items/{int:item_id}/units", response={200: Json, **ERRORS})
@scope("promotions.edit")
def top_up_flash_item(request: HttpRequest, sale_id: int, item_id: int, body: UnitsIn) -> Json:
    """Set more units of an item aside; 409 where ordinary stock has fewer."""
    services.top_up(sale_id=sale_id, item_id=item_id, units=body.units, actor=actor_of(request))
    return _figures(figures(sale_id))
