"""Documents, remembered answers and outgoing messages in one SQLite file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kit.book import Book

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


class Store(Book):
    """`clock` returns Unix seconds; `path` may be ":memory:"."""

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.time) -> None:
        super().__init__(_SCHEMA, path, clock)

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
