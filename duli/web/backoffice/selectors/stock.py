"""Stock as staff count it: one row per variant and location, and the ledger behind each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.commerce.catalogue.models import ProductCategory, Variant
from duli.commerce.catalogue.selectors import found_by_search
from duli.commerce.inventory.models import Location, StockLevel, StockMovement
from duli.commerce.inventory.selectors import Demand, demand, locations
from duli.platform.store.selectors import current_store
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.selectors.products import first_images

PAGE = 40
HISTORY = 200
NOTHING_ORDERED = Demand(0, 0)
STATES = ("low", "out", "oversold", "ahead", "incoming")


@dataclass(frozen=True, slots=True)
class StockFilter:
    """`state` is "" (all) or one of STATES; no location, category or brand means all of them."""

    query: str = ""
    location_ids: Sequence[int] = ()
    state: str = ""
    category_ids: Sequence[int] = ()
    brand_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class StockRow:
    """What there is of one variant at one location; `kept` is false where none was ever kept.

    `ordered` is what was ordered of the variant lately, at all locations together.
    """

    variant_id: int
    location_id: int
    product_id: int
    title: str
    variant_title: str
    sku: str
    image: str
    location: str
    on_hand: int
    reserved: int
    incoming: int
    threshold: int
    own_threshold: int | None
    backorder_limit: int
    backorder_promise: str
    backorder_on: date | None
    level_id: int
    tracks_stock: bool
    kept: bool
    ordered: Demand = NOTHING_ORDERED

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @property
    def key(self) -> int:
        return self.variant_id

    @property
    def name(self) -> str:
        return " · ".join(filter(None, [self.title, self.variant_title]))

    @property
    def days_left(self) -> int | None:
        """For how many days it lasts at the speed of late; None if nothing was ordered."""
        a_day = self.ordered.a_day
        return int(max(self.available, 0) / a_day) if a_day > 0 else None

    def to_reorder(self, days: int) -> int:
        """How many to order so that there is enough for `days` and still the threshold after them."""
        return max(ceil(self.ordered.a_day * days) + self.threshold - self.available - self.incoming, 0)


def _levels(state: str, location_ids: Sequence[int]) -> QuerySet[StockLevel]:
    """Levels of which `state` is true."""
    rows = StockLevel.objects.filter(location__is_active=True).annotate(
        free=F("on_hand") - F("reserved"),
        threshold=Coalesce(F("low_stock_threshold"), current_store().low_stock_threshold),
    )
    if location_ids:
        rows = rows.filter(location_id__in=location_ids)
    conditions = {
        "low": Q(free__lte=F("threshold")),
        "out": Q(free__lte=0),
        "oversold": Q(free__lt=0),
        "ahead": Q(backorder_limit__gt=0),
        "incoming": Q(incoming__gt=0),
    }
    return rows.filter(conditions[state])


def _fits(row: StockRow, state: str) -> bool:
    return row.kept and {
        "low": row.available <= row.threshold,
        "out": row.available <= 0,
        "oversold": row.available < 0,
        "ahead": row.backorder_limit > 0,
        "incoming": row.incoming > 0,
    }.get(state, True)


def found_by_words(words: str) -> Q:
    """Variants that these words mean: a SKU, a barcode, a title in any language, pinyin."""
    return (
        Q(sku__istartswith=words)
        | Q(barcode=words)
        | Q(product__title__icontains=words)
        | Q(title__icontains=words)
        | Q(product_id__in=found_by_search(words))
    )


def variants_of(wanted: StockFilter) -> QuerySet[Variant]:
    """Return the variants that a filter means, whatever their order."""
    variants = Variant.objects.filter(is_active=True).exclude(product__status="archived")
    if wanted.query:
        variants = variants.filter(found_by_words(wanted.query))
    if wanted.category_ids:
        links = ProductCategory.objects.filter(product=OuterRef("product_id"), category_id__in=wanted.category_ids)
        variants = variants.filter(Exists(links))
    if wanted.brand_ids:
        variants = variants.filter(product__brand_id__in=wanted.brand_ids)
    if wanted.state:
        levels = _levels(wanted.state, wanted.location_ids)
        variants = variants.filter(tracks_stock=True).filter(Exists(levels.filter(variant=OuterRef("pk"))))
    return variants


def stock_page(wanted: StockFilter, *, after: str = "", limit: int = PAGE) -> tuple[list[StockRow], str]:
    """Return one page of variants, each with a row per location, and the next cursor (five queries and a search)."""
    found, cursor = cursors.page(
        variants_of(wanted).select_related("product").defer("product__description_html"),
        order="id",
        after=after,
        limit=limit,
    )
    places = [place for place in locations() if not wanted.location_ids or place.pk in wanted.location_ids]
    return [row for row in rows_for(found, places) if not wanted.state or _fits(row, wanted.state)], cursor


def rows_for(variants: Sequence[Variant], places: Sequence[Location]) -> list[StockRow]:
    """Return a row for each variant at each place (three queries)."""
    ids = [variant.pk for variant in variants]
    levels = {
        (level.variant_id, level.location_id): level
        for level in StockLevel.objects.filter(variant_id__in=ids, location_id__in=[place.pk for place in places])
    }
    images = first_images(list({variant.product_id for variant in variants}))
    ordered = demand(ids, timezone.localtime(now()).date())
    return [
        _row(
            variant,
            place,
            levels.get((variant.pk, place.pk)),
            images.get(variant.product_id, ""),
            ordered.get(variant.pk, NOTHING_ORDERED),
        )
        for variant in variants
        for place in places
    ]


def _row(variant: Variant, place: Location, level: StockLevel | None, image: str, ordered: Demand) -> StockRow:
    numbers = level or StockLevel(variant=variant, location=place)
    own = numbers.low_stock_threshold
    return StockRow(
        variant_id=variant.pk,
        location_id=place.pk,
        product_id=variant.product_id,
        title=variant.product.title,
        variant_title=variant.title,
        sku=variant.sku,
        image=image,
        location=place.name,
        on_hand=numbers.on_hand,
        reserved=numbers.reserved,
        incoming=numbers.incoming,
        threshold=current_store().low_stock_threshold if own is None else own,
        own_threshold=own,
        backorder_limit=numbers.backorder_limit,
        backorder_promise=numbers.backorder_promise,
        backorder_on=numbers.backorder_on,
        level_id=level.pk if level else 0,
        tracks_stock=variant.tracks_stock,
        kept=level is not None,
        ordered=ordered,
    )


def variants_named(names: Iterable[str]) -> dict[str, int]:
    """Return the variant behind each SKU or barcode, however it is written (one query); a SKU comes first."""
    wanted = {name.casefold(): name for name in names}
    spellings = {spelling for name in wanted.values() for spelling in (name, name.upper(), name.lower())}
    found: dict[str, int] = {}
    rows = Variant.objects.filter(Q(sku__in=spellings) | Q(barcode__in=spellings), is_active=True).order_by("pk")
    for pk, sku, barcode in rows.values_list("pk", "sku", "barcode"):
        if barcode.casefold() in wanted:
            found.setdefault(wanted[barcode.casefold()], pk)
        if sku.casefold() in wanted:
            found[wanted[sku.casefold()]] = pk
    return found


def stock_row(variant_id: int, location_id: int) -> StockRow:
    """Return one row. NotFound for an unknown variant or place."""
    found = stock_rows([(variant_id, location_id)])
    if not found:
        raise NotFound()
    return found[variant_id, location_id]


def stock_rows(wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], StockRow]:
    """Return rows by (variant, location), without pictures; unknown ones are left out (four queries)."""
    variants = Variant.objects.select_related("product").in_bulk({variant_id for variant_id, _ in wanted})
    places = Location.objects.in_bulk({location_id for _, location_id in wanted})
    levels = {
        (level.variant_id, level.location_id): level
        for level in StockLevel.objects.filter(variant_id__in=variants, location_id__in=places)
    }
    ordered = demand(list(variants), timezone.localtime(now()).date())
    return {
        (variant_id, location_id): _row(
            variants[variant_id],
            places[location_id],
            levels.get((variant_id, location_id)),
            "",
            ordered.get(variant_id, NOTHING_ORDERED),
        )
        for variant_id, location_id in wanted
        if variant_id in variants and location_id in places
    }


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the ledger with the numbers after it, derived from the ledger alone."""

    happened_at: datetime
    reason: str
    note: str
    actor: str
    reference: str
    on_hand_change: int
    reserved_change: int
    on_hand: int
    reserved: int


