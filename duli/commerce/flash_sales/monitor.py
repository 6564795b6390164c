"""What staff watch while a sale runs; and whether pool, stock and orders agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum
from django.db.models.functions import Cast, Substr

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.commerce.flash_sales.lines import line
from duli.commerce.flash_sales.models import Claim, Entry, FlashSale, Item, Ticket
from duli.commerce.flash_sales.states import state_of
from duli.commerce.inventory.models import Reservation
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.commerce.promotions.models import Promotion

MINUTES = 30
PAGE = 50
Kind = Entry.Kind


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """Units of an item: `reserved` are ordered and not paid, `expired` came back unpaid, `gone` left the sale."""

    item: Item
    reserved: int
    paid: int
    expired: int
    cancelled: int
    problems: tuple[str, ...]
    """"ledger", "stock", "oversold" or "orders": what does not agree."""

    @property
    def sold(self) -> int:
        return self.reserved + self.paid


@dataclass(frozen=True, slots=True)
class Figures:
    """A sale at a moment; `minutes` are (moment, units ordered) of the last half hour, newest first."""

    sale: FlashSale
    state: str
    items: Sequence[ItemFigures]
    tickets: int
    admitted: int
    inside: int
    minutes: Sequence[tuple[datetime, int]]

    @property
    def agrees(self) -> bool:
        return not any(entry.problems for entry in self.items)

    @property
    def units(self) -> int:
        return sum(entry.item.units for entry in self.items)

    @property
    def left(self) -> int:
        return sum(entry.item.left for entry in self.items)

    @property
    def reserved(self) -> int:
        return sum(entry.reserved for entry in self.items)

    @property
    def paid(self) -> int:
        return sum(entry.paid for entry in self.items)

    @property
    def expired(self) -> int:
        return sum(entry.expired for entry in self.items)

    @property
    def waiting(self) -> int:
        return self.tickets - self.admitted


def figures(sale_id: int) -> Figures:
    """Return what a sale looks like now (eight queries, however many goods and orders). NotFound."""
    sale = FlashSale.objects.filter(pk=sale_id).first()
    if sale is None:
        raise NotFound()
    instant = now()
    items = list(sale.items.select_related("variant__product", "promotion"))
    claims = {row["item_id"]: row for row in _claims(sale)}
    booked = _booked(sale)
    held = _held(items)
    broken = _cancelled_orders(sale)
    found = []
    for item in items:
        row = claims.get(item.pk, {})
        open_units = row.get("open") or 0
        sums = booked.get(item.pk, {})
        problems = []
        if sum(sums.values()) != item.left:
            problems.append("ledger")
        if held.get(item.reference, 0) != item.left:
            problems.append("stock")
        if open_units + item.left > item.units:
            problems.append("oversold")
        if -(sums.get(Kind.SOLD, 0) + sums.get(Kind.RETURNED, 0)) != open_units or item.pk in broken:
            problems.append("orders")
        found.append(
            ItemFigures(
                item=item,
                reserved=open_units - (row.get("paid") or 0),
                paid=row.get("paid") or 0,
                expired=row.get("expired") or 0,
                cancelled=row.get("cancelled") or 0,
                # A draft has set nothing aside.
                problems=tuple(problems) if sale.is_planned else (),
            )
        )
    stands = line().standing(sale)
    since = instant - timedelta(minutes=sale.admission_minutes)
    inside = Ticket.objects.filter(sale=sale, admitted_at__gt=since, reference="").count() if sale.waiting_room else 0
    return Figures(
        sale, state_of(sale, instant), found, stands.tickets, stands.admitted, inside, _by_minute(sale, instant)
    )


def _claims(sale: FlashSale) -> Sequence[Mapping[str, Any]]:
    is_open = Q(returned_at__isnull=True)
    return list(
        Claim.objects.filter(item__sale=sale)
        .values("item_id")
        .annotate(
            open=Sum("units", filter=is_open),
            paid=Sum("units", filter=is_open & Q(paid_at__isnull=False)),
            expired=Sum("units", filter=Q(has_expired=True)),
            cancelled=Sum("units", filter=Q(returned_at__isnull=False, has_expired=False)),
        )
        .order_by()
    )


def _booked(sale: FlashSale) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    rows = Entry.objects.filter(item__sale=sale).values_list("item_id", "kind").annotate(sum=Sum("change")).order_by()
    for item_id, kind, units in rows:
        found.setdefault(item_id, {})[kind] = units
    return found


def _held(items: Sequence[Item]) -> dict[str, int]:
    rows = Reservation.objects.filter(
        reference__in=[item.reference for item in items], state=Reservation.State.HELD
    ).values_list("reference")
    return dict(rows.annotate(sum=Sum("quantity")).order_by())


def _cancelled_orders(sale: FlashSale) -> set[int]:
    """Return the items with units that an order has which is cancelled: they should have come back by now.

    For a minute that is no error: the job that brings them back may be about to run.
    """
    cancelled = Order.objects.filter(
        status=OrderStatus.CANCELLED, merged_into__isnull=True, cancelled_at__lt=now() - timedelta(minutes=1)
    )
    rows = Claim.objects.filter(item__sale=sale, returned_at__isnull=True, reference__startswith="order:")
    rows = rows.annotate(order_pk=Cast(Substr("reference", 7), BigIntegerField()))
    return set(rows.filter(order_pk__in=cancelled.values("pk")).values_list("item_id", flat=True))


def _by_minute(sale: FlashSale, instant: datetime) -> list[tuple[datetime, int]]:
    first = instant.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    units = dict.fromkeys((first + timedelta(minutes=step) for step in range(MINUTES)), 0)
    rows = Claim.objects.filter(item__sale=sale, claimed_at__gte=first).values_list("claimed_at", "units")
    for moment, count in rows:
        minute = moment.replace(second=0, microsecond=0)
        if minute in units:
            units[minute] += count
    return [(minute, count) for minute, count in reversed(units.items()) if count]


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale in the list."""

    sale: FlashSale
    state: str
    goods: int
    units: int
    left: int
    sold: int


