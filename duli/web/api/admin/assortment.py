"""Verbs over whole products: on sale or archived, when they are seen, what they cost, and copies of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.assortment import services
from duli.commerce.assortment.price_rules import PriceRule, Rounding
from duli.commerce.assortment.types import BulkReport
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.pricing.models import PriceChange
from duli.commerce.pricing.selectors import price_list_ids
from duli.commerce.revisions.models import ChangeSet
from duli.commerce.revisions.selectors import change_set
from duli.commerce.revisions.services import start_undo
from duli.web.api.admin.gate import ERRORS, actor_of, said, scope
from duli.web.api.admin.goods import BIGGEST, described
from duli.web.api.admin.keys import Key, Moment, one
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["products"])
variant_router = Router(tags=["variants"])
Json = dict[str, Any]
Keys = Annotated[list[Key], Field(min_length=1, max_length=500)]


class CopyIn(Schema):
    title: str = Field(max_length=255)


class StatusesIn(Schema):
    product_ids: Keys
    status: Literal["draft", "active", "archived"]


class ScheduleIn(Schema):
    product_ids: Keys
    visible_from: Moment | None = Field(None, description="Null: from now on, or as it is.")
    hidden_from: Moment | None = Field(None, description="Null: never.")


class PriceChangeIn(Schema):
    product_ids: Keys
    currency: str = Field(min_length=3, max_length=3)
    percent: Decimal = Field(Decimal(0), ge=-100, le=1000, decimal_places=2, description="-10 takes a tenth off.")
    amount_minor: int = Field(0, ge=-BIGGEST, le=BIGGEST, description="Added to each price after the percent.")
    rounding: Literal["none", "whole", "nines", "fives"] = "none"
    keeps_former: bool = Field(False, description="What falls in price shows the present price as the former one.")
    only_preview: bool = Field(False, description="Change nothing and tell what would become of the first 50 prices.")


def _known(product_ids: list[int]) -> list[int]:
    wanted = list(dict.fromkeys(product_ids))
    if Product.objects.filter(pk__in=wanted).count() != len(wanted):
        raise InvalidInput(field="product_ids")
    return wanted


def _told(request: HttpRequest, report: BulkReport) -> Json:
    return {
        "changed": report.changed,
        "change_id": report.change_set_id or None,
        "refused": [
            {
                "product_id": refusal.product_id,
                "title": refusal.title,
                "code": refusal.error.code,
                "message": said(request, refusal.error),
            }
            for refusal in report.refused
        ],
    }


@router.post("/{int:product_id}/duplicate", response={201: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def duplicate_product(request: HttpRequest, product_id: int, body: CopyIn) -> Status[Json]:
    """Make a draft with all the product has but its stock, SKUs, barcodes and schedule."""
    title = one_line(body.title)
    if not title:
        raise InvalidInput(field="title")
    row = services.duplicate_product(product_id=one(Product, product_id).pk, title=title, actor=actor_of(request))
    return Status(201, described(row.pk))


@router.post("/statuses", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def set_statuses(request: HttpRequest, body: StatusesIn) -> Json:
    """Put products on sale, make them drafts or archive them; `refused` are those that a rule left as they are."""
    report = services.set_statuses(product_ids=_known(body.product_ids), status=body.status, actor=actor_of(request))
    return _told(request, report)


@router.post("/schedule", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def schedule_products(request: HttpRequest, body: ScheduleIn) -> Json:
    """Put products on sale from one moment and hide them from another."""
    report = services.schedule_products(
        product_ids=_known(body.product_ids),
        visible_from=body.visible_from,
        hidden_from=body.hidden_from,
        actor=actor_of(request),
    )
    return _told(request, report)


@router.post("/price-changes", response={200: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def change_prices(request: HttpRequest, body: PriceChangeIn) -> Json:
    """Raise or lower the prices of products in one currency by a rule; variants without a price there stay without."""
    ids = _known(body.product_ids)
    if body.currency not in price_list_ids():
        raise InvalidInput(field="currency")
    if not body.percent and not body.amount_minor:
        raise InvalidInput(field="percent")
    rule = PriceRule(body.currency, body.percent, body.amount_minor, Rounding(body.rounding), body.keeps_former)
    if not body.only_preview:
        return _told(request, services.change_prices(product_ids=ids, rule=rule, actor=actor_of(request)))
    steps, count = services.preview_prices(product_ids=ids, rule=rule)
    return {
        "changes": count,
        "prices": [
            {
                "product_id": step.product_id,
                "variant": step.variant,
                "before_minor": step.before,
                "minor": step.after,
                "compare_at_minor": step.former,
            }
            for step in steps
        ],
    }


@router.get("/changes/{int:change_id}", response={200: Json, **ERRORS})
@scope("catalogue.view")
def get_change(request: HttpRequest, change_id: int) -> Json:
    """One change of many products; `report` of one that takes another back counts what it could, and could not."""
    view, row = change_set(one(ChangeSet, change_id).pk)
    counts = ("whole", "partly", "untouched", "removed", "finished")
    return {
        "id": view.id,
        "kind": view.kind,
        "actor": view.actor,
        "created_at": view.created_at.isoformat(),
        "products": view.products,
        "undone_by": view.undone_by,
        "undoes": view.undoes,
        "report": {name: row.report[name] for name in counts if name in row.report},
    }


@router.post("/changes/{int:change_id}/undo", response={202: Json, **ERRORS})
@scope("catalogue.edit")
def undo_change(request: HttpRequest, change_id: int) -> Status[Json]:
    """Have a job take a change back, as `change_id` names it; what somebody changed since stays, as stock does."""
    undo_id = start_undo(change_set_id=one(ChangeSet, change_id).pk, actor=actor_of(request))
    return Status(202, {"change_id": undo_id})


@variant_router.get("/{int:variant_id}/prices", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_prices(request: HttpRequest, variant_id: int, after: str = "", limit: int = PAGE) -> Json:
    """Every price a variant has had, newest first; the list is never rewritten."""
    rows = PriceChange.objects.filter(variant=one(Variant, variant_id)).select_related("price_list")
    found, cursor = page_by_id(rows, after=after, limit=limit)
    prices = [
        {
            "currency": row.price_list.currency,
            "minor": row.minor,
            "compare_at_minor": row.compare_at_minor,
            "origin": row.origin,
            "actor": row.actor,
            "changed_at": row.changed_at.isoformat(),
        }
        for row in found
    ]
    return {"prices": prices, "next": cursor}
