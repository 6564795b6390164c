"""Rows put aside on disk, so that those of one product come together wherever they stand in the file.

A catalogue of any size needs the memory of one product. Writing everything here first also means that a file
which stops making sense half way is known before anything in the shop was touched.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from duli.commerce.exchange.types import Row

_SCHEMA = """
CREATE TABLE rows (seq INTEGER PRIMARY KEY, number INTEGER, kind TEXT, key TEXT, cells TEXT);
CREATE TABLE groups (key TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID;
CREATE TABLE aliases (alias TEXT PRIMARY KEY, key TEXT) WITHOUT ROWID;
CREATE TABLE skus (sku TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
"""
_BATCH = 2000


class Spool:
    """A temporary file of rows, each with its kind ("" is the main table) and the key of its product."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="duli-import-")
        self._connection = sqlite3.connect(Path(self._folder.name) / "rows.sqlite3")
        self._connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;" + _SCHEMA
        )
        self._waiting: list[tuple[int, str, str, str]] = []
        self.columns: dict[str, list[str]] = {}

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._folder.cleanup()

    def add(self, kind: str, key: str, number: int, cells: list[str]) -> None:
        """Put a row aside; `cells` are in the order of ``columns[kind]``."""
        self._waiting.append((number, kind, key, json.dumps(cells, ensure_ascii=False, separators=(",", ":"))))
        if len(self._waiting) >= _BATCH:
            self._flush()

    def add_alias(self, alias: str, key: str) -> None:
        """Let rows that name their product by `alias` belong to `key`; the first to use an alias has it."""
        self._connection.execute("INSERT OR IGNORE INTO aliases VALUES (?, ?)", (alias, key))

    def claim_sku(self, sku: str, number: int) -> int:
        """Note that a row uses a SKU; return the number of the row that used it before, or 0."""
        self._flush()
        cursor = self._connection.execute("INSERT OR IGNORE INTO skus VALUES (?, ?)", (sku, number))
        if cursor.rowcount:
            return 0
        found = self._connection.execute("SELECT number FROM skus WHERE sku = ?", (sku,)).fetchone()
        return 0 if found[0] == number else int(found[0])

    def _flush(self) -> None:
        if self._waiting:
            self._connection.executemany(
                "INSERT INTO rows (number, kind, key, cells) VALUES (?, ?, ?, ?)", self._waiting
            )
            self._waiting.clear()

    def close_groups(self) -> int:
        """Resolve aliases and gather the rows by product, in the order of the file; return how many products."""
        self._flush()
        run = self._connection.execute
        run(
            "UPDATE rows SET key = (SELECT key FROM aliases WHERE alias = rows.key)"
            " WHERE key IN (SELECT alias FROM aliases)"
        )
        run("INSERT INTO groups SELECT key, MIN(seq) FROM rows GROUP BY key")
        run("CREATE INDEX by_key ON rows (key, seq)")
        return int(run("SELECT COUNT(*) FROM groups").fetchone()[0])

    def count(self, kind: str = "") -> int:
        """Return how many rows of a kind were put aside."""
        self._flush()
        return int(self._connection.execute("SELECT COUNT(*) FROM rows WHERE kind = ?", (kind,)).fetchone()[0])

    def groups(self) -> Iterator[tuple[str, dict[str, list[Row]]]]:
        """Yield each product's key and its rows by kind, in the order in which the products come in the file."""
        reading = self._connection.cursor()
        for key, _seq in reading.execute("SELECT key, seq FROM groups ORDER BY seq"):
            found: dict[str, list[Row]] = {}
            rows = self._connection.execute("SELECT number, kind, cells FROM rows WHERE key = ? ORDER BY seq", (key,))
            for number, kind, cells in rows:
                found.setdefault(kind, []).append(
                    Row(number, dict(zip(self.columns[kind], json.loads(cells), strict=False)))
                )
            yield key, found
