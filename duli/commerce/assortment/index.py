"""Who has what, as sets of bits: one bit per product, one set per category, brand, option value and so on.

A listing with all its counts is then a handful of ANDs over integers (0.2 µs each at 50,000 products), with no
statement at all. The index is read once per process and follows the marks of change: a product that changed
is read again, alone, within a second.
"""

from __future__ import annotations

import heapq
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence, Set
from copy import copy
from datetime import datetime

from duli.base.clock import now
from duli.commerce.assortment import index_rows as rows
from duli.commerce.assortment import offers
from duli.commerce.assortment.sets import pack
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
        self.ids: array[int] = array("q")
        self.ordinals: dict[int, int] = {}
        self.visible = 0
        self.in_stock = 0
        self.members: dict[Key, int] = {}
        self.created: array[float] = array("d")
        self.sales: array[int] = array("q")
        # Hashes of the titles: whether one changed is all that is asked of them.
        self.titles: array[int] = array("q")
        self.prices: dict[str, array[int]] = {}
        self.boundaries: list[tuple[datetime, int]] = []
        self.representatives: dict[tuple[str, str], list[int]] = {}
        self.option_ids: dict[str, list[int]] = {}
        self.option_positions: dict[str, float] = {}
        self.swatches: dict[tuple[str, str], str] = {}
        self.value_positions: dict[tuple[str, str], float] = {}
        self.orders: dict[tuple[str, str], tuple[array[int], array[int]]] = {}
        self.results: dict[object, object] = {}

    @property
    def size(self) -> int:
        return len(self.ids)

    def changed_copy(self) -> Snapshot:
        """Return a copy to change: what is changed in place is copied, what is derived starts empty."""
        fresh = copy(self)
        fresh.generation = self.generation + 1
        for name in ("ids", "created", "sales", "titles", "boundaries"):
            setattr(fresh, name, getattr(self, name)[:])
        for name in ("ordinals", "members", "representatives", "option_ids", "swatches"):
            setattr(fresh, name, dict(getattr(self, name)))
        fresh.option_positions = dict(self.option_positions)
        fresh.value_positions = dict(self.value_positions)
        fresh.prices = {currency: values[:] for currency, values in self.prices.items()}
        fresh.orders = {}
        fresh.results = {}
        return fresh

    def lists_the_same_as(self, other: Snapshot) -> bool:
        """Whether every listing shows the same; how much was sold does not count until something else changes."""
        names = ("visible", "in_stock", "members", "ids", "created", "titles", "prices")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def replace_sets(self, kinds: Set[str], sets: Iterable[tuple[Key, Iterable[int]]], mask: int | None) -> None:
        """Make `sets`, of product ids, all the sets of these kinds; with `mask` only as far as its products go."""
        for key, bits in list(self.members.items()):
            if key[0] in kinds:
                self.members[key] = 0 if mask is None else bits & ~mask
        for key, ids in sets:
            self.members[key] = self.members.get(key, 0) | self.packed(ids)

    def packed(self, ids: Iterable[int]) -> int:
        """Return the products with these ids, as far as they are known, as a set."""
        ordinals = self.ordinals
        return pack([ordinals[pk] for pk in ids if pk in ordinals], self.size)


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
    _read_memberships(fresh, None)
    for currency in old.prices if old else ():
        _read_prices(fresh, currency, None)
    return fresh


def _read_changes(old: Snapshot, products: set[int], memberships: bool, instant: datetime) -> Snapshot:
    fresh = old.changed_copy()
    if products:
        _read_products(fresh, products, instant)
        _read_memberships(fresh, products)
        for currency in fresh.prices:
            _read_prices(fresh, currency, products)
    if memberships:
        _read_memberships(fresh, None)
        fresh.labels_version += 1
    elif fresh.lists_the_same_as(old):
        # Nothing that a listing shows changed: everything derived stays good.
        fresh.generation, fresh.orders, fresh.results = old.generation, old.orders, old.results
    return fresh


