"""The signed messages of the card page to the merchant."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Mapping

from sandbox.card_page.store import Store
from sandbox.kit.delivery import Sender

PAUSES = (2.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the ``Card-Signature`` of a message."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Delivery(Sender):
    """`secrets` maps merchants to their keys."""

    def __init__(self, store: Store, secrets: Mapping[str, str]) -> None:
        super().__init__(store, PAUSES)
        self._secrets = secrets

    def written(self, message: sqlite3.Row) -> tuple[bytes, Mapping[str, str]]:
        body = message["body"].encode()
        signature = sign(self._secrets[message["merchant"]], int(self._book.clock()), body)
        return body, {"Content-Type": "application/json", "Card-Signature": signature, "User-Agent": "card-page/1"}
