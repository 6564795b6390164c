"""Documents and outgoing messages in one SQLite database."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from sandbox.kit.book import Book

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (kind TEXT NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, name));
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, data TEXT NOT NULL, due_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS message_due ON message (done, due_at);
"""
Entry = dict[str, Any]


class Store(Book):
    """`clock` returns Unix seconds; `path` may be ":memory:"."""

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.time) -> None:
        super().__init__(_SCHEMA, path, clock)

    def get(self, kind: str, name: str) -> Entry | None:
        with self._lock:
            row = self._connection.execute(
                "SELECT data FROM entry WHERE kind = ? AND name = ?", (kind, name)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, name: str, data: Entry) -> Entry:
        with self.writing():
            self._connection.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", (kind, name, json.dumps(data)))
        return data

    def every(self, kind: str) -> list[Entry]:
        with self._lock:
            rows = self._connection.execute("SELECT data FROM entry WHERE kind = ? ORDER BY rowid", (kind,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def tell(self, url: str, data: Entry) -> None:
        """Queue a message to the merchant; nothing without an address."""
        if url:
            with self.writing():
                self._connection.execute(
                    "INSERT INTO message (url, data, due_at) VALUES (?, ?, ?)", (url, json.dumps(data), self.clock())
                )
