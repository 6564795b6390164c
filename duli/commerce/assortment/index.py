"""Who has what, as sets of bits: one bit per product, one set per category, brand, option value and so on.

A listing with all its counts is then a handful of ANDs over integers (0.2 µs each at 50,000 products), with no
statement at all. The index is read once per process and follows the marks of change: a product that changed
is read again, alone, within a second.
"""

from __future__ import annotations

import heapq
import threading
from array import array
from collections import defaultdict
from copy import copy
from datetime import datetime

from django.db.models import Q

from duli.base.clock import now
from duli.commerce.assortment import offers
from duli.commerce.assortment.sets import pack
from duli.commerce.catalogue.models import (
    CollectionProduct,
    OptionValue,
    Product,
    ProductAttribute,
    ProductCategory,
)
from duli.commerce.catalogue.states import ProductStatus
from duli.platform.store.changes import ChangeCache

Key = tuple[str, ...] | tuple[str, int]
# Beyond this many changed products, reading everything again is cheaper than reading each.
REBUILD_FROM = 3000
NO_PRICE = -1


class Snapshot:
    """The catalogue at one moment. Never changed once published; a refresh publishes a changed copy."""

    def __init__(self) -> None:
        self.generation = 0
        self.labels_version = 0
        self.ids: list[int] = []
        self.ordinals: dict[int, int] = {}
        self.visible = 0
        self.in_stock = 0
        self.members: dict[Key, int] = {}
        self.created: array[float] = array("d")
        self.sales: array[int] = array("q")
        self.titles: list[bytes] = []
        self.prices: dict[str, array[int]] = {}
        self.facts: array[int] = array("q")
        self.boundaries: list[tuple[datetime, int]] = []
        self.representatives: dict[tuple[str, str], list[int]] = {}
        self.option_ids: dict[str, list[int]] = {}
        self.option_positions: dict[str, int] = {}
        self.swatches: dict[tuple[str, str], str] = {}
        self.value_positions: dict[tuple[str, str], int] = {}
        self.orders: dict[tuple[str, str], tuple[array[int], array[int]]] = {}
        self.results: dict[object, object] = {}

    @property
    def size(self) -> int:
        return len(self.ids)

    def changed_copy(self) -> Snapshot:
        """Return a copy to change: what is changed in place is copied, what is derived starts empty."""
        fresh = copy(self)
        fresh.generation = self.generation + 1
        for name in ("ids", "created", "sales", "titles", "facts", "boundaries"):
            setattr(fresh, name, getattr(self, name)[:])
        for name in ("ordinals", "members", "representatives", "option_ids", "swatches"):
            setattr(fresh, name, dict(getattr(self, name)))
        fresh.option_positions = dict(self.option_positions)
        fresh.value_positions = dict(self.value_positions)
        fresh.prices = {currency: values[:] for currency, values in self.prices.items()}
        fresh.orders = {}
        fresh.results = {}
        return fresh


class _Topics(ChangeCache[None]):
    """Hears of changes and remembers which products to read again; reads nothing itself."""

    def __init__(self) -> None:
        super().__init__(1)
        self.guard = threading.Lock()
        self.everything = True
        self.memberships = False
        self.products: set[int] = set()

    def forget(self, topics: set[str]) -> None:
        with self.guard:
            for topic in topics:
                kind, _, number = topic.partition(":")
                if kind == "product" and number.isdigit():
                    self.products.add(int(number))
                elif kind in {"prices", "store"}:
                    self.everything = True
                elif kind in {"structure", "category", "collection", "brand", "attribute"}:
                    self.memberships = True

    def clear(self) -> None:
        with self.guard:
            self.everything = True

    def take(self) -> tuple[bool, bool, set[int]]:
        """Return what to read again (everything, memberships, products) and forget it."""
        with self.guard:
            taken = (self.everything, self.memberships, self.products)
            self.everything, self.memberships, self.products = False, False, set()
            return taken

    @property
    def quiet(self) -> bool:
        return not (self.everything or self.memberships or self.products)


_topics = _Topics()
_lock = threading.Lock()
_current: Snapshot | None = None


def snapshot(currency: str = "") -> Snapshot:
    """Return the catalogue as of at most a second ago; with `currency`, prices in it are there too."""
    global _current
    _topics.generation()
    found = _current
    due = bool(found and found.boundaries and found.boundaries[0][0] <= now())
    if found is None or not _topics.quiet or due or (currency and currency not in found.prices):
        with _lock:
            found = _current = _refreshed(_current, currency)
    return found


def _refreshed(old: Snapshot | None, currency: str) -> Snapshot:
    everything, memberships, products = _topics.take()
    try:
        instant = now()
        due = {pk for moment, pk in old.boundaries if moment <= instant} if old else set()
        products |= due
        if old is None or everything or len(products) > REBUILD_FROM:
            fresh = _read_all(old, instant)
        elif memberships or products:
            fresh = _read_changes(old, products, memberships, instant)
        else:
            fresh = old
        if currency and currency not in fresh.prices:
            if fresh is old:
                fresh = old.changed_copy()
            _read_prices(fresh, currency, None)
        return fresh
    except BaseException:
        # Whatever could not be read now must be read by the next request.
        _topics.clear()
        raise


