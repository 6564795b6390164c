"""The messages of the practice carriers to the shop."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from sandbox.kit.delivery import Sender
from sandbox.parcels.world import World

PAUSES = (2.0, 10.0, 60.0, 600.0, 1800.0)


class Delivery(Sender):
    """Which answers are enough differs by provider."""

    def __init__(self, world: World) -> None:
        super().__init__(world, PAUSES)

    def written(self, message: sqlite3.Row) -> tuple[bytes, Mapping[str, str]]:
        return message["body"].encode(), json.loads(message["headers"])

    def accepted(self, message: sqlite3.Row, status: int, answer: bytes) -> bool:
        # 快递100 wants its own words back, and sends again what was answered in others.
        is_taken = 200 <= status < 300
        return is_taken and (message["provider"] != "kuaidi100" or _is_success(answer))


def _is_success(answer: bytes) -> bool:
    try:
        data = json.loads(answer)
    except ValueError:
        return False
    return isinstance(data, dict) and data.get("result") is True and data.get("returnCode") == "200"
