"""Products, prices and stock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.services import delete_product as remove_product
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.types import OptionDraft, OptionValueDraft, ProductDraft, VariantDraft
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.selectors import locations
from duli.commerce.inventory.services import adjust
from duli.commerce.pricing.models import Price
from duli.commerce.pricing.services import set_prices
from duli.commerce.pricing.types import PriceInput
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key
from duli.web.api.admin.paging import PAGE, page_by_id
from duli.web.api.admin.pieces import bundles_of, files_by_variant

router = Router(tags=["products"])
stock_router = Router(tags=["stock"])
Json = dict[str, Any]
BIGGEST = 10**15
TAX_CLASS = r"^[a-z0-9][a-z0-9_-]{0,39}$"


class VariantIn(Schema):
    option_values: list[str] = Field([], max_length=3)
    sku: str = Field("", max_length=100)
    barcode: str = Field("", max_length=64)
    weight_grams: int = Field(0, ge=0, le=10_000_000)
    tax_class: str = Field("", max_length=40, description="Empty means the product's.", examples=["reduced"])
    content: str = Field("", max_length=30, description="How much is in it, for the unit price.", examples=["500 g"])


class OptionIn(Schema):
    name: str = Field(max_length=80)
    values: list[Annotated[str, Field(max_length=120)]] = Field(min_length=1, max_length=250)


class ProductIn(Schema):
    title: str = Field(max_length=255)
    handle: str = Field("", max_length=160)
    description_html: str = Field("", max_length=200_000)
    status: str = "draft"
    product_type: str = Field("", max_length=80)
    brand: str = Field("", max_length=120)
    tags: list[str] | None = Field(None, max_length=250)
    tax_class: str = Field("standard", pattern=TAX_CLASS)
    is_gift_card: bool = Field(False, description="Each variant is an amount; nothing is shipped or taxed.")
    options: list[OptionIn] | None = Field(None, max_length=3)
    variants: list[VariantIn] | None = Field(None, max_length=2000)


class ProductPatch(Schema):
    version: int | None = None
    title: str | None = Field(None, max_length=255)
    handle: str | None = Field(None, max_length=160)
    description_html: str | None = Field(None, max_length=200_000)
    status: str | None = None
    product_type: str | None = Field(None, max_length=80)
    brand: str | None = Field(None, max_length=120)
    tags: list[str] | None = Field(None, max_length=250)
    tax_class: str | None = Field(None, pattern=TAX_CLASS)
    is_gift_card: bool | None = None


class PriceIn(Schema):
    variant_id: Key
    currency: str = Field(min_length=3, max_length=3)
    minor: int = Field(ge=0, le=BIGGEST)
    compare_at_minor: int | None = Field(None, ge=0, le=BIGGEST)


class PricesIn(Schema):
    prices: list[PriceIn] = Field(min_length=1, max_length=2000)


class AdjustIn(Schema):
    variant_id: Key
    location_id: Key
    reason: str = Field(max_length=20)
    change: int | None = None
    counted: int | None = None
    seen_on_hand: int | None = None
    note: str = Field("", max_length=255)


def _products(rows: Sequence[Product]) -> list[Json]:
    """Describe products with variants, prices and counts: seven queries, whatever their number."""
    ids = [row.pk for row in rows]
    variants = list(Variant.objects.filter(product_id__in=ids, is_active=True).order_by("product_id", "position", "pk"))
    keys = [variant.pk for variant in variants]
    prices: dict[int, list[Json]] = defaultdict(list)
    for price in Price.objects.filter(variant_id__in=keys).select_related("price_list").order_by("pk"):
        prices[price.variant_id].append(
            {
                "currency": price.price_list.currency,
                "minor": price.minor,
                "compare_at_minor": price.compare_at_minor,
            }
        )
    levels: dict[int, list[Json]] = defaultdict(list)
    for level in StockLevel.objects.filter(variant_id__in=keys).order_by("pk"):
        levels[level.variant_id].append(_level(level))
    bundles, files = bundles_of(keys), files_by_variant(keys)
    of_product: dict[int, list[Json]] = defaultdict(list)
    for variant in variants:
        of_product[variant.product_id].append(
            {
                "id": variant.pk,
                "sku": variant.sku,
                "title": variant.title,
                "barcode": variant.barcode,
                "weight_grams": variant.weight_grams,
                "tax_class": variant.tax_class,
                "content": variant.content,
                "tracks_stock": variant.tracks_stock,
                "prices": prices[variant.pk],
                "stock": levels[variant.pk],
                "bundle": bundles.get(variant.pk),
                "files": files.get(variant.pk, []),
            }
        )
    return [
        {
            "id": row.pk,
            "version": row.version,
            "handle": row.handle,
            "title": row.title,
            "description_html": row.description_html,
            "status": row.status,
            "brand": row.brand.name if row.brand else "",
            "tax_class": row.tax_class,
            "is_gift_card": row.is_gift_card,
            "updated_at": row.updated_at.isoformat(),
            "variants": of_product[row.pk],
        }
        for row in rows
    ]


def _level(level: StockLevel) -> Json:
    return {
        "variant_id": level.variant_id,
        "location_id": level.location_id,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "available": level.on_hand - level.reserved,
    }


def described(product_id: int) -> Json:
    """Describe one product. NotFound."""
    row = Product.objects.select_related("brand").filter(pk=product_id).first()
    if row is None:
        raise NotFound()
    return _products([row])[0]


@router.get("", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_products(request: HttpRequest, status: str = "", sku: str = "", after: str = "", limit: int = PAGE) -> Json:
    """Products, newest first, with variants, prices and stock."""
    rows = Product.objects.select_related("brand")
    if status:
        rows = rows.filter(status=status)
    if sku:
        rows = rows.filter(pk__in=Variant.objects.filter(sku=sku[:100]).values("product_id"))
    found, cursor = page_by_id(rows, after=after, limit=limit)
    return {"products": _products(found), "next": cursor}


@router.get("/{int:product_id}", response={200: Json, **ERRORS})
@scope("catalogue.view")
def get_product(request: HttpRequest, product_id: int) -> Json:
    """One product."""
    return described(product_id)


@router.post("", response={201: Json, **ERRORS})
@scope("catalogue.edit", needs_key=True)
def create_product(request: HttpRequest, body: ProductIn) -> Status[Json]:
    """Create a product with its options and variants; prices and stock have calls of their own."""
    draft = ProductDraft(
        title=body.title,
        handle=body.handle,
        description_html=body.description_html,
        status=body.status,
        product_type=body.product_type,
        brand=body.brand,
        source="api",
        tax_class=body.tax_class,
        tags=body.tags,
        is_gift_card=body.is_gift_card,
        options=None
        if body.options is None
        else [OptionDraft(option.name, [OptionValueDraft(name) for name in option.values]) for option in body.options],
        variants=None
        if body.variants is None
        else [
            VariantDraft(
                option_values=variant.option_values,
                sku=variant.sku,
                barcode=variant.barcode,
                weight_grams=variant.weight_grams,
                tax_class=variant.tax_class,
                content=variant.content,
            )
            for variant in body.variants
        ],
    )
    return Status(201, described(save_product(draft=draft, actor=actor_of(request)).pk))


@router.patch("/{int:product_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def change_product(request: HttpRequest, product_id: int, body: ProductPatch) -> Json:
    """Change what is given and leave the rest. With `version`, only if nobody else has changed it since (409)."""
    row = Product.objects.select_related("brand", "product_type").filter(pk=product_id).first()
    if row is None:
        raise NotFound()
    given = body.dict(exclude_unset=True, exclude={"version"})
    if any(value is None for name, value in given.items() if name != "tags"):
        raise InvalidInput(field=next(name for name, value in given.items() if value is None))
    kept = ProductDraft(
        title=row.title,
        description_html=row.description_html,
        status=row.status,
        unpublished_at=row.unpublished_at,
        product_type=row.product_type.name if row.product_type else "",
        brand=row.brand.name if row.brand else "",
        tax_class=row.tax_class,
        hs_code=row.hs_code,
        origin_country=row.origin_country,
        seo_title=row.seo_title,
        seo_description=row.seo_description,
        source=row.source,
    )
    save_product(
        draft=replace(kept, **given),
        actor=actor_of(request),
        product_id=product_id,
        expected_version=body.version if body.version is not None else row.version,
    )
    return described(product_id)


@router.delete("/{int:product_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def delete_product(request: HttpRequest, product_id: int) -> Json:
    """Remove a product for good, with its variants and stock; past orders keep what was bought. Archiving hides it."""
    remove_product(product_id=product_id, actor=actor_of(request))
    return {}


@router.put("/prices", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def put_prices(request: HttpRequest, body: PricesIn) -> Json:
    """Set prices of many variants at once, all or none."""
    wanted = {price.variant_id for price in body.prices}
    if Variant.objects.filter(pk__in=wanted).count() != len(wanted):
        raise NotFound()
    set_prices(
        prices=[
            PriceInput(price.variant_id, price.currency, price.minor, price.compare_at_minor) for price in body.prices
        ],
        actor=actor_of(request),
    )
    return {"changed": len(body.prices)}


@stock_router.get("", response={200: Json, **ERRORS})
@scope("inventory.view")
def list_stock(
    request: HttpRequest, location_id: Key | None = None, sku: str = "", after: str = "", limit: int = PAGE
) -> Json:
    """What lies where: on hand, reserved, available."""
    rows = StockLevel.objects.all()
    if location_id is not None:
        rows = rows.filter(location_id=location_id)
    if sku:
        rows = rows.filter(variant__sku=sku[:100])
    found, cursor = page_by_id(rows, after=after, limit=limit)
    return {"stock": [_level(level) for level in found], "next": cursor}


@stock_router.get("/locations", response={200: Json, **ERRORS})
@scope("inventory.view")
def list_locations(request: HttpRequest) -> Json:
    """Where stock lies."""
    return {"locations": [{"id": place.pk, "code": place.code, "name": place.name} for place in locations()]}


@stock_router.post("/adjustments", response={200: Json, **ERRORS})
@scope("inventory.adjust", needs_key=True)
def adjust_stock(request: HttpRequest, body: AdjustIn) -> Json:
    """Change what is on hand by `change`, or set it to `counted`; the ledger keeps reason and token."""
    if not Variant.objects.filter(pk=body.variant_id).exists():
        raise NotFound()
    if body.location_id not in {place.pk for place in locations()}:
        raise InvalidInput(field="location_id")
    level = adjust(
        variant_id=body.variant_id,
        location_id=body.location_id,
        change=body.change,
        counted=body.counted,
        seen_on_hand=body.seen_on_hand,
        reason=body.reason,
        note=body.note,
        actor=actor_of(request),
    )
    return _level(level)
