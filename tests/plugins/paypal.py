"""PayPal's stand-in, and a shopper in front of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx2

from duli.commerce.payments import services
from duli.commerce.payments.gateway import Redirect, Step
from duli.commerce.payments.models import PaymentCollection
from duli.platform.store.changes import reset_caches
from sandbox.kit.store import Store
from sandbox.paypal.app import create_app
from sandbox.paypal.authority import authority
from sandbox.paypal.ledger import MERCHANT
from tests.plugins.stand_ins import NOBODY, Message, Outbox, browser, changed, put

SECRET, WEBHOOK_ID = "the secret of the app", "8PT597110X687430LKGECATA"


class PayPalProvider:
    """`offset` moves the stand-in's clock forward, in seconds. `pay` approves and takes, as if the shop had asked."""

    def __init__(self, **settings: str) -> None:
        self.offset = 0.0
        self.settings = settings
        self.store = Store(":memory:", lambda: time.time() + self.offset)

        def make(url: str) -> Any:
            self.app = create_app(
                client_id="client",
                client_secret=SECRET,
                webhook_id=WEBHOOK_ID,
                public_url=url,
                webhook_url="https://shop.example/hook",
                store=self.store,
            )
            return self.app

        self.url = put(make)
        self.ledger = self.app.ledger
        self.ledger.notify = lambda: None
        self.outbox = Outbox(self.store, self.app.headers)

    def values(self, base_url: str = "") -> dict[str, str]:
        return {
            "base_url": base_url or self.url,
            "client_id": "client",
            "client_secret": SECRET,
            "webhook_id": WEBHOOK_ID,
            "merchant_id": MERCHANT,
            "authority": authority().root.decode(),
            **self.settings,
        }

    def order(self, step: Step) -> dict[str, Any]:
        assert isinstance(step, Redirect)
        return self.store.get("order", step.url.rpartition("=")[2]) or {}

    def approve(self, step: Step, behaviour: str = "") -> httpx2.Response:
        assert isinstance(step, Redirect)
        return browser().post(step.url, data={"behaviour": behaviour})

    def pay(self, collection: PaymentCollection, step: Step) -> None:
        self._take(step, "")

    def decline(self, step: Step) -> None:
        self._take(step, "declined")

    def pay_slowly(self, step: Step) -> None:
        self._take(step, "pending")
        self.outbox.take()

    def abandon(self, step: Step) -> None:
        """Nobody approves; PayPal forgets it after three hours."""
        self.offset += 3 * 3600 + 1

    def _take(self, step: Step, behaviour: str) -> None:
        assert self.approve(step, behaviour).status_code == 303
        order = self.order(step)
        self.outbox.take()
        self.ledger.take(order["id"], authorize=order["intent"] == "AUTHORIZE")

    def settle(self) -> None:
        self.offset += 60
        self.ledger.tick()

    def messages(self, count: int) -> list[Message]:
        found = self.outbox.take()
        assert len(found) == count
        return found

    def books(self) -> list[tuple[str, str, int]]:
        taken = [
            entry for entry in self.store.all("capture") if entry.get("status") not in {None, "DECLINED", "PENDING"}
        ]
        token = {entry["id"]: str(entry["custom_id"]).removeprefix("closed:") for entry in taken}
        back = [entry for entry in self.store.all("refund") if entry["status"] == "COMPLETED"]
        return [
            *(("captured", token[entry["id"]], _minor(entry)) for entry in taken),
            *(("refunded", token[entry["_capture"]], _minor(entry)) for entry in back),
        ]

    def sign(self, body: bytes) -> Message:
        return body, self.app.headers({"id": "transmission"}, body)

    def signed(self, message: Message, **changes: Any) -> Message:
        return self.sign(changed(message, lambda data: _change(data["resource"], changes)))

    def stale(self, message: Message) -> Message:
        """PayPal sends for three days and marks each message with its moment: another moment is another message."""
        return message[0], {**message[1], "PAYPAL-TRANSMISSION-TIME": "2020-01-01T00:00:00Z"}

    def is_payable(self, step: Step) -> bool:
        """Whether the shop would still take it: PayPal's page cannot be closed."""
        order = self.order(step)
        named = order["purchase_units"][0]["custom_id"]
        return order["status"] == "PAYER_ACTION_REQUIRED" and not named.startswith("closed:")

    def go_away(self) -> None:
        self._move(NOBODY)

    def come_back(self) -> None:
        self._move(self.url)

    def _move(self, base_url: str) -> None:
        services.save_gateway(code="paypal", enabled=True, values=self.values(base_url))
        reset_caches()


def _minor(entry: Mapping[str, Any]) -> int:
    return int(Decimal(entry["amount"]["value"]) * 100)


def _change(resource: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        match name:
            case "amount":
                resource["amount"]["value"] = f"{value / 100:.2f}"
            case "currency":
                resource["amount"]["currency_code"] = value
            case "merchant":
                resource["payee"] = {"merchant_id": value}
            case "reference":
                resource["custom_id"] = value
