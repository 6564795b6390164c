"""What Stripe's objects say, as events. A payment is named by its PaymentIntent, however it was told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from duli.commerce.payments.gateway import GatewayEvent, GatewayEventKind
from duli.plugins.payment_stripe.amounts import from_stripe

ATTEMPT, REFUND = "attempt", "refund"
_DISPUTES: dict[str, GatewayEventKind] = {
    # An inquiry moves no money: the bank only asks, and a refund settles it.
    "warning_needs_response": "inquired",
    "warning_under_review": "inquired",
    "won": "dispute_won",
    "warning_closed": "dispute_won",
    "prevented": "dispute_won",
    "lost": "dispute_lost",
}
Object = Mapping[str, Any]


def token_of(thing: Object) -> str:
    """Return the attempt that an object says it belongs to, "" if it names none."""
    metadata = thing.get("metadata") or {}
    return str(metadata.get(ATTEMPT) or thing.get("client_reference_id") or "")


def name_of(value: Any) -> str:
    """Return the id of something that is named or told in full."""
    return str(value["id"]) if isinstance(value, Mapping) else str(value or "")


def card_of(charge: Any) -> dict[str, str]:
    """Return what may be kept of the card, or the name of another way to pay."""
    if not isinstance(charge, Mapping):
        return {}
    told = charge.get("payment_method_details") or {}
    method = str(told.get("type") or "")
    card = told.get("card")
    if method != "card" or not isinstance(card, Mapping):
        return {"method": method} if method else {}
    wallet = (card.get("wallet") or {}).get("type")
    found = {
        "method": str(wallet or method),
        "brand": str(card.get("brand") or ""),
        "last4": str(card.get("last4") or ""),
        "fingerprint": str(card.get("fingerprint") or ""),
    }
    if card.get("exp_month") and card.get("exp_year"):
        found["expiry"] = f"{int(card['exp_month']):02}/{int(card['exp_year']) % 100:02}"
    return {name: value for name, value in found.items() if value}


def intent_event(external_id: str, intent: Object, token: str = "") -> GatewayEvent | None:
    """Return what a PaymentIntent's status means, None while nothing is decided."""
    status = intent["status"]
    kind: GatewayEventKind
    if status == "succeeded":
        kind, minor = "captured", intent["amount_received"]
    elif status == "requires_capture":
        kind, minor = "authorised", intent["amount_capturable"]
    elif status == "canceled":
        return GatewayEvent(external_id, "closed", token or token_of(intent))
    else:
        return None
    return GatewayEvent(
        external_id=external_id,
        kind=kind,
        token=token or token_of(intent),
        amount=from_stripe(minor, intent["currency"]),
        transaction_id=str(intent["id"]),
        details=card_of(intent.get("latest_charge")),
    )


def session_event(external_id: str, session: Object) -> GatewayEvent | None:
    """Return what a Checkout Session says by itself; whether it was authorised only its PaymentIntent tells."""
    token = token_of(session)
    if session["status"] == "expired":
        return GatewayEvent(external_id, "closed", token)
    if session["status"] != "complete" or session["payment_status"] != "paid":
        return None
    return GatewayEvent(
        external_id=external_id,
        kind="captured",
        token=token,
        amount=from_stripe(session["amount_total"], session["currency"]),
        transaction_id=name_of(session["payment_intent"]),
    )


def failed(external_id: str, token: str, error: Any) -> GatewayEvent:
    """Return that a payment came to nothing for good."""
    code, message = problem_of(error)
    return GatewayEvent(external_id, "failed", token, error_code=code or "payment_failed", error_message=message)


def problem_of(error: Any) -> tuple[str, str]:
    """Return code and words of a payment error."""
    told = error if isinstance(error, Mapping) else {}
    return str(told.get("decline_code") or told.get("code") or ""), str(told.get("message") or "")


def charge_event(external_id: str, charge: Object) -> GatewayEvent | None:
    """Return what a charge says: taken, set aside, or refused by the bank (the shopper may try another card)."""
    token, details = token_of(charge), card_of(charge)
    if charge["status"] == "failed":
        code, message = str(charge.get("failure_code") or ""), str(charge.get("failure_message") or "")
        return GatewayEvent(external_id, "ignored", token, error_code=code, error_message=message, details=details)
    if charge["status"] != "succeeded":
        return None
    captured = bool(charge["captured"])
    return GatewayEvent(
        external_id=external_id,
        kind="captured" if captured else "authorised",
        token=token,
        amount=from_stripe(charge["amount_captured"] if captured else charge["amount"], charge["currency"]),
        transaction_id=name_of(charge.get("payment_intent")),
        details=details,
    )


def refund_event(external_id: str, refund: Object, token: str) -> GatewayEvent | None:
    """Return what a refund says, None while it is under way."""
    kind: GatewayEventKind
    if refund["status"] == "succeeded":
        kind = "refunded"
    elif refund["status"] in {"failed", "canceled"}:
        kind = "refund_failed"
    else:
        return None
    return GatewayEvent(
        external_id=external_id,
        kind=kind,
        token=token,
        amount=from_stripe(refund["amount"], refund["currency"]),
        transaction_id=str(refund["id"]),
        error_code=str(refund.get("failure_reason") or ""),
    )


def dispute_event(external_id: str, dispute: Object, token: str) -> GatewayEvent:
    """Return where a dispute stands and until when it may be answered."""
    due = (dispute.get("evidence_details") or {}).get("due_by")
    return GatewayEvent(
        external_id=external_id,
        kind=_DISPUTES.get(str(dispute["status"]), "disputed"),
        token=token,
        amount=from_stripe(dispute["amount"], dispute["currency"]),
        transaction_id=str(dispute["id"]),
        error_code=str(dispute.get("reason") or ""),
        respond_by=datetime.fromtimestamp(int(due), UTC) if due else None,
    )
