"""Listings: which products, how many, and what each further choice would leave."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from duli.commerce.assortment.index import NO_PRICE, Key, Snapshot, snapshot, tagged
from duli.commerce.assortment.labels import Labels, labels
from duli.commerce.assortment.navigation import category_nodes, navigation
from duli.commerce.assortment.orders import SORTS, order_of, window
from duli.commerce.assortment.sets import pack
from duli.commerce.assortment.types import (
    MAXIMUM_VALUES,
    PAGE_SIZE,
    CategoryNode,
    Facet,
    FacetValue,
    Filters,
    Listing,
    Scope,
)

MAXIMUM_RESULTS = 500
MAXIMUM_FACETS = 8
# A facet that speaks of hardly any product of the listing is noise; this share of them must have it.
MINIMUM_SHARE = 0.1
_Masks = dict[tuple[str, str], int]


def listing(
    scope: Scope,
    *,
    filters: Filters,
    sort: str,
    page: int,
    language: str,
    currency: str,
    page_size: int = PAGE_SIZE,
) -> Listing:
    """Return one page of a listing with its facets; a page beyond the last is the last.

    `sort` is one of `orders.SORTS`, "manual" (a collection's own order) or "relevance" (the order of
    `scope.product_ids`); anything else is the scope's own. Costs no statement once the index is read.
    """
    state = snapshot(currency)
    sort = _sort_for(scope, sort)
    key = (scope, filters.key(), sort, page, language, currency, page_size)
    found = state.results.get(key)
    if found is None:
        found = _compute(state, scope, filters, sort, page, language, currency, page_size)
        if len(state.results) >= MAXIMUM_RESULTS:
            state.results.clear()
        state.results[key] = found
    return found  # type: ignore[return-value]


def _sort_for(scope: Scope, sort: str) -> str:
    if sort in SORTS or (sort == "manual" and scope.kind == "collection"):
        return sort
    return {"search": "relevance", "collection": "manual", "all": "newest"}.get(scope.kind, "best_selling")


def _compute(
    state: Snapshot,
    scope: Scope,
    filters: Filters,
    sort: str,
    page: int,
    language: str,
    currency: str,
    page_size: int,
) -> Listing:
    base = _scope_mask(state, scope) & state.visible
    masks = _filter_masks(state, filters, currency, language)
    result = base
    for mask in masks.values():
        result &= mask
    total = result.bit_count()
    pages = max(-(-total // page_size), 1)
    page = min(max(page, 1), pages)
    first = (page - 1) * page_size
    if sort == "relevance":
        ranked = [pk for pk in scope.product_ids if pk in state.ordinals and result >> state.ordinals[pk] & 1]
        ids = ranked[first : first + page_size]
    else:
        order = order_of(state, sort, language=language, currency=currency, collection_id=scope.id)
        ids = [state.ids[ordinal] for ordinal in window(result, total, order, first, first + page_size)]
    lowest, highest = _price_bounds(state, _without(base, masks, ("price", "")), currency)
    return Listing(
        product_ids=tuple(ids),
        total=total,
        page=page,
        pages=pages,
        facets=tuple(_facets(state, scope, base, masks, filters, language)),
        in_stock_count=(_without(base, masks, ("stock", "")) & state.in_stock).bit_count(),
        lowest=lowest,
        highest=highest,
    )


def _scope_mask(state: Snapshot, scope: Scope) -> int:
    if scope.kind == "all":
        return state.visible
    if scope.kind == "search":
        return pack([state.ordinals[pk] for pk in scope.product_ids if pk in state.ordinals], state.size)
    return state.members.get((scope.kind, scope.id), 0)


def _union(state: Snapshot, keys: Iterable[Key]) -> int:
    mask = 0
    for key in keys:
        mask |= state.members.get(key, 0)
    return mask


def _filter_masks(state: Snapshot, filters: Filters, currency: str, language: str) -> _Masks:
    """Return one set per facet that something was chosen of."""
    masks: _Masks = {}
    if filters.brands:
        masks["brand", ""] = _union(state, [("brand", handle) for handle in filters.brands])
    if filters.categories:
        by_handle = {node.handle: node.id for node in category_nodes(language).values()}
        wanted = [by_handle[handle] for handle in filters.categories if handle in by_handle]
        masks["category", ""] = _union(state, [("category", pk) for pk in wanted])
    if filters.tags:
        mask = 0
        for handle in filters.tags:
            mask |= tagged(state, handle)
        masks["tag", ""] = mask
    for name, values in filters.options.items():
        masks["option", name] = _union(state, [("option", name, value) for value in values])
    for code, values in filters.attributes.items():
        masks["attribute", code] = _union(state, [("attribute", code, value) for value in values])
    if filters.in_stock:
        masks["stock", ""] = state.in_stock
    if filters.price_from is not None or filters.price_to is not None:
        masks["price", ""] = _price_mask(state, currency, filters.price_from, filters.price_to)
    return masks


def _price_mask(state: Snapshot, currency: str, low: int | None, high: int | None) -> int:
    sequence, _ = order_of(state, "price_ascending", language="", currency=currency)
    prices = state.prices[currency]
    priced = len(sequence) - sum(1 for price in prices if price == NO_PRICE)
    first = 0 if low is None else bisect_left(sequence, low, 0, priced, key=prices.__getitem__)
    last = priced if high is None else bisect_right(sequence, high, 0, priced, key=prices.__getitem__)
    return pack(sequence[first:last], state.size)


def _price_bounds(state: Snapshot, mask: int, currency: str) -> tuple[int | None, int | None]:
    """Return the cheapest and the dearest price in a set."""
    prices = state.prices[currency]
    count = mask.bit_count()
    ascending = order_of(state, "price_ascending", language="", currency=currency)
    descending = order_of(state, "price_descending", language="", currency=currency)
    lowest = window(mask, count, ascending, 0, 1)
    highest = window(mask, count, descending, 0, 1)
    if not lowest or prices[lowest[0]] == NO_PRICE:
        return None, None
    return prices[lowest[0]], prices[highest[0]]


def _without(base: int, masks: _Masks, own: tuple[str, str]) -> int:
    """Return the scope narrowed by every choice but those of one facet."""
    for facet, mask in masks.items():
        if facet != own:
            base &= mask
    return base


def _facets(state: Snapshot, scope: Scope, base: int, masks: _Masks, filters: Filters, language: str) -> list[Facet]:
    names = labels(state, language)
    grouped = _values_in(state, base)
    facets = []
    category = _category_facet(state, scope, base, masks, filters, language)
    if category:
        facets.append(category)
    enough = max(2, base.bit_count() * MINIMUM_SHARE)
    for kind, name in sorted(grouped, key=names.facet_order):
        if (kind, name) not in masks and (base & _union(state, _keys(kind, name, grouped))).bit_count() < enough:
            continue
        narrowed = _without(base, masks, (kind, name))
        chosen = _chosen(filters, kind, name)
        values = []
        for value in grouped[kind, name]:
            count = (narrowed & state.members[_key(kind, name, value)]).bit_count()
            selected = value in chosen
            if count or selected:
                label, swatch = names.value(kind, name, value), names.swatch(kind, name, value)
                values.append(FacetValue(value, label, count, selected, swatch))
        if len(values) > 1 or any(value.selected for value in values):
            facets.append(Facet(kind, name, names.facet(kind, name), _arranged(values, kind, name, names)))
        if len(facets) >= MAXIMUM_FACETS:
            break
    return facets


def _key(kind: str, name: str, value: str) -> Key:
    return (kind, value) if kind == "brand" else (kind, name, value)


def _keys(kind: str, name: str, grouped: dict[tuple[str, str], list[str]]) -> list[Key]:
    return [_key(kind, name, value) for value in grouped[kind, name]]


def _chosen(filters: Filters, kind: str, name: str) -> tuple[str, ...]:
    if kind == "brand":
        return filters.brands
    return (filters.options if kind == "option" else filters.attributes).get(name, ())


def _arranged(values: list[FacetValue], kind: str, name: str, names: Labels) -> tuple[FacetValue, ...]:
    """Keep the most frequent values if there are too many, then put them in their natural order."""
    kept = sorted(values, key=lambda value: (not value.selected, -value.count))[:MAXIMUM_VALUES]
    return tuple(sorted(kept, key=lambda value: names.value_order(kind, name, value.value, value.label)))


def _values_in(state: Snapshot, base: int) -> dict[tuple[str, str], list[str]]:
    """Return the values that occur in a scope per facet (kind, name)."""
    found: dict[tuple[str, str], list[str]] = {}
    for key, bits in state.members.items():
        kind = key[0]
        if kind == "brand":
            group, value = ("brand", ""), str(key[1])
        elif kind in {"option", "attribute"}:
            group, value = (str(kind), str(key[1])), str(key[2])  # type: ignore[misc]
        else:
            continue
        if base & bits:
            found.setdefault(group, []).append(value)
    return found


def _category_facet(
    state: Snapshot, scope: Scope, base: int, masks: _Masks, filters: Filters, language: str
) -> Facet | None:
    """Offer the next level of the tree: below the listed category, else from the top."""
    nodes: tuple[CategoryNode, ...] = navigation(language)
    if scope.kind == "category":
        own = category_nodes(language).get(scope.id)
        nodes = own.children if own else ()
    narrowed = _without(base, masks, ("category", ""))
    values = []
    for node in nodes:
        count = (narrowed & state.members.get(("category", node.id), 0)).bit_count()
        selected = node.handle in filters.categories
        if count or selected:
            values.append(FacetValue(node.handle, node.name, count, selected))
    if len(values) < 2 and not any(value.selected for value in values):
        return None
    return Facet("category", "", "", tuple(values))
