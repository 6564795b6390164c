"""PayPal's messages, as events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from duli.commerce.payments.gateway import GatewayEvent, GatewayRefused, GatewayUnavailable
from duli.plugins.payment_paypal import reading
from duli.plugins.payment_paypal.client import Account, KeyRefused, call


def event_of(told: Mapping[str, Any], account: Account) -> GatewayEvent:
    """Read a message that was verified. KeyError, TypeError, ValueError if it is none of PayPal's."""
    name, kind, thing = str(told["id"]), str(told["event_type"]), told["resource"]
    if not isinstance(thing, Mapping):
        raise ValueError("not an event")
    event = _read(name, kind, thing, account)
    if event is None or not event.token:
        # Other things are paid through the same account perhaps: what does not name one of our attempts is not ours.
        return GatewayEvent(name, "ignored", reading.token_of(thing))
    return event


def _read(name: str, kind: str, thing: reading.Object, account: Account) -> GatewayEvent | None:
    token, ours = reading.token_of(thing), reading.belongs(thing, account)
    match kind.split("."):
        case ["CHECKOUT", "ORDER" | "PAYMENT-APPROVAL", _]:
            # Approved, or taken back because it was not captured in time: the order itself says how it stands.
            return GatewayEvent(name, "changed", token)
        case ["PAYMENT", "CAPTURE", "REFUNDED"] | ["PAYMENT", "REFUND", _]:
            return reading.refund_event(name, thing, token or _token_of_capture(account, _parent(thing)))
        case ["PAYMENT", "CAPTURE", "REVERSED"]:
            # The bank or PayPal took it back without asking.
            amount = reading.from_paypal(thing["amount"])
            return GatewayEvent(name, "dispute_lost", token, amount, str(thing["id"]), error_code="REVERSED")
        case ["PAYMENT", "CAPTURE", _]:
            return reading.capture_event(name, thing, token, ours)
        case ["PAYMENT", "AUTHORIZATION", _]:
            return reading.authorisation_event(name, thing, token, ours)
        case ["CUSTOMER", "DISPUTE", _]:
            transaction = thing["disputed_transactions"][0]
            named = str(transaction.get("custom") or "")
            capture = str(transaction.get("seller_transaction_id") or "")
            return reading.dispute_event(name, thing, named or _token_of_capture(account, capture))
    return None


def _parent(thing: reading.Object) -> str:
    """Return the capture that a refund belongs to, as its links say."""
    for link in thing.get("links") or ():
        if link.get("rel") == "up":
            return str(link["href"]).rsplit("/", 1)[-1]
    return ""


def _token_of_capture(account: Account, capture: str) -> str:
    """Ask which attempt a capture belongs to, "" if it is none of ours."""
    if not capture.isalnum():
        return ""
    try:
        return reading.token_of(call(account, "GET", f"/v2/payments/captures/{capture}"))
    except KeyRefused as error:
        raise GatewayUnavailable() from error
    except GatewayRefused:
        return ""
