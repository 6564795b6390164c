"""Sends the signed messages to the merchant, at least once each, from a thread of its own."""

from __future__ import annotations

import hashlib
import hmac
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping

from sandbox.card_page.store import Store

PAUSES = (2.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)
TIMEOUT_SECONDS = 10.0
LONGEST_NAP = 60.0


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the ``Card-Signature`` of a message."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Delivery:
    """`secrets` maps merchants to their keys. The thread sleeps until something is due and ends when idle."""

    def __init__(self, store: Store, secrets: Mapping[str, str]) -> None:
        self._store = store
        self._secrets = secrets
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Send what is due now; returns at once."""
        with self._lock:
            self._wake.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="card-page-delivery", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            self.send_due()
            due = self._store.next_due()
            if due is None:
                with self._lock:
                    if not self._wake.is_set():
                        self._thread = None
                        return
            else:
                self._wake.wait(min(LONGEST_NAP, max(0.05, due - self._store.clock())))

    def send_due(self) -> int:
        """Send what is due, in this thread; return how many messages were accepted."""
        accepted = 0
        for message in self._store.due_messages():
            sent = self._send(message["url"], message["merchant"], message["body"].encode())
            tries = message["tries"]
            retry_in = PAUSES[tries] if tries < len(PAUSES) else None
            self._store.mark_sent(message["number"], accepted=sent, retry_in=retry_in)
            accepted += sent
        return accepted

    def _send(self, url: str, merchant: str, body: bytes) -> bool:
        signature = sign(self._secrets[merchant], int(self._store.clock()), body)
        headers = {"Content-Type": "application/json", "Card-Signature": signature, "User-Agent": "card-page/1"}
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return 200 <= response.status < 300
        except (urllib.error.URLError, OSError, ValueError):
            return False
