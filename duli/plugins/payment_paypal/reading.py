"""What PayPal's orders, captures, refunds and disputes say, as events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from duli.commerce.payments.gateway import GatewayEvent, GatewayEventKind
from duli.plugins.payment_paypal.client import Account, from_paypal

# What we have closed carries this before its name at PayPal: even if the shopper still approves it, it is not taken.
CLOSED = "closed:"
Object = Mapping[str, Any]
_CAPTURES: dict[str, GatewayEventKind] = {
    "COMPLETED": "captured",
    "PARTIALLY_REFUNDED": "captured",
    "REFUNDED": "captured",
    "DECLINED": "failed",
    "FAILED": "failed",
}
_AUTHORISATIONS: dict[str, GatewayEventKind] = {
    "CREATED": "authorised",
    "VOIDED": "closed",
    "EXPIRED": "closed",
    "DENIED": "failed",
}
_REFUNDS: dict[str, GatewayEventKind] = {
    "COMPLETED": "refunded",
    "FAILED": "refund_failed",
    "CANCELLED": "refund_failed",
}
# The payer got the money back; PayPal's other outcomes leave it with the shop.
_LOST = {"RESOLVED_BUYER_FAVOUR", "ACCEPTED", "RESOLVED_AGAINST_SELLER"}


def token_of(thing: Object) -> str:
    """Return the attempt that an order, capture or refund belongs to, "" if it names none."""
    units = thing.get("purchase_units")
    named = units[0] if isinstance(units, list) and units else thing
    return str(named.get("custom_id") or "").removeprefix(CLOSED)


def is_closed(order: Object) -> bool:
    """Whether we have closed it."""
    return str(order["purchase_units"][0].get("custom_id") or "").startswith(CLOSED)


def payments_of(order: Object, kind: str) -> list[Any]:
    """Return an order's captures, authorizations or refunds."""
    return list((order["purchase_units"][0].get("payments") or {}).get(kind) or ())


def order_events(order: Object, account: Account) -> Iterator[GatewayEvent]:
    """Yield all that an order says, under ids that are the same each time."""
    token = token_of(order)
    ours = belongs(order["purchase_units"][0], account)
    authorisations, captures = payments_of(order, "authorizations"), payments_of(order, "captures")
    for authorisation in authorisations:
        event = authorisation_event(
            f"query:{authorisation['id']}:{authorisation['status']}", authorisation, token, ours
        )
        if event is not None:
            yield event
    for capture in captures:
        event = capture_event(f"query:{capture['id']}:{_settled(capture)}", capture, token, ours)
        if event is not None:
            yield event
    for refund in payments_of(order, "refunds"):
        event = refund_event(f"query:{refund['id']}:{refund['status']}", refund, token)
        if event is not None:
            yield event
    if order["status"] == "VOIDED" or (is_closed(order) and not captures and not authorisations):
        yield GatewayEvent(f"query:{order['id']}:closed", "closed", token)


def _settled(capture: Object) -> str:
    """Captured stays captured, whatever goes back later."""
    return "COMPLETED" if _CAPTURES.get(capture["status"]) == "captured" else str(capture["status"])


def belongs(thing: Object, account: Account) -> bool:
    """Whether the money went to our account; true where either side does not say."""
    payee = (thing.get("payee") or {}).get("merchant_id")
    return not payee or not account.merchant_id or payee == account.merchant_id


def capture_event(external_id: str, capture: Object, token: str, ours: bool) -> GatewayEvent | None:
    """Return what a capture says, None while PayPal examines it."""
    kind = _CAPTURES.get(str(capture["status"]))
    if kind is None:
        return None
    failed = kind == "failed"
    return GatewayEvent(
        external_id=external_id,
        kind=kind,
        token=token,
        amount=None if failed else from_paypal(capture["amount"]),
        transaction_id=str(capture["id"]),
        account_matches=ours,
        error_code=str((capture.get("status_details") or {}).get("reason") or capture["status"]) if failed else "",
        details={"method": "paypal"},
    )


def authorisation_event(external_id: str, authorisation: Object, token: str, ours: bool) -> GatewayEvent | None:
    """Return what an authorisation says; once it is captured, the capture speaks."""
    kind = _AUTHORISATIONS.get(str(authorisation["status"]))
    if kind is None:
        return None
    return GatewayEvent(
        external_id=external_id,
        kind=kind,
        token=token,
        amount=from_paypal(authorisation["amount"]) if kind == "authorised" else None,
        transaction_id=str(authorisation["id"]),
        account_matches=ours,
        error_code=str(authorisation["status"]) if kind == "failed" else "",
    )


def refund_event(external_id: str, refund: Object, token: str) -> GatewayEvent | None:
    """Return what a refund says, None while it is under way."""
    kind = _REFUNDS.get(str(refund["status"]))
    if kind is None:
        return None
    return GatewayEvent(external_id, kind, token, from_paypal(refund["amount"]), str(refund["id"]))


def dispute_event(external_id: str, dispute: Object, token: str) -> GatewayEvent:
    """Return where a dispute stands and until when it may be answered."""
    # Until the payer makes a claim of it, the two only talk, and a refund settles it.
    stage = str(dispute.get("dispute_life_cycle_stage") or "")
    kind: GatewayEventKind = "inquired" if stage == "INQUIRY" else "disputed"
    if dispute["status"] == "RESOLVED":
        outcome = str((dispute.get("dispute_outcome") or {}).get("outcome_code") or "")
        # What the seller gave back while the two talked is told as a refund.
        kind = "dispute_lost" if outcome in _LOST and stage != "INQUIRY" else "dispute_won"
    due = dispute.get("seller_response_due_date")
    return GatewayEvent(
        external_id=external_id,
        kind=kind,
        token=token,
        amount=from_paypal(dispute["dispute_amount"]),
        transaction_id=str(dispute["dispute_id"]),
        error_code=str(dispute.get("reason") or ""),
        respond_by=datetime.fromisoformat(str(due)) if due else None,
    )
