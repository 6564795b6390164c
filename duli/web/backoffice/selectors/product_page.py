"""One product with everything its editor shows, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass

from duli.base.errors import NotFound
from duli.commerce.catalogue.models import Product, ProductMedia, Variant
from duli.commerce.inventory.models import Location, StockLevel
from duli.commerce.pricing.models import Price
from duli.platform.media.models import Asset
from duli.platform.media.types import ImageView, source
from duli.platform.store.models import Translation
from duli.platform.store.selectors import current_store, markets


@dataclass(frozen=True, slots=True)
class MediaTile:
    id: int
    url: str
    alt: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class OptionOfProduct:
    id: int
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariantOfProduct:
    """A variant with its prices ({currency: (minor, compare-at minor or None)}) and stock at the first location."""

    id: int
    names: tuple[str, ...]
    sku: str
    barcode: str
    weight_grams: int
    tracks_stock: bool
    requires_shipping: bool
    hs_code: str
    image_id: int | None
    prices: dict[str, tuple[int, int | None]]
    on_hand: int
    reserved: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class ProductOnPage:
    product: Product
    options: tuple[OptionOfProduct, ...]
    variants: tuple[VariantOfProduct, ...]
    media: tuple[MediaTile, ...]
    tags: tuple[str, ...]
    category_ids: tuple[int, ...]
    collection_ids: tuple[int, ...]
    texts: dict[str, dict[str, str]]


def first_location() -> Location | None:
    """Return the place that stock is counted at in the editor."""
    return Location.objects.filter(is_active=True).first()


def currencies() -> tuple[str, ...]:
    """Return the currencies that are sold in, the store's own first."""
    return tuple(dict.fromkeys([current_store().default_currency, *(market.currency for market in markets())]))


def tile_of(asset: Asset) -> MediaTile:
    url = ""
    if asset.kind == "image":
        url = source(ImageView(asset.pk, asset.content_hash, asset.width, asset.height), 320)
    return MediaTile(asset.pk, url, asset.alt, asset.kind, asset.original_name or asset.url)


def tiles(asset_ids: list[int]) -> tuple[MediaTile, ...]:
    """Return the tiles of these assets in this order; unknown ones are left out."""
    found = Asset.objects.in_bulk(asset_ids)
    return tuple(tile_of(found[pk]) for pk in asset_ids if pk in found)


def product_on_page(product_id: int) -> ProductOnPage:
    """Return the product for its editor. NotFound."""
    product = Product.objects.select_related("brand", "product_type").filter(pk=product_id).first()
    if product is None:
        raise NotFound()
    options = list(product.options.prefetch_related("values"))
    names = {value.pk: value.name for option in options for value in option.values.all()}
    rows = list(Variant.objects.filter(product=product, is_active=True))
    ids = [variant.pk for variant in rows]
    prices: dict[int, dict[str, tuple[int, int | None]]] = {}
    listed = Price.objects.filter(variant_id__in=ids, price_list__is_default=True)
    for pk, currency, minor, compare in listed.values_list(
        "variant_id", "price_list__currency", "minor", "compare_at_minor"
    ):
        prices.setdefault(pk, {})[currency] = (minor, compare)
    location = first_location()
    here: dict[int, tuple[int, int]] = {}
    elsewhere: dict[int, int] = {}
    for pk, location_id, on_hand, reserved in StockLevel.objects.filter(
        variant_id__in=ids, location__is_active=True
    ).values_list("variant_id", "location_id", "on_hand", "reserved"):
        if location and location_id == location.pk:
            here[pk] = (on_hand, reserved)
        else:
            elsewhere[pk] = elsewhere.get(pk, 0) + on_hand
    texts: dict[str, dict[str, str]] = {}
    for language, field, value in Translation.objects.filter(kind="product", object_id=product_id).values_list(
        "language", "field", "value"
    ):
        texts.setdefault(language, {})[field] = value
    return ProductOnPage(
        product=product,
        options=tuple(
            OptionOfProduct(option.pk, option.name, tuple(value.name for value in option.values.all()))
            for option in options
        ),
        variants=tuple(
            VariantOfProduct(
                id=variant.pk,
                names=tuple(names.get(value, "") for value in variant.option_value_ids),
                sku=variant.sku,
                barcode=variant.barcode,
                weight_grams=variant.weight_grams,
                tracks_stock=variant.tracks_stock,
                requires_shipping=variant.requires_shipping,
                hs_code=variant.hs_code,
                image_id=variant.image_id,
                prices=prices.get(variant.pk, {}),
                on_hand=here.get(variant.pk, (0, 0))[0],
                reserved=here.get(variant.pk, (0, 0))[1],
                elsewhere=elsewhere.get(variant.pk, 0),
            )
            for variant in rows
        ),
        media=tuple(tile_of(row.asset) for row in ProductMedia.objects.filter(product=product).select_related("asset")),
        tags=tuple(product.tags.order_by("name").values_list("name", flat=True)),
        category_ids=tuple(product.category_links.filter(is_direct=True).values_list("category_id", flat=True)),
        collection_ids=tuple(product.memberships.values_list("collection_id", flat=True)),
        texts=texts,
    )
