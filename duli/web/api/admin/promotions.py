"""Discounts and their codes. What a discount gives is told in `rules`, the same words in which it is stored."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.clock import now
from duli.base.errors import Conflict
from duli.commerce.promotions import selectors, services
from duli.commerce.promotions.models import Batch, Code, Promotion
from duli.commerce.promotions.types import MAXIMUM_CODES, PromotionDraft
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Moment
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["discounts"])
Json = dict[str, Any]
BIGGEST = 2_000_000_000


class PromotionIn(Schema):
    name: str = Field(min_length=1, max_length=120)
    rules: dict[str, Any] = Field(examples=[{"kind": "percent", "points": 1000}])
    titles: dict[str, str] = Field({}, max_length=50)
    needs_code: bool = False
    is_active: bool = True
    is_listed: bool = False
    on_shelf: bool = False
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    stacking: str = Field("all", max_length=5)
    group: str = Field("", max_length=40)
    priority: int = Field(100, ge=0, le=1_000_000)
    limit_total: int | None = Field(None, ge=1, le=BIGGEST)
    limit_customer: int | None = Field(None, ge=1, le=BIGGEST)
    limit_day: int | None = Field(None, ge=1, le=BIGGEST)
    floor_points: int | None = Field(None, ge=0, le=1_000_000)
    budget_minor: int | None = Field(None, ge=1, le=10**12)
    birthday_before: int | None = Field(
        None, ge=0, le=60, description="Everybody gets a code of their own so many days before their birthday."
    )
    birthday_after: int = Field(30, ge=0, le=300, description="Days that code is good after the birthday.")


class PromotionPut(PromotionIn):
    version: int | None = Field(
        None, ge=0, le=BIGGEST, description="As it was read: 409 if it is another by now. Null: whatever it is."
    )


class SwitchIn(Schema):
    active: bool


class CodeIn(Schema):
    code: str = Field(min_length=1, max_length=40)
    limit: int | None = Field(None, ge=1, le=10**9)


class BatchIn(Schema):
    wanted: int = Field(ge=1, le=MAXIMUM_CODES)
    beginning: str = Field("", max_length=16)
    length: int = Field(10, ge=6, le=20)
    limit: int = Field(1, ge=1, le=10**9)


def _promotion(row: Promotion) -> Json:
    names = [name for name in PromotionDraft.__dataclass_fields__ if name not in {"starts_at", "ends_at"}]
    return {
        "id": row.pk,
        "version": row.version,
        "state": selectors.state_of(row, now()),
        **{name: getattr(row, name) for name in names},
        "starts_at": row.starts_at.isoformat() if row.starts_at else None,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
    }


def _code(row: Code) -> Json:
    return {"id": row.pk, "code": row.text, "limit": row.limit, "used": row.used, "active": row.is_active}


@router.get("", response={200: Json, **ERRORS})
@scope("promotions.view")
def list_promotions(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Discounts, newest first."""
    found, cursor = page_by_id(Promotion.objects.all(), after=after, limit=limit)
    return {"discounts": [_promotion(row) for row in found], "next": cursor}


@router.post("", response={201: Json, **ERRORS})
@scope("promotions.edit")
def add_promotion(request: HttpRequest, body: PromotionIn) -> Status[Json]:
    """Declare a discount; it counts from the next cart on that is looked at."""
    row = services.save_promotion(draft=PromotionDraft(**body.dict()), actor=actor_of(request))
    return Status(201, _promotion(row))


@router.get("/{int:promotion_id}", response={200: Json, **ERRORS})
@scope("promotions.view")
def get_promotion(request: HttpRequest, promotion_id: int) -> Json:
    """One discount with what it gave so far, by currency."""
    row = selectors.promotion_by_id(promotion_id)
    usage = [
        {"currency": use.currency, "orders": use.uses, "given_minor": use.given.minor, "sold_minor": use.sold.minor}
        for use in selectors.usage(row.pk)
    ]
    return {**_promotion(row), "usage": usage}


