"""Statements that PostgreSQL has parsed and planned once per connection.

For a short statement, PostgreSQL spends several times as long on reading and planning it as on running it. A kept
statement that a connection has met before is therefore declared there by `PREPARE`, its constants written out (so that
the plan knows them) and its arguments left open, and afterwards only `EXECUTE`d. Its one plan serves all arguments
(`plan_cache_mode`, in the settings); new statistics or a changed table make PostgreSQL plan it anew.

A pooler that hands each transaction to another server process breaks this: there, DULI_DATABASE_PREPARE=0. Names are
made from the texts, so that even then a name never stands for another statement; the first answer that betrays such a
pooler turns this off for the process.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors
from psycopg.adapt import Dumper

from duli.platform.store.statements import Statement

logger = logging.getLogger("duli.database")

# How often a connection sends a statement in full before it is worth another round to declare it.
USES_BEFORE = 2
# PostgreSQL keeps text and plan of each in memory, some 50 kB: enough for every statement of sales, and a limit.
MOST = 400

# A pooler has been met: not tried again in this process.
_is_off = False


class _Place:
    """Where an argument goes; written as ``$3``."""

    __slots__ = ("text",)

    def __init__(self, number: int, *, is_number: bool) -> None:
        # Whole numbers are compared as the widest kind: one that no column holds is found nowhere, and is no error.
        self.text = f"${number}::bigint" if is_number else f"${number}"


class _PlaceDumper(Dumper):
    def dump(self, obj: _Place) -> bytes:
        return obj.text.encode()

    quote = dump


class ServerStatements:
    """The statements that one connection has declared."""

    def __init__(self, cursor: Any, wrapper: BaseDatabaseWrapper) -> None:
        self._cursor = cursor
        self._wrapper = wrapper
        self._calls: dict[Statement, str] = {}
        # Raised when what was declared can no longer be used; old names are not taken again.
        self._turn = 0

    def execute(self, statement: Statement, values: Sequence[Any]) -> Any:
        """Run `statement`; return the cursor with the answer."""
        call = self._calls.get(statement)
        if call is None:
            statement.uses += 1
            if statement.uses > USES_BEFORE and self._may_declare():
                call = self._declare(statement)
        if call is not None:
            try:
                self._cursor.execute(call, [values[number] for _, number in statement.places])
            except (errors.InvalidSqlStatementName, errors.FeatureNotSupported) as problem:
                # Another server process behind the same connection, or a table that has changed its columns.
                self._forget(problem)
                if self._wrapper.in_atomic_block:
                    raise
            else:
                return self._cursor
        self._cursor.execute(statement.text, statement.parameters(values))
        return self._cursor

    def _may_declare(self) -> bool:
        return not _is_off and len(self._calls) < MOST and settings.DATABASE_PREPARE

    def _declare(self, statement: Statement) -> str | None:
        parameters = statement.constants[:]
        for number, (place, _) in enumerate(statement.places, 1):
            parameters[place] = _Place(number, is_number=place in statement.numbers)
        writer = psycopg.ClientCursor(self._cursor.connection)
        writer.adapters.register_dumper(_Place, _PlaceDumper)
        text = writer.mogrify(statement.text, parameters)
        name = f"duli_{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}_{self._turn}"
        try:
            self._cursor.execute(f"PREPARE {name} AS {text}")
        except errors.DuplicatePreparedStatement as problem:
            self._forget(problem)
            if self._wrapper.in_atomic_block:
                raise
            return None
        places = ", ".join(["%s"] * len(statement.places))
        self._calls[statement] = f"EXECUTE {name}({places})" if places else f"EXECUTE {name}"
        return self._calls[statement]

    def _forget(self, problem: Exception) -> None:
        global _is_off
        self._calls.clear()
        self._turn += 1
        if not isinstance(problem, errors.FeatureNotSupported) and not _is_off:
            _is_off = True
            logger.warning(
                "a prepared statement is gone, as behind a pooler; this process prepares none from now on"
                " (DULI_DATABASE_PREPARE=0 says so from the beginning)"
            )
