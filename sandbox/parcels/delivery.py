"""Sends the messages to the shop, at least once each, from a thread of its own."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request

from sandbox.parcels.world import World

PAUSES = (2.0, 10.0, 60.0, 600.0, 1800.0)
TIMEOUT_SECONDS = 10.0
LONGEST_NAP = 60.0


class Delivery:
    """`accepts` says by provider which answers are enough. The thread ends when nothing is left to send."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Send what is due now; returns at once."""
        with self._lock:
            self._wake.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="parcels-delivery", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            self.send_due()
            due = self._world.next_due()
            if due is None:
                with self._lock:
                    if not self._wake.is_set():
                        self._thread = None
                        return
            else:
                self._wake.wait(min(LONGEST_NAP, max(0.05, due - self._world.clock())))

    def send_due(self) -> int:
        """Send what is due, in this thread; return how many messages were accepted."""
        accepted = 0
        for message in self._world.due_messages():
            sent = self._send(message["provider"], message["url"], message["body"], json.loads(message["headers"]))
            tries = message["tries"]
            retry_in = PAUSES[tries] if tries < len(PAUSES) else None
            self._world.mark_sent(message["number"], accepted=sent, retry_in=retry_in)
            accepted += sent
        return accepted

    def _send(self, provider: str, url: str, body: str, headers: dict[str, str]) -> bool:
        request = urllib.request.Request(url, data=body.encode(), headers=headers, method="POST")
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                answer = response.read(4096)
                if not 200 <= response.status < 300:
                    return False
        except (urllib.error.URLError, OSError, ValueError):
            return False
        # 快递100 wants its own words back, and sends again what was answered in others.
        return provider != "kuaidi100" or _is_success(answer)


def _is_success(answer: bytes) -> bool:
    try:
        data = json.loads(answer)
    except ValueError:
        return False
    return isinstance(data, dict) and data.get("result") is True and data.get("returnCode") == "200"
