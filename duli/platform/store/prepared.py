"""Statements that Django writes once and the process then sends again and again.

Writing a statement takes the ORM some five times as long as sending it and reading the answer. Where a statement is
part of every sale, it is declared here by the same querysets, so that models, joins and conditions stand in one place
only; its text is kept per shape of its arguments, and afterwards only values are bound:

    _cart = Prepared(lambda token: Cart.objects.filter(token=token))
    cart = _cart.first(token)

Arguments are whole numbers, texts, moments, UUIDs, None, and lists of them for `__in`. Which statement is written must
depend on nothing but their shape.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import sql
from django.db.models.constants import OnConflict

from duli.platform.store.rows import Insertion, columns_of, reader
from duli.platform.store.statements import Statement, kept

R = TypeVar("R")

# A list is filled up to the next of these lengths by repeating its last value, which means nothing to `IN`: so few
# statements serve lists of any length. Longer lists than the last are rare.
LENGTHS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
LONGEST_LIST = LENGTHS[-1]
LARGEST = 2**63 - 1

# Values that no row has: where one of them stands among a statement's parameters, the argument goes. The numbers fit
# into 32 bits: of a column that could not hold them Django knows the answer without asking, and drops the condition.
_NUMBER = 2_107_300_000
# In capitals: what is looked for regardless of case is written so.
_TEXT = "\x02ARGUMENT {}\x03"
_MOMENT = datetime(7300, 1, 1, tzinfo=UTC)
_UUID = 0x7300_0000_0000_7000_8000_0000_0000_0000


def _shape(argument: Any) -> Any:
    if isinstance(argument, list | tuple):
        return len(argument)
    return argument if argument is None or isinstance(argument, bool) else type(argument)


def _filled(argument: Any) -> Any:
    if not isinstance(argument, list | tuple):
        return argument
    missing = LENGTHS[bisect_left(LENGTHS, len(argument))] - len(argument)
    return [*argument, *[argument[-1]] * missing] if missing else argument


class _Arguments:
    """The arguments of a call, flat, and what stands in for them while the statement is written."""

    __slots__ = ("shape", "values")

    def __init__(self, arguments: Sequence[Any]) -> None:
        self.shape = tuple(map(_shape, arguments))
        self.values: list[Any] = []
        for argument in arguments:
            if isinstance(argument, list | tuple):
                self.values += argument
            elif argument is not None and not isinstance(argument, bool):
                self.values.append(argument)

    def stand_ins(self, arguments: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return the arguments with stand-ins for values, and the stand-ins, flat."""
        flat: list[Any] = []

        def stand_in(value: Any) -> Any:
            if value is None or isinstance(value, bool):
                return value
            number = len(flat)
            if isinstance(value, datetime):
                found: Any = _MOMENT + timedelta(days=number)
            elif isinstance(value, UUID):
                found = UUID(int=_UUID + number)
            elif isinstance(value, int):
                found = _NUMBER + number
            elif isinstance(value, str):
                found = _TEXT.format(number)
            else:
                raise TypeError(f"{value!r} cannot be an argument of a prepared statement")
            flat.append(found)
            return found

        given = [
            [stand_in(value) for value in argument] if isinstance(argument, list | tuple) else stand_in(argument)
            for argument in arguments
        ]
        return given, flat


