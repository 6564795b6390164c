"""The kept statements of each thread's connection, and how they are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    from duli.platform.store.rows import Insertion
    from duli.platform.store.server_statements import ServerStatements


class Statement:
    """SQL with places for values: `places` says which parameter is which argument; the others are constant."""

    __slots__ = (
        *("constants", "insertion", "is_bound", "locks", "numbers"),
        *("places", "planned_once", "populate", "text", "uses"),
    )

    insertion: Insertion

    def __init__(
        self, text: str, parameters: Sequence[Any], stand_ins: Sequence[Any], wrapper: BaseDatabaseWrapper
    ) -> None:
        self.text = text
        known = {bindable(value, wrapper): number for number, value in enumerate(stand_ins)}
        self.constants = list(parameters)
        self.places = [
            (place, known[value])
            for place, value in enumerate(parameters)
            if isinstance(value, int | str | datetime | UUID) and value in known
        ]
        if {number for _, number in self.places} != set(range(len(stand_ins))):
            raise TypeError(f"an argument is not to be found in {text}")
        # The parameters that are whole numbers of any size, whatever column they are compared with.
        self.numbers = {place for place, number in self.places if isinstance(stand_ins[number], int)}
        self.populate: Callable[[Sequence[Any]], Any] = tuple
        self.is_bound = self.locks = False
        self.planned_once = True
        self.uses = 0

    @classmethod
    def of_columns(cls, text: str, count: int) -> Statement:
        """A statement whose every parameter is the value of a column, as the driver takes it."""
        found = cls.__new__(cls)
        found.text, found.constants = text, [None] * count
        found.places = [(place, place) for place in range(count)]
        found.numbers = set()
        found.populate, found.is_bound, found.locks, found.uses = tuple, True, False, 0
        found.planned_once = True
        return found

    def parameters(self, values: Sequence[Any]) -> list[Any]:
        found = self.constants[:]
        for place, number in self.places:
            found[place] = values[number]
        return found


def bindable(value: Any, wrapper: BaseDatabaseWrapper) -> Any:
    """Return `value` as the database's driver takes it."""
    if isinstance(value, datetime):
        return wrapper.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID) and not wrapper.features.has_native_uuid_field:
        return value.hex
    return value


class _BreakingTheTransaction:
    """A write that fails inside a transaction spoils the whole of it, as Django has it; a context to use again."""

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        self._wrapper = wrapper

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        if isinstance(problem, Exception) and self._wrapper.in_atomic_block:
            self._wrapper.needs_rollback = True
            self._wrapper.rollback_exc = problem  # type: ignore[attr-defined]


class Kept(dict[Any, Statement]):
    """The statements of one thread's connection (their converters belong to it), and how they are sent."""

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        super().__init__()
        # The connection itself: each look through `django.db.connection` asks for the thread's own anew.
        self.wrapper = wrapper
        self.breaking_the_transaction = _BreakingTheTransaction(wrapper)
        self._binds = wrapper.vendor == "sqlite"
        # Opening a cursor costs as much as a short statement: all share one.
        self._cursor: Any = None
        self._opened: Any = None
        self._server: ServerStatements | None = None

    def send(self, statement: Statement, values: Sequence[Any]) -> Any:
        """Send `statement` with these arguments; return the cursor that holds the answer until the next one."""
        wrapper = self.wrapper
        if wrapper.connection is None:
            wrapper.ensure_connection()
        if self._opened is not wrapper.connection:
            self._open()
        if self._binds and not statement.is_bound:
            values = [bindable(value, wrapper) for value in values]
        if wrapper.execute_wrappers or wrapper.queries_logged:
            # Somebody counts statements or reads along.
            cursor = wrapper._prepare_cursor(self._cursor)  # type: ignore[attr-defined]
            cursor.execute(statement.text, statement.parameters(values))
            return cursor
        wrapper.validate_no_broken_transaction()
        with wrapper.wrap_database_errors:
            if self._server is not None:
                return self._server.execute(statement, values)
            self._cursor.execute(statement.text, statement.parameters(values))
        return self._cursor

    def _open(self) -> None:
        wrapper = self.wrapper
        self._opened, self._cursor, self._server = wrapper.connection, wrapper.create_cursor(), None
        if wrapper.vendor == "postgresql":
            from duli.platform.store.server_statements import ServerStatements

            self._server = ServerStatements(self._cursor, wrapper)


def kept() -> Kept:
    """Return what is kept for this thread's connection."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    try:
        return wrapper.duli_statements  # type: ignore[attr-defined, no-any-return]
    except AttributeError:
        wrapper.duli_statements = Kept(wrapper)  # type: ignore[attr-defined]
        return wrapper.duli_statements  # type: ignore[attr-defined, no-any-return]