def _read_products(fresh: Snapshot, only: set[int] | None, instant: datetime) -> None:
    """Read products with what belongs to them alone."""
    if only is not None:
        fresh.boundaries = [entry for entry in fresh.boundaries if entry[1] not in only]
        heapq.heapify(fresh.boundaries)
    visible: list[int] = []
    for pk, title, shown, next_change, created, sales in rows.products(only, instant):
        ordinal = _place_of(fresh, pk)
        fresh.created[ordinal] = created
        fresh.sales[ordinal] = sales
        fresh.titles[ordinal] = hash(title)
        if shown:
            visible.append(pk)
        if next_change:
            heapq.heappush(fresh.boundaries, (next_change, pk))
    mask = None if only is None else fresh.packed(only)
    keep = 0 if mask is None else ~mask
    fresh.visible = fresh.visible & keep | fresh.packed(visible)
    fresh.in_stock = fresh.in_stock & keep | fresh.packed(rows.in_stock(only))
    # Tags are read again when somebody asks for one.
    fresh.members = {key: bits for key, bits in fresh.members.items() if key[0] != "tag"}
    fresh.replace_sets({"brand"}, ((("brand", handle), ids) for handle, ids in rows.brands(only)), mask)
    fresh.replace_sets({"option"}, _options(fresh, only), mask)
    fresh.replace_sets({"attribute"}, _attributes(only), mask)


def _place_of(fresh: Snapshot, pk: int) -> int:
    """Return the ordinal of a product; a new one gets the next."""
    ordinal = fresh.ordinals.get(pk)
    if ordinal is None:
        ordinal = fresh.ordinals[pk] = len(fresh.ids)
        fresh.ids.append(pk)
        fresh.created.append(0)
        fresh.sales.append(0)
        fresh.titles.append(0)
        for prices in fresh.prices.values():
            prices.append(NO_PRICE)
    return ordinal


def _options(fresh: Snapshot, only: set[int] | None) -> Iterator[tuple[Key, Iterable[int]]]:
    """Yield which products have which option values; keep examples, positions and colours of new ones."""
    known = len(fresh.representatives)
    for row in rows.options(only):
        key = (row.option, row.value)
        fresh.representatives[key] = _examples(fresh.representatives.get(key, ()), row.value_ids)
        fresh.option_ids[row.option] = _examples(fresh.option_ids.get(row.option, ()), row.option_ids)
        fresh.option_positions.setdefault(row.option, row.option_position)
        fresh.value_positions.setdefault(key, row.value_position)
        if row.swatch:
            fresh.swatches.setdefault(key, row.swatch)
        yield ("option", *key), row.product_ids
    if len(fresh.representatives) != known:
        fresh.labels_version += 1


def _examples(known: Sequence[int], more: Sequence[int]) -> list[int]:
    return list(dict.fromkeys([*known, *more]))[: rows.EXAMPLES]


def _attributes(only: set[int] | None) -> Iterator[tuple[Key, Iterable[int]]]:
    for code, text, number, boolean, ids in rows.attributes(only):
        yield ("attribute", code, attribute_text(text, number, boolean)), ids


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


def _read_memberships(fresh: Snapshot, only: set[int] | None) -> None:
    """Read which categories and collections products are in."""
    mask = None if only is None else fresh.packed(only)
    fresh.replace_sets({"category"}, ((("category", pk), ids) for pk, ids in rows.categories(only)), mask)
    fresh.replace_sets({"collection"}, ((("collection", pk), ids) for pk, ids in rows.collections(only)), mask)


def _read_prices(fresh: Snapshot, currency: str, only: set[int] | None) -> None:
    """Read the cheapest prices in a currency."""
    known = fresh.prices.get(currency)
    prices = array("q", [NO_PRICE]) * fresh.size if known is None or only is None else known
    found = offers.cheapest(None if only is None else sorted(only), currency)
    for pk in found if only is None else only:
        ordinal = fresh.ordinals.get(pk)
        if ordinal is not None:
            prices[ordinal] = found.get(pk, NO_PRICE)
    fresh.prices[currency] = prices


def tagged(state: Snapshot, handle: str) -> int:
    """Return the set of products with a tag, read when it is first asked for."""
    key: Key = ("tag", handle)
    bits = state.members.get(key)
    if bits is None:
        bits = state.members[key] = state.packed(rows.tagged(handle))
    return bits


def warm() -> None:
    """Read the index now, so that no shopper waits for it (at the start of a server)."""
    from duli.platform.store.selectors import markets

    for market in markets():
        snapshot(market.currency)
