"""Stripe's official SDK judges both sides: it verifies what the stand-in signs, signs what the plugin verifies, and
drives the stand-in as it drives Stripe."""

from __future__ import annotations

import json

import pytest

from duli.commerce.payments.gateway import GatewayConfig, InvalidSignature, WebhookMessage
from duli.plugins.payment_stripe.client import API_VERSION
from duli.plugins.payment_stripe.gateway import stripe
from sandbox.stripe.app import signature
from tests.judges.asking import ask
from tests.plugins.stripe import KEY, WEBHOOK_SECRET, StripeProvider

PAYLOAD = json.dumps(
    {
        "id": "evt_sdk",
        "object": "event",
        "type": "payment_intent.succeeded",
        "livemode": True,
        "data": {
            "object": {
                "id": "pi_sdk",
                "status": "succeeded",
                "amount_received": 12900,
                "currency": "cny",
                "metadata": {"attempt": "词"},
            }
        },
    },
    ensure_ascii=False,
)


def test_the_sdk_and_both_of_our_sides_agree() -> None:
    provider = StripeProvider(events=("*",))
    intent = provider.ledger.create_intent({"amount": "500", "currency": "usd"}, livemode=True)
    provider.ledger.confirm(intent, method="card", number="4242424242424242")
    told = provider.outbox.take()
    messages = [{"body": body.decode(), "header": headers["Stripe-Signature"]} for body, headers in told]
    true = messages[0]
    stamp = int(provider.store.clock())
    rotated = signature(["whsec_next", WEBHOOK_SECRET], stamp, true["body"].encode())
    judged = [
        *messages,
        {"body": true["body"], "header": rotated},
        {"body": true["body"] + " ", "header": true["header"]},
        {"body": true["body"], "header": signature(["whsec_other"], stamp, true["body"].encode())},
        {"body": true["body"], "header": signature([WEBHOOK_SECRET], stamp - 301, true["body"].encode())},
    ]
    question = {
        "secret": WEBHOOK_SECRET,
        "messages": judged,
        "payload": PAYLOAD,
        "url": provider.url,
        "key": KEY,
    }
    answer = ask("stripe", "stripe_sdk", question)
    names = [json.loads(body)["type"] for body, _ in told]
    assert answer["verdicts"] == [*names, names[0], "", "", ""]
    assert answer["version"] == API_VERSION
    config = GatewayConfig("stripe", {"webhook_secret": WEBHOOK_SECRET, "secret_key": KEY})
    body = PAYLOAD.encode()
    [event] = stripe.parse_webhook(WebhookMessage(body, {"stripe-signature": answer["signed"]}), config)
    assert (event.kind, event.token, event.transaction_id) == ("captured", "词", "pi_sdk")
    with pytest.raises(InvalidSignature):
        stripe.parse_webhook(WebhookMessage(body + b"\n", {"stripe-signature": answer["signed"]}), config)
    driven = answer["driven"]
    assert driven["same"]
    assert driven["amount"] == 12900
    assert driven["status"] == ["open", "expired", "canceled"]
    assert driven["errors"] == [
        "IdempotencyError",
        "InvalidRequestError",
        "AuthenticationError",
        "InvalidRequestError",
    ]
    assert driven["listed"] == [True]
    assert driven["account"] == "acct_practice"
    assert driven["events"][0] == "checkout.session.expired"
