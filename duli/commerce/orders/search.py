"""What people remember of an order, as look-ups that each use one index on either database.

The expressions here and the indexes of `models.py` have to be the same words: a database uses an index on an
expression only where it meets exactly that expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import Upper
from django.db.models.lookups import EndsWith, Exact, GreaterThanOrEqual, LessThan, StartsWith
from django.utils.deconstruct import deconstructible

from duli.commerce.orders.states import FIRST_NUMBER
from duli.platform.store.prepared import Prepared

MOST_NEWEST = 200
"""Of orders whose number or goods fit, a list shows so many: nobody reads further, and it bounds the cost."""
LONGEST = 8
"""Digits of the longest number that is looked for by its beginning."""
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@deconstructible(path="duli.commerce.orders.search.Tail")
class Tail(Func):
    """The last `length` characters. The number stands in the text, not in a parameter: SQLite's planner needs that."""

    arity = 1

    def __init__(self, expression: Any, length: int) -> None:
        self.length = length
        super().__init__(expression, output_field=models.TextField(), length=length)

    template = "RIGHT(%(expressions)s, %(length)s)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="SUBSTR(%(expressions)s, -%(length)s)", **context)


class NameHasWord(Func):
    """Whether one of the words of a name begins with what is looked for; PostgreSQL only, in the index's words."""

    arity = 2
    output_field = models.BooleanField()
    template = "to_tsvector('simple', %(expressions)s)"
    arg_joiner = ") @@ to_tsquery('simple', "


class PrefixIndex(models.Index):
    """An index that also answers "begins with": PostgreSQL needs to be told so, SQLite compares bytes anyway."""

    def create_sql(self, model: type[models.Model], schema_editor: Any, using: str = "", **arguments: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **arguments)
        from django.contrib.postgres.indexes import OpClass
        from django.db.models.expressions import OrderBy
        from django.db.models.functions import Collate
        from django.db.models.indexes import IndexExpression

        IndexExpression.register_wrappers(OrderBy, OpClass, Collate)
        first, *rest = self.expressions
        plain = models.Index(OpClass(first, "text_pattern_ops"), *rest, name=self.name)
        return plain.create_sql(model, schema_editor, using, **arguments)


def same(expression: Any, text: str) -> Exact:
    return Exact(expression, Value(text))


def begins(expression: Any, text: str) -> Any:
    """Return the condition that `expression` begins with `text`, in the words that can use its index."""
    if connection.vendor == "postgresql":
        return StartsWith(expression, Value(text))
    return Q(GreaterThanOrEqual(expression, Value(text))) & Q(LessThan(expression, Value(text + "\U0010ffff")))


@dataclass(frozen=True, slots=True)
class Place:
    """A place where something may stand that was typed: what kind of place, and the values to look for there."""

    kind: str
    values: tuple[Any, ...]

    def condition(self, *, newest: bool = False) -> Any:
        """Return the condition on orders that have it here.

        With `newest` the places whose orders lie close together in time, so that a walk along the newest may meet
        none of them for long, give their own newest `MOST_NEWEST` only.
        """
        from duli.commerce.orders.models import Fulfilment, Order

        value = self.values[0]
        match self.kind:
            case "number":
                begun = begins(Upper("number"), value)
                # Beside numbers of our own these are few: of an old shop, or of an order that was split.
                return Q(pk__in=Order.objects.order_by().filter(begun).values("pk")[:MOST_NEWEST]) if newest else begun
            case "keys":
                within = Order.objects.filter(pk__gte=value, pk__lt=self.values[1]).order_by("-pk")
                return Q(pk__in=within.values("pk")[:MOST_NEWEST])
            case "email":
                return begins(Upper("email"), value)
            case "phone":
                return same(Tail("phone", 8), value)
            case "phone end":
                return Q(same(Tail("phone", 4), value)) & Q(EndsWith(F("phone"), Value(self.values[1])))
            case "name end":
                return same(Tail("customer_name", 2), value)
            case "name":
                return begins(Upper("customer_name"), value)
            case "name word":
                return NameHasWord("customer_name", Value(value))
            case "name within":
                return Q(customer_name__icontains=value)
            case "SKU":
                holding = _holding(value)
                return Q(pk__in=holding.order_by("-order_id")[:MOST_NEWEST] if newest else holding)
        parcels = Fulfilment.objects.order_by().filter(same(Upper("tracking_number"), value))
        return Q(pk__in=parcels.values("order_id"))


def places(query: str, prefix: str, *, newest: bool = False) -> list[Place] | None:
    """Return each place of an order where `query` may stand, or None if there is nothing to look for.

    The condition of each place alone uses one index; joined by OR they use none. `prefix` is what the store's order
    numbers begin with: people leave it out. With `newest` the beginning of a number is looked for among keys as well.
    """
    text = " ".join(query.split()).lstrip("#").strip()[:100]
    return None if not text or "\x00" in text else list(_places(text, prefix, newest=newest))


