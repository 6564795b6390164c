"""Sort orders over the index: made when first asked for, kept until the catalogue changes."""

from __future__ import annotations

from array import array
from typing import Any

from django.db.models import QuerySet

from duli.commerce.assortment.index import NO_PRICE, Snapshot
from duli.commerce.assortment.sets import unpack
from duli.commerce.catalogue.models import CollectionProduct, Product
from duli.platform.store.models import Translation
from duli.platform.store.selectors import current_store

SORTS = ("best_selling", "newest", "price_ascending", "price_descending", "title")

Order = tuple["array[int]", "array[int]"]


def order_of(state: Snapshot, sort: str, *, language: str, currency: str, collection_id: int = 0) -> Order:
    """Return (ordinals in order, rank of each ordinal) for a sort; "manual" needs the collection."""
    detail = {
        "price_ascending": currency,
        "price_descending": currency,
        "title": language,
        "manual": str(collection_id),
    }.get(sort, "")
    found = state.orders.get((sort, detail))
    if found is None:
        found = state.orders[sort, detail] = _made(state, sort, language, currency, collection_id)
    return found


def _made(state: Snapshot, sort: str, language: str, currency: str, collection_id: int) -> Order:
    if sort == "manual":
        rows = CollectionProduct.objects.filter(collection_id=collection_id).order_by("position", "pk")
        sequence = [state.ordinals[pk] for pk in rows.values_list("product_id", flat=True) if pk in state.ordinals]
        return _ranked(sequence, state.size)
    # Newest first among equals: a stable sort over that order settles every tie.
    created, ids = state.created, state.ids
    sequence = sorted(range(state.size), key=lambda ordinal: (-created[ordinal], -ids[ordinal]))
    if sort == "best_selling":
        sales = state.sales
        sequence.sort(key=lambda ordinal: -sales[ordinal])
    elif sort == "price_ascending":
        prices = state.prices[currency]
        dearest = max(prices, default=0) + 1
        sequence.sort(key=lambda ordinal: dearest if prices[ordinal] == NO_PRICE else prices[ordinal])
    elif sort == "price_descending":
        prices = state.prices[currency]
        sequence.sort(key=lambda ordinal: -prices[ordinal])
    elif sort == "title":
        titles = _titles(state, language)
        sequence.sort(key=lambda ordinal: titles[ordinal])
    return _ranked(sequence, state.size)


def _titles(state: Snapshot, language: str) -> list[bytes]:
    """Return by ordinal what titles are sorted by: in the language, else in the store's own."""
    titles = [b""] * state.size
    sources: list[QuerySet[Any, Any]] = [Product.objects.values_list("pk", "title")]
    if language != current_store().default_language:
        found = Translation.objects.filter(kind="product", field="title", language=language)
        sources.append(found.values_list("object_id", "value"))
    for source in sources:
        for pk, title in source.iterator(chunk_size=5000):
            ordinal = state.ordinals.get(pk)
            if ordinal is not None:
                # GB 18030 keeps the old order of common characters, which is that of their pinyin.
                titles[ordinal] = title.casefold().encode("gb18030", "replace")
    return titles


def _ranked(sequence: list[int], size: int) -> Order:
    ranks = array("i", [size]) * size
    for rank, ordinal in enumerate(sequence):
        ranks[ordinal] = rank
    return array("i", sequence), ranks


def window(mask: int, count: int, order: Order, first: int, last: int) -> list[int]:
    """Return the ordinals of a set at places `first` to `last` (exclusive) of an order."""
    sequence, ranks = order
    if count == len(sequence):
        return list(sequence[first:last])
    # Walking the order costs a sixth of a step of sorting the set, but meets strangers on the way.
    steps = min(last, count) * len(sequence) // max(count, 1)
    if steps > 6 * count:
        return sorted(unpack(mask), key=ranks.__getitem__)[first:last]
    bits = mask.to_bytes((mask.bit_length() + 7) // 8 + 1, "little")
    limit = len(bits) * 8
    found: list[int] = []
    place = 0
    for ordinal in sequence:
        if ordinal < limit and bits[ordinal >> 3] >> (ordinal & 7) & 1:
            if place >= first:
                found.append(ordinal)
            place += 1
            if place >= last:
                break
    return found