@router.put("/{int:promotion_id}", response={200: Json, **ERRORS})
@scope("promotions.edit")
def put_promotion(request: HttpRequest, promotion_id: int, body: PromotionPut) -> Json:
    """Make a discount exactly this, also while it runs; orders keep the version they were placed with.

    The price of a flash sale is changed with the sale: 409, with its key in `fields`.
    """

    def unchanged() -> None:
        if body.version not in {None, selectors.promotion_by_id(promotion_id).version}:
            raise Conflict()

    draft = PromotionDraft(**body.dict(exclude={"version"}))
    row = services.save_promotion(draft=draft, promotion_id=promotion_id, actor=actor_of(request), seen=unchanged)
    return _promotion(row)


@router.post("/{int:promotion_id}/switch", response={200: Json, **ERRORS})
@scope("promotions.edit")
def switch_promotion(request: HttpRequest, promotion_id: int, body: SwitchIn) -> Json:
    """Switch a discount on or off, from this second on."""
    row = services.set_active(promotion_id=promotion_id, active=body.active, actor=actor_of(request))
    return _promotion(row)


@router.delete("/{int:promotion_id}", response={200: Json, **ERRORS})
@scope("promotions.edit")
def delete_promotion(request: HttpRequest, promotion_id: int) -> Json:
    """Delete a discount that no order has used; else 409: switch it off."""
    services.delete_promotion(promotion_id=promotion_id, actor=actor_of(request))
    return {"deleted": promotion_id}


@router.get("/{int:promotion_id}/codes", response={200: Json, **ERRORS})
@scope("promotions.view")
def list_codes(request: HttpRequest, promotion_id: int, after: str = "", limit: int = PAGE) -> Json:
    """The codes of a discount, newest first, with how often each was used."""
    row = selectors.promotion_by_id(promotion_id)
    found, cursor = page_by_id(Code.objects.filter(promotion=row), after=after, limit=limit)
    return {"codes": [_code(code) for code in found], "next": cursor}


@router.post("/{int:promotion_id}/codes", response={201: Json, **ERRORS})
@scope("promotions.edit")
def add_code(request: HttpRequest, promotion_id: int, body: CodeIn) -> Status[Json]:
    """Add a code that shoppers may enter; `limit` is how many orders it is good for."""
    code = services.add_code(promotion_id=promotion_id, text=body.code, limit=body.limit, actor=actor_of(request))
    return Status(201, _code(code))


@router.post("/{int:promotion_id}/codes/{int:code_id}/switch", response={200: Json, **ERRORS})
@scope("promotions.edit")
def switch_code(request: HttpRequest, promotion_id: int, code_id: int, body: SwitchIn) -> Json:
    """Let a code be entered, or no more."""
    selectors.code_of(promotion_id, code_id)
    return _code(services.set_code_active(code_id=code_id, active=body.active, actor=actor_of(request)))


@router.post("/{int:promotion_id}/batches", response={201: Json, **ERRORS})
@scope("promotions.edit", needs_key=True)
def make_batch(request: HttpRequest, promotion_id: int, body: BatchIn) -> Status[Json]:
    """Have a job make up to 100,000 codes that nobody can guess; ask for the batch until they are made."""
    batch = services.generate_codes(promotion_id=promotion_id, actor=actor_of(request), **body.dict())
    return Status(201, _batch(batch))


@router.get("/{int:promotion_id}/batches", response={200: Json, **ERRORS})
@scope("promotions.view")
def list_batches(request: HttpRequest, promotion_id: int, after: str = "", limit: int = PAGE) -> Json:
    """The batches of codes of a discount, newest first."""
    row = selectors.promotion_by_id(promotion_id)
    found, cursor = page_by_id(Batch.objects.filter(promotion=row), after=after, limit=limit)
    return {"batches": [_batch(batch) for batch in found], "next": cursor}


def _batch(row: Batch) -> Json:
    return {"id": row.pk, "beginning": row.prefix, "wanted": row.wanted, "made": row.made, "limit": row.limit}
