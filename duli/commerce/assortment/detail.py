"""A product's page: read in a fixed number of statements, whatever the number of variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.assortment.index import attribute_text, on_sale, snapshot
from duli.commerce.assortment.navigation import category_trail
from duli.commerce.assortment.orders import order_of, window
from duli.commerce.assortment.texts import Found, translated
from duli.commerce.assortment.types import (
    AttributeView,
    Company,
    MediaView,
    OptionValueView,
    OptionView,
    ProductDetail,
    VariantView,
)
from duli.commerce.catalogue.models import (
    AttributeValue,
    OptionValue,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductMedia,
    RelatedProduct,
    SafetyContact,
    Variant,
)
from duli.commerce.catalogue.titles import NamedPart, named_parts, whole_weight
from duli.commerce.catalogue.units import content_of
from duli.commerce.inventory.selectors import PROMISED, availability, availability_of, promise_row, promised
from duli.commerce.inventory.types import Availability
from duli.commerce.pricing.selectors import conversion_now, price_list_ids, prices
from duli.platform.media.selectors import VIEW_FIELDS
from duli.platform.media.types import PREFIX, ImageView
from duli.platform.store.changes import ChangeCache
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store


def _with_names(rows: QuerySet[Product]) -> QuerySet[Product]:
    return rows.select_related("brand", "maker", "responsible_person")[:1]


def _variants_listed(product_id: int, list_id: int) -> QuerySet[Variant, Any]:
    free = F("stock_levels__on_hand") + F("stock_levels__backorder_limit") - F("stock_levels__reserved")
    return (
        Variant.objects.filter(product_id=product_id, is_active=True)
        .annotate(
            listed=FilteredRelation("prices", condition=Q(prices__price_list_id=list_id)),
            minor=F("listed__minor"),
            former=F("listed__compare_at_minor"),
            lowest=F("listed__lowest_before_minor"),
            free=Sum(free, filter=Q(stock_levels__location__is_active=True)),
            **promised("stock_levels__"),
        )
        .order_by("position", "pk")
        .values_list(*_VARIANT_COLUMNS)
    )


_VARIANT_COLUMNS = (
    *("pk", "sku", "barcode", "title", "option_value_ids", "image_id", "weight_grams"),
    *("requires_shipping", "tracks_stock", "minor", "former", "lowest", "free"),
    *("content_amount", "content_unit", *PROMISED),
)
_named = AttributeValue.objects.filter(attribute=OuterRef("attribute_id"), text=OuterRef("text"))

_by_handle = Prepared(lambda handle: _with_names(Product.objects.filter(handle=handle)))
_by_id = Prepared(lambda pk: _with_names(Product.objects.filter(pk=pk)))
_variants_of = Prepared(_variants_listed)
_media_of = Prepared(
    lambda product_id: (
        ProductMedia.objects.filter(product_id=product_id)
        .order_by("position", "pk")
        .values_list(*(f"asset__{name}" for name in (*VIEW_FIELDS, "kind", "file", "url", "mime")))
    )
)
_option_values_of = Prepared(
    lambda product_id: (
        OptionValue.objects.filter(option__product_id=product_id)
        .order_by("option__position", "option_id", "position", "pk")
        .values_list("option_id", "option__name", "pk", "name", "swatch")
    )
)
_attributes_of = Prepared(
    lambda product_id: (
        ProductAttribute.objects.filter(product_id=product_id)
        .annotate(named=Subquery(_named.values("pk")[:1]))
        .order_by("attribute__position", "attribute_id", "pk")
        .values_list("attribute_id", "attribute__name", "attribute__unit", "named", "text", "number", "boolean")
    )
)
_categories_of = Prepared(
    lambda product_id: (
        ProductCategory.objects.filter(product_id=product_id, is_direct=True)
        .order_by("category__path")
        .values_list("category_id")
    )
)
_related_to = Prepared(
    lambda product_id: RelatedProduct.objects.filter(product_id=product_id).values_list("related_id")
)

_details: ChangeCache[ProductDetail] = ChangeCache(600)
_stock: ChangeCache[dict[int, Availability]] = ChangeCache(800)
_handles: ChangeCache[int] = ChangeCache(8000)


def product_detail(handle: str, *, language: str, currency: str) -> ProductDetail | None:
    """Return the product with this handle if shoppers may see it, else None. At most eight statements."""
    pk = _handles.get(handle)
    if pk is not None:
        found = _details.get((pk, language, currency))
        if found is not None and found.handle == handle and not _over(found):
            return _stocked(found)
    generation = _details.generation()
    handles_generation = _handles.generation()
    stock_generation = _stock.generation()
    detail = _read(_by_handle.first(handle), language, currency)
    if detail is not None:
        topics = [f"product:{detail.id}", "structure", "prices", "store"]
        topics += [f"asset:{entry.image.id}" for entry in detail.media if entry.image]
        topics += [f"product:{part.product_id}" for variant in detail.variants for part in variant.parts]
        _handles.put(handle, detail.id, topics[:1], generation=handles_generation)
        _details.put((detail.id, language, currency), detail, topics, generation=generation)
        units = {
            variant.id: Availability(variant.id, variant.available, (), variant.at_hand, variant.promise)
            for variant in detail.variants
        }
        _stock.put(detail.id, units, _stock_topics(detail.id), generation=stock_generation)
    return detail


def _stock_topics(product_id: int) -> list[str]:
    return [f"product:{product_id}", f"stock:{product_id}", "store"]


def _stocked(detail: ProductDetail) -> ProductDetail:
    """Return the product with the units there are now: after a sale nothing else is read again."""
    units = _stock.get_or_make(
        detail.id,
        lambda: availability([variant.id for variant in detail.variants]),
        _stock_topics(detail.id),
    )
    none = Availability(0, 0)
    variants = tuple(
        replace(variant, available=here.available, at_hand=here.at_hand, promise=here.promise)
        for variant in detail.variants
        for here in (units.get(variant.id, none),)
    )
    return detail if variants == detail.variants else replace(detail, variants=variants)


def _over(detail: ProductDetail) -> bool:
    return detail.visible_until is not None and detail.visible_until <= now()


def product_preview(product_id: int, *, language: str, currency: str) -> ProductDetail | None:
    """Return a product as its page will show it, whether it is published or not; never kept in the cache."""
    return _read(_by_id.first(product_id), language, currency, anyway=True)


def _read(product: Product | None, language: str, currency: str, *, anyway: bool = False) -> ProductDetail | None:
    if product is None:
        return None
    if not anyway and not on_sale(product.status, product.published_at, product.unpublished_at, now()):
        return None
    media: list[tuple[Any, ...]] = _media_of.rows(product.pk)
    values: list[Any] = _option_values_of.rows(product.pk)
    attributes: list[Any] = _attributes_of.rows(product.pk)
    texts = translated(
        {
            "product": [product.pk],
            "asset": {row[0] for row in media},
            "option": {row[0] for row in values},
            "option_value": [row[2] for row in values],
            "attribute": {row[0] for row in attributes},
            "attribute_value": [row[3] for row in attributes if row[3]],
            "brand": [product.brand_id] if product.brand_id else [],
        },
        language,
    )
    own = texts.get(("product", product.pk), {})
    direct = [pk for (pk,) in _categories_of.rows(product.pk)]
    trails = [trail for trail in (category_trail(pk, language) for pk in direct) if trail]
    options = _options(values, texts)
    return ProductDetail(
        id=product.pk,
        handle=product.handle,
        title=own.get("title", product.title),
        description_html=own.get("description_html", product.description_html),
        brand=texts.get(("brand", product.brand.pk), {}).get("name", product.brand.name) if product.brand else "",
        seo_title=own.get("seo_title", product.seo_title),
        seo_description=own.get("seo_description", product.seo_description),
        tax_class=product.tax_class,
        media=_media(media, texts),
        options=options,
        variants=_variants(product.pk, currency, options, language),
        attributes=_attributes(attributes, texts, language),
        breadcrumb=max(trails, key=len, default=()),
        category_ids=tuple(direct),
        related_ids=tuple(pk for (pk,) in _related_to.rows(product.pk)),
        maker=_company(product.maker),
        responsible_person=_company(product.responsible_person),
        safety_text=product.safety_text,
        is_gift_card=product.is_gift_card,
        visible_until=product.unpublished_at,
        updated_at=product.updated_at,
    )


def _options(rows: Sequence[tuple[int, str, int, str, str]], texts: Found) -> tuple[OptionView, ...]:
    grouped: dict[tuple[int, str], list[OptionValueView]] = {}
    for option_id, option, pk, name, swatch in rows:
        label = texts.get(("option_value", pk), {}).get("name", name)
        grouped.setdefault((option_id, option), []).append(OptionValueView(pk, label, swatch))
    return tuple(
        OptionView(pk, texts.get(("option", pk), {}).get("name", name), tuple(values))
        for (pk, name), values in grouped.items()
    )


def _media(rows: Sequence[tuple[Any, ...]], texts: Found) -> tuple[MediaView, ...]:
    found = []
    for *columns, kind, file, url, mime in rows:
        columns[4] = texts.get(("asset", columns[0]), {}).get("alt") or columns[4]
        image = ImageView(*columns) if kind == "image" else None
        found.append(MediaView(kind, image, url or f"{PREFIX}{file}", mime, columns[4]))
    return tuple(found)


def _company(row: SafetyContact | None) -> Company | None:
    return Company(row.name, row.address, row.contact) if row else None


def _variants(
    product_id: int, currency: str, options: tuple[OptionView, ...], language: str
) -> tuple[VariantView, ...]:
    """Read variants with price and stock in one statement, and a second one if a price must be converted.

    Bundles take five more: their components' texts, prices and stock.
    """
    rows = _variant_rows(product_id, currency)
    own = current_store().default_currency
    fallback: dict[int, tuple[int | None, ...]] = {}
    change = None
    if own != currency and any(row["minor"] is None for row in rows):
        change = conversion_now(currency)
        if change is not None:
            fallback = {row["pk"]: _amounts(row) for row in _variant_rows(product_id, own)}
    names = {value.id: value.name for option in options for value in option.values}
    found = []
    made_of = named_parts([row["pk"] for row in rows], language)
    free = availability(made_of) if made_of else {}
    worth = _worth(made_of, currency)
    for row in rows:
        minor, former, lowest = _amounts(row)
        if minor is None and change is not None:
            minor, former, lowest = fallback.get(row["pk"], (None, None, None))
            if minor is not None:
                minor, former = change.reduction(minor, former)
                lowest = change.minor(lowest) if lowest is not None and former is not None else None
        ids = tuple(row["option_value_ids"])
        here = free.get(row["pk"]) or availability_of(row["pk"], row["tracks_stock"], row["free"], promise_row(row))
        found.append(
            VariantView(
                id=row["pk"],
                sku=row["sku"],
                barcode=row["barcode"],
                title=" / ".join(names[pk] for pk in ids if pk in names) or row["title"],
                value_ids=ids,
                price=Money(minor, currency) if minor is not None else None,
                compare_at=Money(former, currency) if former else None,
                lowest_before=Money(lowest, currency) if lowest else None,
                available=here.available,
                at_hand=here.at_hand,
                promise=here.promise,
                content=content_of(row["content_amount"], row["content_unit"]),
                image_id=row["image_id"],
                weight_grams=whole_weight(row["weight_grams"], made_of.get(row["pk"], ())),
                requires_shipping=row["requires_shipping"],
                parts=made_of.get(row["pk"], ()),
                parts_price=_dearer(worth.get(row["pk"]), minor),
            )
        )
    return tuple(found)


def _worth(made_of: Mapping[int, tuple[NamedPart, ...]], currency: str) -> dict[int, Money]:
    """Return what the parts of each bundle cost one by one; those with a part that is not sold alone are absent."""
    ids = {part.variant_id for parts in made_of.values() for part in parts}
    known = prices(ids, currency, now()) if ids else {}
    return {
        pk: Money(sum(known[part.variant_id].price.minor * part.quantity for part in parts), currency)
        for pk, parts in made_of.items()
        if all(part.variant_id in known for part in parts)
    }


def _dearer(worth: Money | None, minor: int | None) -> Money | None:
    return worth if worth is not None and minor is not None and worth.minor > minor else None


def _amounts(row: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Price, former price, and the lowest of the 30 days before that reduction."""
    return row["minor"], row["former"], row["lowest"]


