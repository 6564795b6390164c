"""Transfers, count sheets, the ledger and the examination of the numbers, as staff look at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from duli.base.errors import NotFound
from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory.models import StockCount, StockCountLine, StockLevel, StockMovement, StockTransfer
from duli.commerce.inventory.selectors import integrity
from duli.platform.store.days import day_begins, day_ends
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.selectors.people import actor_names

PAGE = 50
Movements = QuerySet[StockMovement]


@dataclass(frozen=True, slots=True)
class TransferRow:
    transfer: StockTransfer
    lines: int
    units: int
    received: int


def transfer_page(state: str, *, after: str = "") -> tuple[list[TransferRow], str]:
    """Return transfers and deliveries, newest first; `state` is "" or one of theirs (one query)."""
    rows = StockTransfer.objects.select_related("source", "target").annotate(
        lines_made=Count("lines"), units=Sum("lines__quantity"), units_received=Sum("lines__received")
    )
    if state:
        rows = rows.filter(state=state)
    found, cursor = cursors.page(rows, order="-id", after=after, limit=PAGE)
    made = [
        TransferRow(row, row.lines_made, row.units or 0, row.units_received or 0)  # type: ignore[attr-defined]
        for row in found
    ]
    return made, cursor


def transfer(transfer_id: int) -> StockTransfer:
    """Return a transfer with its lines, their variants and products (two queries). NotFound."""
    rows = StockTransfer.objects.select_related("source", "target").prefetch_related("lines__variant__product")
    found = rows.filter(pk=transfer_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class CountRow:
    count: StockCount
    lines: int
    counted: int
    by: str


def count_page(state: str, *, after: str = "") -> tuple[list[CountRow], str]:
    """Return count sheets, newest first (two queries)."""
    rows = StockCount.objects.select_related("location").annotate(
        lines_made=Count("lines"), lines_counted=Count("lines", filter=Q(lines__counted__isnull=False))
    )
    if state:
        rows = rows.filter(state=state)
    found, cursor = cursors.page(rows, order="-id", after=after, limit=PAGE)
    names = actor_names(row.created_by for row in found)
    made = [
        CountRow(row, row.lines_made, row.lines_counted, names[row.created_by])  # type: ignore[attr-defined]
        for row in found
    ]
    return made, cursor


def count_sheet(count_id: int) -> StockCount:
    """Return a count sheet with its place. NotFound."""
    found = StockCount.objects.select_related("location").filter(pk=count_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line with what is on hand now, and what would be after applying the sheet."""

    line: StockCountLine
    title: str
    sku: str
    on_hand: int
    reserved: int
    by: str

    @property
    def moved(self) -> int:
        """What was sold or received between the start of the sheet and the count of this line."""
        return 0 if self.line.on_hand_then is None else self.line.on_hand_then - self.line.expected

    @property
    def after(self) -> int:
        return self.on_hand + self.line.difference

    @property
    def blocked(self) -> bool:
        return self.after < 0 or (self.line.difference < 0 and self.after < self.reserved)


def _sheet_lines(count: StockCount, found: Sequence[StockCountLine]) -> list[SheetLine]:
    ids = [line.variant_id for line in found]
    levels = {
        level.variant_id: level
        for level in StockLevel.objects.filter(location_id=count.location_id, variant_id__in=ids)
    }
    names = actor_names(line.counted_by for line in found if line.counted_by)
    blank = StockLevel()
    return [
        SheetLine(
            line=line,
            title=" · ".join(filter(None, [line.variant.product.title, line.variant.title])),
            sku=line.variant.sku,
            on_hand=levels.get(line.variant_id, blank).on_hand,
            reserved=levels.get(line.variant_id, blank).reserved,
            by=names.get(line.counted_by, ""),
        )
        for line in found
    ]


def _lines(count: StockCount) -> QuerySet[StockCountLine]:
    return count.lines.select_related("variant__product").defer("variant__product__description_html")


def sheet_page(count: StockCount, *, view: str = "", after: str = "") -> tuple[list[SheetLine], str]:
    """Return lines of a sheet in the order they were put on it; `view` is "" (all), "open" or "different"."""
    rows = _lines(count)
    if view == "open":
        rows = rows.filter(counted__isnull=True)
    elif view == "different":
        rows = rows.filter(counted__isnull=False).exclude(counted=F("on_hand_then"))
    found, cursor = cursors.page(rows, order="id", after=after, limit=100)
    return _sheet_lines(count, found), cursor


