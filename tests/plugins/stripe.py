"""Stripe's stand-in, and a shopper in front of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

from duli.commerce.payments import services
from duli.commerce.payments.gateway import Redirect, Step
from duli.commerce.payments.models import PaymentCollection
from duli.platform.store.changes import reset_caches
from sandbox.kit.store import Store
from sandbox.stripe.app import create_app, signature
from sandbox.stripe.terms import Endpoint
from tests.plugins.stand_ins import NOBODY, Message, Outbox, browser, changed, put

KEY, WEBHOOK_SECRET = "sk_live_shop", "whsec_shop"
# One message for each thing that happens; the shop itself asks for more (the card, each refusal).
DECISIVE = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "refund.created",
    "refund.updated",
    "charge.dispute.created",
    "charge.dispute.closed",
)


class StripeProvider:
    """`offset` moves the stand-in's clock forward, in seconds."""

    card = "4242424242424242"

    def __init__(self, events: Sequence[str] = DECISIVE, code: str = "stripe", **settings: str) -> None:
        self.offset = 0.0
        self.code = code
        self.settings = settings
        self.store = Store(":memory:", lambda: time.time() + self.offset)

        def make(url: str) -> Any:
            self.app = create_app(
                keys=[KEY, "sk_test_shop"],
                public_url=url,
                endpoints=[Endpoint("https://shop.example/hook", (WEBHOOK_SECRET,), tuple(events))],
                store=self.store,
            )
            return self.app

        self.url = put(make)
        self.ledger = self.app.ledger
        self.ledger.notify = lambda: None
        self.outbox = Outbox(self.store, self.app.headers)

    def values(self, base_url: str = "") -> dict[str, str]:
        secrets = {"secret_key": KEY, "webhook_secret": WEBHOOK_SECRET}
        return {"base_url": base_url or self.url, **secrets, **self.settings}

    def post(self, step: Step, action: str = "", **form: str) -> httpx2.Response:
        assert isinstance(step, Redirect)
        return browser().post(step.url + action, data=form)

    def pay(self, collection: PaymentCollection, step: Step) -> None:
        assert self.post(step, test_card=self.card).status_code == 303

    def decline(self, step: Step) -> None:
        """A refused card leaves Stripe's page open for another; a bank debit that bounces is the end."""
        assert self.post(step, method="sepa_debit_fails").status_code == 303
        self.outbox.take()
        self.settle()

    def abandon(self, step: Step) -> None:
        """Nobody pays for a day. (Who only goes back finds the same page again.)"""
        self.offset += 86401
        self.ledger.tick()

    def pay_slowly(self, step: Step) -> None:
        assert self.post(step, method="sepa_debit").status_code == 303
        self.outbox.take()

    def settle(self) -> None:
        self.offset += 60
        self.ledger.tick()

    def messages(self, count: int) -> list[Message]:
        found = self.outbox.take()
        assert len(found) == count
        return found

    def books(self) -> list[tuple[str, str, int]]:
        intents = {entry["id"]: entry for entry in self.store.all("payment_intent")}
        back = [entry for entry in self.store.all("refund") if entry["status"] == "succeeded"]
        return [
            *(
                ("captured", intent["metadata"]["attempt"], intent["amount_received"])
                for intent in intents.values()
                if intent["amount_received"]
            ),
            *(("refunded", intents[entry["payment_intent"]]["metadata"]["attempt"], entry["amount"]) for entry in back),
        ]

    def signed(self, message: Message, **changes: Any) -> Message:
        return self.sign(changed(message, lambda data: _change(data, changes)))

    def sign(self, body: bytes, *, age: int = 0) -> Message:
        return body, {"Stripe-Signature": signature([WEBHOOK_SECRET], int(time.time()) - age, body)}

    def stale(self, message: Message) -> Message:
        return self.sign(message[0], age=301)

    def is_payable(self, step: Step) -> bool:
        assert isinstance(step, Redirect)
        return browser().get(step.url).status_code == 200

    def go_away(self) -> None:
        self._move(NOBODY)

    def come_back(self) -> None:
        self._move(self.url)

    def _move(self, base_url: str) -> None:
        services.save_gateway(code=self.code, enabled=True, values=self.values(base_url))
        reset_caches()


def _change(data: dict[str, Any], changes: Mapping[str, Any]) -> None:
    thing = data["data"]["object"]
    for name, value in changes.items():
        match name:
            case "amount":
                for field in ("amount_total", "amount_received"):
                    if field in thing:
                        thing[field] = value
            case "currency":
                thing["currency"] = str(value).lower()
            case "merchant":
                data["account"] = value
            case "reference":
                thing["metadata"] = {"attempt": value}
                thing["client_reference_id"] = value