@dataclass(frozen=True, slots=True)
class StockHistory:
    """The newest lines first; `agrees` says whether the ledger's sums are the numbers that are stored."""

    entries: tuple[HistoryEntry, ...]
    agrees: bool
    more: bool
    on_hand: int
    reserved: int


def stock_history(variant_id: int, location_id: int) -> StockHistory:
    """Return the ledger of one level with running numbers (four queries)."""
    rows = StockMovement.objects.filter(level__variant_id=variant_id, level__location_id=location_id)
    sums = rows.aggregate(on_hand=Sum("on_hand_change"), reserved=Sum("reserved_change"))
    on_hand, reserved = derived = (sums["on_hand"] or 0, sums["reserved"] or 0)
    level = StockLevel.objects.filter(variant_id=variant_id, location_id=location_id).first()
    agrees = (on_hand, reserved) == ((level.on_hand, level.reserved) if level else (0, 0))
    found = list(rows.order_by("-pk")[: HISTORY + 1])
    names = actor_names(row.actor for row in found)
    entries = []
    for row in found[:HISTORY]:
        entries.append(
            HistoryEntry(
                happened_at=row.created_at,
                reason=row.get_reason_display(),
                note=row.note,
                actor=names.get(row.actor, row.actor),
                reference=row.reference,
                on_hand_change=row.on_hand_change,
                reserved_change=row.reserved_change,
                on_hand=on_hand,
                reserved=reserved,
            )
        )
        on_hand -= row.on_hand_change
        reserved -= row.reserved_change
    return StockHistory(tuple(entries), agrees, len(found) > HISTORY, *derived)
