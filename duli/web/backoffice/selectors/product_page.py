"""One product with everything its editor shows, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from duli.base.errors import NotFound
from duli.commerce.catalogue.models import (
    Attribute,
    AttributeValue,
    Product,
    ProductAttribute,
    ProductMedia,
    ProductType,
    RelatedProduct,
    SafetyContact,
    Variant,
)
from duli.commerce.catalogue.selectors import found_by_search, translations_of
from duli.commerce.catalogue.states import LISTED
from duli.commerce.inventory.models import StockLevel
from duli.commerce.pricing.models import Cost, Price
from duli.platform.media.models import Asset
from duli.platform.media.types import ImageView, source
from duli.platform.store.selectors import current_store, markets

MOST_ATTRIBUTES = 60


@dataclass(frozen=True, slots=True)
class MediaTile:
    """A picture or film of a product; `texts` are its descriptions in other languages."""

    id: int
    url: str
    alt: str
    kind: str
    name: str
    focal_x: int = 50
    focal_y: int = 50
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValueOfOption:
    id: int
    name: str
    swatch: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptionOfProduct:
    """An option with its values; `texts` are the names in other languages."""

    id: int
    name: str
    values: tuple[ValueOfOption, ...]
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariantOfProduct:
    """A variant with its prices ({currency: (minor, compare-at minor or None)}), cost (minor, currency) and stock.

    `counts` is what is on hand by location; `on_hand` and `reserved` are the sums over all of them.
    """

    id: int
    names: tuple[str, ...]
    value_ids: tuple[int, ...]
    sku: str
    barcode: str
    weight_grams: int
    content: str
    tracks_stock: bool
    requires_shipping: bool
    tax_class: str
    hs_code: str
    origin_country: str
    image_id: int | None
    prices: dict[str, tuple[int, int | None]]
    cost: tuple[int, str] | None
    counts: Mapping[int, int]
    on_hand: int
    reserved: int


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
    attributes: tuple[tuple[str, str], ...] = ()
    """Code and value as typed, one entry for each value."""
    related: tuple[tuple[int, str], ...] = ()


def currencies() -> tuple[str, ...]:
    """Return the currencies that are sold in, the store's own first."""
    return tuple(dict.fromkeys([current_store().default_currency, *(market.currency for market in markets())]))


def _with_texts(assets: list[Asset]) -> tuple[MediaTile, ...]:
    texts = translations_of("asset", [asset.pk for asset in assets])
    return tuple(
        tile_of(
            asset, {language: fields["alt"] for language, fields in texts.get(asset.pk, {}).items() if "alt" in fields}
        )
        for asset in assets
    )


def tile_of(asset: Asset, texts: Mapping[str, str] | None = None) -> MediaTile:
    url = ""
    if asset.kind == "image":
        url = source(ImageView(asset.pk, asset.content_hash, asset.width, asset.height), 320)
    return MediaTile(
        asset.pk,
        url,
        asset.alt,
        asset.kind,
        asset.original_name or asset.url,
        round(asset.focal_x * 100),
        round(asset.focal_y * 100),
        texts or {},
    )


def tiles(asset_ids: list[int]) -> tuple[MediaTile, ...]:
    """Return the tiles of these assets in this order; unknown ones are left out."""
    found = Asset.objects.in_bulk(asset_ids)
    return _with_texts([found[pk] for pk in asset_ids if pk in found])


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
    costs = {
        pk: (minor, currency)
        for pk, minor, currency in Cost.objects.filter(variant_id__in=ids).values_list(
            "variant_id", "minor", "currency"
        )
    }
    counts: dict[int, dict[int, int]] = {}
    reserved: dict[int, int] = {}
    for pk, location_id, on_hand, held in StockLevel.objects.filter(variant_id__in=ids).values_list(
        "variant_id", "location_id", "on_hand", "reserved"
    ):
        counts.setdefault(pk, {})[location_id] = on_hand
        reserved[pk] = reserved.get(pk, 0) + held
    texts = translations_of("product", [product_id]).get(product_id, {})
    option_names = _names("option", [option.pk for option in options])
    value_names = _names("option_value", names)
    return ProductOnPage(
        product=product,
        options=tuple(
            OptionOfProduct(
                option.pk,
                option.name,
                tuple(
                    ValueOfOption(value.pk, value.name, value.swatch, value_names.get(value.pk, {}))
                    for value in option.values.all()
                ),
                option_names.get(option.pk, {}),
            )
            for option in options
        ),
        variants=tuple(
            VariantOfProduct(
                id=variant.pk,
                names=tuple(names.get(value, "") for value in variant.option_value_ids),
                value_ids=tuple(variant.option_value_ids),
                sku=variant.sku,
                barcode=variant.barcode,
                weight_grams=variant.weight_grams,
                content=variant.content,
                tracks_stock=variant.tracks_stock,
                requires_shipping=variant.requires_shipping,
                tax_class=variant.tax_class,
                hs_code=variant.hs_code,
                origin_country=variant.origin_country,
                image_id=variant.image_id,
                prices=prices.get(variant.pk, {}),
                cost=costs.get(variant.pk),
                counts=counts.get(variant.pk, {}),
                on_hand=sum(counts.get(variant.pk, {}).values()),
                reserved=reserved.get(variant.pk, 0),
            )
            for variant in rows
        ),
        media=_with_texts([row.asset for row in ProductMedia.objects.filter(product=product).select_related("asset")]),
        tags=tuple(product.tags.order_by("name").values_list("name", flat=True)),
        category_ids=tuple(product.category_links.filter(is_direct=True).values_list("category_id", flat=True)),
        collection_ids=tuple(product.memberships.values_list("collection_id", flat=True)),
        texts=texts,
        attributes=_attributes(product_id),
        related=tuple(RelatedProduct.objects.filter(product=product).values_list("related_id", "related__title")),
    )


