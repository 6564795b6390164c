"""The list of products as staff see it: every status, with stock and prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import (
    Brand,
    Category,
    Collection,
    CollectionProduct,
    Product,
    ProductCategory,
    ProductMedia,
    ProductType,
    Tag,
    Variant,
)
from duli.commerce.catalogue.selectors import found_by_search
from duli.commerce.inventory.models import StockLevel
from duli.commerce.pricing.models import PriceRange
from duli.commerce.pricing.selectors import price_ranges
from duli.platform.media.models import AssetKind
from duli.platform.media.types import ImageView, source
from duli.platform.store.selectors import current_store
from duli.web.backoffice.kit import cursors

PAGE = 50
SORTS = {"newest": "-created_at", "title": "title", "updated": "-updated_at", "selling": "-sales_count"}


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What the list is narrowed to; empty parts do not narrow. `stock` is "out" or "low"."""

    query: str = ""
    status: str = ""
    brand_ids: Sequence[int] = ()
    category_ids: Sequence[int] = ()
    collection_ids: Sequence[int] = ()
    stock: str = ""
    tag_ids: Sequence[int] = ()
    price: tuple[int | None, int | None] | None = None
    """Lowest and highest price in the store's currency, minor units; any variant between them counts."""


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product; `available` is None if nothing of it is counted."""

    id: int
    title: str
    handle: str
    status: str
    published_at: datetime | None
    unpublished_at: datetime | None
    brand: str
    image: str
    variants: int
    available: int | None
    low: Money | None
    high: Money | None
    updated_at: datetime
    created_at: datetime
    product_type: str
    sold: int


def _filtered(wanted: ProductFilter) -> QuerySet[Product]:
    rows = Product.objects.all()
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.brand_ids:
        rows = rows.filter(brand_id__in=wanted.brand_ids)
    if wanted.category_ids:
        links = ProductCategory.objects.filter(product=OuterRef("pk"), category_id__in=wanted.category_ids)
        rows = rows.filter(Exists(links))
    if wanted.collection_ids:
        members = CollectionProduct.objects.filter(product=OuterRef("pk"), collection_id__in=wanted.collection_ids)
        rows = rows.filter(Exists(members))
    if wanted.query:
        variants = Variant.objects.filter(product=OuterRef("pk"), is_active=True)
        by_variant = variants.filter(Q(sku__istartswith=wanted.query) | Q(barcode=wanted.query))
        by_words = Q(title__icontains=wanted.query) | Q(handle__icontains=wanted.query)
        by_words |= Q(pk__in=found_by_search(wanted.query))
        rows = rows.filter(by_words | Exists(by_variant))
    if wanted.tag_ids:
        rows = rows.filter(
            Exists(Product.tags.through.objects.filter(product=OuterRef("pk"), tag_id__in=wanted.tag_ids))
        )
    if wanted.price:
        low, high = wanted.price
        priced = PriceRange.objects.filter(
            product=OuterRef("pk"), price_list__currency=current_store().default_currency, price_list__is_default=True
        )
        if low is not None:
            priced = priced.filter(maximum_minor__gte=low)
        if high is not None:
            priced = priced.filter(minimum_minor__lte=high)
        rows = rows.filter(Exists(priced))
    if wanted.stock:
        free = (
            StockLevel.objects.filter(
                variant__product=OuterRef("pk"),
                variant__is_active=True,
                variant__tracks_stock=True,
                location__is_active=True,
            )
            .order_by()
            .values("variant__product")
            .annotate(free=Sum(F("on_hand") - F("reserved")))
            .values("free")
        )
        counted = Variant.objects.filter(product=OuterRef("pk"), is_active=True, tracks_stock=True)
        left = Coalesce(Subquery(free), 0)
        rows = rows.filter(Exists(counted))
        if wanted.stock == "out":
            rows = rows.filter(LessThanOrEqual(left, 0))
        else:
            rows = rows.filter(GreaterThan(left, 0), LessThanOrEqual(left, current_store().low_stock_threshold))
    return rows


def product_page(
    wanted: ProductFilter, *, sort: str, after: str = "", limit: int = PAGE
) -> tuple[list[ProductRow], str]:
    """Return one page of products and the cursor of the next (four queries)."""
    order = SORTS.get(sort, SORTS["newest"])
    found, cursor = cursors.page(
        _filtered(wanted).select_related("brand", "product_type").defer("description_html"),
        order=order,
        after=after,
        limit=limit,
    )
    ids = [product.pk for product in found]
    images = first_images(ids)
    counts: dict[int, dict[str, Any]] = {
        row["product_id"]: dict(row)
        for row in Variant.objects.filter(product_id__in=ids, is_active=True)
        .order_by()
        .values("product_id")
        .annotate(
            variants=Count("pk", distinct=True),
            counted=Count("pk", filter=Q(tracks_stock=True)),
            free=Sum(
                F("stock_levels__on_hand") - F("stock_levels__reserved"),
                filter=Q(tracks_stock=True, stock_levels__location__is_active=True),
            ),
        )
    }
    ranges = price_ranges(ids, current_store().default_currency, now())
    result = []
    for product in found:
        count = counts.get(product.pk, {"variants": 0, "counted": 0, "free": None})
        low, high, *_ = ranges.get(product.pk, (None, None, None))
        result.append(
            ProductRow(
                id=product.pk,
                title=product.title,
                handle=product.handle,
                status=product.status,
                published_at=product.published_at,
                unpublished_at=product.unpublished_at,
                brand=product.brand.name if product.brand else "",
                image=images.get(product.pk, ""),
                variants=count["variants"],
                available=(count["free"] or 0) if count["counted"] else None,
                low=low,
                high=high,
                updated_at=product.updated_at,
                created_at=product.created_at,
                product_type=product.product_type.name if product.product_type else "",
                sold=product.sales_count,
            )
        )
    return result, cursor


def product_ids(wanted: ProductFilter, *, page: int = 100) -> Iterator[list[int]]:
    """Yield the ids of the products that a filter leaves, a page at a time, by id."""
    last = 0
    while found := list(
        _filtered(wanted).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True).distinct()[:page]
    ):
        yield found
        last = found[-1]


def first_images(product_ids: Sequence[int], width: int = 160) -> dict[int, str]:
    """Return the address of each product's first picture (one query)."""
    rows = (
        ProductMedia.objects.filter(product_id__in=product_ids, asset__kind=AssetKind.IMAGE)
        .order_by("product_id", "position", "pk")
        .values_list("product_id", "asset_id", "asset__content_hash", "asset__width")
    )
    images: dict[int, str] = {}
    for product_id, asset_id, content_hash, original in rows:
        if product_id not in images:
            images[product_id] = source(ImageView(asset_id, content_hash, original, 0), width)
    return images


@dataclass(frozen=True, slots=True)
class CategoryChoice:
    """A category with its depth in the tree, 0 at the top."""

    id: int
    name: str
    depth: int


def category_choices() -> list[CategoryChoice]:
    """Return the whole tree in its order (one query)."""
    rows = Category.objects.order_by("path").values_list("pk", "name", "depth")
    return [CategoryChoice(pk, name, depth - 1) for pk, name, depth in rows]


def brand_choices(limit: int = 200) -> list[tuple[int, str]]:
    return list(Brand.objects.order_by("name").values_list("pk", "name")[:limit])


def tag_choices(limit: int = 200) -> list[tuple[int, str]]:
    return list(Tag.objects.order_by("name").values_list("pk", "name")[:limit])


def type_choices(limit: int = 200) -> list[str]:
    return list(ProductType.objects.order_by("name").values_list("name", flat=True)[:limit])


def collection_choices(*, manual_only: bool = False, limit: int = 200) -> list[tuple[int, str]]:
    rows = Collection.objects.order_by("position", "title")
    if manual_only:
        rows = rows.filter(kind="manual")
    return list(rows.values_list("pk", "title")[:limit])
