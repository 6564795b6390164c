"""What the practice wallets have in common when a test moves them: one server for all, a wallet for each test."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import httpx2
import pytest

from duli.commerce.payments import selectors, services
from duli.commerce.payments.gateway import Failed, Redirect, ShowQR, Step
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.payments.states import AttemptState, CollectionState
from duli.platform.store.changes import reset_caches
from duli.plugins.outward import client
from sandbox.kit.wsgi import QuietHandler, Server
from sandbox.wallet.store import Store
from tests.plugins.gateway_conformance import HostedProvider, Message, Movement, ProviderConformance

_FORM = re.compile(r'<form method="post" action="([^"]+)"')
# Port 9 (discard) of loopback: nobody listens there.
NOBODY = "http://127.0.0.1:9"


@lru_cache(maxsize=8)
def server_of(code: str) -> Server:
    """Return the one server of this process for a wallet; it ends with the process."""
    server = Server(("127.0.0.1", 0), QuietHandler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


class WalletProvider:
    """A wallet on a loopback port. `offset` moves its clock forward, in seconds; `sent` is what it told the shop."""

    code: str
    # What the merchant answers so that a message is not sent again.
    reply: tuple[int, bytes] = (200, b"success")

    def __init__(self, **options: Any) -> None:
        self.offset = 0.0
        self.sent: list[Message] = []
        self.server = server_of(self.code)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.options = options
        self.app = self.make(Store(clock=lambda: time.time() + self.offset))
        # Sent when a test asks for it, by the test itself.
        self.app.delivery.wake = lambda: None
        self.server.set_app(self.app)

    def make(self, store: Store) -> Any:
        raise NotImplementedError

    def values(self, base_url: str = "") -> dict[str, str]:
        raise NotImplementedError

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self.sent.append((body, dict(headers)))
        return self.reply

    def messages(self, count: int) -> list[Message]:
        self.app.delivery.send_due()
        assert len(self.sent) >= count, "the wallet said less"
        told, self.sent = self.sent[:count], self.sent[count:]
        return told

    def opened(self, step: Step) -> httpx2.Response:
        """Do what the shopper does first: follow the link, or scan the code."""
        assert isinstance(step, Redirect | ShowQR)
        url = step.url if isinstance(step, Redirect) else step.content
        return client().get(url, follow_redirects=True)

    def press(self, step: Step, action: str) -> httpx2.Response:
        page = self.opened(step)
        assert page.status_code == 200, page.text
        form = _FORM.search(page.text)
        assert form
        return client().post(self.url + form[1].replace("&amp;", "&"), data={"action": action})

    def pay(self, collection: PaymentCollection, step: Step) -> None:
        assert self.press(step, "approve").status_code in {200, 303}

    def decline(self, step: Step) -> None:
        assert self.press(step, "decline").status_code == 402

    def abandon(self, step: Step) -> None:
        assert self.press(step, "abandon").status_code in {200, 303}

    def pay_slowly(self, step: Step) -> None:
        assert self.press(step, "slow").status_code in {200, 303}

    def settle(self) -> None:
        self.offset += 60

    def is_payable(self, step: Step) -> bool:
        return self.opened(step).status_code == 200

    def books(self) -> list[Movement]:
        raise NotImplementedError

    def stale(self, message: Message) -> Message:
        raise NotImplementedError

    def go_away(self) -> None:
        self._move(NOBODY)

    def come_back(self) -> None:
        self._move("")

    def _move(self, base_url: str) -> None:
        services.save_gateway(code=self.code, enabled=True, values=self.values(base_url))
        reset_caches()


class WalletConformance(ProviderConformance):
    """A wallet says nothing of tries that fail: what it asked for stays payable until its time is over."""

    def test_decline_then_another_try(self, provider: HostedProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        provider.decline(step)
        assert not provider.messages(0)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.OPEN
        assert self.start(collection, "new try") == step
        provider.pay(collection, step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.CAPTURED
        assert collection.attempts.count() == 1

    def test_abandoned(self, provider: HostedProvider) -> None:
        collection = self.open()
        step = self.start(collection)
        provider.abandon(step)
        self.come_back(collection)
        assert self.reload(collection).state == CollectionState.OPEN
        assert provider.is_payable(step)
        assert selectors.current_step(collection.pk) == step
        services.close_attempt(attempt_id=collection.attempts.get().pk)
        assert self.reload(collection).attempts.get().state == AttemptState.CLOSED
        assert not provider.is_payable(step)
        assert not isinstance(self.start(collection, "new try"), Failed)

    @pytest.fixture
    def provider(self) -> HostedProvider:
        raise NotImplementedError
