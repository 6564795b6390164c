"""Sends queued messages to the shop, at least once each, from a thread of its own."""

from __future__ import annotations

import json
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence

from sandbox.kit.book import Book
from sandbox.kit.store import Store

TIMEOUT_SECONDS = 10.0
LONGEST_NAP = 60.0
Sign = Callable[[Mapping[str, str], bytes], Mapping[str, str]]
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


class Sender:
    """Subclasses say how a message is written and which answers are enough.

    `pauses` (seconds) come between the tries. The thread sleeps until something is due and ends when idle.
    """

    def __init__(self, book: Book, pauses: Sequence[float], post: Post = post) -> None:
        self._book, self._pauses, self._post = book, pauses, post
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def written(self, message: sqlite3.Row) -> tuple[bytes, Mapping[str, str]]:
        """Return body and headers of a message, signed at this moment."""
        raise NotImplementedError

    def accepted(self, message: sqlite3.Row, status: int, answer: bytes) -> bool:
        """Say whether the shop took it."""
        return 200 <= status < 300

    def settle(self) -> float | None:
        """Find new things to tell, before each look; return when to look again."""
        return None

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
            moments = [moment for moment in (self.settle(), self._book.next_due()) if moment is not None]
            if not moments:
                with self._lock:
                    if not self._wake.is_set():
                        self._thread = None
                        return
            else:
                self._wake.wait(min(LONGEST_NAP, max(0.05, min(moments) - self._book.clock())))

    def send_due(self) -> int:
        """Send what is due, in this thread; return how many messages were accepted."""
        self.settle()
        count = 0
        for message in self._book.due_messages():
            body, headers = self.written(message)
            is_accepted = self.accepted(message, *self._post(message["url"], body, headers))
            tries = message["tries"]
            retry_in = self._pauses[tries] if tries < len(self._pauses) else None
            self._book.mark_sent(message["number"], accepted=is_accepted, retry_in=retry_in)
            count += is_accepted
        return count


class Delivery(Sender):
    """`sign` returns the headers of a message from its context and body, anew for each try."""

    def __init__(self, store: Store, sign: Sign, pauses: Sequence[float]) -> None:
        super().__init__(store, pauses)
        self._sign = sign

    def written(self, message: sqlite3.Row) -> tuple[bytes, Mapping[str, str]]:
        body = message["body"].encode()
        return body, {"Content-Type": "application/json", **self._sign(json.loads(message["context"]), body)}