class Prepared(Generic[R]):
    """A read: ``make(*arguments)`` returns the queryset, of model rows or of ``values_list`` tuples.

    `planned_once=False` for a read whose best plan depends on the values (ADR 0029).
    """

    def __init__(self, make: Callable[..., models.QuerySet[Any, R]], *, planned_once: bool = True) -> None:
        self._make = make
        self._planned_once = planned_once

    def rows(self, *arguments: Any) -> list[R]:
        """Return what the queryset of these arguments would."""
        if any(isinstance(argument, list | tuple) and len(argument) > LONGEST_LIST for argument in arguments):
            return list(self._make(*arguments))
        arguments = tuple(map(_filled, arguments))
        given = _Arguments(arguments)
        if any(isinstance(value, int) and abs(value) > LARGEST for value in given.values):
            # No column holds it: the ORM knows that without asking, a driver stumbles over it.
            return list(self._make(*arguments))
        here = kept()
        key = (self, given.shape)
        statement = here.get(key)
        if statement is None:
            try:
                statement = here[key] = self._write(given, arguments, here.wrapper)
            except EmptyResultSet:
                return []
        if statement.locks and not here.wrapper.in_atomic_block:
            raise transaction.TransactionManagementError("rows are locked inside a transaction only")
        return list(map(statement.populate, here.send(statement, given.values).fetchall()))

    def first(self, *arguments: Any) -> R | None:
        """Return the first row, or None; the queryset's own order and limit decide."""
        found = self.rows(*arguments)
        return found[0] if found else None

    def _write(self, given: _Arguments, arguments: Sequence[Any], wrapper: BaseDatabaseWrapper) -> Statement:
        stand_ins, flat = given.stand_ins(arguments)
        rows = self._make(*stand_ins)
        compiler = rows.query.get_compiler(connection=wrapper)
        text, parameters = compiler.as_sql()
        statement = Statement(text, parameters, flat, wrapper)
        statement.locks = rows.query.select_for_update
        statement.planned_once = self._planned_once
        statement.populate = reader(rows, compiler)
        return statement


class PreparedCount:
    """A count: ``make(*arguments)`` returns the rows as a queryset, cut off where nobody counts on (``[:1001]``)."""

    def __init__(self, make: Callable[..., models.QuerySet[Any, Any]]) -> None:
        self._make = make

    def __call__(self, *arguments: Any) -> int:
        """Return how many rows there are, up to the cut."""
        given = _Arguments(arguments)
        here = kept()
        key = (self, given.shape)
        statement = here.get(key)
        if statement is None:
            stand_ins, flat = given.stand_ins(arguments)
            try:
                query = self._make(*stand_ins).values_list("pk").query
                text, parameters = query.get_compiler(connection=here.wrapper).as_sql()
            except EmptyResultSet:
                return 0
            text = f"SELECT COUNT(*) FROM ({text}) counted"  # noqa: S608
            statement = here[key] = Statement(text, parameters, flat, here.wrapper)
        return int(here.send(statement, given.values).fetchall()[0][0])


class PreparedCounts:
    """Counts in one statement: ``make()`` returns querysets, each cut off where nobody counts on (``[:1001]``)."""

    def __init__(self, make: Callable[[], Sequence[models.QuerySet[Any, Any]]]) -> None:
        self._make = make

    def __call__(self) -> tuple[int, ...]:
        """Return how many rows there are of each, up to the cuts."""
        here = kept()
        statement = here.get(self)
        if statement is None:
            counts, parameters = [], []
            for rows in self._make():
                text, bound = rows.values_list("pk").query.get_compiler(connection=here.wrapper).as_sql()
                counts.append(f"(SELECT COUNT(*) FROM ({text}) counted)")  # noqa: S608
                parameters += bound
            statement = here[self] = Statement(f"SELECT {', '.join(counts)}", parameters, [], here.wrapper)
        (found,) = here.send(statement, []).fetchall()
        return tuple(map(int, found))


def attach(instance: models.Model, name: str, rows: Sequence[models.Model]) -> None:
    """Give `instance` the rows of its reverse relation `name`, as `prefetch_related` does."""
    manager = getattr(instance, name)
    for row in rows:
        setattr(row, manager.field.name, instance)
    prefetched = manager.all()
    prefetched._result_cache = list(rows)
    prefetched._prefetch_done = True
    kept = instance.__dict__.setdefault("_prefetched_objects_cache", {})
    kept[name] = prefetched


