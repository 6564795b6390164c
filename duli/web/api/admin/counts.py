"""Count sheets, the ledger, and what is running low."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import InvalidInput
from duli.commerce.catalogue.models import Brand, Category, ProductCategory, Variant
from duli.commerce.inventory import selectors, services
from duli.commerce.inventory.models import StockCount, StockCountLine, StockLevel, StockMovement
from duli.commerce.inventory.services.changes import MAXIMUM
from duli.commerce.inventory.services.counts import MAXIMUM_LINES
from duli.commerce.inventory.types import Counted
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key, one
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["stock"])
stock_router = Router(tags=["stock"])
Json = dict[str, Any]
MOST_AT_ONCE = 2000


class CountIn(Schema):
    name: str = Field(max_length=120)
    location_id: Key
    variant_ids: list[Key] | None = Field(
        None, min_length=1, max_length=MAXIMUM_LINES, description="What is counted; null: all that is kept there."
    )
    category_id: Key | None = Field(None, description="Only products of this category and of those below it.")
    brand_id: Key | None = Field(None, description="Only products of this brand.")


class CountedIn(Schema):
    variant_id: Key
    counted: int | None = Field(ge=0, le=MAXIMUM, description="What was found; null takes a count back.")
    seen: int | None = Field(
        None, ge=0, le=MAXIMUM, description="What the line said before: 409 if it says something else by now."
    )


class CountsIn(Schema):
    lines: list[CountedIn] = Field(min_length=1, max_length=MOST_AT_ONCE)
    as_of_start: bool = Field(False, description="It was counted when the sheet was made, and is typed in later.")


def _count(row: StockCount, lines: int, counted: int) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "state": row.state,
        "location_id": row.location_id,
        "lines": lines,
        "counted": counted,
        "created_at": row.created_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
    }


def _whole(count_id: int) -> Json:
    row = one(StockCount, count_id)
    return _count(row, row.lines.count(), row.lines.filter(counted__isnull=False).count())


def _line(row: StockCountLine) -> Json:
    return {
        "variant_id": row.variant_id,
        "sku": row.variant.sku,
        "expected": row.expected,
        "counted": row.counted,
        "difference": row.difference,
    }


@router.get("", response={200: Json, **ERRORS})
@scope("inventory.view")
def list_counts(request: HttpRequest, state: str = "", after: str = "", limit: int = PAGE) -> Json:
    """Count sheets, newest first; `state` is open, applied or cancelled."""
    rows = StockCount.objects.all()
    if state:
        if state not in StockCount.State.values:
            raise InvalidInput(field="state")
        rows = rows.filter(state=state)
    found, cursor = page_by_id(rows, after=after, limit=limit)
    sums = StockCountLine.objects.filter(count__in=[row.pk for row in found]).values_list("count_id").order_by()
    told = {pk: (lines, done) for pk, lines, done in sums.annotate(Count("pk"), done=Count("pk", filter=_DONE))}
    return {"counts": [_count(row, *told.get(row.pk, (0, 0))) for row in found], "next": cursor}


_DONE = Q(counted__isnull=False)


@router.post("", response={201: Json, **ERRORS})
@scope("inventory.adjust", needs_key=True)
def create_count(request: HttpRequest, body: CountIn) -> Status[Json]:
    """Make a sheet; it remembers what the shop thinks now, and selling goes on while it is filled in."""
    wanted = body.variant_ids
    if wanted is not None and (body.category_id or body.brand_id):
        # Either the variants are named, or what they have in common.
        raise InvalidInput(field="variant_ids")
    if wanted is None:
        kept = Variant.objects.filter(is_active=True, tracks_stock=True, stock_levels__location_id=body.location_id)
        if body.category_id:
            category = one(Category, body.category_id)
            kept = kept.filter(Exists(ProductCategory.objects.filter(product=OuterRef("product"), category=category)))
        if body.brand_id:
            kept = kept.filter(product__brand=one(Brand, body.brand_id))
        wanted = list(kept.order_by("pk").values_list("pk", flat=True)[: MAXIMUM_LINES + 1])
    row = services.open_count(location_id=body.location_id, variant_ids=wanted, name=body.name, actor=actor_of(request))
    return Status(201, _whole(row.pk))


@router.get("/{int:count_id}", response={200: Json, **ERRORS})
@scope("inventory.view")
def get_count(request: HttpRequest, count_id: int) -> Json:
    """How far a sheet is; its lines have a list of their own."""
    return _whole(count_id)


@router.get("/{int:count_id}/lines", response={200: Json, **ERRORS})
@scope("inventory.view")
def list_lines(request: HttpRequest, count_id: int, after: str = "", limit: int = PAGE) -> Json:
    """The lines of a sheet in their order; `difference` is what applying it would change."""
    rows = one(StockCount, count_id).lines.select_related("variant")
    found, cursor = page_by_id(rows, after=after, limit=limit, oldest=True)
    return {"lines": [_line(row) for row in found], "next": cursor}


@router.put("/{int:count_id}/lines", response={200: Json, **ERRORS})
@scope("inventory.adjust")
def write_counts(request: HttpRequest, count_id: int, body: CountsIn) -> Json:
    """Write down what was found; lines that are not named stay. Without `seen` the newest number wins."""
    row = one(StockCount, count_id)
    wanted = [line.variant_id for line in body.lines]
    if len(set(wanted)) != len(wanted):
        raise InvalidInput(field="lines")
    there = dict(row.lines.filter(variant_id__in=wanted).values_list("variant_id", "counted"))
    services.write_counts(
        count_id=count_id,
        counts=[
            Counted(
                line.variant_id,
                line.counted,
                line.seen if "seen" in line.model_fields_set else there.get(line.variant_id),
            )
            for line in body.lines
        ],
        actor=actor_of(request),
        as_of_start=body.as_of_start,
    )
    return _whole(count_id)


@router.post("/{int:count_id}/apply", response={200: Json, **ERRORS})
@scope("inventory.adjust", needs_key=True)
def apply_count(request: HttpRequest, count_id: int) -> Json:
    """Add the differences that were found to the stock; what was sold since a line was counted stays sold."""
    services.apply_count(count_id=count_id, actor=actor_of(request))
    return _whole(count_id)


@router.post("/{int:count_id}/cancel", response={200: Json, **ERRORS})
@scope("inventory.adjust")
def cancel_count(request: HttpRequest, count_id: int) -> Json:
    """Put a sheet away; no stock changes."""
    services.cancel_count(count_id=count_id, actor=actor_of(request))
    return _whole(count_id)


@stock_router.get("/ledger/{int:variant_id}", response={200: Json, **ERRORS})
@scope("inventory.view")
def list_ledger(
    request: HttpRequest, variant_id: int, location_id: Key | None = None, after: str = "", limit: int = PAGE
) -> Json:
    """Every change of a variant's stock, newest first: why, by whom and for what."""
    rows = selectors.history(variant_id=one(Variant, variant_id).pk, location_id=location_id)
    found, cursor = page_by_id(rows, after=after, limit=limit)
    return {"movements": [_movement(row) for row in found], "next": cursor}


def _movement(row: StockMovement) -> Json:
    return {
        "id": row.pk,
        "location_id": row.level.location_id,
        "on_hand_change": row.on_hand_change,
        "reserved_change": row.reserved_change,
        "reason": row.reason,
        "note": row.note,
        "actor": row.actor,
        "reference": row.reference,
        "created_at": row.created_at.isoformat(),
    }


@stock_router.get("/low", response={200: Json, **ERRORS})
@scope("inventory.view")
def list_low(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """What is at or below its threshold, at each location; thresholds are set with the backorders of a variant."""
    found, cursor = page_by_id(selectors.low_levels(), after=after, limit=limit)
    return {"stock": [_low(level) for level in found], "next": cursor}


def _low(level: StockLevel) -> Json:
    return {
        "variant_id": level.variant_id,
        "location_id": level.location_id,
        "sku": level.variant.sku,
        "available": level.available,
        "incoming": level.incoming,
        "threshold": level.threshold,  # type: ignore[attr-defined]
    }
