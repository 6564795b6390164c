"""Named reads of stock; each costs the same number of queries for one variant and for a thousand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Aggregate, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import get_language

from duli.base.workdays import EVERY_DAY, WorkCalendar, read_closed
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.selectors import bundles
from duli.commerce.catalogue.types import Component
from duli.commerce.inventory.models import (
    DailyDemand,
    Location,
    Reservation,
    StockCheck,
    StockLevel,
    StockMovement,
    StockTransfer,
    StockTransferLine,
)
from duli.commerce.inventory.types import Availability, Part, PickupPlace, Promise, StockRequest
from duli.platform.store.changes import ChangeCache
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store
from duli.platform.store.translations import texts

PROMISED = ("ahead", "hand", "ahead_on", "ahead_words", "ahead_level")


def promised(path: str = "") -> dict[str, Aggregate]:
    """Return the aggregates over stock levels that say what may be sold ahead, and on what terms.

    Where several locations promise something, the latest day is the honest one; of words, one location's are shown.
    """
    counts = Q(**{f"{path}location__is_active": True, f"{path}backorder_limit__gt": 0})
    return {
        "ahead": Sum(f"{path}backorder_limit", filter=counts),
        "hand": Sum(
            Greatest(F(f"{path}on_hand") - F(f"{path}reserved"), 0), filter=Q(**{f"{path}location__is_active": True})
        ),
        "ahead_on": Max(f"{path}backorder_on", filter=counts),
        "ahead_words": Max(f"{path}backorder_promise", filter=counts),
        "ahead_level": Max(f"{path}pk", filter=counts),
    }


def promise_row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the columns of `promised` out of a row, in their order."""
    return tuple(row[name] for name in PROMISED)


_promises: ChangeCache[dict[str, str]] = ChangeCache(2000)


def promise_words(promise: Promise, language: str) -> str:
    """Return the words of a promise in a language; read once and again when they change."""
    if language == current_store().default_language or not promise.level_id:
        return promise.words
    found = _promises.get_or_make(
        (promise.level_id, language),
        lambda: texts("stock_level", [promise.level_id], language).get(promise.level_id, {}),
        [f"promise:{promise.level_id}", "store"],
    )
    return found.get("promise") or promise.words


_free = Prepared(
    lambda variant_ids: (
        Variant.objects.filter(pk__in=variant_ids)
        .annotate(
            free=Sum(
                F("stock_levels__on_hand") + F("stock_levels__backorder_limit") - F("stock_levels__reserved"),
                filter=Q(stock_levels__location__is_active=True),
            ),
            **promised("stock_levels__"),
        )
        .values_list("pk", "tracks_stock", "is_active", "free", *PROMISED)
        .order_by()
    )
)


def availability_of(
    variant_id: int, tracks_stock: bool, free: int | None, promise: Sequence[Any] = (None, None, None, None, None)
) -> Availability:
    """Return what can be sold of a variant with these columns; what `availability` says of it."""
    if not tracks_stock:
        return Availability(variant_id, None)
    available = max(free or 0, 0)
    ahead, hand, on, words, level_id = promise
    if not ahead:
        return Availability(variant_id, available, (), available)
    return Availability(variant_id, available, (), min(hand or 0, available), Promise(on, words or "", level_id or 0))


def availability(variant_ids: Iterable[int]) -> dict[int, Availability]:
    """Return what can be sold of each variant over all active locations (one query).

    Variants that do not track stock have no limit; tracked variants without a level have none left. Of a bundle
    there is what its scarcest component allows, none if a component is not sold any more.
    """
    wanted = list(variant_ids)
    known = bundles().components
    made_of = {pk: known[pk] for pk in wanted if pk in known}
    read = list({*wanted, *(part.variant_id for parts in made_of.values() for part in parts)}) if made_of else wanted
    free: dict[int, int | None] = {}
    found: dict[int, Availability] = {}
    gone: set[int] = set()
    for pk, tracks_stock, is_active, units, *promise in _free.rows(read):
        found[pk] = availability_of(pk, tracks_stock, units, promise)
        free[pk] = found[pk].available
        if not is_active:
            gone.add(pk)
    return {
        pk: _bundle(pk, made_of[pk], free, gone, found) if pk in made_of else found[pk] for pk in wanted if pk in free
    }


def stock_needed(wanted: Iterable[tuple[int, int]]) -> list[StockRequest]:
    """Return what (variant, units) take from stock: of bundles, their components; nothing is read."""
    known = bundles().components
    return [
        StockRequest(part.variant_id, part.quantity * units)
        for variant_id, units in wanted
        for part in known.get(variant_id, (Component(variant_id, 1),))
    ]