class PreparedUpdate:
    """A change: ``make(*arguments)`` returns the rows as a queryset and the new values as a dict."""

    def __init__(self, make: Callable[..., tuple[models.QuerySet[Any, Any], dict[str, Any]]]) -> None:
        self._make = make

    def __call__(self, *arguments: Any) -> int:
        """Change the rows and return how many they were."""
        given = _Arguments(arguments)
        here = kept()
        key = (self, given.shape)
        statement = here.get(key)
        if statement is None:
            stand_ins, flat = given.stand_ins(arguments)
            rows, values = self._make(*stand_ins)
            query = rows.order_by().query.chain(sql.UpdateQuery)
            query.add_update_values(values)  # type: ignore[attr-defined]
            text, parameters = query.get_compiler(connection=here.wrapper).as_sql()
            statement = here[key] = Statement(text, parameters, flat, here.wrapper)
        with here.breaking_the_transaction:
            return int(here.send(statement, given.values).rowcount)


def update(row: models.Model, *names: str, **unchanged: Any) -> bool:
    """Write the columns `names` of a row that was read; as `save(update_fields=…)` of a model without signals.

    With `unchanged` only if these columns still hold these values (None: nothing); False if they do not, or the row
    is gone.
    """
    model = type(row)
    here = kept()
    columns = _columns(model)
    empty = tuple(name for name in names if getattr(row, columns[name].attname) is None)
    key = (model, names, empty, tuple((name, value is None) for name, value in unchanged.items()))
    statement = here.get(key)
    if statement is None:
        fields = [columns[name] for name in names]
        rows = model._base_manager.filter(pk=row.pk)
        for name, value in unchanged.items():
            rows = rows.filter(**{name: value})
        query = rows.query.chain(sql.UpdateQuery)
        query.add_update_fields([(field, None, getattr(row, field.attname)) for field in fields])  # type: ignore[attr-defined]
        text, parameters = query.get_compiler(connection=here.wrapper).as_sql()
        # What is None stands in the text and is no parameter.
        bound = [field for field in fields if field.name not in empty]
        bound += [model._meta.pk, *(columns[name] for name, value in unchanged.items() if value is not None)]
        if len(bound) != len(parameters):
            raise TypeError(f"the values are not to be found in {text}")
        statement = here[key] = Statement.of_columns(text, len(bound))
        statement.insertion = Insertion(bound, here.wrapper)
    held = [value for value in unchanged.values() if value is not None]
    values = statement.insertion.values(row, held, is_new=False)
    with here.breaking_the_transaction:
        return bool(here.send(statement, values).rowcount)


@cache
def _columns(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    return {field.name: field for field in model._meta.concrete_fields}


def insert(row: models.Model, *, unless_there: bool = False) -> bool:
    """Insert a new row and give it its key; as `save(force_insert=True)` of a model without signals.

    With `unless_there` a row that a unique constraint forbids is not inserted: then False, and nothing has happened.
    (SQLite passes over a row that a check forbids as well: what may be wrong with it is looked at before.)
    """
    model = type(row)
    here = kept()
    key = (model, unless_there)
    statement = here.get(key)
    if statement is None:
        fields = columns_of(model)
        query = sql.InsertQuery(model, on_conflict=OnConflict.IGNORE if unless_there else None)
        query.insert_values(list(fields), [row], raw=False)
        compiler = query.get_compiler(connection=here.wrapper)
        compiler.returning_fields = [model._meta.pk]
        ((text, _),) = compiler.as_sql()
        statement = here[key] = Statement.of_columns(text, len(fields))
        statement.insertion = Insertion(fields, here.wrapper)
    values = statement.insertion.values(row)
    with here.breaking_the_transaction:
        # To the end: SQLite keeps its lock while an answer is open.
        found = here.send(statement, values).fetchall()
    if not found:
        return False
    if row.pk is None:
        row.pk = found[0][0]
    row._state.adding = False
    row._state.db = here.wrapper.alias
    return True


def insert_all(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model: a single one as `insert` does, several in one statement, keys not given back."""
    if len(rows) == 1:
        insert(rows[0])
    elif rows:
        type(rows[0])._base_manager.bulk_create(rows)
