"""What variants are today, for lines of orders: texts, picture, price and tax, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from duli.base.money import Money
from duli.commerce.catalogue.models import ProductMedia, Variant
from duli.commerce.catalogue.selectors import found_by_search
from duli.commerce.catalogue.titles import NamedPart, named_parts, variant_titles, whole_weight
from duli.commerce.customers.selectors import groups_of
from duli.commerce.inventory.selectors import availability
from duli.commerce.orders.models import Order
from duli.commerce.pricing.selectors import prices
from duli.commerce.promotions.shelf import Shopper, asks_who, staff_prices
from duli.platform.media.selectors import image_views
from duli.platform.media.types import ImageView
from duli.platform.store.changes import ChangeCache
from duli.platform.store.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant as it can be sold now; `price` None where it has none, `available` None where it is not counted."""

    variant_id: int
    product_id: int
    product_handle: str
    title: str
    variant_title: str
    sku: str
    image: ImageView | None
    price: Money | None
    tax_class: str
    requires_shipping: bool
    weight_grams: int
    available: int | None
    parts: tuple[NamedPart, ...] = ()
    is_gift_card: bool = False
    because: tuple[str, ...] = ()
    """The promotions and price lists that made the price."""


def goods(
    variant_ids: Iterable[int],
    *,
    currency: str,
    language: str,
    at: datetime,
    shopper: Shopper | None = None,
    quantities: Mapping[int, int] | None = None,
) -> dict[int, Goods]:
    """Return the active variants among the ids, in `language`, priced in `currency`.

    With a `shopper` a unit costs what they would pay now for so many (`quantities`; one where nothing is said).
    """
    variants = list(
        Variant.objects.filter(pk__in=list(variant_ids), is_active=True)
        .select_related("product")
        .defer("product__description_html", "product__seo_description")
    )
    ids = [variant.pk for variant in variants]
    priced = prices(ids, currency, at) if ids else {}
    because: dict[int, tuple[str, ...]] = {}
    if shopper is not None:
        products = {variant.pk: variant.product_id for variant in variants if not variant.product.is_gift_card}
        own = {pk: price for pk, price in priced.items() if pk in products}
        lower = staff_prices(products, own, shopper, quantities)
        priced |= {pk: replace(priced[pk], price=found.price) for pk, found in lower.items()}
        because = {pk: found.because for pk, found in lower.items()}
    free = availability(ids) if ids else {}
    images = variant_images(variants)
    translated = variant_titles(variants, language)
    parts = named_parts(ids, language)
    found = {}
    for variant in variants:
        title, variant_title = translated.get(variant.pk, (variant.product.title, variant.title))
        price = priced.get(variant.pk)
        found[variant.pk] = Goods(
            variant_id=variant.pk,
            product_id=variant.product_id,
            product_handle=variant.product.handle,
            title=title,
            variant_title=variant_title,
            sku=variant.sku,
            image=images.get(variant.pk),
            price=price.price if price else None,
            tax_class=variant.tax_class or variant.product.tax_class,
            requires_shipping=variant.requires_shipping,
            weight_grams=whole_weight(variant.weight_grams, parts.get(variant.pk, ())),
            available=free[variant.pk].available if variant.pk in free else 0,
            parts=parts.get(variant.pk, ()),
            is_gift_card=variant.product.is_gift_card,
            because=because.get(variant.pk, ()),
        )
    return found


def shopper_of(order: Order) -> Shopper:
    """Return for whom goods are priced that staff add to an order."""
    customer = order.customer
    member = customer is not None and customer.user_id is not None
    groups: frozenset[str] = frozenset()
    if customer is not None and member and asks_who(order.currency, order.language):
        groups = frozenset(groups_of(customer.pk))
    return Shopper(order.market_code, order.currency, order.language, member, groups)


def find_goods(text: str, *, limit: int = 12) -> list[int]:
    """Return variants whose SKU starts with the text, whose barcode it is, or whose product is called so.

    A product is found by its own title, and as shoppers find it: in the reader's language, by pinyin.
    """
    wanted = text.strip()[:100]
    if not wanted:
        return []
    rows = Variant.objects.filter(is_active=True)
    by_code = rows.filter(sku__istartswith=wanted) | rows.filter(barcode=wanted)
    by_title = rows.filter(product__title__icontains=wanted)
    found = [*by_code.order_by("pk").values_list("pk", flat=True)[:limit]]
    found += by_title.order_by("product_id", "position").values_list("pk", flat=True)[:limit]
    if len(found) < limit:
        found += _searched(rows, wanted, limit)
    return list(dict.fromkeys(found))[:limit]


def _searched(rows: QuerySet[Variant], words: str, limit: int) -> list[int]:
    """Return the variants of what the search finds, best first."""
    products = found_by_search(words, limit=limit)
    pairs = rows.filter(product_id__in=products).order_by("position", "pk").values_list("product_id", "pk")
    place = {pk: number for number, pk in enumerate(products)}
    return [pk for _product, pk in sorted(pairs, key=lambda pair: place[pair[0]])][:limit]


_pictures = Prepared(
    lambda product_ids: (
        ProductMedia.objects.filter(product_id__in=product_ids, asset__kind="image")
        .order_by("product_id", "position", "pk")
        .values_list("product_id", "asset_id")
    )
)


_images: ChangeCache[tuple[ImageView | None]] = ChangeCache(2000)


def variant_images(variants: Sequence[Variant]) -> dict[int, ImageView]:
    """Return each variant's own picture, else the product's first one; none asked twice until the product changes."""
    generation = _images.generation()
    found = {variant.pk: _images.get(variant.pk) for variant in variants}
    missing = [variant for variant in variants if found[variant.pk] is None]
    if missing:
        read = _read_images(missing)
        for variant in missing:
            view = read.get(variant.pk)
            found[variant.pk] = (view,)
            topics = [f"product:{variant.product_id}", *([f"asset:{view.id}"] if view else [])]
            _images.put(variant.pk, (view,), topics, generation=generation)
    return {pk: entry[0] for pk, entry in found.items() if entry and entry[0]}


def _read_images(variants: Sequence[Variant]) -> dict[int, ImageView]:
    first: dict[int, int] = {}
    for product_id, asset_id in _pictures.rows(sorted({variant.product_id for variant in variants})):
        first.setdefault(product_id, asset_id)
    wanted = {variant.pk: variant.image_id or first.get(variant.product_id) for variant in variants}
    views = image_views([asset_id for asset_id in wanted.values() if asset_id])
    return {pk: views[asset_id] for pk, asset_id in wanted.items() if asset_id and asset_id in views}
