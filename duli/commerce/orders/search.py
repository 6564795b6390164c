"""What people remember of an order, as look-ups that each use one index on either database.

The expressions here and the indexes of `models.py` have to be the same words: a database uses an index on an
expression only where it meets exactly that expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Func, Q, QuerySet, Value
from django.db.models.functions import Upper
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThan, StartsWith
from django.utils.deconstruct import deconstructible

from duli.commerce.orders.states import FIRST_NUMBER

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


def places(query: str, prefix: str, *, newest: bool = False) -> list[Any] | None:
    """Return a condition on orders for each place where `query` may stand, or None if there is nothing to look for.

    Each condition alone uses one index; joined by OR they use none. `prefix` is what the store's order numbers begin
    with: people leave it out. With `newest` the places whose orders lie close together in time, so that a walk along
    the newest may meet none of them for long, give their own newest `MOST_NEWEST` only.
    """
    text = " ".join(query.split()).lstrip("#").strip()[:100]
    return None if not text or "\x00" in text else list(_places(text, prefix, newest=newest))


def _numbers(upper: str, prefix: str, *, newest: bool) -> Iterator[Any]:
    """Yield the conditions that an order's number begins with what was typed.

    A number is a key in disguise: its beginning is a range of keys for each length, and the newest are the last.
    """
    from duli.commerce.orders.models import Order

    for number in dict.fromkeys([upper, f"{prefix}{upper}"]):
        begun = Order.objects.order_by().filter(begins(Upper("number"), number))
        # Beside numbers of our own these are few: of an old shop, or of an order that was split.
        yield Q(pk__in=begun.values("pk")[:MOST_NEWEST]) if newest else begins(Upper("number"), number)
    digits = upper.removeprefix(prefix)
    if newest and digits.isdecimal() and digits.isascii() and not digits.startswith("0") and len(digits) <= LONGEST:
        for length in range(len(digits), LONGEST + 1):
            first, ten = int(digits.ljust(length, "0")) - FIRST_NUMBER, 10 ** (length - len(digits))
            if first + ten > 1:
                within = Order.objects.filter(pk__gte=max(first, 1), pk__lt=first + ten).order_by("-pk")
                yield Q(pk__in=within.values("pk")[:MOST_NEWEST])


def _places(text: str, prefix: str, *, newest: bool) -> Iterator[Any]:
    from duli.commerce.orders.models import Fulfilment

    upper = text.upper()
    yield from _numbers(upper, prefix.upper(), newest=newest)
    if "@" in text or len(text) > 2:
        yield begins(Upper("email"), upper)
    digits = re.sub(r"[\s()+./-]", "", text)
    if digits.isdecimal() and len(digits) >= 8:
        # An international number was perhaps written without its country: the last eight digits are telling.
        yield same(Tail("phone", 8), digits[-8:])
    elif digits.isdecimal() and len(digits) >= 4:
        yield Q(same(Tail("phone", 4), digits[-4:])) & Q(phone__endswith=digits)
    if _CHINESE.search(text) and len(text) == 2:
        yield same(Tail("customer_name", 2), text)
    if len(text) > 1 or _CHINESE.search(text):
        yield begins(Upper("customer_name"), upper)
        if connection.vendor == "postgresql":
            word = re.sub(r"[^\w@.-]", "", text)
            if len(word) > 2 and word.isascii():
                yield NameHasWord("customer_name", Value(f"'{word}':*"))
        elif len(text) > 2:
            # A shop on SQLite is small enough to be read; PostgreSQL has an index of the words.
            yield Q(customer_name__icontains=f" {text}")
    holding = with_sku(text)
    yield Q(pk__in=holding.order_by("-order_id")[:MOST_NEWEST] if newest else holding)
    yield Q(pk__in=Fulfilment.objects.order_by().filter(same(Upper("tracking_number"), upper)).values("order_id"))


def found(conditions: Sequence[Any]) -> QuerySet[Any, Any]:
    """Return the keys of all orders that meet one of the conditions, as a subquery in no order."""
    from duli.commerce.orders.models import Order

    first, *others = (Order.objects.order_by().filter(condition).values("pk") for condition in conditions)
    return first.union(*others, all=True)


def newest(rows: QuerySet[Any, Any], conditions: Sequence[Any], limit: int) -> list[int]:
    """Return the keys of the newest `limit` of `rows` that meet one of the conditions (one query).

    Each place gives its own newest. PostgreSQL then walks along the newest orders where very many fit, and asks the
    place's index where few do; the whole of what fits is never collected.
    """
    parts = [
        rows.filter(condition).order_by("-placed_at", "-id").values_list("placed_at", "id")[:limit]
        for condition in conditions
    ]
    if connection.features.supports_slicing_ordering_in_compound:
        parts = [parts[0].union(*parts[1:], all=True)]
    seen = {entry for part in parts for entry in part}
    return [key for _moment, key in sorted(seen, reverse=True)[:limit]]


def with_sku(sku: str) -> QuerySet[Any, Any]:
    """Return the keys of the orders that hold this SKU."""
    from duli.commerce.orders.models import OrderLine

    return OrderLine.objects.order_by().filter(same(Upper("sku"), sku.upper())).values("order_id")