def whole_sheet(count: StockCount) -> Iterator[list[SheetLine]]:
    """Yield all lines of a sheet in parts, for printing and export."""
    after = ""
    while True:
        part, after = sheet_page(count, after=after)
        yield part
        if not after:
            return


@dataclass(frozen=True, slots=True)
class SheetSums:
    lines: int
    counted: int
    different: int
    more: int
    fewer: int


def sheet_sums(count: StockCount) -> SheetSums:
    """Return how far a sheet is and what it would change (one query)."""
    found = count.lines.annotate(found=F("counted") - F("on_hand_then")).aggregate(
        all_lines=Count("pk"),
        done=Count("pk", filter=Q(counted__isnull=False)),
        different=Count("pk", filter=~Q(found=0) & Q(counted__isnull=False)),
        more=Sum("found", filter=Q(found__gt=0)),
        fewer=Sum("found", filter=Q(found__lt=0)),
    )
    return SheetSums(found["all_lines"], found["done"], found["different"], found["more"] or 0, found["fewer"] or 0)


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """`reasons` and `locations` empty mean all; days are the store's, both included."""

    query: str = ""
    reasons: Sequence[str] = ()
    location_ids: Sequence[int] = ()
    actors: Sequence[str] = ()
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    movement: StockMovement
    actor: str


def _ledger(wanted: LedgerFilter) -> Movements:
    rows = StockMovement.objects.select_related("level__location", "level__variant__product").defer(
        "level__variant__product__description_html"
    )
    if wanted.reasons:
        rows = rows.filter(reason__in=wanted.reasons)
    if wanted.location_ids:
        rows = rows.filter(level__location_id__in=wanted.location_ids)
    if wanted.actors:
        rows = rows.filter(actor__in=wanted.actors)
    if wanted.first:
        rows = rows.filter(created_at__gte=day_begins(wanted.first))
    if wanted.last:
        rows = rows.filter(created_at__lt=day_ends(wanted.last))
    if wanted.query:
        variants = Variant.objects.filter(Q(sku__iexact=wanted.query) | Q(barcode=wanted.query)).values("pk")
        rows = rows.filter(Q(reference=wanted.query) | Q(level__variant__in=variants))
    return rows


def ledger_page(wanted: LedgerFilter, *, after: str = "") -> tuple[list[LedgerRow], str]:
    """Return rows of the ledger, newest first, and the next cursor (two queries)."""
    found, cursor = cursors.page(_ledger(wanted), order="-id", after=after, limit=PAGE)
    names = actor_names(row.actor for row in found)
    return [LedgerRow(row, names[row.actor]) for row in found], cursor


def whole_ledger(wanted: LedgerFilter, *, part: int = 1000) -> Iterator[LedgerRow]:
    """Yield every row that the filter means, newest first, in parts, so that any number fits into memory."""
    after = ""
    while True:
        found, after = cursors.page(_ledger(wanted), order="-id", after=after, limit=part)
        names = actor_names(row.actor for row in found)
        yield from (LedgerRow(row, names[row.actor]) for row in found)
        if not after:
            return


@dataclass(frozen=True, slots=True)
class MismatchRow:
    """A level whose numbers disagree, with what it is of."""

    level_id: int
    title: str
    sku: str
    variant_id: int
    location_id: int
    location: str
    numbers: Any


def mismatches(limit: int = 100) -> list[MismatchRow]:
    """Return levels whose numbers disagree, in words (two queries)."""
    found = integrity(limit)
    levels = StockLevel.objects.select_related("variant__product", "location").in_bulk([row.level_id for row in found])
    return [
        MismatchRow(
            level_id=row.level_id,
            title=" · ".join(filter(None, [level.variant.product.title, level.variant.title])),
            sku=level.variant.sku,
            variant_id=level.variant_id,
            location_id=level.location_id,
            location=level.location.name,
            numbers=row,
        )
        for row in found
        if (level := levels.get(row.level_id))
    ]


def variants_in_order(ids: Sequence[int]) -> list[Variant]:
    """Return variants with their products, in the given order; unknown ones are left out (one query)."""
    found = Variant.objects.select_related("product").defer("product__description_html").in_bulk(list(ids))
    return [found[pk] for pk in dict.fromkeys(ids) if pk in found]