def _variant_rows(product_id: int, currency: str) -> list[dict[str, Any]]:
    list_id = price_list_ids().get(currency, 0)
    return [dict(zip(_VARIANT_COLUMNS, row, strict=True)) for row in _variants_of.rows(product_id, list_id)]


def _attributes(
    rows: Sequence[tuple[int, str, str, int | None, str, Any, bool | None]], texts: Found, language: str
) -> tuple[AttributeView, ...]:
    from django.utils.translation import gettext as _
    from django.utils.translation import override

    grouped: dict[tuple[int, str], list[str]] = {}
    with override(language):
        for pk, name, unit, named, text, number, boolean in rows:
            value = attribute_text(text, number, boolean)
            unit = texts.get(("attribute", pk), {}).get("unit", unit)
            if boolean is not None:
                value = _("Yes") if boolean else _("No")
            elif number is not None and unit:
                value = f"{value} {unit}"
            elif named is not None:
                value = texts.get(("attribute_value", named), {}).get("name", value)
            grouped.setdefault((pk, name), []).append(value)
    return tuple(
        AttributeView(texts.get(("attribute", pk), {}).get("name", name), tuple(values))
        for (pk, name), values in grouped.items()
    )


def related_products(detail: ProductDetail, *, currency: str, limit: int = 4) -> list[int]:
    """Return the products staff picked for this one that are for sale, filled up by best-selling others.

    The others are of the product's closest category (else of all). All from the index.
    """
    state = snapshot(currency)
    picked = [
        pk
        for pk in detail.related_ids
        if (ordinal := state.ordinals.get(pk)) is not None and state.visible >> ordinal & 1
    ][:limit]
    if len(picked) == limit:
        return picked
    own = state.ordinals.get(detail.id)
    mask = 0
    for pk in reversed(detail.category_ids):
        mask = state.members.get(("category", pk), 0) & state.visible & state.in_stock
        if mask.bit_count() > 1:
            break
    if mask.bit_count() <= 1:
        mask = state.visible & state.in_stock
    order = order_of(state, "best_selling", language="", currency=currency)
    found = window(mask, mask.bit_count(), order, 0, limit + 1)
    others = [state.ids[ordinal] for ordinal in found if ordinal != own]
    return list(dict.fromkeys([*picked, *others]))[:limit]
