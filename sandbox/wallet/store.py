"""Documents and outgoing messages in one SQLite database."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (kind TEXT NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, name));
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, data TEXT NOT NULL, due_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS message_due ON message (done, due_at);
"""
Entry = dict[str, Any]


class Store:
    """`clock` returns Unix seconds; `path` may be ":memory:"."""

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=20)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer at a time; everything in the outermost block happens or nothing does."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

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

    def due(self, limit: int = 20) -> list[tuple[int, str, Entry, int]]:
        """Return (number, url, data, tries) of what has to be sent now, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, url, data, tries FROM message WHERE done = 0 AND due_at <= ? ORDER BY number LIMIT ?",
                (self.clock(), limit),
            ).fetchall()
        return [(number, url, json.loads(data), tries) for number, url, data, tries in rows]

    def next_due(self) -> float | None:
        with self._lock:
            row = self._connection.execute("SELECT MIN(due_at) FROM message WHERE done = 0").fetchone()
        return None if row[0] is None else float(row[0])

    def mark(self, number: int, *, retry_in: float | None) -> None:
        """Note that a message was sent; without `retry_in` it is not sent again."""
        with self.writing():
            self._connection.execute(
                "UPDATE message SET tries = tries + 1, done = ?, due_at = ? WHERE number = ?",
                (int(retry_in is None), self.clock() + (retry_in or 0), number),
            )
