"""Cards: what a listing shows of each product, kept in the process until that product changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from duli.base.clock import now
from duli.commerce.assortment import offers
from duli.commerce.assortment.index import on_sale
from duli.commerce.assortment.texts import translated
from duli.commerce.assortment.types import ProductCard, Swatch
from duli.commerce.catalogue.models import OptionValue, Product, ProductMedia, ProductOption, Variant
from duli.commerce.catalogue.units import Content, content_of
from duli.commerce.pricing.selectors import price_list_ids, price_ranges
from duli.platform.media.selectors import VIEW_FIELDS
from duli.platform.media.types import ImageView
from duli.platform.store.changes import ChangeCache
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store

MAXIMUM_SWATCHES = 6
_ASSET_FIELDS = [f"asset__{name}" for name in VIEW_FIELDS]


def _products(ids: list[int]) -> QuerySet[Product, Any]:
    variants = Variant.objects.filter(product=OuterRef("pk"), is_active=True)
    # Found by primary key alone: with the status in the condition, SQLite walks the index of all active products.
    return (
        Product.objects.filter(pk__in=ids)
        .annotate(
            # The first that is found, not EXISTS: for that PostgreSQL would look through the stock of the whole shop.
            stocked=Subquery(offers.stocked_variants().filter(product=OuterRef("pk")).order_by().values("pk")[:1]),
            measured=Subquery(variants.filter(content_amount__isnull=False).order_by().values("pk")[:1]),
            has_options=Exists(ProductOption.objects.filter(product=OuterRef("pk"))),
            first_variant=Subquery(variants.order_by("position", "pk").values("pk")[:1]),
        )
        .values_list(
            *("status", "published_at", "unpublished_at"),
            *(
                "pk",
                "handle",
                "title",
                "brand_id",
                "brand__name",
                "stocked",
                "measured",
                "has_options",
                "first_variant",
            ),
        )
    )


_for_cards = Prepared(_products)
# Positions are dense, a film may stand among the first.
_first_images = Prepared(
    lambda ids: (
        ProductMedia.objects.filter(product_id__in=ids, position__lt=4, asset__kind="image")
        .order_by("product_id", "position")
        .values_list("product_id", *_ASSET_FIELDS)
    )
)
_swatches = Prepared(
    lambda ids: (
        OptionValue.objects.filter(option__product_id__in=ids)
        .exclude(swatch="")
        .order_by("option__position", "position")
        .values_list("option__product_id", "pk", "name", "swatch")
    )
)

_cards: ChangeCache[tuple[ProductCard, datetime | None]] = ChangeCache(2000)


def cards(product_ids: Sequence[int], *, language: str, currency: str) -> list[ProductCard]:
    """Return the cards of those products that are on sale, in the given order.

    At most seven statements for cards that are not in the process yet, however many and whatever their
    number of variants, and one more if some are sold by measure; none for the others.
    """
    instant = now()
    found: dict[int, ProductCard] = {}
    missing: list[int] = []
    generation = _cards.generation()
    for pk in product_ids:
        entry = _cards.get((pk, language, currency))
        if entry is None:
            missing.append(pk)
        elif entry[1] is None or entry[1] > instant:
            found[pk] = entry[0]
    if missing:
        for card, until in _read(missing, language, currency, instant):
            found[card.id] = card
            topics = [
                f"product:{card.id}",
                "structure",
                "prices",
                "store",
                *(f"asset:{image.id}" for image in card.images),
            ]
            _cards.put((card.id, language, currency), (card, until), topics, generation=generation)
    return [found[pk] for pk in product_ids if pk in found]


def _read(ids: list[int], language: str, currency: str, instant: datetime) -> list[tuple[ProductCard, datetime | None]]:
    rows = [row[2:] for row in _for_cards.rows(ids) if on_sale(row[0], row[1], row[2], instant)]
    if not rows:
        return []
    ids = [row[1] for row in rows]
    prices = price_ranges(ids, currency, instant)
    pictures = _pictures(ids)
    colours = _colours(ids)
    texts = translated(
        {
            "product": ids,
            "brand": {row[4] for row in rows if row[4]},
            "option_value": [pk for values in colours.values() for pk, _, _ in values],
        },
        language,
    )
    result = []
    measured = [row[1] for row in rows if row[7]]
    contents = _cheapest_contents(measured, currency) if measured else {}
    for until, pk, handle, title, brand_id, brand, stocked, _measured, has_options, first_variant in rows:
        low, high, former, lowest = prices.get(pk, (None, None, None, None))
        card = ProductCard(
            id=pk,
            handle=handle,
            title=texts.get(("product", pk), {}).get("title", title),
            brand=texts.get(("brand", brand_id), {}).get("name", brand or ""),
            price=low,
            highest_price=high,
            compare_at=former,
            lowest_before=lowest,
            images=tuple(pictures.get(pk, ())),
            swatches=tuple(
                Swatch(texts.get(("option_value", value_id), {}).get("name", name), colour)
                for value_id, name, colour in colours.get(pk, ())
            ),
            in_stock=bool(stocked),
            only_variant_id=None if has_options else first_variant,
            content=contents.get(pk),
        )
        result.append((card, until))
    return result


def _cheapest_contents(ids: list[int], currency: str) -> dict[int, Content]:
    """Return how much is in the cheapest variant of each product, by prices in a currency or the shop's own."""
    lists = price_list_ids()
    list_id = lists.get(currency) or lists.get(current_store().default_currency, 0)
    rows = (
        Variant.objects.filter(product_id__in=ids, is_active=True, prices__price_list_id=list_id)
        .order_by("product_id", "prices__minor", "position", "pk")
        .values_list("product_id", "content_amount", "content_unit")
    )
    found: dict[int, Content | None] = {}
    for product_id, amount, unit in rows:
        found.setdefault(product_id, content_of(amount, unit))
    return {pk: content for pk, content in found.items() if content is not None}


def _pictures(ids: list[int]) -> dict[int, list[ImageView]]:
    """Return the first two pictures of each product."""
    found: dict[int, list[ImageView]] = defaultdict(list)
    for pk, *columns in _first_images.rows(ids):
        if len(found[pk]) < 2:
            found[pk].append(ImageView(*columns))
    return found


def _colours(ids: list[int]) -> dict[int, list[tuple[int, str, str]]]:
    found: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for product_id, pk, name, swatch in _swatches.rows(ids):
        if len(found[product_id]) < MAXIMUM_SWATCHES:
            found[product_id].append((pk, name, swatch))
    return found
