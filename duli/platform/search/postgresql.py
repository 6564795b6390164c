"""Candidates from a PostgreSQL GIN index over the same terms. Needs no extension and no superuser."""

# ruff: noqa: S608 (only constants are joined into statements; every value is a parameter)
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from duli.platform.search.entry import CODE_MARK
from duli.platform.search.index import ANY, HIGH, MIDDLE, TOP, DatabaseIndex, Requirement, Row

_ROW = "d.object_id, d.plain, d.top || d.high || d.middle || d.low || ' ', d.levels, d.boost"
_VECTOR = "duli_search_vector(d.partition, d.top, d.high, d.middle, d.low)"
_FROM = f"search_indexeddocument d WHERE {_VECTOR} @@ %s::tsquery"
_TABLES = ("search_indexeddocument", "search_indexedterm", "search_wordkey")
_LOCK = 0x64756C69
# How the vector marks the terms of the three upper tiers.
_MARKS = {ANY: ("",), MIDDLE: ("¹", "²", "³"), HIGH: ("¹", "²"), TOP: ("¹",)}


def _term(code: str, term: str, mark: str = "") -> str:
    quoted = (code + term + mark).replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'"


def _match(code: str, requirements: Sequence[Requirement], level: int) -> str:
    def term_of_level(term: str) -> str:
        return " | ".join(_term(code, term, mark) for mark in _MARKS[level])

    return " & ".join(
        "("
        + " | ".join(
            "(" + " & ".join(f"({term_of_level(term)})" for term in alternative) + ")" for alternative in requirement
        )
        + ")"
        for requirement in requirements
    )


class PostgreSQLIndex(DatabaseIndex):
    def lock(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])

    def settle(self) -> None:
        # Only the owner may; where another role migrates, autovacuum does the same a little later.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT gin_clean_pending_list(oid) FROM pg_class"
                " WHERE oid = to_regclass('search_document_vector') AND pg_has_role(relowner, 'USAGE')"
            )
            # Without figures the planner takes a partition for a single row and reads all of it.
            cursor.execute(
                "SELECT relname FROM pg_class WHERE oid = ANY (%s::regclass[]) AND pg_has_role(relowner, 'USAGE')"
                " AND pg_relation_size(oid) / current_setting('block_size')::int > 2 * relpages + 8",
                [list(_TABLES)],
            )
            for (table,) in cursor.fetchall():
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")

    def candidates(self, code: str, requirements: Sequence[Requirement], *, level: int, limit: int) -> list[Row]:
        return self._rows(f"SELECT {_ROW} FROM {_FROM} LIMIT %s", [_match(code, requirements, level), limit])

    def total(self, code: str, requirements: Sequence[Requirement], *, limit: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {_FROM} LIMIT %s) found",
                [_match(code, requirements, ANY), limit],
            )
            return int(cursor.fetchone()[0])

    def covering(self, code: str, weights: Iterable[tuple[str, float]], *, limit: int) -> list[Row]:
        terms = list(weights)
        # A join with a list is planned once, however many terms there are; a union once for each.
        return self._rows(
            f"SELECT {_ROW} FROM (SELECT d.id, sum(wanted.weight) AS weight"
            " FROM unnest(%s::tsquery[], %s::float8[]) wanted (term, weight)"
            f" JOIN search_indexeddocument d ON {_VECTOR} @@ wanted.term"
            " GROUP BY d.id ORDER BY 2 DESC, 1 LIMIT %s) best"
            " JOIN search_indexeddocument d ON d.id = best.id",
            [[_term(code, term) for term, _ in terms], [weight for _, weight in terms], limit],
        )

    def by_code(self, code: str, squashed: str, *, prefix: bool, limit: int) -> list[Row]:
        return self._rows(
            f"SELECT {_ROW} FROM {_FROM} LIMIT %s",
            [_term(code, CODE_MARK + squashed) + (":*" if prefix else ""), limit],
        )

    def _rows(self, statement: str, values: Sequence[Any]) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [Row(*row) for row in cursor.fetchall()]
