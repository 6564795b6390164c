"""Where an attempt stands at Stripe: its Checkout Session, its PaymentIntent, or both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from duli.base.clock import now
from duli.commerce.payments.gateway import AttemptRef, GatewayEvent, GatewayUnavailable
from duli.plugins.payment_stripe import reading
from duli.plugins.payment_stripe.client import Account, call, pages

SESSIONS, INTENTS = "/v1/checkout/sessions", "/v1/payment_intents"
# A session lives for a day at most, and an attempt is closed sooner: what is older needs not be looked for.
_REMEMBERED = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Standing:
    """`intent` carries its charge in full; a session has none before the shopper tries to pay."""

    token: str
    session: dict[str, Any] | None
    intent: dict[str, Any] | None

    @property
    def status(self) -> str:
        """Return the payment's own status, "" before there is one."""
        return str(self.intent["status"]) if self.intent else ""

    @property
    def is_payable(self) -> bool:
        """Whether a shopper can still do something about it."""
        if self.session is not None:
            return bool(self.session["status"] == "open")
        return self.status in {"requires_payment_method", "requires_confirmation", "requires_action"}


@contextmanager
def readable() -> Iterator[None]:
    """What cannot be read says nothing: the provider is asked again."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise GatewayUnavailable() from error


def standing_of(account: Account, attempt: AttemptRef) -> Standing | None:
    """Ask Stripe about an attempt; None if our request never arrived there."""
    name = attempt.external_id or found(account, attempt.token)
    if not name:
        return None
    with readable():
        if name.startswith("pi_"):
            intent = call(account, "GET", f"{INTENTS}/{name}", {"expand": ["latest_charge"]})
            return Standing(attempt.token, None, intent)
        session = call(account, "GET", f"{SESSIONS}/{name}", {"expand": ["payment_intent.latest_charge"]})
        intent = session["payment_intent"]
        return Standing(attempt.token, session, intent if isinstance(intent, dict) else None)


def found(account: Account, token: str) -> str:
    """Look among the latest sessions and payments for one that we asked for under `token`; "" if there is none.

    Lists are complete at once, where Stripe's search lags behind by a minute.
    """
    since = {"created": {"gte": int((now() - _REMEMBERED).timestamp())}}
    for path in (SESSIONS, INTENTS):
        for entry in pages(account, path, since):
            if reading.token_of(entry) == token:
                return str(entry["id"])
    return ""


def events_of(account: Account, standing: Standing) -> tuple[GatewayEvent, ...]:
    """Return all that Stripe says of an attempt, its refunds and disputes, under ids that are the same each time."""
    session, intent, token = standing.session, standing.intent, standing.token
    with readable():
        events: list[GatewayEvent | None] = []
        if intent is not None:
            events.append(reading.intent_event(f"query:{intent['id']}:{intent['status']}", intent, token))
        if session is not None and (intent is None or session["status"] == "expired"):
            events.append(reading.session_event(f"query:{session['id']}:{session['status']}", session))
        if session is not None and session["status"] == "complete" and standing.status == "requires_payment_method":
            # A slow way to pay came to nothing after the shopper had left the page: it cannot be paid any more.
            assert intent is not None
            events.append(reading.failed(f"query:{session['id']}:failed", token, intent.get("last_payment_error")))
        if intent is not None and standing.status == "succeeded":
            events += _afterwards(account, intent, token)
        return tuple(event for event in events if event)


def _afterwards(account: Account, intent: dict[str, Any], token: str) -> Iterator[GatewayEvent | None]:
    of_it = {"payment_intent": intent["id"]}
    for refund in pages(account, "/v1/refunds", of_it):
        yield reading.refund_event(f"query:{refund['id']}:{refund['status']}", refund, token)
    charge = intent.get("latest_charge")
    if isinstance(charge, dict) and charge.get("disputed"):
        for dispute in pages(account, "/v1/disputes", of_it):
            yield reading.dispute_event(f"query:{dispute['id']}:{dispute['status']}", dispute, token)