def sale_page(*, after: str = "") -> tuple[list[SaleRow], str]:
    """Return sales, those that begin last first, and the cursor of the next page (two queries)."""
    rows = FlashSale.objects.annotate(goods=Count("items"), all_units=Sum("items__units"), all_left=Sum("items__left"))
    if after.isascii() and after.isdigit() and len(after) < 10:
        skip = int(after)
    else:
        skip = 0
    found = list(rows.order_by("-starts_at", "-pk")[skip : skip + PAGE + 1])
    ids = [row.pk for row in found[:PAGE]]
    sold = dict(
        Claim.objects.filter(item__sale_id__in=ids, returned_at__isnull=True)
        .values_list("item__sale_id")
        .annotate(sum=Sum("units"))
        .order_by()
    )
    instant = now()
    made = [
        SaleRow(
            row,
            state_of(row, instant),
            row.goods,
            row.all_units or 0,
            row.all_left or 0,
            sold.get(row.pk, 0),
        )
        for row in found[:PAGE]
    ]
    return made, str(skip + PAGE) if len(found) > PAGE else ""


def sale_of_promotion(promotion_id: int) -> int | None:
    """Return the sale whose price a promotion is."""
    return Item.objects.filter(promotion_id=promotion_id).values_list("sale_id", flat=True).first()


def flash_promotions() -> QuerySet[Promotion, int]:
    """Return the promotions that are prices of flash sales, to be used within another query."""
    return Promotion.objects.filter(flash_items__isnull=False).values_list("pk", flat=True)


def differences() -> list[tuple[FlashSale, tuple[str, ...]]]:
    """Return open sales whose pool, stock and orders do not agree, with what does not; an empty list is right."""
    rows = FlashSale.objects.filter(is_planned=True, closed_at__isnull=True).order_by("pk")
    found = []
    for sale in rows:
        problems = {problem for entry in figures(sale.pk).items for problem in entry.problems}
        if problems:
            found.append((sale, tuple(sorted(problems))))
    return found
