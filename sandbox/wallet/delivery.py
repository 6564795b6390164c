"""What a wallet has to say to the merchant, again and again until it is accepted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.kit.delivery import Post, Sender, post
from sandbox.wallet.store import Store

__all__ = ["Delivery", "Post", "post"]


class Delivery(Sender):
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
        super().__init__(store, pauses, post)
        self._make, self._accepted, self._settle = make, accepted, settle

    def written(self, message: sqlite3.Row) -> tuple[bytes, Mapping[str, str]]:
        return self._make(message["url"], json.loads(message["data"]))

    def accepted(self, message: sqlite3.Row, status: int, answer: bytes) -> bool:
        return self._accepted(status, answer)

    def settle(self) -> float | None:
        return self._settle()
