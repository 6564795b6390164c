"""Candidates from SQLite FTS5. Triggers (see the migrations) keep the index beside the documents."""

# ruff: noqa: S608 (only constants are joined into statements; every value is a parameter)
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from duli.platform.search.entry import CODE_MARK
from duli.platform.search.index import ANY, HIGH, MIDDLE, TOP, DatabaseIndex, Requirement, Row

_ROW = "d.object_id, d.plain, d.top || d.high || d.middle || d.low || ' ', d.levels, d.boost"
_COLUMNS = {TOP: "top", HIGH: "top high", MIDDLE: "top high middle"}
_FROM = "search_text JOIN search_indexeddocument d ON d.id = search_text.rowid"


def _term(code: str, term: str) -> str:
    return '"' + (code + term).replace('"', '""') + '"'


def _match(code: str, requirements: Sequence[Requirement], level: int) -> str:
    every = " AND ".join(
        "("
        + " OR ".join(
            "(" + " AND ".join(_term(code, term) for term in alternative) + ")" for alternative in requirement
        )
        + ")"
        for requirement in requirements
    )
    return f"{{{_COLUMNS[level]}}} : ({every})" if level else every


class SQLiteIndex(DatabaseIndex):
    def lock(self) -> None:
        """SQLite has one writer at a time as it is."""

    def settle(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_text (search_text, rank) VALUES ('merge', 500)")

    def candidates(self, code: str, requirements: Sequence[Requirement], *, level: int, limit: int) -> list[Row]:
        return self._rows(
            f"SELECT {_ROW} FROM {_FROM} WHERE search_text MATCH %s LIMIT %s",
            [_match(code, requirements, level), limit],
        )

    def total(self, code: str, requirements: Sequence[Requirement], *, limit: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT 1 FROM search_text WHERE search_text MATCH %s LIMIT %s)",
                [_match(code, requirements, ANY), limit],
            )
            return int(cursor.fetchone()[0])

    def covering(self, code: str, weights: Iterable[tuple[str, float]], *, limit: int) -> list[Row]:
        parts, values = [], []
        for term, weight in weights:
            parts.append("SELECT rowid AS id, %s AS weight FROM search_text WHERE search_text MATCH %s")
            values += [weight, _term(code, term)]
        return self._rows(
            f"SELECT {_ROW} FROM (SELECT id, sum(weight) AS weight FROM ({' UNION ALL '.join(parts)})"
            " GROUP BY id ORDER BY 2 DESC, 1 LIMIT %s) best"
            " JOIN search_indexeddocument d ON d.id = best.id",
            [*values, limit],
        )

    def by_code(self, code: str, squashed: str, *, prefix: bool, limit: int) -> list[Row]:
        return self._rows(
            f"SELECT {_ROW} FROM {_FROM} WHERE search_text MATCH %s LIMIT %s",
            [_term(code, CODE_MARK + squashed) + (" *" if prefix else ""), limit],
        )

    def _rows(self, statement: str, values: Sequence[Any]) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [Row(*row) for row in cursor.fetchall()]
