"""Drafts that give much away: within a role's limit they leave at once, above it once a second person agrees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from duli.commerce.checkout.selectors import draft_view
from duli.commerce.checkout.services.drafts import place_draft, send_draft
from duli.commerce.checkout.types import DraftChanged, DraftView
from duli.commerce.orders.models import Order
from duli.platform.accounts.approvals import Approved, approvable, needs_approval
from duli.platform.accounts.services import request_approval

SEND = "checkout.send_draft"
PLACE = "checkout.place_draft"


def _check(intent: dict[str, Any]) -> None:
    if draft_view(intent["draft_id"]).reduction > Decimal(intent["reduction"]):
        raise DraftChanged()


@approvable(SEND, label=_("Link to pay a draft"), permission="orders.manage", limit="discount")
def approved_send(intent: dict[str, Any], approved: Approved) -> None:
    _check(intent)
    send_draft(draft_id=intent["draft_id"], actor=approved.decided_by)


@approvable(PLACE, label=_("Order from a draft"), permission="orders.manage", limit="discount")
def approved_place(intent: dict[str, Any], approved: Approved) -> None:
    _check(intent)
    place_draft(draft_id=intent["draft_id"], method_code=intent["method_code"], actor=approved.decided_by)


def _waits(view: DraftView, kind: str, actor: str, **more: str) -> bool:
    if not needs_approval(actor=actor, limit="discount", value=view.reduction):
        return False
    request_approval(
        kind=kind,
        intent={"draft_id": view.id, "reduction": str(view.reduction), **more},
        value=view.reduction,
        reference=f"draft:{view.id}",
        note=view.discount_reason,
        actor=actor,
    )
    return True


def staff_send_draft(*, draft_id: int, actor: str) -> bool:
    """Send the link as `send_draft` does; False if its discount waits for a second person."""
    if _waits(draft_view(draft_id), SEND, actor):
        return False
    send_draft(draft_id=draft_id, actor=actor)
    return True


def staff_place_draft(*, draft_id: int, method_code: str, actor: str) -> Order | None:
    """Make the order as `place_draft` does; None if its discount waits for a second person."""
    if _waits(draft_view(draft_id), PLACE, actor, method_code=method_code):
        return None
    return place_draft(draft_id=draft_id, method_code=method_code, actor=actor)
