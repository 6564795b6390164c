"""Sends what the wallet has to say to the merchant, again and again until it is accepted, from a thread of its own."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.wallet.store import Store

TIMEOUT_SECONDS = 10.0
LONGEST_NAP = 60.0
Post = Callable[[str, bytes, Mapping[str, str]], tuple[int, bytes]]


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Send one message and return status and body of the answer; (0, b"") if there is none."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, response.read(4096)
    except urllib.error.HTTPError as error:
        return error.code, b""
    except (urllib.error.URLError, OSError, ValueError):
        return 0, b""


class Delivery:
    """`make` turns (url, data) into body and headers, signed at that moment; `accepted` reads the merchant's answer.

    `settle` is called before each look: it may find new things to tell and returns when it wants to look again.
    """

    def __init__(
        self,
        store: Store,
        *,
        make: Callable[[str, dict[str, Any]], tuple[bytes, Mapping[str, str]]],
        accepted: Callable[[int, bytes], bool],
        pauses: Sequence[float],
        settle: Callable[[], float | None],
        post: Post = post,
    ) -> None:
        self._store, self._make, self._accepted, self._pauses = store, make, accepted, pauses
        self._settle, self._post = settle, post
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Send what is due now; returns at once. The thread sleeps until something is due and ends when idle."""
        with self._lock:
            self._wake.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="wallet-delivery", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            self.send_due()
            moments = [moment for moment in (self._settle(), self._store.next_due()) if moment is not None]
            if not moments:
                with self._lock:
                    if not self._wake.is_set():
                        self._thread = None
                        return
            else:
                self._wake.wait(min(LONGEST_NAP, max(0.05, min(moments) - self._store.clock())))

    def send_due(self) -> int:
        """Send what is due, in this thread; return how many messages were accepted."""
        self._settle()
        accepted = 0
        for number, url, data, tries in self._store.due():
            body, headers = self._make(url, data)
            is_accepted = self._accepted(*self._post(url, body, headers))
            again = None if is_accepted or tries >= len(self._pauses) else self._pauses[tries]
            self._store.mark(number, retry_in=again)
            accepted += is_accepted
        return accepted
