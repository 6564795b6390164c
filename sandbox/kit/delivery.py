"""Sends queued messages to the merchant, at least once each, from a thread of its own."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence

from sandbox.kit.store import Store

TIMEOUT_SECONDS = 10.0
LONGEST_NAP = 60.0
Sign = Callable[[Mapping[str, str], bytes], Mapping[str, str]]


class Delivery:
    """`sign` returns the headers of a message from its context and body, anew for each try.

    `pauses` (seconds) come between the tries. The thread sleeps until something is due and ends when idle.
    """

    def __init__(self, store: Store, sign: Sign, pauses: Sequence[float]) -> None:
        self._store = store
        self._sign = sign
        self._pauses = pauses
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Send what is due now; returns at once."""
        with self._lock:
            self._wake.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="stand-in-delivery", daemon=True)
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
            sent = self._send(message["url"], json.loads(message["context"]), message["body"].encode())
            tries = message["tries"]
            retry_in = self._pauses[tries] if tries < len(self._pauses) else None
            self._store.mark_sent(message["number"], accepted=sent, retry_in=retry_in)
            accepted += sent
        return accepted

    def _send(self, url: str, context: Mapping[str, str], body: bytes) -> bool:
        headers = {"Content-Type": "application/json", **self._sign(context, body)}
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return 200 <= response.status < 300
        except (urllib.error.URLError, OSError, ValueError):
            return False
