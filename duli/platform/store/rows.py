"""Rows of kept statements: into model instances and out of them, without what Django asks for each row anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, RelatedPopulator, ValuesListIterable
from django.utils.timezone import is_aware

Make = Callable[[Sequence[Any]], Any]


def reader(rows: models.QuerySet[Any, Any], compiler: Any) -> Make:
    """Return what makes of a row what the queryset `rows`, compiled by `compiler`, would make of it."""
    convert = _converter(compiler)
    if issubclass(rows._iterable_class, ValuesListIterable):
        return lambda row: tuple(convert(row))
    if not issubclass(rows._iterable_class, ModelIterable):
        raise TypeError("a prepared statement returns model rows or the tuples of values_list")
    facts = compiler.klass_info
    columns = facts["select_fields"]
    start, end = columns[0], columns[-1] + 1
    make = _maker(
        facts["model"], [compiler.select[place][0].target.attname for place in columns], compiler.connection.alias
    )
    related = _related(facts, compiler.select, compiler.connection.alias)
    extra = list((compiler.annotation_col_map or {}).items())
    if not related and not extra:
        return lambda row: make(convert(row)[start:end])

    def populate(row: Sequence[Any]) -> Any:
        row = convert(row)
        instance = make(row[start:end])
        for populator in related:
            populator.populate(row, instance)
        for name, place in extra:
            setattr(instance, name, row[place])
        return instance

    return populate


def _converter(compiler: Any) -> Callable[[Sequence[Any]], Sequence[Any]]:
    width, connection = len(compiler.select), compiler.connection
    steps = [
        (place, step, expression)
        for place, (steps, expression) in compiler.get_converters([entry[0] for entry in compiler.select]).items()
        for step in steps
    ]

    def convert(row: Sequence[Any]) -> Sequence[Any]:
        changed = list(row[:width])
        for place, step, expression in steps:
            changed[place] = step(changed[place], expression, connection)
        return changed

    return convert


def _maker(model: type[models.Model], names: Sequence[str], alias: str) -> Make:
    """Return what makes an instance of the values of `names`."""
    is_plain = (
        model.__init__ is models.Model.__init__
        and model.from_db.__func__ is models.Model.from_db.__func__  # type: ignore[attr-defined]
        # These listen for each instance that is made.
        and not any(isinstance(field, models.ImageField) for field in model._meta.fields)
    )
    if not is_plain:
        return lambda values: model.from_db(alias, names, values)
    new = model.__new__

    def make(values: Sequence[Any]) -> Any:
        # What `Model.__init__` does for a row that was read, without a look at each field.
        instance = new(model)
        state = ModelState()
        state.adding, state.db = False, alias
        instance.__dict__["_state"] = state
        instance.__dict__.update(zip(names, values, strict=True))
        return instance

    return make


class _Related(RelatedPopulator):
    def __init__(self, facts: Any, select: Any, alias: str) -> None:
        super().__init__(facts, select, alias)  # type: ignore[call-arg]
        self.related_populators = list(_related(facts, select, alias))
        self._make = _maker(self.model_cls, self.init_list, alias)

    def populate(self, row: Sequence[Any], from_obj: Any) -> None:
        values = self.reorder_for_init(row) if self.reorder_for_init else row[self.cols_start : self.cols_end]
        instance = None
        if values[self.pk_idx] is not None:
            instance = self._make(values)
            for populator in self.related_populators:
                populator.populate(row, instance)
        self.local_setter(from_obj, instance)
        if instance is not None:
            self.remote_setter(instance, from_obj)


def _related(facts: Any, select: Any, alias: str) -> list[_Related]:
    return [_Related(entry, select, alias) for entry in facts.get("related_klass_infos", [])]


@cache
def columns_of(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """Return the columns that a new row brings along; the database makes the others."""
    made = models.AutoField | models.BigAutoField
    return tuple(
        field
        for field in model._meta.local_concrete_fields
        if not isinstance(field, made) and not getattr(field, "generated", False)
    )


class Insertion:
    """What a row sends to the database of its columns `fields`."""

    def __init__(self, fields: Sequence[models.Field[Any, Any]], wrapper: BaseDatabaseWrapper) -> None:
        self._wrapper = wrapper
        self._columns = [(field.attname, _plain(field), _is_read(field), field) for field in fields]

    def values(self, row: models.Model, instead: Sequence[Any] = (), *, is_new: bool = True) -> list[Any]:
        """Return the values of all columns, as the driver takes them; the last columns' are those of `instead`."""
        found = []
        own = len(self._columns) - len(instead)
        for place, (name, plain, is_read, field) in enumerate(self._columns):
            if place >= own:
                value = instead[place - own]
            else:
                value = getattr(row, name) if is_read else field.pre_save(row, is_new)
            kind = type(value)
            if kind is plain or (value is None and plain is not None):
                pass
            elif kind is datetime and plain is _Moment and is_aware(value):
                value = self._wrapper.ops.adapt_datetimefield_value(value)
            else:
                value = field.get_db_prep_save(value, self._wrapper)
            found.append(value)
        return found


class _Moment:
    """Stands for the type of a moment, which SQLite takes as a text."""


def _is_read(field: models.Field[Any, Any]) -> bool:
    """True if saving the field takes its value from the row and nothing else."""
    return type(field).pre_save is models.Field.pre_save or (
        isinstance(field, models.DateField) and not field.auto_now and not field.auto_now_add
    )


def _plain(field: models.Field[Any, Any]) -> type | None:
    """Return the type whose values the driver takes from this column as they are; None if there is none."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    kind = type(target)
    if kind in {models.CharField, models.TextField, models.SlugField, models.EmailField, models.URLField}:
        return str
    if isinstance(target, models.IntegerField):
        return int
    if kind is models.BooleanField:
        return bool
    return _Moment if kind is models.DateTimeField else None
