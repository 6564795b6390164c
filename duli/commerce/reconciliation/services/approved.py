"""Transfers that staff match by their own judgement: alone within their role's limit, above it once a second agrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from duli.base.money import Money
from duli.commerce.reconciliation.selectors import line_by_id, suggestions_for
from duli.commerce.reconciliation.services.matching import match
from duli.commerce.reconciliation.states import Confidence
from duli.commerce.reconciliation.types import Matched, Part
from duli.platform.accounts.approvals import Approved, approvable, needs_approval
from duli.platform.accounts.services import request_approval

MATCH = "reconciliation.match"


@approvable(MATCH, label=_("Transfer matched by hand"), permission="orders.payments", limit="refund")
def approved_match(intent: dict[str, Any], approved: Approved) -> None:
    parts = [Part(**part) for part in intent["parts"]]
    match(line_id=intent["line_id"], parts=parts, actor=approved.decided_by)


def staff_match(*, line_id: int, parts: Sequence[Part], actor: str) -> list[Matched] | None:
    """Match as `match` does, or, above the actor's limit, ask a second person: then None is returned.

    What the statement itself proves, by reference and amount, needs nobody's judgement. To call an order paid that was
    not is to give its goods away, so the limit is that of refunds.
    """
    line = line_by_id(line_id)
    value = Money(max(0, sum(part.minor for part in parts)), line.currency)
    if needs_approval(actor=actor, limit="refund", value=value) and not _is_sure(line_id, parts):
        request_approval(
            kind=MATCH,
            intent={"line_id": line_id, "parts": [asdict(part) for part in parts]},
            value=value,
            reference=f"order:{parts[0].order_id}" if parts else "",
            actor=actor,
        )
        return None
    return match(line_id=line_id, parts=parts, actor=actor)


def _is_sure(line_id: int, parts: Sequence[Part]) -> bool:
    line = line_by_id(line_id)
    best = next(iter(suggestions_for([line]).get(line_id, ())), None)
    if best is None or best.confidence != Confidence.SURE or len(parts) != 1:
        return False
    return (parts[0].order_id, parts[0].minor) == (best.order_id, best.due.minor)
