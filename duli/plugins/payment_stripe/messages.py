"""Stripe's messages, as events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from duli.commerce.payments.gateway import GatewayEvent
from duli.plugins.payment_stripe import reading


def event_of(told: Mapping[str, Any], token_at: Callable[[str], str]) -> GatewayEvent:
    """Read a message that was verified; `token_at` finds the attempt of a PaymentIntent.

    KeyError, TypeError, ValueError if it is none of Stripe's.
    """
    name, kind, thing = str(told["id"]), str(told["type"]), told["data"]["object"]
    if told["object"] != "event" or not isinstance(thing, Mapping):
        raise ValueError("not an event")
    event = _read(name, kind, thing, token_at)
    if event is None or not event.token:
        # Other things are paid through the same account perhaps: what does not name one of our attempts is not ours.
        return GatewayEvent(name, "ignored", reading.token_of(thing))
    if told.get("account"):
        # Of an account that is connected to ours: its money is not ours.
        event = GatewayEvent(
            event.external_id, event.kind, event.token, event.amount, event.transaction_id, account_matches=False
        )
    return event


def _read(name: str, kind: str, thing: reading.Object, token_at: Callable[[str], str]) -> GatewayEvent | None:
    if kind == "checkout.session.async_payment_failed":
        return reading.failed(name, reading.token_of(thing), None)
    if kind.startswith("checkout.session."):
        return reading.session_event(name, thing)
    if kind.startswith("payment_intent."):
        # Its charge is only named here; the charge's own message has the card.
        return reading.intent_event(name, thing)
    if kind in {"charge.succeeded", "charge.captured", "charge.failed"}:
        return reading.charge_event(name, thing)
    if kind.startswith("refund."):
        token = reading.token_of(thing) or token_at(reading.name_of(thing.get("payment_intent")))
        return reading.refund_event(name, thing, token)
    if kind.startswith("charge.dispute."):
        return reading.dispute_event(name, thing, token_at(reading.name_of(thing.get("payment_intent"))))
    return None
