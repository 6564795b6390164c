"""The practice card page on a loopback port, and a merchant's mailbox beside it."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

from duli.commerce.payments import services
from duli.commerce.payments.gateway import Redirect, Step
from duli.commerce.payments.models import PaymentCollection
from duli.platform.store.changes import reset_caches
from sandbox.card_page.delivery import sign
from sandbox.card_page.server import serve
from sandbox.card_page.store import Store

SECRET = "the key both know"
PATIENCE_SECONDS = 10.0


class Mailbox:
    """Accepts what is posted to it, with `answer`, and keeps it, in order."""

    def __init__(self, answer: bytes = b"") -> None:
        self.received: queue.Queue[tuple[bytes, Mapping[str, str]]] = queue.Queue()
        mailbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mailbox.received.put((body, dict(self.headers)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


class CardPageProvider:
    """Both servers; `offset` moves the card page's clock forward, in seconds."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.mailbox = Mailbox()
        self.server = serve(
            "127.0.0.1", 0, secrets={"duli": SECRET}, store=Store(":memory:", lambda: time.time() + self.offset)
        )
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def shut_down(self) -> None:
        for server in (self.server, self.mailbox.server):
            server.shutdown()
            server.server_close()

    def values(self, base_url: str = "") -> dict[str, str]:
        return {"base_url": base_url or self.url, "merchant": "duli", "secret": SECRET}

    def post(self, step: Step, action: str = "", **form: str) -> httpx2.Response:
        assert isinstance(step, Redirect)
        return httpx2.post(step.url + action, data=form, follow_redirects=False, trust_env=False)

    def pay(self, collection: PaymentCollection, step: Step) -> None:
        assert self.post(step, test_card="paid").status_code == 303

    def decline(self, step: Step) -> None:
        assert self.post(step, test_card="declined").status_code == 402
        assert self.post(step, "/back").status_code == 303

    def abandon(self, step: Step) -> None:
        assert self.post(step, "/back").status_code == 303

    def pay_slowly(self, step: Step) -> None:
        assert self.post(step, test_card="late").status_code == 303

    def settle(self) -> None:
        self.offset += 60
        self.server.page.delivery.wake()

    def messages(self, count: int) -> list[tuple[bytes, Mapping[str, str]]]:
        return [self.mailbox.received.get(timeout=PATIENCE_SECONDS) for _ in range(count)]

    def books(self) -> list[tuple[str, str, int]]:
        movements = self.server.page.store.bill("duli", 0, 2**40)
        return [(row["kind"], row["reference"], row["amount"]) for row in movements]

    def signed(self, message: tuple[bytes, Mapping[str, str]], **changes: Any) -> tuple[bytes, Mapping[str, str]]:
        data = json.loads(message[0])
        data["data"].update(changes)
        body = json.dumps(data).encode()
        return body, {"Card-Signature": sign(SECRET, int(time.time()), body)}

    def stale(self, message: tuple[bytes, Mapping[str, str]]) -> tuple[bytes, Mapping[str, str]]:
        return message[0], {"Card-Signature": sign(SECRET, int(time.time()) - 301, message[0])}

    def is_payable(self, step: Step) -> bool:
        assert isinstance(step, Redirect)
        return httpx2.get(step.url, follow_redirects=False, trust_env=False).status_code == 200

    def go_away(self) -> None:
        # Port 9 (discard) of loopback: nobody listens there.
        self._move("http://127.0.0.1:9")

    def come_back(self) -> None:
        self._move(self.url)

    def _move(self, base_url: str) -> None:
        services.save_gateway(code="sandbox_card", enabled=True, values=self.values(base_url))
        reset_caches()
