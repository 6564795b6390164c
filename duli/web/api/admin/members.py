"""Members: tiers, points and their history; points change with a reason, once a key."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.commerce.customers.selectors import customer_by_id
from duli.commerce.membership import selectors as reads
from duli.commerce.membership import services
from duli.commerce.membership.models import Member
from duli.platform.store.selectors import current_store
from duli.web.api.admin.gate import ERRORS, actor_of, answer_is_about, key_of, scope
from duli.web.api.admin.keys import Moment
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["members"])
Json = dict[str, Any]
MOST = 10**12


class PointsIn(Schema):
    points: int = Field(ge=-MOST, le=MOST, description="Below zero takes off.")
    note: str = Field(min_length=1, max_length=255)


class TierIn(Schema):
    tier_id: int | None = Field(None, ge=1, le=2**63 - 1)
    reason: str = Field(min_length=1, max_length=255)
    until: Moment | None = None


def _row(member: Member) -> Json:
    return {
        "customer_id": member.pk,
        "tier_id": member.tier_id,
        "set_by_hand": member.set_by_hand,
        "kept_until": member.kept_until.isoformat() if member.kept_until else None,
        "points": member.points,
        "owed": member.owed,
    }


def _whole(customer_id: int) -> Json:
    """Return where a customer is in the program, with the newest entries."""
    standing = reads.standing_of(customer_id, current_store().default_language)
    return {
        "customer_id": customer_id,
        "tier_id": standing.tier.id if standing.tier else None,
        "set_by_hand": standing.set_by_hand,
        "kept_until": standing.kept_until.isoformat() if standing.kept_until else None,
        "value": standing.value,
        "missing": standing.missing,
        "available_points": standing.available,
        "pending_points": standing.pending,
        "owed_points": standing.owed,
        "entries": [
            {
                "id": entry.id,
                "kind": entry.kind,
                "change": entry.change,
                "owed": entry.owed,
                "reference": entry.reference,
                "note": entry.note,
                "created_at": entry.created_at.isoformat(),
            }
            for entry in reads.entries_of(customer_id)
        ],
    }


@router.get("", response={200: Json, **ERRORS})
@scope("customers.view")
def list_members(request: HttpRequest, tier: str = "", after: str = "", limit: int = PAGE) -> Json:
    """Members, the newest customers first, and the tiers. `tier` is the key of one, or `none`."""
    found, cursor = page_by_id(reads.members(tier=tier[:20]), after=after, limit=limit)
    tiers = [
        {"id": row.pk, "name": row.name, "threshold": row.threshold, "points_percent": row.points_percent}
        for row in reads.tier_rows()
    ]
    return {"members": [_row(row) for row in found], "tiers": tiers, "next": cursor}


@router.get("/{int:customer_id}", response={200: Json, **ERRORS})
@scope("customers.view")
def get_member(request: HttpRequest, customer_id: int) -> Json:
    """One member: tier, what is missing for the next one, points and the newest entries."""
    return _whole(customer_by_id(customer_id).pk)


@router.post("/{int:customer_id}/points", response={201: Json, **ERRORS})
@scope("membership.edit", needs_key=True)
def adjust_points(request: HttpRequest, customer_id: int, body: PointsIn) -> Status[Json]:
    """Give a member points, or take some, and say why; the member reads it."""
    row = customer_by_id(customer_id)
    services.adjust_points(
        customer_id=row.pk,
        points=body.points,
        note=body.note,
        actor=actor_of(request),
        idempotency_key=f"api:{key_of(request)}",
    )
    answer_is_about(request, f"customer:{row.pk}")
    return Status(201, _whole(row.pk))


@router.put("/{int:customer_id}/tier", response={200: Json, **ERRORS})
@scope("membership.edit")
def set_tier(request: HttpRequest, customer_id: int, body: TierIn) -> Json:
    """Put a member into a tier (null: into none) until a moment or for good, unless a higher one is reached."""
    row = customer_by_id(customer_id)
    if body.until is not None and (body.until.tzinfo is None or body.until <= now()):
        raise InvalidInput(field="until")
    services.set_tier(
        customer_id=row.pk, tier_id=body.tier_id, reason=body.reason, until=body.until, actor=actor_of(request)
    )
    return _whole(row.pk)