def _read_all(old: Snapshot | None, instant: datetime) -> Snapshot:
    fresh = Snapshot()
    fresh.generation = old.generation + 1 if old else 1
    fresh.labels_version = old.labels_version + 1 if old else 1
    _read_products(fresh, None, instant)
    _read_memberships(fresh)
    for currency in old.prices if old else ():
        _read_prices(fresh, currency, None)
    return fresh


def _read_changes(old: Snapshot, products: set[int], memberships: bool, instant: datetime) -> Snapshot:
    fresh = old.changed_copy()
    changed = memberships
    if products:
        changed = _read_products(fresh, products, instant) or changed
        _read_memberships(fresh, products)
        for currency in fresh.prices:
            changed = _read_prices(fresh, currency, products) or changed
    if memberships:
        _read_memberships(fresh)
        fresh.labels_version += 1
    if not changed and fresh.members == old.members:
        # Only units in stock changed, which no listing shows: everything derived stays good.
        fresh.generation, fresh.orders, fresh.results = old.generation, old.orders, old.results
    return fresh


def _title_key(title: str) -> bytes:
    # GB 18030 keeps the old order of common characters, which is that of their pinyin.
    return title.casefold().encode("gb18030", "replace")


def _read_products(fresh: Snapshot, only: set[int] | None, instant: datetime) -> bool:
    """Read products with what belongs to them alone; return whether anything a listing shows changed."""
    products = Product.objects.order_by("pk")
    values = OptionValue.objects.order_by("pk")
    attributes = ProductAttribute.objects.filter(attribute__is_filterable=True)
    stocked = offers.stocked_variants().order_by()
    if only is not None:
        products = products.filter(pk__in=only)
        values = values.filter(option__product_id__in=only)
        attributes = attributes.filter(product_id__in=only)
        stocked = stocked.filter(product_id__in=only)
        fresh.boundaries = [entry for entry in fresh.boundaries if entry[1] not in only]
        heapq.heapify(fresh.boundaries)
    rows = products.values_list(
        *("pk", "title", "status", "published_at", "unpublished_at", "created_at", "sales_count", "brand__handle")
    )
    sets: dict[Key, list[int]] = defaultdict(list)
    visible: list[int] = []
    facts: dict[int, list[object]] = defaultdict(list)
    for pk, title, status, published_at, unpublished_at, created_at, sales, brand in rows.iterator(chunk_size=5000):
        ordinal = _place_of(fresh, pk)
        fresh.created[ordinal] = created_at.timestamp()
        fresh.sales[ordinal] = sales
        fresh.titles[ordinal] = _title_key(title)
        if brand:
            sets["brand", brand].append(ordinal)
        shown = on_sale(status, published_at, unpublished_at, instant)
        if shown:
            visible.append(ordinal)
        if status == ProductStatus.ACTIVE:
            for moment in (published_at, unpublished_at):
                if moment and moment > instant:
                    heapq.heappush(fresh.boundaries, (moment, pk))
        facts[ordinal] += [title, shown, brand, created_at]
    _read_options(fresh, values, sets, facts)
    for pk, code, text, number, boolean in attributes.values_list(
        "product_id", "attribute__code", "text", "number", "boolean"
    ).iterator(chunk_size=5000):
        if pk in fresh.ordinals:
            value = attribute_text(text, number, boolean)
            sets["attribute", code, value].append(fresh.ordinals[pk])
            facts[fresh.ordinals[pk]].append((code, value))
    in_stock = [fresh.ordinals[pk] for pk in set(stocked.values_list("product_id", flat=True)) if pk in fresh.ordinals]
    return _merge(fresh, only, sets, visible, in_stock, facts)


def _place_of(fresh: Snapshot, pk: int) -> int:
    """Return the ordinal of a product; a new one gets the next."""
    ordinal = fresh.ordinals.get(pk)
    if ordinal is None:
        ordinal = fresh.ordinals[pk] = len(fresh.ids)
        fresh.ids.append(pk)
        fresh.created.append(0)
        fresh.sales.append(0)
        fresh.titles.append(b"")
        fresh.facts.append(0)
        for prices in fresh.prices.values():
            prices.append(NO_PRICE)
    return ordinal


