"""Segments of customers: their rules, how many are in one now, and who."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import Conflict
from duli.commerce.customers import selectors, services
from duli.commerce.customers.models import Segment
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["segments"])
Json = dict[str, Any]


class SegmentIn(Schema):
    name: str = Field(min_length=1, max_length=60)
    rules: dict[str, Any] = Field(examples=[{"orders_from": 2, "quiet_days": 30, "accepts": ["email"]}])


class SegmentPut(SegmentIn):
    updated_at: str | None = Field(
        None, max_length=40, description="As it was read: 409 if it was changed since. Null: whatever it is."
    )


def _segment(row: Segment) -> Json:
    """What audiences of discounts call it is `reference`, among their `tags`."""
    return {
        "id": row.pk,
        "reference": row.reference,
        "name": row.name,
        "rules": row.rules,
        "updated_at": row.updated_at.isoformat(),
    }


@router.get("", response={200: Json, **ERRORS})
@scope("customers.view")
def list_segments(request: HttpRequest) -> Json:
    """Every segment, by name."""
    return {"segments": [_segment(row) for row in selectors.segments()]}


@router.post("", response={201: Json, **ERRORS})
@scope("customers.edit")
def add_segment(request: HttpRequest, body: SegmentIn) -> Status[Json]:
    """Declare a segment: whoever fits its rules is in it, from now on and as long as they do."""
    row = services.save_segment(name=body.name, rules=body.rules, actor=actor_of(request))
    return Status(201, _segment(row))


@router.get("/{int:segment_id}", response={200: Json, **ERRORS})
@scope("customers.view")
def get_segment(request: HttpRequest, segment_id: int) -> Json:
    """One segment, with how many customers are in it now."""
    row = selectors.segment_by_id(segment_id)
    return {**_segment(row), "customers": selectors.in_segment(row.rules).count()}


@router.get("/{int:segment_id}/customers", response={200: Json, **ERRORS})
@scope("customers.view")
def list_segment_customers(request: HttpRequest, segment_id: int, after: str = "", limit: int = PAGE) -> Json:
    """The keys of the customers who are in a segment now, newest first."""
    row = selectors.segment_by_id(segment_id)
    found, cursor = page_by_id(selectors.in_segment(row.rules), after=after, limit=limit)
    return {"customers": [customer.pk for customer in found], "next": cursor}


@router.put("/{int:segment_id}", response={200: Json, **ERRORS})
@scope("customers.edit")
def put_segment(request: HttpRequest, segment_id: int, body: SegmentPut) -> Json:
    """Make a segment exactly this; discounts that ask for it follow at once."""

    def unchanged() -> None:
        if body.updated_at not in {None, selectors.segment_by_id(segment_id).updated_at.isoformat()}:
            raise Conflict()

    row = services.save_segment(
        name=body.name, rules=body.rules, segment_id=segment_id, actor=actor_of(request), seen=unchanged
    )
    return _segment(row)


@router.delete("/{int:segment_id}", response={200: Json, **ERRORS})
@scope("customers.edit")
def delete_segment(request: HttpRequest, segment_id: int) -> Json:
    """Remove a segment that nothing asks for; else 409."""
    services.delete_segment(segment_id=segment_id, actor=actor_of(request))
    return {"deleted": segment_id}
