"""Named reads of flash sales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from duli.base.clock import now
from duli.commerce.flash_sales.models import BuyerCount, FlashSale, Item, Ticket
from duli.commerce.flash_sales.types import Hold, Running
from duli.commerce.promotions.owners import Owner
from duli.platform.store.changes import ChangeCache
from duli.platform.store.prepared import Prepared

TOPIC = "flash_sales"

_items: ChangeCache[dict[int, tuple[Running, ...]]] = ChangeCache(1)
_counts: ChangeCache[dict[int, int]] = ChangeCache(200)


def topic_of(sale_id: int) -> str:
    """Return the mark of change that every unit of a sale sets: it is taken, or comes back."""
    return f"flash:{sale_id}"


def _read() -> dict[int, tuple[Running, ...]]:
    rows = Item.objects.filter(
        sale__is_planned=True, sale__closed_at__isnull=True, sale__stopped_at__isnull=True
    ).select_related("sale", "variant")
    found: dict[int, list[Running]] = {}
    for row in rows.order_by("sale__starts_at", "sale_id", "position", "pk"):
        sale = row.sale
        found.setdefault(row.variant_id, []).append(
            Running(
                item_id=row.pk,
                sale_id=sale.pk,
                variant_id=row.variant_id,
                product_id=row.variant.product_id,
                name=sale.name,
                titles=sale.titles,
                units=row.units,
                limit=row.limit,
                starts_at=sale.starts_at,
                ends_at=sale.ends_at,
                waiting_room=sale.waiting_room,
                is_listed=sale.is_listed,
                pay_minutes=sale.pay_minutes,
                amounts=row.amounts,
            )
        )
    return {pk: tuple(entries) for pk, entries in found.items()}


def planned() -> Mapping[int, tuple[Running, ...]]:
    """Return by variant every item of a sale that runs or will; one query a change, none otherwise."""
    return _items.get_or_make("all", _read, [TOPIC])


def running(variant_ids: Iterable[int], at: datetime | None = None) -> dict[int, Running]:
    """Return which of these variants a flash sale sells at a moment; nothing is read."""
    known = planned()
    if not known:
        return {}
    instant = at or now()
    return {pk: entry for pk in variant_ids for entry in known.get(pk, ()) if entry.runs(instant)}


def of_product(product_id: int, at: datetime) -> list[Running]:
    """Return the items of a product that are sold at a moment; nothing is read."""
    return [
        entry
        for entries in planned().values()
        for entry in entries
        if entry.product_id == product_id and entry.runs(at)
    ]


def listed(at: datetime) -> list[tuple[Running, ...]]:
    """Return the sales that run, then those that will, each as its items; nothing is read."""
    sales: dict[int, list[Running]] = {}
    for entries in planned().values():
        for entry in entries:
            if at < entry.ends_at and (entry.is_listed or entry.runs(at)):
                sales.setdefault(entry.sale_id, []).append(entry)
    return [tuple(sorted(items, key=lambda item: item.item_id)) for items in sorted(sales.values(), key=_begins)]


def _begins(items: Sequence[Running]) -> tuple[datetime, int]:
    return items[0].starts_at, items[0].sale_id


def next_turn(at: datetime, *, opening: timedelta = timedelta()) -> datetime | None:
    """Return when the next sale begins or ends, or its line opens so long before; None: nothing is planned.

    Nothing is read.
    """
    moments = {
        moment
        for entries in planned().values()
        for entry in entries
        for moment in (entry.starts_at - opening, entry.starts_at, entry.ends_at)
    }
    return min((moment for moment in moments if moment > at), default=None)


_left = Prepared(lambda pk: Item.objects.filter(sale_id=pk).values_list("pk", "left"))
_goods = Prepared(
    lambda pk: (
        Item.objects.filter(sale_id=pk)
        .order_by("position", "pk")
        .values_list("variant__product_id", "variant__product__handle", "variant_id")
    )
)


def goods_of(sale_id: int) -> dict[int, tuple[str, int]]:
    """Return the products of a sale in its order: handle and first variant, by key (one query)."""
    found: dict[int, tuple[str, int]] = {}
    for product_id, handle, variant_id in _goods.rows(sale_id):
        found.setdefault(product_id, (handle, variant_id))
    return found


def left_of(sale_id: int) -> Mapping[int, int]:
    """Return by item what is left, as it was within the last second (one query a change of it, none otherwise)."""
    return _counts.get_or_make(
        sale_id,
        lambda: dict(_left.rows(sale_id)),
        [TOPIC, topic_of(sale_id)],
    )


_left_now = Prepared(lambda ids: Item.objects.filter(pk__in=ids).values_list("pk", "left"))
_bought = Prepared(
    lambda item_ids, keys: BuyerCount.objects.filter(item_id__in=item_ids, key__in=keys).values_list("item_id", "units")
)
_inside = Prepared(
    lambda cart_token, sale_ids: Ticket.objects.filter(
        cart_token=cart_token, sale_id__in=sale_ids, reference="", admitted_at__isnull=False
    ).values_list("sale_id", "admitted_at", "sale__admission_minutes")
)


def holds(variant_ids: Iterable[int], *, buyer_keys: Sequence[str], cart_token: str, at: datetime) -> dict[int, Hold]:
    """Return what a cart may have of the variants that a flash sale sells now; the others are absent.

    At most three queries; none where no flash sale runs.
    """
    found = running(variant_ids, at)
    if not found:
        return {}
    left = dict(_left_now.rows(sorted(entry.item_id for entry in found.values())))
    had = _had([entry.item_id for entry in found.values() if entry.limit is not None], buyer_keys)
    rooms = {entry.sale_id for entry in found.values() if entry.waiting_room}
    inside = let_in(rooms, cart_token, at) if rooms else set()
    return {
        pk: Hold(
            item=entry,
            left=left.get(entry.item_id, 0),
            allowed=None if entry.limit is None else max(entry.limit - had.get(entry.item_id, 0), 0),
            waits=entry.waiting_room and entry.sale_id not in inside,
        )
        for pk, entry in found.items()
    }


def _had(item_ids: Sequence[int], buyer_keys: Sequence[str]) -> dict[int, int]:
    """Return by item what this buyer has, under the name that has most."""
    if not item_ids or not buyer_keys:
        return {}
    had: dict[int, int] = {}
    for item_id, units in _bought.rows(sorted(item_ids), sorted(buyer_keys)):
        had[item_id] = max(had.get(item_id, 0), units)
    return had


def let_in(sale_ids: Iterable[int], cart_token: str, at: datetime) -> set[int]:
    """Return which of these sales' waiting rooms have let this cart in, and its time to buy is not over (one query)."""
    if not cart_token:
        return set()
    rows = _inside.rows(cart_token, sorted(sale_ids))
    return {pk for pk, since, minutes in rows if since and since + timedelta(minutes=minutes) > at}


def owner_of(promotion_id: int) -> Owner | None:
    """Return the sale whose price a promotion is (one query)."""
    row = FlashSale.objects.filter(items__promotion_id=promotion_id).first()
    return Owner(row.reference, row.name) if row is not None else None
