"""The practice carriers on a loopback port, and the shop's own hooks behind another one."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from sandbox.parcels.server import serve
from sandbox.parcels.world import Parcel, World
from tests.plugins.card_page import PATIENCE_SECONDS, Mailbox

HOUR = 3600.0


class CarrierWorld:
    """Moves parcels and the clock of the stand-ins; `mailbox` receives what they send."""

    def __init__(self) -> None:
        self.offset = -100 * HOUR
        self.mailbox = Mailbox(b'{"result":true,"returnCode":"200"}')
        self.world = World(":memory:", lambda: time.time() + self.offset)
        pushes = {name: f"{self.mailbox.url}/{name}" for name in ("17track", "aftership", "easypost")}
        self.server = serve("127.0.0.1", 0, world=self.world, pushes=pushes)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def shut_down(self) -> None:
        for server in (self.server, self.mailbox.server):
            server.shutdown()
            server.server_close()

    def move(self, provider: str, number: str, steps: int = 1, *, times: int = 1) -> Parcel:
        """Let a parcel travel: one step takes three hours; the shop is told `times`."""
        parcel = None
        for step in range(steps):
            self.offset += 3 * HOUR
            last = step == steps - 1
            parcel = self.server.parcels.advance(f"{provider}-{number}", 1, times if last else 0)
        assert parcel is not None
        return parcel

    def messages(self, count: int) -> list[tuple[bytes, Mapping[str, str]]]:
        """Return what was sent, in order, waiting for `count` of them."""
        return [self.mailbox.received.get(timeout=PATIENCE_SECONDS) for _ in range(count)]

    def fail(self, fault: str) -> None:
        """Answer everything with this status from now on; "" ends it."""
        self.world.fault = fault

    def requests(self, provider: str) -> list[dict[str, Any]]:
        """Return what the shop asked when it registered its parcels, newest first."""
        return [parcel.request for parcel in self.world.all() if parcel.provider == provider]
