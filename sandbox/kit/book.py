"""One SQLite file of a stand-in: one writer at a time, and the messages that are to be sent."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Book:
    """`schema` makes the tables, among them `message` with number, due_at, tries and done beside its own columns.

    `clock` returns Unix seconds; `path` may be ":memory:".
    """

    def __init__(self, schema: str, path: str = ":memory:", clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=20)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(schema)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One writer at a time; everything in the outermost block happens or nothing does."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def due_messages(self, limit: int = 20) -> list[sqlite3.Row]:
        """Return what has to be sent now, oldest first."""
        with self._lock:
            return self._connection.execute(
                "SELECT * FROM message WHERE done = 0 AND due_at <= ? ORDER BY number LIMIT ?", (self.clock(), limit)
            ).fetchall()

    def next_due(self) -> float | None:
        """Return when there will be something to send (Unix seconds), or None."""
        with self._lock:
            found = self._connection.execute("SELECT MIN(due_at) FROM message WHERE done = 0").fetchone()[0]
        return None if found is None else float(found)

    def mark_sent(self, number: int, *, accepted: bool, retry_in: float | None) -> None:
        """Note how the shop answered; without `retry_in` it is not sent again."""
        with self.writing() as connection:
            connection.execute(
                "UPDATE message SET tries = tries + 1, done = ?, due_at = ? WHERE number = ?",
                (int(accepted or retry_in is None), self.clock() + (retry_in or 0), number),
            )