def _names(kind: str, ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Return {id: {language: name}}."""
    return {
        pk: {language: fields["name"] for language, fields in languages.items() if "name" in fields}
        for pk, languages in translations_of(kind, ids).items()
    }


def _attributes(product_id: int) -> tuple[tuple[str, str], ...]:
    rows = ProductAttribute.objects.filter(product_id=product_id).order_by("attribute__position", "pk")
    found = []
    for code, text, number, boolean in rows.values_list("attribute__code", "text", "number", "boolean"):
        if boolean is not None:
            text = "yes" if boolean else "no"
        elif number is not None:
            text = format(number.normalize(), "f")
        found.append((code, text))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class AttributeField:
    """An attribute the editor asks for; `values` are what products have there already."""

    code: str
    name: str
    kind: str
    unit: str
    values: tuple[str, ...] = ()
    listed: tuple[tuple[str, str], ...] = ()
    """Of a choice or colour, all there are: (text, colour)."""
    required: bool = False


def attribute_fields(product_type: str, codes: Iterable[str] = ()) -> list[AttributeField]:
    """Return the attributes of a product type (of no type: all there are), and those named besides; four queries."""
    rows = Attribute.objects.all()
    chosen = rows.filter(product_types__name=product_type) if product_type else rows.none()
    if not chosen.exists():
        chosen = rows
    wanted = list((chosen | rows.filter(code__in=list(codes))).distinct()[:MOST_ATTRIBUTES])
    values: dict[int, list[str]] = {}
    known = ProductAttribute.objects.filter(attribute__in=[row.pk for row in wanted]).exclude(text="")
    for pk, text in known.order_by("text").values_list("attribute_id", "text").distinct()[:2000]:
        values.setdefault(pk, []).append(text)
    listed: dict[int, list[tuple[str, str]]] = {}
    allowed = AttributeValue.objects.filter(attribute__in=[row.pk for row in wanted if row.kind in LISTED])
    for pk, text, swatch in allowed.values_list("attribute_id", "text", "swatch"):
        listed.setdefault(pk, []).append((text, swatch))
    needed = set(
        ProductType.required_attributes.through.objects.filter(producttype__name=product_type).values_list(
            "attribute_id", flat=True
        )
    )
    return [
        AttributeField(
            row.code,
            row.name,
            row.kind,
            row.unit,
            tuple(values.get(row.pk, ())),
            tuple(listed.get(row.pk, ())),
            row.pk in needed,
        )
        for row in wanted
    ]


def safety_contacts() -> list[tuple[int, str]]:
    return list(SafetyContact.objects.values_list("pk", "name")[:500])


def product_choices(query: str, limit: int = 12) -> list[tuple[int, str]]:
    """Return products whose title or SKU has the words, for a picker."""
    by_words = Q(title__icontains=query) | Q(pk__in=found_by_search(query, limit=limit))
    rows = Product.objects.filter(by_words | Q(variants__sku__istartswith=query)).distinct()
    return list(rows.order_by("title", "pk").values_list("pk", "title")[:limit])


def titles(product_ids: Iterable[int]) -> dict[int, str]:
    return dict(Product.objects.filter(pk__in=list(product_ids)).values_list("pk", "title"))
