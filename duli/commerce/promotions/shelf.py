"""Prices on pages: what promotions that are prices make of them now, for whom a page is, and until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from duli.base.clock import now
from duli.base.money import Money
from duli.base.registry import Registry
from duli.commerce.catalogue.models import Variant
from duli.commerce.pricing.history import lowest_before
from duli.commerce.pricing.promotion_types import Buyer, Offers, PriceTable, Promotion, Snapshot, Tiers
from duli.commerce.pricing.selectors import conversion, past_prices, price_list_ids, prices
from duli.commerce.pricing.shelf import shelf_price, tier_prices
from duli.commerce.pricing.types import PriceView
from duli.commerce.promotions.selectors import costs_of, facets_of, snapshot
from duli.platform.store.changes import ChangeCache
from duli.platform.store.selectors import current_store

TOPICS = ("promotions", "prices", "catalogue", "store")


@dataclass(frozen=True, slots=True)
class Shopper:
    """Whom a page is for, as far as prices ask."""

    market: str
    currency: str
    language: str
    is_member: bool = False
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ShelfView:
    """The price of a variant with its promotions; `tiers` are prices from so many units on; `ends_at`: till then."""

    price: PriceView
    title: str = ""
    ends_at: datetime | None = None
    tiers: tuple[tuple[int, Money], ...] = ()


_views: ChangeCache[dict[int, ShelfView]] = ChangeCache(20_000)
_lowest: ChangeCache[tuple[int | None]] = ChangeCache(20_000)


def next_turn(shopper: Shopper) -> datetime | None:
    """Return when a price on a page changes next without anything being saved."""
    found = snapshot(shopper.currency, shopper.language)
    return found.next_turn(now()) if found.shelf else None


def asks_who(currency: str, language: str) -> bool:
    """Whether prices on pages differ by customer: else nobody has to ask who looks."""
    return any(entry.audience.members or entry.audience.tags for entry in snapshot(currency, language).shelf)


def asks_for_units(currency: str, language: str) -> bool:
    """Whether any price on pages depends on how many units are bought."""
    return any(isinstance(entry.benefit, Tiers | PriceTable) for entry in snapshot(currency, language).shelf)


def shelf_views(product_ids: Iterable[int], shopper: Shopper) -> dict[int, dict[int, ShelfView]]:
    """Return by product and variant the prices that promotions change; all other products are absent.

    No query while no promotion is a price; else some for products that are not in the process yet, whatever their
    number, and none for the others until something changes or a promotion begins or ends.
    """
    found = snapshot(shopper.currency, shopper.language)
    if not found.shelf:
        return {}
    instant = now()
    wanted = list(dict.fromkeys(product_ids))
    turns = found.turns_before(instant)
    asked = frozenset().union(*(entry.audience.tags for entry in found.shelf)) & shopper.tags
    known: dict[int, dict[int, ShelfView]] = {}
    missing = []
    generation = _views.generation()
    for pk in wanted:
        kept = _views.get((pk, shopper.market, shopper.currency, shopper.language, shopper.is_member, asked, turns))
        if kept is None:
            missing.append(pk)
        elif kept:
            known[pk] = kept
    if missing:
        offers = Offers(found, Buyer(None, asked, shopper.market, "storefront", "", shopper.is_member))
        for pk, views in _read(missing, offers, shopper.currency, instant).items():
            key = (pk, shopper.market, shopper.currency, shopper.language, shopper.is_member, asked, turns)
            _views.put(key, views, TOPICS, generation=generation)
            if views:
                known[pk] = views
    return known


set_apart: Registry[Callable[[Sequence[int]], Iterable[int]]] = Registry("promotions with units of their own")
"""Rooms above that sell units of their own at a price: what they register returns which of some promotions are such."""


def without_set_apart(found: Snapshot) -> Snapshot:
    """Return the promotions without those whose price is for units set apart: what staff sell is ordinary stock."""
    ids = [entry.id for entry in found.shelf]
    gone = {pk for _code, which in set_apart for pk in which(ids)} if ids else set()
    return Snapshot(tuple(entry for entry in found.promotions if entry.id not in gone)) if gone else found


@dataclass(frozen=True, slots=True)
class StaffPrice:
    """What one unit costs, and the promotions and price lists by which it does."""

    price: Money
    because: tuple[str, ...]


def staff_prices(
    variants: Mapping[int, int],
    own: Mapping[int, PriceView],
    shopper: Shopper,
    quantities: Mapping[int, int] | None = None,
) -> dict[int, StaffPrice]:
    """Return what this shopper would pay for one unit of variants (with their products) that staff put into an order.

    `quantities` are how many of each are bought together, where that is not one. Those whose own price nothing changes
    are absent. No query while no promotion is a price.
    """
    found = snapshot(shopper.currency, shopper.language)
    found = without_set_apart(found) if found.shelf else found
    if not found.shelf:
        return {}
    offers = Offers(found, Buyer(None, shopper.tags, shopper.market, "storefront", "", shopper.is_member))
    facets = facets_of(variants.values())
    costs = costs_of(variants, shopper.currency) if found.asks_for_cost else {}
    instant, prices_of = now(), {}
    for pk, price in own.items():
        shelf = shelf_price(
            price.price.minor,
            offers,
            instant,
            facets=frozenset({*facets[variants[pk]], f"variant:{pk}"}),
            quantity=(quantities or {}).get(pk, 1),
            is_reduced=price.compare_at is not None,
            cost=costs.get(pk),
        )
        if shelf.cuts:
            names = tuple(entry.title for entry, _amount in shelf.cuts)
            prices_of[pk] = StaffPrice(Money(shelf.minor, shopper.currency), names)
    return prices_of


def _read(
    product_ids: Sequence[int], offers: Offers, currency: str, instant: datetime
) -> dict[int, dict[int, ShelfView]]:
    facets = facets_of(product_ids)
    found: dict[int, dict[int, ShelfView]] = {pk: {} for pk in product_ids}
    reached = [pk for pk in product_ids if _may_meet(offers, facets[pk])]
    if not reached:
        return found
    rows = Variant.objects.filter(product_id__in=reached, product__is_gift_card=False, is_active=True)
    owners = dict(rows.values_list("pk", "product_id"))
    costs = costs_of(owners, currency) if offers.snapshot.asks_for_cost else {}
    priced = prices(owners, currency, instant)
    shelf = {}
    for pk, own in priced.items():
        known = frozenset({*facets[owners[pk]], f"variant:{pk}"})
        reduced = own.compare_at is not None
        shelf[pk] = shelf_price(own.price.minor, offers, instant, facets=known, is_reduced=reduced, cost=costs.get(pk))
    _learn_lowest({pk: since for pk, price in shelf.items() if (since := _since(price.cuts))}, currency)
    for pk, own in priced.items():
        known, price = frozenset({*facets[owners[pk]], f"variant:{pk}"}), shelf[pk]
        reduced = own.compare_at is not None
        tiers = tier_prices(own.price.minor, offers, instant, facets=known, is_reduced=reduced, cost=costs.get(pk))
        if not price.cuts and not tiers:
            continue
        view = own
        if price.cuts:
            lowest = lowest_before_shelf(pk, currency, price.cuts, own.price)
            view = PriceView(Money(price.minor, currency), own.compare_at or own.price, lowest)
        ends = [entry.ends_at for entry, _amount in price.cuts if entry.ends_at]
        found[owners[pk]][pk] = ShelfView(
            view,
            " · ".join(entry.title for entry, _amount in price.cuts),
            min(ends, default=None),
            tuple((units, Money(minor, currency)) for units, minor in tiers),
        )
    return found


def _may_meet(offers: Offers, facets: frozenset[str]) -> bool:
    """Whether any price may be on the product or, as nobody knows before they are read, on one of its variants."""
    return any(
        not entry.facets
        or not entry.facets.isdisjoint(facets)
        or any(facet.startswith("variant:") for facet in entry.facets)
        for entry in offers.snapshot.shelf
    )


def lowest_before_shelf(
    variant_id: int, currency: str, cuts: Sequence[tuple[Promotion, int]], own: Money
) -> Money | None:
    """Return the lowest price of the 30 days before these promotions began, by the history of prices."""
    since = _since(cuts)
    if since is None:
        return own
    found = _lowest.get_or_make(
        (variant_id, currency, since),
        lambda: (_lowest_in_history([variant_id], currency, since)[variant_id],),
        ["prices", "store"],
    )[0]
    return None if found is None else Money(found, currency)


def _since(cuts: Sequence[tuple[Promotion, int]]) -> datetime | None:
    return min((entry.since for entry, _amount in cuts if entry.since), default=None)


def _learn_lowest(wanted: Mapping[int, datetime], currency: str) -> None:
    """Read the lowest prices before these moments, by variant, as far as the process does not know them yet.

    Two queries or four a moment at which a promotion began, whatever the number of variants.
    """
    by_moment: dict[datetime, list[int]] = defaultdict(list)
    generation = _lowest.generation()
    for pk, since in wanted.items():
        if _lowest.get((pk, currency, since)) is None:
            by_moment[since].append(pk)
    for since, variant_ids in by_moment.items():
        for pk, minor in _lowest_in_history(variant_ids, currency, since).items():
            _lowest.put((pk, currency, since), (minor,), ["prices", "store"], generation=generation)


def _lowest_in_history(variant_ids: Sequence[int], currency: str, since: datetime) -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    lists = price_list_ids()
    for code in dict.fromkeys([currency, current_store().default_currency]):
        list_id = lists.get(code, 0)
        places = [(list_id, pk) for pk in variant_ids if pk not in found]
        if not places:
            break
        change = conversion(currency, since, code) if code != currency else None
        for (_list, pk), history in past_prices(places, until=since).items():
            minor = lowest_before(history, since)
            if minor is None or (code != currency and change is None):
                found[pk] = None
            else:
                found[pk] = change.minor(minor) if change else minor
    return {pk: found.get(pk) for pk in variant_ids}
