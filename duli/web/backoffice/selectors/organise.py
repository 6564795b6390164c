"""Categories, collections, brands, tags, attributes and types, as those who put the catalogue in order see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, Q

from duli.base.errors import NotFound
from duli.commerce.catalogue.models import (
    Attribute,
    Brand,
    Category,
    Collection,
    CollectionProduct,
    Product,
    ProductCategory,
    ProductType,
    SizeGuide,
    Tag,
)
from duli.commerce.catalogue.rules import matching_products
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.selectors.products import first_images

PAGE = 50
PREVIEW = 8


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category in the order of the tree; `products` counts those below it, too."""

    id: int
    name: str
    handle: str
    depth: int
    is_visible: bool
    products: int
    parent_id: int | None
    first: bool
    last: bool


def category_tree() -> list[CategoryRow]:
    """Return the whole tree with its numbers of products (two queries)."""
    counts = dict(ProductCategory.objects.values_list("category_id").annotate(Count("pk")).order_by())
    rows = list(Category.objects.order_by("path").values_list("pk", "name", "handle", "depth", "is_visible", "path"))
    by_path = {path: pk for pk, *_, path in rows}
    siblings: dict[str, list[int]] = {}
    for pk, *_, path in rows:
        siblings.setdefault(path[: -Category.steplen], []).append(pk)
    return [
        CategoryRow(
            id=pk,
            name=name,
            handle=handle,
            depth=depth - 1,
            is_visible=is_visible,
            products=counts.get(pk, 0),
            parent_id=by_path.get(path[: -Category.steplen]),
            first=siblings[path[: -Category.steplen]][0] == pk,
            last=siblings[path[: -Category.steplen]][-1] == pk,
        )
        for pk, name, handle, depth, is_visible, path in rows
    ]


class CategoryPlace(NamedTuple):
    """Where a category stands, as `move_category` is told it."""

    target: str
    position: str


def place_of(category_id: int) -> CategoryPlace | None:
    """Return where to move a category back to; None for the only one there is (two queries)."""
    rows = category_tree()
    here = next((row for row in rows if row.id == category_id), None)
    if here is None:
        return None
    beside = [row.id for row in rows if row.parent_id == here.parent_id]
    at = beside.index(category_id)
    if at:
        return CategoryPlace(str(beside[at - 1]), "right")
    if here.parent_id is not None:
        return CategoryPlace(str(here.parent_id), "first-child")
    return CategoryPlace(str(beside[1]), "left") if len(beside) > 1 else None


def found(model: Any, pk: int) -> Any:
    """Return a row by its key. NotFound."""
    row = model.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound()
    return row


@dataclass(frozen=True, slots=True)
class CollectionRow:
    collection: Collection
    products: int


def collection_page(query: str, *, after: str = "") -> tuple[list[CollectionRow], str]:
    """Return collections by title with their numbers of products (two queries)."""
    rows = Collection.objects.all()
    if query:
        rows = rows.filter(Q(title__icontains=query) | Q(handle__icontains=query))
    page, cursor = cursors.page(rows, order="title", after=after, limit=PAGE)
    counts = dict(
        CollectionProduct.objects.filter(collection__in=[row.pk for row in page])
        .values_list("collection_id")
        .annotate(Count("pk"))
        .order_by()
    )
    return [CollectionRow(row, counts.get(row.pk, 0)) for row in page], cursor


@dataclass(frozen=True, slots=True)
class ProductLine:
    id: int
    title: str
    status: str
    image: str


def product_lines(ids: Sequence[int]) -> list[ProductLine]:
    """Return products in the given order (two queries)."""
    found_rows = Product.objects.filter(pk__in=list(ids)).values_list("pk", "title", "status")
    rows = {pk: (title, status) for pk, title, status in found_rows}
    images = first_images(list(rows))
    return [ProductLine(pk, *rows[pk], images.get(pk, "")) for pk in ids if pk in rows]


def collection_members(collection_id: int, limit: int = 500) -> list[ProductLine]:
    """Return the products of a collection in their order (three queries)."""
    rows = CollectionProduct.objects.filter(collection_id=collection_id).order_by("position", "pk")
    return product_lines(list(rows.values_list("product_id", flat=True)[:limit]))


def matches(rules: Mapping[str, Any]) -> tuple[int, list[ProductLine]]:
    """Return how many products the rules describe, and the first of them. InvalidInput for rules of no known form."""
    rows = matching_products(rules)
    return rows.count(), product_lines(list(rows.order_by("-created_at", "-pk").values_list("pk", flat=True)[:PREVIEW]))


@dataclass(frozen=True, slots=True)
class Named:
    """A brand, tag, type or attribute, and how many products have it."""

    row: Any
    products: int


_PATHS = {
    Brand: "products",
    Tag: "products",
    ProductType: "product",
    Attribute: "product_values__product",
    SizeGuide: "products",
}


def named_page(model: Any, query: str, *, after: str = "") -> tuple[list[Named], str]:
    """Return brands, tags, types or attributes by name, with their numbers of products (two queries)."""
    rows = model.objects.all()
    if query:
        rows = rows.filter(name__icontains=query)
    page, cursor = cursors.page(rows, order="name", after=after, limit=PAGE)
    counted = model.objects.filter(pk__in=[row.pk for row in page]).annotate(used=Count(_PATHS[model], distinct=True))
    counts = dict(counted.order_by().values_list("pk", "used"))
    return [Named(row, counts.get(row.pk, 0)) for row in page], cursor


def used_by(model: Any, pk: int) -> int:
    """Return how many products have it."""
    used: int = model.objects.filter(pk=pk).aggregate(used=Count(_PATHS[model], distinct=True))["used"]
    return used
