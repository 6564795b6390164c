"""Stripe's signature and messages, without a server."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.base.clock import now
from duli.base.money import Money
from duli.base.setup_fields import FormerSecret
from duli.commerce.payments.gateway import (
    GatewayConfig,
    GatewayEvent,
    InvalidSignature,
    MalformedWebhook,
    WebhookMessage,
)
from duli.plugins.payment_stripe.amounts import from_stripe, to_stripe
from duli.plugins.payment_stripe.gateway import stripe
from sandbox.stripe.app import signature

pytestmark = pytest.mark.one_database

OLD, NEW = "whsec_old", "whsec_new"
CONFIG = GatewayConfig(
    "stripe",
    {"webhook_secret": NEW, "secret_key": "sk_live_x"},
    replaced={"webhook_secret": (FormerSecret(OLD, now() + timedelta(days=1)),)},
)


def message(*, secrets: list[str], age: int = 0, header: str = "", **changes: Any) -> WebhookMessage:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "livemode": True,
        "data": {
            "object": {
                "id": "pi_1",
                "status": "succeeded",
                "amount_received": 12900,
                "currency": "cny",
                "metadata": {"attempt": "token"},
            }
        },
        **changes,
    }
    body = json.dumps(event).encode()
    return WebhookMessage(body, {"stripe-signature": header or signature(secrets, int(time.time()) - age, body)})


def read(given: WebhookMessage, config: GatewayConfig = CONFIG) -> GatewayEvent:
    [event] = stripe.parse_webhook(given, config)
    return event


def test_a_former_secret_ends() -> None:
    over = replace(CONFIG, replaced={"webhook_secret": (FormerSecret(OLD, now() - timedelta(seconds=1)),)})
    assert read(message(secrets=[NEW]), over).kind == "captured"
    with pytest.raises(InvalidSignature):
        read(message(secrets=[OLD]), over)


@pytest.mark.parametrize("secrets", [[NEW], [OLD], ["whsec_other", NEW], [OLD, NEW]])
def test_any_signature_under_any_secret_that_was_in_use_lately(secrets: list[str]) -> None:
    event = read(message(secrets=secrets))
    assert (event.kind, event.token, event.amount) == ("captured", "token", Money(12900, "CNY"))
    assert event.transaction_id == "pi_1"


@pytest.mark.parametrize("age", [301, 86400, -301, -86400])
def test_neither_old_nor_from_the_future(age: int) -> None:
    with pytest.raises(InvalidSignature):
        read(message(secrets=[NEW], age=age))


@pytest.mark.parametrize("age", [299, -290])
def test_clocks_may_differ_a_little(age: int) -> None:
    assert read(message(secrets=[NEW], age=age)).kind == "captured"


@pytest.mark.parametrize(
    "header",
    ["t=1", "v1=abc", "t=,v1=", "t=x,v1=abc", "t=99999999999999999999,v1=a", "t=１,v1=a", ",,,", "=", "t=1,v0=é"],
)
def test_headers_that_make_no_sense(header: str) -> None:
    with pytest.raises(InvalidSignature):
        read(message(secrets=[NEW], header=header))


def test_other_schemes_and_unset_secrets_are_not_believed() -> None:
    true = message(secrets=[NEW])
    header = true.headers["stripe-signature"].replace("v1=", "v0=")
    with pytest.raises(InvalidSignature):
        read(WebhookMessage(true.body, {"stripe-signature": header}))
    with pytest.raises(InvalidSignature):
        read(message(secrets=[""]), GatewayConfig("stripe", {"webhook_secret": ""}))


def test_other_mode_is_not_believed() -> None:
    with pytest.raises(InvalidSignature):
        read(message(secrets=[NEW], livemode=False))
    with pytest.raises(InvalidSignature):
        read(message(secrets=[NEW]), GatewayConfig("stripe", CONFIG.values, test_mode=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"data": None},
        {"data": {"object": []}},
        {"object": "thing"},
        {"id": None, "data": {"object": {"status": "succeeded"}}},
        {"data": {"object": {"id": "pi", "status": "succeeded", "amount_received": 1.5, "currency": "cny"}}},
        {"data": {"object": {"id": "pi", "status": "succeeded", "amount_received": 1, "currency": "zzz"}}},
    ],
)
def test_signed_nonsense(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedWebhook):
        read(message(secrets=[NEW], **changes))


def test_payments_that_are_not_ours_are_only_noted() -> None:
    foreign = {"id": "pi_2", "status": "succeeded", "amount_received": 1, "currency": "cny", "metadata": {}}
    assert read(message(secrets=[NEW], data={"object": foreign})).kind == "ignored"
    assert read(message(secrets=[NEW], type="customer.created", data={"object": {"id": "cus_1"}})).kind == "ignored"


def test_money_of_a_connected_account_is_not_ours() -> None:
    event = read(message(secrets=[NEW], account="acct_other"))
    assert (event.kind, event.account_matches) == ("captured", False)


@given(st.integers(0, 10**12), st.sampled_from(["CNY", "USD", "JPY", "KWD", "ISK", "UGX", "HUF", "TWD", "VND"]))
def test_amounts_come_back_as_they_went(minor: int, currency: str) -> None:
    amount = Money(minor - minor % 10 if currency == "KWD" else minor, currency)
    assert from_stripe(to_stripe(amount), currency.lower()) == amount


def test_stripes_own_smallest_units() -> None:
    assert [to_stripe(Money(5, code)) for code in ("USD", "JPY", "ISK", "UGX")] == [5, 5, 500, 500]
    with pytest.raises(ValueError, match="last digit"):
        to_stripe(Money(1234, "KWD"))
    for odd in (True, 1.0, "1", None):
        with pytest.raises(ValueError, match="units"):
            from_stripe(odd, "usd")
