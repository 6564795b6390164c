"""What people remember of an order, as look-ups that each use one index on either database.

The expressions here and the indexes of `models.py` have to be the same words: a database uses an index on an
expression only where it meets exactly that expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db import connection, models
from django.db.models import Func, Q, QuerySet, Value
from django.db.models.functions import Upper
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThan, StartsWith
from django.utils.deconstruct import deconstructible

MOST_FOUND = 200
"""Of what a word fits, so many are looked through: nobody reads further, and it bounds the cost."""
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


def _places(text: str, prefix: str) -> Iterator[QuerySet[Any, Any]]:
    """Yield one short query of order keys for each place where `text` may stand; each uses one index."""
    from duli.commerce.orders.models import Fulfilment, Order, OrderLine

    orders = Order.objects.order_by()
    upper = text.upper()
    for number in dict.fromkeys([upper, f"{prefix.upper()}{upper}"]):
        yield orders.filter(begins(Upper("number"), number)).values("pk")
    if "@" in text or len(text) > 2:
        yield orders.filter(begins(Upper("email"), upper)).values("pk")
    digits = re.sub(r"[\s()+./-]", "", text)
    if digits.isdecimal() and len(digits) >= 4:
        ending = Tail("phone", 8) if len(digits) >= 8 else Tail("phone", 4)
        length = 8 if len(digits) >= 8 else 4
        # An international number was perhaps written without its country: the last eight digits are telling.
        tail = digits[-8:] if length == 8 else digits[-4:]
        found = orders.filter(same(ending, tail))
        yield (found if length == 8 else found.filter(phone__endswith=digits)).values("pk")
    if _CHINESE.search(text) and len(text) == 2:
        yield orders.filter(same(Tail("customer_name", 2), text)).values("pk")
    if len(text) > 1 or _CHINESE.search(text):
        yield orders.filter(begins(Upper("customer_name"), upper)).values("pk")
        if connection.vendor == "postgresql":
            word = re.sub(r"[^\w@.-]", "", text)
            if len(word) > 2 and word.isascii():
                yield orders.extra(
                    where=["to_tsvector('simple', customer_name) @@ to_tsquery('simple', %s)"],
                    params=[f"'{word}':*"],
                ).values("pk")
        elif len(text) > 2:
            # A shop on SQLite is small enough to be read; PostgreSQL has an index of the words.
            yield orders.filter(customer_name__icontains=f" {text}").values("pk")
    yield OrderLine.objects.order_by().filter(same(Upper("sku"), upper)).values("order_id")
    yield Fulfilment.objects.order_by().filter(same(Upper("tracking_number"), upper)).values("order_id")


def found(query: str, prefix: str) -> list[int] | None:
    """Return keys of orders that fit what somebody typed, or None if there is nothing to look for (one query).

    `prefix` is what the store's order numbers begin with: people leave it out.
    """
    text = " ".join(query.split()).lstrip("#").strip()[:100]
    if not text or "\x00" in text:
        return None
    parts = [rows[:MOST_FOUND] for rows in _places(text, prefix)]
    if connection.features.supports_slicing_ordering_in_compound:
        parts = [parts[0].union(*parts[1:], all=True)]
    return list(dict.fromkeys(key for part in parts for row in part for key in row.values()))


def with_sku(sku: str) -> QuerySet[Any, Any]:
    """Return the keys of the orders that hold this SKU."""
    from duli.commerce.orders.models import OrderLine

    return OrderLine.objects.order_by().filter(same(Upper("sku"), sku.upper())).values("order_id")
