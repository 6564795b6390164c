"""The statements that the index of listings is read with: a row per group of products wherever one will do.

Each takes the ids of changed products, or None for all products. 50,000 products have 150,000 option values, but only
some dozens of names among them: the database writes the ids of a group into one text, which Python reads at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Aggregate,
    Avg,
    BooleanField,
    Case,
    DateTimeField,
    FloatField,
    Func,
    Max,
    Q,
    QuerySet,
    TextField,
    When,
)

from duli.commerce.assortment import offers
from duli.commerce.catalogue.models import (
    CollectionProduct,
    OptionValue,
    Product,
    ProductAttribute,
    ProductCategory,
)
from duli.commerce.catalogue.models.product import on_sale
from duli.commerce.catalogue.states import ProductStatus

CHUNK = 5000
# So many rows speak for all options, or values, of one name when it is translated.
EXAMPLES = 5
Only = Iterable[int] | None


class Ids(Aggregate):
    """The numbers of a group as one text, "1,2,3", in no order."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "STRING_AGG((%(expressions)s)::text, ',')"
        return self.as_sql(compiler, connection, template=template, **context)


class Seconds(Func):
    """A moment as a number to sort by: several times cheaper to read than a datetime."""

    output_field = FloatField()
    template = "JULIANDAY(%(expressions)s) * 86400"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="EXTRACT(EPOCH FROM %(expressions)s)::float8", **context)


@dataclass(frozen=True, slots=True)
class OptionRow:
    """All option values of one name under options of one name: average positions, examples of the rows."""

    option: str
    value: str
    option_position: float
    value_position: float
    swatch: str
    option_ids: list[int]
    value_ids: list[int]
    product_ids: list[int]


def products(only: Only, instant: datetime) -> Iterator[tuple[int, str, bool, datetime | None, float, int]]:
    """Yield (id, title, is on sale at `instant`, when that changes next, created when, units sold), oldest first."""
    found = _narrowed(Product.objects.all(), "pk", only).annotate(
        shown=Case(When(on_sale(instant), then=True), default=False, output_field=BooleanField()),
        next_change=Case(
            When(~Q(status=ProductStatus.ACTIVE), then=None),
            When(published_at__gt=instant, then="published_at"),
            When(unpublished_at__gt=instant, then="unpublished_at"),
            output_field=DateTimeField(),
        ),
        created=Seconds("created_at"),
    )
    columns = found.order_by("pk").values_list("pk", "title", "shown", "next_change", "created", "sales_count")
    yield from columns.iterator(chunk_size=CHUNK)


def in_stock(only: Only) -> list[int]:
    """Return the products of which something can be sold now."""
    stocked = _narrowed(offers.stocked_variants(), "product", only)
    return _numbers(stocked.order_by().aggregate(ids=Ids("product_id"))["ids"])


def brands(only: Only) -> Iterator[tuple[str, list[int]]]:
    return _grouped(_narrowed(Product.objects.filter(brand__isnull=False), "pk", only), "brand__handle", "pk")


def categories(only: Only) -> Iterator[tuple[int, list[int]]]:
    return _grouped(_narrowed(ProductCategory.objects.all(), "product", only), "category_id", "product_id")


def collections(only: Only) -> Iterator[tuple[int, list[int]]]:
    return _grouped(_narrowed(CollectionProduct.objects.all(), "product", only), "collection_id", "product_id")


def tagged(handle: str) -> Iterable[int]:
    return Product.objects.filter(tags__handle=handle).values_list("pk", flat=True)


def attributes(only: Only) -> Iterator[tuple[str, str, object, bool | None, list[int]]]:
    """Yield (code, text, number, boolean, ids of the products) per value of what is filtered by."""
    found = _narrowed(ProductAttribute.objects.filter(attribute__is_filterable=True), "product", only)
    columns = found.order_by().values_list("attribute__code", "text", "number", "boolean")
    for *value, ids in columns.annotate(ids=Ids("product_id")):
        yield (*value, _numbers(ids))


def options(only: Only) -> Iterator[OptionRow]:
    found = _narrowed(OptionValue.objects.all(), "option__product", only)
    columns = found.order_by().values_list("option__name", "name")
    for name, value, option_position, value_position, swatch, option_ids, value_ids, ids in columns.annotate(
        option_position=Avg("option__position"),
        value_position=Avg("position"),
        colour=Max("swatch"),
        option_ids=Ids("option_id"),
        value_ids=Ids("pk"),
        product_ids=Ids("option__product_id"),
    ):
        examples = _numbers(option_ids, EXAMPLES), _numbers(value_ids, EXAMPLES)
        yield OptionRow(name, value, option_position, value_position, swatch, *examples, _numbers(ids))


def _narrowed(rows: QuerySet[Any], product: str, only: Only) -> QuerySet[Any]:
    return rows if only is None else rows.filter(**{f"{product}__in": only})


def _grouped(rows: QuerySet[Any], key: str, product: str) -> Iterator[tuple[Any, list[int]]]:
    for value, ids in rows.order_by().values_list(key).annotate(ids=Ids(product)):
        yield value, _numbers(ids)


def _numbers(text: str | None, most: int = -1) -> list[int]:
    """Read what `Ids` wrote; with `most` only the first so many."""
    if not text:
        return []
    found = text.split(",", most)
    return list(map(int, found if most < 0 else found[:most]))
