"""Statements that PostgreSQL has parsed and planned once per connection.

For a short statement, PostgreSQL spends several times as long on reading and planning it as on running it. A kept
statement that a connection has met before is therefore declared there by `PREPARE`, its constants written out (so that
the plan knows them) and its arguments left open, and afterwards only executed. Its one plan serves all arguments
(`plan_cache_mode`, in the settings); new statistics or a changed table make PostgreSQL plan it anew.

It is executed by its name and its arguments alone, past the driver's cursor: quoting them into a text and waiting for
the answer in Python took two thirds of what such a statement costs the shop.

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
from psycopg import abc, errors
from psycopg.adapt import Dumper, PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from duli.platform.store.statements import Statement

logger = logging.getLogger("duli.database")

# How often a connection sends a statement in full before it is worth another round to declare it.
USES_BEFORE = 2
# PostgreSQL keeps text and plan of each in memory, some 50 kB: enough for every statement of sales, and a limit.
MOST = 400

_DONE = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}

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


class Answer:
    """What a declared statement answered, as a cursor would tell it."""

    __slots__ = ("_result", "_transformer")

    def __init__(self, result: PGresult, transformer: abc.Transformer) -> None:
        self._result = result
        self._transformer = transformer

    @property
    def rowcount(self) -> int:
        return self._result.command_tuples or 0

    def fetchall(self) -> list[Any]:
        self._transformer.set_pgresult(self._result)
        return self._transformer.load_rows(0, self._result.ntuples, tuple)


class ServerStatements:
    """The statements that one connection has declared."""

    def __init__(self, cursor: Any, wrapper: BaseDatabaseWrapper) -> None:
        self._cursor = cursor
        self._wrapper = wrapper
        self._names: dict[Statement, str] = {}
        # Values to text and back by the same adapters as the cursor's.
        self._transformer: abc.Transformer = Transformer(cursor)
        # Raised when what was declared can no longer be used; old names are not taken again.
        self._turn = 0

    def execute(self, statement: Statement, values: Sequence[Any]) -> Any:
        """Run `statement`; return the cursor with the answer."""
        name = self._names.get(statement)
        if name is None and statement.planned_once:
            statement.uses += 1
            if statement.uses > USES_BEFORE and self._may_declare():
                name = self._declare(statement)
        if name is not None:
            try:
                return self._run(name, [values[number] for _, number in statement.places])
            except (errors.InvalidSqlStatementName, errors.FeatureNotSupported) as problem:
                # Another server process behind the same connection, or a table that has changed its columns.
                self._forget(problem)
                if self._wrapper.in_atomic_block:
                    raise
        self._cursor.execute(statement.text, statement.parameters(values))
        return self._cursor

    def _run(self, name: str, values: Sequence[Any]) -> Answer:
        """Execute what was declared as `name`."""
        connection = self._cursor.connection
        server: PGconn = connection.pgconn
        if not connection.autocommit and server.transaction_status == TransactionStatus.IDLE:
            # As the driver does before the first statement that goes through a cursor.
            server.exec_(b"BEGIN")
        texts = self._transformer.dump_sequence(values, [PyFormat.TEXT] * len(values))
        result = server.exec_prepared(name.encode(), texts)  # type: ignore[arg-type]  # None is NULL
        if result.status not in _DONE:
            if server.status != ConnStatus.OK:
                raise errors.OperationalError(server.get_error_message())
            raise errors.error_from_result(result)
        return Answer(result, self._transformer)

    def _may_declare(self) -> bool:
        return not _is_off and len(self._names) < MOST and settings.DATABASE_PREPARE

    def _declare(self, statement: Statement) -> str | None:
        parameters = statement.constants[:]
        for number, (place, _) in enumerate(statement.places, 1):
            parameters[place] = _Place(number, is_number=place in statement.numbers)
        writer = psycopg.ClientCursor(self._cursor.connection)
        writer.adapters.register_dumper(_Place, _PlaceDumper)
        text = writer.mogrify(statement.text, parameters)
        name = f"duli_{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}_{self._turn}"
        # Two rooms may ask in the same words: one declaration serves both.
        if name not in self._names.values():
            try:
                self._cursor.execute(f"PREPARE {name} AS {text}")
            except errors.DuplicatePreparedStatement as problem:
                self._forget(problem)
                if self._wrapper.in_atomic_block:
                    raise
                return None
        self._names[statement] = name
        return name

    def _forget(self, problem: Exception) -> None:
        global _is_off
        self._names.clear()
        self._turn += 1
        if not isinstance(problem, errors.FeatureNotSupported) and not _is_off:
            _is_off = True
            logger.warning(
                "a prepared statement is gone, as behind a pooler; this process prepares none from now on"
                " (DULI_DATABASE_PREPARE=0 says so from the beginning)"
            )