def _keys(digits: str) -> Iterator[Place]:
    """Yield the ranges of keys whose numbers begin with these digits; a number is a key in disguise.

    Ranges beyond the newest order are left out: each place that is looked in has to be planned (one short query).
    """
    if digits.isdecimal() and digits.isascii() and not digits.startswith("0") and len(digits) <= LONGEST:
        ((last,),) = _last_key.rows() or ((0,),)
        for length in range(len(digits), LONGEST + 1):
            first, ten = int(digits.ljust(length, "0")) - FIRST_NUMBER, 10 ** (length - len(digits))
            if first + ten > 1 and first <= last:
                yield Place("keys", (max(first, 1), first + ten))


def _newest_key() -> QuerySet[Any, Any]:
    from duli.commerce.orders.models import Order

    return Order.objects.order_by("-pk").values_list("pk")[:1]


_last_key = Prepared(_newest_key)


def _places(text: str, prefix: str, *, newest: bool) -> Iterator[Place]:
    upper = text.upper()
    own = upper.removeprefix(prefix.upper())
    for number in dict.fromkeys([upper, f"{prefix.upper()}{own}"]):
        yield Place("number", (number,))
    if newest:
        yield from _keys(own)
    if "@" in text or len(text) > 2:
        yield Place("email", (upper,))
    digits = re.sub(r"[\s()+./-]", "", text)
    if digits.isdecimal() and len(digits) >= 8:
        # An international number was perhaps written without its country: the last eight digits are telling.
        yield Place("phone", (digits[-8:],))
    elif digits.isdecimal() and len(digits) >= 4:
        yield Place("phone end", (digits[-4:], digits))
    if _CHINESE.search(text) and len(text) == 2:
        yield Place("name end", (text,))
    if not own.isdecimal() and (len(text) > 1 or _CHINESE.search(text)):
        yield Place("name", (upper,))
        if connection.vendor == "postgresql":
            word = re.sub(r"[^\w@.-]", "", text)
            if len(word) > 2 and word.isascii():
                yield Place("name word", (f"'{word}':*",))
        elif len(text) > 2:
            # A shop on SQLite is small enough to be read; PostgreSQL has an index of the words.
            yield Place("name within", (f" {text}",))
    yield Place("SKU", (upper,))
    yield Place("tracking", (upper,))


def found(looked_in: Sequence[Place]) -> QuerySet[Any, Any]:
    """Return the keys of all orders that have it in one of the places, as a subquery in no order."""
    from duli.commerce.orders.models import Order

    first, *others = (Order.objects.order_by().filter(place.condition()).values("pk") for place in looked_in)
    return first.union(*others, all=True)


def newest(rows: QuerySet[Any, Any] | None, looked_in: Sequence[Place], limit: int) -> list[int]:
    """Return the keys of the newest `limit` of `rows` (None: of all) that have it in one of the places (one query).

    Each place gives its own newest. PostgreSQL then walks along the newest orders where very many fit, and asks the
    place's index where few do; the whole of what fits is never collected.
    """
    seen: set[tuple[Any, int]]
    if rows is None and connection.features.supports_slicing_ordering_in_compound:
        values = [value for place in looked_in for value in place.values]
        seen = set(_newest_of_all(tuple((place.kind, len(place.values)) for place in looked_in), limit).rows(*values))
    else:
        parts = _newest_parts(_all() if rows is None else rows, looked_in, limit)
        if connection.features.supports_slicing_ordering_in_compound:
            parts = [parts[0].union(*parts[1:], all=True)]
        seen = {entry for part in parts for entry in part}
    return [key for _moment, key in sorted(seen, reverse=True)[:limit]]


def _all() -> QuerySet[Any, Any]:
    from duli.commerce.orders.models import Order

    return Order.objects.all()


def _newest_parts(rows: QuerySet[Any, Any], looked_in: Sequence[Place], limit: int) -> list[QuerySet[Any, Any]]:
    return [
        rows.filter(place.condition(newest=True)).order_by("-placed_at", "-id").values_list("placed_at", "id")[:limit]
        for place in looked_in
    ]


@cache
def _newest_of_all(kinds: tuple[tuple[str, int], ...], limit: int) -> Prepared[tuple[Any, int]]:
    """Return the search of all orders in these places, written once; a dozen kinds of text make a dozen."""

    def make(*values: Any) -> QuerySet[Any, Any]:
        rest = iter(values)
        looked_in = [Place(kind, tuple(next(rest) for _ in range(count))) for kind, count in kinds]
        first, *others = _newest_parts(_all(), looked_in, limit)
        return first.union(*others, all=True)

    # How to search depends on what is looked for: a few fit, or very many do.
    return Prepared(make, planned_once=False)


def with_sku(sku: str) -> QuerySet[Any, Any]:
    """Return the keys of the orders that hold this SKU."""
    return _holding(sku.upper())


def _holding(upper: str) -> QuerySet[Any, Any]:
    from duli.commerce.orders.models import OrderLine

    return OrderLine.objects.order_by().filter(same(Upper("sku"), upper)).values("order_id")
