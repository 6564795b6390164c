"""The database backend; Django finds it under this name."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.operations import DatabaseOperations as DjangoOperations
from django.db.utils import OperationalError

from config.sqlite.line import Line, Ticket, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Statements that take SQLite's write lock by themselves, by their first letters.
_WRITES = frozenset({"INS", "UPD", "DEL", "REP", "CRE", "ALT", "DRO", "VAC", "REI"})
_DEFAULT_TIMEOUT = 20.0


class Place:
    """Where one connection stands in the line of its database."""

    __slots__ = ("line", "ticket")

    def __init__(self) -> None:
        self.line: Line | None = None
        self.ticket: Ticket | None = None

    def leave(self) -> None:
        ticket, line = self.ticket, self.line
        if ticket is not None and line is not None:
            self.ticket = self.line = None
            line.leave(ticket)


def _abandon(wrapper: weakref.ReferenceType[DatabaseWrapper]) -> None:
    """Roll back for a thread that is gone. Closing the raw connection needs nothing of Django's own state."""
    owner = wrapper()
    if owner is not None and owner.connection is not None:
        owner.connection.close()


@lru_cache(maxsize=1024)
def _converted(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class Cursor(base.SQLiteCursorWrapper):
    """Lets a writing statement outside of a transaction wait in line too."""

    owner: DatabaseWrapper

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        """Return the statement with SQLite's own signs for parameters; written once for each text."""
        if param_names is not None:
            return super().convert_query(query, param_names=param_names)
        return _converted(query)

    def execute(self, query: str, params: Any = None) -> Any:
        if query[:3].upper() in _WRITES and self.owner.must_queue():
            with self.owner.place_in_line():
                return super().execute(query, params)
        return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        if query[:3].upper() in _WRITES and self.owner.must_queue():
            with self.owner.place_in_line():
                return super().executemany(query, param_list)
        return super().executemany(query, param_list)


class DatabaseOperations(DjangoOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        """Empty the database; triggers called ``keep_…``, which refuse to lose rows, step aside meanwhile.

        PostgreSQL truncates, which asks no trigger.
        """
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            guards = [(name, sql) for name, sql in cursor.fetchall() if name.startswith("keep_")]
        dropped = [f"DROP TRIGGER {name}" for name, _ in guards]
        super().execute_sql_flush([*dropped, *sql_list, *(sql for _, sql in guards)])


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend with a first-in-first-out line before every write."""

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._place = Place()
        # The wrapper of a thread that is gone is collected some time; then its place is free.
        weakref.finalize(self, self._place.leave).atexit = False

    # -- the line

    def must_queue(self) -> bool:
        """True if a writing statement now would take SQLite's write lock by itself."""
        return self._place.ticket is None and self.connection is not None and not self.connection.in_transaction

    def _enter(self) -> None:
        timeout = float(self.settings_dict["OPTIONS"].get("timeout", _DEFAULT_TIMEOUT))
        line = line_of(str(self.settings_dict["NAME"]))
        ticket = Ticket(partial(_abandon, weakref.ref(self)))
        if not line.enter(ticket, timeout):
            raise OperationalError("database is locked: another write of this process does not end")
        self._place.ticket, self._place.line = ticket, line

    @contextmanager
    def place_in_line(self) -> Iterator[None]:
        self._enter()
        try:
            yield
        finally:
            # Unless the statement opened a transaction (autocommit is off): then its end frees the place.
            if self.connection is None or not self.connection.in_transaction:
                self._place.leave()

    # -- where Django begins and ends transactions

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor = self.connection.cursor(factory=Cursor)
        cursor.owner = self
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._place.leave()
            raise

    def _commit(self) -> None:
        # A commit that fails leaves the transaction open; Django rolls it back, which frees the place.
        super()._commit()
        self._place.leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._place.leave()

    def _set_autocommit(self, autocommit: bool) -> None:
        try:
            super()._set_autocommit(autocommit)
        finally:
            if autocommit and (self.connection is None or not self.connection.in_transaction):
                self._place.leave()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._place.leave()
