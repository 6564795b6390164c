"""Documents, remembered answers and outgoing messages in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS document_kind ON document (kind, number);
CREATE TABLE IF NOT EXISTS answer (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, context TEXT NOT NULL, body TEXT NOT NULL,
    due_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS message_due ON message (done, due_at);
"""
Document = dict[str, Any]


class Store:
    """`clock` returns Unix seconds; `path` may be ":memory:"."""

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=20)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)

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

    def put(self, kind: str, document: Document) -> Document:
        """Keep the document under its "id"; one of that id is replaced."""
        body = json.dumps(document, ensure_ascii=False)
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO document (kind, id, body) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (kind, document["id"], body),
            )
        return document

    def get(self, kind: str, name: str) -> Document | None:
        """Return a document by its id."""
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM document WHERE kind = ? AND id = ?", (kind, name)
            ).fetchone()
        return json.loads(row["body"]) if row else None

    def all(self, kind: str, **wanted: Any) -> list[Document]:
        """Return the documents of a kind whose values are as wanted, newest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT body FROM document WHERE kind = ? ORDER BY number DESC", (kind,)
            ).fetchall()
        found = (json.loads(row["body"]) for row in rows)
        return [entry for entry in found if all(entry.get(name) == value for name, value in wanted.items())]

    def answer(self, key: str) -> tuple[str, int, str] | None:
        """Return request, status and body of what was answered under an idempotency key."""
        with self._lock:
            row = self._connection.execute("SELECT * FROM answer WHERE key = ?", (key,)).fetchone()
        return (row["request"], row["status"], row["body"]) if row else None

    def remember(self, key: str, request: str, status: int, body: str) -> None:
        """Keep an answer, so that the same key gets it again."""
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", (key, request, status, body))

    def post(self, url: str, body: str, context: Mapping[str, str]) -> None:
        """Queue a message; `context` is what its signature needs beside the body."""
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO message (url, context, body, due_at) VALUES (?, ?, ?, ?)",
                (url, json.dumps(dict(context)), body, self.clock()),
            )

    def due_messages(self, limit: int = 20) -> list[sqlite3.Row]:
        """Return what has to be sent now, oldest first."""
        with self._lock:
            return self._connection.execute(
                "SELECT * FROM message WHERE done = 0 AND due_at <= ? ORDER BY number LIMIT ?", (self.clock(), limit)
            ).fetchall()

    def next_due(self) -> float | None:
        """Return when there will be something to send (Unix seconds), or None."""
        with self._lock:
            row = self._connection.execute("SELECT MIN(due_at) FROM message WHERE done = 0").fetchone()
        return row[0]

    def mark_sent(self, number: int, *, accepted: bool, retry_in: float | None) -> None:
        """Note how the merchant answered; without `retry_in` it is not sent again."""
        done = accepted or retry_in is None
        with self.writing() as connection:
            connection.execute(
                "UPDATE message SET tries = tries + 1, done = ?, due_at = ? WHERE number = ?",
                (int(done), self.clock() + (retry_in or 0), number),
            )
