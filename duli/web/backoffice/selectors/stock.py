"""Stock as staff count it: one row per variant and location, and the ledger behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from duli.base.errors import NotFound
from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory.models import Location, StockLevel, StockMovement
from duli.commerce.inventory.selectors import locations
from duli.platform.store.selectors import current_store
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.selectors.products import first_images

PAGE = 40
HISTORY = 200


@dataclass(frozen=True, slots=True)
class StockFilter:
    """`state` is "" (all), "low" or "out"; no location means all of them."""

    query: str = ""
    location_ids: Sequence[int] = ()
    state: str = ""


@dataclass(frozen=True, slots=True)
class StockRow:
    """What there is of one variant at one location; `kept` is false where none was ever kept."""

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
    threshold: int
    tracks_stock: bool
    kept: bool

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @property
    def key(self) -> int:
        return self.variant_id


def _levels(state: str, location_ids: Sequence[int]) -> QuerySet[StockLevel]:
    """Levels at or under the mark that `state` names."""
    rows = StockLevel.objects.filter(location__is_active=True).annotate(
        free=F("on_hand") - F("reserved"),
        threshold=Coalesce(F("low_stock_threshold"), current_store().low_stock_threshold),
    )
    if location_ids:
        rows = rows.filter(location_id__in=location_ids)
    return rows.filter(free__lte=0) if state == "out" else rows.filter(free__lte=F("threshold"))


def stock_page(wanted: StockFilter, *, after: str = "", limit: int = PAGE) -> tuple[list[StockRow], str]:
    """Return one page of variants, each with a row per location, and the next cursor (four queries)."""
    variants = Variant.objects.filter(is_active=True).exclude(product__status="archived")
    if wanted.query:
        variants = variants.filter(
            Q(sku__istartswith=wanted.query)
            | Q(barcode=wanted.query)
            | Q(product__title__icontains=wanted.query)
            | Q(title__icontains=wanted.query)
        )
    if wanted.state:
        levels = _levels(wanted.state, wanted.location_ids)
        variants = variants.filter(tracks_stock=True).filter(Exists(levels.filter(variant=OuterRef("pk"))))
    found, cursor = cursors.page(variants.select_related("product"), order="id", after=after, limit=limit)
    places = [place for place in locations() if not wanted.location_ids or place.pk in wanted.location_ids]
    ids = [variant.pk for variant in found]
    levels_by = {
        (level.variant_id, level.location_id): level
        for level in StockLevel.objects.filter(variant_id__in=ids, location_id__in=[place.pk for place in places])
    }
    images = first_images(list({variant.product_id for variant in found}))
    usual = current_store().low_stock_threshold
    rows = []
    for variant in found:
        for place in places:
            level = levels_by.get((variant.pk, place.pk))
            row = StockRow(
                variant_id=variant.pk,
                location_id=place.pk,
                product_id=variant.product_id,
                title=variant.product.title,
                variant_title=variant.title,
                sku=variant.sku,
                image=images.get(variant.product_id, ""),
                location=place.name,
                on_hand=level.on_hand if level else 0,
                reserved=level.reserved if level else 0,
                threshold=usual if level is None or level.low_stock_threshold is None else level.low_stock_threshold,
                tracks_stock=variant.tracks_stock,
                kept=level is not None,
            )
            fits = {"": True, "out": row.available <= 0, "low": row.available <= row.threshold}[wanted.state]
            if fits and (not wanted.state or level is not None):
                rows.append(row)
    return rows, cursor


def stock_row(variant_id: int, location_id: int) -> StockRow:
    """Return one row. NotFound for an unknown variant or place."""
    variant = Variant.objects.select_related("product").filter(pk=variant_id).first()
    place = Location.objects.filter(pk=location_id).first()
    if variant is None or place is None:
        raise NotFound()
    level = StockLevel.objects.filter(variant=variant, location=place).first()
    usual = current_store().low_stock_threshold
    return StockRow(
        variant_id=variant.pk,
        location_id=place.pk,
        product_id=variant.product_id,
        title=variant.product.title,
        variant_title=variant.title,
        sku=variant.sku,
        image="",
        location=place.name,
        on_hand=level.on_hand if level else 0,
        reserved=level.reserved if level else 0,
        threshold=usual if level is None or level.low_stock_threshold is None else level.low_stock_threshold,
        tracks_stock=variant.tracks_stock,
        kept=level is not None,
    )


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


def stock_history(variant_id: int, location_id: int) -> StockHistory:
    """Return the ledger of one level with running numbers (four queries)."""
    rows = StockMovement.objects.filter(level__variant_id=variant_id, level__location_id=location_id)
    sums = rows.aggregate(on_hand=Sum("on_hand_change"), reserved=Sum("reserved_change"))
    on_hand, reserved = sums["on_hand"] or 0, sums["reserved"] or 0
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
    return StockHistory(tuple(entries), agrees, len(found) > HISTORY)
