"""Stock on its way: transfers between locations, and deliveries from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import Conflict, InvalidInput, NotFound
from duli.commerce.inventory import services
from duli.commerce.inventory.models import StockTransfer
from duli.commerce.inventory.services.changes import MAXIMUM
from duli.commerce.inventory.services.transfers import MAXIMUM_LINES
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["stock"])
Json = dict[str, Any]


class TransferLineIn(Schema):
    variant_id: Key
    quantity: int = Field(ge=1, le=MAXIMUM)


class TransferIn(Schema):
    target_id: Key = Field(description="The location where the units go.")
    source_id: Key | None = Field(None, description="Where they leave; null: a supplier delivers them.")
    supplier: str = Field("", max_length=120)
    note: str = Field("", max_length=255)
    expected_on: date | None = None
    lines: list[TransferLineIn] = Field(min_length=1, max_length=MAXIMUM_LINES)


class ArrivedIn(Schema):
    variant_id: Key
    quantity: int = Field(ge=0, le=MAXIMUM)


class ReceiveIn(Schema):
    received: list[ArrivedIn] = Field([], max_length=MAXIMUM_LINES)
    missing: Literal["", "lost", "returned", "not_sent"] = Field(
        "", description="Ends it although units are missing and says why; empty: they still come."
    )
    note: str = Field("", max_length=255)


def _transfer(row: StockTransfer) -> Json:
    return {
        "id": row.pk,
        "kind": row.kind,
        "state": row.state,
        "source_id": row.source_id,
        "target_id": row.target_id,
        "supplier": row.supplier,
        "note": row.note,
        "expected_on": row.expected_on.isoformat() if row.expected_on else None,
        "difference": row.difference,
        "difference_note": row.difference_note,
        "created_at": row.created_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "lines": [
            {
                "variant_id": line.variant_id,
                "sku": line.variant.sku,
                "quantity": line.quantity,
                "received": line.received,
            }
            for line in row.lines.all()
        ],
    }


def _whole(transfer_id: int) -> Json:
    rows = StockTransfer.objects.prefetch_related("lines__variant")
    row = rows.filter(pk=transfer_id).first()
    if row is None:
        raise NotFound()
    return _transfer(row)


def _units(lines: Iterable[TransferLineIn | ArrivedIn]) -> dict[int, int]:
    """Return units by variant; a variant that is named twice has the units of both."""
    found: Counter[int] = Counter()
    for line in lines:
        found[line.variant_id] += line.quantity
    return dict(found)


def _draft(body: TransferIn) -> Json:
    return {**body.dict(exclude={"lines"}), "lines": _units(body.lines)}


@router.get("", response={200: Json, **ERRORS})
@scope("inventory.view")
def list_transfers(request: HttpRequest, state: str = "", after: str = "", limit: int = PAGE) -> Json:
    """Transfers and deliveries, newest first; `state` is draft, sent, received or cancelled."""
    rows = StockTransfer.objects.prefetch_related("lines__variant")
    if state:
        if state not in StockTransfer.State.values:
            raise InvalidInput(field="state")
        rows = rows.filter(state=state)
    found, cursor = page_by_id(rows, after=after, limit=limit)
    return {"transfers": [_transfer(row) for row in found], "next": cursor}


@router.post("", response={201: Json, **ERRORS})
@scope("inventory.adjust", needs_key=True)
def create_transfer(request: HttpRequest, body: TransferIn) -> Status[Json]:
    """Draft a transfer, or a delivery from a supplier. Nothing moves before it is sent."""
    return Status(201, _whole(services.save_transfer(actor=actor_of(request), **_draft(body)).pk))


@router.get("/{int:transfer_id}", response={200: Json, **ERRORS})
@scope("inventory.view")
def get_transfer(request: HttpRequest, transfer_id: int) -> Json:
    """One transfer with what is on it and what has arrived."""
    return _whole(transfer_id)


@router.put("/{int:transfer_id}", response={200: Json, **ERRORS})
@scope("inventory.adjust")
def change_transfer(request: HttpRequest, transfer_id: int, body: TransferIn) -> Json:
    """Make a draft exactly this; 409 if it is a draft no longer, or somebody else changes it at the same time."""
    before = _whole(transfer_id)

    def unchanged() -> None:
        if _whole(transfer_id) != before:
            raise Conflict()

    services.save_transfer(transfer_id=transfer_id, actor=actor_of(request), seen=unchanged, **_draft(body))
    return _whole(transfer_id)


@router.post("/{int:transfer_id}/send", response={200: Json, **ERRORS})
@scope("inventory.adjust", needs_key=True)
def send_transfer(request: HttpRequest, transfer_id: int) -> Json:
    """Let a draft go: its units leave the source and are incoming at the target."""
    services.send_transfer(transfer_id=transfer_id, actor=actor_of(request))
    return _whole(transfer_id)


@router.post("/{int:transfer_id}/receive", response={200: Json, **ERRORS})
@scope("inventory.adjust", needs_key=True)
def receive_transfer(request: HttpRequest, transfer_id: int, body: ReceiveIn) -> Json:
    """Book in what has arrived, in one go or several; it ends by itself once all is there."""
    services.receive_transfer(
        transfer_id=transfer_id,
        received=_units(body.received),
        close=bool(body.missing),
        difference=body.missing,
        note=body.note,
        actor=actor_of(request),
    )
    return _whole(transfer_id)


@router.post("/{int:transfer_id}/cancel", response={200: Json, **ERRORS})
@scope("inventory.adjust", needs_key=True)
def cancel_transfer(request: HttpRequest, transfer_id: int) -> Json:
    """Give a transfer up; what was not received is at the source again."""
    services.cancel_transfer(transfer_id=transfer_id, actor=actor_of(request))
    return _whole(transfer_id)