def _read_options(fresh: Snapshot, values: object, sets: dict[Key, list[int]], facts: dict[int, list[object]]) -> None:
    known = len(fresh.representatives)
    rows = values.values_list(  # type: ignore[attr-defined]
        "option__product_id", "option_id", "option__name", "option__position", "pk", "name", "swatch", "position"
    )
    for product_id, option_id, option, option_position, pk, name, swatch, position in rows.iterator(chunk_size=5000):
        ordinal = fresh.ordinals.get(product_id)
        if ordinal is None:
            continue
        sets["option", option, name].append(ordinal)
        facts[ordinal].append((option, name))
        examples = fresh.representatives.setdefault((option, name), [])
        if len(examples) < 5 and pk not in examples:
            examples.append(pk)
        fresh.option_positions.setdefault(option, option_position)
        fresh.value_positions.setdefault((option, name), position)
        ids = fresh.option_ids.setdefault(option, [])
        if len(ids) < 5 and option_id not in ids:
            ids.append(option_id)
        if swatch:
            fresh.swatches.setdefault((option, name), swatch)
    if len(fresh.representatives) != known:
        fresh.labels_version += 1


def _merge(
    fresh: Snapshot,
    only: set[int] | None,
    sets: dict[Key, list[int]],
    visible: list[int],
    in_stock: list[int],
    facts: dict[int, list[object]],
) -> bool:
    size = fresh.size
    touched = range(size) if only is None else [fresh.ordinals[pk] for pk in only if pk in fresh.ordinals]
    mask = 0 if only is None else pack(touched, size)
    stocked = set(in_stock)
    changed = False
    for ordinal in touched:
        fact = hash((tuple(facts.get(ordinal, ())), ordinal in stocked))
        if fresh.facts[ordinal] != fact:
            fresh.facts[ordinal] = fact
            changed = True
    if not changed:
        return False
    fresh.visible = fresh.visible & ~mask | pack(visible, size)
    fresh.in_stock = fresh.in_stock & ~mask | pack(in_stock, size)
    for key, bits in list(fresh.members.items()):
        if key[0] == "tag":
            del fresh.members[key]
        elif key[0] in {"brand", "option", "attribute"}:
            fresh.members[key] = bits & ~mask
    for key, ordinals in sets.items():
        fresh.members[key] = fresh.members.get(key, 0) | pack(ordinals, size)
    return True


def on_sale(status: str, published_at: datetime | None, unpublished_at: datetime | None, instant: datetime) -> bool:
    """Whether shoppers may see a product with these columns at `instant`; what `on_sale_at` says in SQL."""
    if status != ProductStatus.ACTIVE or published_at is None or published_at > instant:
        return False
    return unpublished_at is None or unpublished_at > instant


def attribute_text(text: str, number: object, boolean: bool | None) -> str:
    """Return an attribute's value as a filter takes it: the text, "12.5", "yes" or "no"."""
    if boolean is not None:
        return "yes" if boolean else "no"
    if number is not None:
        return format(number, "f").rstrip("0").rstrip(".") if "." in str(number) else str(number)
    return text


def _read_memberships(fresh: Snapshot, only: set[int] | None = None) -> None:
    """Read which categories and collections products are in."""
    mask = 0 if only is None else pack([fresh.ordinals[pk] for pk in only if pk in fresh.ordinals], fresh.size)
    for key, bits in list(fresh.members.items()):
        if key[0] in {"category", "collection"}:
            fresh.members[key] = bits & ~mask if only is not None else 0
    sets: dict[Key, list[int]] = defaultdict(list)
    links = (
        ("category", ProductCategory.objects.values_list("category_id", "product_id")),
        ("collection", CollectionProduct.objects.order_by().values_list("collection_id", "product_id")),
    )
    for kind, rows in links:
        if only is not None:
            rows = rows.filter(product_id__in=only)
        for object_id, product_id in rows.iterator(chunk_size=5000):
            ordinal = fresh.ordinals.get(product_id)
            if ordinal is not None:
                sets[kind, object_id].append(ordinal)
    for key, ordinals in sets.items():
        fresh.members[key] = fresh.members.get(key, 0) | pack(ordinals, fresh.size)


def _read_prices(fresh: Snapshot, currency: str, only: set[int] | None) -> bool:
    """Read the cheapest prices in a currency; return whether any changed."""
    before = fresh.prices.get(currency)
    after = array("q", [NO_PRICE]) * fresh.size if before is None or only is None else before
    found = offers.cheapest(None if only is None else sorted(only), currency)
    changed = before is None
    for pk in found if only is None else only:
        ordinal = fresh.ordinals.get(pk)
        if ordinal is not None:
            price = found.get(pk, NO_PRICE)
            changed = changed or after[ordinal] != price
            after[ordinal] = price
    fresh.prices[currency] = after
    return changed


def tagged(state: Snapshot, handle: str) -> int:
    """Return the set of products with a tag, read when it is first asked for."""
    key: Key = ("tag", handle)
    bits = state.members.get(key)
    if bits is None:
        ids = Product.objects.filter(Q(tags__handle=handle)).values_list("pk", flat=True)
        bits = state.members[key] = pack([state.ordinals[pk] for pk in ids if pk in state.ordinals], state.size)
    return bits


def warm() -> None:
    """Read the index now, so that no shopper waits for it (at the start of a server)."""
    from duli.platform.store.selectors import markets

    for market in markets():
        snapshot(market.currency)