def _bundle(
    variant_id: int,
    components: tuple[Component, ...],
    free: Mapping[int, int | None],
    gone: set[int],
    found: Mapping[int, Availability],
) -> Availability:
    """Return what there is of a bundle; a part that is sold ahead makes the whole wait, on its terms."""
    parts = tuple(
        Part(entry.variant_id, entry.quantity, 0 if entry.variant_id in gone else free.get(entry.variant_id, 0))
        for entry in components
    )
    limits = [part.available // part.quantity for part in parts if part.available is not None]
    here = [found[part.variant_id].at_hand for part in components if part.variant_id in found]
    hands = [units // part.quantity for part, units in zip(components, here, strict=False) if units is not None]
    promises = [found[part.variant_id].promise for part in components if part.variant_id in found]
    waits = sorted(filter(None, promises), key=lambda promise: promise.on or date.max)
    return Availability(
        variant_id,
        min(limits) if limits else None,
        parts,
        min(hands) if hands else None,
        waits[-1] if waits else None,
    )


def locations() -> list[Location]:
    return list(Location.objects.filter(is_active=True))


def low_levels() -> QuerySet[StockLevel]:
    """Levels at or below their threshold, scarcest first."""
    return (
        StockLevel.objects.filter(variant__is_active=True, variant__tracks_stock=True, location__is_active=True)
        .annotate(
            free=F("on_hand") - F("reserved"),
            threshold=Coalesce(F("low_stock_threshold"), current_store().low_stock_threshold),
        )
        .filter(free__lte=F("threshold"))
        .select_related("variant__product", "location")
        .order_by("free", "pk")
    )


def history(*, variant_id: int, location_id: int | None = None) -> QuerySet[StockMovement]:
    """The ledger of a variant, newest first."""
    rows = StockMovement.objects.filter(level__variant_id=variant_id).select_related("level__location")
    return (rows.filter(level__location_id=location_id) if location_id else rows).order_by("-pk")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A level whose stored numbers are not what its ledger, its reservations and the papers say."""

    level_id: int
    on_hand: int
    on_hand_by_ledger: int
    reserved: int
    reserved_by_ledger: int
    reserved_by_rows: int
    incoming: int
    incoming_by_papers: int


_DERIVED = """
SELECT level.id, level.on_hand, COALESCE(booked.on_hand, 0), level.reserved, COALESCE(booked.reserved, 0),
       COALESCE(held.units, 0), level.incoming, COALESCE(way.units, 0)
FROM inventory_stocklevel level
LEFT JOIN (
    SELECT level_id, SUM(on_hand_change) AS on_hand, SUM(reserved_change) AS reserved
    FROM inventory_stockmovement GROUP BY level_id
) booked ON booked.level_id = level.id
LEFT JOIN (
    SELECT level_id, SUM(quantity) AS units
    FROM inventory_reservation WHERE state IN ('held', 'allocated') GROUP BY level_id
) held ON held.level_id = level.id
LEFT JOIN (
    SELECT line.variant_id, transfer.target_id,
           SUM(CASE WHEN line.quantity > line.received THEN line.quantity - line.received ELSE 0 END) AS units
    FROM inventory_stocktransferline line JOIN inventory_stocktransfer transfer ON transfer.id = line.transfer_id
    WHERE transfer.state = 'sent' GROUP BY line.variant_id, transfer.target_id
) way ON way.variant_id = level.variant_id AND way.target_id = level.location_id
WHERE level.on_hand <> COALESCE(booked.on_hand, 0) OR level.reserved <> COALESCE(booked.reserved, 0)
   OR level.reserved <> COALESCE(held.units, 0) OR level.incoming <> COALESCE(way.units, 0)
ORDER BY level.id
"""


def integrity(limit: int = 100_000) -> list[Discrepancy]:
    """Derive every level again from ledger, open reservations and papers; return those that differ (one statement)."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_DERIVED} LIMIT %s", [limit])
        return [Discrepancy(*(int(value) for value in row)) for row in cursor.fetchall()]


def incoming_by_papers(variant_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Return what is on its way per (variant, location), from the transfers and deliveries that are sent."""
    rows = StockTransferLine.objects.filter(
        variant_id__in=list(variant_ids), transfer__state=StockTransfer.State.SENT, quantity__gt=F("received")
    ).values_list("variant_id", "transfer__target_id")
    found = rows.annotate(units=Sum(F("quantity") - F("received"))).order_by()
    return {(variant_id, location_id): units for variant_id, location_id, units in found}


def latest_check() -> StockCheck | None:
    """Return the newest examination of the numbers, finished or not."""
    return StockCheck.objects.order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of a variant ordered in the last 30 and 90 days."""

    last_30: int
    last_90: int

    @property
    def a_day(self) -> float:
        """Units a day: of the last month, or of the last quarter if that was more (a month may be a quiet one)."""
        return max(self.last_30 / 30, self.last_90 / 90, 0.0)


def demand(variant_ids: Iterable[int], today: date) -> dict[int, Demand]:
    """Return what was ordered lately per variant (one statement over at most 90 small rows each)."""
    rows = (
        DailyDemand.objects.filter(variant_id__in=list(variant_ids), day__gt=today - timedelta(days=90))
        .values_list("variant_id")
        .annotate(last_30=Coalesce(Sum("units", filter=Q(day__gt=today - timedelta(days=30))), 0), last_90=Sum("units"))
        .order_by()
    )
    return {pk: Demand(last_30, last_90) for pk, last_30, last_90 in rows}


_places: ChangeCache[list[Location]] = ChangeCache(1)
_words: ChangeCache[dict[int, dict[str, str]]] = ChangeCache(8)


def home_country() -> str:
    """Return the country parcels leave from (no query while nothing changed); "" if there is no location."""
    places = _active_locations()
    return places[0].country if places else ""


def _active_locations() -> list[Location]:
    """Return the locations, first the one that is taken from first; read once and again when they change."""
    return _places.get_or_make(
        "active", lambda: list(Location.objects.filter(is_active=True).order_by("priority", "pk")), ["shipping"]
    )


def _pickup_place(location: Location) -> PickupPlace:
    """Return a place in the language of whoever reads now."""
    own = _translated(get_language() or "").get(location.pk, {})
    return PickupPlace(
        id=location.pk,
        name=own.get("name", location.name),
        country=location.country,
        region=location.region,
        address=tuple(filter(None, own.get("address", location.address).splitlines())),
        hours=tuple(filter(None, own.get("pickup_hours", location.pickup_hours).splitlines())),
        instructions=own.get("pickup_instructions", location.pickup_instructions),
    )


def _translated(language: str) -> dict[int, dict[str, str]]:
    """Return what locations say in a language that is not the store's own; read once and again when they change."""
    if not language or language == current_store().default_language:
        return {}
    ids = Location.objects.values_list("pk", flat=True)
    return _words.get_or_make(language, lambda: texts("location", ids, language), ["shipping"])


def pickup_places(country: str) -> list[PickupPlace]:
    """Return the places in a country at which orders can be fetched, in the merchant's order; nothing is read."""
    return [
        _pickup_place(location)
        for location in _active_locations()
        if location.is_pickup and location.country == country
    ]


def pickup_place(location_id: int) -> PickupPlace | None:
    """Return a place that an order was to be fetched at, whatever became of it."""
    known = next((location for location in _active_locations() if location.pk == location_id), None)
    location = known or Location.objects.filter(pk=location_id).first()
    return _pickup_place(location) if location else None


def work_calendar(location_id: int | None = None) -> WorkCalendar:
    """Return when a location works; without a key the one that parcels leave from first. Nothing is read."""
    known = _active_locations()
    location = next((entry for entry in known if entry.pk == location_id), None) or next(iter(known), None)
    zone = current_store().time_zone
    if location is None:
        return WorkCalendar(zone)
    days = frozenset(location.working_days) or EVERY_DAY
    return WorkCalendar(zone, days, read_closed(location.closed), location.cutoff)


def ships_from(requests: Sequence[StockRequest]) -> Location | None:
    """Return the place that goods will leave from: the first that has all of it, else the first of all.

    Nothing is read where there is one place only.
    """
    known = _active_locations()
    if len(known) < 2 or not requests:
        return next(iter(known), None)
    able = locations_with(requests, [location.pk for location in known])
    return next((location for location in known if location.pk in able), known[0])


def held_only_at(reference: str, location_id: int) -> bool:
    """Whether all that stock holds for `reference` lies at one place (one query)."""
    return not Reservation.objects.filter(reference=reference).exclude(level__location_id=location_id).exists()


def locations_with(
    requests: Sequence[StockRequest], location_ids: Iterable[int], *, sold_ahead: bool = True
) -> set[int]:
    """Return which of the locations have all of it (two queries); what does not track stock is everywhere.

    Without `sold_ahead` it has to lie there now.
    """
    wanted: dict[int, int] = {}
    for request in requests:
        wanted[request.variant_id] = wanted.get(request.variant_id, 0) + request.quantity
    tracked = set(Variant.objects.filter(pk__in=wanted, tracks_stock=True).values_list("pk", flat=True))
    found: dict[int, dict[int, int]] = {pk: {} for pk in location_ids}
    rows = StockLevel.objects.filter(variant_id__in=tracked, location_id__in=found)
    for level in rows:
        found[level.location_id][level.variant_id] = level.available + (level.backorder_limit if sold_ahead else 0)
    return {
        pk for pk, here in found.items() if all(here.get(variant_id, 0) >= wanted[variant_id] for variant_id in tracked)
    }
