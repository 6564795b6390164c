"""A second, empty database beside that of the test run, and what stands in it: for tests of migrations."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django.plugin import DjangoDbBlocker

Schema = dict[str, list[str]]


@contextmanager
def empty_database(blocker: DjangoDbBlocker, folder: Path) -> Iterator[BaseDatabaseWrapper]:
    """Let the shop stand on a database without tables; what the test run has is untouched."""
    with blocker.unblock():
        usual = connections["default"]
        before = connections.settings["default"]
        name = f"duli_empty_{os.getpid()}"
        postgresql = usual.vendor == "postgresql"
        if postgresql:
            with usual._nodb_cursor() as cursor:  # type: ignore[attr-defined]
                cursor.execute(f"DROP DATABASE IF EXISTS {name}")
                cursor.execute(f"CREATE DATABASE {name}")
        connections.settings["default"] = {**before, "NAME": name if postgresql else str(folder / "empty.sqlite3")}
        other = connections.create_connection("default")
        connections["default"] = other
        try:
            yield other
        finally:
            other.close()
            connections.settings["default"] = before
            connections["default"] = usual
            if postgresql:
                with usual._nodb_cursor() as cursor:  # type: ignore[attr-defined]
                    cursor.execute(f"DROP DATABASE {name}")


def schema_of(connection: BaseDatabaseWrapper) -> Schema:
    """Return everything that shapes the rows of a database, by the name of its table; columns in no order."""
    read = _postgresql if connection.vendor == "postgresql" else _sqlite
    found: Schema = {}
    for table, text in read(connection):
        found.setdefault(table, []).append(" ".join(text.split()))
    return {table: sorted(lines) for table, lines in found.items()}


def differences(one: Schema, other: Schema) -> list[str]:
    """Return what stands in one schema only, a line each, for a message that can be read."""
    found = []
    for table in sorted({*one, *other}):
        first, second = one.get(table, []), other.get(table, [])
        found += [f"- {table}: {line}" for line in first if line not in second]
        found += [f"+ {table}: {line}" for line in second if line not in first]
    return found


def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    for kind, name, table, sql in _rows(connection, "SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if kind == "table" and sql.startswith("CREATE TABLE") and not name.startswith("sqlite_"):
            for part in _parts(sql[sql.index("(") + 1 : sql.rindex(")")]):
                yield table, part
            yield table, f"after the columns: {sql[sql.rindex(')') + 1 :]}"
        elif sql:
            yield table, sql


def _parts(columns: str) -> Iterator[str]:
    """Cut the inside of CREATE TABLE at its outermost commas."""
    start = depth = 0
    for mark in re.finditer(r"'(?:[^']|'')*'|\"[^\"]*\"|[(),]", columns):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if mark[0] == "," and depth == 0:
            yield columns[start : mark.start()]
            start = mark.end()
    yield columns[start:]


POSTGRESQL = (
    """
    SELECT table_name, concat_ws(' | ', column_name, udt_name, character_maximum_length, numeric_precision,
        numeric_scale, collation_name, is_nullable, column_default, is_identity, identity_generation,
        generation_expression)
    FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """
    SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    """,
    "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    """
    SELECT 'functions', pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    """,
    "SELECT 'extensions', extname FROM pg_extension",
)


def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    for query in POSTGRESQL:
        yield from _rows(connection, query)


def _rows(connection: BaseDatabaseWrapper, query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
