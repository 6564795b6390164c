"""Rows that the shop's own verbs wrote once, put back for every later test of the process.

A world that hundreds of tests begin with costs more than most of them: a hundred statements, each with its rules. What
the verbs wrote the first time is what they would write again, as long as the tables they fill are empty and the clock
runs; otherwise the verbs run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from duli.base import clock
from duli.platform.store.changes import reset_caches

Row = Sequence[Any]


def filled(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> list[str]:
    """Return those of the tables that have rows, asked in one statement."""
    names = [connection.ops.quote_name(table) for table in tables]
    asked = (f"SELECT {place} WHERE EXISTS (SELECT 1 FROM {name})" for place, name in enumerate(names))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [tables[place] for (place,) in cursor.fetchall()]


@dataclass(frozen=True)
class Rows:
    """What stands in one table."""

    table: str
    columns: list[str]
    rows: list[Row]

    @classmethod
    def of(cls, table: str) -> Rows:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            return cls(table, [column[0] for column in cursor.description], cursor.fetchall())

    def put_back(self) -> None:
        columns = ", ".join(map(connection.ops.quote_name, self.columns))
        holders = ", ".join(["%s"] * len(self.columns))
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(self.table)
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({holders})", self.rows)


def kept(make: Callable[[], None]) -> Callable[[], None]:
    """Let the first call of a process write the rows and later ones put them back."""
    first: list[Rows] = []

    @wraps(make)
    def again() -> None:
        if first and _clock_runs() and not filled(connection, [entry.table for entry in first]):
            _put_back(first)
            return
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        before = [] if first else filled(connection, tables)
        make()
        if not first and _clock_runs():
            written = [table for table in filled(connection, tables) if table not in before]
            first.extend(Rows.of(table) for table in written)

    return again


def _clock_runs() -> bool:
    """False while a test has stopped the clock: what is written then carries that instant."""
    return clock.now() != clock.now()


def _put_back(entries: Sequence[Rows]) -> None:
    with transaction.atomic():
        for entry in entries:
            entry.put_back()
        tables = {entry.table for entry in entries}
        models = [model for model in apps.get_models() if model._meta.db_table in tables]
        # PostgreSQL goes on counting where it was; SQLite follows the rows.
        if statements := connection.ops.sequence_reset_sql(no_style(), models):
            with connection.cursor() as cursor:
                cursor.execute("; ".join(statements))
    reset_caches()
